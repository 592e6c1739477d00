"""A draft is tried in the background; what the trial says is what comes true, and it says it only of what was tried."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.datasets.drafting import folder_of, is_tried, path_of
from apps.datasets.models import Draft, Import
from apps.datasets.services import redo_import, run_import, undo_import
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace
from apps.people.queries import today_in
from apps.refresh import trying
from apps.refresh.models import Run
from apps.refresh.services import execute, recompute_now, request_try, request_undo_trial
from apps.refresh.trying import newest_trial, still_holds, trial_of
from tests.refresh.conftest import HEADER, Receive

MORE = HEADER + "5,Rita Evans,2026-11-01,2026-11-12,won,650\n"
MakeDraft = Callable[..., Draft]


@pytest.fixture
def draft_of_text(rep: Member) -> MakeDraft:
    """A whole file that was chosen and not yet confirmed."""

    def make(text: str = MORE, **fields: Any) -> Draft:
        values = {"table": "deals", "file_name": "more.csv", "size": len(text), "received": len(text), "checksum": "c1"}
        draft = Draft.objects.create(workspace=rep.workspace, member=rep, token=f"t{Draft.objects.count()}", **values)
        folder_of(draft).mkdir(parents=True)
        path_of(draft).write_text(text)
        Draft.objects.filter(pk=draft.pk).update(**fields)
        draft.refresh_from_db()
        return draft

    return make


def tried(draft: Draft) -> Run:
    run = request_try(draft=draft, by=draft.member)
    execute(run_id=run.pk)
    run.refresh_from_db()
    draft.refresh_from_db()
    return run


def brought_in(batch: Import) -> None:
    run_import(import_id=batch.pk, today=today_in(batch.workspace))
    batch.refresh_from_db()


def test_a_trial_tells_rows_goals_and_kpis_and_imports_nothing(
    receive: Receive, goal: Goal, draft_of_text: MakeDraft
) -> None:
    brought_in(receive())
    draft = draft_of_text()
    assert tried(draft).state == Run.State.DONE
    assert is_tried(draft)
    assert draft.outcome["counts"] | {"read": 1, "new": 1, "rejected": 0} == draft.outcome["counts"]
    (moved,) = draft.outcome["consequences"]["goals"]
    assert (moved["goal"], moved["before"], moved["after"]) == (goal.pk, "350", "1000")
    assert Import.objects.count() == 1


def test_a_file_that_cannot_be_understood_is_told_as_refused(draft_of_text: MakeDraft) -> None:
    draft = draft_of_text("colour,size\nred,4\n")
    assert tried(draft).state == Run.State.DONE
    assert draft.outcome["state"] == "refused"
    assert draft.outcome["refused"]
    assert draft.outcome["consequences"] == {}


def test_rejected_rows_are_told_with_line_column_and_sentence(draft_of_text: MakeDraft) -> None:
    draft = draft_of_text(MORE + "7,Rita Evans,2026-11-01,2026-11-12,won,abc\n")
    tried(draft)
    assert (draft.outcome["counts"]["rejected"], draft.outcome["issue_total"]) == (1, 1)
    (issue,) = draft.outcome["issues"]
    assert (issue["line"], issue["column"], issue["rejects"]) == (3, "amount", True)


def test_asking_twice_before_it_began_is_one_trial(draft_of_text: MakeDraft, rep: Member) -> None:
    draft = draft_of_text()
    assert request_try(draft=draft, by=rep) == request_try(draft=draft, by=rep)
    assert newest_trial(draft) == Run.objects.get()


def test_what_a_trial_says_is_dropped_once_the_draft_says_something_else(
    draft_of_text: MakeDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of_text()
    compute = trying.consequences

    def changed_meanwhile(**given: Any) -> Any:
        Draft.objects.filter(pk=draft.pk).update(mode="append")
        return compute(**given)

    monkeypatch.setattr(trying, "consequences", changed_meanwhile)
    run = tried(draft)
    assert (run.state, run.result) == (Run.State.DONE, {"kept": False})
    assert draft.outcome == {}
    assert not is_tried(draft)


def test_an_older_trial_stops_when_a_newer_one_was_asked_for(draft_of_text: MakeDraft, rep: Member) -> None:
    draft = draft_of_text()
    older = request_try(draft=draft, by=rep)
    Run.objects.create(workspace=draft.workspace, draft=draft, kind=Run.Kind.TRY)
    execute(run_id=older.pk)
    older.refresh_from_db()
    assert (older.state, older.result) == (Run.State.DONE, {"kept": False})


def test_a_draft_that_was_put_away_meanwhile_is_no_failure(draft_of_text: MakeDraft, rep: Member) -> None:
    draft = draft_of_text()
    run = request_try(draft=draft, by=rep)
    draft.delete()
    execute(run_id=run.pk)
    assert not Run.objects.exists()


def test_a_trial_of_undo_is_kept_with_its_run_until_rows_change(receive: Receive, goal: Goal, rep: Member) -> None:
    brought_in(receive())
    more = receive(MORE)
    brought_in(more)
    run = request_undo_trial(batch=more, by=rep)
    execute(run_id=run.pk)
    kept = trial_of(more)
    assert kept is not None
    assert still_holds(kept, today_in(kept.workspace))
    assert kept.result["consequences"]["goals"][0]["after"] == "350"
    more.refresh_from_db()
    assert more.state == Import.State.COMMITTED
    undo_import(batch=more, by=None)
    assert not still_holds(kept, today_in(kept.workspace))


def test_a_failed_trial_leaves_the_import_as_it_is(
    receive: Receive, rep: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = receive()
    brought_in(batch)

    def broken(**_: Any) -> Any:
        raise RuntimeError("boom")

    monkeypatch.setattr(trying, "consequences", broken)
    run = request_undo_trial(batch=batch, by=rep)
    execute(run_id=run.pk)
    run.refresh_from_db()
    batch.refresh_from_db()
    assert (run.state, batch.state) == (Run.State.FAILED, Import.State.COMMITTED)


# --- what is told is what comes true ---------------------------------------------------------------------------------


def random_deals(luck: random.Random, rows: int) -> str:
    lines = []
    for _ in range(rows):
        closed = date(2026, luck.randint(7, 11), luck.randint(1, 20))
        owner = luck.choice(["Rita Evans", "Omar Faye", "Somebody Else"])
        outcome = luck.choice(["won", "won", "lost", "open"])
        day = "" if outcome == "open" else closed.isoformat()
        lines.append(f"{luck.randint(1, 12)},{owner},2026-07-01,{day},{outcome},{luck.randint(1, 900)}")
    return HEADER + "\n".join(lines) + "\n"


def goals_of_all_kinds(rep: Member, other: Member) -> None:
    for kpi, target in [("revenue:deals", 2000), ("win_rate:deals", Decimal("0.5")), ("average_deal_size:deals", 300)]:
        for owner, scope in [(rep, "person"), (other, "person"), (rep, "workspace")]:
            create_goal(
                workspace=rep.workspace, by=None, kpi=kpi, scope=scope, owner=owner,
                person=owner if scope == "person" else None,
                starts_on=date(2026, 10, 1), ends_on=date(2027, 1, 1),
                target=Decimal(target), today=date(2026, 10, 1),
            )  # fmt: skip


def shown(workspace: Workspace) -> dict[int, tuple[Decimal | None, str]]:
    """What each goal really shows now."""
    recompute_now(workspace=workspace)
    goals = Goal.objects.filter(workspace=workspace).select_related("latest")
    return {goal.pk: (goal.latest.value, goal.latest.status) for goal in goals if goal.latest}


def foretold(before: dict[int, tuple[Decimal | None, str]], kept: dict[str, Any]) -> dict[int, Any]:
    """What they will show if what was told comes true."""
    moved = {
        each["goal"]: (Decimal(each["after"]) if each["after"] is not None else None, each["to"])
        for each in kept["goals"]
    }
    return before | moved


def same(one: dict[int, Any], other: dict[int, Any]) -> bool:
    """Stored values have ten places."""
    rounded = [
        {pk: (None if value is None else round(value, 9), status) for pk, (value, status) in each.items()}
        for each in (one, other)
    ]
    return rounded[0] == rounded[1]


@pytest.mark.parametrize("seed", range(4))
def test_goals_show_after_commit_undo_and_redo_what_their_trials_said(
    rep: Member, other_rep: Member, receive: Receive, draft_of_text: MakeDraft, seed: int
) -> None:
    luck, workspace = random.Random(seed), rep.workspace
    goals_of_all_kinds(rep, other_rep)
    batches: list[Import] = []
    for _ in range(3):
        text = random_deals(luck, luck.randint(1, 8))
        before = shown(workspace)
        draft = draft_of_text(text, mode="upsert")
        tried(draft)
        batch = receive(text)
        brought_in(batch)
        assert same(shown(workspace), foretold(before, draft.outcome["consequences"]))
        batches.append(batch)
    for change in (undo_import, redo_import):
        batch = luck.choice([each for each in batches if each.state == "committed"]) if change is undo_import else batch
        before = shown(workspace)
        run = request_undo_trial(batch=batch, by=None)
        execute(run_id=run.pk)
        run.refresh_from_db()
        change(batch=batch, by=None)
        assert same(shown(workspace), foretold(before, run.result["consequences"]))
