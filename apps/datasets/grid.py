"""The cells of a file as they are to be read: put right where somebody did so, without the lines that stay out."""

# ruff: noqa: S608 - the only names put into SQL are ours: grid, c0, c1, …

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from apps.datasets.checks import Issue
from apps.datasets.plan import Plan
from apps.datasets.repairs import Repairs
from apps.datasets.returning import EXCLUDED, as_it_was_sql, ours

_TOLD = 20  # repairs that no longer fit are told one by one up to here


@dataclass(frozen=True)
class Grid:
    """`excluded` lines stay out; `notes` tell what could not be put right, because it is not there any more."""

    excluded: int = 0
    notes: list[Issue] = field(default_factory=list)


def lay_out(con: duckdb.DuckDBPyConnection, plan: Plan, repairs: Repairs) -> Grid:
    """CREATE VIEW raw over `grid`, without lines of nothing but delimiters; CREATE VIEW taken_out if lines stay out.

    A line in which a cell was put right has been looked at: what the reader noted about it is settled.
    """
    width, returning = plan.width, ours(plan.headers)
    notes = _load(con, plan, repairs) if repairs else []
    cells = {each: as_it_was_sql(f"g.c{each}") if returning else f"g.c{each}" for each in range(width)}
    note, join, out = "g._note", "", "false"
    if repairs:
        for each in sorted({plan.headers.index(h) for _, h in repairs.cells if h in plan.headers[:width]}):
            cells[each] = f"CASE WHEN p.has{each} THEN p.c{each} ELSE {cells[each]} END"
        note, join = "CASE WHEN p.repaired THEN NULL ELSE g._note END", "LEFT JOIN repaired p ON p._line = g._line"
        out = "coalesce(p.excluded, false)"
    if returning:
        out = f"({out} OR coalesce(starts_with(g.c1, '{EXCLUDED}'), false))"
    told = ", ".join(f"{sql} AS c{each}" for each, sql in cells.items())
    rows = f"SELECT g._line, {note} AS _note, {told}, {out} AS _out FROM grid g {join}"
    names = ", ".join(f"c{each}" for each in range(width))
    con.execute(
        f"CREATE OR REPLACE VIEW raw AS SELECT * EXCLUDE (_out) FROM ({rows})"
        f" WHERE coalesce({names}, _note) IS NOT NULL{' AND NOT _out' if out != 'false' else ''}"
    )
    if out == "false":
        return Grid(notes=notes)
    con.execute(f"CREATE OR REPLACE VIEW taken_out AS SELECT * EXCLUDE (_out) FROM ({rows}) WHERE _out")
    return Grid(int(con.execute("SELECT count(*) FROM taken_out").fetchall()[0][0]), notes)


def _load(con: duckdb.DuckDBPyConnection, plan: Plan, repairs: Repairs) -> list[Issue]:
    """CREATE TABLE repaired: one row for each line, with has<n> and c<n> of the columns that something changes."""
    known = plan.headers[: plan.width]
    places = sorted({known.index(header) for _, header in repairs.cells if header in known})
    columns = "".join(f", has{each} BOOLEAN, c{each} VARCHAR" for each in places)
    con.execute(
        f"CREATE OR REPLACE TABLE repaired (_line BIGINT PRIMARY KEY, excluded BOOLEAN, repaired BOOLEAN{columns})"
    )
    by_line: dict[int, dict[int, str]] = {line: {} for line in repairs.excluded}
    for (line, header), text in repairs.cells.items():
        if header in known:
            by_line.setdefault(line, {})[known.index(header)] = text
    rows = [(line, line in repairs.excluded, bool(cells), *_cells(cells, places)) for line, cells in by_line.items()]
    if rows:
        con.executemany(f"INSERT INTO repaired VALUES ({', '.join('?' * (3 + 2 * len(places)))})", rows)
    return _not_there(con, plan, repairs)


def _cells(given: dict[int, str], places: list[int]) -> Iterator[bool | str | None]:
    for place in places:
        yield place in given
        yield given.get(place) or None


def _not_there(con: duckdb.DuckDBPyConnection, plan: Plan, repairs: Repairs) -> list[Issue]:
    gone = [line for (line,) in con.execute("SELECT _line FROM repaired ANTI JOIN grid USING (_line)").fetchall()]
    found = [
        Issue(
            line,
            "",
            "",
            "The file has no row in this line any more: what was put right in it was left aside.",
            rejects=False,
            kind="repair",
        )
        for line in sorted(gone)
    ]
    unknown = dict.fromkeys(header for _, header in repairs.cells if header not in plan.headers[: plan.width])
    found += [
        Issue(
            0,
            "",
            header[:200],
            f"The file has no column `{header[:80]}` any more: what was put right in it was left aside.",
            rejects=False,
            kind="repair",
        )
        for header in unknown
    ]
    if len(found) > _TOLD:
        more = f"{len(found) - _TOLD:,} more repairs do not fit this file and were left aside."
        found = [*found[:_TOLD], Issue(0, "", "", more, rejects=False, kind="repair")]
    return found
