"""Distinct things counted for many groupings and grains: customers, say, or those who bought at least twice.

They add up over nothing, so every grouping and grain counts them anew; but the rows are read once for all of them, and
what is counted are then small numbers instead of texts.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.metrics.catalogue.formulas import Count, Formula, Holds, Number, PerEntity
from apps.metrics.engine import expressions
from apps.metrics.engine.cells import Rows, calendar
from apps.metrics.engine.labels import ALWAYS
from apps.metrics.engine.placed import numbered, text_of
from apps.metrics.engine.places import Places
from apps.metrics.engine.plan import Need, key_of

_SIGNS: Mapping[str, Any] = {">=": lambda a, b: a >= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b}


def is_counted(need: Need) -> bool:
    """Whether the need is a number of entities that have some rows of one table, dated by one column."""
    leaf = need.leaf
    if not isinstance(leaf, PerEntity) or leaf.value is not None or leaf.entity == "owner":
        return False
    sides = [side for holds in leaf.having for side in (holds.first, holds.second)]
    counts = {_dated(side, need) for side in sides if not isinstance(side, Number)}
    return all(isinstance(side, Count | Number) for side in sides) and len(counts) == 1


def _dated(measure: Formula, need: Need) -> tuple[str, str]:
    dated = (measure.on if isinstance(measure, Count) else None) or need.dated_by
    return dated.table, dated.name


def families_of(needs: Sequence[Need]) -> list[list[Need]]:
    """The needs that are counted, together where they are of the same entity, table and date."""
    found: dict[tuple[str, str, str], list[Need]] = {}
    for need in needs:
        if is_counted(need):
            found.setdefault(_family_of(need), []).append(need)
    return list(found.values())


def _family_of(need: Need) -> tuple[str, str, str]:
    assert isinstance(need.leaf, PerEntity)
    return need.leaf.entity, *_dated(_counts_of(need)[0], need)


def _counts_of(need: Need) -> list[Count]:
    assert isinstance(need.leaf, PerEntity)
    return [each for each in need.leaf.inner() if isinstance(each, Count)]


class Counted:
    """One family: the rows that matter to it, kept with a number for each entity."""

    def __init__(self, rows: Rows, name: str, needs: Sequence[Need], cuts: Sequence[date], keys: Sequence[str]) -> None:
        self.rows, self.name, self.needs = rows, name, needs
        self.entity, *self._dated = _family_of(needs[0])
        self.columns: dict[str, str] = {}
        self.wheres: dict[str, Count] = {}
        for need in needs:
            for each in _counts_of(need):
                column = self.columns.setdefault(key_of(each, need.dated_by), f"c{len(self.columns)}")
                self.wheres.setdefault(column, each)
        self.keys = {key: f"key{i}" for i, key in enumerate(keys)}
        self.events = self._events(cuts)

    def _events(self, cuts: Sequence[date]) -> Any:
        """(keys, entity, atom, and whether the row counts in each measure)"""
        table_name, day_name = self._dated
        table = self.rows.table(table_name)
        counts = {column: expressions.condition(each.where, table) for column, each in self.wheres.items()}
        by = {place: text_of(key)(table).fill_null("") for key, place in self.keys.items()}
        entity, day = table[self.entity].cast("string"), table[day_name].cast("date")
        events = table.select(entity_text=entity, day=day, **by, **counts)
        some = reduce(lambda one, other: one | other, (events[column] for column in counts))
        events = events.filter(some, events.day >= cuts[0], events.day < cuts[-1], events.entity_text.notnull())
        numbers = numbered(self.rows, self.name, events.select("entity_text").distinct())
        days = calendar(cuts)
        events = events.join(numbers, "entity_text").join(days, events.day == days._day)
        chosen = events.select(*by, *counts, entity=events.entity.cast("int32"), atom=events._atom)
        return self.rows.keep(f"{self.name}_events", chosen)

    def placed(self, places: Places) -> Any:
        """(scope, entity, atom, flags): the rows where they count. A row that several share is there for each."""
        if not places.keys:
            return self.events.mutate(scope=ibis.literal(0, "int32"))
        by = [self.keys[key] for key in places.keys]
        texts = self.rows.fetch(self.events.select(*by).distinct()).to_pylist()
        columns: dict[str, list[Any]] = {name: [] for name in (*by, "scope", "lo", "hi")}
        for text in texts:
            for place in places.of([text[name] or None for name in by]):
                for name, each in zip(columns, (*text.values(), place.scope, place.lo, place.hi), strict=True):
                    columns[name].append(each)
        types = {name: pa.int32() if name in ("scope", "lo", "hi") else pa.string() for name in columns}
        where = ibis.memtable(pa.table({name: pa.array(each, types[name]) for name, each in columns.items()}))
        joined = self.events.join(where, by)
        if any(hi < ALWAYS for hi in columns["hi"]):
            joined = joined.filter(joined.atom >= joined.lo, joined.atom < joined.hi)
        return self.rows.keep(f"{self.name}_placed", joined.select("scope", "entity", "atom", *self.wheres))

    def numbers(
        self, placed: Any, groups: int, first: Sequence[int], last: Sequence[int]
    ) -> dict[str, NDArray[np.float64]]:
        """For each need [group, window]: how many entities count in the atoms after cut `first` up to cut `last`."""
        windows = np.repeat(np.arange(len(first), dtype="int32"), np.subtract(last, first))
        atoms = [atom for lo, hi in zip(first, last, strict=True) for atom in range(lo + 1, hi + 1)]
        when = ibis.memtable(pa.table({"_window": windows, "_at": pa.array(atoms, pa.int32())}))
        joined = placed.join(when, placed.atom == when._at)
        sums = {column: joined.count(where=joined[column]) for column in self.wheres}
        each = joined.group_by("scope", "_window", "entity").aggregate(**sums)
        holds = {f"n{i}": each.count(where=self._holds(need, each)) for i, need in enumerate(self.needs)}
        found = self.rows.fetch(each.group_by("scope", "_window").aggregate(**holds))
        place = found["scope"].to_numpy(), found["_window"].to_numpy()
        result = {}
        for i, need in enumerate(self.needs):
            grid = np.zeros((groups, len(first)))
            grid[place] = found[f"n{i}"].to_numpy()
            result[need.key] = grid
        return result

    def _holds(self, need: Need, sums: Any) -> Any:
        assert isinstance(need.leaf, PerEntity)
        return reduce(lambda one, other: one & other, [self._compared(each, need, sums) for each in need.leaf.having])

    def _compared(self, holds: Holds, need: Need, sums: Any) -> Any:
        return _SIGNS[holds.sign](self._side(holds.first, need, sums), self._side(holds.second, need, sums))

    def _side(self, formula: Formula, need: Need, sums: Any) -> Any:
        if isinstance(formula, Number):
            return ibis.literal(formula.value, "decimal(38, 10)")
        return sums[self.columns[key_of(formula, need.dated_by)]]
