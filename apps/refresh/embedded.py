"""Housekeeping of the embedded broker: kombu's SQLAlchemy transport never deletes a message it has delivered."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)
PREFIX = "sqla+sqlite:///"


def prune() -> int:
    """Delete delivered messages; how many. Does nothing with another broker."""
    if not settings.BROKER_URL.startswith(PREFIX):
        return 0
    path = Path(settings.BROKER_URL.removeprefix(PREFIX))
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection, connection:
            return connection.execute("DELETE FROM kombu_message WHERE NOT visible").rowcount
    except sqlite3.OperationalError:  # busy, or not made yet: the next tick comes soon
        logger.info("The embedded broker could not be pruned this time.", exc_info=True)
        return 0
