"""Conditions and values of the catalogue as Ibis expressions. The same expressions run on every Ibis backend."""

from typing import Any

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


def condition(where: Condition, rows: Any) -> Any:
    """True or false, never unknown: a comparison with a blank is false, and its opposite is true."""
    match where:
        case Named(condition=inner):
            return condition(inner, rows)
        case OneOf(column=column, values=values):
            return rows[column.name].isin(values).fill_null(False)
        case Known(column=column):
            return rows[column.name].notnull()
        case InOrder(first=first, second=second):
            return (rows[first.name] <= rows[second.name]).fill_null(False)
        case Either(first=first, second=second):
            return condition(first, rows) | condition(second, rows)
        case Both(first=first, second=second):
            return condition(first, rows) & condition(second, rows)
        case Opposite(condition=inner):
            return ~condition(inner, rows)
    raise TypeError(f"no expression for {type(where).__name__}")


def value(of: Value, rows: Any) -> Any:
    match of:
        case Column(name=name):
            return rows[name]
        case Days(since=since, until=until):
            return rows[until.name].delta(rows[since.name], unit="day").cast("decimal(18, 0)")
    raise TypeError(f"no expression for {type(of).__name__}")


def side(of: Side, rows: Any) -> Any:
    """The aggregate that fills one column of the cells: DECIMAL throughout, so that sums are exact in any order."""
    where = condition(of.where, rows)
    if of.value is None:
        return rows.count(where=where).cast("decimal(38, 0)")
    return value(of.value, rows).sum(where=where).fill_null(0)
