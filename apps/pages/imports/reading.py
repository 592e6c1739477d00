"""What the import pages show, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from apps.datasets.models import Import, LiveBatch
from apps.refresh.models import Run

FINISHED = (Run.State.DONE, Run.State.FAILED)
WORDS = {
    Import.State.WAITING: "Waiting for a worker",
    Import.State.RUNNING: "Being read",
    Import.State.COMMITTED: "In use",
    Import.State.UNCHANGED: "Nothing changed",
    Import.State.REFUSED: "Refused",
    Import.State.FAILED: "Failed",
    Import.State.UNDONE: "Undone",
}


@dataclass(frozen=True, slots=True)
class Live:
    """Everything of an import page that moves while work is under way."""

    batch: Import
    run: Run | None
    recompute: Run | None
    effect: Run | None
    now: datetime

    @property
    def is_moving(self) -> bool:
        """Polling goes on while this is true: until the import, the recompute after it and what it did are told."""
        unfinished = self.batch.state in (Import.State.WAITING, Import.State.RUNNING)
        if self.run is not None and self.run.state == Run.State.FAILED:
            return False
        followed_by = (self.run, self.recompute, self.effect)
        return unfinished or any(run is not None and run.state not in FINISHED for run in followed_by)

    @property
    def run_bar(self) -> "Bar | None":
        return bar_of(self.run, self.now)

    @property
    def recompute_bar(self) -> "Bar | None":
        return bar_of(self.recompute, self.now)

    @property
    def effect_bar(self) -> "Bar | None":
        """Only while it is computed, or if it failed: what it said is told by itself."""
        return bar_of(self.effect, self.now) if self.effect and self.effect.state != Run.State.DONE else None


@dataclass(frozen=True, slots=True)
class Bar:
    """How far a run is. `total` is 0 while nobody knows how much there is to do."""

    state: str
    words: str
    step: str
    done: int
    total: int
    attempts: int
    elapsed: timedelta
    error: str

    @property
    def is_moving(self) -> bool:
        return self.state not in FINISHED


def live(*, batch: Import, now: datetime) -> Live:
    """The import with its run, the recompute that follows it, and the telling of what it did; three queries."""
    runs = Run.objects.filter(subject=batch, kind__in=[Run.Kind.IMPORT, Run.Kind.EFFECT])
    newest = {run.kind: run for run in runs.order_by("pk")}
    return Live(
        batch=batch,
        run=newest.get(Run.Kind.IMPORT),
        recompute=recompute_after(batch),
        effect=newest.get(Run.Kind.EFFECT),
        now=now,
    )


def recompute_after(batch: Import) -> Run | None:
    """The first recompute that saw what this import last did: one that waits, or began after the change.

    Ten imports in a row share one recompute, so it may have been asked for before this import was finished.
    """
    times = LiveBatch.objects.filter(batch=batch).aggregate(since=Max("live_from"), until=Max("live_to"))
    moments = [moment for moment in times.values() if moment]
    if not moments:
        return None
    return (
        Run.objects.filter(workspace_id=batch.workspace_id, kind=Run.Kind.RECOMPUTE)
        .filter(Q(started_at__gte=max(moments)) | Q(started_at__isnull=True))
        .order_by("id")
        .first()
    )


def bar_of(run: Run | None, now: datetime) -> Bar | None:
    if run is None:
        return None
    return Bar(
        state=run.state,
        words={"queued": "waiting for a worker", "running": "running", "done": "done", "failed": "failed"}[run.state],
        step=run.step,
        done=min(run.done, run.total),
        total=run.total,
        attempts=run.attempts,
        elapsed=max((run.finished_at or now) - (run.started_at or run.requested_at), timedelta()),
        error=run.error,
    )
