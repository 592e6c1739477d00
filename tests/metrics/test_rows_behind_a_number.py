"""From a number to its rows: which count, from which line of which file, and why the others do not."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine.behind import Wanted
from apps.metrics.queries import Explanation, explain, explained_rows
from apps.people.models import Member, Team, Workspace

pytestmark = pytest.mark.django_db

DEALS = """id,owner,created_on,closed_on,outcome,amount
D1,Rita Evans,2024-01-02,2024-01-31,won,100
D2,Rita Evans,2024-01-02,2024-02-10,won,50
D3,Rita Evans,2024-01-05,2024-05-20,won,80
D4,Rita Evans,2024-01-05,2024-02-20,lost,70
D5,Rita Evans,2024-01-05,2024-02-01,void,999
D6,Rita Evans,2024-01-05,,open,5
D7,Omar Faye,2024-01-05,2024-02-01,won,1000
"""
LEDGER = """id,posted_on,account_class,amount
L1,2024-01-10,sales,500
L2,2024-02-10,marketing,400
L3,2024-02-11,opex,70
L4,2024-05-11,sales,100
"""
CUSTOMERS = """id,name,first_paid_on
C1,One,2024-01-10
C2,Two,2024-03-10
C3,Three,2024-05-10
C4,Four,
"""
ORDERS = """id,order,customer,ordered_on,net
1,O1,Ann,2024-01-10,10
2,O1,Ann,2024-01-10,20
3,O2,Ann,2024-02-10,10
4,O3,Bob,2024-02-10,10
5,O4,Bob,2024-06-10,10
"""
YEAR_START = {"start": date(2024, 1, 1), "end": date(2024, 4, 1)}


@pytest.fixture
def deals(workspace: Workspace, rep: Member, other_rep: Member, tmp_path: Path, settings: Any) -> Workspace:
    put(workspace, tmp_path, settings, DEALS)
    return workspace


def put(workspace: Workspace, tmp_path: Path, settings: Any, rows: str, table: str = "deals") -> None:
    settings.DATA_DIR = tmp_path / "data"
    path = tmp_path / f"{table}.csv"
    path.write_text(rows)
    call_command("import_data", table, path, workspace=workspace.slug, stdout=io.StringIO())


def behind(
    workspace: Workspace, kpi: str, scope: Any = "workspace", scope_id: int | None = None, **more: Any
) -> Explanation:
    return explain(workspace=workspace, kpi=kpi, scope=scope, scope_id=scope_id, **{**YEAR_START, **more})


def test_every_row_that_counts_names_its_import_file_and_line(deals: Workspace, rep: Member) -> None:
    found = behind(deals, "revenue", "person", rep.pk)
    assert found.figure.value == 150
    assert [(row["id"], row["line"], row["file_name"]) for row in found.rows] == [
        ("D2", 3, "deals.csv"),
        ("D1", 2, "deals.csv"),
    ]
    assert {row["import_id"] for row in found.rows} == {Import.objects.get().pk}
    assert found.rows[0].keys() >= set(found.columns)
    assert set(found.columns) == {"id", "owner", "created_on", "closed_on", "outcome", "amount"}


def test_every_row_that_does_not_count_has_one_reason(deals: Workspace, rep: Member) -> None:
    assert dict(behind(deals, "revenue", "person", rep.pk).excluded) == {
        "belongs to somebody else": 1,
        "void": 1,
        "not won: outcome is lost": 1,
        "not won: outcome is open": 1,
        "closed outside the period": 1,
    }
    assert dict(behind(deals, "pipeline_value", "person", rep.pk).excluded) == {
        "belongs to somebody else": 1,
        "void": 1,
        "closed before the end of the period": 3,
    }
    assert dict(behind(deals, "win_rate").excluded) == {
        "void": 1,
        "not won or lost: outcome is open": 1,
        "closed outside the period": 1,
    }


def test_rows_of_another_team_are_told_apart(deals: Workspace, north: Team, sales: Team) -> None:
    assert dict(behind(deals, "revenue", "team", north.pk).excluded)["belongs to another team"] == 1
    assert behind(deals, "revenue", "team", sales.pk).included == 3


def test_rows_of_the_base_are_told_apart(deals: Workspace) -> None:
    found = behind(deals, "sales_growth", start=date(2024, 2, 1), end=date(2024, 3, 1))
    assert found.figure.value == 1050 / 100 - 1
    assert ("closed in the period it is compared with", 1) in found.excluded


def test_rows_of_nobody_in_the_workspace_are_told_apart_from_those_of_somebody_else(
    workspace: Workspace, rep: Member, other_rep: Member, tmp_path: Path, settings: Any
) -> None:
    put(workspace, tmp_path, settings, DEALS + "D8,Somebody Gone,2024-01-05,2024-02-01,won,3\n")
    reasons = dict(behind(workspace, "revenue", "person", rep.pk).excluded)
    assert reasons["owner is nobody in this workspace"] == 1
    assert reasons["belongs to somebody else"] == 1


def test_the_rows_of_one_reason_can_be_listed_page_by_page(deals: Workspace) -> None:
    found = behind(deals, "win_rate", reason="closed outside the period")
    assert [(row["id"], row["line"]) for row in found.rows] == [("D3", 4)]
    assert (found.listed, found.included, found.page, found.pages) == (1, 4, 1, 1)
    everybody = dict(found.excluded)
    assert everybody == {"void": 1, "not won or lost: outcome is open": 1, "closed outside the period": 1}
    for reason, count in everybody.items():
        assert len(behind(deals, "win_rate", reason=reason).rows) == count
    with pytest.raises(Refusal, match="left out because"):
        behind(deals, "win_rate", reason="nonsense")


def test_a_shared_row_counts_by_its_share_and_shows_it(
    workspace: Workspace, rep: Member, other_rep: Member, tmp_path: Path, settings: Any
) -> None:
    split = DEALS.replace("D7,Omar Faye,", "D7,Omar Faye 60%; Rita Evans 40%,")
    put(workspace, tmp_path, settings, split)
    found = behind(workspace, "revenue", "person", rep.pk, sort="-amount")
    assert found.figure.value == 550  # 150 of her own and 40 % of 1,000
    assert [(row["id"], row["_share"]) for row in found.rows] == [("D7", Decimal("0.4")), ("D1", 1), ("D2", 1)]
    assert behind(workspace, "revenue", "person", other_rep.pk).figure.value == 600


def test_each_table_of_a_figure_has_a_section_of_its_own(workspace: Workspace, tmp_path: Path, settings: Any) -> None:
    put(workspace, tmp_path, settings, LEDGER, "ledger")
    put(workspace, tmp_path, settings, CUSTOMERS, "customers")
    found = behind(workspace, "customer_acquisition_cost:customers")
    assert str(found.equation).startswith(
        "Customer acquisition cost = 900 amount of sales and marketing postings ÷ 2 new customers = "
    )
    sections = {table.name: (table.included, dict(table.excluded)) for table in found.tables}
    assert sections == {
        "ledger": (2, {"posted outside the period": 1, "not sales and marketing: account class is opex": 1}),
        "customers": (2, {"first paid outside the period": 1, "not new": 1}),
    }
    rows = {table: behind(workspace, "customer_acquisition_cost:customers", table=table).rows for table in sections}
    assert [[row["id"] for row in listed] for listed in rows.values()] == [["L2", "L1"], ["C2", "C1"]]
    with pytest.raises(Refusal, match="does not read"):
        behind(workspace, "customer_acquisition_cost:customers", table="deals")


def test_of_things_with_several_rows_only_those_that_count_bring_their_rows(
    workspace: Workspace, tmp_path: Path, settings: Any
) -> None:
    put(workspace, tmp_path, settings, ORDERS, "orders")
    found = behind(workspace, "repeat_purchase_rate:orders")
    assert (found.figure.numerator, found.figure.denominator) == (1, 2)
    assert [(row["order"], row["_role"]) for row in sorted(found.rows, key=lambda row: str(row["order"]))] == [
        ("O1", "both"),
        ("O2", "both"),
        ("O3", "below"),
    ]
    assert dict(found.excluded) == {"ordered outside the period": 1}


def test_the_formula_is_written_with_its_numbers_and_nested_kpis_are_named(deals: Workspace) -> None:
    assert str(behind(deals, "win_rate").equation) == "Win rate = 3 won deals ÷ 4 won or lost deals = 75 %"
    velocity = behind(deals, "sales_velocity").equation
    assert [(piece.text, piece.ref) for piece in velocity.pieces if piece.ref] == [
        ("75 %", "win_rate:deals"),
        ("383", "average_deal_size:deals"),
        ("31.7 days", "sales_cycle_length:deals"),
    ]
    growth = behind(deals, "sales_growth", start=date(2024, 2, 1), end=date(2024, 3, 1)).equation
    assert "(1,050 revenue − 100 revenue of the previous period) ÷ 100 revenue" in str(growth)


def test_a_mean_tells_how_its_rows_are_spread_and_a_share_how_sure_it_is(deals: Workspace) -> None:
    assert behind(deals, "sales_cycle_length").spread == pytest.approx((29, 37))  # of 27, 29 and 39 days
    interval = behind(deals, "win_rate").interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)  # Wilson, 3 of 4


def test_every_row_comes_as_a_stream_those_that_count_first(deals: Workspace) -> None:
    wanted = Wanted(get_kpi("win_rate"), "workspace", None, date(2024, 1, 1), date(2024, 4, 1), 0, 1, None)
    rows = list(explained_rows(workspace=deals, wanted=wanted, excluded=True))
    assert [row["id"] for row, why in rows if not why] == ["D4", "D2", "D7", "D1"]
    assert {row["id"]: why for row, why in rows if why} == {
        "D3": "closed outside the period",
        "D5": "void",
        "D6": "not won or lost: outcome is open",
    }
    assert all(not why for _, why in rows[:4])
    assert [row["line"] for row, _ in rows if row["id"] == "D5"] == [6]


def test_pages_follow_each_other_and_one_beyond_the_last_is_the_last(deals: Workspace) -> None:
    pages = [behind(deals, "revenue", size=2, page=page, sort="amount") for page in (1, 2, 9)]
    assert [[row["id"] for row in page.rows] for page in pages] == [["D2", "D1"], ["D7"], ["D7"]]
    assert [(page.page, page.pages, page.included) for page in pages] == [(1, 2, 3), (2, 2, 3), (2, 2, 3)]


def test_rows_sort_both_ways_by_any_column(deals: Workspace) -> None:
    assert [row["id"] for row in behind(deals, "revenue", sort="-amount").rows] == ["D7", "D1", "D2"]
    assert [row["id"] for row in behind(deals, "revenue", sort="id").rows] == ["D1", "D2", "D7"]


@pytest.mark.parametrize("sort", ["nonsense", "amount desc", 'id"; drop table live; --', "-", "_batch"])
def test_nothing_but_a_column_can_be_sorted_by(deals: Workspace, sort: str) -> None:
    with pytest.raises(Refusal, match="cannot be sorted"):
        behind(deals, "revenue", sort=sort)


def test_a_corrected_row_is_shown_as_it_is_now_and_with_the_file_that_corrected_it(
    deals: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "corrected.csv"
    path.write_text(DEALS.splitlines()[0] + "\nD7,Omar Faye,2024-01-05,2024-02-01,won,1\n")
    call_command("import_data", "deals", path, workspace=deals.slug, stdout=io.StringIO())
    found = behind(deals, "revenue", sort="amount")
    first = found.rows[0]
    assert (first["id"], first["file_name"], first["line"]) == ("D7", "corrected.csv", 2)
    assert found.figure.value == 151
