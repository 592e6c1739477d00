"""A profit and loss with one column for each class of account."""

from tests.metrics.published import Edition, Load, ask

# The file has up to fifteen digits behind the point, money has four here.
CENTS = {"relative": 1e-9}
EDITIONS = (
    Edition(
        "qlik_everest_financials",
        "qlik_everest_financials",
        (Load("qlik_ledger", ("Financials.csv",)),),
        (
            ask("revenue", "total", "revenue", "ledger", **CENTS),
            ask("revenue", "quarter", "revenue", "ledger", grain="quarter", **CENTS),
            ask("gross_profit_margin", "total", "gross_profit_margin", "ledger", scale=100),
            ask("gross_profit_margin", "quarter", "gross_profit_margin", "ledger", grain="quarter", scale=100),
            ask("gross_profit_margin", "team", "gross_profit_margin", "ledger", by="unit", scale=100),
            ask("net_profit_margin", "total", "net_profit_margin", scale=100),
            ask("net_profit_margin", "quarter", "net_profit_margin", grain="quarter", scale=100),
        ),
    ),
)
OTHERS = ()
