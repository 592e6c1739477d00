"""The rows behind a number whose table stays in a warehouse: read there, a page at a time.

The figure and its parts are those of the engine. Which rows count is asked of the warehouse with the same conditions as
for imported rows; why the others do not count is not worked out there, as that would read every row of the table.
"""

# ruff: noqa: S608 - made of catalogue definitions, dates and quoted names and texts

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlglot

from apps.common.errors import Refusal
from apps.common.periods import Period
from apps.common.texts import normalised
from apps.datasets.store.in_place import Relation
from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name, text, texts
from apps.metrics.catalogue.derived import source_of, table_named
from apps.metrics.catalogue.formulas import PerEntity, ThenKnown, WhileAllotted
from apps.metrics.engine.coverage import coverage_of, ran_in
from apps.metrics.engine.derived import columns_of, live_sql
from apps.metrics.engine.evaluate import Outcome
from apps.metrics.engine.figures import NO_OWNER, NOTHING, Context, Figure, Org, Request
from apps.metrics.engine.groups import NO_GROUP, compute_groups
from apps.metrics.engine.owners import texts_meaning
from apps.metrics.engine.plan import Term, bases_of, wanted_of
from apps.metrics.engine.reasons import Part, literal, part_of
from apps.metrics.engine.requests import compute_requests, numbers_of
from apps.metrics.engine.scanned import Found, Wanted
from apps.metrics.engine.shares import shares_of
from apps.metrics.engine.sql import condition
from apps.metrics.engine.windows import Window, reached

_NOTHING = (NO_OWNER, NOTHING.reason)


@dataclass(frozen=True)
class Shown:
    """One table of the number: which of its rows count, and one page of them."""

    view: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    included: int
    offset: int
    found: tuple[Found, ...]


def figure_there(
    snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org, context: Context
) -> tuple[Figure, Mapping[Term, Decimal | Outcome]]:
    """The figure, and the numbers of its formula; of a group only the figure. Refusal for a group of a team."""
    kpi = wanted.kpi
    if wanted.group is None:
        request = Request(0, kpi.ref, wanted.scope, wanted.scope_id, wanted.start, wanted.end)
        figure = compute_requests(snapshots, [request], org, {kpi.ref: kpi}, context)[0].figure
        return figure, numbers_of(snapshots, request, org, kpi, context) if figure.reason not in _NOTHING else {}
    if wanted.scope != "workspace":
        raise Refusal(
            f"{', '.join(ran_in(snapshots, kpi))}: there the rows of a team or person cannot be picked by group too."
        )
    column, value = wanted.group
    period = Period(wanted.start, wanted.end, "")
    for each in compute_groups(snapshots, kpi, [period], column, org, context=context):
        if each.group == (NO_GROUP if value is None else value):
            return each.figure, {}
    return Figure(None, None, 0, None, "no_data"), {}


def page_there(snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org) -> Shown:
    """One page of the rows that count. Refusal for what a warehouse is not asked."""
    view, relation, where = _asked(snapshots, wanted, org)
    columns = columns_of(view, snapshots)
    if wanted.reason is not None:
        raise Refusal(f"{relation.said} is used where it is: why rows do not count is told of imported rows only.")
    rows = f"FROM ({live_sql(view, snapshots)}) AS r WHERE {where}"
    with relation.opened() as con:
        ((included,),) = relation.answer(con, f"SELECT count(*) {rows}")
        offset = min(wanted.offset, max(0, (included - 1) // wanted.size * wanted.size))
        page = f"{rows} ORDER BY {_order(view, columns, wanted)} LIMIT {int(wanted.size)} OFFSET {int(offset)}"
        listed = relation.answer(con, f"SELECT {', '.join(name(each) for each in columns)} {page}")
    found = [_row(relation, view, dict(zip(columns, each, strict=True))) for each in listed]
    others = (Found(view, view, columns, included, []),)
    return Shown(view, columns, found, included, offset, others)


def every_row_there(
    snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org, chunk: int
) -> Iterator[dict[str, Any]]:
    """All rows that count, read while they are asked for."""
    view, relation, where = _asked(snapshots, wanted, org)
    columns = columns_of(view, snapshots)
    listed = f"SELECT {', '.join(name(each) for each in columns)} FROM ({live_sql(view, snapshots)}) AS r"
    statement = f"{listed} WHERE {where} ORDER BY {_order(view, columns, wanted)}"
    for row in relation.stream(statement, chunk):
        yield _row(relation, view, dict(zip(columns, row, strict=True)))


def _row(relation: Relation, view: str, row: dict[str, Any]) -> dict[str, Any]:
    """Its place is the relation and its key there, instead of an import and a line."""
    key = ", ".join(str(row.get(each)) for each in table_named(view).key)
    return row | {"_batch": 0, "_line": 0, "_role": "", "_share": None, "_relation": relation.said, "_key": key}


def _asked(snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org) -> tuple[str, Relation, str]:
    """Table, where it is, and the SQL of which of its rows count."""
    kpi = wanted.kpi
    parts = list(_parts(snapshots, wanted))
    views = list(dict.fromkeys(part.source for part in parts))
    if wanted.table and wanted.table not in views:
        raise Refusal(f"{kpi.name} does not read “{wanted.table}”; it reads {', '.join(views)}.")
    there = [view for view in views if snapshots[source_of(view)].in_place is not None]
    view = wanted.table or (kpi.table if kpi.table in there else there[0])
    relation = snapshots[source_of(view)].in_place
    if relation is None:
        raise Refusal(
            f"{kpi.name} also reads {' and '.join(there)} in a warehouse: its imported rows are listed where all of its"
            " tables are imported."
        )
    columns = columns_of(view, snapshots)
    scope = _Scope(relation, live_sql(view, snapshots), columns, wanted, org)
    counted = [
        f"({part.holds}) AND ({_kind(part)}) AND ({scope.holds(part.day)})" for part in parts if part.source == view
    ]
    return view, relation, _postgres(f"({' OR '.join(f'({each})' for each in counted)}) AND ({scope.in_group()})")


def _kind(part: Part) -> str:
    return condition(part.kind)


def _parts(snapshots: Mapping[str, Snapshot], wanted: Wanted) -> Iterator[Part]:
    """The measures of the period itself, not of what it is compared with."""
    kpi = wanted.kpi
    through = coverage_of(snapshots, kpi)
    end = max(wanted.start, reached(wanted.end, through.through)) if bases_of(kpi) else wanted.end
    window = Window(wanted.start, max(end, wanted.start))
    reach = max(window.start, reached(window.end, through.reach))
    for need, when in wanted_of(kpi):
        if when is not None:
            continue
        leaves = need.leaf.inner() if isinstance(need.leaf, PerEntity) else (need.leaf,)
        for leaf in leaves:
            if isinstance(leaf, WhileAllotted | ThenKnown):
                raise Refusal(f"{kpi.name} looks at each owner's days: import its tables to see its rows.")
            try:
                yield part_of(leaf, need.dated_by, window, reach=reach)
            except TypeError:  # a length of time or a given number: nothing stands behind it
                continue


def _postgres(holds: str) -> str:
    """The conditions of the drill-down are written for DuckDB; what differs in PostgreSQL is the days between dates."""
    return str(sqlglot.parse_one(holds, read="duckdb").sql("postgres"))


def _order(view: str, columns: tuple[str, ...], wanted: Wanted) -> str:
    given = wanted.sort or ""
    column = given.removeprefix("-") or (wanted.kpi.date if wanted.kpi.table == view else table_named(view).main_date)
    if column not in columns:
        raise Refusal(f"Rows cannot be sorted by “{column}”: {view} have no such column.")
    way = "DESC" if given.startswith("-") or not given else "ASC"
    key = "".join(f", {name(each)}" for each in table_named(view).key)
    return f"{name(column)} {way} NULLS LAST{key}"


class _Scope:
    """Whose rows, and of which group, as SQL with the texts that mean somebody written into it."""

    def __init__(self, relation: Relation, rows: str, columns: tuple[str, ...], wanted: Wanted, org: Org) -> None:
        self.wanted, self.org = wanted, org
        self.has = {column: column in columns for column in ("owner", "team")}
        self.columns = columns
        self.texts: dict[str, list[str]] = {"owner": [], "team": []}
        if wanted.scope != "workspace":
            for column in (each for each, there in self.has.items() if there):
                asked = f"SELECT DISTINCT {name(column)} AS text FROM ({rows}) AS r WHERE {name(column)} IS NOT NULL"
                self.texts[column] = [each["text"] for each in relation.rows(asked)]

    def holds(self, day: str) -> str:
        """Whether a row with this day is of the scope."""
        if self.wanted.scope == "workspace":
            return "true"
        if self.wanted.scope == "person":
            mine = [each for each in self.texts["owner"] if self.wanted.scope_id in self._people(each)]
            return f'coalesce("owner" in ({texts(mine)}), false)' if mine else "false"
        below = {team for above, team in self.org.ancestors if above == self.wanted.scope_id}
        known = dict(self.org.teams)
        teams = {each: known.get(normalised(each)) for each in self.texts["team"]}
        mine = [each for each, team in teams.items() if team in below]
        others = [each for each, team in teams.items() if team is not None and team not in below]
        own = self._in_spells(below, day)
        if others:
            own = f'({own} and not coalesce("team" in ({texts(others)}), false))'
        return f'(coalesce("team" in ({texts(mine)}), false) or {own})' if mine else own

    def _in_spells(self, below: set[int], day: str) -> str:
        spells: dict[tuple[date, date], list[str]] = {}
        for person, team, start, end in self.org.memberships_in_turn():
            if team in below:
                mine = [each for each in self.texts["owner"] if person in self._people(each)]
                spells.setdefault((start, min(end, date(9999, 12, 31))), []).extend(mine)
        said = [
            f'("owner" in ({texts(owners)}) and {day} >= {literal(start)} and {day} < {literal(end)})'
            for (start, end), owners in spells.items()
            if owners
        ]
        return f"coalesce({' or '.join(said)}, false)" if said else "false"

    def _people(self, written: str) -> set[int]:
        ids = dict(self.org.owners)
        names = [who for who, _ in shares_of(written)] or [written]
        return {ids[normalised(each)] for each in names if normalised(each) in ids}

    def in_group(self) -> str:
        if self.wanted.group is None:
            return "true"
        column, value = self.wanted.group
        if column not in self.columns:
            raise Refusal(f"Rows cannot be picked by “{column}”: there is no such column.")
        if value is None:
            return f"{name(column)} is null"
        if column == "owner":
            same = texts_meaning(value, self.org)
            spaced = f"lower(trim(regexp_replace({name(column)}, '\\s+', ' ', 'g')))"
            return f"coalesce({spaced} in ({texts(same)}), false)"
        return f"coalesce(cast({name(column)} as varchar) = {text(value)}, false)"
