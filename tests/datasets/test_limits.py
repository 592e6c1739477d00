"""What one computation may take of the machine."""

from typing import Any

import pytest

from apps.datasets.queries import snapshot
from apps.datasets.store.snapshot import open_for_reading
from apps.people.models import Workspace


@pytest.mark.django_db
def test_threads_and_memory_of_a_computation_are_those_of_the_settings(workspace: Workspace, settings: Any) -> None:
    settings.ENGINE_THREADS, settings.ENGINE_MEMORY = 1, "512MiB"
    with open_for_reading([snapshot(workspace=workspace, table="deals")]) as connection:
        limits = connection.execute("select current_setting('threads'), current_setting('memory_limit')").fetchall()
    assert limits == [(1, "512.0 MiB")]
