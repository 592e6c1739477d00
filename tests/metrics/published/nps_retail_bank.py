"""Answers from 0 to 10 with day-first dates of two-digit years."""

from tests.metrics.published import Edition, Load, ask

EDITIONS = (
    Edition(
        "nps_retail_bank",
        "nps_retail_bank",
        (Load("nps_retail_bank", ("NPStimeseries.csv",)),),
        (
            ask("nps", "total", "nps"),
            ask("nps", "quarter", "nps", grain="quarter"),
            ask("nps", "month", "nps", grain="month"),
            ask("nps", "segment", "nps", by="segment"),
        ),
    ),
)
OTHERS = ()
