"""Workbooks (XLSX, XLSB, XLS, ODS) as text: every cell as it is shown, numbers without a format, dates in ISO form."""

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from apps.common.errors import Refusal
from apps.datasets.reader.progress import Progress, quiet

_HEADER_ROWS = 12  # in which merged cells stand for all their columns
_LEAST = 2  # rows and columns of a table
_TOLD = 5_000  # rows between two words about progress
_DIGITS = 15  # what spreadsheets keep and show of a number
Cells = list[str]


def sheet_as_csv(
    path: Path, target: Path, name: str, wanted: str | None, progress: Progress = quiet
) -> tuple[str, tuple[str, ...]]:
    """Write one sheet as CSV, one line a row: (its name, the names of all). Refusal if it is not there or blank.

    Without `wanted` the first visible sheet that holds a table, or else anything at all.
    """
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = tuple(book.sheet_names)
        if wanted is not None and wanted not in names:
            raise Refusal(f"`{name}` has no sheet `{wanted}`, but {_listed(names)}.")
        sheets = [book.get_sheet_by_name(wanted)] if wanted is not None else _by_likelihood(book)
        for sheet in sheets:
            columns = _columns(sheet)
            if columns:
                _write(sheet, columns, target, progress)
                return sheet.name, names
    except (calamine.CalamineError, OSError, ValueError) as error:
        kind = "password" if "password" in str(error).lower() or "encrypt" in str(error).lower() else ""
        told = "is protected by a password: save it without" if kind else "is damaged: open it and save it again"
        raise Refusal(f"`{name}` is an Excel workbook or another spreadsheet that {told}.") from error
    raise Refusal(f"`{name}` is empty: no sheet has a cell with something in it.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in names[:20])


def _by_likelihood(book: calamine.CalamineWorkbook) -> Iterator[calamine.CalamineSheet]:
    """The first visible sheet with a table; one of names and values, a cover, only if no wider and longer one follows.

    Sheets are opened one by one: of a large workbook the first is mostly the one.
    """
    visible = [each.name for each in book.sheets_metadata if each.visible == calamine.SheetVisibleEnum.Visible]
    later = [each for each in book.sheet_names if each not in visible]
    covers: list[calamine.CalamineSheet] = []
    others: list[calamine.CalamineSheet] = []
    for each in visible:
        sheet = book.get_sheet_by_name(each)
        if sheet.height < _LEAST or sheet.width < _LEAST:
            others.append(sheet)
        elif sheet.width == _LEAST or any(sheet.height < cover.height for cover in covers):
            covers.append(sheet)
        else:
            yield sheet
    yield from covers
    hidden = [book.get_sheet_by_name(each) for each in later]
    yield from sorted([*others, *hidden], key=lambda each: each.height < _LEAST or each.width < _LEAST)


def _columns(sheet: calamine.CalamineSheet) -> range:
    """From the first to the last column with something in it; none if all is blank."""
    first, last = sheet.width, 0
    for row in sheet.iter_rows():
        filled = [number for number, cell in enumerate(row) if cell != "" and not _is_blank(cell)]
        if filled:
            first, last = min(first, filled[0]), max(last, filled[-1] + 1)
    return range(first, last)


def _is_blank(cell: Any) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _fill_merged(rows: list[Cells], sheet: calamine.CalamineSheet, offset: int) -> None:
    """A name merged over some columns is the name of each; one over nearly all of them is a title and stays alone."""
    width = len(rows[0])
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        start, end = left - offset, right - offset
        if top != bottom or top >= len(rows) or end <= start or end - start + 1 > 0.8 * width or start < 0:
            continue
        for column in range(start + 1, min(end + 1, width)):
            rows[top][column] = rows[top][start]


def _write(sheet: calamine.CalamineSheet, columns: range, target: Path, progress: Progress) -> None:
    total = sheet.end[0] + 1 if sheet.end else 0
    rows = ([shown(cell) for cell in row[columns.start : columns.stop]] for row in sheet.iter_rows())
    offset = (sheet.start[1] if sheet.start else 0) + columns.start
    first = list(islice(rows, _HEADER_ROWS))
    _fill_merged(first, sheet, offset)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, row in enumerate(chain(first, rows)):
            if number % _TOLD == 0:
                progress("Reading the sheet", number, total)
            if any(cell.strip() for cell in row):
                writer.writerow(row)
            else:
                file.write("\n")  # keeps the number of each row
    progress("Reading the sheet", total, total)


def shown(value: Any) -> str:
    """A cell as text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(float(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 10**_DIGITS:
        return str(int(value))
    text = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
