"""Levels over days and with due dates, lengths, stocktakes, given numbers, shares of a whole: against plain Python."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.common.periods import custom_period, parse_period
from apps.metrics.catalogue import get_kpi
from apps.metrics.catalogue.formulas import (
    Change,
    Given,
    Length,
    MeanLevel,
    Measured,
    Overall,
    Stocktake,
    ThenKnown,
    count,
    level,
    total,
    year_before,
)
from apps.metrics.catalogue.rows import RowsOf, every
from apps.metrics.engine import Context, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.alone import months_between
from apps.metrics.engine.behind import Wanted, rows_behind
from apps.metrics.engine.windows import Window, base_of, base_to_date
from tests.metrics.tables import snapshot
from tests.metrics.test_entities import (
    FIRST,
    SCOPES,
    a_deal,
    an_org,
    few,
    kpi_of,
    of_scope,
    some_deals,
    windows,
)

deals, inventory, leads = RowsOf("deals"), RowsOf("inventory"), RowsOf("leads")
UNTIL = deals.closed_on.when((deals.outcome == "won") | (deals.outcome == "lost"))
THERE = level(deals.amount, since=deals.created_on, until=UNTIL, where=every(deals))
DUE = replace(THERE, due=deals.expected_close_on)
MEAN = {"mean": kpi_of("mean", MeanLevel(THERE)), "due": kpi_of("due", DUE), "due_at_start": kpi_of("d", DUE.at_start)}
LAST = FIRST + timedelta(days=70)


def is_there(row: dict[str, Any], day: date) -> bool:
    return row["created_on"] <= day and (row["closed_on"] is None or row["closed_on"] > day)


def by_hand(key: str, rows: list[dict[str, Any]], scope: Any, org: Org, start: date, end: date) -> Decimal | None:
    known = min(end, LAST + timedelta(days=1))
    if key == "mean":
        days = [start + timedelta(days=n) for n in range((known - start).days)]
        amounts = [
            row["amount"] for day in days for row in rows if is_there(row, day) and of_scope(row, *scope, org, day)
        ]
        return sum(amounts, Decimal(0)) / len(days) if days else None
    evening = (start if key == "due_at_start" else known) - timedelta(days=1)
    return sum(
        (
            row["amount"]
            for row in rows
            if is_there(row, evening)
            and of_scope(row, *scope, org, evening)
            and (row["expected_close_on"] is None or start <= row["expected_close_on"] < end)
        ),
        Decimal(0),
    )


@st.composite
def a_due_deal(draw: st.DrawFn) -> dict[str, Any]:
    due = draw(st.none() | st.integers(-20, 120))
    return draw(a_deal()) | {"expected_close_on": due and FIRST + timedelta(days=due)}


@few
@given(rows=st.lists(a_due_deal(), min_size=1, max_size=15), org=an_org(), window=windows)
def test_mean_levels_and_levels_due_equal_counting_day_by_day(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], org: Org, window: tuple[date, date]
) -> None:
    start, end = window
    live = {"deals": snapshot("deals", tmp_path_factory.mktemp("levels"), rows, covers=(FIRST, LAST))}
    wanted = [(key, scope) for key in MEAN for scope in SCOPES]
    requests = [Request(i, key, *scope, start, end, (end,)) for i, (key, scope) in enumerate(wanted)]
    answers = compute_requests(live, requests, org, MEAN)
    for i, (key, scope) in enumerate(wanted):
        found = answers[i].figure
        expected = by_hand(key, rows, scope, org, start, end) if start <= LAST else None
        assert (found.value is None) == (expected is None), (key, scope, found)
        assert expected is None or abs((found.value or 0) - expected) < Decimal("1e-9"), (key, scope)
    for key, kpi in MEAN.items():
        teams = {
            each.group: each.figure.value for each in compute_groups(live, kpi, [custom_period(*window)], "team", org)
        }
        for team, name in ((10, "North"), (20, "South")):
            expected = by_hand(key, rows, ("team", team), org, start, end) if start <= LAST else None
            assert abs((teams.get(name) or 0) - (expected or 0)) < Decimal("1e-9"), (key, name)


@few
@given(rows=some_deals, cut=st.integers(1, 60))
def test_shares_of_a_whole_add_up_to_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], cut: int
) -> None:
    live = {"deals": snapshot("deals", tmp_path_factory.mktemp("shares"), rows)}
    lost = count(deals.outcome == "lost")
    kpi = kpi_of("share", lost / Overall(lost, deals.region))
    found = compute_groups(live, kpi, [], "region")
    many = sum(row["outcome"] == "lost" for row in rows)
    assert sum(each.figure.numerator or 0 for each in found if each.figure.value is not None) == many
    assert all(each.figure.denominator == many for each in found)


def leads_over(folder: Path, days: int, many: int) -> dict[str, Any]:
    start = date(2017, 6, 14)
    rows = [{"created_on": start + timedelta(days=n * (days - 1) // (many - 1))} for n in range(many)]
    return {"leads": snapshot("leads", folder, rows)}


def test_leads_a_day_run_from_the_first_to_the_last_lead(tmp_path: Path) -> None:
    live = leads_over(tmp_path, 352, 704)
    kpi = kpi_of("rate", count(every(leads)) / Length(Measured.DAYS), leads.created_on)
    (found,) = compute_groups(live, kpi, [])
    assert (found.figure.numerator, found.figure.denominator, found.figure.value) == (704, 352, 2)


def test_a_running_period_is_as_long_as_the_data(tmp_path: Path) -> None:
    rows = [{"created_on": date(2024, 1, 1)}, {"created_on": date(2024, 1, 12)}]
    live = {"leads": snapshot("leads", tmp_path, rows)}
    context = Context(WorkingCalendar(holidays=frozenset({date(2024, 1, 1)})))
    for unit, expected in ((Measured.DAYS, 12), (Measured.WORKING_DAYS, 9), (Measured.MONTHS, Decimal(12) / 31)):
        kpi = kpi_of("rate", count(every(leads)) / Length(unit), leads.created_on)
        (found,) = compute_groups(live, kpi, [parse_period("2024-Q1")], context=context)
        assert abs((found.figure.denominator or 0) - expected) < Decimal("1e-20"), unit
        answer = compute_requests(
            live,
            [Request(1, "rate", "workspace", None, date(2024, 1, 1), date(2024, 4, 1))],
            Org(),
            {"rate": kpi},
            context,
        )[1]
        assert answer.figure == found.figure


def test_a_length_goes_as_far_as_the_rows_that_are_divided_by_it(tmp_path: Path) -> None:
    """Stock was last counted on 1 July, the ledger goes on: July's cost of sales is not brought to a year from one day.
    K28: ΣCOGS × 365 ÷ (mean stock × days), 300 × 365 ÷ (100 × 31); of the half year 1200 × 365 ÷ (100 × 184)."""
    counted = [{"counted_on": day, "cost_value": Decimal(100)} for day in (date(2024, 6, 1), date(2024, 7, 1))]
    posted = [("2024-07-15", 300), ("2024-10-20", 900), ("2024-12-31", 0)]
    costs = [{"posted_on": day, "account_class": "cogs", "amount": Decimal(amount)} for day, amount in posted]
    live = {"inventory": snapshot("inventory", tmp_path, counted), "ledger": snapshot("ledger", tmp_path, costs)}
    kpi = get_kpi("inventory_turnover:ledger")
    for label, above, below in (("2024-07", 300, 31), ("2024-07-01..2025-01-01", 1200, 184)):
        period = parse_period(label)
        (found,) = compute_groups(live, kpi, [period])
        assert found.figure.value == pytest.approx(Decimal(above * 365) / (100 * below)), label
        wanted = Request(1, "k", "workspace", None, period.start, period.end)
        assert compute_requests(live, [wanted], Org(), {"k": kpi})[1].figure == found.figure
        shown = Wanted(kpi, "workspace", None, period.start, period.end, 0, 1, None)
        assert rows_behind(live, shown, Org()).figure == found.figure


def test_months_count_whole_calendar_months_as_one() -> None:
    assert months_between(date(2024, 1, 1), date(2024, 4, 1)) == 3
    assert months_between(date(2024, 1, 16), date(2024, 3, 1)) == 1 + Fraction(16, 31)
    assert months_between(date(2024, 2, 1), date(2024, 2, 1)) == 0


def test_stocktakes_of_a_period_include_the_last_before_it(tmp_path: Path) -> None:
    counted = ((date(2023, 12, 31), 100), (date(2024, 1, 31), 50), (date(2024, 1, 31), 10), (date(2024, 2, 29), 30))
    rows = [{"counted_on": day, "product": "A", "cost_value": amount} for day, amount in counted]
    live = {"inventory": snapshot("inventory", tmp_path, rows)}
    kpi = kpi_of("stock", Stocktake(inventory.cost_value, inventory.counted_on), inventory.counted_on)
    labels = ("2023-12", "2024-01", "2024-02")
    found = compute_groups(live, kpi, [parse_period(each) for each in labels])
    assert [each.figure.value for each in found] == [100, 80, 45]
    (answer,) = compute_requests(
        live, [Request(1, "s", "person", 1, date(2024, 1, 1), date(2024, 2, 1))], Org(), {"s": kpi}
    ).values()
    assert answer.figure.reason == "no_owner"


def test_a_given_number_is_the_one_in_force_at_the_end(tmp_path: Path) -> None:
    live = leads_over(tmp_path, 300, 30)
    kpi = kpi_of("penetration", count(every(leads)) / Given("market_size"), leads.created_on)
    context = Context(given={"market_size": ((date(2017, 7, 1), Decimal(100)), (date(2017, 8, 1), Decimal(200)))})
    labels = ("2017-06", "2017-07", "2017-08")
    found = compute_groups(live, kpi, [parse_period(each) for each in labels], context=context)
    assert [each.figure.denominator for each in found] == [None, 100, 200]
    assert found[0].figure.reason == "not_given"


def test_what_was_known_at_the_start_is_read_from_the_rows_of_then(tmp_path: Path) -> None:
    row = {
        "outcome": "open",
        "owner": "Rita Evans",
        "created_on": date(2024, 1, 5),
        "expected_close_on": date(2024, 2, 20),
    }
    then = {"deals": snapshot("deals", tmp_path / "then", [{**row, "amount": 70}])}
    now = {"deals": snapshot("deals", tmp_path / "now", [{**row, "amount": 100}])}
    kpi = kpi_of("forecast", ThenKnown(DUE), deals.created_on)
    february = parse_period("2024-02")
    live = {"deals": replace(now["deals"], complete_through=date(2024, 3, 1))}
    for context, value, reason in ((Context(then=lambda day: then), 70, ""), (Context(), None, "not_then_known")):
        (found,) = compute_groups(live, kpi, [february], context=context)
        assert (found.figure.value, found.figure.reason) == (value, reason)


def test_growth_over_a_year_compares_the_same_days() -> None:
    assert base_of(date(2024, 2, 1), date(2024, 3, 1), year_before) == Window(date(2023, 2, 1), date(2023, 3, 1))
    assert base_of(date(2025, 2, 1), date(2025, 3, 1), year_before) == Window(date(2024, 2, 1), date(2024, 3, 1))
    assert base_of(date(2024, 2, 29), date(2024, 3, 1), year_before) == Window(date(2023, 2, 28), date(2023, 3, 1))
    week = (date(2024, 3, 18), date(2024, 3, 25))
    assert base_of(*week, year_before) == Window(date(2023, 3, 20), date(2023, 3, 27))
    assert base_to_date(*week, date(2024, 3, 20), year_before) == Window(date(2023, 3, 20), date(2023, 3, 22))


def test_a_year_earlier_is_the_base_of_growth(tmp_path: Path) -> None:
    row = {"outcome": "won", "owner": "Rita Evans", "created_on": date(2023, 1, 1)}
    rows = [
        {**row, "closed_on": date(2023, 3, 5), "amount": 100},
        {**row, "closed_on": date(2024, 2, 5), "amount": 900},
        {**row, "closed_on": date(2024, 3, 31), "amount": 150},
    ]
    live = {"deals": snapshot("deals", tmp_path, rows)}
    kpi = kpi_of("growth", Change(total(deals.amount, deals.outcome == "won"), year_before))
    (found,) = compute_groups(live, kpi, [parse_period("2024-03")])
    assert (found.figure.numerator, found.figure.denominator, found.figure.value) == (50, 100, Decimal("0.5"))
