"""Deals of two regions over two quarters, with an own column, and the definition most tests begin with."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.datasets.services import receive_file, run_import
from apps.metrics.models import OwnKpi
from apps.metrics.own.definition import Definition, Filter, Measure
from apps.metrics.services.own import build_own_kpi
from apps.people.models import Member, Workspace

TODAY = date(2026, 7, 1)
NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)

# Won in EMEA: Q1 1000 + 3000 of two deals, Q2 500 of one. Won elsewhere: Q1 700, Q2 900 (West, no note).
DEALS = """\
id,owner,outcome,region,created_on,closed_on,amount,Tier
1,Rita Evans,won,EMEA,2026-01-05,2026-01-10,1000,gold
2,Rita Evans,won,EMEA,2026-01-06,2026-02-10,3000,silver
3,Rita Evans,lost,EMEA,2026-01-07,2026-02-11,400,gold
4,Omar Faye,won,West,2026-01-08,2026-03-01,700,gold
5,Omar Faye,won,EMEA,2026-02-01,2026-04-20,500,
6,Omar Faye,won,West,2026-02-02,2026-05-20,900,
7,Omar Faye,open,EMEA,2026-02-03,,5000,gold
8,Omar Faye,lost,West,2026-02-03,2026-05-21,50,silver
"""

Build = Callable[..., OwnKpi]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def deals(workspace: Workspace, rep: Member, other_rep: Member) -> Workspace:
    import_deals(workspace)
    return workspace


def import_deals(workspace: Workspace, text: str = DEALS) -> None:
    batch = receive_file(
        workspace=workspace,
        table="deals",
        source=io.BytesIO(text.encode()),
        file_name="deals.csv",
        mapping={"columns": {"tier": "Tier"}} if "Tier" in text else None,
        by=None,
    )
    assert run_import(import_id=batch.pk, today=TODAY).state == "committed"


def filtered(*filters: tuple[str, str, str], aggregate: str = "count", column: str = "", **more: Any) -> Measure:
    """A measure of deals by the day they were closed; filters as (column, test, value)."""
    made = tuple(Filter(name, test, tuple(value.split("|")) if value else ()) for name, test, value in filters)
    return Measure(**{"table": "deals", "date": "closed_on", **more}, aggregate=aggregate, column=column, filters=made)


WON_IN_EMEA = (("outcome", "is", "won"), ("region", "is", "EMEA"))
REVENUE_PER_DEAL = Definition(
    measure=filtered(*WON_IN_EMEA, aggregate="sum", column="amount"), divided_by=filtered(*WON_IN_EMEA)
)


@pytest.fixture
def build(workspace: Workspace, manager: Member) -> Build:
    """An own KPI by name, from a definition or the text of a formula."""

    def made(name: str, definition: Definition | str, of: Workspace = workspace) -> OwnKpi:
        given = Definition(text=definition) if isinstance(definition, str) else definition
        return build_own_kpi(workspace=of, by=manager, now=NOW, today=TODAY, name=name, definition=given)

    return made
