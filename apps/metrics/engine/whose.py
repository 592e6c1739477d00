"""Whose rows are: which are of the person or team asked for, and to which share; as standing.py credits them.

Texts are looked up once for each different text of the data, never row by row; every row then finds its owner by one
equality. A person is in few teams over the years: their spells stand side by side as columns, so that a row needs no
search among them.
"""

# ruff: noqa: S608 - names are ours or quoted; texts of the data travel as Arrow columns

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from apps.common.texts import normalised
from apps.datasets.store.sql import name
from apps.metrics.engine.figures import Org, Scope
from apps.metrics.engine.reasons import Why
from apps.metrics.engine.shares import shares_of

SHARE = "decimal(18, 14)"
_FAR = date(9999, 1, 1)

People = dict[str, list[tuple[int, Decimal]]]
Memberships = tuple[tuple[int, int, date, date | None], ...]
Spell = tuple[date, date, Decimal]  # from, up to, and which share of the row is this person's


@dataclass(frozen=True)
class Whose:
    """SQL about a row `r` of one table. `join` brings what it needs beside the rows.

    `nobody`: the table does not say whose its rows are, so that none is anybody's.
    """

    scope: Scope
    join: str = ""
    shared: bool = False
    spells: int = 0
    by_team: bool = False
    by_owner: bool = True
    nobody: bool = False

    def inside(self, day: str) -> str:
        """Whether the row is of the scope on this day."""
        if self.scope == "workspace":
            return "true"
        if self.nobody:
            return "false"
        if self.shared:
            return f"({self.share(day)} > 0)"
        if self.scope == "person":
            return "coalesce(_o._mine, false)"
        theirs = " or ".join(self._in_spell(i, day) for i in range(self.spells)) or "false"
        own = f"coalesce({theirs}, false)" if self.by_owner else "false"
        return f"case when _t._mine is null then {own} else _t._mine end" if self.by_team else own

    def share(self, day: str) -> str:
        """The share of the row that is of the scope on this day, 0 to 1."""
        if self.scope == "workspace":
            return f"1::{SHARE}"
        if self.scope == "person":
            return f"coalesce(_o._share, 0)::{SHARE}"
        parts = [
            f"case when {self._in_spell(i, day)} then _o._s{i} else 0 end"
            for i in range(self.spells if self.by_owner else 0)
        ]
        own = " + ".join(parts) or "0"
        team = "when _t._mine then 1 when not _t._mine then 0" if self.by_team else "when false then 0"
        return f"(case {team} else {own} end)::{SHARE}"

    def days(self, first: str, last: str) -> str:
        """How many days from `first` up to `last` the row is of the scope, shares counted."""
        whole = _days(first, last)
        if self.scope == "workspace":
            return whole
        if self.nobody:
            return "0"
        if self.scope == "person":
            return f"({whole} * {self.share(first)})"
        parts = [
            f"coalesce({_days(f'greatest({first}, _o._f{i})', f'least({last}, _o._u{i})')} * _o._s{i}, 0)"
            for i in range(self.spells if self.by_owner else 0)
        ]
        own = " + ".join(parts) or "0"
        team = f"when _t._mine then {whole} when not _t._mine then 0" if self.by_team else "when false then 0"
        return f"(case {team} else {own} end)"

    def whys(self, table: str) -> tuple[Why, ...]:
        """Why a row is not of the scope; the last one is true of every such row."""
        if self.scope == "workspace":
            return ()
        if self.nobody:
            return (Why("true", f"{table} have no owner"),)
        if self.scope == "person":
            return (
                Why('"owner" is null', "owner is blank"),
                Why("_o._owner is null", "owner is nobody in this workspace"),
                Why("true", "belongs to somebody else"),
            )
        unknown = "_t._mine is null" if self.by_team else "true"
        nobodys = (
            (Why(f"{unknown} and _o._owner is null", "owner is nobody in this workspace"),) if self.by_owner else ()
        )
        return (*nobodys, Why("true", "belongs to another team"))

    @staticmethod
    def _in_spell(i: int, day: str) -> str:
        return f"({day} >= _o._f{i} and {day} < _o._u{i})"


def whose_rows(
    con: duckdb.DuckDBPyConnection,
    view: str,
    columns: Sequence[str],
    scope: Scope,
    scope_id: int | None,
    org: Org,
    known_as: object,
) -> Whose:
    """Puts small tables beside the view. `known_as` tells the contents of the view: equal, and its texts are known."""
    if scope == "workspace":
        return Whose(scope)
    has_owner, has_team = "owner" in columns, "team" in columns and scope == "team"
    if not has_owner and not has_team:
        return Whose(scope, nobody=True)
    people = _people(con, view, org, known_as) if has_owner else {}
    shared = any(share != 1 for owners in people.values() for _, share in owners)
    place = normalised(view).replace(" ", "_")
    if scope == "person":
        rows = [
            (text, any(p == scope_id for p, _ in owners), sum((s for p, s in owners if p == scope_id), Decimal(0)))
            for text, owners in people.items()
        ]
        put(
            con, f"_owners_{place}", {"_owner": pa.string(), "_mine": pa.bool_(), "_share": pa.decimal128(18, 14)}, rows
        )
        return Whose(scope, f' left join _owners_{place} _o on r."owner" = _o._owner', shared)
    return _of_team(con, view, place, people, scope_id, org, known_as, has_owner=has_owner, has_team=has_team)


def _of_team(
    con: duckdb.DuckDBPyConnection,
    view: str,
    place: str,
    people: People,
    team_id: int | None,
    org: Org,
    known_as: object,
    *,
    has_owner: bool,
    has_team: bool,
) -> Whose:
    below = frozenset(team for above, team in org.ancestors if above == team_id)
    shared = any(share != 1 for owners in people.values() for _, share in owners)
    turns = _turns(org.memberships, below)
    spells = {
        text: [(start, until, share) for person, share in owners for start, until in turns.get(person, ())]
        for text, owners in people.items()
    }
    many = max((len(each) for each in spells.values()), default=0)
    join = ""
    if has_owner:
        types: dict[str, pa.DataType] = {"_owner": pa.string()}
        for i in range(many):
            types |= {f"_f{i}": pa.date32(), f"_u{i}": pa.date32(), f"_s{i}": pa.decimal128(18, 14)}
        rows = [
            (text, *(cell for i in range(many) for cell in (each[i] if i < len(each) else (None, None, None))))
            for text, each in spells.items()
        ]
        put(con, f"_owners_{place}", types, rows)
        join += f' left join _owners_{place} _o on r."owner" = _o._owner'
    if has_team:
        ids = dict(org.teams)
        texts = texts_of(con, view, "team", known_as)
        known = [(text, ids[normalised(text)] in below) for text in texts if normalised(text) in ids]
        put(con, f"_teams_{place}", {"_team": pa.string(), "_mine": pa.bool_()}, known)
        join += f' left join _teams_{place} _t on r."team" = _t._team'
    return Whose("team", join, shared, many, by_team=has_team, by_owner=has_owner)


@lru_cache(maxsize=64)
def _turns(memberships: Memberships, below: frozenset[int]) -> dict[int, list[tuple[date, date]]]:
    """When each person was in one of these teams."""
    turns: dict[int, list[tuple[date, date]]] = {}
    for person, team, start, until in Org(memberships=memberships).memberships_in_turn():
        if team in below:
            turns.setdefault(person, []).append((start, min(until, _FAR)))
    return turns


def _people(con: duckdb.DuckDBPyConnection, view: str, org: Org, known_as: object) -> People:
    """Every text in the owner column that means somebody: whom, and with which share."""
    return _people_among(texts_of(con, view, "owner", known_as), org.owners)


@lru_cache(maxsize=64)
def _people_among(texts: tuple[str, ...], owners: tuple[tuple[str, int], ...]) -> People:
    ids = dict(owners)
    found = {}
    for text in texts:
        shares = shares_of(text) or [(text, Decimal(1))]
        people = [(ids[normalised(who)], share) for who, share in shares if normalised(who) in ids]
        if people:
            found[text] = people
    return found


class _Asked:
    """What immutable files hold is read once in a process. Equal only to the same statement about the same contents."""

    def __init__(self, con: duckdb.DuckDBPyConnection, statement: str, known_as: object) -> None:
        self.con, self.key = con, (statement, known_as)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def read(self) -> tuple[tuple[Any, ...], ...]:
        found = tuple(self.con.execute(self.key[0]).fetchall())
        del self.con  # what stays in a cache holds no connection open
        return found


@lru_cache(maxsize=128)
def _few(asked: _Asked) -> tuple[tuple[Any, ...], ...]:
    return asked.read()


@lru_cache(maxsize=512)
def _answer(asked: _Asked) -> tuple[tuple[Any, ...], ...]:
    return asked.read()


def answered(con: duckdb.DuckDBPyConnection, statement: str, known_as: object) -> tuple[tuple[Any, ...], ...]:
    """The rows of a statement that finds few. `known_as` tells the contents of all that it reads."""
    return _answer(_Asked(con, statement, known_as))


def texts_of(con: duckdb.DuckDBPyConnection, view: str, column: str, known_as: object) -> tuple[str, ...]:
    """The different texts of a column."""
    statement = f"select distinct {name(column)} from {name(view)} where {name(column)} is not null"
    return tuple(text for (text,) in _few(_Asked(con, statement, known_as)))


def _days(first: str, last: str) -> str:
    return f"greatest(date_diff('day', {first}, {last}), 0)"


def put(
    con: duckdb.DuckDBPyConnection, table: str, types: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]
) -> None:
    columns = list(zip(*rows, strict=True)) or [() for _ in types]
    arrow = pa.table({n: pa.array(list(c), type=t) for (n, t), c in zip(types.items(), columns, strict=True)})
    con.register(f"{table}_given", arrow)
    con.execute(f"create or replace temp table {table} as select * from {table}_given")
    con.unregister(f"{table}_given")
