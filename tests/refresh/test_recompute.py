"""From figures to actuals: a row where something changed, and nothing else."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.datasets.services import run_import, undo_import
from apps.goals.case import Status
from apps.goals.models import Actual, Goal
from apps.goals.services import close_goal, create_goal, set_target
from apps.people.models import Member, Team
from apps.refresh.errors import LeaseLost
from apps.refresh.models import Run
from apps.refresh.recompute import Recomputed, _series_json, recompute
from tests.refresh.conftest import HEADER, Receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def computed(goal: Goal, now: datetime = NOW) -> Recomputed:
    done = recompute(workspace=goal.workspace, now=now)
    goal.refresh_from_db()
    return done


def test_a_figure_becomes_an_actual_with_status_and_sentence(receive: Receive, goal: Goal) -> None:
    batch = receive()
    run_import(import_id=batch.pk, today=NOW.date())
    done = computed(goal)
    assert (done.goals, done.changed) == (1, 1)
    actual = goal.latest
    assert actual is not None
    assert (actual.value, actual.numerator, actual.count) == (350, 350, 2)
    assert (actual.target, actual.through) == (1000, date(2026, 11, 12))
    assert (actual.known_at, actual.high_water) == (NOW, batch.pk)
    assert actual.status == Status.OFF_TRACK
    assert actual.sentence.startswith("Off track: ")
    assert actual.inputs["value"] == "350.0000"
    assert actual.series[-1] == ["2026-11-13", 350.0]
    assert actual.series[2] == ["2026-10-19", 100.0]


def test_running_it_twice_changes_nothing(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    before = goal.latest
    done = computed(goal, LATER)
    assert (done.changed, done.flips) == (0, [])
    assert goal.latest == before
    assert Actual.objects.count() == 1


def test_new_rows_add_an_actual_and_keep_the_old_one(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    run_import(import_id=receive(HEADER + "5,Rita Evans,2026-11-01,2026-11-12,won,650\n").pk, today=NOW.date())
    done = computed(goal, LATER)
    assert done.flips == [(goal.pk, Status.OFF_TRACK, Status.ACHIEVED)]
    assert list(goal.actuals.order_by("pk").values_list("value", flat=True)) == [350, 1000]


def test_rows_of_others_change_nothing_for_a_person_but_all_for_the_company(
    receive: Receive, goal: Goal, leader: Member
) -> None:
    company = create_goal(
        workspace=goal.workspace, by=None, kpi="revenue:deals", scope="workspace", owner=leader,
        starts_on=goal.starts_on, ends_on=goal.ends_on, target=Decimal(5000), today=goal.starts_on,
    )  # fmt: skip
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    run_import(import_id=receive(HEADER + "6,Omar Faye,2026-11-01,2026-11-11,won,50\n").pk, today=NOW.date())
    assert computed(goal, LATER).changed == 1
    company.refresh_from_db()
    assert company.latest is not None
    assert company.latest.value == 900


def test_undoing_an_import_brings_the_earlier_figure_back(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    more = receive(HEADER + "5,Rita Evans,2026-11-01,2026-11-12,won,650\n")
    run_import(import_id=more.pk, today=NOW.date())
    computed(goal, LATER)
    undo_import(batch=more, by=None)
    computed(goal, LATER + timedelta(hours=1))
    assert goal.latest is not None
    assert goal.latest.value == 350
    assert goal.actuals.count() == 3


def test_a_new_target_judges_the_same_figure_again(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    set_target(
        goal=goal,
        by=None,
        value=Decimal(400),
        reason="Half the territory",
        effective_from=goal.starts_on,
        today=NOW.date(),
    )
    computed(goal, LATER)
    assert goal.latest is not None
    assert (goal.latest.value, goal.latest.target) == (350, 400)
    assert goal.latest.status == Status.ON_TRACK


def test_without_any_data_the_status_is_no_data(goal: Goal) -> None:
    computed(goal)
    assert goal.latest is not None
    assert (goal.latest.status, goal.latest.value, goal.latest.through) == (Status.NO_DATA, None, None)


def test_data_that_stays_away_turns_into_waiting_by_the_calendar_alone(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    done = computed(goal, NOW + timedelta(days=14))
    assert done.flips == [(goal.pk, Status.OFF_TRACK, Status.WAITING)]


def test_a_closed_goal_gets_its_last_actual_and_then_keeps_it(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    close_goal(goal=goal, by=None, outcome="done", now=NOW + timedelta(minutes=1))
    computed(goal, LATER)
    assert goal.latest is not None
    assert goal.latest.status == Status.MISSED
    run_import(import_id=receive(HEADER + "5,Rita Evans,2026-11-01,2026-11-12,won,9999\n").pk, today=NOW.date())
    assert computed(goal, LATER + timedelta(hours=1)).goals == 0
    assert goal.latest.value == 350


def test_a_goal_on_a_kpi_the_catalogue_lost_keeps_its_actual_and_harms_no_other(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    computed(goal)
    Goal.objects.filter(pk=goal.pk).update(kpi="abolished")
    assert computed(goal, LATER).goals == 0
    assert goal.latest is not None


def test_nothing_is_stored_when_the_fence_refuses(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())

    def refuse() -> None:
        raise LeaseLost("run 1")

    with pytest.raises(LeaseLost):
        recompute(workspace=goal.workspace, now=NOW, fence=refuse)
    assert not Actual.objects.exists()


def test_nothing_is_stored_when_the_run_cannot_be_concluded(receive: Receive, goal: Goal) -> None:
    run_import(import_id=receive().pk, today=NOW.date())

    def refuse(_: Recomputed) -> None:
        raise LeaseLost("run 1")

    with pytest.raises(LeaseLost):
        recompute(workspace=goal.workspace, now=NOW, conclude=refuse)
    goal.refresh_from_db()
    assert not Actual.objects.exists()
    assert goal.latest is None


def test_the_number_of_queries_does_not_grow_with_the_goals(receive: Receive, goal: Goal, south: Team) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    few = queries_of_a_recompute(goal)
    for i in range(30):
        create_goal(
            workspace=goal.workspace, by=None, kpi="win_rate", scope="team", team=south, owner=goal.owner,
            starts_on=date(2024, 1, 1) + timedelta(days=i), ends_on=date(2024, 3, 1) + timedelta(days=i),
            target=Decimal("0.3"), today=date(2024, 1, 1), title=f"Goal {i}",
        )  # fmt: skip
    assert queries_of_a_recompute(goal) <= few  # the second reads no history again


def queries_of_a_recompute(goal: Goal) -> int:
    """How many queries a recompute takes that finds everything new."""
    Goal.objects.update(latest=None)
    with CaptureQueriesContext(connection) as queries:
        assert recompute(workspace=goal.workspace, now=NOW).changed == Goal.objects.count()
    return len(queries)


@given(values=st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=30))
def test_the_quick_json_of_a_line_is_what_json_writes(values: list[float | None]) -> None:
    days = tuple(date(2026, 1, 1) + timedelta(days=i) for i in range(len(values)))
    series = list(zip(days, values, strict=True))
    assert _series_json(days, series) == json.dumps([[day.isoformat(), value] for day, value in series])


# --- the command -------------------------------------------------------------------------------------------


def test_the_command_says_how_many_and_how_long(
    receive: Receive, goal: Goal, capsys: pytest.CaptureFixture[str]
) -> None:
    run_import(import_id=receive().pk, today=NOW.date())
    call_command("recompute", workspace=goal.workspace.slug)
    assert capsys.readouterr().out.startswith("1 goal, 1 changed, in ")
    assert Run.objects.get(kind="recompute").state == Run.State.DONE


def test_the_command_names_a_workspace_it_does_not_find(db: None) -> None:
    with pytest.raises(CommandError, match="There is no workspace `acmee`"):
        call_command("recompute", workspace="acmee")
