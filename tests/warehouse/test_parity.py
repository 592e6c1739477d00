"""The same rows, imported and left in PostgreSQL, give the same figures: exactly, for every KPI of the catalogue."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.common.periods import Grain, Period, periods_between
from apps.datasets.queries import snapshot
from apps.datasets.store.snapshot import Snapshot, open_for_reading
from apps.metrics.catalogue import BUILT_IN, Kpi
from apps.metrics.catalogue.formulas import Allotted, PerEntity
from apps.metrics.engine import NoSuchColumn, Org, Request, compute_groups, compute_requests, data_span
from apps.metrics.engine.behind import Wanted, rows_behind
from apps.metrics.engine.plan import wanted_of
from apps.people.models import Workspace
from tests.datasets.test_crm_maven import bring_in_edition
from tests.metrics import generated
from tests.metrics.test_worked_cases import CASES, checks_of, context_of, snapshots_of, tables_of
from tests.shared import SHARED
from tests.warehouse.database import in_place

pytestmark = pytest.mark.services

FIRST, END = date(2024, 1, 1), date(2025, 1, 1)
GROUPINGS = (None, "owner", "team", "product", "kind", "segment")
NORTH, SOUTH = 10, 20
ORG = Org(
    owners=(("anna snelling", 1), ("ben ode", 2)),
    teams=(("north", NORTH), ("south", SOUTH)),
    memberships=(
        (1, NORTH, date(2020, 1, 1), date(2024, 5, 15)),
        (1, SOUTH, date(2024, 5, 15), None),
        (2, SOUTH, date(2020, 1, 1), None),
    ),
    ancestors=((NORTH, NORTH), (SOUTH, SOUTH)),
    team_names={NORTH: "North", SOUTH: "South"},
)  # fmt: skip
Tables = Mapping[str, Snapshot]


@pytest.fixture(scope="module")
def both(address: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tables, Tables]:
    """The same generated rows of every table: imported, and in PostgreSQL."""
    rows = generated.rows_of(
        11, 90, owners=(*generated.OWNERS, *generated.SPLITS), teams=(None, "North", " south", "Elsewhere")
    )
    for row in rows["surveys"]:
        row.update(scale_min=0, scale_max=10)  # rows outside of their scale would be rejected
    imported = generated.snapshots(tmp_path_factory.mktemp("imported"), rows, batches=2)
    return imported, {name: in_place(address, each, rows[name]) for name, each in imported.items()}


@pytest.mark.parametrize("kpi", BUILT_IN.each(), ids=lambda kpi: kpi.ref)
def test_every_kpi_is_the_same_in_postgresql(both: tuple[Tables, Tables], kpi: Kpi) -> None:
    imported, there = both
    months = list(periods_between(FIRST, END, Grain.MONTH, 1))
    for by in GROUPINGS:
        assert _figures(there, kpi, months, by) == _figures(imported, kpi, months, by), by
    for periods in (
        [],
        list(periods_between(FIRST, END, Grain.WEEK, 1)),
        list(periods_between(FIRST, END, Grain.QUARTER, 4)),
    ):
        found = _figures(there, kpi, periods, None)
        assert found == _figures(imported, kpi, periods, None)
        assert found


def _figures(tables: Tables, kpi: Kpi, periods: list[Period], by: str | None) -> Any:
    try:
        return compute_groups(tables, kpi, periods, by, ORG)
    except NoSuchColumn:
        return "no such column"


def test_goals_of_all_kpis_and_scopes_are_the_same(both: tuple[Tables, Tables]) -> None:
    imported, there = both
    kpis = {kpi.ref: kpi for kpi in BUILT_IN.each()}
    scopes: list[tuple[Any, int | None]] = [
        ("workspace", None), ("team", NORTH), ("team", SOUTH), ("person", 1), ("person", 2)
    ]  # fmt: skip
    windows = [(date(2024, 4, 1), date(2024, 7, 1)), (date(2024, 1, 1), date(2025, 1, 1))]
    requests = [
        Request(i, ref, scope, number, start, end, (date(2024, 5, 1), date(2024, 6, 1)))
        for i, (ref, (scope, number), (start, end)) in enumerate(
            (ref, scope, window) for ref in kpis for scope in scopes for window in windows
        )
    ]
    here, found = (compute_requests(tables, requests, ORG, kpis) for tables in (imported, there))
    for request in requests:
        assert found[request.id] == here[request.id], request
    assert sum(answer.figure.value is not None for answer in here.values()) > len(requests) / 2


def test_what_is_in_the_warehouse_joins_with_what_is_imported(both: tuple[Tables, Tables]) -> None:
    imported, there = both
    kpis = [kpi for kpi in BUILT_IN.each() if len(kpi.tables) > 1]
    assert kpis
    for kpi in kpis:
        periods = list(periods_between(FIRST, END, Grain.QUARTER, 1))
        mixed = {**imported, kpi.tables[0]: there[kpi.tables[0]]}
        assert _figures(mixed, kpi, periods, None) == _figures(imported, kpi, periods, None), kpi.ref


def test_the_days_of_the_data_are_the_same(both: tuple[Tables, Tables]) -> None:
    for kpi in BUILT_IN.each():
        assert data_span(both[1], kpi) == data_span(both[0], kpi), kpi.ref


_WITHOUT_RATES = [case for case in CASES if "rates" not in case and not case.get("currency")]


@pytest.mark.parametrize("case", _WITHOUT_RATES, ids=[case["title"] for case in _WITHOUT_RATES])
def test_worked_numbers_come_out_in_postgresql(case: dict[str, Any], address: str, tmp_path: Path) -> None:
    imported, context = snapshots_of(tables_of(case), case, tmp_path), context_of(case, tmp_path)
    there = {name: in_place(address, each, _rows_of(each)) for name, each in imported.items()}
    for check in checks_of(case):
        by, period = check.expected.get("by"), check.period
        so_far = case.get("so_far", False)
        found = compute_groups(there, check.kpi, [period] if period else [], by, so_far=so_far, context=context)
        figures = {each.group: each.figure for each in found}
        assert figures[check.expected.get("group")] == check.figure, (check.kpi.ref, check.expected)


def _rows_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    with open_for_reading([snapshot]) as con:
        cursor = con.execute(snapshot.rows_sql())
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("kpi", BUILT_IN.each(), ids=lambda kpi: kpi.ref)
def test_the_rows_behind_a_number_are_the_same(both: tuple[Tables, Tables], kpi: Kpi) -> None:
    imported, there = both
    told = ""
    for scope, number in (("workspace", None), ("team", SOUTH), ("person", 1)):
        wanted = Wanted(kpi, scope, number, date(2024, 4, 1), date(2024, 7, 1), 0, 50, None)  # type: ignore[arg-type]
        here = rows_behind(imported, wanted, ORG)
        try:
            found = rows_behind(there, wanted, ORG)
        except Refusal as refusal:
            told = refusal.sentence
            break
        assert found.figure == here.figure
        assert found.ran_in
        of_entities = any(isinstance(need.leaf, PerEntity | Allotted) for need, _ in wanted_of(kpi))
        if here.figure.reason in ("", "no_denominator") and not of_entities and not kpi.compares_periods:
            assert dict(found.numbers) == dict(here.numbers)
            assert found.included == here.included
            assert _ids(found.rows) == _ids(here.rows)
    assert not told or "import its tables to see its rows" in told


def _ids(rows: list[dict[str, Any]]) -> set[Any]:
    return {row.get("id") or row.get("order") or (row["owner"], row["period_start"]) for row in rows}


@pytest.mark.django_db
@pytest.mark.shared_data
@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared exports are not beside this checkout")
def test_a_real_export_is_the_same(address: str, workspace: Workspace, tmp_path: Path) -> None:
    """All deals of a real CRM, 8,800 of them, with owners and teams from a second file."""
    bring_in_edition(workspace, "iso", tmp_path)
    imported = {"deals": snapshot(workspace=workspace, table="deals")}
    there = {"deals": in_place(address, imported["deals"], _rows_of(imported["deals"]))}
    months = list(periods_between(date(2016, 10, 1), date(2018, 1, 1), Grain.MONTH, 1))
    for kpi in (each for each in BUILT_IN.each() if each.tables == ("deals",)):
        for by in (None, "owner", "product"):
            here = _figures(imported, kpi, months, by)
            assert _figures(there, kpi, months, by) == here, (kpi.ref, by)
