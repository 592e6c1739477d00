"""What every tick does beside finding work that is due."""

import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from apps.refresh.tasks import tick

LONG_AGO = 1_600_000_000


@pytest.mark.django_db
def test_files_that_killed_imports_left_behind_are_swept_once_a_day(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    cache.clear()

    def leave_behind() -> Path:
        folder = tmp_path / "work" / "dead"
        folder.mkdir(parents=True)
        os.utime(folder, (LONG_AGO, LONG_AGO))
        return folder

    dead = leave_behind()
    tick()
    assert not dead.exists()
    leave_behind()
    tick()
    assert dead.exists()
