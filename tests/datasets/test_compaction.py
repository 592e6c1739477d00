"""Merging small files changes no answer, beside readers, writers and another merge."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.datasets.models import Dataset, Import, Pack
from apps.datasets.queries import snapshot
from apps.datasets.services import compact, compacting, redo_import, sweep_orphans, undo_import
from apps.datasets.store import compaction
from apps.datasets.store.compaction import Part, write_pack
from apps.metrics.readiness import readiness_of
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in, live_rows

HEADER = "id,owner,outcome,created_on,closed_on,amount\n"


def daily(workspace: Workspace, folder: Path, days: int = 9) -> None:
    """Each day changes the deal of the day before and adds one."""
    for day in range(1, days + 1):
        rows = "".join(f"{key},Ann,won,2025-01-01,2025-02-0{day},{day}\n" for key in (day, day + 1))
        bring_in(workspace, folder, HEADER + rows)


def rows(workspace: Workspace) -> list[object]:
    return live_rows(workspace, "id", "amount", "_batch", "_line")


def test_many_files_become_one_and_every_import_can_still_be_undone(workspace: Workspace, tmp_path: Path) -> None:
    daily(workspace, tmp_path)
    before, moment = rows(workspace), timezone.now()
    out = StringIO()
    call_command("compact", "--workspace", workspace.slug, stdout=out)
    assert out.getvalue() == f"{workspace.slug}, deals: 9 imports in one file.\n"
    found = snapshot(workspace=workspace, table="deals")
    assert (len(found.row_files), len(found.superseded_files), found.absent) == (1, 1, ())
    assert rows(workspace) == before
    middle = Import.objects.order_by("pk")[4]
    undo_import(batch=middle, by=None)
    undone = rows(workspace)
    assert [each[:2] for each in undone if each[0] in ("5", "6")] == [("5", 4), ("6", 6)]  # type: ignore[index]
    assert live_rows(workspace, "id", "amount", "_batch", "_line", as_of=moment) == before
    bring_in(workspace, tmp_path, HEADER + "6,Ann,won,2025-01-01,2025-03-01,60\n")
    redo_import(batch=middle, by=None)
    assert {("5", 5), ("6", 60)} <= {*live_rows(workspace, "id", "amount")}
    call_command("compact", stdout=out)
    assert out.getvalue().endswith("Nothing to merge: no table has many small files.\n")


def test_old_files_stay_for_a_day_for_whoever_reads_them(workspace: Workspace, tmp_path: Path) -> None:
    daily(workspace, tmp_path)
    reader, before, ready = snapshot(workspace=workspace, table="deals"), rows(workspace), readiness_of(workspace)
    compact(dataset=Dataset.objects.get())
    sweep_orphans(now=timezone.now() + timedelta(hours=23))
    assert all(path.exists() for path in (*reader.row_files, *reader.superseded_files))
    sweep_orphans(now=timezone.now() + timedelta(hours=25))
    assert not any(path.exists() for path in (*reader.row_files, *reader.superseded_files))
    assert rows(workspace) == before
    assert readiness_of(workspace) == ready


def test_of_two_merges_at_once_one_wins(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    daily(workspace, tmp_path)
    before = rows(workspace)

    def overtaken(con: object, parts: list[Part], *rest: object) -> bool:
        monkeypatch.setattr(compacting, "write_pack", write_pack)
        assert len(compact(dataset=Dataset.objects.get())) == 1
        return write_pack(con, parts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(compacting, "write_pack", overtaken)
    assert compact(dataset=Dataset.objects.get()) == []
    assert Pack.objects.count() == 1
    assert rows(workspace) == before


def test_files_with_other_columns_or_types_are_not_merged(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "FEWEST", 2)
    bring_in(workspace, tmp_path, HEADER + "1,Ann,won,2025-01-01,2025-02-01,1\n")
    bring_in(workspace, tmp_path, HEADER.replace("\n", ",segment\n") + "2,Ann,won,2025-01-01,2025-02-01,1,SMB\n")
    assert compact(dataset=Dataset.objects.get()) == []
    undo_import(batch=Import.objects.latest("pk"), by=None)
    assert snapshot(workspace=workspace, table="deals").columns[-1] != "segment"


def test_merged_files_are_merged_again_when_there_are_more(workspace: Workspace, tmp_path: Path) -> None:
    daily(workspace, tmp_path, 8)
    (first,) = compact(dataset=Dataset.objects.get())
    for number in range(7):
        bring_in(workspace, tmp_path, HEADER + f"n{number},Ann,won,2025-01-01,2025-02-01,1\n")
    before = rows(workspace)
    (second,) = compact(dataset=Dataset.objects.get())
    assert (second.members.count(), first.members.count()) == (15, 0)
    sweep_orphans(now=timezone.now() + timedelta(days=2))
    assert [*Pack.objects.all()] == [second]
    assert rows(workspace) == before
