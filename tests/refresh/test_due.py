"""When the tick finds that figures are older than what they are computed from."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.datasets.services import redo_import, run_import, undo_import
from apps.goals.models import Goal
from apps.goals.services import close_goal, set_target
from apps.people.models import Workspace
from apps.people.services import add_holiday
from apps.refresh import due
from apps.refresh.lease import claim
from apps.refresh.models import Run
from apps.refresh.services import recompute_now, request_recompute, sweep
from tests.refresh.conftest import Receive

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> time_machine.Traveller:  # type: ignore[misc]
    with time_machine.travel(NOON, tick=True) as traveller:
        yield traveller


@pytest.fixture
def computed(clock: time_machine.Traveller, receive: Receive, goal: Goal) -> Goal:
    """A goal whose figures are up to date."""
    run_import(import_id=receive().pk, today=NOON.date())
    clock.shift(timedelta(minutes=1))
    recompute_now(workspace=goal.workspace)
    clock.shift(timedelta(minutes=1))
    assert not is_due(goal.workspace)
    return goal


def is_due(workspace: Workspace) -> bool:
    return workspace in due.workspaces_to_recompute(now=datetime.now(UTC))


def test_a_workspace_with_goals_is_computed_at_all(clock: time_machine.Traveller, goal: Goal) -> None:
    assert is_due(goal.workspace)


def test_a_workspace_without_goals_is_left_alone(clock: time_machine.Traveller, workspace: Workspace) -> None:
    assert not is_due(workspace)


def test_an_import_from_the_command_line_is_followed_by_a_recompute(computed: Goal, receive: Receive) -> None:
    more = "id,owner,created_on,closed_on,outcome,amount\n9,Rita Evans,2026-10-01,2026-11-13,won,400\n"
    run_import(import_id=receive(more).pk, today=NOON.date())
    assert is_due(computed.workspace)


def test_undoing_and_redoing_an_import_is_followed_by_a_recompute(computed: Goal) -> None:
    batch = computed.workspace.imports.get()
    undo_import(batch=batch, by=None)
    assert is_due(computed.workspace)
    recompute_now(workspace=computed.workspace)
    assert not is_due(computed.workspace)
    redo_import(batch=batch, by=None)
    assert is_due(computed.workspace)


def test_a_new_target_is_followed_by_a_recompute(computed: Goal) -> None:
    set_target(goal=computed, by=None, value=Decimal(2000), reason="New territory", today=NOON.date())
    assert is_due(computed.workspace)


def test_a_new_holiday_is_followed_by_a_recompute(computed: Goal) -> None:
    add_holiday(workspace=computed.workspace, by=None, day=NOON.date(), name="Day off")
    assert is_due(computed.workspace)


def test_once_asked_for_it_is_not_asked_for_again(computed: Goal) -> None:
    undo_import(batch=computed.workspace.imports.get(), by=None)
    sweep(now=datetime.now(UTC))
    sweep(now=datetime.now(UTC))
    assert Run.objects.filter(kind=Run.Kind.RECOMPUTE, state=Run.State.QUEUED).count() == 1


def test_a_recompute_that_runs_on_the_newest_data_is_enough(computed: Goal) -> None:
    undo_import(batch=computed.workspace.imports.get(), by=None)
    run = request_recompute(workspace=computed.workspace)
    assert run is not None
    lease = claim(run.pk)
    assert lease is not None
    lease.note({"heads": due.heads_of(computed.workspace)})
    assert not is_due(computed.workspace)
    redo_import(batch=computed.workspace.imports.get(), by=None)
    assert is_due(computed.workspace)


def test_a_new_day_in_the_workspace_is_followed_by_a_recompute(clock: time_machine.Traveller, computed: Goal) -> None:
    clock.move_to(NOON.replace(hour=23, minute=59))
    assert not is_due(computed.workspace)
    clock.move_to(NOON + timedelta(hours=12, minutes=1))
    assert is_due(computed.workspace)


def test_the_day_is_that_of_the_workspace(clock: time_machine.Traveller, computed: Goal) -> None:
    Workspace.objects.filter(pk=computed.workspace_id).update(timezone="Pacific/Auckland")  # 13 hours ahead
    clock.move_to(NOON.replace(hour=13))
    assert not is_due(Workspace.objects.get())
    clock.move_to(NOON.replace(hour=11) + timedelta(days=1, minutes=1))
    assert is_due(Workspace.objects.get())


def test_a_recompute_that_fails_is_not_tried_again_before_something_moves(computed: Goal) -> None:
    heads = due.heads_of(computed.workspace)
    Run.objects.create(
        workspace=computed.workspace,
        kind=Run.Kind.RECOMPUTE,
        state=Run.State.FAILED,
        started_at=datetime.now(UTC),
        result={"heads": heads},
    )
    assert not is_due(computed.workspace)
    undo_import(batch=computed.workspace.imports.get(), by=None)
    assert is_due(computed.workspace)


def test_closed_goals_alone_do_not_keep_a_workspace_busy(clock: time_machine.Traveller, computed: Goal) -> None:
    close_goal(goal=computed, by=None, outcome="cancelled", reason="Territory given up", now=datetime.now(UTC))
    recompute_now(workspace=computed.workspace)
    clock.shift(timedelta(days=2))
    assert not is_due(computed.workspace)
