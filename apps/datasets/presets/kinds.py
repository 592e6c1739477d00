"""What a preset is, and how it is known in the headers of a file."""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from apps.datasets.schema.fields import normal

_ROLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Preset:
    """An export of a program. `key` is for machines, `title` for people (`Salesforce opportunities`).

    `columns` names for each field, and for each further role that formulas need, the headers that programs write there,
    divided by bars; the first one that a file has counts. A file is this export if it has one of the headers of every
    entry of `marks`. `computed` and `where` are formulas with roles in braces; of several the first one counts whose
    roles are all there. `values` and `constants` are those of a mapping. `advice` is worth telling about the export.
    """

    key: str
    title: str
    table: str
    marks: tuple[str, ...]
    columns: AnyMapping[str, str]
    roles: AnyMapping[str, str] = field(default_factory=dict)
    computed: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    values: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)
    constants: AnyMapping[str, str] = field(default_factory=dict)
    advice: str = ""

    def fits(self, headers: Sequence[str]) -> bool:
        """Whether every mark is there; further columns do not matter."""
        known = {normal(each) for each in headers}
        return all(known & words for words in self._marks)

    def found(self, headers: Sequence[str]) -> int:
        """How many of the columns are there."""
        return len(self._placed(headers))

    def mapping_for(self, headers: Sequence[str]) -> dict[str, Any]:
        """The mapping of this export for the headers that a file has: parts whose columns it lacks are left out."""
        placed = self._placed(headers)
        made: dict[str, Any] = {
            "columns": {name: header for name, header in placed.items() if name in self.columns},
            "computed": {},
            "values": {name: dict(pairs) for name, pairs in self.values.items() if name in placed},
            "constants": dict(self.constants),
        }
        for name, formulas in self.computed.items():
            if filled := _first_filled(formulas, placed):
                made["computed"][name] = filled
                made["columns"].pop(name, None)
                made["values"].pop(name, None)
        if where := _first_filled(self.where, placed):
            made["where"] = where
        return {part: said for part, said in made.items() if said}

    def _placed(self, headers: Sequence[str]) -> dict[str, str]:
        by_name = {normal(header): header for header in reversed(headers)}
        placed = {}
        for name, words in {**self.columns, **self.roles}.items():
            for word in words.split("|"):
                if normal(word) in by_name:
                    placed[name] = by_name[normal(word)]
                    break
        return placed

    @cached_property
    def _marks(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(normal(word) for word in mark.split("|")) for mark in self.marks)


def _first_filled(formulas: Sequence[str], placed: AnyMapping[str, str]) -> str:
    """The first formula whose roles are all there, with their headers; blank if there is none."""
    for formula in formulas:
        if all(role in placed for role in _ROLE.findall(formula)):
            return _ROLE.sub(lambda role: f"[{placed[role[1]]}]", formula)
    return ""


def best_of(presets: Sequence[Preset], headers: Sequence[str]) -> Preset | None:
    """Of the presets that fit, the one that knows most of the columns."""
    fitting = [each for each in presets if each.fits(headers)]
    return max(fitting, key=lambda each: (each.found(headers), len(each.marks)), default=None)
