"""Rows of every standard table, generated from its schema: whatever KPI is added, there are rows for it.

A seed gives the rows. Drawn one by one, a hundred rows of each table would cost a property test minutes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa

from apps.datasets.schema import TABLES, Field, FieldType, NotBefore, Table
from apps.datasets.store.snapshot import Snapshot

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)  # what the data covers
OWNERS = ("Anna Snelling", "Ben Ode", "Cleo Park")
SPLITS = ("Anna Snelling 60%; Ben Ode 40%", "Ben Ode 12.5%; Cleo Park 87.5%")
_SMALL = {"discount", "refund", "tax"}  # parts of an amount never exceed it
# Things that have several rows.
_FEW = {"order": 12, "customer": 6, "account": 6, "deal": 9, "respondent": 9}


def rows_of(seed: int, many: int, *, owners: Sequence[str] = OWNERS, teams: Sequence[str | None] = (None,)) -> Rows:
    """So many rows of every table."""
    random = Random(seed)
    return {name: [_row(random, table, i, owners, teams) for i in range(many)] for name, table in TABLES.items()}


def snapshots(folder: Path, rows: Rows, *, batches: int = 1) -> dict[str, Snapshot]:
    """The rows as live data that covers 2024, dealt out to so many imports in turn."""
    return {name: _snapshot(folder, TABLES[name], listed, batches) for name, listed in rows.items()}


def _row(random: Random, table: Table, i: int, owners: Sequence[str], teams: Sequence[str | None]) -> Row:
    row = {field.name: _cell(random, field) for field in table.fields}
    row |= {name: f"{name}-{random.randrange(many)}" for name, many in _FEW.items() if name in row}
    place = sum(map(ord, row["order"])) if "order" in row else random.randrange(len(owners))
    told = {
        "id": f"{table.name}-{i}",
        "owner": owners[place % len(owners)],  # the lines of one order are of one owner
        "team": random.choice(teams),
        "currency": None,
    }
    row |= {name: value for name, value in told.items() if name in row}
    for check in table.checks:
        if isinstance(check, NotBefore):
            _in_order(row, check)
    if row.get("outcome") in ("won", "lost"):
        row["closed_on"] = row["closed_on"] or row["created_on"] or FIRST
    return row


def _in_order(row: Row, check: NotBefore) -> None:
    earlier, later = row[check.earlier], row[check.later]
    if earlier and later and later < earlier:
        row[check.earlier], row[check.later] = later, earlier


def _cell(random: Random, field: Field) -> Any:
    if not field.required and random.random() < 0.15:
        return None
    day = FIRST + timedelta(days=random.randrange(-60, 366))
    any_of: dict[FieldType, Callable[[], Any]] = {
        FieldType.DATE: lambda: day,
        FieldType.TIMESTAMP: lambda: datetime.combine(day, time(random.randrange(24), random.randrange(60))),
        FieldType.CHOICE: lambda: random.choice(field.choices),
        FieldType.MONEY: lambda: Decimal(random.randrange(1, 100) * (1 if field.name in _SMALL else 10**4 + 7)) / 100,
        FieldType.NUMBER: lambda: Decimal(random.randrange(1, 100)) / 100,
        FieldType.INTEGER: lambda: random.randrange(11),
        FieldType.BOOLEAN: lambda: random.random() < 0.5,
        FieldType.TEXT: lambda: random.choice(("East", "West", "North-East")),
    }
    return any_of[field.type]()


def _snapshot(folder: Path, table: Table, rows: Iterable[Row], batches: int) -> Snapshot:
    listed = list(rows)
    files = []
    columns = ", ".join(f'"{field.name}"::{field.type.sql} as "{field.name}"' for field in table.fields)
    for batch in range(1, batches + 1):
        path = folder / f"{table.name}-{batch}.parquet"
        mine = listed[batch - 1 :: batches]
        given = {f.name: [None if row[f.name] is None else str(row[f.name]) for row in mine] for f in table.fields}
        cells = {name: pa.array(column, pa.string()) for name, column in given.items()}
        cells["_line"] = pa.array(range(2, len(mine) + 2), pa.int64())
        with duckdb.connect() as con:
            con.register("given", pa.table(cells))
            con.execute(f"copy (select {columns}, {batch}::bigint _batch, _line from given) to '{path}'")
        files.append(path)
    return Snapshot(table.name, tuple(files), (), tuple(range(1, batches + 1)), table.names, FIRST, LAST)
