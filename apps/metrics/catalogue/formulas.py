"""The language of KPI formulas. It reads like the textbook:

    win_rate = count(won) / count(won | lost)
    average_deal_size = total(deals.amount, where=won) / count(won)
    sales_velocity = opportunities * win_rate * average_deal_size / sales_cycle_length
    sales_growth = change(revenue, since=previous_period)

A formula is data. Its leaves are measures (sums and counts of rows: they add up over rows, groups and days, which is
why the engine needs only one pass over the rows), everything above them is arithmetic on finished sums. A KPI is itself
a formula, so KPIs are used in formulas by their name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.metrics.catalogue.rows import Column, Condition, Given, InOrder, Value


class Formula:
    """Anything that has a number for a scope and a period."""

    def __truediv__(self, other: "Formula") -> "Quotient":
        return Quotient(self, other)

    def __mul__(self, other: "Formula") -> "Product":
        return Product(self, other)

    def __sub__(self, other: "Formula") -> "Difference":
        return Difference(self, other)

    def parts(self) -> "tuple[Formula, ...]":
        return ()


@dataclass(frozen=True)
class Count(Formula):
    """How many rows there are of which the condition holds, dated in the period."""

    where: Condition
    name: str = ""

    def called(self, name: str) -> "Count":
        return Count(self.where, name)


@dataclass(frozen=True)
class Total(Formula):
    """The sum of a value over the rows of which the condition holds, dated in the period. Blanks add nothing."""

    value: Value
    where: Condition


@dataclass(frozen=True)
class Level(Formula):
    """The sum of a value over rows that are there at the end of the period: a stock, not a flow.

    A row is there from `since` (blank: since ever) until, not including, `until` (blank: still). With `value` None
    rows are counted.
    """

    value: Column | None
    since: Column
    until: Column
    enters: Condition
    leaves: Condition
    where: Condition


@dataclass(frozen=True)
class Quotient(Formula):
    above: Formula
    below: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.above, self.below)


@dataclass(frozen=True)
class Mean(Quotient):
    """The sum over the rows that have the value, divided by how many have it."""

    value: Value
    where: Condition


@dataclass(frozen=True)
class Product(Formula):
    first: Formula
    second: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.first, self.second)


@dataclass(frozen=True)
class Difference(Formula):
    first: Formula
    second: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.first, self.second)


class Base(StrEnum):
    """What a change is measured against."""

    PREVIOUS_PERIOD = "previous period"


@dataclass(frozen=True)
class Change(Formula):
    """(now - base) / base. No value where the base has no rows or is not above zero."""

    of: Formula
    since: Base

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


Measure = Count | Total | Level
previous_period = Base.PREVIOUS_PERIOD


def count(where: Condition) -> Count:
    return Count(where)


def total(value: Value, where: Condition) -> Total:
    return Total(value, where)


def mean(value: Value, where: Condition) -> Mean:
    """The mean over the rows that have the value: sum over number, so that it rolls up."""
    having = where & value.known
    return Mean(Total(value, having), Count(having), value, where)


def level(value: Column, *, since: Column, until: Given, where: Condition) -> Level:
    """What is there at the end of the period.

    Rows that have left at an unknown time, or left before they came, are nowhere: counting them would make the level
    wrong for ever.
    """
    left_in_order = until.column.known & (~since.known | InOrder(since, until.column))
    enters = where & (~until.condition | left_in_order)
    leaves = where & until.condition & left_in_order
    return Level(value, since, until.column, enters, leaves, where)


def change(of: Formula, *, since: Base) -> Change:
    return Change(of, since)


def walk(formula: Formula) -> Iterator[Formula]:
    """The formula and everything it is made of, KPIs it uses included."""
    yield formula
    for part in formula.parts():
        yield from walk(part)


def sample(formula: Formula) -> Measure:
    """The measure that counts the rows behind the number: how many observations it rests on."""
    if isinstance(formula, Count):
        return formula
    if isinstance(formula, Total):
        return Count(formula.where)
    if isinstance(formula, Level):
        return Level(None, formula.since, formula.until, formula.enters, formula.leaves, formula.where)
    if isinstance(formula, Quotient) and isinstance(formula.below, Count):
        return formula.below
    return sample(formula.parts()[0])
