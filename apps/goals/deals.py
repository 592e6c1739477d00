"""Reading the deals of a snapshot, whatever columns its files happen to have."""

from collections.abc import Iterable

import duckdb

from apps.datasets.schema import TABLES
from apps.datasets.store.sql import name

TABLE = "deals"


def columns_of(con: duckdb.DuckDBPyConnection, view: str, wanted: Iterable[str]) -> str:
    """For a SELECT: the wanted columns, each blank in its type where no file of the view has it."""
    there = {row[0] for row in con.execute(f"DESCRIBE {name(view)}").fetchall()}
    types = {field.name: field.type.sql for field in TABLES[TABLE].fields}
    return ", ".join(name(each) if each in there else f"NULL::{types[each]} AS {name(each)}" for each in wanted)
