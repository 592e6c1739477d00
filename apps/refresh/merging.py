"""Merging the small files of a workspace in the background, while everything goes on."""

from functools import partial

from django.db import IntegrityError, transaction

from apps.datasets.services import compact
from apps.people.models import Workspace
from apps.refresh import due
from apps.refresh.bell import ring
from apps.refresh.lease import Lease
from apps.refresh.models import Run


def request_compaction(*, workspace: Workspace) -> Run | None:
    """Have its crowded tables merged; None if that waits or runs already."""
    try:
        with transaction.atomic():
            run = Run.objects.create(workspace=workspace, kind=Run.Kind.COMPACT)
    except IntegrityError:  # the constraint "one_compaction_at_a_time"
        return None
    transaction.on_commit(partial(ring, run.pk))
    return run


def merge_small_files(run: Run, lease: Lease) -> None:
    """Done again after a worker died it goes on where that one stopped: what is merged is no longer crowded."""
    tables = list(due.crowded_datasets().filter(workspace=run.workspace).select_related("workspace").order_by("table"))
    merged = 0
    for number, dataset in enumerate(tables):
        lease.progress(f"Merging the files of {dataset.table}", number, len(tables))
        merged += sum(pack.members.count() for pack in compact(dataset=dataset, fence=lease.fence))
    lease.end(Run.State.DONE, result={"merged": merged})
