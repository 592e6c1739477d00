"""What an import did to KPIs and goals, told by itself even if several came together and shared one recompute.

Each is computed with the rows as they were a moment before it was committed, undone or brought back, and a moment
after, on the day of that change: so of two imports in a row each is told what was its own doing, in their order.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from apps.datasets.models import Import, LiveBatch
from apps.datasets.places import in_same_place
from apps.datasets.queries import snapshots
from apps.datasets.schema import TABLES
from apps.people.models import Workspace
from apps.refresh.consequences import consequences
from apps.refresh.lease import Lease
from apps.refresh.models import Run

AT_ONCE = timedelta(seconds=30)  # one transaction
INSTANT = timedelta(microseconds=1)
TOLD_AT_ONCE = 20  # imports; of a longer row of them only the newest are told


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
    changed = Import.objects.filter(workspace=workspace, live_times__isnull=False).distinct()
    newest = list(changed.prefetch_related("live_times").order_by("-id")[:TOLD_AT_ONCE])
    runs = Run.objects.filter(kind=Run.Kind.EFFECT, subject__in=newest).order_by("pk")
    asked = {run.subject_id: run for run in runs}
    untold = [batch for batch in newest if _is_due(batch, asked.get(batch.pk))]
    return [Run.objects.create(workspace=workspace, kind=Run.Kind.EFFECT, subject=batch) for batch in reversed(untold)]


def _is_due(batch: Import, asked: Run | None) -> bool:
    """Not while a run is at it, nor again after one has failed over the same change."""
    change = last_change(batch.live_times.all())
    if change is None or is_told(batch, change):
        return False
    if asked is None or asked.state == Run.State.DONE:
        return True
    return asked.state == Run.State.FAILED and asked.requested_at < change.moment


def tell_effect(run: Run, lease: Lease) -> None:
    """The work of a run of kind EFFECT: compare the figures before and after the import's last change, and keep it."""
    assert run.subject is not None
    batch = run.subject
    change = last_change(LiveBatch.objects.filter(batch=batch))
    told = _effect(batch, change, lease) if change else {}
    with transaction.atomic():
        lease.end(Run.State.DONE)
        Import.objects.filter(pk=batch.pk).update(effect=told)


def _effect(batch: Import, change: LastChange, lease: Lease) -> dict[str, Any]:
    workspace, table = batch.workspace, batch.dataset.table
    told = {"what": change.what, "moment": change.moment.isoformat()}
    if change.what == "undo" and (taker := _who_took_over(batch, change.moment)):
        return told | {"what": "replaced", "by": taker}
    then = snapshots(workspace=workspace, tables=TABLES, as_of=change.moment, there_as_now=True)
    began = _when_the_former_ended(batch, change) - INSTANT
    done = consequences(
        workspace=workspace,
        now=change.moment,
        table=table,
        before=snapshots(workspace=workspace, tables=[table], as_of=began, there_as_now=True)[table],
        after=then.pop(table),
        others=then,
        progress=lease.progress,
    )
    return told | done.as_json()


def _who_took_over(batch: Import, moment: datetime) -> int | None:
    """The import of the same file that was run again and began to count when this one ended."""
    at_once = LiveBatch.objects.filter(live_from__range=(moment, moment + AT_ONCE), batch__reruns__isnull=False)
    return at_once.filter(batch__in=in_same_place(batch)).values_list("batch_id", flat=True).first()


def _when_the_former_ended(batch: Import, change: LastChange) -> datetime:
    """An import that was run again ended in the transaction in which this one began: both together are one change."""
    if change.what != "commit" or not batch.reruns_id:
        return change.moment
    ended = LiveBatch.objects.filter(batch__in=in_same_place(batch))
    ended = ended.filter(live_to__range=(change.moment - AT_ONCE, change.moment))
    return min([change.moment, *(moment for moment in ended.values_list("live_to", flat=True) if moment)])
