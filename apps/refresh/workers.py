"""What a worker does beside its work: say that it is alive, ask for a tick when it starts, die with its parent."""

import ctypes
import logging
import signal
import sys
import threading
from datetime import timedelta
from typing import Any

from celery import current_app
from celery.signals import worker_process_init, worker_ready, worker_shutdown
from django.db import Error, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.refresh.models import WorkerBeat

logger = logging.getLogger(__name__)
BEAT_EVERY = 5.0  # seconds
FORGET_AFTER = timedelta(days=1)
PR_SET_PDEATHSIG = 1

_stopped = threading.Event()


def beat(name: str) -> None:
    """Write that this worker is alive now."""
    now = timezone.now()
    WorkerBeat.objects.update_or_create(name=name[:120], defaults={"seen_at": now})
    WorkerBeat.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def _keep_beating(name: str) -> None:
    while True:
        try:
            beat(name)
        except Error:
            logger.warning("The worker's sign of life could not be written.", exc_info=True)
        finally:
            connection.close()
        if _stopped.wait(BEAT_EVERY):
            return


@worker_ready.connect
def start_beating(sender: Any, **_: Any) -> None:
    threading.Thread(target=_keep_beating, args=[sender.hostname], name="sign of life", daemon=True).start()
    try:
        current_app.send_task("apps.refresh.tasks.tick")  # what was left undone need not wait for the clock
    except (OperationalError, OSError):
        logger.warning("The broker cannot be reached; the first tick comes by the clock.")


@worker_shutdown.connect
def stop_beating(sender: Any, **_: Any) -> None:
    _stopped.set()
    try:
        WorkerBeat.objects.filter(name=sender.hostname[:120]).delete()
    except Error:
        logger.warning("The worker's sign of life could not be removed.", exc_info=True)


@worker_process_init.connect
def die_with_parent(**_: Any) -> None:
    """A pool process must not outlive a killed worker. On other systems than Linux it ends with its current task."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
