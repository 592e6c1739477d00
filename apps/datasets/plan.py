"""A mapping brought together with the file it is for: every field has a source, a constant, or stays empty."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.common.errors import Refusal
from apps.common.spelling import did_you_mean
from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import trimmed
from apps.datasets.formulas import Compiled, Kind, Value, compile_formula
from apps.datasets.mapping import ORIGIN, Lookup, Mapping
from apps.datasets.parts import Formula, reading_as_json
from apps.datasets.reader import Source
from apps.datasets.returning import ours
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
    """A column of the file (lookup None), those that the mapping adds to it included, or of a lookup."""

    column: int
    lookup: int | None = None

    @property
    def sql(self) -> str:
        return f"r.c{self.column}" if self.lookup is None else f"lk{self.lookup}_c{self.column}"

    @property
    def as_number(self) -> str:
        """The column that holds it as a number, for formulas."""
        return f"_n_{self.sql.removeprefix('r.')}"

    @property
    def as_date(self) -> str:
        return f"_d_{self.sql.removeprefix('r.')}"


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
    computed: dict[str, Compiled] = field(default_factory=dict)
    where: Compiled | None = None

    @property
    def width(self) -> int:
        """How many of the headers are the file's own; the mapping's unpivot and repeat add the others."""
        return len(self.source.header)

    def field(self, name: str) -> Field:
        """The standard field of this name, or the own column as text."""
        return self.mapping.table.field(name) if self.mapping.table.has(name) else Field(name)

    def place_of(self, header: str) -> Place:
        """A column of the file, of an added part, or of a lookup. Refusal if there is none."""
        return _find_text(header, self.headers, self.source.name, self.lookups)

    def derived_from(self, each: Field) -> str:
        """The field that this one gets its value from because nothing else feeds it; blank if there is none."""
        other = each.follows or each.month_after
        silent = each.name in self.mapping.columns and not self.mapping.columns[each.name]
        return other if other and not silent and not self._is_fed(each.name) and self._is_fed(other) else ""

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
        places += [self.place_of(header) for header in self._in_formulas]
        keys = {column for _, column in self.lookups[number].on}
        return keys | {place.column for place in places if place.lookup == number}

    @property
    def has_formulas(self) -> bool:
        return bool(self.computed or self.where or self.mapping.repeat)

    @property
    def _in_formulas(self) -> list[str]:
        formulas = [*self.computed.values(), *([self.where] if self.where else [])]
        repeated = [self.mapping.repeat.times] if self.mapping.repeat else []
        return [name for each in formulas for name, _ in each.names] + repeated

    def has_source(self, name: str) -> bool:
        table = self.mapping.table
        return self._is_fed(name) or (table.has(name) and bool(self.derived_from(table.field(name))))

    def _is_fed(self, name: str) -> bool:
        return bool(self.places.get(name)) or name in self.mapping.constants or name in self.computed

    def as_json(self) -> dict[str, Any]:
        """The mapping completed by what was guessed; importing with it gives the same rows again."""
        # A null keeps its meaning, "leave blank and do not guess".
        columns: dict[str, str | None] = {
            name: None for name, header in self.mapping.columns.items() if header is None and name not in self.places
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
            **self._parts_as_json(),
        }

    def _parts_as_json(self) -> dict[str, Any]:
        """Only those that are there: a mapping without them stays what it was."""
        given = self.mapping
        parts: dict[str, Any] = {
            "computed": {name: each.text for name, each in given.computed.items()},
            "where": given.where.text if given.where else None,
            "unpivot": given.unpivot.as_json() if given.unpivot else None,
            "repeat": given.repeat.as_json() if given.repeat else None,
            "mode": given.mode or None,
            "reading": reading_as_json(given.reading),
        }
        return {part: value for part, value in parts.items() if value}


def make_plan(mapping: Mapping, source: Source, lookups: Sequence[Source], *, complete: bool = True) -> Plan:
    """Compare the mapping with the headers, guess what it leaves out. Refusal for a header or field that is missing.

    complete=False lets required fields be without a source: for a preview, in which they are still to be chosen.
    """
    headers, taken = _with_added(mapping, unique(source.header), source.name)
    taken |= set(range(ours(headers)))
    given = {name: _find(header, headers, source.name) for name, header in mapping.columns.items() if header}
    guessed = _guess(mapping, headers, {*given.values(), *taken})
    added = range(len(source.header), len(headers))
    own = _own_columns(mapping, headers, {*given.values(), *guessed.values(), *taken, *added})
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
    names = dict.fromkeys([*places, *mapping.constants, *mapping.computed])
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
    plan = _with_formulas(plan)
    if complete:
        _check_required(plan, source)
    return plan


def _with_added(mapping: Mapping, headers: tuple[str, ...], file: str) -> tuple[tuple[str, ...], set[int]]:
    """The headers with those that unpivot and repeat add, and the positions of the columns that unpivot takes away."""
    added: list[str] = []
    taken: set[int] = set()
    if mapping.unpivot:
        taken = {_find(header, headers, file) for header in mapping.unpivot.columns}
        added += [mapping.unpivot.name, mapping.unpivot.value]
    if mapping.repeat:
        added.append(mapping.repeat.number)
    for name in added:
        if name in headers or added.count(name) > 1:
            raise ImportRefusal(
                f"The mapping adds a column `{name}`, but there is one of this name already: call it otherwise."
            )
    return (*headers, *added), taken


def _with_formulas(plan: Plan) -> Plan:
    computed = {
        name: _compiled(plan, formula, f"`computed` of the mapping, `{name}`")
        for name, formula in plan.mapping.computed.items()
    }
    for name, formula in computed.items():
        _check_kind(plan.field(name), formula)
    where = _compiled(plan, plan.mapping.where, "`where` of the mapping") if plan.mapping.where else None
    if plan.mapping.repeat:
        plan.place_of(plan.mapping.repeat.times)
    return replace(plan, computed=computed, where=where)


def _compiled(plan: Plan, formula: Formula, where: str) -> Compiled:
    def column(header: str) -> Value:
        place = plan.place_of(header)
        return Value(trimmed(place.sql), Kind.RAW, number=f"r.{place.as_number}", date=f"r.{place.as_date}")

    stem = plan.source.name.rpartition(".")[0] or plan.source.name
    try:
        found = compile_formula(formula.text, formula.tree, column, stem, "r._line")
        if where.startswith("`where`"):
            assert found.holds_sql
        return found
    except Refusal as refusal:
        raise ImportRefusal(f"{where}: {refusal.sentence}") from refusal


def _check_kind(each: Field, formula: Compiled) -> None:
    numbers, times = {Kind.DATE, Kind.TRUTH}, {Kind.NUMBER, Kind.TRUTH}
    wrong = numbers if each.type.is_number else times if each.type.is_time else set()
    if formula.kind in wrong:
        raise ImportRefusal(
            f"`computed` of the mapping, `{each.name}`: the formula gives {formula.kind.value}, the field is a"
            f" {each.type.value}."
        )


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
    """A column of the file, else one that an earlier lookup has brought; exactly so, else but for case and signs."""
    brought = [unique(each.source.header) for each in lookups]
    for number, theirs in enumerate(brought):
        if header not in headers and header in theirs:
            return Place(theirs.index(header), number)
    if not any(normal(each) == normal(header) for each in headers):
        alike = [
            Place(position, number)
            for number, theirs in enumerate(brought)
            for position, each in enumerate(theirs)
            if normal(each) == normal(header)
        ]
        if len(alike) == 1 and normal(header):
            return alike[0]
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
        if mapping.columns.get(name, header) is not None:  # null: it is not wanted
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
