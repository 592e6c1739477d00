"""Taking data in, all or nothing, and taking it back.

A file becomes visible by one row, LiveBatch, in one short transaction that also moves the head of its table by
compare-and-set, so that two imports at once into one table cannot both believe they were the last. Everything before
that transaction works on files nobody else reads and can be killed and begun again at any moment.
"""

from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.audit.services import record
from apps.common.errors import Refusal
from apps.datasets.committing import Prepared, prepare
from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.models import Dataset, Import, LiveBatch, RowIssue
from apps.datasets.orphans import sweep_orphans
from apps.datasets.outcome import Outcome, outcome_of
from apps.datasets.queries import committed_files, layout_of, rejects_path, snapshot
from apps.datasets.rejects import write_rejects
from apps.datasets.staging import Progress, Stage, plan_for, stage
from apps.datasets.store import connect
from apps.datasets.store.layout import publish
from apps.datasets.uploads import file_checksum, keep, upload_of, workbench
from apps.people.models import Member, Workspace

__all__ = [
    "dry_run",
    "fail_import",
    "receive_file",
    "redo_import",
    "run_import",
    "sweep_orphans",
    "undo_import",
    "withdraw_import",
]

FINISHED = (Import.State.COMMITTED, Import.State.UNCHANGED, Import.State.REFUSED, Import.State.UNDONE)


def quiet(step: str, done: int, total: int) -> None:
    """Progress told to nobody."""


def nothing() -> None:
    """A fence that never closes: for whoever has no run to lose."""


def receive_file(
    *,
    workspace: Workspace,
    table: str,
    source: Path | BinaryIO,
    file_name: str,
    mapping: AnyMapping[str, Any] | None,
    by: Member | None,
    lookup_files: AnyMapping[str, Path] | None = None,
) -> Import:
    """Keep a file (and the lookups its mapping names) for import, after a look at its header.

    lookup_files: where each lookup is, by the name the mapping gives it; no other path of a mapping is ever opened.
    Refusal, and nothing kept, if table, mapping or headers do not fit.
    """
    parsed = parse(mapping, table)
    name = Path(file_name).name[:255] or "file"
    upload = keep(workspace.pk, source, parsed, lookup_files or {})
    try:
        with workbench() as folder:
            plan_for(upload.data, name, table, mapping, upload.lookups(parsed), folder)
        with transaction.atomic():
            dataset, _ = Dataset.objects.get_or_create(workspace=workspace, table=table)
            batch = Import.objects.create(
                workspace=workspace,
                dataset=dataset,
                file_name=name,
                stored_path=upload.relative,
                checksum=upload.checksum,
                size=upload.size,
                mapping=dict(mapping or {}),
                created_by=by,
            )
            _audit(batch, by, "import.receive", {}, {"table": table, "file": name, "checksum": upload.checksum})
    except BaseException:
        upload.discard()
        raise
    return batch


def withdraw_import(*, batch: Import) -> None:
    """Forget a received file that nobody has begun to import, as if it had not been sent."""
    with transaction.atomic():
        upload, number = upload_of(batch), batch.pk
        deleted, _ = Import.objects.filter(pk=number, state=Import.State.WAITING).delete()
        if not deleted:
            raise ImportRefusal(f"Import {number} has begun, so it cannot be withdrawn.")
        _audit(batch, batch.created_by, "import.withdraw", {"file": batch.file_name}, {})
    upload.discard()


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
            staged = _stage_upload(batch, today, folder, progress)
            outcome = _commit(batch, staged, today, folder, progress, fence)
        except Refusal as refusal:
            outcome = Outcome(Import.State.REFUSED, refusal.sentence, mapping=batch.mapping)
            with transaction.atomic():
                _finish(batch, outcome, fence)
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
    progress: Progress = quiet,
) -> Outcome:
    """What importing this file would do now; stores nothing. Refusal if it cannot be understood as a whole."""
    with workbench() as folder:
        dataset = Dataset.objects.filter(workspace=workspace, table=table).first()
        staged = _stage(
            workspace, today, source, file_name or source.name, table, mapping, lookup_files or {}, folder, progress
        )
        live = snapshot(workspace=workspace, table=table)
        prepared = prepare(staged, live, [], today=today, repeated=_is_live(dataset, staged, source))
        return prepared.outcome


def undo_import(*, batch: Import, by: Member | None) -> None:
    """Take an import off the list of those that count. Its rows stay stored; what it replaced counts again."""
    with transaction.atomic():
        _move_head(batch.dataset)
        ended = LiveBatch.objects.select_for_update().filter(batch=batch, live_to__isnull=True).first()
        if ended is None:
            raise ImportRefusal(f"Import {batch.pk} is not live, so there is nothing to undo.")
        ended.live_to = max(timezone.now(), ended.live_from)
        ended.save(update_fields=["live_to"])
        _set_state(batch, Import.State.UNDONE)
        _audit(batch, by, "import.undo", {"state": "committed"}, {"state": "undone"})


def redo_import(*, batch: Import, by: Member | None) -> None:
    """Put an undone import back, at its old place: what replaced its rows later still does."""
    with transaction.atomic():
        _move_head(batch.dataset)
        times = LiveBatch.objects.select_for_update().filter(batch=batch)
        if not times.exists() or times.filter(live_to__isnull=True).exists():
            raise ImportRefusal(f"Import {batch.pk} has not been undone, so it cannot be brought back.")
        LiveBatch.objects.create(dataset=batch.dataset, batch=batch, live_from=timezone.now())
        _set_state(batch, Import.State.COMMITTED)
        _audit(batch, by, "import.redo", {"state": "undone"}, {"state": "committed"})


def fail_import(*, import_id: int, sentence: str) -> None:
    """Record that an import gave up for a reason that is not the file's. It may be run again."""
    Import.objects.filter(pk=import_id).exclude(state__in=FINISHED).update(
        state=Import.State.FAILED, sentence=sentence, finished_at=timezone.now()
    )


def _stage_upload(batch: Import, today: date, folder: Path, progress: Progress) -> Stage:
    upload = upload_of(batch)
    parsed = parse(batch.mapping, batch.dataset.table)
    return _stage(
        batch.workspace,
        today,
        upload.data,
        batch.file_name,
        batch.dataset.table,
        batch.mapping,
        upload.lookups(parsed),
        folder,
        progress,
    )


def _stage(
    workspace: Workspace,
    today: date,
    path: Path,
    file_name: str,
    table: str,
    mapping: AnyMapping[str, Any] | None,
    lookups: AnyMapping[str, Path],
    folder: Path,
    progress: Progress,
) -> Stage:
    source, plan = plan_for(path, file_name, table, mapping, lookups, folder)
    columns = layout_of(workspace, table).folder
    con = connect(
        threads=settings.ENGINE_THREADS,
        memory=settings.ENGINE_MEMORY,
        directories=[folder, columns, path.parent, *(found.parent for found in lookups.values())],
        timezone=workspace.timezone,
        spill=folder / "spill",
        ordered=False,
        formulas=plan.has_formulas,
    )
    return stage(con, source, plan, today=today, progress=progress)


def _commit(
    batch: Import, staged: Stage, today: date, folder: Path, progress: Progress, fence: Callable[[], None]
) -> Outcome:
    """Prepare against the head of the table as it is, and commit if it still is; else prepare again."""
    repeated = _is_live(batch.dataset, staged, upload_of(batch).data)
    if staged.rejected:
        write_rejects(staged, folder / "rejects.csv")
    while True:
        progress("Comparing with the rows already here", 0, staged.read)
        head = Dataset.objects.values_list("head", flat=True).get(pk=batch.dataset_id)
        live = snapshot(workspace=batch.workspace, table=batch.dataset.table)
        prepared = prepare(staged, live, committed_files(batch.dataset), today=today, repeated=repeated)
        if prepared.outcome.state == Import.State.COMMITTED:
            progress("Writing", 0, staged.read)
            prepared = prepared.written(batch.pk, folder)
        with transaction.atomic():
            if Dataset.objects.filter(pk=batch.dataset_id, head=head).update(head=F("head") + prepared.moves_head):
                return _publish(batch, prepared, folder, fence)


def _publish(batch: Import, prepared: Prepared, folder: Path, fence: Callable[[], None]) -> Outcome:
    """Inside the transaction that has moved, and so holds, the head of the table."""
    if not _finish(batch, prepared.outcome, fence, prepared):
        return outcome_of(Import.objects.get(pk=batch.pk))
    if prepared.outcome.rejected:
        publish(folder / "rejects.csv", rejects_path(batch))
    if prepared.outcome.state == Import.State.COMMITTED:
        layout = layout_of(batch.workspace, batch.dataset.table)
        publish(folder / "rows.parquet", layout.rows(batch.pk))
        if prepared.superseded:
            publish(folder / "superseded.parquet", layout.superseded(batch.pk))
        LiveBatch.objects.create(dataset=batch.dataset, batch=batch, live_from=timezone.now())
    return prepared.outcome


def _finish(batch: Import, outcome: Outcome, fence: Callable[[], None], prepared: Prepared | None = None) -> bool:
    """Record what came of it; False if somebody else has finished the import meanwhile."""
    fence()
    recorded = (
        Import.objects.filter(pk=batch.pk)
        .exclude(state__in=FINISHED)
        .update(
            state=outcome.state,
            sentence=_storable(outcome.sentence),
            rows_read=outcome.read,
            rows_new=outcome.new,
            rows_changed=outcome.changed,
            rows_unchanged=outcome.unchanged,
            rows_rejected=outcome.rejected,
            rows_duplicate=outcome.duplicates,
            rows_left_out=outcome.left_out,
            currencies=list(prepared.currencies) if prepared else [],
            rows_superseded=prepared.superseded if prepared else None,
            covers_from=prepared.covers[0] if prepared else None,
            covers_to=prepared.covers[1] if prepared else None,
            mapping=dict(outcome.mapping),
            finished_at=timezone.now(),
        )
    )
    if not recorded:
        return False
    RowIssue.objects.filter(batch=batch).delete()
    RowIssue.objects.bulk_create(
        RowIssue(
            batch=batch,
            line=issue.line,
            column=issue.column[:120],
            value=_storable(issue.value),
            message=_storable(issue.message),
            rejects_row=issue.rejects,
        )
        for issue in outcome.issues
    )
    counts = {"read": outcome.read, "new": outcome.new, "changed": outcome.changed, "rejected": outcome.rejected}
    _audit(batch, batch.created_by, f"import.{outcome.state}", {}, {"sentence": _storable(outcome.sentence), **counts})
    return True


def _storable(text: str) -> str:
    """Without zero bytes, which a file may hold and PostgreSQL does not store."""
    return text.replace("\x00", "")


def _is_live(dataset: Dataset | None, staged: Stage, path: Path) -> bool:
    """Whether a live import without a key has brought exactly this file with this mapping already."""
    if dataset is None or staged.plan.key:
        return False
    checksum = file_checksum(path)
    same = Import.objects.filter(dataset=dataset, checksum=checksum, live_times__live_to__isnull=True)
    return any(_same_reading(other, staged) for other in same.filter(live_times__isnull=False))


def _same_reading(other: Import, staged: Stage) -> bool:
    if other.mapping != staged.plan.as_json():
        return False
    before = upload_of(other)
    return all(
        before.lookup(number).is_file() and file_checksum(before.lookup(number)) == file_checksum(each.origin)
        for number, each in enumerate(lookup.source for lookup in staged.plan.lookups)
    )


def _move_head(dataset: Dataset) -> None:
    """Also takes the lock under which the list of live batches changes."""
    Dataset.objects.filter(pk=dataset.pk).update(head=F("head") + 1)


def _set_state(batch: Import, state: Import.State) -> None:
    batch.state = state
    batch.save(update_fields=["state"])


def _audit(batch: Import, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=batch.workspace,
        actor=by.user if by else None,
        action=action,
        subject=batch,
        before=before,
        after=after,
    )
