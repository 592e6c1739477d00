"""Conditions and values of the catalogue as DuckDB SQL, for the drill-down: a page view must not cost an Ibis compile.

Only definitions of the catalogue come here, never texts of users. tests/metrics holds both translations to the same
results.
"""

from collections.abc import Iterator
from datetime import date

from apps.datasets.store.sql import name, text, texts
from apps.metrics.catalogue.rows import (
    Arithmetic,
    Both,
    Column,
    Compare,
    Condition,
    Constant,
    Days,
    Either,
    Every,
    FirstKnown,
    InOrder,
    Known,
    Named,
    OneOf,
    Opposite,
    Truth,
    Value,
)
from apps.metrics.engine.expressions import SECONDS_A_DAY, is_of_time
from apps.metrics.engine.plan import Side


def condition(where: Condition) -> str:
    """True or false, never NULL."""
    match where:
        case Named(condition=inner):
            return condition(inner)
        case OneOf(column=column, values=values):
            return f"coalesce({value(column)} in ({texts(values)}), false)"
        case Known(column=column):
            return f"({value(column)} is not null)"
        case Truth(column=column):
            return f"coalesce({value(column)}, false)"
        case Compare(first=first, sign=sign, second=second):
            return f"coalesce({value(first)} {sign} {value(second)}, false)"
        case Every():
            return "true"
        case InOrder(first=first, second=second):
            return f"coalesce({name(first.name)} <= {name(second.name)}, false)"
    return _combined(where)


def _combined(where: Condition) -> str:
    match where:
        case Either():
            return _either(where)
        case Both(first=first, second=second):
            return f"({condition(first)} and {condition(second)})"
        case Opposite(condition=inner):
            return f"(not {condition(inner)})"
    raise TypeError(f"no SQL for {type(where).__name__}")


def _either(where: Either) -> str:
    """Several lists of values of one column are one list: texts are compared once for each row."""
    lists: dict[str, OneOf] = {}
    others = []
    for part in _flat(where):
        if isinstance(part, OneOf):
            seen = lists.get(part.column.key)
            lists[part.column.key] = OneOf(part.column, (*(seen.values if seen else ()), *part.values))
        else:
            others.append(part)
    said = [condition(each) for each in (*lists.values(), *others)]
    return said[0] if len(said) == 1 else f"({' or '.join(said)})"


def _flat(where: Condition) -> Iterator[Condition]:
    if isinstance(where, Named):
        yield from _flat(where.condition)
    elif isinstance(where, Either):
        yield from _flat(where.first)
        yield from _flat(where.second)
    else:
        yield where


def value(of: Value) -> str:
    match of:
        case Column():
            return name(of.name)
        case Constant(value=constant):
            return _literal(constant)
        case Days(since=since, until=until):
            if is_of_time(since) and is_of_time(until):
                seconds = f"date_diff('second', {name(since.name)}, {name(until.name)})::decimal(18, 4)"
                return f"({seconds} / {SECONDS_A_DAY})::decimal(18, 8)"
            return f"date_diff('day', {name(since.name)}::date, {name(until.name)}::date)"
        case Arithmetic(sign="*", first=first, second=second):
            return f"({_wide(first)} * {_wide(second)})"
        case Arithmetic(sign=sign, first=first, second=second):
            return f"({value(first)} {sign} {value(second)})"
        case FirstKnown(values=values):
            return f"coalesce({', '.join(value(each) for each in values)})"
    raise TypeError(f"no SQL for {type(of).__name__}")


def _wide(of: Value) -> str:
    """A factor with room for the product: two DECIMAL(18) are multiplied in 64 bits, which large amounts overflow."""
    if isinstance(of, Arithmetic):
        return value(of)
    digits = 8 if isinstance(of, Days) else 4
    return f"{value(of)}::decimal(38, {digits})"


def _literal(constant: object) -> str:
    if isinstance(constant, bool):
        return "true" if constant else "false"
    if isinstance(constant, str):
        return text(constant)
    if isinstance(constant, date):
        return f"date '{constant.isoformat()}'"
    return f"{constant}::decimal(18, 4)"


def amount(of: Side, dated: str) -> str:
    """The sum or number of the side's rows for which `dated`, a condition on its date, holds."""
    where = f"filter (where {condition(of.where)} and {dated})"
    if of.value is None:
        return f"count(*) {where}"
    return f"coalesce(sum({value(of.value)}) {where}, 0)"
