"""An Excel workbook with typed cells, written row by row into a file. Knows no request.

Numbers, days and moments are what they are, so that Excel calculates with them; text is text, whatever it begins with.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575  # of a sheet, under its header
MOST_CHARACTERS = 32_767  # of a cell
MOST_EXACT = 10**15  # whole numbers beyond lose digits in Excel: they are written as text
FIRST_DAY = date(1900, 3, 1)  # what Excel says of earlier days is wrong by one, or nothing
LOOKED_AT = 200  # rows from which the widths are taken
TOLD_EVERY = 1_000  # rows
NARROWEST, WIDEST = 8, 60
NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
FORMATS = {
    "percent": r"0.0\ %",
    "count": "#,##0",
    "days": "#,##0.0",
    "times": "#,##0.00",
    "points": "#,##0.0",
    "number": "#,##0.####",
    "rate": "#,##0.0#########",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "text": "@",
}

Progress = Callable[[int], None]  # how many rows are written


class Column(NamedTuple):
    """`kind` is text, date, moment, number, or a unit of the KPI catalogue (money, percent, count, days, …)."""

    name: str
    kind: str = "text"
    currency: str = ""


class Typed(NamedTuple):
    """A cell of another kind than its column."""

    value: Any
    kind: str
    currency: str = ""


def quiet(done: int) -> None:
    """Progress told to nobody."""


def write_workbook(
    path: Path,
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    about: Mapping[str, str],
    zone: tzinfo,
    progress: Progress = quiet,
) -> int:
    """Write the table, on more sheets where one is full, and then the sheet About; returns how many rows there are."""
    options = {
        "constant_memory": True,  # a row is on the disk before the next begins
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": FORMATS["date"],
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        pen = _Pen(book, zone)
        done, left = 0, iter(rows)
        for number in range(1, 1000):
            first = list(islice(left, min(LOOKED_AT, MOST_ROWS)))
            if number > 1 and not first:
                break
            sheet = book.add_worksheet(_sheet_name(title, number))
            done = _write_sheet(pen, sheet, columns, first, left, done, progress)
        _write_about(pen, book.add_worksheet("About"), {**about, "Rows": f"{done:,}"})
        progress(done)
    return done


class _Pen:
    """Writes one cell as what it is. Each format is made once."""

    def __init__(self, book: xlsxwriter.Workbook, zone: tzinfo) -> None:
        self.book, self.zone = book, zone
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.known: dict[str, Format] = {}

    def format(self, kind: str, currency: str) -> Format:
        code = number_format(kind, currency)
        if code not in self.known:
            self.known[code] = self.book.add_format({"num_format": code})
        return self.known[code]

    def write(self, sheet: Worksheet, row: int, place: int, value: Any, column: Column) -> None:
        if isinstance(value, Typed):
            value, column = value.value, Column(column.name, value.kind, value.currency)
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_string(row, place, "yes" if value else "no")
        elif isinstance(value, int | float | Decimal | Fraction) and _fits(value):
            kind = "number" if column.kind in ("text", "date", "moment") else column.kind
            sheet.write_number(row, place, float(value), self.format(kind, column.currency))
        elif isinstance(value, date) and _fits_day(value):
            self._write_day(sheet, row, place, value)
        else:
            sheet.write_string(row, place, _text(value), self.format("text", ""))

    def _write_day(self, sheet: Worksheet, row: int, place: int, value: date) -> None:
        if not isinstance(value, datetime):
            sheet.write_datetime(row, place, value, self.format("date", ""))
            return
        local = value.astimezone(self.zone).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, place, local, self.format("moment", ""))


def number_format(kind: str, currency: str = "") -> str:
    """Excel's code: 12.5 % for a share, as many decimals for money as its currency has."""
    if kind not in ("money", "money_per_day"):
        return FORMATS.get(kind, "General")
    if not re.fullmatch("[A-Z]{3}", currency):
        return "#,##0.00"
    places = ".000" if currency in THREE_DECIMALS else "" if currency in NO_DECIMALS else ".00"
    return f'"{currency}" #,##0{places}'


def _write_sheet(
    pen: _Pen, sheet: Worksheet, columns: Sequence[Column], first: list[Sequence[Any]], left: Iterator[Sequence[Any]],
    done: int, progress: Progress,
) -> int:  # fmt: skip
    """The header and as many rows as a sheet holds; returns how many are written in all."""
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _width(column, [row[place] for row in first]))
        sheet.write_string(0, place, _text(column.name), pen.bold)
    sheet.freeze_panes(1, 0)
    written = 0
    for row in chain(first, islice(left, MOST_ROWS - len(first))):
        written += 1
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            pen.write(sheet, written, place, value, column)
        if (done + written) % TOLD_EVERY == 0:
            progress(done + written)
    if columns:
        sheet.autofilter(0, 0, max(written, 1), len(columns) - 1)
    return done + written


def _write_about(pen: _Pen, sheet: Worksheet, lines: Mapping[str, str]) -> None:
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, WIDEST)
    for row, (name, value) in enumerate(lines.items()):
        sheet.write_string(row, 0, name, pen.bold)
        sheet.write_string(row, 1, _text(value))


def _sheet_name(title: str, number: int) -> str:
    """At most 31 characters, none of those that Excel forbids, and not the name of the sheet About or History."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '") or "Table"
    if name.lower() in ("about", "history"):
        name = f"{name} table"
    suffix = f" ({number})" if number > 1 else ""
    return name[: 31 - len(suffix)].strip(" '") + suffix


def _width(column: Column, values: Iterable[Any]) -> int:
    """Wide enough for the header with the arrow of its filter, and for what the first rows hold."""
    longest = max((_length(value, column) for value in values), default=0)
    return min(max(NARROWEST, len(column.name) + 4, longest + 2), WIDEST)


def _length(value: Any, column: Column) -> int:
    if isinstance(value, Typed):
        value, column = value.value, Column(column.name, value.kind, value.currency)
    if isinstance(value, datetime):
        return 16
    if isinstance(value, int | float | Decimal | Fraction) and _fits(value):
        return len(f"{float(value):,.2f}") + (4 if column.currency else 0)
    return len(str(value)) if value is not None else 0


def _fits(value: float | Decimal | Fraction) -> bool:
    """Neither infinite, nor whole with more digits than Excel keeps."""
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        return False
    return abs(number) < MOST_EXACT or value != int(value)


def _fits_day(value: date) -> bool:
    return (value.date() if isinstance(value, datetime) else value) >= FIRST_DAY


def _text(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
