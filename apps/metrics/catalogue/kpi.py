"""What one entry of the catalogue holds. A figure is only as honest as what is said about it here."""

from dataclasses import dataclass, field
from datetime import date as Day
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

from apps.metrics.catalogue import words
from apps.metrics.catalogue.derived import source_of
from apps.metrics.catalogue.formulas import (
    Change,
    Count,
    Formula,
    Level,
    PerEntity,
    Total,
    columns_of,
    leaves,
    table_of,
    walk,
)
from apps.metrics.catalogue.rows import Column


class Kind(StrEnum):
    """How the number rolls up."""

    FLOW = "flow"  # adds over time and groups
    RATIO = "ratio"  # sum over sum
    MEAN = "mean"  # sum over number
    STOCK = "stock"  # a level: the last one over time, adds over groups
    RECOUNT = "recount"  # customers, people: those of two periods or groups may be the same
    COMPOSITE = "composite"  # computed anew from its parts


ROLL_UP = {
    Kind.FLOW: "adds over periods and groups",
    Kind.RATIO: "sum of numerators over sum of denominators, never a mean of rates",
    Kind.MEAN: "sum of values over number of values, never a mean of means",
    Kind.STOCK: "the last level of a longer period; adds over groups",
    Kind.RECOUNT: "counted anew for every period and group: who is in two of them counts once in the whole",
    Kind.COMPOSITE: "computed anew from its parts; never added",
}


class Unit(StrEnum):
    MONEY = "money"
    PERCENT = "percent"  # held as a fraction: 0.63 is 63 %
    COUNT = "count"
    DAYS = "days"
    MONEY_PER_DAY = "money_per_day"
    TIMES = "times"
    POINTS = "points"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Version:
    """A definition as it was from a day on, and what was changed then. Charts draw a break there."""

    number: int
    effective_from: Day
    what: str


class Category(StrEnum):
    FINANCIAL = "financial"
    OPERATIONAL = "operational"
    CUSTOMER = "customer"
    EMPLOYEE = "employee"


FIRST = Version(1, Day(2026, 1, 1), "First definition.")


@dataclass(frozen=True, eq=False)
class Kpi(Formula):
    """A definition. `dated_by` is the column that places a row in a period: part of the definition, not of the data.

    A KPI that several tables can give has one Kpi per table under the same key; `variant` tells them apart and is by
    default the table's name. `versions` gets one more, with its day, whenever a number could come out differently.
    """

    key: str
    name: str
    sentence: str
    formula: Formula
    dated_by: Column
    kind: Kind
    unit: Unit
    direction: Direction
    category: Category
    synonyms: tuple[str, ...] = ()
    counter_metric: str = ""
    mistakes: tuple[str, ...] = ()
    authority: str = ""
    versions: tuple[Version, ...] = (FIRST,)
    min_n: int = 0
    variant: str = field(default="")
    # below so many answers there is no value, and no complement from which it could be worked out
    privacy_min: int = 0
    # a cohort is ripe so many days after its period; until then its figure still grows
    ripe_after: int = 0
    # what a goal may be about; without owners in the data only the whole workspace
    scopes: tuple[str, ...] = ("workspace", "team", "person")
    own: bool = False  # defined by the workspace itself
    # the definitions that were in force one after the other, oldest first, where the formula changed from a day on
    history: "tuple[Kpi, ...]" = ()

    def __post_init__(self) -> None:
        if not self.variant:
            object.__setattr__(self, "variant", self.dated_by.table)

    def parts(self) -> tuple[Formula, ...]:
        return (self.formula,)

    def __str__(self) -> str:
        return self.name

    def is_growing(self, last_day: Day, through: Day) -> bool:
        """Whether the cohort of a period to `last_day` still has time in data up to `through`."""
        return self.ripe_after > 0 and through < last_day + timedelta(days=self.ripe_after)

    def at(self, day: Day) -> "Kpi":
        """The definition that a period beginning on this day is computed with: what was in force then, not since.

        Before the first one's day that one holds, since nothing was before it.
        """
        in_force = (each for each in reversed(self.history) if each.effective_from <= day)
        return next(in_force, self.history[0]) if self.history else self

    @property
    def newest(self) -> "Kpi":
        """The last definition by itself."""
        return self.history[-1] if self.history else self

    @property
    def version(self) -> int:
        return self.versions[-1].number

    @property
    def effective_from(self) -> Day:
        return self.versions[-1].effective_from

    @property
    def ref(self) -> str:
        """Key and variant: what goals and requests say, so that another table's data never changes their number."""
        return f"{self.key}:{self.variant}"

    @property
    def table(self) -> str:
        return self.dated_by.table

    @property
    def date(self) -> str:
        return self.dated_by.name

    @property
    def is_level(self) -> bool:
        return isinstance(self.formula, Level)

    @property
    def compares_periods(self) -> bool:
        return any(isinstance(part, Change) for part in walk(self.formula))

    @property
    def roll_up(self) -> str:
        return ROLL_UP[self.kind]

    @cached_property
    def in_words(self) -> str:
        return words.in_words(self.formula)

    @cached_property
    def in_symbols(self) -> str:
        return words.in_symbols(self.formula)

    @cached_property
    def terms(self) -> dict[str, str]:
        """What the names in `in_words` stand for."""
        return words.terms_of(self.formula)

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The columns without which this cannot be computed, in the order in which the formula reads them."""
        return tuple(dict.fromkeys(name for names in self.needs_of.values() for name in names))

    @cached_property
    def needs_of(self) -> dict[str, tuple[str, ...]]:
        """The columns that are read, by table."""
        found: dict[str, dict[str, None]] = {}
        for entities in (each for each in walk(self) if isinstance(each, PerEntity)):
            for leaf in leaves(entities):
                found.setdefault(table_of(leaf), {})[entities.entity] = None
        for part in (each for each in walk(self) if isinstance(each, Kpi)):
            for leaf in leaves(part.formula):
                columns = found.setdefault(table_of(leaf), {})
                columns |= dict.fromkeys(column.name for column in columns_of(leaf) if column.table == table_of(leaf))
                if isinstance(leaf, Count | Total) and leaf.on is None and table_of(leaf) == part.table:
                    columns[part.date] = None
        return {table: tuple(columns) for table, columns in found.items()}

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The standard tables without whose rows there is no figure; its own first, earlier definitions’ last."""
        own = [source_of(table) for table in (self.table, *self.needs_of)]
        return tuple(dict.fromkeys([*own, *(table for each in self.history for table in each.tables)]))
