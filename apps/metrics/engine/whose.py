"""Which rows are of a person or a team, as a SQL condition on `live`; the same rule of credit as in standing.py."""

# ruff: noqa: S608 - names are ours or quoted; texts of the data go in as parameters

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb

from apps.common.texts import normalised
from apps.datasets.store.sql import name
from apps.metrics.catalogue import Kpi
from apps.metrics.engine.figures import Org, Scope


def put_scope(
    con: duckdb.DuckDBPyConnection, kpi: Kpi, scope: Scope, scope_id: int | None, end: date, org: Org
) -> tuple[str, str]:
    """(condition, what to say of rows for which it is false). Puts small tables beside `live`.

    Texts are compared with the few different texts that occur, not with every row.
    """
    if scope == "workspace":
        return "true", ""
    if scope == "person":
        _put(con, "of_scope", "owner varchar", [(text,) for text, p in _owners(con, org) if p == scope_id])
        return "coalesce(owner in (select owner from of_scope), false)", "owner is not this person"
    _put_teams(con, scope_id, org)
    last_day = f"date '{end - timedelta(days=1)}'"
    # An undated row never counts as a flow; whose it is now makes the better reason.
    day = last_day if kpi.is_level else f"coalesce({name(kpi.date)}, {last_day})"
    spell = f"spells.owner = live.owner and {day} >= spells.first and {day} < spells.until"
    condition = (
        "(coalesce(team in (select team from of_scope), false) or "
        "(coalesce(team not in (select team from known_teams), true) and "
        f"exists (select 1 from spells where {spell})))"
    )
    return condition, "belongs to another team"


def _put_teams(con: duckdb.DuckDBPyConnection, team_id: int | None, org: Org) -> None:
    below = {team for above, team in org.ancestors if above == team_id}
    ids = dict(org.teams)
    known = [(text, ids[normalised(text)]) for text in _texts(con, "team") if normalised(text) in ids]
    _put(con, "known_teams", "team varchar", [(text,) for text, _ in known])
    _put(con, "of_scope", "team varchar", [(text,) for text, team in known if team in below])
    spells = [
        (text, start, min(until, date(9999, 1, 1)))
        for text, person in _owners(con, org)
        for member, team, start, until in org.memberships_in_turn()
        if member == person and team in below
    ]
    _put(con, "spells", "owner varchar, first date, until date", spells)


def _owners(con: duckdb.DuckDBPyConnection, org: Org) -> list[tuple[str, int]]:
    """Every text in the owner column that means somebody, and whom."""
    ids = dict(org.owners)
    return [(text, ids[normalised(text)]) for text in _texts(con, "owner") if normalised(text) in ids]


def _texts(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    found = con.execute(f"select distinct {name(column)} from live where {name(column)} is not null").fetchall()
    return [text for (text,) in found]


def _put(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    con.execute(f"create temp table {table} ({columns})")
    if rows:
        places = ", ".join("?" for _ in rows[0])
        con.executemany(f"insert into {table} values ({places})", rows)
