"""Workbooks (XLSX, XLSB, XLS, ODS) as text: every cell as it is shown, numbers without a format, dates in ISO form."""

import csv
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

from apps.common.errors import Refusal

_HEADER_ROWS = 12  # in which merged cells stand for all their columns
_DIGITS = 15  # what spreadsheets keep and show of a number
Cells = list[str]


def sheet_as_csv(path: Path, target: Path, name: str, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """Write one sheet as CSV, one line a row: (its name, the names of all). Refusal if it is not there or blank.

    Without `wanted` the first visible sheet that holds a table: two columns and two rows, or else anything at all.
    """
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = tuple(book.sheet_names)
        if wanted is not None and wanted not in names:
            raise Refusal(f"`{name}` has no sheet `{wanted}`, but {_listed(names)}.")
        for each in [wanted] if wanted is not None else _by_likelihood(book):
            rows = _rows(book, each)
            if rows:
                _write(rows, target)
                return each, names
    except (calamine.CalamineError, OSError, ValueError) as error:
        kind = "password" if "password" in str(error).lower() or "encrypt" in str(error).lower() else ""
        told = "is protected by a password: save it without" if kind else "is damaged: open it and save it again"
        raise Refusal(f"`{name}` is an Excel workbook or another spreadsheet that {told}.") from error
    raise Refusal(f"`{name}` is empty: no sheet has a cell with something in it.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in names[:20])


def _by_likelihood(book: calamine.CalamineWorkbook) -> list[str]:
    visible = [each.name for each in book.sheets_metadata if each.visible == calamine.SheetVisibleEnum.Visible]
    order = visible + [each for each in book.sheet_names if each not in visible]
    sizes = {each: (book.get_sheet_by_name(each).height, book.get_sheet_by_name(each).width) for each in order}
    return sorted(order, key=lambda each: not (sizes[each][0] > 1 and sizes[each][1] > 1))


def _rows(book: calamine.CalamineWorkbook, sheet_name: str) -> list[Cells]:
    """All rows in their places, as wide as the last column with content; none if all is blank."""
    sheet = book.get_sheet_by_name(sheet_name)
    rows = [[shown(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    width = max((number + 1 for row in rows for number, cell in enumerate(row) if cell.strip()), default=0)
    rows = [row[:width] for row in rows]
    _fill_merged(rows, sheet, width)
    return rows if width else []


def _fill_merged(rows: list[Cells], sheet: calamine.CalamineSheet, width: int) -> None:
    """A name merged over some columns is the name of each; one over nearly all of them is a title and stays alone."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top != bottom or top >= min(_HEADER_ROWS, len(rows)) or right <= left or (right - left + 1) > 0.8 * width:
            continue
        for column in range(left + 1, min(right + 1, width)):
            rows[top][column] = rows[top][left]


def _write(rows: list[Cells], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            if any(cell.strip() for cell in row):
                writer.writerow(row)
            else:
                file.write("\n")  # keeps the number of each row


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
    text = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
