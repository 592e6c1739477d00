"""Worked numbers (cases/*.json) through every way a number is made: by group, by request, and from its rows.

A case has `tables` (or `rows` of deals), and expectations of one or several KPIs. `value` may be left out where it is
numerator over denominator. `covers` says which days the data reaches where its own dates do not, `given` what the
workspace gives, `so_far` that a running period is compared with as many days of its base, `then` what was known at the
start of a day, `currency` and `rates` what foreign money is worth.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context as Rounding
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Period, parse_period
from apps.datasets.store.conversion import Rate
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import BUILT_IN, Kpi, get_kpi
from apps.metrics.catalogue.formulas import Count, Quotient, Total, leaves
from apps.metrics.engine import Context, Figure, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.behind import Behind, Wanted, rows_behind
from tests.metrics.tables import snapshot

CASES = [
    case for path in sorted((Path(__file__).parent / "cases").glob("*.json")) for case in json.loads(path.read_text())
]
Expected = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One expected figure of one KPI."""

    kpi: Kpi
    expected: Expected

    @property
    def period(self) -> Period | None:
        return parse_period(self.expected["period"]) if self.expected["period"] else None

    @property
    def figure(self) -> Figure:
        numerator, denominator = self._number("numerator"), self._number("denominator")
        if "value" in self.expected or self.expected.get("reason"):
            value = self._number("value")
        elif denominator is None:
            value = numerator
        else:
            assert numerator is not None
            value = Rounding(prec=28).divide(numerator, denominator)
        return Figure(numerator, denominator, self.expected["count"], value, self.expected.get("reason", ""))

    def _number(self, name: str) -> Decimal | None:
        written = self.expected.get(name)
        return None if written is None else Decimal(str(written))


def checks_of(case: Mapping[str, Any]) -> list[Check]:
    return [Check(get_kpi(each.get("kpi") or case["kpi"]), each) for each in case["expect"]]


def tables_of(case: Mapping[str, Any]) -> Mapping[str, list[dict[str, Any]]]:
    return case["tables"] if "tables" in case else {"deals": case["rows"]}


def snapshots_of(tables: Mapping[str, Any], case: Mapping[str, Any], folder: Path) -> dict[str, Snapshot]:
    first, last = (date.fromisoformat(day) for day in case.get("covers", ("0001-01-01", "0001-01-01")))
    covers = (first, last) if "covers" in case else None
    rates = tuple(Rate(code, date.fromisoformat(day), Decimal(worth)) for code, day, worth in case.get("rates", ()))
    found = {}
    for name, rows in tables.items():
        listed = [{k: v for k, v in row.items() if k != "times"} for row in rows for _ in range(row.get("times", 1))]
        listed = [{"owner": "Rita Evans", **row} for row in listed] if name == "deals" else listed
        currency = case.get("currency", "")
        found[name] = snapshot(name, folder, listed, covers=covers, currency=currency, rates=rates)
    return found


def context_of(case: Mapping[str, Any], folder: Path) -> Context:
    given = {
        name: tuple((date.fromisoformat(day), Decimal(str(number))) for day, number in numbers)
        for name, numbers in case.get("given", {}).items()
    }
    holidays = frozenset(map(date.fromisoformat, case.get("holidays", ())))
    known = {
        date.fromisoformat(day): snapshots_of(tables, case, folder / f"then-{day}")
        for day, tables in case.get("then", {}).items()
    }
    then = (lambda day: known.get(day, {})) if "then" in case else None
    return Context(calendar=WorkingCalendar(holidays=holidays), given=given, then=then)


cases = pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])


@cases
def test_the_worked_numbers_come_out(case: dict[str, Any], tmp_path: Path) -> None:
    rows, context = snapshots_of(tables_of(case), case, tmp_path), context_of(case, tmp_path)
    together: dict[tuple[Kpi, str | None, bool], list[Check]] = {}
    for check in checks_of(case):
        together.setdefault((check.kpi, check.expected.get("by"), check.period is None), []).append(check)
    for (kpi, by, _), mine in together.items():
        periods = list(dict.fromkeys(check.period for check in mine if check.period))
        found = compute_groups(rows, kpi, periods, by, so_far=case.get("so_far", False), context=context)
        by_place = {(each.period, each.group): each.figure for each in found}
        for check in mine:
            assert by_place[check.period, check.expected.get("group")] == check.figure, (kpi.ref, check.expected)


@cases
def test_goals_and_explanations_give_the_same_figures(case: dict[str, Any], tmp_path: Path) -> None:
    rows, context = snapshots_of(tables_of(case), case, tmp_path), context_of(case, tmp_path)
    checks = [
        (check, check.period)
        for check in checks_of(case)
        if check.period
        and "by" not in check.expected
        and (case.get("so_far") or not _runs(rows, check.kpi, check.period))
    ]
    requests = [
        Request(i, check.kpi.ref, "workspace", None, period.start, period.end, (period.end,))
        for i, (check, period) in enumerate(checks)
    ]
    answers = compute_requests(rows, requests, Org(), {check.kpi.ref: check.kpi for check, _ in checks}, context)
    for i, (check, period) in enumerate(checks):
        answer, value = answers[i], check.figure.value
        assert answer.figure == check.figure, (check.kpi.ref, check.expected)
        assert answer.series == [(period.end, None if value is None else pytest.approx(float(value)))]
        wanted = Wanted(check.kpi, "workspace", None, period.start, period.end, 0, 1000, None)
        behind = rows_behind(rows, wanted, Org(), context)
        assert behind.figure == check.figure, (check.kpi.ref, check.expected)
        _rows_are_those_counted(check.kpi, behind, check.expected)


def _rows_are_those_counted(kpi: Kpi, behind: Behind, expected: Expected) -> None:
    """Where observations are rows, the rows behind the figure are as many."""
    over_rows = not isinstance(kpi.formula, Quotient) or isinstance(kpi.formula.below, Count)
    measured = all(isinstance(leaf, Count | Total) and leaf.on is None for leaf in leaves(kpi))
    if over_rows and measured and behind.single_rows:
        assert len(behind.rows) == behind.included == expected["count"], (kpi.ref, expected)


def _runs(rows: Mapping[str, Snapshot], kpi: Kpi, period: Period) -> bool:
    """Goals compare a running period with as many days of its base, as cases with `so_far` do."""
    through = rows[kpi.tables[0]].complete_through
    return kpi.compares_periods and through is not None and through < period.last_day


@pytest.mark.parametrize("kpi", BUILT_IN.each(), ids=lambda kpi: kpi.ref)
def test_every_kpi_has_a_worked_case_that_names_its_source(kpi: Kpi) -> None:
    sources = [case["source"] for case in CASES if any(check.kpi is kpi for check in checks_of(case))]
    assert sources
    assert all(sources)


def test_no_two_cases_have_one_title() -> None:
    assert len({case["title"] for case in CASES}) == len(CASES)
