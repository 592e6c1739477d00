"""Writing one batch: what it changes against the live rows, its rows, and which older rows it replaces.

All functions work on `valid`, a relation of the connection with `_line` and the columns of the batch.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name, names, text

ROW_GROUP = 250_000


@dataclass(frozen=True)
class Changes:
    """How the rows of a batch compare with the live ones; `removed` are live rows that it takes out."""

    new: int
    changed: int
    unchanged: int
    removed: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.new or self.changed or self.removed)


@dataclass(frozen=True)
class Later:
    """A batch that counts after the one being written, although it came before: what it takes of its rows."""

    batch: int
    rows: Snapshot
    key: tuple[str, ...]
    replaces: tuple[date, date] | None


def in_period(main_date: str, period: tuple[date, date], alias: str = "") -> str:
    """SQL condition: the main date lies in [from, to)."""
    column = f"{alias}{name(main_date)}::DATE"
    return f"({column} >= DATE {text(str(period[0]))} AND {column} < DATE {text(str(period[1]))})"


def compare(
    con: duckdb.DuckDBPyConnection, live: Snapshot, key: Sequence[str], columns: Sequence[str], rows: int,
    gone: str = "false",
) -> Changes:  # fmt: skip
    """New, changed and unchanged rows by key; every column counts, blank equals blank. Without a key rows are told
    apart by all that they say, each as often as it is there.

    gone: SQL condition on the live rows `l` that the batch takes out unless it brings them.
    Live rows that came in without a key may share one: a row that takes the place of several changes something.
    """
    if live.is_empty:
        return Changes(rows, 0, 0)
    if not key:
        return _compare_whole(con, live, columns, gone) if gone != "false" else Changes(rows, 0, 0)
    if any(each not in live.columns for each in key):
        return Changes(rows, 0, 0, _count(con, f"SELECT count(*) FROM ({live.rows_sql()}) l WHERE {gone}"))
    on = " AND ".join(f"v.{name(each)} = l.{name(each)}" for each in key)
    both = [each for each in dict.fromkeys([*columns, *live.columns]) if each not in key]
    same = " AND ".join(
        f"{_side('v', each, columns)} IS NOT DISTINCT FROM {_side('l', each, live.columns)}" for each in both
    )
    found, unchanged = con.execute(
        f"SELECT count(*), count(*) FILTER (same AND matches = 1) FROM (SELECT bool_and({same or 'true'}) AS same,"
        f" count(*) AS matches FROM valid v JOIN ({live.rows_sql()}) l ON {on} GROUP BY v._line)"
    ).fetchall()[0]
    lost = f"SELECT count(*) FROM (SELECT * FROM ({live.rows_sql()}) l WHERE {gone}) l ANTI JOIN valid v ON {on}"
    removed = _count(con, lost) if gone != "false" else 0
    return Changes(rows - found, found - unchanged, unchanged, removed)


def _compare_whole(con: duckdb.DuckDBPyConnection, live: Snapshot, columns: Sequence[str], gone: str) -> Changes:
    both = list(dict.fromkeys([*columns, *live.columns]))
    mine = ", ".join(f"{_side('v', each, columns)} AS {name(each)}" for each in both)
    theirs = ", ".join(f"{_side('l', each, live.columns)} AS {name(each)}" for each in both)
    new, unchanged, removed = con.execute(
        "SELECT coalesce(sum(greatest(v - l, 0)), 0), coalesce(sum(least(v, l)), 0),"
        " coalesce(sum(greatest(l - v, 0)), 0)"
        " FROM (SELECT count(*) FILTER (_side = 'v') AS v, count(*) FILTER (_side = 'l') AS l FROM"
        f" (SELECT {mine}, 'v' AS _side FROM valid v"
        f" UNION ALL SELECT {theirs}, 'l' AS _side FROM ({live.rows_sql()}) l WHERE {gone})"
        f" GROUP BY {names(both)})"
    ).fetchall()[0]
    return Changes(int(new), 0, int(unchanged), int(removed))


def _side(alias: str, column: str, columns: Sequence[str]) -> str:
    return f"{alias}.{name(column)}" if column in columns else "NULL"


def write_rows(
    con: duckdb.DuckDBPyConnection,
    batch: int,
    columns: Sequence[str],
    main_date: str,
    path: Path,
    *,
    none: bool = False,
) -> None:
    """The rows of the batch, sorted by the main date: then a query for one quarter reads only its row groups.

    none: a file without rows, of a batch that only tells how far the data is complete.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(
        f"COPY (SELECT {names(columns)}, {int(batch)}::BIGINT AS _batch, _line::BIGINT AS _line FROM valid"
        f"{' WHERE false' if none else ''} ORDER BY {name(main_date)} NULLS LAST, _line)"
        f" TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def write_superseded(con: duckdb.DuckDBPyConnection, batch: int, taken: Sequence[str], path: Path) -> int:
    """Who takes the place of which row: the results of `taken` (taken_from, taken_by) together; returns how many.

    Also of rows that are not live now: an undone batch that is brought back must find itself replaced.
    """
    if not taken:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"COPY ({' UNION '.join(taken)}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    return _count(con, f"SELECT count(*) FROM read_parquet({text(str(path))})")


def taken_from(earlier: Snapshot, batch: int, key: Sequence[str], gone: str = "false") -> list[str]:
    """The earlier rows that the batch takes the place of: those with its keys, and those for which `gone` holds."""
    if earlier.is_empty:
        return []
    rows = f"SELECT l._batch, l._line, {int(batch)}::BIGINT AS _by FROM ({earlier.rows_sql()}) l"
    taken = [f"{rows} WHERE {gone}"] if gone != "false" else []
    if key and all(each in earlier.columns for each in key):
        on = " AND ".join(f"l.{name(each)} = v.{name(each)}" for each in key)
        taken.append(f"{rows} SEMI JOIN valid v ON {on}")
    return taken


def taken_by(later: Iterable[Later], batch: int, columns: Sequence[str], main_date: str) -> list[str]:
    """The rows of the batch that later batches take the place of, each by itself: any of them can be undone."""
    taken = []
    for each in later:
        mine = (
            f"SELECT {int(batch)}::BIGINT AS _batch, v._line::BIGINT AS _line, {each.batch}::BIGINT AS _by FROM valid v"
        )
        if each.replaces and main_date in columns:
            taken.append(f"{mine} WHERE {in_period(main_date, each.replaces, 'v.')}")
        if each.key and all(one in columns and one in each.rows.columns for one in each.key):
            on = " AND ".join(f"l.{name(one)} = v.{name(one)}" for one in each.key)
            taken.append(f"{mine} SEMI JOIN ({each.rows.rows_sql()}) l ON {on}")
    return taken


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
