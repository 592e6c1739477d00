"""What would count if a file came in, or if an import were undone or brought back, without storing anything."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Max

from apps.datasets.against import against
from apps.datasets.committing import Prepared, prepare
from apps.datasets.full import told_when_full
from apps.datasets.listing import Listed
from apps.datasets.mapping import parse
from apps.datasets.models import Import
from apps.datasets.modes import Days, way_of
from apps.datasets.outcome import Outcome, outcome_of
from apps.datasets.queries import live_list, snapshot, snapshot_as_listed
from apps.datasets.repairs import NO_REPAIRS, Repairs
from apps.datasets.staged import stage_file
from apps.datasets.staging import Progress, Stage
from apps.datasets.store import Snapshot
from apps.datasets.uploads import workbench
from apps.people.models import Workspace


@dataclass(frozen=True)
class Trial:
    """The live rows of one table before and after. `after` is `before` where nothing would be committed."""

    outcome: Outcome
    before: Snapshot
    after: Snapshot


@contextmanager
def trial(
    *,
    workspace: Workspace,
    today: date,
    table: str,
    source: Path,
    mapping: AnyMapping[str, Any] | None,
    lookup_files: AnyMapping[str, Path] | None = None,
    file_name: str = "",
    mode: str | None = None,
    replaces: Days | None = None,
    complete_until: date | None = None,
    repairs: Repairs = NO_REPAIRS,
    reruns: Import | None = None,
    checked: Callable[[Stage], None] | None = None,
    progress: Progress,
) -> Iterator[Trial]:
    """As if the file had been committed now; its files vanish at the end of the block.

    checked: is given the checked rows, as long as they are there.
    Refusal if it cannot be understood as a whole. A file of which every row is rejected is an outcome.
    """
    way = way_of(mode, replaces, parse(mapping, table), complete_until=complete_until)
    with workbench() as folder:
        with told_when_full():
            staged = stage_file(
                workspace=workspace,
                today=today,
                table=table,
                source=source,
                file_name=file_name or source.name,
                mapping=mapping,
                lookup_files=lookup_files or {},
                way=way,
                repairs=repairs,
                folder=folder,
                progress=progress,
            )
            progress("Comparing with the rows already here", 0, staged.read)
            found = prepare(staged, against(workspace, table, staged, way, source, repairs, reruns), today=today)
            before = found.against.live
            if checked is not None:
                checked(staged)
            after = _after(workspace, table, found, folder, reruns) if found.moves_head else before
        yield Trial(found.outcome, before, after)


def _after(workspace: Workspace, table: str, found: Prepared, folder: Path, reruns: Import | None) -> Snapshot:
    number = (Import.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    written = found.written(number, folder)
    mine = Listed(
        batch=number,
        mapping=found.outcome.mapping,
        replaces=bool(written.superseded),
        covers_from=found.covers[0],
        covers_to=found.outcome.complete_until or found.covers[1],
        currencies=found.currencies,
        reruns=reruns is not None,
        rows=folder / "rows.parquet",
        superseded=folder / "superseded.parquet",
    )
    out = {*found.against.old_numbers}
    listed = [each for each in live_list(workspace, [table])[table] if each.batch not in out]
    return snapshot_as_listed(workspace, table, [*listed, mine])


@contextmanager
def trial_of_undo(*, batch: Import) -> Iterator[Trial]:
    """As if the import were undone, or, where it is undone, brought back."""
    workspace, table = batch.workspace, batch.dataset.table
    before = snapshot(workspace=workspace, table=table)
    listed = live_list(workspace, [table])[table]
    if batch.pk in before.batches:
        wanted = [each for each in listed if each.batch != batch.pk]
    else:
        wanted = sorted([*listed, Listed.of(batch)], key=lambda each: each.batch)
    yield Trial(outcome_of(batch), before, snapshot_as_listed(workspace, table, wanted))
