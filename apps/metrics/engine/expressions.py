"""Conditions and values of the catalogue as Ibis expressions. The same expressions run on every Ibis backend."""

from datetime import date
from decimal import Decimal
from typing import Any

import ibis

from apps.datasets.schema import FieldType
from apps.metrics.catalogue.derived import table_named
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
from apps.metrics.engine.plan import DayNumber, Side

SECONDS_A_DAY = 86_400


def _product(one: Any, other: Any) -> Any:
    """With all decimal places of both factors: Ibis takes a product for one with those of a factor, and then refuses.
    They are widened because DuckDB multiplies two DECIMAL(18) in 64 bits: ten billion times 0.5 would fail."""
    kinds = one.type(), other.type()
    if not all(kind.is_decimal() for kind in kinds):
        return one * other
    first, second = (kind.scale for kind in kinds)
    product = one.cast(f"decimal(38, {first})") * other.cast(f"decimal(38, {second})")
    return product.cast(f"decimal(38, {first + second})")


_COMPARISONS: dict[str, Any] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_ARITHMETIC: dict[str, Any] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": _product,
}


def condition(where: Condition, rows: Any) -> Any:
    """True or false, never unknown: a comparison with a blank is false, and its opposite is true."""
    match where:
        case Named(condition=inner):
            return condition(inner, rows)
        case OneOf(column=column, values=values):
            return value(column, rows).isin(values).fill_null(False)
        case Known(column=column):
            return value(column, rows).notnull()
        case Truth(column=column):
            return value(column, rows).fill_null(False)
        case Compare(first=first, sign=sign, second=second):
            return _COMPARISONS[sign](value(first, rows), value(second, rows)).fill_null(False)
        case Every():
            return ibis.literal(True)
        case InOrder(first=first, second=second):
            return (rows[first.name] <= rows[second.name]).fill_null(False)
    return _combined(where, rows)


def _combined(where: Condition, rows: Any) -> Any:
    match where:
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
        case Constant(value=constant):
            return _literal(constant)
        case Days(since=since, until=until):
            if is_of_time(since) and is_of_time(until):
                seconds = rows[until.name].delta(rows[since.name], unit="second").cast("decimal(18, 4)")
                return (seconds / ibis.literal(SECONDS_A_DAY)).cast("decimal(18, 8)")
            return rows[until.name].cast("date").delta(rows[since.name].cast("date"), unit="day").cast("decimal(18, 0)")
        case Arithmetic(sign=sign, first=first, second=second):
            return _ARITHMETIC[sign](value(first, rows), value(second, rows))
        case DayNumber(date=day):
            since = ibis.literal("1970-01-01").cast("date")
            return rows[day.name].cast("date").delta(since, unit="day").cast("decimal(18, 0)")
        case FirstKnown(values=values):
            return ibis.coalesce(*(value(each, rows) for each in values))
    raise TypeError(f"no expression for {type(of).__name__}")


def is_of_time(column: Column) -> bool:
    """Whether the column holds time stamps, not days."""
    table = table_named(column.table)
    return table.has(column.name) and table.field(column.name).type is FieldType.TIMESTAMP


def _literal(constant: object) -> Any:
    if isinstance(constant, bool | str | date):
        return ibis.literal(constant)
    return ibis.literal(Decimal(str(constant)), "decimal(18, 4)")  # untyped it would become DECIMAL(18, 3)


def side(of: Side, rows: Any) -> Any:
    """The aggregate that fills one column of the cells: DECIMAL throughout, so that sums are exact in any order."""
    where = condition(of.where, rows)
    if of.value is None:
        return rows.count(where=where).cast("decimal(38, 0)")
    return value(of.value, rows).sum(where=where).fill_null(0)
