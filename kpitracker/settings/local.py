"""One machine, no servers: SQLite, files under var/, the embedded broker. `make run` and manage.py use this."""

import contextlib
import os

from django.core.management.utils import get_random_secret_key

from kpitracker.settings.base import *  # noqa: F403
from kpitracker.settings.base import DATA_DIR, env


def _secret_key_of_this_machine() -> str:
    """Made once and kept beside the database, so that sessions survive a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"secret_key.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(get_random_secret_key())
        with contextlib.suppress(FileExistsError):  # another process was first: all use the one it made
            path.hardlink_to(made)
        made.unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or _secret_key_of_this_machine()
DEMO_MODE = env.bool("DEMO_MODE", default=False)  # `make run` turns it on
