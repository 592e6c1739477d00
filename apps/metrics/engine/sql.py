"""Conditions and values of the catalogue as DuckDB SQL, for the drill-down: a page view must not cost an Ibis compile.

Only definitions of the catalogue come here, never texts of users. tests/metrics holds both translations to the same
results.
"""

from apps.datasets.store.sql import name, texts
from apps.metrics.catalogue.rows import (
    Both,
    Column,
    Condition,
    Days,
    Either,
    InOrder,
    Known,
    Named,
    OneOf,
    Opposite,
    Value,
)
from apps.metrics.engine.plan import Side


def condition(where: Condition) -> str:
    """True or false, never NULL."""
    match where:
        case Named(condition=inner):
            return condition(inner)
        case OneOf(column=column, values=values):
            return f"coalesce({name(column.name)} in ({texts(values)}), false)"
        case Known(column=column):
            return f"({name(column.name)} is not null)"
        case InOrder(first=first, second=second):
            return f"coalesce({name(first.name)} <= {name(second.name)}, false)"
        case Either(first=first, second=second):
            return f"({condition(first)} or {condition(second)})"
        case Both(first=first, second=second):
            return f"({condition(first)} and {condition(second)})"
        case Opposite(condition=inner):
            return f"(not {condition(inner)})"
    raise TypeError(f"no SQL for {type(where).__name__}")


def value(of: Value) -> str:
    match of:
        case Column():
            return name(of.name)
        case Days(since=since, until=until):
            return f"date_diff('day', {name(since.name)}, {name(until.name)})"
    raise TypeError(f"no SQL for {type(of).__name__}")


def amount(of: Side, dated: str) -> str:
    """The sum or number of the side's rows for which `dated`, a condition on its date, holds."""
    where = f"filter (where {condition(of.where)} and {dated})"
    if of.value is None:
        return f"count(*) {where}"
    return f"coalesce(sum({value(of.value)}) {where}, 0)"
