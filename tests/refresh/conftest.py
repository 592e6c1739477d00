"""A small company with deals in the column store and goals on them, for tests of background work."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps.datasets.models import Import
from apps.datasets.services import receive_file
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace

HEADER = "id,owner,created_on,closed_on,outcome,amount\n"
DEALS = HEADER + (
    "1,Rita Evans,2026-10-01,2026-10-15,won,100\n"
    "2,Rita Evans,2026-10-02,2026-11-03,won,250\n"
    "3,Rita Evans,2026-10-05,2026-11-10,lost,70\n"
    "4,Omar Faye,2026-10-05,2026-11-12,won,500\n"
)

Receive = Callable[..., Import]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.BROKER_URL = f"sqla+sqlite:///{tmp_path / 'queue.sqlite3'}"


@pytest.fixture
def receive(workspace: Workspace) -> Receive:
    """Receive a file of deals, not yet imported."""

    def received(text: str = DEALS, name: str = "deals.csv") -> Import:
        source = io.BytesIO(text.encode())
        return receive_file(workspace=workspace, table="deals", source=source, file_name=name, mapping=None, by=None)

    return received


@pytest.fixture
def goal(rep: Member) -> Goal:
    """Rita is to sell 1,000 in the fourth quarter of 2026."""
    return create_goal(
        workspace=rep.workspace,
        by=None,
        kpi="revenue:deals",
        scope="person",
        person=rep,
        owner=rep,
        starts_on=date(2026, 10, 1),
        ends_on=date(2027, 1, 1),
        target=Decimal(1000),
        today=date(2026, 10, 1),
    )
