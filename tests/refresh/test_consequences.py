"""What a change of rows does to KPIs and goals, told before it is done and equal to what comes of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.datasets.models import Import
from apps.datasets.queries import snapshot
from apps.datasets.services import redo_import, rerun_import, run_import, undo_import
from apps.datasets.store import Snapshot
from apps.goals.case import Status
from apps.goals.models import Goal
from apps.goals.services import close_goal, create_goal
from apps.people.models import Member, Workspace
from apps.refresh.consequences import Consequences, consequences, frozen_touched
from apps.refresh.effects import last_change
from apps.refresh.models import Run
from apps.refresh.recompute import recompute
from apps.refresh.services import execute, recompute_now
from apps.refresh.watched import watched
from tests.refresh.conftest import HEADER, Receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MORE = HEADER + "5,Rita Evans,2026-11-01,2026-11-12,won,650\n"
EARLIER = HEADER + "6,Omar Faye,2026-09-01,2026-09-12,won,40\n"


def deals(workspace: Workspace) -> Snapshot:
    return snapshot(workspace=workspace, table="deals")


def brought_in(batch: Import) -> Import:
    run_import(import_id=batch.pk, today=NOW.date())
    batch.refresh_from_db()
    return batch


def many_goals_like(goal: Goal, how_many: int) -> None:
    """The same for the whole company, without a target."""
    again = {"kpi": "revenue", "variant": "deals", "starts_on": goal.starts_on, "ends_on": goal.ends_on}
    Goal.objects.bulk_create(
        Goal(workspace=goal.workspace, title=f"G{number}", scope="workspace", owner=goal.owner, **again)
        for number in range(how_many)
    )


def told(workspace: Workspace, before: Snapshot, now: datetime = NOW) -> Consequences:
    """What happened between `before` and now."""
    return consequences(workspace=workspace, now=now, table="deals", before=before, after=deals(workspace))


def test_a_goal_that_moves_is_told_with_both_numbers_and_both_statuses(receive: Receive, goal: Goal) -> None:
    brought_in(receive())
    before = deals(goal.workspace)
    brought_in(receive(MORE))
    (moved,) = told(goal.workspace, before).goals
    assert (moved.goal, moved.flips) == (goal.pk, True)
    assert moved.as_json() == {
        "goal": goal.pk, "kpi": "revenue:deals", "from": Status.OFF_TRACK, "to": Status.ACHIEVED,
        "before": "350", "after": "1000",
    }  # fmt: skip


def test_nothing_is_stored(receive: Receive, goal: Goal) -> None:
    before = deals(goal.workspace)
    brought_in(receive())
    told(goal.workspace, before)
    goal.refresh_from_db()
    assert goal.latest is None


def test_the_running_and_the_last_closed_month_and_quarter_are_told(receive: Receive, workspace: Workspace) -> None:
    brought_in(receive())
    before = deals(workspace)
    brought_in(receive(MORE))
    found = [each.as_json() for each in told(workspace, before).kpis]
    revenue = {(each["start"], each["end"]): each for each in found if each["kpi"] == "revenue:deals"}
    assert revenue == {
        ("2026-10-01", "2027-01-01"): {
            "kpi": "revenue:deals", "start": "2026-10-01", "end": "2027-01-01", "before": "850", "after": "1500",
        },
        ("2026-11-01", "2026-12-01"): {
            "kpi": "revenue:deals", "start": "2026-11-01", "end": "2026-12-01", "before": "750", "after": "1400",
        },
    }  # fmt: skip


def test_the_fiscal_calendar_says_which_quarter_runs() -> None:
    looked_at = watched(today=date(2026, 11, 20), through=date(2026, 11, 13), fiscal=2)
    assert [each.label for each in looked_at.headline] == ["2027-Q4", "2027-Q3", "2026-11", "2026-10"]


def test_data_that_ends_long_ago_is_told_by_the_periods_in_which_it_ends() -> None:
    looked_at = watched(today=date(2026, 11, 20), through=date(2017, 12, 31), fiscal=1)
    assert [each.label for each in looked_at.headline] == ["2017-Q4", "2017-Q3", "2017-12", "2017-11"]
    assert looked_at.closed[0].label == "2014-Q4"
    assert max(each.end for each in looked_at.closed) == date(2018, 1, 1)


def test_rows_of_a_past_month_touch_closed_periods(receive: Receive, workspace: Workspace) -> None:
    brought_in(receive(HEADER + "9,Rita Evans,2026-08-01,2026-09-02,won,1000\n"))
    before = deals(workspace)
    brought_in(receive(EARLIER))
    found = told(workspace, before)
    revenue = [each.as_json() for each in found.closed_periods if each.kpi == "revenue:deals"]
    assert [(each["start"], each["end"], each["before"], each["after"]) for each in revenue] == [
        ("2026-09-01", "2026-10-01", "1000", "1040"),
        ("2026-07-01", "2026-10-01", "1000", "1040"),
    ]
    assert frozen_touched(found.as_json())


def test_a_past_that_was_not_covered_before_is_told_for_the_first_time_not_restated(
    receive: Receive, workspace: Workspace
) -> None:
    before = deals(workspace)
    brought_in(receive())
    found = told(workspace, before)
    assert found.kpis
    assert not frozen_touched(found.as_json())


def test_a_closed_goal_whose_number_would_be_another_is_told_and_keeps_its_status(receive: Receive, goal: Goal) -> None:
    brought_in(receive())
    recompute(workspace=goal.workspace, now=NOW)
    close_goal(goal=goal, by=None, outcome="done", now=NOW)
    before = deals(goal.workspace)
    brought_in(receive(MORE))
    found = told(goal.workspace, before)
    assert found.goals == []
    assert [each.as_json() for each in found.closed_goals] == [
        {"goal": goal.pk, "kpi": "revenue:deals", "before": "350", "after": "1000"}
    ]
    assert frozen_touched(found.as_json())


def test_goals_on_other_tables_are_not_even_computed(receive: Receive, goal: Goal, leader: Member) -> None:
    create_goal(
        workspace=goal.workspace, by=None, kpi="csat", scope="workspace", owner=leader,
        starts_on=goal.starts_on, ends_on=goal.ends_on, target=Decimal("0.9"), today=goal.starts_on,
    )  # fmt: skip
    before = deals(goal.workspace)
    brought_in(receive())
    found = told(goal.workspace, before)
    assert (found.goals_read, [each.goal for each in found.goals]) == (1, [goal.pk])


def test_a_hundred_goals_more_cost_no_query_more(receive: Receive, goal: Goal) -> None:
    before = deals(goal.workspace)
    brought_in(receive())
    queries = []
    for goals in (1, 101):
        with CaptureQueriesContext(connection) as made:
            assert told(goal.workspace, before).goals_read == goals
        queries.append(len(made))
        many_goals_like(goal, 100)
    assert queries[0] == queries[1]


def test_the_biggest_moves_come_first_and_what_is_kept_is_bounded(receive: Receive, goal: Goal) -> None:
    many_goals_like(goal, 220)
    brought_in(receive())
    before = deals(goal.workspace)
    brought_in(receive(MORE))
    kept = told(goal.workspace, before).as_json()
    assert (kept["goals_moved"], len(kept["goals"]), kept["flips"]) == (221, 200, 1)
    assert kept["goals"][0]["goal"] == goal.pk, "what flips comes before what only moves"


# --- what came true ------------------------------------------------------------------------------------------------


def effects_done() -> None:
    for run in Run.objects.filter(kind="effect", state="queued").order_by("pk"):
        execute(run_id=run.pk)


def test_every_import_is_told_what_was_its_own_doing_even_if_they_share_a_recompute(
    receive: Receive, goal: Goal
) -> None:
    first, second = brought_in(receive()), brought_in(receive(MORE))
    recompute_now(workspace=goal.workspace)
    effects_done()
    for batch in (first, second):
        batch.refresh_from_db()
    assert first.effect["what"] == second.effect["what"] == "commit"
    assert (first.effect["goals"][0].get("before"), first.effect["goals"][0]["after"]) == (None, "350")
    assert (second.effect["goals"][0]["before"], second.effect["goals"][0]["after"]) == ("350", "1000")


def test_undo_and_bringing_back_are_told_too_and_nothing_is_told_twice(receive: Receive, goal: Goal) -> None:
    brought_in(receive())
    more = brought_in(receive(MORE))
    for change, what in ((undo_import, "undo"), (redo_import, "redo")):
        change(batch=more, by=None)
        recompute_now(workspace=goal.workspace)
        effects_done()
        more.refresh_from_db()
        assert more.effect["what"] == what
    runs = Run.objects.filter(kind="effect").count()
    recompute_now(workspace=goal.workspace)
    assert Run.objects.filter(kind="effect").count() == runs


def test_an_effect_waits_for_the_recompute(receive: Receive, goal: Goal) -> None:
    brought_in(receive())
    assert not Run.objects.filter(kind="effect").exists()
    recompute_now(workspace=goal.workspace)
    (run,) = Run.objects.filter(kind="effect")
    assert (run.state, run.subject.effect if run.subject else None) == ("queued", {})


def test_a_trial_under_way_does_not_keep_an_effect_from_being_told(receive: Receive, goal: Goal) -> None:
    batch = brought_in(receive())
    recompute_now(workspace=goal.workspace)
    effects_done()
    undo_import(batch=batch, by=None)
    Run.objects.create(workspace=goal.workspace, kind="try", subject=batch)
    recompute_now(workspace=goal.workspace)
    assert Run.objects.filter(kind="effect", state="queued", subject=batch).count() == 1


def test_an_effect_that_failed_is_not_tried_again_before_the_import_changes(receive: Receive, goal: Goal) -> None:
    batch = brought_in(receive())
    recompute_now(workspace=goal.workspace)
    Run.objects.filter(kind="effect").update(state="failed")
    recompute_now(workspace=goal.workspace)
    assert Run.objects.filter(kind="effect").count() == 1
    undo_import(batch=batch, by=None)
    recompute_now(workspace=goal.workspace)
    assert Run.objects.filter(kind="effect").count() == 2


def test_the_last_change_is_told_by_the_times_an_import_counted(receive: Receive) -> None:
    batch = brought_in(receive())
    assert (change := last_change(batch.live_times.all()))
    assert change.what == "commit"
    undo_import(batch=batch, by=None)
    assert (change := last_change(batch.live_times.all()))
    assert change.what == "undo"
    assert last_change([]) is None


def test_running_an_import_again_is_told_as_one_change(receive: Receive, goal: Goal) -> None:
    old = brought_in(receive())
    recompute_now(workspace=goal.workspace)
    again = rerun_import(batch=old, by=None)
    Import.objects.filter(pk=again.pk).update(mapping={**again.mapping, "where": "id != '2'"})
    brought_in(again)
    recompute_now(workspace=goal.workspace)
    effects_done()
    old.refresh_from_db()
    again.refresh_from_db()
    assert (old.effect["what"], old.effect["by"]) == ("replaced", again.pk)
    assert [(each["before"], each["after"]) for each in again.effect["goals"]] == [("350", "100")]
