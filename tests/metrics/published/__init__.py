"""How the published answers are asked for: which files come in by which mapping, and which KPI gives which row.

One module for each data set. An Edition is a workspace of its own; a data set has several where its answers rest on
different readings of the files. What stays unanswered is in OTHERS, with the reason.
"""

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Load:
    """Files (below the folder of the data set) that come into a table by one of our mapping files."""

    mapping: str
    files: tuple[str, ...]
    lookups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """One call of `compute`, and which rows of the answers it gives.

    `kpi` and `scope` are those of the answers, `key` of ours. `label` makes the key of an answer from {group}, {period}
    and {quarter} (2017Q3). `options` are those of the command. `value` is what is compared: our value times `scale`, or
    `1 - value` for the complement.
    """

    kpi: str
    scope: str
    key: str
    variant: str = ""
    label: str = ""
    options: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scale: float = 1
    complement: bool = False
    part: str = "value"
    tolerance: float = 6e-7
    relative: float = 1e-10

    def value(self, row: dict[str, Any]) -> float | None:
        found = row[self.part]
        if found is None:
            return None
        return (1 - found if self.complement else found) * self.scale

    def close(self, mine: float | None, published: float | None) -> bool:
        """Published with six digits behind the point."""
        if mine is None or published is None:
            return mine is published
        return math.isclose(mine, published, rel_tol=self.relative, abs_tol=self.tolerance)


@dataclass(frozen=True)
class Edition:
    name: str
    dataset: str
    loads: tuple[Load, ...]
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Other:
    """Answers of another definition than ours, or wrong: kpi, scope, and some keys or all of them."""

    kpi: str
    scope: str
    reason: str
    keys: tuple[str, ...] = ()

    def holds(self, kpi: str, scope: str, key: str) -> bool:
        return (kpi, scope) == (self.kpi, self.scope) and (not self.keys or key in self.keys)


def ask(kpi: str, scope: str, key: str, variant: str = "", label: str = "", **more: Any) -> Ask:
    """An Ask whose options are the keywords that are options of the command: by, grain, period."""
    options = {name: more.pop(name) for name in ("by", "grain", "period") if name in more}
    return Ask(kpi, scope, key, variant, label or LABELS.get(scope, ""), MappingProxyType(options), **more)


LABELS = {
    "owner": "{group}",
    "team": "{group}",
    "segment": "{group}",
    "quarter": "{quarter}",
    "month": "{period}",
    "year": "{period}",
    "owner_quarter": "{group} | {quarter}",
}
