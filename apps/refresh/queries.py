"""Reads about background work."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from apps.people.models import Workspace
from apps.refresh.models import Run, WorkerBeat

WORKER_ALIVE_FOR = timedelta(seconds=30)


def runs_of(workspace: Workspace) -> QuerySet[Run]:
    """Background work of a workspace, newest first."""
    return Run.objects.filter(workspace=workspace).select_related("subject", "requested_by")


def recompute_under_way(workspace: Workspace) -> Run | None:
    """The recompute that waits or runs now: what somebody who waits for new figures looks at."""
    under_way = [Run.State.QUEUED, Run.State.RUNNING]
    return runs_of(workspace).filter(kind=Run.Kind.RECOMPUTE, state__in=under_way).first()


def has_live_worker(*, now: datetime) -> bool:
    return WorkerBeat.objects.filter(seen_at__gt=now - WORKER_ALIVE_FOR).exists()
