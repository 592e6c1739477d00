"""The door to all kinds: what is asked decides which module answers."""

from collections.abc import Callable

from apps.common.errors import Refusal
from apps.datasets.sources import bucket, database, watched, web
from apps.datasets.sources.kinds import Answer, Asked
from apps.datasets.sources.secrets import hide

FETCHES: dict[str, Callable[[Asked], Answer]] = {
    "folder": watched.fetch,
    "url": web.fetch,
    "sheet": web.fetch_sheet,
    "s3": bucket.fetch,
    "sql": database.fetch,
}


def fetch(asked: Asked) -> Answer:
    """Raises Refusal with a sentence that names no credentials."""
    try:
        return FETCHES[asked.kind](asked)
    except Refusal as refusal:
        raise Refusal(hide(refusal.sentence, asked.secret.values())) from None
