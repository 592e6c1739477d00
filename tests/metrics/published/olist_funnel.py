"""Leads of a marketplace and the sellers they became."""

from tests.metrics.published import Edition, Load, Other, ask

LEADS, DEALS = "olist_marketing_qualified_leads_dataset.csv", "olist_closed_deals_dataset.csv"
FIRST_TO_LAST = {"period": "2017-04-01..2018-07-01"}
CYCLE = "sales_cycle_length"
EDITIONS = (
    Edition(
        "olist",
        "olist_funnel",
        (Load("olist_leads", (LEADS,), (DEALS,)), Load("olist_deals", (DEALS,), (LEADS,))),
        (
            ask("lead_generation_count", "total", "leads_generated"),
            ask("lead_generation_count", "quarter", "leads_generated", grain="quarter", **FIRST_TO_LAST),
            ask("lead_generation_count", "month", "leads_generated", grain="month", period="2017-06-01..2018-06-01"),
            ask("lead_generation_count", "segment", "leads_generated", by="source"),
            ask(
                "lead_generation_rate", "total", "lead_generation_rate", label="per day",
                period="2017-06-14..2018-06-01",
            ),
            ask("lead_generation_rate", "quarter", "lead_generation_rate", grain="quarter", **FIRST_TO_LAST),
            ask("lead_conversion_rate", "total", "lead_conversion_rate", "leads", scale=100),
            ask("lead_conversion_rate", "segment", "lead_conversion_rate", "leads", by="source", scale=100),
            ask(
                "lead_conversion_rate", "quarter", "lead_conversion_rate", "leads",
                grain="quarter", **FIRST_TO_LAST, scale=100,
            ),
            ask("deals_won", "owner", "average_deal_size", by="owner", part="denominator"),
            ask(CYCLE, "total", CYCLE, label="whole days"),
            ask(CYCLE, "segment", CYCLE, by="source"),
            ask(CYCLE, "owner", CYCLE, by="owner"),
            ask(CYCLE, "quarter", CYCLE, grain="quarter"),
        ),
    ),
)  # fmt: skip
_BEFORE = "one deal is won a day before its first contact: counted there as -1 day, which no cycle can take; here as 0"
OTHERS = (
    Other(CYCLE, "total", _BEFORE),
    Other(CYCLE, "segment", _BEFORE, ("organic_search",)),
    Other(CYCLE, "quarter", _BEFORE, ("2018Q1",)),
    Other(CYCLE, "owner", _BEFORE, ("495d4e95a8cf8bbf8b432b612a2aa328",)),
)
