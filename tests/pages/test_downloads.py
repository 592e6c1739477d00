"""Tables as files: typed, complete, harmless, and never more than the page shows."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from apps.pages import workbook
from apps.pages.downloads import FORMULA_STARTS, Column, Typed, harmless
from apps.pages.workbook import number_format, write_workbook
from apps.people.models import Member, Team
from apps.people.services import set_rate
from tests.cast import ClientOf
from tests.pages.conftest import MakeGoal

RISKY = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "＝1+1"]
BERLIN = ZoneInfo("Europe/Berlin")


def bytes_of(client: Client, path: str) -> bytes:
    response = client.get(path)
    assert response.status_code == 200, response.content[:300]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def csv_of(client: Client, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(bytes_of(client, path).decode("utf-8-sig"))))


def book_of(client: Client, path: str) -> Workbook:
    return load_workbook(io.BytesIO(bytes_of(client, path)))


def cells_of(book: Workbook) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def about_of(book: Workbook) -> dict[str, str]:
    return {str(name.value): str(value.value) for name, value in book["About"].iter_rows()}


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def written(folder: Path, columns: list[Column], rows: Any, **more: Any) -> Workbook:
    path = folder / "table.xlsx"
    about = {"What": "a test"}
    write_workbook(path, title="Deals", columns=columns, rows=rows, about=about, zone=BERLIN, **more)
    return load_workbook(path)


# --- the workbook ----------------------------------------------------------------------------------------------------


def test_a_cell_is_a_number_a_day_or_a_text_as_it_was(tmp_path: Path) -> None:
    columns = [Column("Win rate", "percent"), Column("Amount", "money", "EUR"), Column("Rows", "count"),
               Column("Closed"), Column("Seen"), Column("Id"), Column("Won")]  # fmt: skip
    moment = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    row = [Fraction(1, 8), Decimal("1234.50"), 7, date(2026, 3, 31), moment, "007", True]
    sheet = written(tmp_path, columns, [row]).worksheets[0]
    rate, amount, rows, closed, seen, number, won = next(sheet.iter_rows(min_row=2))
    assert (rate.value, rate.number_format) == (0.125, r"0.0\ %")
    assert (amount.value, amount.number_format) == (1234.5, '"EUR" #,##0.00')
    assert (rows.value, rows.number_format) == (7, "#,##0")
    assert (closed.value, closed.number_format) == (midnight(date(2026, 3, 31)), "yyyy-mm-dd")
    assert seen.value == datetime.combine(date(2026, 4, 1), time(0, 30))  # in the time of the workspace
    assert (number.value, number.data_type) == ("007", "s")
    assert won.value == "yes"


def test_money_has_the_decimals_of_its_currency() -> None:
    assert number_format("money", "JPY") == '"JPY" #,##0'
    assert number_format("money", "KWD") == '"KWD" #,##0.000'
    assert number_format("money") == "#,##0.00"
    assert number_format("money", '"; evil') == "#,##0.00"


def test_a_cell_can_be_of_another_kind_than_its_column(tmp_path: Path) -> None:
    sheet = written(tmp_path, [Column("Actual", "number")], [[Typed(Decimal("0.5"), "percent")], [3]]).worksheets[0]
    assert sheet["A2"].number_format == r"0.0\ %"
    assert sheet["A3"].value == 3


def test_what_excel_cannot_hold_as_a_number_or_day_is_text(tmp_path: Path) -> None:
    rows = [[12345678901234567], [Decimal("NaN")], [float("inf")], [date(1850, 1, 1)], ["x" * 40_000]]
    sheet = written(tmp_path, [Column("Any", "number")], rows).worksheets[0]
    found = [sheet.cell(row, 1).value for row in range(2, 7)]
    assert found[:4] == ["12345678901234567", "NaN", "inf", "1850-01-01"]
    assert len(str(found[4])) == workbook.MOST_CHARACTERS


def test_the_header_stays_and_filters_and_columns_are_wide_enough(tmp_path: Path) -> None:
    sheet = written(tmp_path, [Column("Id"), Column("Title")], [["1", "A title of thirty-one characters"]]).worksheets[
        0
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B2"
    assert sheet.column_dimensions["B"].width > 31
    assert sheet["A1"].font.bold


@pytest.mark.parametrize("text", RISKY)
def test_no_text_is_run_as_a_formula_in_either_format(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path, [Column(text)], [[text]]).worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert str(cell.value).replace("_x000D_", "").strip() == text.strip()  # a CR is written as Excel wants it
    assert str(harmless(text)).startswith("'")
    assert text.startswith(FORMULA_STARTS)


def test_numbers_stay_numbers_in_a_csv() -> None:
    assert harmless("-5.5") == "-5.5"
    assert harmless(Decimal(-5)) == Decimal(-5)


def test_an_address_in_a_cell_is_text_and_no_link(tmp_path: Path) -> None:
    sheet = written(tmp_path, [Column("Note")], [["https://evil.example/?leak"]]).worksheets[0]
    assert sheet["A2"].hyperlink is None


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 10)
    book = written(tmp_path, [Column("Id", "number")], ([number] for number in range(25)))
    assert book.sheetnames == ["Deals", "Deals (2)", "Deals (3)", "About"]
    assert [cell.value for cell in book["Deals (3)"]["A"]] == ["Id", 20, 21, 22, 23, 24]
    assert about_of(book)["Rows"] == "25"


def test_a_table_without_rows_has_its_header(tmp_path: Path) -> None:
    assert cells_of(written(tmp_path, [Column("Id"), Column("Name")], [])) == [["Id", "Name"]]


@pytest.mark.parametrize("title", ["About", "history", "A/B: [x]?*", "x" * 50, "''", ""])
def test_any_title_makes_a_name_that_excel_takes_for_a_sheet(tmp_path: Path, title: str) -> None:
    path = tmp_path / "t.xlsx"
    write_workbook(path, title=title, columns=[Column("Id")], rows=[], about={}, zone=UTC)
    first, about = load_workbook(path).sheetnames
    assert 0 < len(first) <= 31
    assert about == "About"


def test_progress_is_told_and_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak_of(rows: int) -> int:
        told.clear()
        tracemalloc.start()
        some = (["x" * 50, number, Decimal(number)] for number in range(rows))
        columns = [Column("Name"), Column("Id", "number"), Column("Amount", "money", "EUR")]
        path = tmp_path / "t.xlsx"
        write_workbook(path, title="T", columns=columns, rows=some, about={}, zone=UTC, progress=told.append)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    told: list[int] = []
    few = peak_of(1_000)
    many = peak_of(8_000)
    assert told == [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 8000]
    assert many < few * 2


# --- the pages -------------------------------------------------------------------------------------------------------


def test_the_board_comes_whole_with_its_filters(client_of: ClientOf, leader: Member, make_goal: MakeGoal) -> None:
    for number in range(60):  # more than a page
        make_goal(title=f"Goal {number}", ends_on=date(2026, 1, 1) + timedelta(days=number))
    make_goal(title="=1+1 other", kpi="win_rate:deals", target=Decimal("0.5"))
    client = client_of(leader)
    rows = cells_of(book_of(client, "/w/acme/goals/?q=Goal&format=xlsx&page=2"))
    assert len(rows) == 61
    assert rows[0][:3] == ["Goal", "Status", "KPI"]
    lines = csv_of(client, "/w/acme/goals/?format=csv")
    assert len(lines) == 62
    assert [line[0] for line in lines if "other" in line[0]] == ["'=1+1 other"]


def test_the_board_in_excel_has_types_and_says_what_it_is(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    make_goal(title="Revenue of the quarter")
    make_goal(title="Win rate", kpi="win_rate:deals", target=Decimal("0.5"))
    with_deals()
    book = book_of(client_of(leader), "/w/acme/goals/?format=xlsx")
    sheet = book.worksheets[0]
    named = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    place = [cell.value for cell in sheet[1]].index("Actual")
    revenue, rate = named["Revenue of the quarter"][place], named["Win rate"][place]
    assert (revenue.value, revenue.number_format) == (47000.5, '"USD" #,##0.00')
    assert rate.number_format == r"0.0\ %"
    assert named["Win rate"][6].value == midnight(date(2025, 10, 1))
    said = about_of(book)
    assert said["Workspace"] == "Acme"
    assert said["Taken by"] == "Lena Cole"
    assert "14 Nov 2025" in said["Taken on"]


def test_a_member_takes_no_goal_along_that_the_board_does_not_show(
    client_of: ClientOf, rep: Member, other_rep: Member, make_goal: MakeGoal
) -> None:
    make_goal(person=rep, owner=rep, title="Mine")
    make_goal(person=other_rep, owner=other_rep, title="Theirs")
    client = client_of(rep)
    page = client.get("/w/acme/goals/").content.decode()
    titles = {line[0] for line in csv_of(client, "/w/acme/goals/?format=csv")[1:]}
    assert "Mine" in titles
    assert ("Theirs" in titles) == ("Theirs" in page)
    assert {row[0] for row in cells_of(book_of(client, "/w/acme/goals/?format=xlsx"))[1:]} == titles


def test_the_course_of_a_goal_has_day_actual_expected_and_target(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal(title="Revenue")
    with_deals()
    book = book_of(client_of(leader), f"/w/acme/goals/{goal.pk}/?format=xlsx")
    rows = cells_of(book)
    assert rows[0] == ["To the end of", "Actual", "Expected", "Target"]
    assert all(isinstance(row[0], datetime) and row[3] == 92_000 for row in rows[1:])
    assert [row[1] for row in rows[1:] if row[1] is not None][-1] == 47000.5
    said = about_of(book)
    assert "version" in said["Definition"]
    assert said["Period"] == "Q4 2025"


def test_the_rows_behind_a_goal_can_be_taken_with_their_reasons(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    client = client_of(leader)
    rows = cells_of(book_of(client, f"/w/acme/goals/{goal.pk}/rows/?format=xlsx"))
    amount = rows[0].index("amount")
    assert sorted(row[amount] for row in rows[1:]) == [5000, 12000.5, 30000]
    assert isinstance(rows[1][rows[0].index("closed_on")], datetime)
    everything = cells_of(book_of(client, f"/w/acme/goals/{goal.pk}/rows/?format=xlsx&all=1"))
    assert [row[everything[0].index("counts")] for row in everything[1:]].count("no") == 2


def test_the_values_of_a_kpi_come_as_one_row_for_each_group_and_period(
    client_of: ClientOf, leader: Member, with_deals: Callable[[], None]
) -> None:
    book = book_of(client_of(leader), "/w/acme/kpis/win_rate/?grain=quarter&by=owner&format=xlsx")
    rows = cells_of(book)
    assert rows[0] == ["Owner", "Period", "First day", "Last day", "Win rate", "Above the line", "Below the line",
                       "Rows", "Why there is none"]  # fmt: skip
    rita = next(row for row in rows if row[:2] == ["Rita Evans", "2025-Q4"])
    assert rita[4:8] == [0.5, 1, 2, 2]


def test_a_member_takes_no_group_along_that_the_page_withholds(
    client_of: ClientOf, rep: Member, with_deals: Callable[[], None]
) -> None:
    client = client_of(rep)
    for format in ("csv", "xlsx"):
        path = f"/w/acme/kpis/win_rate/?grain=quarter&by=owner&format={format}"
        rows = csv_of(client, path) if format == "csv" else cells_of(book_of(client, path))
        assert {row[0] for row in rows[1:]} == {"Rita Evans"}
        path = f"/w/acme/kpis/win_rate/rows/?period=2025-Q4&format={format}"
        rows = csv_of(client, path) if format == "csv" else cells_of(book_of(client, path))
        assert {row[rows[0].index("owner")] for row in rows[1:]} == {"Rita Evans", "(withheld)"}


PAGES = [
    ("goals/", "Goal"), ("kpis/", "KPI"), ("kpis/win_rate/?grain=month", "Period"),
    ("kpis/win_rate/rows/", "id"), ("imports/", "Import"), ("imports/?of=coverage", "Table"), ("people/", "Name"),
    ("teams/", "Name"), ("history/", "When"), ("sources/", "Name"), ("settings/rates/", "Currency"),
    ("kpis/win_rate/change/trend/", "Period"), ("kpis/revenue/change/contribution/?by=owner", "Owner"),
    ("kpis/win_rate/change/funnel/", "From"), ("kpis/win_rate/change/lost/", "Reason"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "first"), PAGES)
def test_every_table_can_be_taken_along_in_both_formats(
    client_of: ClientOf, admin: Member, north: Team, with_deals: Callable[[], None], table: str, first: str
) -> None:
    set_rate(workspace=admin.workspace, by=admin, currency="EUR", valid_from=date(2025, 1, 1), rate=Decimal("1.1"))
    client = client_of(admin)
    address = f"/w/acme/{table}{'&' if '?' in table else '?'}format="
    if "lost" in table:  # no deal says why it was lost: the page says so, and there is no table
        assert "attachment" not in client.get(f"{address}csv").headers.get("Content-Disposition", "")
        return
    lines, book = csv_of(client, f"{address}csv"), book_of(client, f"{address}xlsx")
    rows = cells_of(book)
    assert lines[0][0] == rows[0][0] == first
    assert len(lines) == len(rows)
    assert len(rows) > 1 or table in ("goals/", "sources/")
    assert book.sheetnames[-1] == "About"


@pytest.mark.parametrize(("table", "first"), PAGES)
def test_a_page_offers_what_it_gives(
    client_of: ClientOf, admin: Member, make_goal: MakeGoal, with_deals: Callable[[], None], table: str, first: str
) -> None:
    if table in ("sources/", "settings/rates/") or "lost" in table:  # empty here
        return
    make_goal()
    content = client_of(admin).get(f"/w/acme/{table}").content.decode()
    path = table.split("?")[0]
    assert f"/w/acme/{path}?" in content or 'href="?' in content
    assert "format=xlsx" in content


def test_a_file_costs_as_many_queries_for_many_goals_as_for_one(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    client = client_of(leader)
    make_goal()
    one = queries_of_file(client)
    for day in range(2, 11):
        make_goal(ends_on=date(2026, 1, day))
    assert queries_of_file(client) == one


def queries_of_file(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        bytes_of(client, "/w/acme/goals/?format=xlsx")
    return len(queries)


def test_the_problems_of_an_import_can_be_taken_and_the_rejected_rows_as_excel(
    client_of: ClientOf, manager: Member, with_deals: Callable[[], None], tmp_path: Path
) -> None:
    from apps.datasets.services import receive_file, run_import

    path = tmp_path / "bad.csv"
    path.write_text("id,owner,outcome,amount\n1,=1+1,won,5\n2,=HYPERLINK(1),won,not a number\n3,Rita,perhaps,5\n")
    batch = receive_file(
        workspace=manager.workspace, table="deals", source=path, file_name="bad.csv", mapping=None, by=manager
    )
    run_import(import_id=batch.pk, today=date(2025, 11, 14))
    client = client_of(manager)
    rows = cells_of(book_of(client, f"/w/acme/imports/{batch.pk}/?format=xlsx"))
    assert rows[0][:2] == ["Line", "Column"]
    assert 3 in [row[0] for row in rows]
    rejected = book_of(client, f"/w/acme/imports/{batch.pk}/rejects.csv?format=xlsx").worksheets[0]
    texts = {cell.value: cell.data_type for row in rejected.iter_rows() for cell in row}
    assert texts["=HYPERLINK(1)"] == "s"
    assert "'=HYPERLINK(1)" in str(csv_of(client, f"/w/acme/imports/{batch.pk}/rejects.csv"))


def test_a_word_that_is_no_format_shows_the_page(client_of: ClientOf, leader: Member, make_goal: MakeGoal) -> None:
    assert "text/html" in client_of(leader).get("/w/acme/goals/?format=exe").headers["Content-Type"]


def test_files_have_the_door_of_their_page(client_of: ClientOf, rep: Member, outsider: Member) -> None:
    assert client_of(rep).get("/w/acme/imports/?format=xlsx").status_code == 403
    assert client_of(rep).get("/w/acme/history/?format=csv").status_code == 403
    assert client_of(outsider).get("/w/acme/goals/?format=xlsx").status_code == 404
    assert Client().get("/w/acme/goals/?format=xlsx").status_code == 302
