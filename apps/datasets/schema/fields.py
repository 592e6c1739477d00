"""What tables and fields are.

Money is DECIMAL(18,4): sums of doubles differ from run to run, and four decimals keep every currency's subunit.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from apps.common.errors import Refusal
from apps.common.spelling import did_you_mean


class FieldType(StrEnum):
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    CHOICE = "choice"
    BOOLEAN = "boolean"

    @property
    def sql(self) -> str:
        """The DuckDB type of the stored column."""
        return _SQL_TYPES[self]

    @property
    def is_number(self) -> bool:
        return self in {FieldType.MONEY, FieldType.NUMBER, FieldType.INTEGER}

    @property
    def is_time(self) -> bool:
        return self in {FieldType.DATE, FieldType.TIMESTAMP}


_SQL_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.CHOICE: "VARCHAR",
    FieldType.DATE: "DATE",
    FieldType.TIMESTAMP: "TIMESTAMP",
    FieldType.MONEY: "DECIMAL(18,4)",
    FieldType.NUMBER: "DECIMAL(18,4)",
    FieldType.INTEGER: "BIGINT",
    FieldType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True)
class Field:
    """One column. `meanings` are words of common exports and the choice each stands for.

    `codes` are all that a text may be, in capitals. Without a source of its own a field may still get a value from
    another date: `follows` says whose time of day it is, `month_after` says after which day it comes one month later.
    """

    name: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    help: str = ""
    meanings: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()
    follows: str = ""
    month_after: str = ""


@dataclass(frozen=True)
class NotBefore:
    """A row whose `later` date lies before its `earlier` date is wrong."""

    earlier: str
    later: str


@dataclass(frozen=True)
class NeedsDate:
    """A row whose `field` is one of `values` needs a `date`."""

    field: str
    values: tuple[str, ...]
    date: str


@dataclass(frozen=True)
class InScale:
    """A row whose `field` lies outside its declared scale is wrong; `usual` is the scale of some kinds of rows."""

    field: str
    least: str
    most: str
    kind: str
    usual: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Table:
    """A standard table.

    `main_date` is what rows are sorted by on disk. `event_dates` tell how far the data reaches: only dates on which
    something has happened, never plans. `plans_when` names rows whose main date is a plan although the column
    otherwise is an event (the closing date that a CRM writes on an open deal). In the field `shared` several people may
    share a row by percentages (common.splits).
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    main_date: str
    event_dates: tuple[str, ...]
    checks: tuple[NotBefore | NeedsDate | InScale, ...] = ()
    plans_when: tuple[str, str] | None = None
    shared: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of this name; Refusal with the nearest name if the table has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise Refusal(f"{self.title} have no field `{name}`.{did_you_mean(name, self.names)}")

    def has(self, name: str) -> bool:
        return name in self.names


def normal(name: str) -> str:
    """A header without what varies between exports: case, spaces, underscores, signs."""
    return re.sub(r"[\W_]+", "", name.casefold())
