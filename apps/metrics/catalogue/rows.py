"""What can be said about one row of a standard table: its columns, its dates, and conditions on them.

    deals = RowsOf("deals")
    won = (deals.outcome == "won").called("won")
    closed = won | lost
    days = deals.closed_on - deals.created_on

Nothing here knows how a condition is run: the engine turns it into Ibis (engine/expressions.py), the drill-down into
SQL (engine/sql.py), and words.py into a sentence. Conditions have two values: what is not known is not true, so the
opposite of `won` holds for a row without an outcome.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.datasets.schema import table as table_named


@dataclass(frozen=True)
class RowsOf:
    """The rows of one standard table; its attributes are that table's columns, a wrong name fails at import."""

    table: str

    def __getattr__(self, name: str) -> "Column":
        if name.startswith("_") or name not in {field.name for field in table_named(self.table).fields}:
            raise AttributeError(f"{self.table} has no column {name}")
        return Column(self.table, name)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table. Comparing it gives a condition, subtracting two dates gives days."""

    table: str
    name: str

    def __eq__(self, value: object) -> "OneOf":  # type: ignore[override]
        return OneOf(self, (str(value),))

    def __hash__(self) -> int:
        return hash((self.table, self.name))

    def __sub__(self, earlier: "Column") -> "Days":
        return Days(earlier, self)

    @property
    def known(self) -> "Known":
        """The column is not blank."""
        return Known(self)

    def when(self, condition: "Condition") -> "Given":
        """This date, but only for rows of which the condition holds; blank for all others."""
        return Given(self, condition)

    def columns(self) -> Iterator["Column"]:
        yield self

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Days:
    """Days from one date to a later one, as whole days."""

    since: Column
    until: Column

    @property
    def table(self) -> str:
        return self.until.table

    @property
    def known(self) -> "Condition":
        return self.since.known & self.until.known

    def columns(self) -> Iterator[Column]:
        yield from (self.until, self.since)

    @property
    def key(self) -> str:
        return f"{self.until.name}-{self.since.name}"


Value = Column | Days


@dataclass(frozen=True)
class Given:
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
        return next(self.columns()).table

    @property
    def key(self) -> str:
        """The same text for the same condition, whatever it is called."""
        return f"{type(self).__name__}({','.join(part.key for part in self.parts())})"


@dataclass(frozen=True, eq=False)
class OneOf(Condition):
    """The column holds one of these values, written exactly so."""

    column: Column
    values: tuple[str, ...]

    def columns(self) -> Iterator[Column]:
        yield self.column

    @property
    def key(self) -> str:
        return f"{self.column.key} in {self.values!r}"


@dataclass(frozen=True, eq=False)
class Known(Condition):
    column: Column

    def columns(self) -> Iterator[Column]:
        yield self.column

    @property
    def key(self) -> str:
        return f"{self.column.key} known"


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
