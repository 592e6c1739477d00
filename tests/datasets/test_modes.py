"""Files update by key, are added, or replace a period; the same file twice changes nothing in any of these ways."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.common.errors import Refusal
from apps.datasets.models import Import, LiveBatch
from apps.datasets.outcome import Outcome
from apps.datasets.queries import snapshot
from apps.datasets.services import dry_run, receive_file, redo_import, rerun_import, run_import, undo_import
from apps.datasets.trial import trial, trial_of_undo
from apps.metrics.readiness import readiness_of
from apps.pages.templatetags.frame import data_through
from apps.people.models import Workspace
from tests.datasets.helpers import TODAY, last_import, live_rows, receive

DEALS = "id,owner,outcome,created_on,closed_on,amount\n"
LEDGER = "posted_on,account_class,amount\n"
FIRST_QUARTER = (date(2025, 1, 1), date(2025, 4, 1))


def deal(key: str, day: str, amount: int = 1) -> str:
    return f"{key},Ann,won,2025-01-01,{day},{amount}\n"


def bring(workspace: Workspace, folder: Path, content: str, *, table: str = "deals", **how: Any) -> Outcome:
    path = folder / "sent.csv"
    path.write_text(content)
    how = {"mapping": None, "by": None} | how
    batch = receive_file(workspace=workspace, table=table, source=path, file_name="file.csv", **how)
    return run_import(import_id=batch.pk, today=TODAY)


def counts(outcome: Outcome) -> tuple[str, int, int, int, int]:
    return str(outcome.state), outcome.new, outcome.changed, outcome.unchanged, outcome.removed


def test_a_replaced_period_holds_what_the_file_brings_and_nothing_else(workspace: Workspace, tmp_path: Path) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31") + deal("2", "2025-02-01") + deal("3", "2025-05-05"))
    file = DEALS + deal("2", "2025-02-01", 9) + deal("4", "2025-03-31") + deal("3", "2025-03-01")
    outcome = bring(workspace, tmp_path, file, mode="replace", replaces=FIRST_QUARTER)
    assert counts(outcome) == ("committed", 1, 2, 0, 1)
    assert "1 earlier row of the period 2025-01-01 to 2025-03-31 that the file does not bring no longer counts" in (
        outcome.sentence
    )
    assert last_import().rows_removed == 1
    after = [("2", 9), ("3", 1), ("4", 1)]
    assert live_rows(workspace, "id", "amount") == after
    again = bring(workspace, tmp_path, file, mode="replace", replaces=FIRST_QUARTER)
    assert counts(again) == ("unchanged", 0, 0, 3, 0)
    assert "here already, so nothing was stored" in again.sentence
    undo_import(batch=Import.objects.get(rows_removed=1), by=None)
    assert live_rows(workspace, "id", "closed_on") == [
        ("1", date(2025, 1, 31)), ("2", date(2025, 2, 1)), ("3", date(2025, 5, 5)),
    ]  # fmt: skip


def test_rows_outside_of_the_period_are_refused_one_by_one(workspace: Workspace, tmp_path: Path) -> None:
    file = DEALS + deal("1", "2025-03-31") + deal("2", "2025-04-01") + "3,Ann,open,2025-01-01,,1\n" + deal("4", "soon")
    outcome = bring(workspace, tmp_path, file, mode="replace", replaces=FIRST_QUARTER)
    assert (outcome.new, outcome.rejected) == (1, 3)
    assert [(issue.line, issue.message) for issue in outcome.issues if issue.rejects] == [
        (3, "`closed_on` (2025-04-01) lies outside of the period that is replaced, 2025-01-01 to 2025-03-31."),
        (4, "`closed_on` is blank, so the row does not lie in the period that is replaced, 2025-01-01 to 2025-03-31."),
        (5, outcome.issues[2].message),
    ]
    assert outcome.issues[2].message.startswith("`soon` is not a date.")


@pytest.mark.parametrize(
    ("table", "content", "changed"),
    [
        ("ledger", LEDGER + "2025-01-31,revenue,5\n2025-01-31,revenue,5\n", LEDGER + "2025-01-31,revenue,5\n"),
        ("inventory", "counted_on,cost_value\n2025-01-31,5\n2025-01-31,5\n", "counted_on,cost_value\n2025-01-31,5\n"),
        ("quotas", "owner,period_start,amount\nAnn,2025-01-01,5\nAnn,2025-01-01,5\n",
         "owner,period_start,amount\nAnn,2025-01-01,5\n"),
    ],
)  # fmt: skip
def test_tables_without_a_key_are_replaced_row_for_row(
    workspace: Workspace, tmp_path: Path, table: str, content: str, changed: str
) -> None:
    january: dict[str, Any] = {"table": table, "mode": "replace", "replaces": (date(2025, 1, 1), date(2025, 2, 1))}
    assert counts(bring(workspace, tmp_path, content, **january)) == ("committed", 2, 0, 0, 0)
    assert counts(bring(workspace, tmp_path, content, **january)) == ("unchanged", 0, 0, 2, 0)
    assert counts(bring(workspace, tmp_path, changed, **january)) == ("committed", 0, 0, 1, 1)
    assert len(live_rows(workspace, "_line", table=table)) == 1
    undo_import(batch=last_import(), by=None)
    assert len(live_rows(workspace, "_line", table=table)) == 2


def test_appending_compares_no_keys_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"))
    file = DEALS + deal("1", "2025-01-31") + deal("2", "2025-01-31")
    outcome = bring(workspace, tmp_path, file, mode="append")
    assert counts(outcome) == ("committed", 2, 0, 0, 0)
    assert "All of them were added, also where a key is here already: keys were not compared." in outcome.sentence
    assert live_rows(workspace, "id") == [("1",), ("1",), ("2",)]
    assert counts(bring(workspace, tmp_path, file, mode="append")) == ("unchanged", 0, 0, 2, 0)


def test_the_mapping_may_say_the_mode_and_what_is_said_with_the_file_counts_more(
    workspace: Workspace, tmp_path: Path
) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"))
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-30"), mapping={"mode": "append"})
    assert (last_import().mode, len(live_rows(workspace, "id"))) == ("append", 2)
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-29"), mapping={"mode": "append"}, mode="upsert")
    assert (last_import().mode, len(live_rows(workspace, "id"))) == ("upsert", 1)
    bring(workspace, tmp_path, LEDGER + "2025-01-31,revenue,5\n", table="ledger")
    assert last_import().mode == "append"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"mode": "replace"}, "say which: its first day and the day after its last"),
        ({"replaces": FIRST_QUARTER}, "only for the mode replace, not for upsert"),
        ({"mode": "replace", "replaces": FIRST_QUARTER[::-1]}, "must end after it begins"),
        ({"mode": "merge"}, "`merge` is no mode of importing"),
        ({"mapping": {"mode": "merge"}}, "`mode` of the mapping must be one of upsert, append, replace"),
    ],
)
def test_modes_that_do_not_fit_are_refused_before_anything_is_kept(
    workspace: Workspace, tmp_path: Path, how: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"), **how)
    assert not Import.objects.exists()


def test_data_is_complete_until_the_day_that_is_said_with_it(workspace: Workspace, tmp_path: Path) -> None:
    """On a quiet Friday nothing new is in the file, and still the figures are of Friday."""

    def through(**asked: Any) -> str:
        return str(snapshot(workspace=workspace, table="deals").complete_through)

    file = DEALS + deal("1", "2025-01-30")
    bring(workspace, tmp_path, file, complete_until=date(2025, 1, 20))
    assert through() == "2025-01-20"
    quiet_friday = bring(workspace, tmp_path, file, complete_until=date(2025, 1, 31))
    assert counts(quiet_friday) == ("committed", 0, 0, 1, 0)
    assert quiet_friday.sentence.endswith("here already; the data now counts as complete until 2025-01-31.")
    assert through() == "2025-01-31"
    assert "2025-01-31" in data_through(workspace)
    assert live_rows(workspace, "id") == [("1",)]
    readiness_of(workspace)
    again = bring(workspace, tmp_path, file, complete_until=date(2025, 1, 31))
    assert str(again.state) == "unchanged"
    undo_import(batch=Import.objects.get(rows_new=0, state="committed"), by=None)
    assert through() == "2025-01-20"
    refused = bring(workspace, tmp_path, file, complete_until=date(2026, 1, 2))
    assert (str(refused.state), "lies in the future" in refused.sentence) == ("refused", True)


def test_an_import_is_run_again_in_its_place(workspace: Workspace, tmp_path: Path) -> None:
    """What came after it still replaces its rows."""
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31") + deal("2", "2025-01-31"))
    first = last_import()
    bring(workspace, tmp_path, DEALS + deal("2", "2025-01-31", 7))
    same = rerun_import(batch=first, by=None)
    assert str(run_import(import_id=same.pk, today=TODAY).state) == "unchanged"
    first.mapping |= {"columns": {**first.mapping["columns"], "amount": None}}
    first.save()
    again = rerun_import(batch=first, by=None)
    assert (again.reruns, live_rows(workspace, "id", "amount")) == (first, [("1", 1), ("2", 7)])
    outcome = run_import(import_id=again.pk, today=TODAY)
    assert counts(outcome) == ("committed", 0, 2, 0, 0)
    assert f"Compared with import {first.pk}, which it takes the place of." in outcome.sentence
    assert live_rows(workspace, "id", "amount") == [("1", None), ("2", 7)]
    first.refresh_from_db()
    assert first.state == Import.State.UNDONE
    with pytest.raises(Refusal, match=f"undo import {again.pk} first"):
        redo_import(batch=first, by=None)
    undo_import(batch=again, by=None)
    redo_import(batch=first, by=None)
    assert live_rows(workspace, "id", "amount") == [("1", 1), ("2", 7)]


def test_an_import_that_never_counted_is_not_run_again(workspace: Workspace, tmp_path: Path) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "someday"))
    with pytest.raises(Refusal, match="has never counted"):
        rerun_import(batch=last_import(), by=None)


@pytest.mark.parametrize("mode", ["upsert", "append", "replace"])
def test_a_trial_shows_what_would_count_and_stores_nothing(workspace: Workspace, tmp_path: Path, mode: str) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31") + deal("2", "2025-02-01"))
    path = tmp_path / "next.csv"
    path.write_text(DEALS + deal("2", "2025-02-02") + deal("3", "2025-02-02"))
    how: dict[str, Any] = {"mode": mode, "replaces": FIRST_QUARTER if mode == "replace" else None}
    said: dict[str, Any] = {
        "workspace": workspace,
        "today": TODAY,
        "table": "deals",
        "source": path,
        "mapping": None,
    } | how
    with trial(**said, lookup_files={}, file_name="next.csv", progress=lambda step, done, total: None) as tried:
        assert rows_of(tried.before) == [("1", date(2025, 1, 31)), ("2", date(2025, 2, 1))]
        expected = rows_of(tried.after)
        folder = tried.after.row_files[-1].parent
    assert not folder.exists()
    assert tried.outcome == dry_run(**said)
    assert LiveBatch.objects.count() == 1
    bring(workspace, tmp_path, path.read_text(), **how)
    assert rows_of(snapshot(workspace=workspace, table="deals")) == expected
    for expecting in ([("1", date(2025, 1, 31)), ("2", date(2025, 2, 1))], expected):
        with trial_of_undo(batch=last_import()) as tried:
            assert rows_of(tried.after) == expecting
        (redo_import if expecting == expected else undo_import)(batch=last_import(), by=None)


def rows_of(found: Any) -> list[Any]:
    from apps.datasets.store.snapshot import open_for_reading

    with open_for_reading([found]) as con:
        return sorted(con.execute(f"SELECT id, closed_on FROM ({found.rows_sql()})").fetchall())


def test_a_trial_of_a_run_again_leaves_the_old_import_out(workspace: Workspace, tmp_path: Path) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"))
    first = last_import()
    bring(workspace, tmp_path, DEALS + deal("2", "2025-02-01"))
    path = tmp_path / "mended.csv"
    path.write_text(DEALS + deal("3", "2025-01-31") + deal("2", "2025-02-09"))
    with trial(
        workspace=workspace, today=TODAY, table="deals", source=path, mapping=None, reruns=first,
        progress=lambda step, done, total: None,
    ) as tried:  # fmt: skip
        assert counts(tried.outcome) == ("committed", 2, 0, 0, 1)
        assert rows_of(tried.after) == [("2", date(2025, 2, 1)), ("3", date(2025, 1, 31))]


def test_the_command_takes_mode_period_and_the_day_until_which_data_is_complete(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(DEALS + deal("1", "2025-01-31") + deal("2", "2025-04-01"))

    def command(*words: str) -> dict[str, Any]:
        out = StringIO()
        call_command("import_data", "deals", str(path), "--workspace", workspace.slug, "--json", *words, stdout=out)
        return dict(json.loads(out.getvalue()))

    told = command("--mode", "replace", "--period", "2025-Q1", "--complete-until", "2025-03-31")
    assert (told["new"], told["rejected"], told["removed"]) == (1, 1, 0)
    assert (told["files"][0]["mode"], told["files"][0]["complete_until"]) == ("replace", "2025-03-31")
    assert command("--mode", "append")["new"] == 2
    with pytest.raises(CommandError, match="is not a period"):
        command("--mode", "replace", "--period", "soon")
    assert str(snapshot(workspace=workspace, table="deals").complete_through) == "2025-04-01"


def test_a_file_that_did_not_arrive_whole_is_not_kept(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="has not arrived whole"):
        bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"), checksum="0" * 64)
    assert not Import.objects.exists()
    assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


def test_the_same_push_again_gives_the_import_that_it_gave_before(workspace: Workspace, tmp_path: Path) -> None:
    bring(workspace, tmp_path, DEALS + deal("1", "2025-01-31"), idempotency_key="k")
    bring(workspace, tmp_path, DEALS + deal("2", "2025-01-31"), idempotency_key="k")
    assert (Import.objects.count(), live_rows(workspace, "id")) == (1, [("1",)])
    receive(workspace, tmp_path, DEALS)
