"""Quoting for SQL that we build. Names and texts of files go through these two, without exception."""

from collections.abc import Iterable
from pathlib import Path

import duckdb


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def as_text(field: str) -> str:
    """The column that holds a field's text while its file is read, quoted.

    Names that begin with an underscore are ours: whatever a header says, no field is called so.
    """
    return name(f"_t_{field}")


def as_wrong(what: str) -> str:
    """The column that tells what a formula was given where it gives no value (views.py), quoted."""
    return name(f"_w_{what}")


def names(identifiers: Iterable[str], prefix: str = "") -> str:
    return ", ".join(prefix + name(each) for each in identifiers)


def texts(values: Iterable[str]) -> str:
    return ", ".join(text(each) for each in values)


def to_parquet(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Run a query into a Parquet file; returns its number of rows.

    Ten million rows of text held in memory would be spilled and read back whole for every look at one column.
    """
    copied = con.execute(f"COPY ({query}) TO {text(str(path))} (FORMAT parquet, COMPRESSION lz4)").fetchall()
    return int(copied[0][0])
