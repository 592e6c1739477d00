"""Four shops with the same sellers; which shop a file is of is only in its name."""

from tests.metrics.published import Edition, Load, ask

FILES = tuple(f"loja_{number}.csv" for number in (1, 2, 3, 4))
MEAN = ("csat", "surveys_mean")
EDITIONS = (
    Edition(
        "alura_store",
        "alura_store",
        (Load("alura_orders", FILES), Load("alura_surveys", FILES)),
        (
            ask("revenue", "total", "revenue", "orders"),
            ask("revenue", "team", "revenue", "orders", by="team"),
            ask("revenue", "owner", "revenue", "orders", by="owner"),
            ask("revenue", "quarter", "revenue", "orders", grain="quarter"),
            ask("sales_growth", "quarter", "sales_growth", "orders", grain="quarter", scale=100),
            ask("average_purchase_value", "total", "average_purchase_value"),
            ask("average_purchase_value", "team", "average_purchase_value", by="team"),
            ask("csat", "total", *MEAN, label="average rating 1-5"),
            ask("csat", "team", *MEAN, by="team"),
            ask("csat", "owner", *MEAN, by="owner"),
            ask("csat", "quarter", *MEAN, grain="quarter"),
            ask("csat", "variant", "csat", "surveys", "% satisfied (4-5)", scale=100),
        ),
    ),
)
OTHERS = ()
