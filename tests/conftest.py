"""What every test may use: the cast, a way to give its goals a status, and a folder of data of its own."""

from typing import Any

import pytest

pytest_plugins = ["tests.cast", "tests.judged"]


@pytest.fixture(autouse=True)
def data_folder_of_its_own(request: pytest.FixtureRequest) -> None:
    """Numbers of imports begin anew with every test, and what is known of a file is remembered by its path."""
    asked = set(request.fixturenames)
    if asked & {"db", "transactional_db"} and "made_once" not in asked:  # that one's data stands for a whole file
        settings: Any = request.getfixturevalue("settings")
        settings.DATA_DIR = request.getfixturevalue("tmp_path") / "data"
