"""A received file becomes rows that count, whole or not at all."""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.common.errors import Refusal
from apps.datasets.against import against, against_import
from apps.datasets.committing import Prepared, prepare
from apps.datasets.full import NoSpace, told_when_full
from apps.datasets.mapping import parse
from apps.datasets.models import Dataset, Import, LiveBatch
from apps.datasets.modes import Days, way_of
from apps.datasets.outcome import Outcome, outcome_of
from apps.datasets.places import in_same_place
from apps.datasets.queries import layout_of, rejects_path
from apps.datasets.rejects import write_rejects
from apps.datasets.repairs import NO_REPAIRS, Repairs
from apps.datasets.services.history import end_live
from apps.datasets.services.recording import FINISHED, audit, finish
from apps.datasets.staged import stage_file, stage_upload
from apps.datasets.staging import Progress, Stage
from apps.datasets.store.layout import publish
from apps.datasets.uploads import workbench
from apps.people.models import Workspace


def quiet(step: str, done: int, total: int) -> None:
    """Progress told to nobody."""


def nothing() -> None:
    """A fence that never closes: for whoever has no run to lose."""


def run_import(
    *, import_id: int, today: date, progress: Progress = quiet, fence: Callable[[], None] = nothing
) -> Outcome:
    """Bring a received file in. Running it again, or twice at once, changes nothing more.

    today is the day in the workspace: what the file says of later days is suspected.

    progress(step, done, total) is told what is going on. fence() is called inside each transaction that writes and
    raises if the caller may no longer write. A refusal is a result (state refused), not an exception.
    """
    batch = Import.objects.select_related("dataset__workspace", "workspace", "created_by__user").get(pk=import_id)
    if batch.state in FINISHED:
        return outcome_of(batch)
    Import.objects.filter(pk=import_id).exclude(state__in=FINISHED).update(state=Import.State.RUNNING)
    with workbench() as folder:
        try:
            with told_when_full():
                staged = stage_upload(batch, today, folder, progress)
                outcome = _commit(batch, staged, today, folder, progress, fence)
        except Refusal as refusal:
            state = Import.State.FAILED if isinstance(refusal, NoSpace) else Import.State.REFUSED
            outcome = Outcome(state, refusal.sentence, mapping=batch.mapping)
            with transaction.atomic():
                finish(batch, outcome, fence)
    return outcome_of(Import.objects.get(pk=import_id)) if outcome.state not in FINISHED else outcome


def dry_run(
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
    progress: Progress = quiet,
) -> Outcome:
    """What importing this file would do now; stores nothing. Refusal if it cannot be understood as a whole."""
    way = way_of(mode, replaces, parse(mapping, table), complete_until=complete_until)
    with workbench() as folder, told_when_full():
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
        return prepare(staged, against(workspace, table, staged, way, source, repairs), today=today).outcome


def fail_import(*, import_id: int, sentence: str) -> None:
    """Record that an import gave up for a reason that is not the file's. It may be run again."""
    Import.objects.filter(pk=import_id).exclude(state__in=FINISHED).update(
        state=Import.State.FAILED, sentence=sentence, finished_at=timezone.now()
    )


def _commit(
    batch: Import, staged: Stage, today: date, folder: Path, progress: Progress, fence: Callable[[], None]
) -> Outcome:
    """Prepare against the head of the table as it is, and commit if it still is; else prepare again."""
    if staged.rejected or staged.excluded:
        by = batch.created_by.name if batch.created_by else ""
        write_rejects(staged, folder / "rejects.csv", excluded_by=by)
    while True:
        progress("Comparing with the rows already here", 0, staged.read)
        head = Dataset.objects.values_list("head", flat=True).get(pk=batch.dataset_id)
        prepared = prepare(staged, against_import(batch, staged), today=today)
        if prepared.outcome.state == Import.State.COMMITTED:
            progress("Writing", 0, staged.read)
            prepared = prepared.written(batch.pk, folder)
        with transaction.atomic():
            if Dataset.objects.filter(pk=batch.dataset_id, head=head).update(head=F("head") + prepared.moves_head):
                return _publish(batch, prepared, folder, fence)


def _publish(batch: Import, prepared: Prepared, folder: Path, fence: Callable[[], None]) -> Outcome:
    """Inside the transaction that has moved, and so holds, the head of the table."""
    if not finish(batch, prepared.outcome, fence, prepared):
        return outcome_of(Import.objects.get(pk=batch.pk))
    if prepared.outcome.rejected or prepared.outcome.excluded:
        publish(folder / "rejects.csv", rejects_path(batch))
    if prepared.outcome.state == Import.State.COMMITTED:
        layout = layout_of(batch.workspace, batch.dataset.table)
        publish(folder / "rows.parquet", layout.rows(batch.pk))
        if prepared.superseded:
            publish(folder / "superseded.parquet", layout.superseded(batch.pk))
        if batch.reruns_id:
            _take_place(batch)
        LiveBatch.objects.create(dataset=batch.dataset, batch=batch, live_from=timezone.now())
    return prepared.outcome


def _take_place(batch: Import) -> None:
    """End whichever import of the same file counts in this place, in the transaction in which this one begins."""
    for other in in_same_place(batch):
        if end_live(other):
            audit(other, batch.created_by, "import.undo", {"state": "committed"}, {"state": "undone", "by": batch.pk})
