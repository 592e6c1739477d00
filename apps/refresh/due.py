"""What the tick looks for. Each question is one query, or one per workspace that has something to recompute."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from apps.audit.models import Event
from apps.datasets.models import Dataset, Import, WarehouseTable
from apps.datasets.store.compaction import SMALL
from apps.datasets.warehouse.tables import in_use
from apps.goals.models import Goal
from apps.people.models import Workspace
from apps.people.queries import day_in
from apps.refresh.models import Run

# What people did that can move a figure or a verdict, by the first word of its name in the audit trail. Imports are
# not among them: they move the head of their table.
MOVES_FIGURES = ("goal.", "member.", "team.", "workspace.", "holiday.", "source.")
OVERLAP = timedelta(seconds=5)  # a write may be committed this long after the moment it says it was made
LOOKED_AT_EVERY = timedelta(hours=1)  # a table in a warehouse: its days, and the figures computed from it
MANY_FILES = 50  # of a table: more of them are merged
MERGED_AT_MOST_EVERY = timedelta(days=1)  # a workspace; so that files that cannot be merged are not tried for ever
ABANDONED_AFTER = timedelta(hours=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def silence() -> timedelta:
    return timedelta(seconds=settings.RUN_STALE_AFTER)


def stale_runs(*, now: datetime) -> QuerySet[Run]:
    """Runs whose worker has not breathed for a while."""
    return Run.objects.filter(state=Run.State.RUNNING, heartbeat_at__lt=now - silence())


def runs_to_ring(*, now: datetime) -> QuerySet[Run]:
    """Runs that wait although somebody should have heard of them: the message, or its worker, is lost."""
    return Run.objects.filter(state=Run.State.QUEUED, rung_at__lt=now - silence()).order_by("rung_at")


def imports_without_run(*, now: datetime) -> QuerySet[Import]:
    """Files received for which nobody has asked for an import, after the grace that a command needs to do it itself.

    A command that was killed leaves its import running for ever; after an hour it is nobody's any more.
    """
    waiting = Q(state=Import.State.WAITING, created_at__lt=now - silence())
    abandoned = Q(state=Import.State.RUNNING, created_at__lt=now - ABANDONED_AFTER)
    return Import.objects.filter(waiting | abandoned, runs__isnull=True).select_related("created_by")


def crowded_datasets() -> QuerySet[Dataset]:
    """Tables whose live imports lie in many small files of their own."""
    small = Q(
        live_batches__live_to__isnull=True,
        live_batches__batch__pack__isnull=True,
        live_batches__batch__rows_read__lte=SMALL,
    )
    return Dataset.objects.annotate(files=Count("live_batches", filter=small)).filter(files__gt=MANY_FILES)


def workspaces_to_compact(*, now: datetime) -> QuerySet[Workspace]:
    """Workspaces with a crowded table, in which nothing was merged, or tried to be, for a day."""
    lately = Run.objects.filter(
        workspace=OuterRef("pk"), kind=Run.Kind.COMPACT, requested_at__gt=now - MERGED_AT_MOST_EVERY
    )
    return Workspace.objects.filter(~Exists(lately), pk__in=crowded_datasets().values("workspace"))


def heads_of(workspace: Workspace) -> dict[str, int]:
    """How often each table's list of live imports has changed: the state of the data that figures are computed from.

    A table in a warehouse changes unseen: that it was mapped or put to use counts, and that it is looked at every hour.
    """
    heads = dict(Dataset.objects.filter(workspace=workspace).values_list("table", "head"))
    used = in_use(workspace).values_list("table", "used_from")
    return heads | {f"{table} in place": int(since.timestamp()) for table, since in used if since}


def workspaces_to_recompute(*, now: datetime) -> Iterator[Workspace]:
    """Workspaces with open goals whose figures are older than their data, their goals, their people or their day."""
    waits = Run.objects.filter(workspace=OuterRef("pk"), kind=Run.Kind.RECOMPUTE, state=Run.State.QUEUED)
    goals = Exists(Goal.objects.filter(workspace=OuterRef("pk"), closed_at__isnull=True))
    there = WarehouseTable.objects.filter(workspace=OuterRef("pk"), removed_at__isnull=True, used_from__isnull=False)
    with_goals = Workspace.objects.filter(goals | Exists(there), ~Exists(waits))
    last_runs = _last_recomputes()
    for workspace in with_goals:
        if _is_outdated(workspace, last_runs.get(workspace.pk), now=now):
            yield workspace


def _last_recomputes() -> dict[int, Run]:
    """The newest recompute of each workspace that has begun; it says at once from which data.

    One that failed is not tried again before something moves.
    """
    newest = (
        Run.objects.filter(kind=Run.Kind.RECOMPUTE, started_at__isnull=False)
        .order_by()
        .values("workspace")
        .annotate(newest=Max("id"))
        .values_list("newest", flat=True)
    )
    return {run.workspace_id: run for run in Run.objects.filter(pk__in=list(newest))}


def _is_outdated(workspace: Workspace, last: Run | None, *, now: datetime) -> bool:
    if last is None:
        return True
    since = last.started_at or last.requested_at or NEVER
    if day_in(workspace, since) != day_in(workspace, now):
        return True
    if since < now - LOOKED_AT_EVERY and in_use(workspace).exists():
        return True
    return last.result.get("heads") != heads_of(workspace) or _touched_since(workspace, since - OVERLAP)


def _touched_since(workspace: Workspace, since: datetime) -> bool:
    moved = Q()
    for word in MOVES_FIGURES:
        moved |= Q(action__startswith=word)
    return Event.objects.filter(moved, workspace=workspace, at__gt=since).exists()
