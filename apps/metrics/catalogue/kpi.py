"""What one entry of the catalogue holds. A figure is only as honest as what is said about it here."""

from dataclasses import dataclass, field
from datetime import date as Day
from enum import StrEnum
from functools import cached_property

from apps.metrics.catalogue import words
from apps.metrics.catalogue.formulas import Change, Count, Formula, Level, Total, walk
from apps.metrics.catalogue.rows import Column


class Kind(StrEnum):
    """How the number rolls up."""

    FLOW = "flow"  # adds over time and groups
    RATIO = "ratio"  # sum over sum
    MEAN = "mean"  # sum over number
    STOCK = "stock"  # a level: the last one over time, adds over groups
    COMPOSITE = "composite"  # computed anew from its parts


ROLL_UP = {
    Kind.FLOW: "adds over periods and groups",
    Kind.RATIO: "sum of numerators over sum of denominators, never a mean of rates",
    Kind.MEAN: "sum of values over number of values, never a mean of means",
    Kind.STOCK: "the last level of a longer period; adds over groups",
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


class Category(StrEnum):
    FINANCIAL = "financial"
    OPERATIONAL = "operational"
    CUSTOMER = "customer"
    EMPLOYEE = "employee"


@dataclass(frozen=True, eq=False)
class Kpi(Formula):
    """A definition. `dated_by` is the column that places a row in a period: part of the definition, not of the data.

    A KPI that several tables can give has one Kpi per table under the same key; `variant` tells them apart and is by
    default the table's name. `version` goes up, with `effective_from`, whenever a number could come out differently.
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
    version: int = 1
    effective_from: Day = Day(2026, 1, 1)
    min_n: int = 0
    variant: str = field(default="")

    def __post_init__(self) -> None:
        if not self.variant:
            object.__setattr__(self, "variant", self.dated_by.table)

    def parts(self) -> tuple[Formula, ...]:
        return (self.formula,)

    def __str__(self) -> str:
        return self.name

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
    def needs(self) -> tuple[str, ...]:
        """The columns without which this cannot be computed, in the order in which the formula reads them."""
        found: dict[str, None] = {}
        for part in walk(self):
            if isinstance(part, Count | Total | Level):
                found |= dict.fromkeys(column.name for column in words.columns_of(part))
            if isinstance(part, Kpi) and not part.is_level and not isinstance(part.formula, Change):
                found[part.date] = None
        return tuple(found)
