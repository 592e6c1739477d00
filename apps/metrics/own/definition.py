"""An own KPI as plain data: what was chosen in the builder, as it is kept in the database. Nothing here is checked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

VARIANT = "own"
FILTERS = 8  # of one measure
CHOICES = 50  # values of one filter
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Filter:
    """One condition on a column. `test` is a key of TESTS; numbers are written as 1200.5, days as 2026-03-31."""

    column: str
    test: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """Rows of a table made one number: `aggregate` (a key of AGGREGATES) of `column`, placed in time by `date`.

    `match` is "all" or "any": whether every filter must hold, or one of them.
    """

    table: str
    aggregate: str
    column: str = ""
    date: str = ""
    match: str = "all"
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Definition:
    """Either a measure, perhaps divided by a second one; or the text of a formula of other KPIs.

    `names` pairs each name of the formula with the ref of the KPI that it meant when it was saved, so that neither new
    data nor a new KPI changes what is meant.
    """

    measure: Measure | None = None
    divided_by: Measure | None = None
    text: str = ""
    names: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    direction: str = "up"
    category: str = ""
    sentence: str = ""
    counter_metric: str = ""
    min_n: int = 0

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The own KPIs that the formula is made of."""
        refs = (ref.partition(":") for _, ref in self.names)
        return tuple(dict.fromkeys(key for key, _, variant in refs if variant == VARIANT))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Definition":
        """The reverse of `as_json`, after JSON has made lists of tuples."""
        known = dict(given)
        for name in ("measure", "divided_by"):
            known[name] = _measure(known[name]) if known.get(name) else None
        known["names"] = tuple((str(name), str(ref)) for name, ref in known.get("names", ()))
        return cls(**known)


def _measure(given: Mapping[str, Any]) -> Measure:
    filters = tuple(
        Filter(each["column"], each["test"], tuple(map(str, each["values"]))) for each in given.get("filters", ())
    )
    return Measure(**{**given, "filters": filters})


@dataclass(frozen=True)
class Version:
    """A definition from a day on. One that restates holds for all days before it, too."""

    number: int
    effective_from: date
    what: str
    definition: Definition
    restates: bool = False


@dataclass(frozen=True)
class OwnSpec:
    """An own KPI with its versions in use, oldest first."""

    key: str
    name: str
    versions: tuple[Version, ...]

    @property
    def in_use(self) -> tuple[Version, ...]:
        """Without those that a restating version has replaced for all days."""
        last = max((at for at, each in enumerate(self.versions) if each.restates), default=0)
        return self.versions[last:]

    def on(self, day: date) -> Version:
        """The version in force on a day; the first one also before its own day, since nothing was before it."""
        found = self.in_use[0]
        for each in self.in_use[1:]:
            if each.effective_from <= day:
                found = each
        return found
