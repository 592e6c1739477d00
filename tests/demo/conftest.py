"""A folder of data for each test, so that the demo of one does not meet the files of another."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path
