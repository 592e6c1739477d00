"""Many small files become few larger ones that hold the same rows.

Rows keep their import and line, and who takes the place of whom is kept too: whatever list of imports is read, now or
as of any past moment, a pack gives the rows that the files it is made of gave (adr/0013). Nothing is rewritten: a pack
is a new file, and its parts stay until no reader can have them open.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from apps.datasets.store.batches import ROW_GROUP
from apps.datasets.store.sql import name, text, texts

FEWEST = 8  # files worth a pack
SMALL = 1_000_000  # rows of a file that may still go into a pack
MOST_ROWS = 5_000_000  # of one pack


@dataclass(frozen=True)
class Part:
    """One file of rows: of a batch, or a pack of several. `superseded` says who takes the place of which row."""

    rows_file: Path
    superseded_file: Path | None
    batches: tuple[int, ...]
    rows: int
    columns: tuple[tuple[str, str], ...]


def columns_of(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[tuple[str, str], ...]:
    """Names and types, in the order of the alphabet."""
    found = con.execute(f"DESCRIBE SELECT * FROM read_parquet({text(str(path))})").fetchall()
    return tuple(sorted((str(column[0]), str(column[1])) for column in found))


def rows_of(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    return int(con.execute(f"SELECT num_rows FROM parquet_file_metadata({text(str(path))})").fetchall()[0][0])


def groups_of(parts: Iterable[Part]) -> list[list[Part]]:
    """Which small files to merge. Only those with the same columns of the same types: merged they read as before."""
    alike: dict[tuple[tuple[str, str], ...], list[Part]] = {}
    for part in parts:
        if part.rows <= SMALL:
            alike.setdefault(part.columns, []).append(part)
    return [group for found in alike.values() for group in _cut(found) if len(group) >= FEWEST]


def _cut(parts: Iterable[Part]) -> list[list[Part]]:
    """In groups of at most MOST_ROWS, in the order of their first batch."""
    groups: list[list[Part]] = [[]]
    for part in sorted(parts, key=lambda each: each.batches):
        if sum(each.rows for each in groups[-1]) + part.rows > MOST_ROWS:
            groups.append([])
        groups[-1].append(part)
    return groups


def write_pack(
    con: duckdb.DuckDBPyConnection, parts: Sequence[Part], main_date: str, rows: Path, superseded: Path
) -> bool:
    """Every row of the parts, sorted by the main date; returns whether there is a superseded file."""
    has_date = main_date in dict(parts[0].columns)
    order = f"{name(main_date)} NULLS LAST, _batch, _line" if has_date else "_batch, _line"
    files = texts(str(each.rows_file) for each in parts)
    con.execute(
        f"COPY (SELECT * FROM read_parquet([{files}], union_by_name=true) ORDER BY {order})"
        f" TO {text(str(rows))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
    replacing = [str(each.superseded_file) for each in parts if each.superseded_file]
    if replacing:
        con.execute(
            f"COPY (SELECT * FROM read_parquet([{texts(replacing)}]) ORDER BY _by, _batch, _line)"
            f" TO {text(str(superseded))} (FORMAT parquet, COMPRESSION zstd)"
        )
    return bool(replacing)
