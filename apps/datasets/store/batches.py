"""Writing one batch: what it changes against the live rows, its rows, and which older rows it replaces.

All functions work on `valid`, a relation of the connection with `_line` and the columns of the batch.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name, names, text, texts

ROW_GROUP = 250_000


@dataclass(frozen=True)
class Changes:
    """How the rows of a batch compare with the live ones."""

    new: int
    changed: int
    unchanged: int

    @property
    def nothing(self) -> bool:
        return not (self.new or self.changed)


def compare(
    con: duckdb.DuckDBPyConnection, live: Snapshot, key: Sequence[str], columns: Sequence[str], rows: int
) -> Changes:
    """New, changed and unchanged rows by key; every column counts, blank equals blank. Without a key all are new.

    Live rows that came in without a key may share one: a row that takes the place of several changes something.
    """
    if not key or live.is_empty:
        return Changes(rows, 0, 0)
    both = list(dict.fromkeys([*columns, *live.columns]))
    same = " AND ".join(
        f"{_side('v', each, columns)} IS NOT DISTINCT FROM {_side('l', each, live.columns)}"
        for each in both
        if each not in key
    )
    on = " AND ".join(f"v.{name(each)} = l.{name(each)}" for each in key)
    found, unchanged = con.execute(
        f"SELECT count(*), count(*) FILTER (same AND matches = 1) FROM (SELECT bool_and({same or 'true'}) AS same,"
        f" count(*) AS matches FROM valid v JOIN ({live.rows_sql()}) l ON {on} GROUP BY v._line)"
    ).fetchall()[0]
    return Changes(rows - found, found - unchanged, unchanged)


def _side(alias: str, column: str, columns: Sequence[str]) -> str:
    return f"{alias}.{name(column)}" if column in columns else "NULL"


def write_rows(con: duckdb.DuckDBPyConnection, batch: int, columns: Sequence[str], main_date: str, path: Path) -> None:
    """The rows of the batch, sorted by the main date: then a query for one quarter reads only its row groups."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(
        f"COPY (SELECT {names(columns)}, {int(batch)}::BIGINT AS _batch, _line::BIGINT AS _line FROM valid"
        f" ORDER BY {name(main_date)} NULLS LAST, _line)"
        f" TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def write_superseded(
    con: duckdb.DuckDBPyConnection, batch: int, key: Sequence[str], earlier: Sequence[Path], path: Path
) -> int:
    """The rows with the same keys in all batches ever committed before, live or not; returns how many.

    Also those that are not live now: an undone batch that is brought back must find itself replaced.
    """
    if not key or not earlier:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    on = " AND ".join(f"o.{name(each)} = v.{name(each)}" for each in key)
    con.execute(
        f"COPY (SELECT o._batch, o._line, {int(batch)}::BIGINT AS _by"
        f" FROM read_parquet([{texts(map(str, earlier))}], union_by_name=true) o"
        f" SEMI JOIN valid v ON {on}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )
    return int(con.execute(f"SELECT count(*) FROM read_parquet({text(str(path))})").fetchall()[0][0])
