"""A few deals that really were imported: the KPI pages are tested from file to figure."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.people.models import Member, Workspace
from tests.cast import ClientOf

TODAY = date(2026, 3, 2)

# Rita Evans is in North, Omar Faye in South (tests/cast.py); nobody is called Nobody Known.
DEALS = """\
id,owner,outcome,region,created_on,closed_on,amount,Note
1,Rita Evans,won,East,2025-10-01,2025-11-10,1000,first
2,Rita Evans,lost,East,2025-10-05,2025-12-01,500,
3,Rita Evans,won,West,2025-12-20,2026-01-15,3000,=HYPERLINK(1)
4,Omar Faye,won,West,2026-01-02,2026-02-20,2000,
5,Omar Faye,lost,East,2026-01-03,2026-02-21,100,
6,Omar Faye,lost,,2026-01-04,2026-02-22,100,
7,Nobody Known,won,West,2026-01-05,2026-03-01,700,
8,Rita Evans,open,East,2026-02-01,,900,
"""


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def deals(workspace: Workspace, rep: Member, other_rep: Member) -> Import:
    batch = receive_file(
        workspace=workspace,
        table="deals",
        source=io.BytesIO(DEALS.encode()),
        file_name="spring.csv",
        mapping={"columns": {"note": "Note"}},
        by=None,
    )
    assert run_import(import_id=batch.pk, today=TODAY).new == 8
    return batch


@pytest.fixture
def as_manager(client_of: ClientOf, manager: Member) -> Client:
    return client_of(manager)


@pytest.fixture
def as_rep(client_of: ClientOf, rep: Member) -> Client:
    return client_of(rep)
