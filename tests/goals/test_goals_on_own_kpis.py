"""Goals on KPIs that the workspace defines itself: set, computed by the definition of their first day, in the way of
archiving."""

from datetime import date
from decimal import Decimal

import pytest

from apps.goals.models import Goal
from apps.goals.services import close_goal, create_goal
from apps.metrics.own.problems import OwnKpiRefusal
from apps.metrics.services.own import archive_own_kpi
from apps.people.models import Member, Workspace
from apps.refresh.recompute import recompute
from tests.metrics.own.conftest import NOW, TODAY, Build, build, data_dir, deals  # noqa: F401 (fixtures)
from tests.metrics.own.test_versions import SECOND_QUARTER, dated  # noqa: F401


def goal_of(workspace: Workspace, owner: Member, start: date, end: date) -> Goal:
    return create_goal(
        workspace=workspace, by=None, today=TODAY, kpi="deals", scope="workspace", owner=owner,
        starts_on=start, ends_on=end, target=Decimal(10), title=f"Deals from {start}",
    )  # fmt: skip


@pytest.mark.usefixtures("dated")
def test_each_goal_keeps_the_definition_of_its_first_day(workspace: Workspace, leader: Member) -> None:
    first = goal_of(workspace, leader, date(2026, 1, 1), SECOND_QUARTER)
    second = goal_of(workspace, leader, SECOND_QUARTER, date(2026, 7, 1))
    recompute(workspace=workspace, now=NOW)
    for goal in (first, second):
        goal.refresh_from_db()
    found = [(goal.kpi_version, goal.latest.value, goal.latest.kpi_version) for goal in (first, second) if goal.latest]
    assert found == [(1, 3, 1), (2, 1, 2)]


def test_a_kpi_with_an_open_goal_is_not_archived(dated, workspace: Workspace, leader: Member) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    goal = goal_of(workspace, leader, SECOND_QUARTER, date(2026, 7, 1))
    with pytest.raises(OwnKpiRefusal, match="Deals is used by Deals from 2026-04-01: change or close these first"):
        archive_own_kpi(own=dated, by=None, now=NOW)
    close_goal(goal=goal, by=None, now=NOW, outcome="cancelled", reason="A trial.")
    archive_own_kpi(own=dated, by=None, now=NOW)
    recompute(workspace=workspace, now=NOW)  # the closed goal outlives its KPI
