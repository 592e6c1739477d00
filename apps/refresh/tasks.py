"""What Celery calls: ids in, services do the work."""

from celery import shared_task
from django.utils import timezone

from apps.refresh import services
from apps.refresh.embedded import prune


@shared_task
def execute_run(run_id: int) -> None:
    services.execute(run_id=run_id)


@shared_task
def tick() -> None:
    services.sweep(now=timezone.now())
    prune()
