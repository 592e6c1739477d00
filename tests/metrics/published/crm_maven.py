"""Opportunities of a hardware seller, in two published editions of the same rows."""

from tests.metrics.published import Edition, Load, Other, ask

SCOPES = {
    "total": {},
    "owner": {"by": "owner"},
    "team": {"by": "team"},
    "quarter": {"grain": "quarter"},
}
PERCENT = {"scale": 100}


def _asks() -> list:
    found = [
        ask("revenue", "owner_quarter", "revenue", "deals", by="owner", grain="quarter"),
        ask("revenue", "month", "revenue", "deals", grain="month"),
        ask("sales_growth", "quarter", "sales_growth", "deals", grain="quarter", **PERCENT),
        ask(
            "weighted_pipeline_value",
            "total",
            "weighted_pipeline_value",
            "deals_win_rate",
            label="overall win rate",
            relative=1e-8,
        ),
        ask("average_revenue_per_customer", "total", "average_revenue_per_customer", "deals"),
        ask("repeat_purchase_rate", "total", "repeat_purchase_rate", "deals", **PERCENT),
        ask("pipeline_value", "total", "pipeline_value", label="open deals at list price"),
        ask("pipeline_value", "team", "pipeline_value", by="team"),
        ask("pipeline_value", "owner", "pipeline_value", by="owner"),
        ask("sales_velocity", "quarter", "sales_velocity", grain="quarter"),
        ask("sales_velocity", "owner", "sales_velocity", by="owner"),
        ask("sales_velocity", "variant", "sales_velocity", label="closed deals of the whole file", relative=1e-7),
    ]
    labels = {"opportunity_win_rate": "won/closed", "sales_cycle_length": "won"}
    for kpi, key, variant in (
        ("revenue", "revenue", "deals"),
        ("opportunity_win_rate", "win_rate", "deals"),
        ("average_deal_size", "average_deal_size", "deals"),
        ("sales_cycle_length", "sales_cycle_length", "deals"),
    ):
        scale = 100 if key == "win_rate" else 1
        for scope, options in SCOPES.items():
            label = labels.get(kpi, "") if scope == "total" else ""
            found.append(ask(kpi, scope, key, variant, label, scale=scale, **options))
        for by in ("region", "product"):
            found.append(ask(kpi, "segment", key, variant, scale=scale, by=by))
    return found


ASKS = tuple(_asks())
LOOKUPS = ("sales_teams.csv", "products.csv")
EDITIONS = tuple(
    Edition(
        f"crm_maven_{name}",
        "crm_maven",
        (Load(f"crm_maven_{name}", (f"{folder}/sales_pipeline.csv",), tuple(f"{folder}/{each}" for each in LOOKUPS)),),
        ASKS,
    )
    for name, folder in (("iso", "CRM+Sales+Opportunities"), ("us", "repo_copy_lf"))
)
OTHERS = (
    Other(
        "sales_velocity",
        "total",
        "multiplies the 1,589 deals now in stage Engaging with the rates of all closed deals; ours takes all four "
        "parts from the deals closed in the period",
    ),
)
