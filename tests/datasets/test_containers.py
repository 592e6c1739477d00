"""Workbooks, archives, Parquet and lines of JSON give the same text as the CSV of the same table."""

import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from apps.common.errors import Refusal
from apps.datasets.reader import Reading, Source, open_source
from tests.datasets.workbooks import Cell, ods, xlsx

HERE = Path(__file__).parent
TABLE: list[list[Cell]] = [
    ["Deal ID", "Closed", "Amount", "Won"],
    ["007", "2026-02-28", 1200.5, True],
    ["008", "", 3, False],
]
AS_TEXT = [(2, ["007", "2026-02-28", "1200.5", "TRUE"]), (3, ["008", "", "3", "FALSE"])]


def opened(folder: Path, content: bytes, given: Reading | None = None) -> Source:
    path = folder / "file"
    path.write_bytes(content)
    return open_source(path, folder, "deals", given)


def test_a_workbook_is_read_like_its_csv(tmp_path: Path) -> None:
    source = opened(tmp_path, xlsx({"Deals": TABLE}))
    assert source.header == ("Deal ID", "Closed", "Amount", "Won")
    assert list(source.rows()) == AS_TEXT
    con = duckdb.connect()
    assert source.load(con) == 2
    assert con.execute("SELECT _line, c0, c2 FROM raw ORDER BY _line").fetchall() == [
        (2, "007", "1200.5"),
        (3, "008", "3"),
    ]


def test_an_open_document_is_read_like_its_csv(tmp_path: Path) -> None:
    assert list(opened(tmp_path, ods({"Deals": TABLE})).rows()) == AS_TEXT


def test_an_old_workbook_shows_dates_as_dates(tmp_path: Path) -> None:
    source = opened(tmp_path, (HERE / "files" / "deals.xls").read_bytes())
    assert source.header == ("Deal ID", "Closed", "Amount")
    assert list(source.rows()) == [(2, ["007", "2026-02-28", "1200.5"]), (3, ["008", "2026-03-01", "3"])]


def test_the_first_sheet_with_a_table_is_taken_and_another_can_be_chosen(tmp_path: Path) -> None:
    other: list[list[Cell]] = [["id", "team"], ["1", "East"]]
    content = xlsx({"Cover": [["Our deals"]], "Deals": TABLE, "Teams": other})
    source = opened(tmp_path, content)
    assert (source.header[0], source.guessed[0].shown) == ("Deal ID", "Deals (of 3)")
    assert opened(tmp_path, content, Reading(sheet="Teams")).header == ("id", "team")
    with pytest.raises(Refusal, match="`deals` has no sheet `Nope`, but `Cover`, `Deals`, `Teams`"):
        opened(tmp_path, content, Reading(sheet="Nope"))


def test_a_cover_of_names_and_values_is_passed_over_and_blank_columns_and_rows_before_the_table_too(
    tmp_path: Path,
) -> None:
    cover: list[list[Cell]] = [["Made by", "Ann"], ["Made on", "2026-03-01"]]
    shifted = [[], [], *([["", "", *row] for row in TABLE])]
    source = opened(tmp_path, xlsx({"Cover": cover, "Deals": shifted}))
    assert source.guessed[0].shown == "Deals (of 2)"
    assert source.header == ("Deal ID", "Closed", "Amount", "Won")
    assert [line for line, _ in source.rows()] == [4, 5]


def test_hidden_sheets_are_read_only_if_there_is_nothing_else_or_somebody_asks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, row in (("Old", "1"), ("Now", "2")):
        sheet = book.create_sheet(name)
        for line in (["id", "sum", "who"], [row, "5", "Ann"], [row, "6", "Bo"]):
            sheet.append(line)
        sheet.sheet_state = "hidden" if name == "Old" else "visible"
    book.save(tmp_path / "book.xlsx")
    assert next(open_source(tmp_path / "book.xlsx", tmp_path).rows())[1][0] == "2"
    assert next(open_source(tmp_path / "book.xlsx", tmp_path, given=Reading(sheet="Old")).rows())[1][0] == "1"


def test_dates_count_from_1904_where_a_workbook_says_so_and_numbers_stored_as_text_stay_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    for line in (["Day", "Number", "Share"], [dt.date(2024, 2, 29), "007", 0.125], [dt.date(2024, 3, 1), "008", 1]):
        sheet.append(line)
    sheet["C2"].number_format = "0.0%"
    book.save(tmp_path / "book.xlsx")
    rows = [cells for _, cells in open_source(tmp_path / "book.xlsx", tmp_path).rows()]
    assert rows == [["2024-02-29", "007", "0.125"], ["2024-03-01", "008", "1"]]


def test_a_large_sheet_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    rows: list[list[Cell]] = [["a", "b", "c"], *([number, "x", 1.5] for number in range(20_000))]
    (tmp_path / "book.xlsx").write_bytes(xlsx({"S": rows}))
    source = open_source(tmp_path / "book.xlsx", tmp_path, progress=lambda *step: told.append(step))
    assert told == [("Reading the sheet", done, 20_001) for done in (0, 5_000, 10_000, 15_000, 20_000, 20_001)]
    assert sum(1 for _ in source.rows()) == 20_000


def test_a_title_is_left_out_and_names_merged_over_columns_belong_to_each(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["Sales 2026", "", "", "", ""], [],
        ["Region", "2025", "", "2026", ""], ["", "Plan", "Actual", "Plan", "Actual"],
        ["East", 10, 12.5, 11, 9], ["West", 7, 8, 9, 10],
    ]  # fmt: skip
    source = opened(tmp_path, xlsx({"S": rows}, merged=("A1:E1", "B3:C3", "D3:E3")))
    assert source.header == ("Region", "2025 Plan", "2025 Actual", "2026 Plan", "2026 Actual")
    assert list(source.rows()) == [(5, ["East", "10", "12.5", "11", "9"]), (6, ["West", "7", "8", "9", "10"])]


def packed(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


CSV = b"id;amount\n1;2,5\n2;3\n"


@pytest.mark.parametrize(
    "content",
    [gzip.compress(CSV), packed(a_csv=CSV), packed(a_csv=CSV, readme_md=b"hello"), gzip.compress(packed(a_csv=CSV)),
     packed(a_gz=gzip.compress(CSV))],
    ids=["gzip", "zip", "zip with another file", "zip in gzip", "gzip in zip"],
)  # fmt: skip
def test_packed_files_are_unpacked(tmp_path: Path, content: bytes) -> None:
    source = opened(tmp_path, content)
    assert source.header == ("id", "amount")
    assert [cells for _, cells in source.rows()] == [["1", "2,5"], ["2", "3"]]


def test_an_archive_of_several_tables_asks_which(tmp_path: Path) -> None:
    content = packed(a_csv=CSV, b_csv=b"x,y\n1,2\n")
    with pytest.raises(Refusal, match=r"holds 2 tables, `a.csv`, `b.csv`: say which"):
        opened(tmp_path, content)
    assert opened(tmp_path, content, Reading(sheet="b.csv")).header == ("x", "y")


def test_lines_of_json_are_rows_and_keep_their_numbers_as_written(tmp_path: Path) -> None:
    source = opened(
        tmp_path, b'{"id": "01", "amount": 1.50, "tags": ["a"]}\n\n{"id": 1e5, "won": true, "amount": null}\n'
    )
    assert source.header == ("id", "amount", "tags", "won")
    assert [cells for _, cells in source.rows()] == [["01", "1.50", '["a"]', ""], ["1e5", "", "", "true"]]


def test_parquet_is_read_as_text(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    duckdb.execute(
        f"COPY (SELECT '007' AS id, DATE '2026-02-28' AS closed, 1.50::DECIMAL(9,2) AS amount, NULL AS x) TO '{file}'"
    )
    source = open_source(file, tmp_path)
    assert source.header == ("id", "closed", "amount", "x")
    assert [cells for _, cells in source.rows()] == [["007", "2026-02-28", "1.50", ""]]


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", gzip.compress(CSV)[:-6], b"PAR1" + bytes(50), packed(a_md=b"x")],
    ids=["zip", "old workbook", "gzip", "Parquet", "zip without a table"],
)
def test_what_is_damaged_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refusal, match=r"^`deals` .*(damaged|cut off|without a table)"):
        opened(tmp_path, content)


def test_what_was_guessed_is_told_and_can_be_overruled(tmp_path: Path) -> None:
    content = "Bericht\n\nid;größe\n1;2,5\n2;3,5\n".encode("cp1252")
    source = opened(tmp_path, content)
    told = {guess.part: guess.shown for guess in source.guessed}
    assert told == {"delimiter": "semicolon", "quote": '"', "encoding": "Windows-1252", "header": "line 3"}
    source = opened(tmp_path, content, Reading(delimiter=",", encoding="cp1251", header=0))
    assert source.guessed[0].shown == "comma"
    assert source.header == ("Column 1", "Column 2")
    assert [cells for _, cells in source.rows()][-1] == ["2;3", "5"]
    assert opened(tmp_path, content, Reading(header=4)).header == ("1", "2,5")
    with pytest.raises(Refusal, match="There is no encoding `klingon`"):
        opened(tmp_path, content, Reading(encoding="klingon"))
