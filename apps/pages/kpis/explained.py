"""The explanation of a figure as its page shows it: the formula in pieces, what counts and what does not, the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from apps.common.dates import day_told, moment_told
from apps.common.money import format_figure
from apps.datasets.schema import Table
from apps.metrics.catalogue.derived import table_named
from apps.metrics.catalogue.words import heading
from apps.metrics.engine.behind import Found
from apps.metrics.queries import Explanation
from apps.pages.kpis.sight import PEOPLE, Sight

FIRST = ("id", "name", "order", "customer", "account", "owner", "amount")  # read first, in this order
ROLES = {"both": "above and below the line", "above": "above the line", "below": "below the line"}
SMALL = 200  # a share of fewer cases is told with its interval


@dataclass(frozen=True)
class Cell:
    name: str
    text: str
    is_number: bool
    original: str = ""  # the amount in the currency it was imported in


@dataclass(frozen=True)
class Line:
    cells: list[Cell]
    import_id: int | None  # None: the row is in a warehouse, `file_name` its relation and `line` its key there
    file_name: str
    line: int | str
    role: str = ""
    share: str = ""
    link: str = ""  # to the import


@dataclass(frozen=True)
class Column:
    name: str
    is_number: bool
    sortable: bool


@dataclass(frozen=True)
class RowTable:
    """One page of rows in columns."""

    columns: list[Column]
    lines: list[Line]
    has_roles: bool
    has_shares: bool


def schema_of(shown: str) -> Table:
    return table_named(shown.removeprefix("then "))


def table_told(found: Found) -> str:
    """`deals`, `whole orders`, `deals as known at the start`."""
    told = heading(found.table)
    return f"{told} as known at the start" if found.name.startswith("then ") else told


def row_table(found: Explanation, sight: Sight, slug: str, *, most_columns: int | None = None) -> RowTable:
    """The page of rows that was found, in columns; `most_columns` cuts it to what a narrow place can hold."""
    if not found.tables:
        return RowTable([], [], has_roles=False, has_shares=False)
    schema = schema_of(found.shown)
    needs = found.kpi.needs_of.get(schema.name, ())
    seen = sight.columns(schema, found.columns)
    names = sorted(seen, key=lambda name: _place(name, needs, found.columns))[:most_columns]
    columns = [
        Column(name, schema.has(name) and schema.field(name).type.is_number, may_sort(name, schema, sight))
        for name in names
    ]
    imports = {row["import_id"] for row in found.rows} - {None}  # few: an address is put together once for each
    links = {each: reverse("pages:import", args=[slug, each]) for each in imports}
    lines = [_line(row, columns, sight, links.get(row["import_id"], "")) for row in found.rows]
    return RowTable(
        columns,
        lines,
        has_roles=len({line.role for line in lines}) > 1,
        has_shares=any(line.share for line in lines),
    )


def may_sort(name: str, schema: Table, sight: Sight) -> bool:
    """The order by what is withheld would tell it."""
    return sight.everything or (name not in PEOPLE and schema.has(name))


def sureness(found: Explanation) -> str:
    """How far chance goes with so few cases, or how the rows of a mean are spread; blank where neither says much."""
    unit = found.kpi.unit
    if found.interval is not None and found.figure.denominator is not None and found.figure.denominator < SMALL:
        low, high = (format_figure(Decimal(str(round(end, 3))), "percent") for end in _ends(found))
        cases = int(found.figure.denominator)
        return f"With {cases:,} cases the true share lies between {low} and {high}, 19 times of 20."
    if found.spread is not None:
        median, most = (format_figure(Decimal(str(value)), unit) for value in found.spread)
        return f"Median {median}; 9 of 10 are within {most}."
    return ""


def _ends(found: Explanation) -> tuple[float, float]:
    assert found.interval is not None
    return found.interval.low, found.interval.high


def cell_text(value: object) -> str:
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
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _place(name: str, needs: Sequence[str], order: tuple[str, ...]) -> tuple[int, int]:
    """What names the row, then what the formula reads, then the rest as in the file."""
    if name in FIRST:
        return 0, FIRST.index(name)
    return (1 if name in needs else 2), order.index(name)


def _line(row: dict[str, Any], columns: Sequence[Column], sight: Sight, link: str) -> Line:
    originals, share = row.get("_original") or {}, row.get("_share")
    cells = [
        Cell(
            column.name,
            cell_text(sight.cell(column.name, row.get(column.name))),
            column.is_number,
            f"{row.get('currency') or ''} {cell_text(originals[column.name])}".strip()
            if column.name in originals
            else "",
        )
        for column in columns
    ]
    return Line(
        cells,
        row["import_id"],
        row["file_name"],
        row["line"],
        ROLES.get(row.get("_role") or "", ""),
        "" if share is None or share == 1 else format_figure(share, "percent"),
        link,
    )
