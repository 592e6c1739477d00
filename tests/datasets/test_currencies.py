"""Amounts in other currencies: converted at the rate of their day, or left out and counted, never simply added."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.datasets.queries import unconverted, unconverted_told
from apps.datasets.store import Rate, Snapshot
from apps.metrics.engine.cells import Rows
from apps.people.models import Member, Workspace
from apps.people.services import set_rate
from tests.cast import ClientOf
from tests.metrics.tables import deals
from tests.metrics.test_whole_orders import lines, whole

PLAN_2025 = Rate("CHF", date(2025, 1, 1), Decimal("1.05"))
PLAN_2026 = Rate("CHF", date(2026, 1, 1), Decimal("1.10"))


def won(amount: str | None, closed_on: date | None = date(2026, 3, 1), **more: Any) -> dict[str, Any]:
    outcome = "won" if closed_on else "open"
    created = date(2025, 2, 1)
    value = Decimal(amount) if amount else None
    return {"outcome": outcome, "created_on": created, "closed_on": closed_on, "amount": value} | more


def in_usd(snapshot: Snapshot, *rates: Rate) -> Snapshot:
    """The snapshot as a workspace in USD would have it."""
    with duckdb.connect() as con:
        found = con.execute(f"select distinct currency from ({snapshot.rows_sql()})").fetchall()
    codes = tuple(sorted(code for (code,) in found if code))
    return replace(snapshot, currencies=codes, currency="USD", rates=rates)


def amounts(snapshot: Snapshot) -> list[Decimal | None]:
    with duckdb.connect() as con:
        return [
            amount
            for (amount,) in con.execute(f"select amount from ({snapshot.counted_sql()}) order by _line").fetchall()
        ]


def test_amounts_of_a_foreign_currency_count_at_their_rate_and_those_of_the_workspace_as_they_are(
    tmp_path: Path,
) -> None:
    snapshot = in_usd(deals(tmp_path, [won("100", currency="CHF"), won("100", currency="USD"), won("100")]), PLAN_2026)
    assert amounts(snapshot) == [Decimal(110), Decimal(100), Decimal(100)]
    assert unconverted([snapshot]) == {}


def test_the_rate_is_the_one_in_force_on_the_main_date_from_its_first_day_on(tmp_path: Path) -> None:
    days = [date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2031, 7, 1)]
    snapshot = in_usd(deals(tmp_path, [won("100", day, currency="CHF") for day in days]), PLAN_2026, PLAN_2025)
    assert amounts(snapshot) == [Decimal(105), Decimal(105), Decimal(110), Decimal(110)]


def test_an_open_deal_without_a_closing_day_counts_at_the_rate_of_the_last_day_of_the_data(tmp_path: Path) -> None:
    next_year = Rate("CHF", date(2027, 1, 1), Decimal(9))
    rows = [won("100", None, currency="CHF"), won("1", date(2026, 5, 1))]
    assert amounts(in_usd(deals(tmp_path, rows), PLAN_2025, PLAN_2026, next_year))[0] == Decimal(110)


def test_rows_without_a_rate_have_no_amount_and_are_told_by_currency(tmp_path: Path) -> None:
    rows = [
        won("100", currency="CHF"),
        won("100", date(2024, 12, 31), currency="CHF"),  # before the first rate
        won("5", currency="SEK"),
        won("6", currency="SEK"),
        won(None, currency="SEK"),  # nothing is left out of it
        won("7"),
    ]
    snapshot = in_usd(deals(tmp_path, rows), PLAN_2025)
    assert amounts(snapshot) == [Decimal(105), None, None, None, None, Decimal(7)]
    assert unconverted([snapshot]) == {"SEK": 2, "CHF": 1}
    assert unconverted_told([snapshot])[0] == (
        "2 rows in SEK are left out of all amounts: there is no exchange rate for SEK on their days."
    )


def test_the_rates_of_one_currency_convert_no_other(tmp_path: Path) -> None:
    rows = [won("100", currency="CHF"), won("100", currency="SEK")]
    sek = Rate("SEK", date(2026, 2, 1), Decimal("0.1"))
    assert amounts(in_usd(deals(tmp_path, rows), PLAN_2025, PLAN_2026, sek)) == [Decimal(110), Decimal(10)]


def test_rows_without_foreign_currencies_are_read_as_they_are(tmp_path: Path) -> None:
    snapshot = in_usd(deals(tmp_path, [won("100", currency="USD")]), PLAN_2026)
    assert snapshot.counted_sql() == snapshot.rows_sql()


def test_every_row_is_read_once_whatever_rates_there_are(tmp_path: Path) -> None:
    daily = [Rate("CHF", date.fromordinal(date(2026, 1, 1).toordinal() + i), Decimal(i + 1)) for i in range(90)]
    snapshot = in_usd(deals(tmp_path, [won("1", currency="CHF"), won("2", None, currency="CHF")]), *daily)
    # 1 March is the 60th day of the year, and the last day of the data.
    assert amounts(snapshot) == [Decimal(60), Decimal(120)]


@pytest.mark.parametrize(("rates", "total"), [((PLAN_2026,), Decimal(210)), ((), None)])
def test_a_whole_order_is_worth_its_lines_after_conversion_or_nothing(
    tmp_path: Path, rates: tuple[Rate, ...], total: Decimal | None
) -> None:
    day = date(2026, 3, 1)
    snapshot = lines(
        tmp_path,
        {"order": "A", "ordered_on": day, "net": Decimal(100), "currency": "CHF"},
        {"order": "A", "ordered_on": day, "net": Decimal(100), "currency": "USD"},
        {"order": "B", "ordered_on": day, "net": Decimal(7)},
    )
    found = whole(in_usd(snapshot, *rates))
    assert found["A"]["net"] == total
    assert found["B"]["net"] == Decimal(7)


def test_the_engine_reads_the_rows_as_they_count(tmp_path: Path) -> None:
    snapshot = in_usd(deals(tmp_path, [won("100", currency="CHF"), won("100")]), PLAN_2026)
    with Rows([snapshot]) as rows:
        table = rows.table("deals")
        assert rows.fetch(table.aggregate(total=table.amount.sum())).to_pylist() == [{"total": Decimal(210)}]


# --- from a file to what people read ---------------------------------------------------------------------


DEALS = """id,owner,outcome,created_on,closed_on,amount,currency
A,Rita Evans,won,2026-01-05,2026-02-01,100,CHF
B,Rita Evans,won,2026-01-05,2026-02-02,100,USD
C,Rita Evans,won,2026-01-05,2026-02-03,50,
"""


@pytest.fixture
def imported(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace in USD with a deal in CHF, and no rate."""
    file = tmp_path / "deals.csv"
    file.write_text(DEALS)
    call_command("import_data", "deals", str(file), workspace=workspace.slug, stdout=StringIO())
    return workspace


def computed(workspace: Workspace, kpi: str = "revenue") -> tuple[dict[str, Any], str]:
    out, err = StringIO(), StringIO()
    call_command("compute", kpi, workspace=workspace.slug, variant="deals", json=True, stdout=out, stderr=err)
    (figure,) = json.loads(out.getvalue())
    return figure, err.getvalue()


def test_a_foreign_amount_is_left_out_and_said_until_there_is_a_rate(imported: Workspace) -> None:
    figure, said = computed(imported)
    assert figure["value"] == 150
    assert "1 row in CHF is left out of all amounts: there is no exchange rate for CHF on its day." in said
    set_rate(workspace=imported, by=None, currency="CHF", valid_from=date(2026, 1, 1), rate=Decimal("1.1"))
    figure, said = computed(imported)
    assert (figure["value"], said) == (260, "")


def test_a_kpi_without_money_says_nothing_of_currencies(imported: Workspace) -> None:
    out, err = StringIO(), StringIO()
    call_command("compute", "win_rate", workspace=imported.slug, json=True, stdout=out, stderr=err)
    assert err.getvalue() == ""


def test_the_page_of_a_kpi_says_what_is_left_out_and_leads_an_admin_to_the_rates(
    imported: Workspace, admin: Member, leader: Member, client_of: ClientOf
) -> None:
    url = reverse("pages:kpi", args=[imported.slug, "revenue"]) + "?grain=quarter"
    rates = reverse("pages:rates", args=[imported.slug])
    shown = client_of(admin).get(url).content.decode()
    assert "1 row in CHF is left out" in shown
    assert rates in shown
    shown = client_of(leader).get(url).content.decode()
    assert "1 row in CHF is left out" in shown
    assert rates not in shown


def test_the_settings_say_which_rates_are_missing(imported: Workspace, admin: Member, client_of: ClientOf) -> None:
    assert (
        "1 row in CHF is left out"
        in client_of(admin).get(reverse("pages:rates", args=[imported.slug])).content.decode()
    )
