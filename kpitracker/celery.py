"""The Celery application: every broker with the same promises, late acknowledgement and one task at a time."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitracker.settings.local")

app = Celery("kpitracker")
app.config_from_object(
    {
        "broker_url": settings.BROKER_URL,
        "broker_connection_retry_on_startup": True,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        # kombu's SQLAlchemy transport has no fanout, and nothing here needs remote control.
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "beat_schedule": {
            "find what is due": {"task": "apps.refresh.tasks.tick", "schedule": settings.RUN_TICK_EVERY},
        },
    }
)
app.autodiscover_tasks()
