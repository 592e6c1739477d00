"""What formulas are made of: leaves that are measured, and arithmetic on finished sums. formulas.py is the door."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from apps.metrics.catalogue.rows import Column, Condition, Value


class Formula:
    """Anything that has a number for a scope and a period."""

    def __truediv__(self, other: "Formula | int") -> "Quotient":
        return Quotient(self, _formula(other))

    def __mul__(self, other: "Formula | int") -> "Product":
        return Product(self, _formula(other))

    def __rmul__(self, other: int) -> "Product":
        return Product(Number(Decimal(other)), self)

    def __sub__(self, other: "Formula | int") -> "Difference":
        return Difference(self, _formula(other))

    def __rsub__(self, other: int) -> "Difference":
        return Difference(Number(Decimal(other)), self)

    def __add__(self, other: "Formula | int") -> "Sum":
        return Sum(self, _formula(other))

    def __ge__(self, other: "Formula | int") -> "Holds":
        return Holds(self, ">=", _formula(other))

    def __gt__(self, other: "Formula | int") -> "Holds":
        return Holds(self, ">", _formula(other))

    def __lt__(self, other: "Formula | int") -> "Holds":
        return Holds(self, "<", _formula(other))

    def parts(self) -> "tuple[Formula, ...]":
        return ()


@dataclass(frozen=True)
class Number(Formula):
    """A number that stands in the definition itself."""

    value: Decimal


@dataclass(frozen=True)
class Count(Formula):
    """How many rows there are of which the condition holds, dated in the period.

    `on` is the column that dates these rows where it is not the one of the KPI.
    """

    where: Condition
    name: str = ""
    on: Column | None = None

    def called(self, name: str) -> "Count":
        return replace(self, name=name)


@dataclass(frozen=True)
class Total(Formula):
    """The sum of a value over the rows of which the condition holds, dated in the period. Blanks add nothing.

    `on` is the column that dates these rows where it is not the one of the KPI.
    """

    value: Value
    where: Condition
    on: Column | None = None


class Instant(StrEnum):
    END = "end"
    START = "start"


@dataclass(frozen=True)
class Level(Formula):
    """The sum of a value over rows that are there at the end (or start) of the period: a stock, not a flow.

    A row is there from `since` (blank: since ever) until, not including, `until` (blank: still). With `value` None
    rows are counted. With `due`, only rows whose date there lies in the period, or is blank, count.
    """

    value: Value | None
    since: Column
    until: Column
    enters: Condition
    leaves: Condition
    where: Condition
    at: Instant = Instant.END
    due: Column | None = None

    @property
    def at_start(self) -> "Level":
        """The same at the first instant of the period."""
        return replace(self, at=Instant.START)


@dataclass(frozen=True)
class MeanLevel(Formula):
    """The mean of a level over the days of the period: who is there for half of it counts half."""

    level: Level


class Measured(StrEnum):
    """In what a period's length is told."""

    DAYS = "days"
    WORKING_DAYS = "working days"
    MONTHS = "months"


@dataclass(frozen=True)
class Length(Formula):
    """How long the period is, up to where the data reaches; of all time, from the first counted row to the last."""

    unit: Measured


@dataclass(frozen=True)
class Given(Formula):
    """A dated number that the workspace gives with its source, because no table has it: the size of a market."""

    name: str


@dataclass(frozen=True)
class Stocktake(Formula):
    """The mean of what was counted at the stocktakes of the period, the last one before it included.

    Every day on which anything was counted is one stocktake: the sum of `value` over its rows.
    """

    value: Value
    counted_on: Column


@dataclass(frozen=True)
class Overall(Formula):
    """The same over all groups, where figures are grouped by `column`: what a share is a share of."""

    of: "Count | Total"
    column: Column

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


@dataclass(frozen=True)
class ThenKnown(Formula):
    """What was known at the start of the period: computed from the imports that were live then."""

    of: Level

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


@dataclass(frozen=True)
class Size(Formula):
    """Without its sign: how far off, never in which direction."""

    of: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


@dataclass(frozen=True)
class Positive(Formula):
    """The same number where it is above zero, else none (reason `not_positive`, of zero `no_denominator`).

    What stands below the line where a share of nothing or of a loss would have the wrong sign or no meaning.
    """

    of: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


@dataclass(frozen=True)
class Allotted(Formula):
    """The part of amounts given for spans of days (quotas) that falls on the days of the period.

    A span that lies inside counts whole; one that lies partly inside counts by its share of days.
    """

    value: Column
    since: Column
    until: Column


@dataclass(frozen=True)
class WhileAllotted(Formula):
    """A total over those days of the period only for which the same owner has an allotment."""

    of: Total
    allotted: Allotted


@dataclass(frozen=True)
class Lesser(Formula):
    """The lesser of two measures of one entity."""

    first: Formula
    second: Formula


@dataclass(frozen=True)
class Gain(Formula):
    """By how much the first measure of an entity exceeds the second; 0 if it does not."""

    first: Formula
    second: Formula


@dataclass(frozen=True)
class Holds:
    """What must hold for an entity to count: one of its measures compared with another, or with a number."""

    first: Formula
    sign: str
    second: Formula


@dataclass(frozen=True)
class PerEntity(Formula):
    """Entities (customers, owners) instead of rows: how many of them, or the sum of a measure over them.

    Rows of the scope are grouped by `entity`, a column that every measure's table has (rows where it is blank are
    nobody's and count for nothing). An entity counts if all of `having` hold. `value` None counts entities. Inside,
    a measure is a Count, Total, Level (at start or end), Allotted, WhileAllotted, or Lesser or Gain of two of these.
    """

    entity: str
    having: tuple[Holds, ...]
    value: Formula | None = None
    name: str = ""

    def called(self, name: str) -> "PerEntity":
        return replace(self, name=name)

    def inner(self) -> "Iterator[Formula]":
        """The measures of one entity, each once."""
        sides = [side for holds in self.having for side in (holds.first, holds.second)]
        found = {}
        for each in (*sides, *((self.value,) if self.value is not None else ())):
            for part in (each.first, each.second) if isinstance(each, Lesser | Gain) else (each,):
                if not isinstance(part, Number):
                    found[id(part)] = part
        yield from found.values()


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


@dataclass(frozen=True)
class Sum(Formula):
    first: Formula
    second: Formula

    def parts(self) -> tuple[Formula, ...]:
        return (self.first, self.second)


class Base(StrEnum):
    """What a change is measured against."""

    PREVIOUS_PERIOD = "previous period"
    YEAR_BEFORE = "same period of the year before"


@dataclass(frozen=True)
class Change(Formula):
    """(now - base) / base. No value where the base has no rows or is not above zero."""

    of: Formula
    since: Base

    def parts(self) -> tuple[Formula, ...]:
        return (self.of,)


Measure = Count | Total | Level  # they add up over rows, groups and days
Leaf = (
    Count
    | Total
    | Level
    | MeanLevel
    | Length
    | Given
    | Stocktake
    | Overall
    | ThenKnown
    | Allotted
    | WhileAllotted
    | PerEntity
    | Number
)


def _formula(given: "Formula | int") -> Formula:
    return given if isinstance(given, Formula) else Number(Decimal(given))
