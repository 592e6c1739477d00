"""The catalogue reads like the textbook, and says everything about a KPI that people need to trust it."""

import pytest

from apps.metrics.catalogue import BUILT_IN, Category, Definitions, Kind, Kpi, Unit, UnknownKpi, get_kpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.catalogue.formulas import Count, PerEntity, Quotient
from apps.metrics.catalogue.rows import RowsOf

EVERY = BUILT_IN.each()
kpis = pytest.mark.parametrize("kpi", EVERY, ids=lambda kpi: kpi.ref)

# The keys that scripts, documents and other programs call; from the second word on, the variants in their order.
KEYS = """
revenue orders ledger deals
sales_growth orders ledger deals subscriptions +_year_before
gross_profit_margin ledger orders
net_profit_margin ledger
mrr subscriptions
net_new_mrr subscriptions
average_revenue_per_customer orders subscriptions deals
customer_acquisition_cost customers deals
customer_lifetime_value subscriptions_margin subscriptions
ltv_to_cac subscriptions_margin subscriptions
average_deal_size deals
average_purchase_value orders
pipeline_value deals
weighted_pipeline_value deals deals_win_rate
pipeline_coverage deals
net_revenue_retention subscriptions
gross_revenue_retention subscriptions
leads_generated leads
lead_generation_rate leads leads_per_working_day
lead_conversion_rate leads leads_within_90_days leads_period
lead_qualification_rate leads
lead_response_time leads
win_rate deals deals_amount deals_created
sales_cycle_length deals
sales_velocity deals
quota_attainment orders deals
quota_attainment_amount orders deals
sales_productivity employees quotas
lost_reason_share deals
new_customers customers deals
expansion_rate subscriptions subscriptions_mrr
order_fulfilment_cycle_time orders orders_shipped
on_time_delivery_rate orders orders_shipped
inventory_turnover ledger orders
customer_churn_rate customers subscriptions subscriptions_each
mrr_churn_rate subscriptions subscriptions_net
customer_retention_rate customers subscriptions subscriptions_each
repeat_purchase_rate orders deals
nps surveys
csat surveys surveys_mean
market_penetration customers
employee_satisfaction surveys surveys_mean surveys_enps
employee_retention_rate employees
employee_turnover_rate employees employees_voluntary
forecast_accuracy deals
"""


def test_every_key_that_others_rely_on_is_there_with_its_variants_in_their_order() -> None:
    promised = {key: variants for key, *variants in map(str.split, KEYS.strip().splitlines())}
    growth = promised["sales_growth"][:-1]  # each against the period before, then each against the year before
    promised["sales_growth"] = [*growth, *(f"{each}_year_before" for each in growth)]
    assert {key: [kpi.variant for kpi in BUILT_IN.variants(key)] for key in promised} == promised
    assert {kpi.key for kpi in EVERY} == set(promised)


def test_a_key_stands_for_its_first_variant_that_has_all_its_tables() -> None:
    def chosen(key: str, *tables: str) -> str:
        return Definitions(EVERY, tables=set(tables)).default(key).variant

    assert chosen("revenue", "orders", "ledger", "deals") == "orders"
    assert chosen("revenue", "ledger", "deals") == "ledger"
    assert chosen("revenue", "deals") == "deals"
    assert chosen("customer_churn_rate", "subscriptions") == "subscriptions"
    assert chosen("customer_lifetime_value", "subscriptions", "ledger") == "subscriptions_margin"
    assert chosen("customer_lifetime_value", "subscriptions") == "subscriptions"
    assert chosen("inventory_turnover", "orders", "inventory") == "orders"


@pytest.mark.parametrize(
    ("key", "words", "symbols"),
    [
        ("revenue", "sum of amount of won deals", "Σ amount[won]"),
        ("win_rate", "number of won deals ÷ number of won or lost deals", "n[won] ÷ n[won or lost]"),
        ("average_deal_size", "sum of amount of won deals ÷ number of won deals", "Σ amount[won] ÷ n[won]"),
        (
            "sales_cycle_length",
            "mean of days from created date to closed date of won deals",
            "Σ (closed_on − created_on)[won] ÷ n[won]",
        ),
        (
            "sales_velocity",
            "opportunities × win rate × average deal size ÷ sales cycle length",
            "opportunities × win rate × average deal size ÷ sales cycle length",
        ),
        (
            "sales_growth",
            "(revenue − revenue of the previous period) ÷ revenue of the previous period",
            "(revenue − revenue₋₁) ÷ revenue₋₁",
        ),
        (
            "sales_growth:orders_year_before",
            "(revenue − revenue of the same period of the year before) ÷ revenue of the same period of the year before",
            "(revenue − revenue a year before) ÷ revenue a year before",
        ),
        (
            "inventory_turnover:ledger",
            "sum of amount of cost of sales postings × 365 ÷ (mean of cost value over the stocktakes of the period and "
            "the last one before × days of the period)",
            "Σ amount[cost of sales] × 365 ÷ (mean cost_value[stocktakes] × days)",
        ),
        (
            "nps",
            "100 × (number of promoter answers − number of detractor answers) ÷ number of NPS answers",
            "100 × (n[promoter] − n[detractor]) ÷ n[NPS]",
        ),
        (
            "repeat_purchase_rate:orders",
            "customers with two or more orders ÷ customers with an order",
            "#{customer | n[all] ≥ 2} ÷ #{customer | n[all] ≥ 1}",
        ),
        (
            "mrr_churn_rate",
            "MRR lost ÷ MRR at the start",
            "Σ over customer {max(0, Σ mrr[paying, at the start] − Σ mrr[paying, at the end]) | "
            "Σ mrr[paying, at the start] > 0} ÷ "
            "Σ over customer {Σ mrr[paying, at the start] | Σ mrr[paying, at the start] > 0}",
        ),
        (
            "employee_turnover_rate",
            "number of leaving employees ÷ ((number of employees that are employed at the start of the period + number "
            "of employees that are employed at the end of the period) ÷ 2)",
            "n[leaving] ÷ ((n[employed, at the start] + n[employed, at the end]) ÷ 2)",
        ),
        (
            "lost_reason_share",
            "number of lost deals with lost reason ÷ number of lost deals of all groups",
            "n[lost and with lost reason] ÷ n[lost] over all",
        ),
        (
            "market_penetration",
            "number of customers that are active at the end of the period ÷ market size, as the workspace gives it",
            "n[active, at the end] ÷ market size",
        ),
        (
            "sales_productivity",
            "sum of amount of won deals ÷ (mean over the days of the sum of fte of employees that are employed × "
            "months of the period)",
            "Σ amount[won] ÷ (mean Σ (fte else 1)[employed, each day] × months)",
        ),
        (
            "pipeline_value",
            "sum of amount of deals that are open at the end of the period",
            "Σ amount[open, at the end]",
        ),
    ],
)
def test_words_and_symbols_come_from_the_formula_itself(key: str, words: str, symbols: str) -> None:
    assert get_kpi(key).in_words == words
    assert get_kpi(key).in_symbols == symbols


@pytest.mark.parametrize(
    ("ref", "name", "meaning"),
    [
        ("revenue:orders", "net amount", "net, where blank gross − discount − refund"),
        ("lead_conversion_rate", "converted", "with converted date or status converted"),
        ("customer_churn_rate", "customers lost", "number of customers active at the start and not active at the end"),
        (
            "customer_churn_rate:subscriptions",
            "customers lost",
            "number of customers with paying subscriptions at the start and without paying subscriptions at the end",
        ),
        (
            "repeat_purchase_rate:orders",
            "customers with two or more orders",
            "number of customers with 2 or more orders",
        ),
        (
            "gross_revenue_retention",
            "MRR kept of the customers of the start",
            "sum of the lesser of mrr at the end and mrr at the start over customers with mrr at the start",
        ),
        (
            "quota_attainment:deals",
            "owners at or over quota",
            "number of owners with quota and with amount of won deals on days with a quota of the same owner "
            "of at least quota",
        ),
        ("csat", "satisfied", "kind csat and score ≥ (scale max, where blank 5) − 1"),
        ("sales_velocity", "opportunities", "number of won or lost deals"),
    ],
)
def test_a_name_in_a_formula_says_what_it_stands_for(ref: str, name: str, meaning: str) -> None:
    assert get_kpi(ref).terms[name] == meaning


@kpis
def test_a_kpi_says_what_it_is_what_it_is_not_and_who_says_so(kpi: Kpi) -> None:
    assert kpi.sentence.endswith(".")
    assert kpi.synonyms
    assert all(each.endswith(".") for each in (*kpi.mistakes, kpi.authority))
    assert kpi.mistakes
    assert kpi.roll_up
    assert kpi.in_words
    assert kpi.in_symbols
    assert all(kpi.terms.values())
    assert [version.number for version in kpi.versions] == list(range(1, kpi.version + 1))
    assert all(version.what for version in kpi.versions)


@kpis
def test_a_share_of_counted_things_says_below_how_many_it_says_little(kpi: Kpi) -> None:
    formula = kpi.formula
    counted = isinstance(formula, Quotient) and isinstance(formula.below, Count | PerEntity)
    if counted and kpi.unit is Unit.PERCENT and kpi.key not in ("quota_attainment", "quota_attainment_amount"):
        assert kpi.min_n > 0
    if kpi.kind is Kind.MEAN:
        assert kpi.min_n > 0


@kpis
def test_what_employees_say_and_do_is_told_of_groups_only(kpi: Kpi) -> None:
    if kpi.category is Category.EMPLOYEE:
        assert "person" not in kpi.scopes
        assert kpi.privacy_min >= 5 or kpi.table == "employees"
    if kpi.privacy_min:  # from the goals of a team and of its sub-teams the answers of a small one would follow
        assert kpi.scopes == ("workspace",)


@kpis
def test_the_counter_metric_is_another_kpi_of_the_catalogue(kpi: Kpi) -> None:
    assert get_kpi(kpi.counter_metric).key != kpi.key


@kpis
def test_variants_answer_one_question_and_differ_in_how(kpi: Kpi) -> None:
    for other in BUILT_IN.variants(kpi.key):
        assert (other.name, other.category, other.direction) == (kpi.name, kpi.category, kpi.direction)
        if other is not kpi:
            different = (other.in_symbols, other.needs_of, other.dated_by.key, other.sentence)
            assert different != (kpi.in_symbols, kpi.needs_of, kpi.dated_by.key, kpi.sentence)


@kpis
def test_needed_columns_and_the_date_are_columns_of_their_tables(kpi: Kpi) -> None:
    for name, columns in kpi.needs_of.items():
        assert set(columns) <= set(table_named(name).names)
    assert table_named(kpi.table).has(kpi.date)


def test_needs_follow_from_the_formula_and_the_entities_it_counts() -> None:
    assert set(get_kpi("win_rate").needs) == {"closed_on", "outcome"}
    assert set(get_kpi("sales_velocity").needs) == {"closed_on", "outcome", "amount", "created_on"}
    needs = get_kpi("quota_attainment:deals").needs_of
    assert set(needs["deals"]) == {"owner", "amount", "outcome", "closed_on"}
    assert set(needs["quotas"]) == {"owner", "amount", "period_start", "period_end"}
    assert get_kpi("repeat_purchase_rate:orders").tables == ("orders",)
    assert get_kpi("ltv_to_cac").tables == ("subscriptions", "ledger", "customers")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("winrate", "win_rate"),
        ("Close rate", "win_rate"),
        ("revenu", "revenue"),
        ("pipeline", "pipeline_value"),
        ("CAC", "customer_acquisition_cost"),
        ("average order value", "average_purchase_value"),
    ],
)
def test_an_unknown_kpi_is_answered_with_the_nearest_one(typed: str, meant: str) -> None:
    with pytest.raises(UnknownKpi, match=f"Did you mean .*{meant}"):
        get_kpi(typed)


def test_a_name_like_no_other_is_answered_with_all_there_are() -> None:
    with pytest.raises(UnknownKpi, match="There are: revenue, sales_growth"):
        get_kpi("zzz")


def test_the_variant_of_a_kpi_is_the_table_it_comes_from() -> None:
    assert get_kpi("revenue", "ledger") is get_kpi("revenue:ledger")
    with pytest.raises(UnknownKpi, match="Revenue has no variant “leads”; there is: orders, ledger, deals"):
        get_kpi("revenue", "leads")


def test_a_definition_with_a_wrong_column_name_fails_when_it_is_written() -> None:
    with pytest.raises(AttributeError, match="deals has no column clsoed_on"):
        _ = RowsOf("deals").clsoed_on
