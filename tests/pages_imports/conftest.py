"""Imports as they stand in the database, without files: what the pages show is independent of the column store."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.models import Dataset, Import, LiveBatch
from apps.people.models import Member, Workspace
from tests.cast import ClientOf

MakeImport = Callable[..., Import]


@pytest.fixture
def make_import(workspace: Workspace) -> MakeImport:
    """An import in any state; a committed one is live since it was finished."""

    def make(state: str = "committed", **fields: Any) -> Import:
        table = fields.pop("table", "deals")
        into = fields.pop("workspace", workspace)
        dataset, _ = Dataset.objects.get_or_create(workspace=into, table=table)
        finished = None if state in ("waiting", "running") else datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
        values: dict[str, Any] = {
            "file_name": "deals.csv",
            "stored_path": "uploads/1/deals.csv",
            "checksum": "ab" * 32,
            "size": 2048,
            "finished_at": finished,
        }
        if state in ("committed", "undone"):
            values |= {
                "rows_read": 12,
                "rows_new": 9,
                "rows_changed": 1,
                "rows_unchanged": 0,
                "rows_rejected": 2,
                "covers_from": date(2024, 1, 2),
                "covers_to": date(2026, 11, 20),
                "sentence": "9 new and 1 changed rows; 2 were rejected.",
            }
        batch = Import.objects.create(workspace=into, dataset=dataset, state=state, **(values | fields))
        if state in ("committed", "undone"):
            until = datetime(2026, 3, 3, tzinfo=UTC) if state == "undone" else None
            LiveBatch.objects.create(dataset=dataset, batch=batch, live_from=finished, live_to=until)
        return batch

    return make


@pytest.fixture
def as_manager(client_of: ClientOf, manager: Member) -> Client:
    return client_of(manager)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path
