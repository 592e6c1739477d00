"""What the import pages show, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q

from apps.datasets.models import Import, LiveBatch
from apps.datasets.schema import TABLES
from apps.people.models import Workspace
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
class Coverage:
    """What the live imports of one table hold."""

    table: str
    title: str
    covers_from: date | None
    covers_to: date | None
    imports: int


@dataclass(frozen=True, slots=True)
class Live:
    """Everything of an import page that moves while work is under way."""

    batch: Import
    run: Run | None
    recompute: Run | None
    now: datetime

    @property
    def is_moving(self) -> bool:
        """Polling goes on while this is true: until both the import and the recompute after it are finished."""
        unfinished = self.batch.state in (Import.State.WAITING, Import.State.RUNNING)
        if self.run is not None and self.run.state == Run.State.FAILED:
            return False
        return unfinished or any(run is not None and run.state not in FINISHED for run in (self.run, self.recompute))

    @property
    def run_bar(self) -> "Bar | None":
        return _bar(self.run, self.now)

    @property
    def recompute_bar(self) -> "Bar | None":
        return _bar(self.recompute, self.now)


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


def coverage(workspace: Workspace) -> list[Coverage]:
    """One line per table that has live imports, in the order of the standard tables; one query."""
    found = (
        LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
        .values("dataset__table")
        .annotate(
            covers_from=Min("batch__covers_from"),
            covers_to=Max("batch__covers_to"),
            imports=Count("batch"),
        )
    )
    by_table = {line["dataset__table"]: line for line in found}
    return [_coverage_line(TABLES[name].title, name, dict(by_table[name])) for name in TABLES if name in by_table]


def live(*, batch: Import, now: datetime) -> Live:
    """The import with its run and the recompute that follows it; two queries."""
    run = Run.objects.filter(workspace_id=batch.workspace_id, subject=batch, kind=Run.Kind.IMPORT).first()
    return Live(batch=batch, run=run, recompute=recompute_after(batch), now=now)


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


def _coverage_line(title: str, table: str, line: dict[str, Any]) -> Coverage:
    return Coverage(
        table=table,
        title=title,
        covers_from=line["covers_from"],
        covers_to=line["covers_to"],
        imports=line["imports"],
    )


def _bar(run: Run | None, now: datetime) -> Bar | None:
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
