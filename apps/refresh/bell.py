"""Ringing the bell: a message with the id of a run. It may get lost or arrive twice; the run's row does not mind."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(run_id: int) -> None:
    """Tell the workers that there is a run to do. A broker that is away costs a minute: the tick rings again."""
    try:
        current_app.send_task("apps.refresh.tasks.execute_run", args=[run_id])
    except (OperationalError, OSError):
        logger.warning("The broker cannot be reached; run %s waits for the next tick.", run_id)
