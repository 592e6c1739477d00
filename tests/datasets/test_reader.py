"""Text files of the world: encodings, delimiters, line ends, quotes, and the line each row begins on."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import Refusal
from apps.datasets.reader import Source, open_source


def opened(folder: Path, content: bytes) -> Source:
    path = folder / "file.csv"
    path.write_bytes(content)
    return open_source(path, folder)


def grid(source: Source) -> list[tuple[object, ...]]:
    con = duckdb.connect()
    source.load(con)
    return con.execute("SELECT * EXCLUDE (_note) FROM raw ORDER BY _line").fetchall()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding_gives_the_same_grid(tmp_path: Path, codec: str) -> None:
    source = opened(tmp_path, "Näme;Größe\nJosé;1,5\nŒuvre;€ 2\n".encode(codec))
    assert source.header == ("Näme", "Größe")
    assert grid(source) == [(2, "José", "1,5"), (3, "Œuvre", "€ 2")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end_is_found(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["a", "b", "c"], ["1", "x y", ""], ["2", "", "z"]]
    source = opened(tmp_path, end.join(delimiter.join(row) for row in rows).encode())
    assert source.header == ("a", "b", "c")
    assert grid(source) == [(2, "1", "x y", None), (3, "2", None, "z")]


def test_decimal_commas_do_not_hide_the_semicolons(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id;amount;rate\n1;1,5;2,5\n2;1,25;3,5\n")
    assert source.header == ("id", "amount", "rate")


def test_excels_declared_delimiter_is_believed_and_not_a_row(tmp_path: Path) -> None:
    source = opened(tmp_path, b"sep=;\r\nid;note\r\n1;a,b\r\n")
    assert source.header == ("id", "note")
    assert grid(source) == [(3, "1", "a,b")]


def test_line_numbers_are_those_of_the_file_with_quoted_newlines_and_blank_lines(tmp_path: Path) -> None:
    source = opened(tmp_path, b'id,note\n1,"two\nlines"\n\n2,"say ""hi"""\n,\n3,end\n')
    assert grid(source) == [(2, "1", "two\nlines"), (5, "2", 'say "hi"'), (6, None, None), (7, "3", "end")]


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,note\r\n1,a\n2,b\r3,c\r\n")
    assert grid(source) == [(2, "1", "a"), (3, "2", "b"), (4, "3", "c")]


def test_quotes_after_the_sample_still_quote(tmp_path: Path) -> None:
    plain = b"".join(b"%d,some text of no interest\n" % number for number in range(20_000))
    source = opened(tmp_path, b"id,note\n" + plain + b'last,"a,b"\n')
    assert grid(source)[-1] == (20_002, "last", "a,b")


def test_a_header_over_two_lines_is_one_header(tmp_path: Path) -> None:
    source = opened(tmp_path, b'id,"close\ndate"\n1,2017-01-01\n')
    assert source.header == ("id", "close\ndate")
    assert grid(source) == [(3, "1", "2017-01-01")]


def test_a_ragged_row_keeps_its_line_and_carries_a_note(tmp_path: Path) -> None:
    source = opened(tmp_path, b"a,b\n1\n2,3,4\n5,6,\n")
    con = duckdb.connect()
    source.load(con)
    assert con.execute("SELECT * FROM raw ORDER BY _line").fetchall() == [
        (2, "short 1 2", "1", None),
        (3, "long 3 2", "2", "3"),
        (4, None, "5", "6"),
    ]


def test_a_quotation_mark_that_never_closes_is_text_and_its_line_carries_a_note(tmp_path: Path) -> None:
    source = opened(tmp_path, b'a,b\n1,x\n2,"y\n3,z\n')
    con = duckdb.connect()
    source.load(con)
    assert con.execute("SELECT * FROM raw ORDER BY _line").fetchall() == [
        (2, None, "1", "x"),
        (3, "quotes 2 2", "2", '"y'),
        (4, None, "3", "z"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "Excel workbook or another spreadsheet that is damaged"),
        (b"%PDF-1.7", "PDF"),
        (b'{"a": 1}', "JSON"),
        (b"<html><table>", "web page"),
        (b"\x01\x00\x02\x00\x00\x00\x00\x01\x02\x03", "not a text file"),
    ],
)
def test_what_is_no_text_table_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        opened(tmp_path, content)


CELL = st.text(st.sampled_from("ab1 ,;\"\n\r'é"), max_size=6).filter(lambda cell: cell.strip() or cell == "")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELL, CELL, st.sampled_from(["x", "yy"])), min_size=1, max_size=6),
       end=st.sampled_from(["\n", "\r\n"]), quote_all=st.booleans())  # fmt: skip
def test_whatever_a_csv_writer_writes_is_read_back_with_its_lines(
    tmp_path: Path, rows: list[tuple[str, str, str]], end: str, quote_all: bool
) -> None:
    stream = io.StringIO(newline="")
    # Python's writer leaves a lone CR bare unless the line end contains one: that file would be ambiguous.
    quoting = csv.QUOTE_ALL if quote_all or end == "\n" else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, lineterminator=end, quoting=quoting)
    writer.writerow(["first", "second", "third"])
    lines = []
    for row in rows:
        lines.append(len((stream.getvalue() + "x").splitlines()))
        writer.writerow(row)
    source = opened(tmp_path, stream.getvalue().encode())
    expected = [(line, *(cell or None for cell in row)) for line, row in zip(lines, rows, strict=True)]
    assert grid(source) == expected


@pytest.mark.parametrize(
    ("content", "header", "first"),
    [
        (b"owner,Q1,Q2\nAnn,10,20\nBob,30,40\n", ("owner", "Q1", "Q2"), (2, ["Ann", "10", "20"])),
        (b"Region,2019,2020\nEast,10,20\nWest,30,40\n", ("Region", "2019", "2020"), (2, ["East", "10", "20"])),
        (b"a,b,c\n\n1,2,3\n4,5,6\n", ("a", "b", "c"), (3, ["1", "2", "3"])),
        (b"stage,owner\nopen,Ann\nopen,Ann\n", ("stage", "owner"), (2, ["open", "Ann"])),
        (b'name\n"Smith, John"\n"Doe, Jane"\n', ("name",), (2, ["Smith, John"])),
        (b"# made by a tool\nid,owner\n1,Ann\n", ("id", "owner"), (3, ["1", "Ann"])),
        (b"Person A;5\nPerson B;6\nPerson C;7\n", ("Column 1", "Column 2"), (1, ["Person A", "5"])),
        (b"id,owner,n\n1,Ann,5\n2,Bob,\n3,,\n", ("id", "owner", "n"), (2, ["1", "Ann", "5"])),
    ],
)
def test_the_header_is_told_from_titles_and_rows(
    tmp_path: Path, content: bytes, header: tuple[str, ...], first: tuple[int, list[str]]
) -> None:
    source = opened(tmp_path, content)
    assert source.header == header
    assert next(source.rows()) == first


def test_a_cut_off_last_row_is_no_note_but_a_remark_is(tmp_path: Path) -> None:
    table = b"id,owner,amount\n1,Ann,5\n2,Bob,6\n"
    assert [line for line, _ in opened(tmp_path, table + b"3\n").rows()] == [2, 3, 4]
    assert [line for line, _ in opened(tmp_path, table + b"3,,\n").rows()] == [2, 3, 4]
    assert [line for line, _ in opened(tmp_path, table + b"\nSource: our own books\n").rows()] == [2, 3]
    assert grid(opened(tmp_path, table + b"Source: our own books\n")) == [(2, "1", "Ann", "5"), (3, "2", "Bob", "6")]


def test_columns_under_each_other_are_cut_by_their_places(tmp_path: Path) -> None:
    source = opened(tmp_path, b"Name       Day         Sum\nAnn Lee    2026-01-02   12\nBo         2026-01-03  150\n")
    assert source.header == ("Name", "Day", "Sum")
    assert grid(source) == [(2, "Ann Lee", "2026-01-02", "12"), (3, "Bo", "2026-01-03", "150")]
    assert source.guessed[0].value == "aligned"


def test_a_column_of_sentences_is_one_column(tmp_path: Path) -> None:
    source = opened(tmp_path, b"Comment\nfine, thanks\nslow; but kind\nno\nwhy not\n")
    assert source.header == ("Comment",)
    assert grid(source) == [(2, "fine, thanks"), (3, "slow; but kind"), (4, "no"), (5, "why not")]
    assert source.guessed[0].value == "none"


def test_a_date_that_was_cut_in_every_row_is_whole_again_and_told(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,opened,sum\n1,Jan 5, 2026,10\n2,May 12, 2026,11\n3,Jun 1, 2026,12\n")
    assert [(note.split(" ", 1)[0], cells) for _, note, cells in source.mended()][:2] == [
        ("mended", ["1", "Jan 5, 2026", "10"]),
        ("mended", ["2", "May 12, 2026", "11"]),
    ]


def test_a_second_table_below_with_more_columns_is_not_mended_into_the_first(tmp_path: Path) -> None:
    rows = "".join(f"{number},a,b\n" for number in range(9)) + "".join(f"{number},a,b,c\n" for number in range(9))
    source = opened(tmp_path, f"id,x,y\n{rows}".encode())
    assert {note for _, note, _ in source.mended()} == {"", "long 4 3"}


def test_notes_below_a_table_are_left_out_and_told_with_their_lines(tmp_path: Path) -> None:
    source = opened(tmp_path, b"id,x,y\n1,a,5\n2,b,6\n,,\nSource: own figures,,\n* provisional\n")
    assert [line for line, _ in source.rows()] == [2, 3]
    assert source.notes_below == [(5, ["Source: own figures", "", ""]), (6, ["* provisional"])]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no line end in its first 16 MB"):
        opened(tmp_path, b"a,b," * 5_000_000)
    assert len(opened(tmp_path, b"x" * 600_000 + b",b,c\n1,2,3\n").header) == 3


def test_a_preamble_of_thousands_of_lines_is_passed_over(tmp_path: Path) -> None:
    above = "".join(f"Line {number}: the device is warming up, please wait\n" for number in range(15_000))
    table = "".join(f"{8 + number // 60:02}:{number % 60:02},1.{number},{number % 7}\n" for number in range(90))
    source = opened(tmp_path, f"{above}\nTime,Level,Flow\n{table}".encode())
    assert source.header == ("Time", "Level", "Flow")
    assert [line for line, _ in source.rows()] == list(range(15_003, 15_093))
