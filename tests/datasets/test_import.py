"""Files come in whole or not at all, replace by key, can be taken back, and say what they did."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.audit.models import Event
from apps.common.errors import Refusal
from apps.datasets.models import Dataset, Import, LiveBatch
from apps.datasets.queries import import_for, imports_of, rejects_path, snapshot, snapshots
from apps.datasets.services import (
    dry_run,
    fail_import,
    receive_file,
    redo_import,
    run_import,
    sweep_orphans,
    undo_import,
)
from apps.people.models import Member, Workspace
from tests.datasets.helpers import TODAY, bring_in, last_import, live_rows, receive

HEADER = "id,owner,outcome,created_on,closed_on,amount\n"
FIRST = f"{HEADER}1,Ann,won,2017-01-01,2017-01-31,5\n2,Bob,open,2017-02-01,,6\n"
LATER = f"{HEADER}2,Bob,won,2017-02-01,2017-02-20,6\n3,Ann,open,2017-03-01,,7\n"
LEDGER = "posted_on,account_class,amount\n2017-01-31,revenue,5\n2017-01-31,revenue,5\n"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_file_becomes_live_rows_with_their_import_and_line(workspace: Workspace, tmp_path: Path) -> None:
    outcome = bring_in(workspace, tmp_path, FIRST)
    batch = last_import()
    assert (outcome.state, outcome.read, outcome.new, outcome.rejected) == (Import.State.COMMITTED, 2, 2, 0)
    assert live_rows(workspace, "id", "outcome", "_batch", "_line") == [
        ("1", "won", batch.pk, 2),
        ("2", "open", batch.pk, 3),
    ]
    assert (str(batch.covers_from), str(batch.covers_to)) == ("2017-01-01", "2017-02-01")
    found = snapshot(workspace=workspace, table="deals")
    assert (found.high_water, found.batches, found.is_empty) == (batch.pk, (batch.pk,), False)
    assert str(found.complete_through) == "2017-02-01"


def test_a_later_row_with_the_same_key_replaces_and_undo_brings_the_old_one_back(
    workspace: Workspace, admin: Member, tmp_path: Path
) -> None:
    bring_in(workspace, tmp_path, FIRST)
    before = timezone.now()
    outcome = bring_in(workspace, tmp_path, LATER)
    later = last_import()
    assert (outcome.new, outcome.changed, outcome.unchanged) == (1, 1, 0)
    assert live_rows(workspace, "id", "outcome") == [("1", "won"), ("2", "won"), ("3", "open")]
    assert live_rows(workspace, "id", "outcome", as_of=before) == [("1", "won"), ("2", "open")]
    undo_import(batch=later, by=admin)
    assert live_rows(workspace, "id", "outcome") == [("1", "won"), ("2", "open")]
    while_undone = timezone.now()
    redo_import(batch=later, by=admin)
    assert live_rows(workspace, "id", "outcome") == [("1", "won"), ("2", "won"), ("3", "open")]
    assert live_rows(workspace, "id", "outcome", as_of=while_undone) == [("1", "won"), ("2", "open")]
    assert list(Event.objects.order_by("id").values_list("action", flat=True)) == [
        "import.receive", "import.committed", "import.receive", "import.committed", "import.undo", "import.redo",
    ]  # fmt: skip
    assert Event.objects.latest("id").actor == admin.user


def test_an_import_brought_back_does_not_overtake_what_came_after_it(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    first = last_import()
    undo_import(batch=first, by=None)
    bring_in(workspace, tmp_path, LATER)
    redo_import(batch=first, by=None)
    assert live_rows(workspace, "id", "outcome") == [("1", "won"), ("2", "won"), ("3", "open")]


def test_rows_are_stored_sorted_by_the_main_date(workspace: Workspace, tmp_path: Path) -> None:
    days = [f"2017-{1 + number * 7 % 12:02}-{1 + number * 13 % 28:02}" for number in range(3000)]
    bring_in(workspace, tmp_path, HEADER + "".join(f"{n},Ann,won,2017-01-01,{day},1\n" for n, day in enumerate(days)))
    (path,) = snapshot(workspace=workspace, table="deals").row_files
    stored = duckdb.connect().execute("SELECT closed_on, _line FROM read_parquet(?)", [str(path)]).fetchall()
    assert stored == sorted(stored)
    assert {(str(day), line) for day, line in stored} == {(day, line) for line, day in enumerate(days, start=2)}


def test_undo_and_redo_are_refused_where_there_is_nothing_to_do(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    batch = last_import()
    with pytest.raises(Refusal, match="has not been undone"):
        redo_import(batch=batch, by=None)
    undo_import(batch=batch, by=None)
    with pytest.raises(Refusal, match="is not live"):
        undo_import(batch=batch, by=None)


def test_the_same_rows_again_change_nothing_and_store_no_batch(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    outcome = bring_in(workspace, tmp_path, FIRST.replace("2017-01-31,5", "2017-01-31,5.00"))
    assert (outcome.state, outcome.unchanged) == (Import.State.UNCHANGED, 2)
    assert "here already" in outcome.sentence
    assert LiveBatch.objects.count() == 1


def test_a_cell_that_becomes_blank_is_a_change(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    outcome = bring_in(workspace, tmp_path, FIRST.replace("2017-02-01,,6", "2017-02-01,,"))
    assert (outcome.changed, outcome.unchanged) == (1, 1)


def test_an_own_column_counts_in_the_comparison_and_in_the_snapshot(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    outcome = bring_in(workspace, tmp_path, "id,owner,outcome,created_on,segment\n2,Bob,open,2017-02-01,SMB\n")
    assert outcome.changed == 1
    assert live_rows(workspace, "id", "segment") == [("1", None), ("2", "SMB")]
    assert snapshot(workspace=workspace, table="deals").columns[-1] == "segment"


def test_rows_without_a_key_are_added_and_the_same_file_only_once(workspace: Workspace, tmp_path: Path) -> None:
    assert bring_in(workspace, tmp_path, LEDGER, table="ledger").new == 2
    again = bring_in(workspace, tmp_path, LEDGER, table="ledger")
    assert (again.state, again.unchanged) == (Import.State.UNCHANGED, 2)
    assert bring_in(workspace, tmp_path, LEDGER + "2017-02-28,cogs,1\n", table="ledger").new == 3
    assert len(live_rows(workspace, "amount", table="ledger")) == 5
    otherwise = bring_in(workspace, tmp_path, LEDGER, table="ledger", mapping={"constants": {"unit": "x"}})
    assert otherwise.state == Import.State.COMMITTED
    for batch in Import.objects.filter(checksum=last_import().checksum, state=Import.State.COMMITTED):
        undo_import(batch=batch, by=None)
    assert bring_in(workspace, tmp_path, LEDGER, table="ledger").state == Import.State.COMMITTED


def test_a_row_with_a_key_takes_the_place_of_all_that_came_without_one(workspace: Workspace, tmp_path: Path) -> None:
    for content in (FIRST, LATER):
        bring_in(workspace, tmp_path, content, mapping={"key": []})
    assert [deal for (deal,) in live_rows(workspace, "id")] == ["1", "2", "2", "3"]
    outcome = bring_in(workspace, tmp_path, LATER)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 1, 1)
    assert [deal for (deal,) in live_rows(workspace, "id")] == ["1", "2", "3"]


def test_zero_bytes_of_a_file_get_into_no_record(workspace: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"{number},Ann,w\x00n,2017-01-01,,5\n" for number in range(300))
    outcome = bring_in(workspace, tmp_path, HEADER.replace("id", "id".ljust(4200)) + rows)
    assert outcome.state == Import.State.REFUSED
    batch = last_import()
    told = [batch.sentence, *batch.issues.values_list("message", flat=True)]
    told += [event.after["sentence"] for event in Event.objects.filter(action="import.refused")]
    assert len(told) > 300
    assert not any("\x00" in text for text in told)


def test_rejected_rows_can_be_downloaded_with_their_reasons(workspace: Workspace, tmp_path: Path) -> None:
    outcome = bring_in(workspace, tmp_path, f'{FIRST}"4","Z ""x""",huh,2017-13-01,,n/a\n5,Eve,open\n')
    batch = last_import()
    assert (outcome.read, outcome.new, outcome.rejected) == (4, 3, 1)
    with rejects_path(batch).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["line", "reasons", "warnings", "id", "owner", "outcome", "created_on", "closed_on", "amount"]
    assert (rows[1][0], rows[1][2:]) == ("4", ["", "4", 'Z "x"', "huh", "2017-13-01", "", "n/a"])
    assert "`n/a` is not a number." in rows[1][1]
    assert len(rows) == 2
    of_lines = batch.issues.exclude(kind="missing", rejects_row=False)
    assert list(of_lines.values_list("line", "column", "rejects_row")) == [
        (2, "owner", False), (4, "created_on", True), (4, "outcome", True), (4, "amount", True), (5, "", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER, "has a header but no rows"),
        (f"{HEADER}1,Ann,huh,2017-01-01,,5\n", r"The only row of `file.csv` was rejected.*line 2: `huh` is not one of"),
        (f"{HEADER}1,Ann,open,1/2/2017,,5\n", "no row decides it"),
    ],
)
def test_a_file_that_is_no_use_is_refused_and_nothing_of_it_is_stored(
    workspace: Workspace, tmp_path: Path, data_dir: Path, content: str, words: str
) -> None:
    bring_in(workspace, tmp_path, FIRST)
    before = live_rows(workspace, "id", "_batch")
    outcome = bring_in(workspace, tmp_path, content)
    assert outcome.state == Import.State.REFUSED == last_import().state
    with pytest.raises(Refusal, match=words):
        raise Refusal(outcome.sentence)
    assert live_rows(workspace, "id", "_batch") == before
    assert len(files(data_dir / "columns")) == 1


def test_a_file_with_a_wrong_header_is_not_even_kept(workspace: Workspace, tmp_path: Path, data_dir: Path) -> None:
    with pytest.raises(Refusal, match="no column for `outcome`"):
        receive(workspace, tmp_path, "id,owner\n1,Ann\n")
    with pytest.raises(Refusal, match="There is no table `dealz`"):
        receive(workspace, tmp_path, FIRST, table="dealz")
    assert Import.objects.count() == 0
    assert files(data_dir) == []


def test_an_upload_beyond_the_limit_is_refused(workspace: Workspace, settings: Settings, data_dir: Path) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(Refusal, match="larger than"):
        receive_file(workspace=workspace, table="deals", source=BytesIO(FIRST.encode()), file_name="a.csv",
                     mapping=None, by=None)  # fmt: skip
    assert files(data_dir) == []


def test_a_mapping_never_opens_a_file_that_was_not_handed_in(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,t\n1,x\n")
    mapping = {"lookups": [{"file": str(secret), "on": {"id": "id"}, "columns": {"team": "t"}}]}
    with pytest.raises(Refusal, match="is not there"):
        receive(workspace, tmp_path, FIRST, mapping=mapping)


def test_a_dry_run_says_what_would_happen_and_stores_nothing(
    workspace: Workspace, tmp_path: Path, data_dir: Path
) -> None:
    bring_in(workspace, tmp_path, FIRST)
    stored, imports = files(data_dir), Import.objects.count()
    path = tmp_path / "later.csv"
    path.write_text(f"{LATER}4,Ann,huh,,,\n")
    outcome = dry_run(workspace=workspace, today=TODAY, table="deals", source=path, mapping=None)
    assert (outcome.state, outcome.new, outcome.changed, outcome.rejected) == (Import.State.COMMITTED, 1, 1, 1)
    assert not outcome.clean
    assert (files(data_dir), Import.objects.count()) == (stored, imports)


def test_running_an_import_again_changes_nothing(workspace: Workspace, tmp_path: Path, data_dir: Path) -> None:
    first = bring_in(workspace, tmp_path, f"{FIRST}3,,open,,,\n")
    stored, head = files(data_dir), Dataset.objects.get().head
    again = run_import(import_id=last_import().pk, today=TODAY)
    assert again == first
    assert (files(data_dir), Dataset.objects.get().head) == (stored, head)
    assert LiveBatch.objects.count() == 1


class LostRunError(Exception):
    """What a fence raises."""


def test_a_fence_that_closes_leaves_no_trace_and_the_import_can_run_again(
    workspace: Workspace, tmp_path: Path, data_dir: Path
) -> None:
    def closed() -> None:
        raise LostRunError

    with pytest.raises(LostRunError):
        bring_in(workspace, tmp_path, FIRST, fence=closed)
    assert live_rows(workspace, "id") == []
    assert not (data_dir / "columns").exists()
    assert Dataset.objects.get().head == 0
    assert run_import(import_id=last_import().pk, today=TODAY).state == Import.State.COMMITTED


def test_a_commit_by_somebody_else_in_between_is_seen(workspace: Workspace, tmp_path: Path) -> None:
    """The head moves while the second file is being compared: it compares again, so nothing is doubled."""
    second = receive(workspace, tmp_path, LATER)
    met: list[str] = []

    def progress(step: str, done: int, total: int) -> None:
        if step == "Writing" and not met:
            met.append(step)
            bring_in(workspace, tmp_path, FIRST)

    outcome = run_import(import_id=second.pk, today=TODAY, progress=progress)
    assert (outcome.new, outcome.changed) == (1, 1)
    assert live_rows(workspace, "id", "outcome") == [("1", "won"), ("2", "won"), ("3", "open")]


def test_a_worker_that_comes_too_late_finds_the_import_finished(workspace: Workspace, tmp_path: Path) -> None:
    batch = receive(workspace, tmp_path, FIRST)
    met: list[str] = []

    def progress(step: str, done: int, total: int) -> None:
        if step == "Writing" and not met:
            met.append(step)
            run_import(import_id=batch.pk, today=TODAY)

    assert run_import(import_id=batch.pk, today=TODAY, progress=progress).state == Import.State.COMMITTED
    assert live_rows(workspace, "id") == [("1",), ("2",)]
    assert LiveBatch.objects.count() == 1


def test_a_failed_import_may_be_tried_again_and_a_finished_one_does_not_fail(
    workspace: Workspace, tmp_path: Path
) -> None:
    batch = receive(workspace, tmp_path, FIRST)
    fail_import(import_id=batch.pk, sentence="The disk is full.")
    assert last_import().state == Import.State.FAILED
    assert run_import(import_id=batch.pk, today=TODAY).state == Import.State.COMMITTED
    fail_import(import_id=batch.pk, sentence="The disk is full.")
    assert last_import().state == Import.State.COMMITTED


def test_another_workspace_sees_nothing_of_it(workspace: Workspace, other_workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, FIRST)
    bring_in(other_workspace, tmp_path, LATER)
    assert live_rows(workspace, "id") == [("1",), ("2",)]
    assert live_rows(other_workspace, "id") == [("2",), ("3",)]
    assert imports_of(workspace).count() == 1
    with pytest.raises(Import.DoesNotExist):
        import_for(workspace, last_import().pk)


def test_snapshots_of_all_tables_take_two_queries(
    workspace: Workspace, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bring_in(workspace, tmp_path, FIRST)
    bring_in(workspace, tmp_path, LEDGER, table="ledger")
    with django_assert_num_queries(2):  # what is imported, and what is used in a warehouse
        found = snapshots(workspace=workspace, tables=["deals", "ledger", "leads"])
    assert [found[table].is_empty for table in ("deals", "ledger", "leads")] == [False, False, True]
    assert live_rows(workspace, "id", "created_on", table="leads") == []


def test_orphans_are_swept_only_when_old_and_needed_by_nobody(
    workspace: Workspace, tmp_path: Path, data_dir: Path
) -> None:
    bring_in(workspace, tmp_path, FIRST)
    waiting = receive(workspace, tmp_path, LATER)
    kept = files(data_dir)
    rows = data_dir / "columns" / str(workspace.pk) / "deals" / "rows"
    orphans = [rows / "999999.parquet", data_dir / "work" / "dead" / "x", data_dir / "uploads" / "1" / "dead" / "data"]
    running = rows / f"{waiting.pk}.parquet"
    for path in [*orphans, running]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left behind")
    now = datetime.now(UTC)
    assert sweep_orphans(now=now) == 0
    assert sweep_orphans(now=now + timedelta(days=2)) == 3
    assert files(data_dir) == sorted([*kept, str(running.relative_to(data_dir))])


def test_notes_below_the_table_are_told(workspace: Workspace, tmp_path: Path) -> None:
    text = FIRST + "\nReport created by Ann on 3 May\n"
    outcome = bring_in(workspace, tmp_path, text)
    (told,) = [each for each in outcome.issues if each.kind == "notes_below"]
    assert not told.rejects
    assert told.message.startswith("A line below the table was taken for notes")
    assert "“Report created by Ann on 3 May”" in told.message
