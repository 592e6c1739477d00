"""The life of background work: asked for, taken, done, and taken up again when a worker died over it."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.common.errors import Refusal
from apps.datasets.models import Draft, Import
from apps.datasets.services import fail_import, run_import
from apps.people.models import Member, Workspace
from apps.people.queries import today_in
from apps.refresh import due
from apps.refresh.bell import ring
from apps.refresh.effects import request_effects, tell_effect
from apps.refresh.errors import LeaseLost
from apps.refresh.fetching import continue_source, fetch_due, fetch_source
from apps.refresh.lease import Lease, claim
from apps.refresh.looking import look_for
from apps.refresh.merging import merge_small_files, request_compaction
from apps.refresh.models import Run
from apps.refresh.recompute import recompute
from apps.refresh.trying import try_change

logger = logging.getLogger(__name__)
UNEXPECTED = (
    "Something unexpected went wrong and nothing was changed. "
    "Whoever runs this installation finds the reason in the worker's log."
)
GAVE_UP = "Given up after {attempts} attempts: each time the worker stopped in the middle. Nothing was changed."
OVERTAKEN = "The worker stopped in the middle; the recompute that already waits does this work."
RING_AT_MOST = 500  # runs per tick
LOOK_AGAIN = 0.2  # seconds


def request_import(*, batch: Import, by: Member | None) -> Run:
    """Have a received file imported in the background. Asking twice for the same import gives the same run.

    A run that failed for another reason than its file begins again.
    """
    with transaction.atomic():
        run, created = Run.objects.get_or_create(
            kind=Run.Kind.IMPORT, subject=batch, defaults={"workspace_id": batch.workspace_id, "requested_by": by}
        )
        if created or (batch.state == Import.State.FAILED and _begin_again(run)):
            transaction.on_commit(lambda: ring(run.pk))
    return run


def _begin_again(run: Run) -> bool:
    failed = Run.objects.filter(pk=run.pk, state=Run.State.FAILED)
    again = failed.update(state=Run.State.QUEUED, attempts=0, error="", finished_at=None, rung_at=timezone.now())
    run.refresh_from_db()
    return bool(again)


def request_recompute(*, workspace: Workspace, by: Member | None = None) -> Run | None:
    """Have all goals recomputed in the background; None if a recompute already waits, which will see the same data."""
    run = _queue_recompute(workspace, by)
    if run is not None:
        run_id = run.pk
        transaction.on_commit(lambda: ring(run_id))
    return run


def request_look(*, draft: Draft, by: Member | None, **wish: Any) -> Run:
    """Have a file looked into in the background; `wish` is what `relook` takes. The newest wish counts.

    Its draft is tried after that if nothing is open.
    """
    with transaction.atomic():
        waiting = Run.objects.filter(draft=draft, kind=Run.Kind.LOOK, state=Run.State.QUEUED)
        waiting.delete()
        run = Run.objects.create(
            workspace=draft.workspace, draft=draft, kind=Run.Kind.LOOK, requested_by=by, result=wish
        )
        transaction.on_commit(lambda: ring(run.pk))
    return run


def request_try(*, draft: Draft, by: Member | None) -> Run:
    """Have a draft tried in the background: what importing it as it is now would do. Runs only once if asked twice.

    A trial that runs already read the draft as it was; it stops by itself once there is a newer one.
    """
    return _request_trial(by, workspace=draft.workspace, draft=draft)


def request_undo_trial(*, batch: Import, by: Member | None) -> Run:
    """Have it computed what undoing this import would do, or bringing it back if it is undone."""
    return _request_trial(by, workspace=batch.workspace, subject=batch)


def _request_trial(by: Member | None, **of: Any) -> Run:
    with transaction.atomic():
        waiting = Run.objects.filter(**of, kind=Run.Kind.TRY, state=Run.State.QUEUED).first()
        run = waiting or Run.objects.create(**of, kind=Run.Kind.TRY, requested_by=by)
        transaction.on_commit(lambda: ring(run.pk))
    return run


def execute(*, run_id: int) -> None:
    """Do a run, if nobody else has it. It ends in `done` or `failed`, or in the sweeper's hands if the worker dies."""
    lease = claim(run_id)
    if lease is None:
        return
    run = Run.objects.select_related("workspace", "subject__dataset", "draft", "source").get(pk=run_id)
    try:
        with lease.breathing():
            WORK[Run.Kind(run.kind)](run, lease)
    except LeaseLost:
        logger.warning("Run %s was taken away from this worker; it stops.", run_id)
    except Refusal as refusal:
        _fail(run, lease, refusal.sentence)
    except (OperationalError, InterfaceError):
        # The database was away or busy. The run stays as it is and is taken up again when its heartbeat is stale.
        logger.exception("Run %s was stopped by the database.", run_id)
    except Exception:
        logger.exception("Run %s failed.", run_id)
        _fail(run, lease, UNEXPECTED)


def recompute_now(*, workspace: Workspace, by: Member | None = None) -> Run:
    """Recompute here and now instead of in a worker, and return the finished run.

    Waits for a recompute that runs already: what it computes may be older than what was asked about.
    """
    run = _queue_recompute(workspace, by) or Run.objects.get(
        workspace=workspace, kind=Run.Kind.RECOMPUTE, state=Run.State.QUEUED
    )
    while run.state in (Run.State.QUEUED, Run.State.RUNNING):
        execute(run_id=run.pk)
        run.refresh_from_db()
        if run.state in (Run.State.QUEUED, Run.State.RUNNING):
            for stale in due.stale_runs(now=timezone.now()).filter(workspace=workspace):
                _take_away(stale, now=timezone.now())
            time.sleep(LOOK_AGAIN)
    return run


def _queue_recompute(workspace: Workspace, by: Member | None) -> Run | None:
    try:
        with transaction.atomic():
            return Run.objects.create(workspace=workspace, kind=Run.Kind.RECOMPUTE, requested_by=by)
    except IntegrityError:  # the constraint "one_recompute_waits"
        return None


def _import(run: Run, lease: Lease) -> None:
    assert run.subject is not None
    today = today_in(run.workspace)
    outcome = run_import(import_id=run.subject.pk, today=today, progress=lease.progress, fence=lease.fence)
    if outcome.state in (Import.State.REFUSED, Import.State.FAILED):
        _fail(run, lease, outcome.sentence)
        continue_source(import_id=run.subject.pk)
        return
    with transaction.atomic():
        lease.end(Run.State.DONE, result={"state": str(outcome.state)})
        request_recompute(workspace=run.workspace, by=run.requested_by)
    continue_source(import_id=run.subject.pk)


def _recompute(run: Run, lease: Lease) -> None:
    heads = due.heads_of(run.workspace)  # before anything is read: what is committed meanwhile is computed next time
    lease.note({"heads": heads})
    recompute(
        workspace=run.workspace,
        now=timezone.now(),
        progress=lease.progress,
        fence=lease.fence,
        conclude=lambda done: _conclude(run, lease, {"heads": heads} | done.as_json()),
    )
    _ring_the_one_that_waits(run.workspace)


def _conclude(run: Run, lease: Lease, result: dict[str, Any]) -> None:
    """Inside the transaction that stores the figures: whoever waits for an import sees that one more run follows."""
    lease.end(Run.State.DONE, result=result)
    for effect in request_effects(workspace=run.workspace):
        transaction.on_commit(partial(ring, effect.pk))


def _look(run: Run, lease: Lease) -> None:
    if look_for(run, lease) and run.draft:
        request_try(draft=run.draft, by=run.requested_by)


def _try(run: Run, lease: Lease) -> None:
    try_change(run, lease, now=timezone.now())


WORK: dict[Run.Kind, Callable[[Run, Lease], None]] = {
    Run.Kind.IMPORT: _import,
    Run.Kind.RECOMPUTE: _recompute,
    Run.Kind.LOOK: _look,
    Run.Kind.TRY: _try,
    Run.Kind.FETCH: fetch_source,
    Run.Kind.EFFECT: tell_effect,
    Run.Kind.COMPACT: merge_small_files,
}


def _ring_the_one_that_waits(workspace: Workspace) -> None:
    """A recompute asked for while another ran could not be taken then."""
    waiting = Run.objects.filter(workspace=workspace, kind=Run.Kind.RECOMPUTE, state=Run.State.QUEUED).first()
    if waiting:
        ring(waiting.pk)


def _fail(run: Run, lease: Lease, sentence: str) -> None:
    try:
        with transaction.atomic():
            lease.end(Run.State.FAILED, error=sentence)
            if run.kind == Run.Kind.IMPORT and run.subject_id:
                fail_import(import_id=run.subject_id, sentence=sentence)
    except LeaseLost:
        return
    if run.kind == Run.Kind.RECOMPUTE:
        _ring_the_one_that_waits(run.workspace)


# --- the tick ------------------------------------------------------------------------------------------------


def sweep(*, now: datetime) -> None:
    """Find what is due: runs whose worker died, runs nobody was told about, figures that are older than their data."""
    for run in due.stale_runs(now=now):
        _take_away(run, now=now)
    for batch in due.imports_without_run(now=now):
        request_import(batch=batch, by=batch.created_by)
    fetch_due(now=now)
    for workspace in due.workspaces_to_recompute(now=now):
        request_recompute(workspace=workspace)
    for workspace in due.workspaces_to_compact(now=now):
        request_compaction(workspace=workspace)
    for run in due.runs_to_ring(now=now)[:RING_AT_MOST]:
        if Run.objects.filter(pk=run.pk, state=Run.State.QUEUED, rung_at=run.rung_at).update(rung_at=now):
            ring(run.pk)


def _take_away(run: Run, *, now: datetime) -> None:
    """Give a silent worker's run back to the queue, unless it has had all its attempts or another does its work."""
    held = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, token=run.token, heartbeat_at=run.heartbeat_at)
    ended: dict[str, Any] = {"state": Run.State.FAILED, "token": None, "finished_at": now, "step": ""}
    if run.attempts >= settings.RUN_MAX_ATTEMPTS:
        _give_up(run, held, ended)
        return
    try:
        with transaction.atomic():
            held.update(state=Run.State.QUEUED, token=None, step="", rung_at=now - timedelta(days=1))
    except IntegrityError:  # the constraint "one_recompute_waits"
        held.update(**ended, error=OVERTAKEN)


def _give_up(run: Run, held: QuerySet[Run], ended: dict[str, Any]) -> None:
    sentence = GAVE_UP.format(attempts=run.attempts)
    with transaction.atomic():
        if held.update(**ended, error=sentence) and run.kind == Run.Kind.IMPORT and run.subject_id:
            fail_import(import_id=run.subject_id, sentence=sentence)
