"""A year of weeks (4-4-5, weeks from Sunday) in values, goals, forms and the command: published 4-4-5 periods."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command

from apps.goals.models import Goal
from apps.goals.pace import points_until, series_points
from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.pages.conftest import MakeGoal

WithDeals = Callable[[], None]


@pytest.fixture
def by_weeks(workspace: Workspace) -> Workspace:
    """The year ends on the last Saturday of December: FY 2025 runs from 29 December 2024 to 27 December 2025."""
    workspace.year_pattern, workspace.week_start = "4-4-5", 6
    workspace.save()
    return workspace


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    call_command("compute", "revenue", *arguments, workspace="acme", json=True)
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_the_command_knows_periods_of_weeks(
    by_weeks: Workspace, with_deals: WithDeals, make_goal: MakeGoal, capsys: pytest.CaptureFixture[str]
) -> None:
    """P10 of FY 2025 is 28 September to 25 October, P11 to 22 November: 30,000 and 17,000.50."""
    with_deals()
    capsys.readouterr()
    assert [row["value"] for row in told(capsys, "--period", "2025-P10")] == [30000]
    rows = told(capsys, "--period", "2025-Q4", "--grain", "month")
    assert [(row["period"], row["value"]) for row in rows][:2] == [("2025-P10", 30000), ("2025-P11", 17000.5)]


def test_a_goal_of_a_quarter_of_weeks_has_points_at_its_weeks(
    by_weeks: Workspace, client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: WithDeals
) -> None:
    goal = make_goal(starts_on=date(2025, 9, 28), ends_on=date(2025, 12, 28))
    with_deals()
    goal = Goal.objects.select_related("latest").get(pk=goal.pk)
    assert goal.latest is not None
    assert [day for day, _ in goal.latest.series][:2] == ["2025-10-05", "2025-10-12"], "weeks end with Saturday"
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "Q4 FY 2025" in page
    assert "P11 FY 2025" in page, "what is due when, by periods"


def test_points_of_a_year_are_the_ends_of_its_periods(by_weeks: Workspace) -> None:
    fiscal = by_weeks.fiscal
    start, end = fiscal.year(2025)
    points = series_points(start, end, fiscal)
    assert list(points) == [last for _, last in fiscal.periods(2025)]
    assert points_until(start, end, date(2025, 2, 1), fiscal) == (date(2025, 1, 26), date(2025, 2, 2))
