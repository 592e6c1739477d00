"""What KPIs owe each other whatever the rows: kept and lost are all, growth reconciles, no part exceeds its whole."""

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.periods import Grain, Period, parse_period, periods_between
from apps.metrics.catalogue import BUILT_IN
from apps.metrics.engine import Figure, Org, Request, compute_requests
from tests.metrics.generated import rows_of, snapshots

KPIS = {kpi.ref: kpi for kpi in BUILT_IN.each()}
QUARTER = parse_period("2024-Q2")
PERIODS = (QUARTER, *periods_between(QUARTER.start, QUARTER.end, Grain.MONTH))
NEARLY = Decimal("1e-24")
Numbers = dict[tuple[str, Period], Figure]


def computed(seed: int) -> Numbers:
    """Every KPI of the quarter and of its months."""
    wanted = [(ref, period) for ref in KPIS for period in PERIODS]
    requests = [Request(i, ref, "workspace", None, each.start, each.end) for i, (ref, each) in enumerate(wanted)]
    rows = rows_of(seed, 40)
    for i, row in enumerate(rows["subscriptions"]):
        row["customer"] = f"customer-{i % 25}"  # so many that some are new and some are gone
    with tempfile.TemporaryDirectory() as folder:
        answers = compute_requests(snapshots(Path(folder), rows), requests, Org(), KPIS)
    return {each: answers[i].figure for i, each in enumerate(wanted)}


def values(numbers: Numbers, *refs: str) -> Iterator[tuple[Decimal, ...]]:
    """The values of these KPIs in each period in which all have one."""
    for period in PERIODS:
        found = [numbers[ref, period].value for ref in refs]
        if all(value is not None for value in found):
            yield tuple(value for value in found if value is not None)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_kpis_agree_with_each_other(seed: int) -> None:
    numbers = computed(seed)
    _kept_and_lost_are_all(numbers)
    _recurring_revenue_reconciles(numbers)
    _parts_are_no_more_than_the_whole(numbers)
    _composites_are_made_of_the_others(numbers)


def _kept_and_lost_are_all(numbers: Numbers) -> None:
    for variant in ("customers", "subscriptions", "subscriptions_each"):
        pairs = list(values(numbers, f"customer_retention_rate:{variant}", f"customer_churn_rate:{variant}"))
        assert pairs
        assert all(abs(kept + lost - 1) < NEARLY for kept, lost in pairs)
    for kept, lost in values(numbers, "gross_revenue_retention:subscriptions", "mrr_churn_rate:subscriptions"):
        assert abs(kept + lost - 1) < NEARLY
    for kept, lost in values(numbers, "net_revenue_retention:subscriptions", "mrr_churn_rate:subscriptions_net"):
        assert abs(kept + lost - 1) < NEARLY


def _recurring_revenue_reconciles(numbers: Numbers) -> None:
    gained = [numbers["net_new_mrr:subscriptions", period].value or 0 for period in PERIODS]
    assert gained[0] == sum(gained[1:])
    level = [numbers["mrr:subscriptions", period].value or 0 for period in PERIODS]
    assert level[0] == level[-1]
    assert [after - before for before, after in pairwise(level[1:])] == gained[2:]
    nrr, grr = "net_revenue_retention:subscriptions", "gross_revenue_retention:subscriptions"
    for net, gross, grown in values(numbers, nrr, grr, "expansion_rate:subscriptions_mrr"):
        assert abs(gross + grown - net) < NEARLY
        assert gross <= 1


def _parts_are_no_more_than_the_whole(numbers: Numbers) -> None:
    for soon, ever in values(numbers, "lead_conversion_rate:leads_within_90_days", "lead_conversion_rate:leads"):
        assert soon <= ever <= 1
    for ref in (
        "repeat_purchase_rate:orders",
        "expansion_rate:subscriptions",
        "quota_attainment:deals",
        "csat:surveys",
    ):
        assert all(0 <= value <= 1 for (value,) in values(numbers, ref))
    for ref in ("repeat_purchase_rate:orders", "average_revenue_per_customer:deals", "average_purchase_value:orders"):
        quarter, *months = (numbers[ref, period].count for period in PERIODS)
        assert max(months) <= quarter <= sum(months), "who buys in two months is one customer of the quarter"


def _composites_are_made_of_the_others(numbers: Numbers) -> None:
    worth = "customer_lifetime_value:subscriptions"
    for ratio, value, cost in values(numbers, "ltv_to_cac:subscriptions", worth, "customer_acquisition_cost:customers"):
        assert abs(ratio * cost - value) <= abs(value) * NEARLY
    for weighted, open_amount, rate in values(
        numbers, "weighted_pipeline_value:deals_win_rate", "pipeline_value:deals", "win_rate:deals"
    ):
        assert abs(weighted - open_amount * rate) <= abs(weighted) * NEARLY
    for period in PERIODS:
        revenue = numbers["revenue:orders", period].value
        assert numbers["average_purchase_value:orders", period].numerator == revenue
        assert numbers["lead_generation_rate:leads", period].numerator == numbers["leads_generated:leads", period].value
