"""Goals for the page tests. The day is Friday, 14 November 2025; the goals run over the fourth quarter."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.datasets.services import receive_file, run_import
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace
from apps.refresh.recompute import recompute

NOW = datetime(2025, 11, 14, 9, tzinfo=UTC)
TODAY = NOW.date()

MakeGoal = Callable[..., Goal]

# North sold 30 k and 12 k before 14 November, lost one deal; South sold 5 k; one deal is of the quarter before.
DEALS = """id,account,owner,created_on,closed_on,outcome,amount
D1,Acme,Rita Evans,2025-09-01,2025-10-10,won,30000
D2,Borealis,Mara Dietz,2025-09-02,2025-11-05,won,12000.50
D3,Cinder,Rita Evans,2025-09-03,2025-10-20,lost,9000
D4,Delta,Omar Faye,2025-09-04,2025-11-12,won,5000
D5,Ember,Rita Evans,2025-06-04,2025-08-12,won,7000
"""


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def make_goal(workspace: Workspace, leader: Member) -> MakeGoal:
    """A running goal of the company on revenue, owned by the leader, unless told otherwise."""

    def make(**changes: Any) -> Goal:
        given: dict[str, Any] = {
            "workspace": workspace,
            "by": None,
            "kpi": "revenue:deals",
            "scope": "person" if "person" in changes else "team" if "team" in changes else "workspace",
            "owner": leader,
            "starts_on": date(2025, 10, 1),
            "ends_on": date(2026, 1, 1),
            "target": Decimal(92_000),
            "today": TODAY,
        }
        return create_goal(**given | changes)

    return make


@pytest.fixture
def with_deals(
    workspace: Workspace, manager: Member, rep: Member, other_rep: Member, tmp_path: Path, settings: Settings
) -> Callable[[], None]:
    """Import DEALS; calling what it gives computes all goals there are."""
    settings.DATA_DIR = tmp_path / "data"
    path = tmp_path / "deals.csv"
    path.write_text(DEALS)
    batch = receive_file(
        workspace=workspace, table="deals", source=path, file_name="deals.csv", mapping=None, by=manager
    )
    assert run_import(import_id=batch.pk, today=TODAY).state == "committed"

    def recomputed() -> None:
        recompute(workspace=workspace, now=timezone.now())

    return recomputed


@pytest.fixture
def queries_of() -> Callable[[Client, str], int]:
    """How many queries a page costs."""

    def count(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    return count
