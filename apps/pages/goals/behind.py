"""The table of rows behind a number, as far as the reader's role shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.common.dates import day_told, moment_told
from apps.datasets.schema import table
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.words import heading
from apps.metrics.queries import Explanation
from apps.pages.kpis.sight import Sight

FIRST = ("id", "name", "account", "owner", "amount")  # read first, in this order


@dataclass(frozen=True)
class Line:
    cells: list[tuple[str, str, bool]]  # column, text, whether it is a number
    import_id: int
    file_name: str
    line: int


@dataclass(frozen=True)
class RowTable:
    columns: list[tuple[str, bool]]
    lines: list[Line]
    included: int
    excluded: list[tuple[str, int]]
    left_out: int
    page: int
    pages: int


def row_table(kpi: Kpi, found: Explanation, sight: Sight, *, most_columns: int | None = None) -> RowTable:
    """The page of rows that was found, in columns; `most_columns` cuts it to what a narrow place can hold."""
    schema = table(kpi.table)
    seen = sight.columns(schema, found.columns)
    names = sorted(seen, key=lambda name: _place(kpi, name, found.columns))[:most_columns]
    numeric = {name: schema.has(name) and schema.field(name).type.is_number for name in names}
    return RowTable(
        columns=[(heading(name), numeric[name]) for name in names],
        lines=[_line(row, numeric, sight) for row in found.rows],
        included=found.included,
        excluded=found.excluded,
        left_out=sum(count for _, count in found.excluded),
        page=found.page,
        pages=found.pages,
    )


def _place(kpi: Kpi, name: str, order: tuple[str, ...]) -> tuple[int, int]:
    """What names the row, then what the formula reads, then the rest as in the file."""
    if name in FIRST:
        return 0, FIRST.index(name)
    return (1 if name in kpi.needs else 2), order.index(name)


def _line(row: dict[str, Any], numeric: dict[str, bool], sight: Sight) -> Line:
    cells = [(name, _text(sight.cell(name, row[name])), is_number) for name, is_number in numeric.items()]
    return Line(cells, row["import_id"], row["file_name"], row["line"])


def _text(value: object) -> str:
    """As stored, without the noughts that only the column's type brings."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        whole, _, part = f"{value:,f}".partition(".")
        return f"{whole}.{part.rstrip('0')}".rstrip(".")
    if isinstance(value, datetime):
        return moment_told(value)
    if isinstance(value, date):
        return day_told(value)
    return str(value)
