"""Overlapping subscriptions of accounts whose churn three files tell in three ways."""

from tests.metrics.published import Edition, Load, Other, ask

MONTHS = {"period": "2023-01-01..2025-01-01", "grain": "month"}
AFTER_THE_FIRST = {"period": "2023-02-01..2025-01-01", "grain": "month"}
DAY_AFTER = {"period": "2025-01-01..2025-01-02"}
EACH = "subscriptions_each"
EDITIONS = (
    Edition(
        "ravenstack",
        "ravenstack_saas",
        (
            Load("ravenstack_subscriptions", ("ravenstack_subscriptions.csv",)),
            Load("ravenstack_customers", ("ravenstack_accounts.csv",)),
            Load("ravenstack_surveys", ("ravenstack_support_tickets.csv",)),
        ),
        (
            ask("mrr", "total", "mrr", label="2024-12"),
            ask("mrr", "month", "mrr", **MONTHS),
            ask("mrr", "quarter", "mrr", grain="quarter"),
            ask("mrr", "segment", "mrr", by="plan"),
            ask("sales_growth", "month", "sales_growth", "subscriptions", scale=100, **MONTHS),
            ask(
                "churn_rate", "total", "customer_churn_rate", "customers", "accounts.churn_flag",
                scale=100, **DAY_AFTER,
            ),
            ask("churn_rate", "segment", "customer_churn_rate", "customers", by="segment", scale=100, **DAY_AFTER),
            ask("retention_rate", "total", "customer_retention_rate", "customers", scale=100, **DAY_AFTER),
            ask(
                "average_revenue_per_customer", "total", "average_revenue_per_customer", "subscriptions",
                "ARPA 2024-12",
            ),
            ask("csat", "total", "csat", "surveys_mean", "average satisfaction_score"),
            ask("csat", "quarter", "csat", "surveys_mean", grain="quarter"),
            ask("csat", "variant", "csat", "surveys", "% satisfied (4-5)", scale=100),
            ask(
                "customer_acquisition_count", "quarter", "new_customers", "customers",
                grain="quarter", period="2023-01-01..2025-01-01",
            ),
        ),
    ),
    # There trials are subscriptions whose end is churn.
    Edition(
        "ravenstack_and_trials",
        "ravenstack_saas",
        (Load("ravenstack_subscriptions_and_trials", ("ravenstack_subscriptions.csv",)),),
        (
            ask("churn_rate", "month", "customer_churn_rate", EACH, scale=100, **AFTER_THE_FIRST),
            ask("retention_rate", "month", "customer_retention_rate", EACH, scale=100, **AFTER_THE_FIRST),
        ),
    ),
)  # fmt: skip
OTHERS: tuple[Other, ...] = (
    Other(
        "customer_lifetime_value",
        "total",
        "divides by the mean of twelve monthly rates; ours sums what ended over the sum of what was there",
    ),
)
