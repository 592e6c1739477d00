"""One measure of a formula as SQL about one row: whether the row counts, what it adds, and if not, why not.

    part = part_of(use, when)
    part.kind      which rows the measure is about at all: won deals
    part.holds     whether such a row counts in the period
    part.whys      what to say of a row of that kind that does not; the last one is true of every such row

Only definitions of the catalogue and dates come here, never texts of users.
"""

# ruff: noqa: S608 - made of catalogue definitions and dates

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from apps.datasets.schema import FieldType
from apps.datasets.store.sql import name
from apps.metrics.catalogue.derived import table_named
from apps.metrics.catalogue.formulas import (
    Allotted,
    Count,
    Formula,
    Instant,
    Level,
    MeanLevel,
    Overall,
    Stocktake,
    ThenKnown,
    Total,
    WhileAllotted,
    table_of,
)
from apps.metrics.catalogue.rows import Both, Column, Condition, Either, Every, Known, Named, OneOf, Value
from apps.metrics.catalogue.words import column_in_words, condition_in_words
from apps.metrics.engine import sql
from apps.metrics.engine.windows import Window

ALLOTTED_DAYS = "_allotted_days"
WHO = "_who._who"  # the owner of a row, whatever name of theirs is written on it
_EVER, _NEVER = "date '0001-01-01'", "date '9999-12-31'"


@dataclass(frozen=True)
class Why:
    """A reason: the SQL of when it applies, what it says, and for some the SQL of a text that completes it."""

    when: str
    says: str
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Part:
    """One measure over one window, as SQL about a row of `source`. `amount` None: a row adds 1.

    `day` is the SQL of the day on which the row's owner is credited; with `days` (from, until) every day in between is
    credited by itself, and the row adds its amount for each. `flow` is the column that places the row in `window`.
    """

    source: str
    table: str
    kind: Condition
    holds: str
    whys: tuple[Why, ...]
    amount: str | None
    day: str
    window: Window
    flow: str | None = None
    days: tuple[str, str] | None = None
    before: tuple[str, date] | None = None  # in this column every row that counts has a day before that one, or none
    span: str = ""  # over how many days the amount is given: it counts by its share of them
    of_base: bool = False
    overall: str = ""  # of this column all groups count, not only the one asked for
    stocktake: str = ""  # the column that tells stocktakes apart
    money: bool = False  # what it adds up may be in a currency without a rate


def part_of(measure: Formula, dated_by: Column, window: Window, *, of_base: bool = False, reach: date) -> Part:
    """`reach` is the end of what the data covers of the window. Raises TypeError for what has no rows."""
    match measure:
        case Count(where=where, on=on):
            return _flow(where, None, on or dated_by, window, of_base=of_base)
        case Total(value=value, where=where, on=on):
            return _flow(where, value, on or dated_by, window, of_base=of_base)
        case Overall(of=of, column=column):
            return replace(part_of(of, dated_by, window, of_base=of_base, reach=reach), overall=column.name)
        case Level():
            return _level(measure, window)
        case MeanLevel(level=level):
            return _mean_level(level, Window(window.start, max(window.start, min(window.end, reach))))
        case ThenKnown(of=level):
            return replace(_level(level, window), source=then(table_of(level)))
        case _:
            return _of_spans(measure, dated_by, window, of_base=of_base, reach=reach)


def _of_spans(measure: Formula, dated_by: Column, window: Window, *, of_base: bool, reach: date) -> Part:
    match measure:
        case Allotted():
            return _allotted(measure, window)
        case Stocktake(value=value, counted_on=counted_on):
            part = _flow(value.known, value, counted_on, window, of_base=of_base)
            return replace(part, stocktake=counted_on.name)
        case WhileAllotted(of=of, allotted=allotted):
            return _while_allotted(part_of(of, dated_by, window, reach=reach), allotted)
    raise TypeError(f"no rows behind {type(measure).__name__}")


def then(table: str) -> str:
    """The name under which the rows stand that were known at the start of the period."""
    return f"then {table}"


def is_money(value: Value | None) -> bool:
    """Whether an amount of money goes into it."""
    fields = ((column.name, table_named(column.table)) for column in (value.columns() if value is not None else ()))
    return any(table.has(column) and table.field(column).type is FieldType.MONEY for column, table in fields)


def literal(day: date) -> str:
    return f"date '{day.isoformat()}'"


def event(column: str) -> str:
    """`closed_on` → `closed`."""
    return column.removesuffix("_on").removesuffix("_at").replace("_", " ")


def _flow(where: Condition, value: Value | None, on: Column, window: Window, *, of_base: bool) -> Part:
    day = name(on.name)
    inside = f"({day} >= {literal(window.start)} and {day} < {literal(window.end)})"
    return Part(
        source=on.table,
        table=on.table,
        kind=where,
        holds=f"coalesce({inside}, false)",
        whys=(
            Why(f"{day} is null", f"{column_in_words(on.name)} is blank"),
            Why("true", f"{event(on.name)} outside the period"),
        ),
        amount=None if value is None else sql.value(value),
        day=f"coalesce({day}::date, {literal(window.end - timedelta(days=1))})",
        window=window,
        flow=on.name,
        before=(on.name, window.end),
        of_base=of_base,
        money=is_money(value),
    )


def _level(level: Level, window: Window) -> Part:
    starts = level.at is Instant.START
    at = literal(window.start if starts else window.end)
    since, until = name(level.since.name), name(level.until.name)
    enters, leaves = sql.condition(level.enters), sql.condition(level.leaves)
    came, left = f"({since} is null or {since} < {at})", f"coalesce({leaves} and {until} < {at}, false)"
    moment = "the start of the period" if starts else "the end of the period"
    whys = [
        Why(f"not {enters}", f"{event(level.until.name)}, but the date is missing or impossible"),
        Why(f"not {came}", f"{event(level.since.name)} after {'its start' if starts else 'the period'}"),
        Why(left, f"{event(level.until.name)} before {moment}"),
    ]
    holds = f"({enters} and {came} and not {left})"
    if level.due is not None:
        due = name(level.due.name)
        in_time = f"({due} is null or ({due} >= {literal(window.start)} and {due} < {literal(window.end)}))"
        whys.append(Why("true", f"{event(level.due.name)} outside the period"))
        holds = f"({holds} and {in_time})"
    whys[-1] = replace(whys[-1], when="true")
    return Part(
        source=level.since.table,
        table=level.since.table,
        kind=level.where,
        holds=holds,
        whys=tuple(whys),
        amount=None if level.value is None else sql.value(level.value),
        day=literal((window.start if starts else window.end) - timedelta(days=1)),
        window=window,
        before=(level.since.name, window.start if starts else window.end),
        money=is_money(level.value),
    )


def _mean_level(level: Level, window: Window) -> Part:
    start, end = literal(window.start), literal(window.end)
    since, until = name(level.since.name), name(level.until.name)
    enters = sql.condition(level.enters)
    leaves_on = f"case when {sql.condition(level.leaves)} then coalesce({until}::date, {_NEVER}) else {_NEVER} end"
    first, last = f"greatest(coalesce({since}::date, {_EVER}), {start})", f"least({leaves_on}, {end})"
    return Part(
        source=level.since.table,
        table=level.since.table,
        kind=level.where,
        holds=f"({enters} and {last} > {first})",
        whys=(
            Why(f"not {enters}", f"{event(level.until.name)}, but the date is missing or impossible"),
            Why(f"coalesce({since} >= {end}, false)", f"{event(level.since.name)} after the period"),
            Why("true", f"{event(level.until.name)} before the period"),
        ),
        amount=None if level.value is None else sql.value(level.value),
        day=literal(window.end - timedelta(days=1)),
        window=window,
        days=(first, last),
        before=(level.since.name, window.end),
        money=is_money(level.value),
    )


def _allotted(measure: Allotted, window: Window) -> Part:
    start, end = literal(window.start), literal(window.end)
    since, until = name(measure.since.name), name(measure.until.name)
    return Part(
        source=measure.since.table,
        table=measure.since.table,
        kind=measure.value.known,
        holds=f"coalesce({since} < {end} and {until} > {start} and {until} > {since}, false)",
        whys=(
            Why(f"{since} is null or {until} is null", "its first or last day is blank"),
            Why("true", f"{measure.since.name.split('_')[0]} has no day in the period"),
        ),
        amount=sql.value(measure.value),
        day=f"coalesce({since}, {literal(window.end - timedelta(days=1))})",
        window=window,
        days=(f"greatest({since}, {start})", f"least({until}, {end})"),
        span=f"date_diff('day', {since}, {until})",
        money=is_money(measure.value),
    )


def _while_allotted(part: Part, allotted: Allotted) -> Part:
    """Only on days for which the owner has an allotment; ALLOTTED_DAYS is put beside the rows (reading.py)."""
    has_one = f"coalesce(({WHO}, {name(part.flow or '')}) in (select _who, _day from {ALLOTTED_DAYS}), false)"
    why = Why(part.holds, f"its owner has no {allotted.value.table.removesuffix('s')} on that day")
    return replace(part, holds=f"({part.holds} and {has_one})", whys=(why, *part.whys))


def kinds(conditions: Sequence[Condition]) -> Iterator[Why]:
    """Why a row is of none of these kinds; rows that are void are called so first."""
    several = _widest(conditions)
    if len(several) == 1:
        yield from _not_of(several[0])
        return
    first = several[0]
    columns = {column.name for each in several for column in each.columns()}
    if len(columns) == 1:
        yield from _not_of(_either(several))
        return
    yield from _void(first)
    said = " or ".join(dict.fromkeys(condition_in_words(each) for each in several))
    yield Why("true", f"not {said}")


def _not_of(where: Condition) -> Iterator[Why]:
    if isinstance(where, Every):
        return
    if isinstance(where, Both):
        yield from _not_of(where.first)
        yield from _not_of(where.second)
        return
    if isinstance(where, Named) and isinstance(where.condition, Both):
        yield from _not_of(where.condition)
        return
    failed = f"not {sql.condition(where)}"
    if isinstance(where, Known):
        yield Why(failed, f"{_column_said(where.column)} is blank")
        return
    yield from _void(where)
    column = next(where.columns())
    schema = table_named(column.table)
    if schema.has(column.name) and schema.field(column.name).type is FieldType.CHOICE:
        says = f"not {condition_in_words(where)}: {column_in_words(column.name)} is "
        yield Why(failed, says, detail=f"coalesce({name(column.name)}, 'blank')")
    else:
        yield Why(failed, f"not {condition_in_words(where)}")


def _void(where: Condition) -> Iterator[Why]:
    for column in where.columns():
        schema = table_named(column.table)
        if schema.has(column.name) and "void" in schema.field(column.name).choices:
            yield Why(f"coalesce({name(column.name)} = 'void', false) and not {sql.condition(where)}", "void")
            return


def _column_said(value: Value) -> str:
    return column_in_words(next(value.columns()).name)


def _widest(conditions: Sequence[Condition]) -> list[Condition]:
    """Without those that are only a part of another one: won goes without saying beside won or lost."""
    different = list({each.key: each for each in conditions}.values())
    kept: list[Condition] = []
    for each in different:
        if not any(implies(each, other) for other in different if other is not each and not implies(other, each)):
            kept.append(each)
    return kept


def implies(narrow: Condition, wide: Condition) -> bool:
    """Whether every row of the first is one of the second, as far as their form shows it."""
    narrow, wide = _unnamed(narrow), _unnamed(wide)
    if narrow.key == wide.key or isinstance(wide, Every):
        return True
    if isinstance(narrow, Either):
        return all(implies(part, wide) for part in narrow.parts())
    if isinstance(wide, Both):
        return all(implies(narrow, part) for part in wide.parts())
    if isinstance(narrow, Both) and any(implies(part, wide) for part in narrow.parts()):
        return True
    if isinstance(wide, Either):
        return any(implies(narrow, part) for part in wide.parts())
    return isinstance(narrow, OneOf) and isinstance(wide, OneOf) and _within(narrow, wide)


def _within(narrow: OneOf, wide: OneOf) -> bool:
    return narrow.column.key == wide.column.key and set(narrow.values) <= set(wide.values)


def _unnamed(where: Condition) -> Condition:
    while isinstance(where, Named):
        where = where.condition
    return where


def _either(conditions: Iterable[Condition]) -> Condition:
    joined, *others = conditions
    for each in others:
        joined = joined | each
    return joined
