"""Worked numbers (cases/*.json) through every way a number is made: by group, by request, and from its rows."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.periods import parse_period
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi, all_kpis, get_kpi
from apps.metrics.engine import Figure, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.behind import Wanted, rows_behind
from tests.metrics.tables import deals

CASES = [
    case for path in sorted((Path(__file__).parent / "cases").glob("*.json")) for case in json.loads(path.read_text())
]


def snapshot_of(case: dict[str, Any], folder: Path) -> Snapshot:
    rows = [row for row in case["rows"] for _ in range(row.get("times", 1))]
    return deals(folder, [{k: v for k, v in row.items() if k != "times"} for row in rows])


def figure_in(expected: dict[str, Any]) -> Figure:
    def number(name: str) -> Decimal | None:
        return None if expected[name] is None else Decimal(str(expected[name]))

    return Figure(
        number("numerator"), number("denominator"), expected["count"], number("value"), expected.get("reason", "")
    )


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_worked_numbers_come_out(case: dict[str, Any], tmp_path: Path) -> None:
    rows, kpi = snapshot_of(case, tmp_path), get_kpi(case["kpi"])
    for expected in case["expect"]:
        periods = [parse_period(expected["period"])] if expected["period"] else []
        found = compute_groups(rows, kpi, periods, expected.get("by"), so_far=False)
        (mine,) = [each.figure for each in found if each.group == expected.get("group")]
        assert mine == figure_in(expected), expected


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_goals_and_explanations_give_the_same_figures(case: dict[str, Any], tmp_path: Path) -> None:
    rows, kpi = snapshot_of(case, tmp_path), get_kpi(case["kpi"])
    for expected in case["expect"]:
        if expected["period"] and "by" not in expected and not _runs(rows, kpi, expected["period"]):
            period = parse_period(expected["period"])
            request = Request(7, kpi.key, "workspace", None, period.start, period.end, (period.end,))
            answer = compute_requests({"deals": rows}, [request], Org())[7]
            behind = rows_behind(rows, Wanted(kpi, "workspace", None, period.start, period.end, 0, 1000, None), Org())
            assert answer.figure == figure_in(expected) == behind.figure, expected
            value = answer.figure.value
            assert answer.series == [(period.end, None if value is None else pytest.approx(float(value)))]
            assert len(behind.rows) == behind.included == expected["count"]


def _runs(rows: Snapshot, kpi: Kpi, period: str) -> bool:
    """Goals compare a running period with as many days of its base: tested by itself below."""
    through = rows.complete_through
    return kpi.compares_periods and through is not None and through < parse_period(period).last_day


@pytest.mark.parametrize("kpi", all_kpis(), ids=lambda kpi: kpi.key)
def test_every_kpi_has_a_worked_case_that_names_its_source(kpi: Kpi) -> None:
    sources = [case["source"] for case in CASES if case["kpi"] == kpi.key]
    assert sources
    assert all(sources)
