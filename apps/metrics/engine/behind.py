"""The rows behind a number, and why the others do not count: SQL written once per KPI, run with parameters.

Every row of the table is in exactly one of two groups: it counts, or it has one reason why not (the first that applies:
whose it is, what it is, when it was).
"""

# ruff: noqa: S608 - the SQL is made of catalogue definitions and quoted names; dates and pages are parameters

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import duckdb

from apps.common.errors import Refusal
from apps.datasets.schema import FieldType, table
from apps.datasets.store.snapshot import Snapshot, open_for_reading
from apps.datasets.store.sql import name, text
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.formulas import Level, sample
from apps.metrics.catalogue.rows import Both, Condition, Known, Named
from apps.metrics.catalogue.words import column_in_words, condition_in_words, heading
from apps.metrics.engine import sql
from apps.metrics.engine.evaluate import Term, figure_of, terms_of
from apps.metrics.engine.figures import NOTHING, Figure, Org, Scope
from apps.metrics.engine.plan import tallies_of
from apps.metrics.engine.whose import put_scope
from apps.metrics.engine.windows import base_to_date, covered, reached

_COUNTS = "''"  # the reason of a row that counts


@dataclass(frozen=True)
class Behind:
    """`rows` hold the columns of the table plus `_batch` and `_line`; `excluded` is (why, how many), most first."""

    figure: Figure
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    included: int
    excluded: list[tuple[str, int]]


@dataclass(frozen=True)
class Wanted:
    """Which number, and which page of its rows."""

    kpi: Kpi
    scope: Scope
    scope_id: int | None
    start: date
    end: date
    offset: int
    size: int
    sort: str | None  # a column; with a minus in front, descending
    group: tuple[str, str | None] | None = None  # only rows with this text (None: blank) in this column


def rows_behind(snapshot: Snapshot, wanted: Wanted, org: Org) -> Behind:
    """Figure, rows and reasons. Raises Refusal for a sort column that the table does not have."""
    order = _order(snapshot, wanted)
    end = reached(wanted.end, snapshot.complete_through) if wanted.kpi.compares_periods else wanted.end
    end = max(end, wanted.start)
    base = base_to_date(wanted.start, wanted.end, end)
    when = {"start": wanted.start, "end": end, "base_start": base.start, "base_end": base.end}
    with open_for_reading([snapshot]) as con:
        con.execute(f"create temp view live as {snapshot.rows_sql()}")
        in_scope, others = put_scope(con, wanted.kpi, wanted.scope, wanted.scope_id, end, org)
        if wanted.group:
            in_scope, others = _in_group(snapshot, wanted.group, in_scope, others)
        written = _written(wanted.kpi)
        sums = _sums(con, written, in_scope, when)
        reasons = _reasons(con, written, in_scope, others, when)
        included = reasons.pop("", 0)
        page = (
            f"select * from live where {in_scope} and ({written.reason}) = '' order by {order} limit $size offset $at"
        )
        rows = _dicts(con, page, when | {"size": wanted.size, "at": wanted.offset})
    known = covered(wanted.start, wanted.end, snapshot.covers_from, snapshot.complete_through)
    has_data = known and not snapshot.is_empty
    return Behind(
        figure=figure_of(wanted.kpi)(sums) if has_data else NOTHING,
        columns=snapshot.columns,
        rows=rows,
        included=included,
        excluded=sorted(reasons.items(), key=lambda each: (-each[1], each[0])),
    )


@dataclass(frozen=True)
class _Written:
    """The SQL of one KPI: one expression per sum, and the expression of a row's reason ('' if it counts)."""

    sums: tuple[str, ...]
    reason: str


@lru_cache(maxsize=256)
def _written(kpi: Kpi) -> _Written:
    return _Written(tuple(_sum(kpi, term) for term in terms_of(kpi)), _reason(kpi))


def _sum(kpi: Kpi, term: Term) -> str:
    key, of_base = term
    tally = tallies_of(kpi)[key]
    start, end = ("$base_start", "$base_end") if of_base else ("$start", "$end")
    day = name(tally.comes.dated_by.name)
    if tally.leaves is None:
        return sql.amount(tally.comes, f"{day} >= {start} and {day} < {end}")
    came = sql.amount(tally.comes, f"({day} is null or {day} < {end})")
    left = sql.amount(tally.leaves, f"{name(tally.leaves.dated_by.name)} < {end}")
    return f"{came} - {left}"


def _reason(kpi: Kpi) -> str:
    counted = sample(kpi)
    cases = list(_kinds(counted.where))
    if isinstance(counted, Level):
        since, until = counted.since.name, counted.until.name
        left = sql.condition(counted.leaves)
        cases += [
            (f"not {sql.condition(counted.enters)}", text(f"{_event(until)}, but the date is missing or impossible")),
            (f"{name(since)} >= $end", text(f"{_event(since)} after the period")),
            (f"{left} and {name(until)} < $end", text(f"{_event(until)} before the end of the period")),
        ]
    else:
        day = name(kpi.date)
        cases.append((f"{day} is null", text(f"{column_in_words(kpi.date)} is blank")))
        if kpi.compares_periods:
            before = f"{day} >= $base_start and {day} < $base_end"
            cases.append((before, text(f"{_event(kpi.date)} in the period it is compared with")))
        cases.append((f"{day} < $start or {day} >= $end", text(f"{_event(kpi.date)} outside the period")))
    whens = " ".join(f"when {condition} then {reason}" for condition, reason in cases)
    return f"case {whens} else {_COUNTS} end"


def _kinds(where: Condition) -> Iterator[tuple[str, str]]:
    """(condition, reason) for each part of a condition that must hold; rows that are void are called so first."""
    if isinstance(where, Both):
        yield from _kinds(where.first)
        yield from _kinds(where.second)
        return
    if isinstance(where, Named) and isinstance(where.condition, Both):
        yield from _kinds(where.condition)
        return
    failed = f"not {sql.condition(where)}"
    if isinstance(where, Known):
        yield failed, text(f"{column_in_words(where.column.name)} is blank")
        return
    column = next(where.columns())
    if "void" in table(column.table).field(column.name).choices:
        yield f"{name(column.name)} = 'void'", text("void")
    if table(column.table).field(column.name).type is FieldType.CHOICE:
        saying = text(f"not {condition_in_words(where)}: {column_in_words(column.name)} is ")
        yield failed, f"{saying} || coalesce({name(column.name)}, 'blank')"
    else:
        yield failed, text(f"not {condition_in_words(where)}")


def _sums(con: duckdb.DuckDBPyConnection, written: _Written, in_scope: str, when: dict[str, Any]) -> list[Decimal]:
    statement = f"select {', '.join(written.sums)} from live where {in_scope}"
    (found,) = con.execute(statement, _used(statement, when)).fetchall()
    return [Decimal(each) for each in found]


def _reasons(
    con: duckdb.DuckDBPyConnection, written: _Written, in_scope: str, others: str, when: dict[str, Any]
) -> dict[str, int]:
    statement = (
        f"select case when {in_scope} then {written.reason} else {text(others)} end, count(*) from live group by 1"
    )
    return dict(con.execute(statement, _used(statement, when)).fetchall())


def _dicts(con: duckdb.DuckDBPyConnection, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    rows = con.execute(statement, _used(statement, values))
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _used(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """DuckDB refuses parameters that a statement does not name."""
    return {key: each for key, each in values.items() if f"${key}" in statement}


def _order(snapshot: Snapshot, wanted: Wanted) -> str:
    given = wanted.sort or f"-{wanted.kpi.date}"
    column = given.removeprefix("-")
    if column not in snapshot.columns and wanted.sort:
        raise Refusal(f"Rows cannot be sorted by “{column}”: {snapshot.table} have no such column.")
    way = "desc" if given.startswith("-") else "asc"
    return f"{name(column)} {way} nulls last, _batch, _line"


def _in_group(snapshot: Snapshot, group: tuple[str, str | None], in_scope: str, others: str) -> tuple[str, str]:
    """The condition narrowed to one group of a column, as compute_groups forms them, and what is said of the rest."""
    column, value = group
    if column not in snapshot.columns:
        raise Refusal(f"Rows cannot be picked by “{column}”: {snapshot.table} have no such column.")
    is_of_group = (
        f"{name(column)} is null" if value is None else f"coalesce({name(column)}::varchar = {text(value)}, false)"
    )
    why = f"{heading(column)} is not {'blank' if value is None else value}"
    return f"({in_scope} and {is_of_group})", f"{others}, or {why}" if others else why


def _event(column: str) -> str:
    """`closed_on` → `closed`."""
    return column.removesuffix("_on").replace("_", " ")


def page_of(columns: Sequence[str], rows: Sequence[dict[str, Any]], always: Sequence[str]) -> tuple[str, ...]:
    """The columns worth showing: those that the KPI needs, and those that say something on this page."""
    return tuple(c for c in columns if c in always or any(row.get(c) is not None for row in rows))
