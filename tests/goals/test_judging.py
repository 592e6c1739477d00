"""A goal and a figure put together for the status."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from apps.common.calendars import WorkingCalendar
from apps.goals.judging import inputs_for, is_share
from apps.goals.status import Status, judge
from apps.metrics.catalogue import get_kpi
from tests.goals.conftest import TODAY, MakeGoal


def test_the_inputs_come_from_the_goal_its_kpi_and_the_figure(make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="win_rate", baseline="25 %", target="30 %", cadence="monthly")
    figure = SimpleNamespace(
        numerator=Decimal(27), denominator=Decimal(100), count=100, value=Decimal("0.27"), reason=""
    )
    given = inputs_for(
        goal=goal,
        kpi=get_kpi("win_rate"),
        figure=figure,
        target=Decimal("0.3"),
        through=date(2025, 11, 13),
        today=TODAY,
        calendar=WorkingCalendar(),
        currency="EUR",
    )
    assert (given.kind, given.direction, given.unit, given.table) == ("ratio", "up", "percent", "deals")
    assert (given.value, given.rows, given.baseline) == (Decimal("0.27"), 100, Decimal("0.25"))
    assert (given.min_n, given.fresh_for_days, given.is_share, given.currency) == (20, 38, True, "EUR")
    assert (given.starts_on, given.ends_on, given.closed_as) == (goal.starts_on, goal.ends_on, "")
    assert judge(given).status is Status.AT_RISK


def test_a_kpi_of_cohorts_tells_its_goals_how_long_a_figure_grows(make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="win_rate", target="30 %")
    figure = SimpleNamespace(numerator=Decimal(3), denominator=Decimal(30), count=30, value=Decimal("0.1"), reason="")
    for ref, status in (("leads_within_90_days", Status.TOO_EARLY), ("leads", Status.OFF_TRACK)):
        given = inputs_for(
            goal=goal,
            kpi=get_kpi(f"lead_conversion_rate:{ref}"),
            figure=figure,
            target=Decimal("0.3"),
            through=date(2025, 11, 13),
            today=TODAY,
            calendar=WorkingCalendar(),
            currency="EUR",
        )
        assert judge(given).status is status


@pytest.mark.parametrize(
    ("key", "share"),
    [
        ("win_rate", True),
        ("lead_conversion_rate", True),
        ("lead_conversion_rate:leads_period", False),  # customers won of older leads can exceed the leads created
        ("customer_churn_rate", True),
        ("net_revenue_retention", False),
        ("employee_turnover_rate", False),
        ("revenue", False),
        ("average_deal_size", False),
        ("sales_growth", False),
    ],
)
def test_only_a_part_of_what_is_counted_is_a_share(key: str, share: bool) -> None:
    assert is_share(get_kpi(key)) is share
