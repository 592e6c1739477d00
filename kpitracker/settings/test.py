"""The test suite: a data folder of its own for each run, quick passwords, plain static files."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="kpitracker-test-"))
# Playwright keeps an event loop in the thread of the tests; without this Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

from kpitracker.settings.base import *  # noqa: F403
from kpitracker.settings.base import BASE_DIR, STORAGES

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# The Vega bundle takes seconds to make: tests use the one that `make test` has made in the checkout.
ASSETS_DIR = Path(BASE_DIR / "var" / "assets")
ASSETS_DIR.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", ASSETS_DIR]
RUN_HEARTBEAT_EVERY = float(os.environ.get("RUN_HEARTBEAT_EVERY", "5"))
RUN_STALE_AFTER = float(os.environ.get("RUN_STALE_AFTER", "60"))
