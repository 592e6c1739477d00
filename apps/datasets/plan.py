"""A mapping brought together with the file it is for: every field has a source, a constant, or stays empty."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.common.spelling import did_you_mean
from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import ORIGIN, Lookup, Mapping
from apps.datasets.reader import Source
from apps.datasets.schema import Field, FieldType
from apps.datasets.schema.fields import normal


@dataclass(frozen=True)
class LookupPlan:
    """One lookup with its file read. `on` pairs (position of the text it is found by, position in the lookup)."""

    lookup: Lookup
    source: Source
    on: tuple[tuple["Place", int], ...]
    values: dict[str, str]


@dataclass(frozen=True)
class Place:
    """A column of the file (lookup None) or of a lookup."""

    column: int
    lookup: int | None = None

    @property
    def sql(self) -> str:
        return f"r.c{self.column}" if self.lookup is None else f"lk{self.lookup}_c{self.column}"


@dataclass(frozen=True)
class Plan:
    """What feeds what. `places` lists for each field the columns it is taken from, in order."""

    mapping: Mapping
    source: Source
    key: tuple[str, ...]
    headers: tuple[str, ...]
    places: dict[str, tuple[Place, ...]]
    lookups: tuple[LookupPlan, ...]
    own: tuple[str, ...]
    guessed: tuple[str, ...]
    formats: dict[str, str] = field(default_factory=dict)

    def with_formats(self, formats: AnyMapping[str, str]) -> "Plan":
        return replace(self, formats={**self.formats, **formats})

    def without(self, wrong: Iterable[str]) -> "Plan":
        """The plan if these fields had not been guessed: their columns are kept as own ones."""
        columns = {**self.mapping.columns, **dict.fromkeys(wrong)}
        return make_plan(replace(self.mapping, columns=columns), self.source, [each.source for each in self.lookups])

    @property
    def fields(self) -> tuple[Field, ...]:
        """The standard fields, then the own ones as text: what a row consists of."""
        return (*self.mapping.table.fields, *(Field(name) for name in self.own))

    @property
    def required(self) -> tuple[str, ...]:
        """What no row may leave blank: the key, and the required fields unless another key replaces the id."""
        needed = [each.name for each in self.mapping.table.fields if each.required and not self._replaced(each.name)]
        return tuple(dict.fromkeys([*needed, *self.key]))

    def _replaced(self, name: str) -> bool:
        return name in self.mapping.table.key and name not in self.key

    def used_of_lookup(self, number: int) -> set[int]:
        """The columns of a lookup that anything is taken from or found by."""
        places = [place for found in self.places.values() for place in found]
        places += [place for each in self.lookups for place, _ in each.on]
        keys = {column for _, column in self.lookups[number].on}
        return keys | {place.column for place in places if place.lookup == number}

    def has_source(self, name: str) -> bool:
        return bool(self.places.get(name)) or name in self.mapping.constants

    def as_json(self) -> dict[str, Any]:
        """The mapping completed by what was guessed; importing with it gives the same rows again."""
        # A null keeps its meaning, "leave blank and do not guess".
        columns: dict[str, str | None] = {
            name: None
            for name, header in self.mapping.columns.items()
            if header is None and self.mapping.table.has(name) and name not in self.places
        }
        columns |= {
            name: self.headers[place.column]
            for name, places in self.places.items()
            for place in places
            if place.lookup is None
        }
        return {
            "table": self.mapping.table.name,
            "key": list(self.key),
            "columns": columns,
            "values": self.mapping.values,
            "constants": self.mapping.constants,
            "formats": self.formats,
            "lookups": [{"file": e.file, "on": e.on, "columns": e.columns} for e in self.mapping.lookups],
        }


def make_plan(mapping: Mapping, source: Source, lookups: Sequence[Source], *, complete: bool = True) -> Plan:
    """Compare the mapping with the headers, guess what it leaves out. Refusal for a header or field that is missing.

    complete=False lets required fields be without a source: for a preview, in which they are still to be chosen.
    """
    headers = unique(source.header)
    given = {name: _find(header, headers, source.name) for name, header in mapping.columns.items() if header}
    guessed = _guess(mapping, headers, set(given.values()))
    own = _own_columns(mapping, headers, {*given.values(), *guessed.values()})
    places: dict[str, list[Place]] = {name: [Place(position)] for name, position in {**given, **guessed, **own}.items()}
    planned: list[LookupPlan] = []
    for number, (lookup, brought) in enumerate(zip(mapping.lookups, lookups, strict=True)):
        brought_headers = unique(brought.header)
        pairs = tuple(
            (_find_text(ours, headers, source.name, planned), _find(theirs, brought_headers, lookup.file))
            for ours, theirs in lookup.on.items()
        )
        values = _values_on_the_way(mapping, given | guessed, pairs)
        planned.append(LookupPlan(lookup, brought, pairs, values))
        for name, header in lookup.columns.items():
            places.setdefault(name, []).append(Place(_find(header, brought_headers, lookup.file), number))
    names = dict.fromkeys([*places, *mapping.constants])
    plan = Plan(
        mapping=mapping,
        source=source,
        key=mapping.table.key if mapping.key is None else mapping.key,
        headers=headers,
        places={name: tuple(found) for name, found in places.items()},
        lookups=tuple(planned),
        own=tuple(name for name in names if not mapping.table.has(name)),
        guessed=tuple(guessed),
        formats=dict(mapping.formats),
    )
    if complete:
        _check_required(plan, source)
    return plan


def unique(header: Iterable[str]) -> tuple[str, ...]:
    """Headers that can be told apart: blank ones become `column 3`, repeated ones `Amount (2)`."""
    found: list[str] = []
    for position, each in enumerate(header, start=1):
        base = each or f"column {position}"
        candidate, number = base, 1
        while candidate in found:
            number += 1
            candidate = f"{base} ({number})"
        found.append(candidate)
    return tuple(found)


def _find(header: str, headers: Sequence[str], file: str) -> int:
    """Position of a header: exact, else the only one that is the same without case, spaces and signs."""
    if header.strip() in headers:
        return headers.index(header.strip())
    alike = [position for position, each in enumerate(headers) if normal(each) == normal(header)]
    if len(alike) == 1 and normal(header):
        return alike[0]
    raise ImportRefusal(
        f"The mapping names the column `{header}`, which `{file}` does not have.{did_you_mean(header, headers)}"
    )


def _find_text(header: str, headers: Sequence[str], file: str, lookups: Sequence[LookupPlan]) -> Place:
    """A column of the file, else one that an earlier lookup has brought."""
    for number, each in enumerate(lookups):
        theirs = unique(each.source.header)
        if header not in headers and header in theirs:
            return Place(theirs.index(header), number)
    return Place(_find(header, headers, file))


def _values_on_the_way(
    mapping: Mapping, columns: AnyMapping[str, int], pairs: Sequence[tuple[Place, int]]
) -> dict[str, str]:
    """The `values` of the text field that is fed by the column of a lookup on one column."""
    if len(pairs) != 1 or pairs[0][0].lookup is not None:
        return {}
    for name, pairs_of_field in mapping.values.items():
        is_text = not mapping.table.has(name) or mapping.table.field(name).type is FieldType.TEXT
        if is_text and columns.get(name) == pairs[0][0].column:
            return pairs_of_field
    return {}


def _guess(mapping: Mapping, headers: Sequence[str], used: set[int]) -> dict[str, int]:
    """Fields whose name or synonym is a header. Only stage and outcome may share a column."""
    by_name = {normal(header): position for position, header in reversed(list(enumerate(headers)))}
    found: dict[str, int] = {}
    taken = set(used)
    for each in mapping.table.fields:
        if each.name in mapping.columns or each.name in mapping.fields:
            continue
        for word in (each.name, *each.synonyms):
            position = by_name.get(normal(word))
            if position is not None and (position not in taken or _may_share(each, mapping, word)):
                found[each.name] = position
                taken.add(position)
                break
    return found


def _may_share(each: Field, mapping: Mapping, word: str) -> bool:
    """One column is two things only where exports do that: a deal's stage and outcome."""
    return mapping.table.name == "deals" and each.name in {"stage", "outcome"} and "stage" in word


def _own_columns(mapping: Mapping, headers: Sequence[str], used: set[int]) -> dict[str, int]:
    """Every column that nobody mentions is kept under a name made from its header; `Line` becomes `source_line`."""
    found: dict[str, int] = {}
    fields = {*mapping.table.names, *mapping.fields, *ORIGIN}
    taken = set(fields)
    for position, header in enumerate(headers):
        if position in used:
            continue
        name = slug(header)
        name = f"source_{name}" if name in fields else name
        base, number = name, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        found[name] = position
    return found


def slug(header: str) -> str:
    """`Deal Stage (old)` becomes `deal_stage_old`."""
    name = re.sub(r"\W+", "_", header.strip().lower()).strip("_")[:60] or "column"
    return f"column_{name}" if name[0].isdigit() else name


def _check_required(plan: Plan, source: Source) -> None:
    for name in plan.required:
        if not plan.has_source(name):
            title = plan.mapping.table.title.lower()
            if len(plan.headers) == 1:
                raise ImportRefusal(
                    f"The first line of `{source.name}`, `{plan.headers[0][:60]}`, is one cell, and {title} need a"
                    f" column for `{name}`. Delete what stands above the header; cells are divided by , ; | or tabs."
                )
            raise ImportRefusal(
                f"`{source.name}` has no column for `{name}`, which {title} need."
                f" Its columns are: {', '.join(plan.headers)}."
                f' Name the right one in the mapping: "columns": {{"{name}": …}}{_or_key(plan, name)}.'
            )


def _or_key(plan: Plan, name: str) -> str:
    if name not in plan.mapping.table.key:
        return ""
    return ', or say with "key" which other fields tell rows apart (an empty one: nothing does)'
