"""/healthz: whether everything that serving needs answers. It says which part fails, never why: that is in the log."""

import contextlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.datasets.store.connection import connect
from apps.refresh.queries import has_live_worker

logger = logging.getLogger(__name__)
BROKER_WITHIN = 1  # seconds


class Silent(Exception):
    """A part did not answer."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _column_store() -> None:
    folder = Path(settings.DATA_DIR)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".healthz-") as probe:
        probe.write(b"writable")
        probe.flush()
    with contextlib.closing(connect(threads=1, memory="100MB")) as store:
        if store.execute("SELECT 1").fetchall() != [(1,)]:
            raise Silent


def _broker() -> None:
    options = {"socket_connect_timeout": BROKER_WITHIN, "socket_timeout": BROKER_WITHIN}
    embedded = settings.BROKER_URL.startswith("sqla")
    broker = current_app.connection_for_write(
        connect_timeout=BROKER_WITHIN, transport_options={} if embedded else options
    )
    with broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_WITHIN)
        # An absent queue is an answer too: no worker has made it yet, and the check of the worker says so.
        with contextlib.suppress(*broker.channel_errors):
            broker.channel().queue_declare(current_app.conf.task_default_queue, passive=True)


def _worker() -> None:
    if not has_live_worker(now=timezone.now()):
        raise Silent


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "column_store": _column_store,
    "broker": _broker,
    "worker": _worker,
}


def _answers(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        logger.exception("/healthz: %s does not answer", name)
        return False
    return True


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, 503 with the names of those that do not."""
    parts: dict[str, str] = {}
    for name, check in CHECKS.items():
        if name == "worker" and parts["database"] != "ok":  # it signs on there: asking would only wait once more
            parts[name] = "unknown"
        else:
            parts[name] = "ok" if _answers(name, check) else "does not answer"
    well = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if well else "failing", "checks": parts}, status=200 if well else 503)
