"""Campaigns with their cost and how many customers each won."""

from tests.metrics.published import Edition, Load, ask

FILE = ("customer_acquisition_cost_dataset.csv",)
COST = ("customer_acquisition_cost", "customers")
EDITIONS = (
    Edition(
        "cac",
        "cac",
        (Load("cac_ledger", FILE), Load("cac_customers", FILE)),
        (
            ask("customer_acquisition_cost", "total", *COST),
            ask("customer_acquisition_cost", "segment", *COST, by="won_by"),
        ),
    ),
)
OTHERS = ()
