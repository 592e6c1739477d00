"""What can be said about one row of a standard table: its columns, its dates, and conditions on them.

    deals = RowsOf("deals")
    won = (deals.outcome == "won").called("won")
    closed = won | lost
    days = days_between(deals.created_on, deals.closed_on)
    net = first_known(orders.net, orders.gross - orders.discount)
    promoters = (surveys.score >= 9).called("promoters")

Nothing here knows how a condition is run: the engine turns it into Ibis (engine/expressions.py), the drill-down into
SQL (engine/sql.py), and words.py into a sentence. Conditions have two values: what is not known is not true, so the
opposite of `won` holds for a row without an outcome.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from apps.metrics.catalogue.derived import table_named


@dataclass(frozen=True)
class RowsOf:
    """The rows of one table; its attributes are that table's columns, a wrong name fails at import."""

    table: str

    def __getattr__(self, name: str) -> "Column":
        if name.startswith("_") or name not in {field.name for field in table_named(self.table).fields}:
            raise AttributeError(f"{self.table} has no column {name}")
        return Column(self.table, name)


Literal = Decimal | int | date | str | bool


@dataclass(frozen=True, eq=False)
class Value(ABC):
    """What a row says: a column, or something worked out from columns. Unknown where a part is unknown.

    Arithmetic gives values, comparing gives conditions.
    """

    def __add__(self, other: "Value | int | Decimal") -> "Value":
        return Arithmetic("+", self, _value(other))

    def __sub__(self, other: "Value | int | Decimal") -> "Value":
        return Arithmetic("-", self, _value(other))

    def __mul__(self, other: "Value | int | Decimal") -> "Value":
        return Arithmetic("*", self, _value(other))

    def __eq__(self, value: object) -> "OneOf":  # type: ignore[override]
        return OneOf(self, (str(value),))

    def __hash__(self) -> int:
        return hash(self.key)

    def __le__(self, other: "Value | Literal") -> "Compare":
        return Compare(self, "<=", _value(other))

    def __lt__(self, other: "Value | Literal") -> "Compare":
        return Compare(self, "<", _value(other))

    def __ge__(self, other: "Value | Literal") -> "Compare":
        return Compare(self, ">=", _value(other))

    def __gt__(self, other: "Value | Literal") -> "Compare":
        return Compare(self, ">", _value(other))

    @property
    def known(self) -> "Condition":
        """It is not blank."""
        return Known(self)

    @property
    def is_true(self) -> "Condition":
        """A yes/no column says yes."""
        return Truth(self)

    def one_of(self, *values: str) -> "OneOf":
        return OneOf(self, values)

    @abstractmethod
    def columns(self) -> "Iterator[Column]":
        """Every column of the table that goes into it."""

    @property
    def table(self) -> str:
        return next(self.columns()).table

    @property
    @abstractmethod
    def key(self) -> str:
        """The same text for the same value."""


@dataclass(frozen=True, eq=False)
class Column(Value):
    """One column of a table."""

    of: str
    name: str

    __hash__ = Value.__hash__

    def when(self, condition: "Condition") -> "DateIf":
        """This date, but only for rows of which the condition holds; blank for all others."""
        return DateIf(self, condition)

    def columns(self) -> "Iterator[Column]":
        yield self

    @property
    def table(self) -> str:
        return self.of

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Constant(Value):
    """The same for every row: a number, a day, a text."""

    value: Literal

    __hash__ = Value.__hash__

    def columns(self) -> Iterator[Column]:
        yield from ()

    @property
    def key(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, eq=False)
class Days(Value):
    """Days from one date to a later one: whole days of dates, with their fraction of two time stamps."""

    since: Column
    until: Column

    __hash__ = Value.__hash__

    def columns(self) -> Iterator[Column]:
        yield from (self.until, self.since)

    @property
    def known(self) -> "Condition":
        return self.since.known & self.until.known

    @property
    def key(self) -> str:
        return f"{self.until.name}-{self.since.name}"


@dataclass(frozen=True, eq=False)
class Arithmetic(Value):
    """`sign` is + - or *; unknown where either side is."""

    sign: str
    first: Value
    second: Value

    __hash__ = Value.__hash__

    def columns(self) -> Iterator[Column]:
        yield from self.first.columns()
        yield from self.second.columns()

    @property
    def key(self) -> str:
        return f"({self.first.key} {self.sign} {self.second.key})"


@dataclass(frozen=True, eq=False)
class FirstKnown(Value):
    """The first of these that is not blank. `called` gives it a name that people read."""

    values: tuple[Value, ...]
    name: str = ""

    __hash__ = Value.__hash__

    def columns(self) -> Iterator[Column]:
        for each in self.values:
            yield from each.columns()

    def called(self, name: str) -> "FirstKnown":
        return replace(self, name=name)

    @property
    def key(self) -> str:
        return f"first_known({','.join(each.key for each in self.values)})"


def first_known(*values: Value | int | Decimal) -> FirstKnown:
    return FirstKnown(tuple(_value(each) for each in values))


def days_between(since: Column, until: Column) -> Days:
    return Days(since, until)


def _value(given: "Value | Literal") -> Value:
    return given if isinstance(given, Value) else Constant(given)


@dataclass(frozen=True)
class DateIf:
    """A date that counts only where a condition holds."""

    column: Column
    condition: "Condition"


@dataclass(frozen=True, eq=False)
class Condition:
    """True or false of a row. Combine with `|`, `&` and `~`; `called` gives it a name that people read."""

    def __or__(self, other: "Condition") -> "Either":
        return Either(self, other)

    def __and__(self, other: "Condition") -> "Both":
        return Both(self, other)

    def __invert__(self) -> "Opposite":
        return Opposite(self)

    def called(self, name: str) -> "Named":
        return Named(self, name)

    def parts(self) -> "tuple[Condition, ...]":
        return ()

    def columns(self) -> Iterator[Column]:
        for part in self.parts():
            yield from part.columns()

    @property
    def table(self) -> str:
        for part in self.parts():
            return part.table
        return next(self.columns()).table

    @property
    def key(self) -> str:
        """The same text for the same condition, whatever it is called."""
        return f"{type(self).__name__}({','.join(part.key for part in self.parts())})"


@dataclass(frozen=True, eq=False)
class OneOf(Condition):
    """The column holds one of these values, written exactly so."""

    column: Value
    values: tuple[str, ...]

    def columns(self) -> Iterator[Column]:
        yield from self.column.columns()

    @property
    def key(self) -> str:
        return f"{self.column.key} in {self.values!r}"


@dataclass(frozen=True, eq=False)
class Known(Condition):
    column: Value

    def columns(self) -> Iterator[Column]:
        yield from self.column.columns()

    @property
    def key(self) -> str:
        return f"{self.column.key} known"


@dataclass(frozen=True, eq=False)
class Truth(Condition):
    """A yes/no value is known and says yes."""

    column: Value

    def columns(self) -> Iterator[Column]:
        yield from self.column.columns()

    @property
    def key(self) -> str:
        return f"{self.column.key} is true"


@dataclass(frozen=True, eq=False)
class Compare(Condition):
    """`sign` is one of < <= > >=; false where either side is unknown."""

    first: Value
    sign: str
    second: Value

    def columns(self) -> Iterator[Column]:
        yield from self.first.columns()
        yield from self.second.columns()

    @property
    def key(self) -> str:
        return f"{self.first.key} {self.sign} {self.second.key}"


@dataclass(frozen=True, eq=False)
class Every(Condition):
    """True of every row of a table: `every(orders)`."""

    of: str

    def columns(self) -> Iterator[Column]:
        yield from ()

    @property
    def table(self) -> str:
        return self.of

    @property
    def key(self) -> str:
        return "every"


def every(rows: RowsOf) -> Every:
    return Every(rows.table)


@dataclass(frozen=True, eq=False)
class InOrder(Condition):
    """The first date is not after the second. Both are known where this is asked."""

    first: Column
    second: Column

    def columns(self) -> Iterator[Column]:
        yield from (self.first, self.second)

    @property
    def key(self) -> str:
        return f"{self.first.key} <= {self.second.key}"


@dataclass(frozen=True, eq=False)
class Either(Condition):
    first: Condition
    second: Condition

    def parts(self) -> tuple[Condition, ...]:
        return (self.first, self.second)


@dataclass(frozen=True, eq=False)
class Both(Condition):
    first: Condition
    second: Condition

    def parts(self) -> tuple[Condition, ...]:
        return (self.first, self.second)


@dataclass(frozen=True, eq=False)
class Opposite(Condition):
    condition: Condition

    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)


@dataclass(frozen=True, eq=False)
class Named(Condition):
    """A condition under the name people use for it."""

    condition: Condition
    name: str

    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)

    def called(self, name: str) -> "Named":
        return replace(self, name=name)

    @property
    def key(self) -> str:
        return self.condition.key
