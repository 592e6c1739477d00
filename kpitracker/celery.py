"""The Celery application. It carries ids of runs and nothing else; refresh.Run is what has to be done (ADR 4)."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from django.conf import settings

from kpitracker.brokers import celery_options

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitracker.settings.local")

app = Celery("kpitracker")
app.config_from_object(
    celery_options(settings.BROKER_URL)
    | {
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_default_queue": settings.BROKER_QUEUE,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        # A worker that loses its broker finishes what it does: the row of the run says whose work it is.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        # kombu's SQLAlchemy transport has no fanout, and nothing here needs remote control.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "beat_schedule": {
            "find what is due": {
                "task": "apps.refresh.tasks.tick",
                "schedule": settings.RUN_TICK_EVERY,
                # Ticks that nobody took while no worker ran are not made up for.
                "options": {"expires": max(settings.RUN_TICK_EVERY, 1.0)},
            },
        },
    }
)
app.autodiscover_tasks()

if settings.DEMO_MODE:  # `make run` as root, in a container or on a fresh machine, is nobody's production
    warnings.filterwarnings("ignore", category=SecurityWarning)
