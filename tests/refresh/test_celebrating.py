"""Reaching a goal is celebrated once, on crossing; an import of old data is no reason to celebrate."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from apps.datasets.models import Import
from apps.datasets.services import redo_import, run_import, undo_import
from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Celebration, Goal, Kudos
from apps.goals.services import create_goal
from apps.goals.services.kudos import give_kudos, take_back_kudos
from apps.people.models import Member
from apps.refresh.recompute import recompute
from tests.refresh.conftest import HEADER, Receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def imported(receive: Receive, goal: Goal, rows: str = "", *, hours: int = 0) -> Import:
    batch = receive(HEADER + rows) if rows else receive()
    run_import(import_id=batch.pk, today=NOW.date())
    computed(goal, hours)
    return batch


def computed(goal: Goal, hours: int = 0) -> None:
    recompute(workspace=goal.workspace, now=NOW + timedelta(hours=hours))
    goal.refresh_from_db()


def test_crossing_the_target_is_celebrated_once(receive: Receive, goal: Goal) -> None:
    imported(receive, goal)
    assert not Celebration.objects.exists()
    imported(receive, goal, "5,Rita Evans,2026-11-01,2026-11-18,won,650\n", hours=1)
    celebration = Celebration.objects.get()
    assert (celebration.goal, celebration.actual, celebration.at) == (goal, goal.latest, NOW + timedelta(hours=1))
    imported(receive, goal, "6,Rita Evans,2026-11-01,2026-11-19,won,10\n", hours=2)
    assert Celebration.objects.get() == celebration


def test_an_import_of_old_data_is_not_celebrated(receive: Receive, goal: Goal) -> None:
    """The rows that lift the goal over its target are six weeks old."""
    imported(receive, goal)
    imported(receive, goal, "5,Rita Evans,2026-10-01,2026-10-09,won,700\n", hours=1)
    assert goal.latest is not None
    assert goal.latest.status == Status.ACHIEVED
    assert not Celebration.objects.exists()


def test_the_first_import_of_all_history_is_not_celebrated(receive: Receive, goal: Goal) -> None:
    imported(receive, goal, "5,Rita Evans,2026-11-01,2026-11-18,won,5000\n")
    assert goal.latest is not None
    assert goal.latest.status == Status.ACHIEVED
    assert not Celebration.objects.exists()


def test_undone_and_brought_back_is_not_celebrated_again(receive: Receive, goal: Goal) -> None:
    imported(receive, goal)
    batch = imported(receive, goal, "5,Rita Evans,2026-11-01,2026-11-18,won,650\n", hours=1)
    first = Celebration.objects.get()
    undo_import(batch=batch, by=None)
    computed(goal, 2)
    redo_import(batch=batch, by=None)
    computed(goal, 3)
    assert Celebration.objects.get() == first


def test_reached_by_old_data_once_it_is_not_celebrated_when_it_comes_back(receive: Receive, goal: Goal) -> None:
    imported(receive, goal)
    batch = imported(receive, goal, "5,Rita Evans,2026-10-01,2026-10-09,won,700\n", hours=1)
    undo_import(batch=batch, by=None)
    computed(goal, 2)
    imported(receive, goal, "6,Rita Evans,2026-11-01,2026-11-18,won,700\n", hours=3)
    assert goal.latest is not None
    assert goal.latest.status == Status.ACHIEVED
    assert not Celebration.objects.exists()


def test_a_goal_that_ended_long_ago_is_not_celebrated(receive: Receive, goal: Goal, rep: Member) -> None:
    ended = create_goal(
        workspace=goal.workspace, by=None, kpi="win_rate:deals", scope="workspace", owner=rep,
        starts_on=date(2026, 10, 1), ends_on=date(2026, 11, 1), target=Decimal("0.1"), today=date(2026, 10, 1),
    )  # fmt: skip
    run_import(import_id=receive(HEADER + "1,Rita Evans,2026-10-01,2026-10-15,won,100\n").pk, today=date(2026, 10, 16))
    recompute(workspace=goal.workspace, now=datetime(2026, 10, 16, 12, tzinfo=UTC))
    imported(receive, goal, "8,Rita Evans,2026-10-01,2026-11-18,won,1\n")
    ended.refresh_from_db()
    assert not Celebration.objects.filter(goal=ended).exists()


@pytest.fixture
def reached(receive: Receive, goal: Goal) -> Goal:
    imported(receive, goal)
    imported(receive, goal, "5,Rita Evans,2026-11-01,2026-11-18,won,650\n", hours=1)
    return goal


def test_kudos_come_from_others_once_and_can_be_taken_back(reached: Goal, rep: Member, manager: Member) -> None:
    day = NOW.date()
    give_kudos(goal=reached, by=manager, today=day)
    give_kudos(goal=reached, by=manager, today=day, text="  What a  finish ")
    assert [(kudos.by, kudos.text) for kudos in Kudos.objects.all()] == [(manager, "What a finish")]
    with pytest.raises(GoalRefusal, match="your own goal"):
        give_kudos(goal=reached, by=rep, today=day)
    assert take_back_kudos(goal=reached, by=manager)
    assert not take_back_kudos(goal=reached, by=manager)
    assert not Kudos.objects.exists()


def test_kudos_are_for_what_is_reached_and_seen(goal: Goal, manager: Member, other_rep: Member) -> None:
    with pytest.raises(GoalRefusal, match="not been reached"):
        give_kudos(goal=goal, by=manager, today=NOW.date())
    with pytest.raises(PermissionDenied):
        give_kudos(goal=goal, by=other_rep, today=NOW.date())
