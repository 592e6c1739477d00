"""Owners who share a row by percentages, brought into their one form while a file is checked."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

import duckdb

from apps.common.errors import Refusal
from apps.common.splits import parse_split, told
from apps.datasets.plan import Plan
from apps.datasets.store.sql import as_text


def find_splits(con: duckdb.DuckDBPyConnection, plan: Plan) -> bool:
    """CREATE TABLE splits (written, told): each text with a percent sign, and its form; NULL where it has none.

    False if there is no such text, as in most files: then nothing has to be asked of every row.
    """
    field = plan.mapping.table.shared
    if not field or not plan.has_source(field):
        return False
    column = as_text(field)
    found = con.execute(f"SELECT DISTINCT {column} FROM texts WHERE contains({column}, '%')").fetchall()
    rows = [(written, _told(written)) for (written,) in found]
    if rows:
        con.execute("CREATE OR REPLACE TABLE splits (written VARCHAR, told VARCHAR)")
        con.executemany("INSERT INTO splits VALUES (?, ?)", rows)
    return bool(rows)


def shared_sql(sql: str) -> str:
    """The stored owner of a text; NULL for shares that do not fit together."""
    form = f"(SELECT any_value(told) FROM splits WHERE written = {sql})"
    return f"CASE WHEN contains({sql}, '%') THEN {form} ELSE {sql} END"


def _told(written: str) -> str | None:
    try:
        return told(parse_split(written))
    except Refusal:
        return None
