"""Reseller sales with an increment in another form, and monthly targets in a wide file (UTF-16)."""

from tests.metrics.published import Edition, Load, Other, ask

PEOPLE = ("official_utf16/SalespersonPerformance.csv",)
SALES = ("FactResellerSales.csv",)
TARGETS = ("official_utf16/ResellerSalesTargets.csv",)
# The data ends in May 2020, targets go on.
COVERED = {"period": "2017-07-01..2020-06-01"}
AMOUNT = ("quota_attainment_amount", "orders")

EDITIONS = (
    Edition(
        "adventureworks",
        "adventureworks_pl300",
        (Load("adventureworks_orders", SALES, PEOPLE), Load("adventureworks_quotas", TARGETS, PEOPLE)),
        (
            ask("revenue", "total", "revenue", "orders"),
            ask("revenue", "quarter", "revenue", "orders", grain="quarter"),
            ask("revenue", "owner", "revenue", "orders", by="owner"),
            ask("sales_growth", "quarter", "sales_growth", "orders", grain="quarter", scale=100),
            ask("gross_profit_margin", "total", "gross_profit_margin", "orders", "rows with a cost", scale=100),
            ask("average_purchase_value", "total", "average_purchase_value"),
            ask("average_revenue_per_customer", "total", "average_revenue_per_customer", "orders"),
            ask("quota_attainment", "total", *AMOUNT, "14 sales representatives", scale=100, **COVERED),
            ask("quota_attainment", "quarter", *AMOUNT, grain="quarter", scale=100, **COVERED),
        ),
    ),
    Edition(
        "adventureworks_with_managers",
        "adventureworks_pl300",
        (
            Load("adventureworks_orders_costed", SALES, PEOPLE),
            Load("adventureworks_quotas_with_managers", TARGETS, PEOPLE),
        ),
        (
            ask("gross_profit_margin", "quarter", "gross_profit_margin", "orders", grain="quarter", scale=100),
            ask(
                "gross_profit_margin", "variant", "gross_profit_margin", "orders",
                "NULL cost replaced by StandardCost*OrderQuantity", scale=100,
            ),
            ask("quota_attainment", "owner", *AMOUNT, by="owner", scale=100, **COVERED),
            ask("quota_attainment", "owner_quarter", *AMOUNT, by="owner", grain="quarter", scale=100, **COVERED),
            ask(
                "quota_attainment", "variant", *AMOUNT,
                "all 18 incl. 4 managers (their targets repeat the team's)", scale=100, **COVERED,
            ),
        ),
    ),
    Edition(
        "adventureworks_after_the_increment",
        "adventureworks_pl300",
        (Load("adventureworks_orders", (*SALES, "official_utf16/ResellerSales_202006.csv"), PEOPLE),),
        (ask("revenue", "variant", "revenue", "orders", "after the June 2020 increment (second file, UTF-16)"),),
    ),
)  # fmt: skip
OTHERS: tuple[Other, ...] = ()
