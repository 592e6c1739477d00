"""What Celery calls: ids in, services do the work."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from apps.datasets.services import sweep_orphans
from apps.refresh import services
from apps.refresh.embedded import prune

FILES_EVERY = 24 * 3600  # seconds between two looks for files that killed imports left behind


@shared_task
def execute_run(run_id: int) -> None:
    services.execute(run_id=run_id)


@shared_task
def tick() -> None:
    now = timezone.now()
    services.sweep(now=now)
    prune()
    if cache.add("orphans-are-swept", True, timeout=FILES_EVERY):
        sweep_orphans(now=now)
