"""What an import did to KPIs and goals, told by itself even if several came together and shared one recompute.

Each is computed with the rows as they were a moment before it was committed, undone or brought back, and a moment
after: so of two imports in a row each is told what was its doing, in the order in which they came.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from apps.datasets.models import Import, LiveBatch
from apps.datasets.queries import snapshots
from apps.datasets.schema import TABLES
from apps.people.models import Workspace
from apps.refresh.consequences import consequences
from apps.refresh.lease import Lease
from apps.refresh.models import Run

INSTANT = timedelta(microseconds=1)
TOLD_AT_ONCE = 20  # imports; of a longer row of them only the newest are told
UNDER_WAY = (Run.State.QUEUED, Run.State.RUNNING)


class LastChange(NamedTuple):
    """The last thing that was done to an import: `commit`, `undo` or `redo`."""

    what: str
    moment: datetime


def last_change(times: Iterable[LiveBatch]) -> LastChange | None:
    """By the times during which an import counted; None if it never did."""
    ordered = sorted(times, key=lambda time: time.live_from)
    if not ordered:
        return None
    newest = ordered[-1]
    if newest.live_to is not None:
        return LastChange("undo", newest.live_to)
    return LastChange("redo" if len(ordered) > 1 else "commit", newest.live_from)


def is_told(batch: Import, change: LastChange) -> bool:
    return bool(batch.effect) and batch.effect.get("moment") == change.moment.isoformat()


def request_effects(*, workspace: Workspace) -> list[Run]:
    """Queue a run for every import whose last change has not been told; the caller rings for them.

    Call it when the goals are computed: people wait for those.
    """
    changed = Import.objects.filter(workspace=workspace, live_times__isnull=False).exclude(
        runs__kind=Run.Kind.EFFECT, runs__state__in=UNDER_WAY
    )
    newest = list(changed.distinct().prefetch_related("live_times").order_by("-id")[:TOLD_AT_ONCE])
    untold = []
    for batch in newest:
        change = last_change(batch.live_times.all())
        if change is not None and not is_told(batch, change):
            untold.append(batch)
    return [Run.objects.create(workspace=workspace, kind=Run.Kind.EFFECT, subject=batch) for batch in reversed(untold)]


def tell_effect(run: Run, lease: Lease) -> None:
    """The work of a run of kind EFFECT: compare the figures before and after the import's last change, and keep it."""
    assert run.subject is not None
    batch = run.subject
    change = last_change(LiveBatch.objects.filter(batch=batch))
    told = _effect(run.workspace, batch.dataset.table, change, lease) if change else {}
    with transaction.atomic():
        lease.end(Run.State.DONE)
        Import.objects.filter(pk=batch.pk).update(effect=told)


def _effect(workspace: Workspace, table: str, change: LastChange, lease: Lease) -> dict[str, Any]:
    then = snapshots(workspace=workspace, tables=TABLES, as_of=change.moment)
    before = snapshots(workspace=workspace, tables=[table], as_of=change.moment - INSTANT)[table]
    done = consequences(
        workspace=workspace,
        now=timezone.now(),
        table=table,
        before=before,
        after=then.pop(table),
        others=then,
        progress=lease.progress,
    )
    return {"what": change.what, "moment": change.moment.isoformat()} | done.as_json()
