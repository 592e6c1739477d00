"""Figures of things with several rows: how many customers, owners, orders, or the sum of a measure over them.

They do not add up over rows, groups or days, so they are worked out anew for every scope and window: the slots are
joined with what was put in place (placed.py), summed by slot and entity, and those entities that count are summed by
slot. All slots of a need go in a few queries, whatever their number; each takes as many slots as fit into memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any, cast

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.metrics.catalogue.formulas import (
    Allotted,
    Formula,
    Gain,
    Holds,
    Instant,
    Lesser,
    Level,
    Number,
    PerEntity,
    WhileAllotted,
)
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine.cells import EPOCH, Rows
from apps.metrics.engine.labels import ALWAYS, atom_from
from apps.metrics.engine.placed import Placer, text_of
from apps.metrics.engine.places import Places, identity
from apps.metrics.engine.plan import Tally, key_of, tally_of
from apps.metrics.engine.running import Running

Ints = NDArray[np.int64]
_PAIRS = 6_000_000  # rows of (slot, entity) that are summed at once
_WIDE = "decimal(38, 10)"
_FAR = 10**7
_COMPARE: Mapping[str, Any] = {">=": lambda a, b: a >= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b}


@dataclass(frozen=True)
class Asked:
    """Numbers wanted, as arrays: of which scope, and between which cuts (-1: from the beginning). What is measured in
    days lies between `since` and `reach`; `instant` is the cut up to which the data knows of the window."""

    scope: Ints
    first: Ints
    last: Ints
    since: Ints
    reach: Ints
    instant: Ints

    def __len__(self) -> int:
        return len(self.scope)

    def part(self, chosen: Ints) -> "Asked":
        return Asked(*(each[chosen] for each in self.columns()))

    def columns(self) -> tuple[Ints, ...]:
        return self.scope, self.first, self.last, self.since, self.reach, self.instant


@dataclass(frozen=True)
class Inner:
    """One measure of an entity: its column, and which tally or allotment it is read from."""

    column: str
    leaf: Formula
    tally: int | None


class Family:
    """All needs that are measured by one entity, put in place together."""

    def __init__(
        self,
        rows: Rows,
        name: str,
        entity: str,
        needs: Sequence[tuple[PerEntity, Column]],
        places: Places,
        cuts: Sequence[date],
        people: Mapping[str, int],
        *,
        all_time: bool,
    ) -> None:
        self.rows, self.name, self.cuts, self.people = rows, name, cuts, people
        self.tallies: list[Tally] = []
        self.allotted: dict[str, Allotted] = {}
        self._places_of: dict[str, int] = {}
        for per, dated_by in needs:
            self.measures(per, dated_by)
        placer = Placer(rows, name, entity, places, cuts, all_time=all_time)
        self.placed = placer.put(self.tallies, self.allotted)
        self.numbers = placer.numbers
        self.size = sum(_count_of(rows, table) for table, _ in (*self.placed.flows, *self.placed.levels))

    def measures(self, per: PerEntity, dated_by: Column) -> dict[str, Inner]:
        """The measures of one need by their key; what they read is put in place with the family."""
        found: dict[str, Inner] = {}
        for leaf in per.inner():
            key = key_of(leaf, dated_by)
            tally = None
            if isinstance(leaf, Allotted):
                self.allotted[key] = leaf
            else:
                measure = leaf.of if isinstance(leaf, WhileAllotted) else leaf
                needed = tally_of(measure, dated_by)  # type: ignore[arg-type]
                tally = self._places_of.setdefault(needed.key, len(self.tallies))
                if tally == len(self.tallies):
                    self.tallies.append(needed)
            found.setdefault(key, Inner(f"c{len(found)}", leaf, tally))
        return found


class Entities:
    """One need. Its number is that of all entities there at the start, as if nothing happened to them in the window,
    plus what is different for those to which something did: rows of a flow, a level that moved, an allotment."""

    def __init__(self, family: Family, per: PerEntity, dated_by: Column) -> None:
        self.family, self.per, self.dated_by = family, per, dated_by
        self.rows, self.cuts = family.rows, family.cuts
        self.placed = family.placed
        self.inner = family.measures(per, dated_by)
        levels = [
            (table, [inner for inner in self.inner.values() if inner.tally in tallies])
            for table, tallies in self.placed.levels
        ]
        self.levels = [(table, mine) for table, mine in levels if mine]
        self._untouched = self._standing_still()

    def values(self, asked: Asked) -> list[Decimal]:
        """The number of every slot."""
        found = [
            self._untouched[scope].before(first) if scope in self._untouched else Decimal(0)
            for scope, first in zip(asked.scope.tolist(), asked.first.tolist(), strict=True)
        ]
        for chosen in self._parts(asked):
            table = self.rows.fetch(self._summed(asked.part(chosen)))
            numbers = chosen[table["slot"].to_numpy()].tolist()
            for place, number in zip(numbers, table["number"].to_pylist(), strict=True):
                found[place] += number if number is not None else Decimal(0)
        return [Decimal(int(number)) for number in found] if self.per.value is None else found

    def _standing_still(self) -> dict[int, Running]:
        """By scope, the number at every cut of a window in which nothing happens. Entities whose levels come from
        several tables have no such number for each: they are all looked up."""
        if len(self.levels) != 1:
            return {}
        table, mine = self.levels[0]
        came = table.select("scope", atom=table.lo, number=self._still(table, mine))
        left = table.filter(table.hi < ALWAYS)
        left = left.select("scope", atom=left.hi, number=-self._still(left, mine))
        moves = ibis.union(came, left)
        cells = self.rows.fetch(moves.group_by("scope", "atom").aggregate(number=moves.number.sum())).to_pylist()
        by_scope: dict[int, dict[int, Decimal]] = {}
        for cell in cells:
            by_scope.setdefault(cell["scope"], {})[cell["atom"]] = cell["number"]
        return {scope: Running(by_atom) for scope, by_atom in by_scope.items()}

    def _still(self, table: Any, mine: Sequence[Inner]) -> Any:
        """The number of an entity whose levels stay as they are and that has nothing else."""
        amounts = {inner.column: table[f"amount{inner.tally}"].cast(_WIDE) for inner in mine}
        return self._number({inner.column: amounts.get(inner.column, _nothing()) for inner in self.inner.values()})

    def _number(self, sums: Any) -> Any:
        """What one entity adds: nothing if it does not count."""
        value = self.per.value
        number = ibis.literal(Decimal(1), _WIDE) if value is None else self._value(value, sums)
        for holds in self.per.having:
            number = ibis.ifelse(self._holds(holds, sums), number, _nothing())
        return number.cast(_WIDE)

    def _parts(self, asked: Asked) -> Iterator[Ints]:
        """The slots in runs that are not too much at once."""
        share = np.minimum((asked.last - asked.first) / max(len(self.cuts), 1), 1.0)
        scopes = max(len(np.unique(asked.scope)), 1)
        return runs(np.cumsum(share * self.family.size / scopes + 1), _PAIRS)

    def _summed(self, asked: Asked) -> Any:
        """(slot, number): what is different for entities to which something happened."""
        happened = [*self._flows(asked), *self._spans(asked)]
        together = reduce(ibis.union, happened + self._levels(asked, happened))
        wanted = ["still", *(inner.column for inner in self.inner.values())]
        sums = together.group_by("slot", "entity").aggregate(**{c: together[c].sum().cast(_WIDE) for c in wanted})
        numbers = sums.select("slot", number=self._number(sums) - sums.still)
        return numbers.group_by("slot").aggregate(number=numbers.number.sum())

    def _holds(self, holds: Holds, sums: Any) -> Any:
        return _COMPARE[holds.sign](self._value(holds.first, sums), self._value(holds.second, sums))

    def _value(self, formula: Formula, sums: Any) -> Any:
        match formula:
            case Number(value=number):
                return ibis.literal(number, _WIDE)
            case Lesser(first=first, second=second):
                return ibis.least(self._value(first, sums), self._value(second, sums))
            case Gain(first=first, second=second):
                more = self._value(first, sums) - self._value(second, sums)
                return ibis.greatest(more, ibis.literal(Decimal(0), _WIDE)).cast(_WIDE)
        return sums[self.inner[key_of(formula, self.dated_by)].column]

    def _filled(self, table: Any, amounts: Mapping[str, Any]) -> Any:
        """Slot, entity and one column for each measure, nothing in those that this table does not give."""
        columns = ["still", *(inner.column for inner in self.inner.values())]
        filled = {c: amounts[c].cast(_WIDE) if c in amounts else _nothing() for c in columns}
        return table.select("slot", "entity", **filled)

    def _flows(self, asked: Asked) -> Iterator[Any]:
        for table, tallies in self.placed.flows:
            mine = [inner for inner in self.inner.values() if inner.tally in tallies]
            if not mine:
                continue
            slots = atoms_of(asked)
            joined = slots.join(table, [slots.scope == table.scope, slots.atom == table.atom])
            whiles = [inner for inner in mine if isinstance(inner.leaf, WhileAllotted)]
            amounts = {inner.column: joined[f"amount{inner.tally}"] for inner in mine if inner not in whiles}
            if amounts:
                yield self._filled(joined, amounts)
            for inner in whiles:
                days = self._allotted_atoms(cast("WhileAllotted", inner.leaf).allotted)
                within = joined.semi_join(days, (joined.entity == days.of) & (joined.atom == days.at))
                yield self._filled(within, {inner.column: within[f"amount{inner.tally}"]})

    def _levels(self, asked: Asked, happened: Sequence[Any]) -> list[Any]:
        """The levels at both ends of those to which something happened."""
        if not self.levels:
            return []
        slots = _memtable(asked, first=asked.first, last=asked.last)
        touched = reduce(ibis.union, [*(part.select("slot", "entity") for part in happened), *self._moved(asked)])
        touched = touched.distinct().join(slots, "slot")
        found = []
        for table, mine in self.levels:
            same = [touched.scope == table.scope, touched.entity == table.entity]
            for at in (Instant.END, Instant.START):
                cut = touched["last"] if at is Instant.END else touched["first"]
                there = [inner for inner in mine if isinstance(inner.leaf, Level) and inner.leaf.at is at]
                is_base = at is Instant.START and len(self.levels) == 1
                if there or is_base:
                    joined = touched.join(table, [*same, cut >= table.lo, cut < table.hi])
                    columns = {inner.column: joined[f"amount{inner.tally}"] for inner in there}
                    base = {"still": self._still(joined, mine)} if is_base else {}
                    found.append(self._filled(joined, columns | base))
        return found

    def _moved(self, asked: Asked) -> list[Any]:
        """(slot, entity) where a level moved inside the window; with levels of several tables, where there is any."""
        found = []
        for table, _ in self.levels:
            if len(self.levels) == 1:
                slots = atoms_of(asked)
                came = table.select("scope", "entity", atom=table.lo)
                edges = ibis.union(came, table.select("scope", "entity", atom=table.hi))
                joined = slots.join(edges, [slots.scope == edges.scope, slots.atom == edges.atom])
            else:
                slots = _memtable(asked, first=asked.first, last=asked.last)
                there = [slots.scope == table.scope, slots["last"] >= table.lo, slots["first"] < table.hi]
                joined = slots.join(table, there)
            found.append(joined.select("slot", "entity"))
        return found

    def _spans(self, asked: Asked) -> Iterator[Any]:
        """Amounts of spans by their share of days; one that lies inside counts whole and exactly."""
        edges = np.array([(cut - EPOCH).days for cut in self.cuts], dtype="int64")
        for key, table in self.placed.spans.items():
            if key not in self.inner:
                continue
            starts = np.where(asked.first < 0, -_FAR, edges[np.maximum(asked.first, 0)]) if len(edges) else -_FAR
            ends = (
                np.where(asked.first < 0, _FAR, edges[np.minimum(asked.last, len(edges) - 1)]) if len(edges) else _FAR
            )
            slots = _memtable(asked, start=starts, end=ends)
            meets = (slots.scope == table.scope) & (table.since < slots.end) & (table.until > slots.start)
            joined = slots.join(table, meets)
            inside = ibis.least(joined.until, joined.end) - ibis.greatest(joined.since, joined.start)
            part = (joined.amount.cast("float64") * inside / joined.days).round(6).cast(_WIDE)
            amount = ibis.ifelse(inside == joined.days, joined.amount.cast(_WIDE), part)
            joined = joined.mutate(_amount=amount)
            yield self._filled(joined, {self.inner[key].column: joined._amount})

    def _allotted_atoms(self, allotted: Allotted) -> Any:
        """(of, at): the atoms in which an owner has an allotment. Its first and last days are cuts."""
        found = {
            (self.family.numbers[who], atom)
            for who, since, until in spells_of(self.rows, allotted, self.family.people)
            if who in self.family.numbers
            for atom in range(atom_from(since, self.cuts), atom_from(until, self.cuts))
        }
        columns: list[Any] = list(zip(*sorted(found), strict=True)) or [(), ()]
        return ibis.memtable(
            pa.table({"of": pa.array(columns[0], type=pa.int64()), "at": pa.array(columns[1], type=pa.int32())})
        )


def _nothing() -> Any:
    return ibis.literal(Decimal(0), _WIDE)


def spells_of(rows: Rows, allotted: Allotted, people: Mapping[str, int]) -> list[tuple[str, date, date]]:
    """Who has an allotment from when until when."""
    table = rows.table(allotted.value.table)
    since, until = table[allotted.since.name].cast("date"), table[allotted.until.name].cast("date")
    there = table.filter(since.notnull(), until > since, table[allotted.value.name].notnull())
    found = rows.fetch(there.select(owner=text_of("owner")(there), since=since, until=until).distinct()).to_pylist()
    named = [(identity(each["owner"], people), each["since"], each["until"]) for each in found]
    return [each for each in named if each[0]]


def runs(cost: NDArray[Any], most: int) -> Iterator[Ints]:
    """Places one after the other, cut where they would cost more than `most`; `cost` is what all up to each cost."""
    if not len(cost):
        return
    edges = np.searchsorted(cost, np.arange(most, cost[-1] + most, most))
    for part in np.split(np.arange(len(cost), dtype="int64"), np.unique(edges)):
        if len(part):
            yield part


def atoms_of(asked: Asked, **more: Any) -> Any:
    """(slot, scope, atom) for every atom between the cuts of a slot."""
    lengths = asked.last - asked.first
    slot = np.repeat(np.arange(len(asked), dtype="int64"), lengths)
    offsets = np.cumsum(lengths) - lengths
    atom = np.arange(int(lengths.sum()), dtype="int64") - np.repeat(offsets - asked.first - 1, lengths)
    extra = {name: np.repeat(each, lengths) for name, each in more.items()}
    columns = {"slot": slot, "scope": asked.scope[slot], "atom": atom.astype("int32"), **extra}
    return ibis.memtable(pa.table(columns))


def _memtable(asked: Asked, **columns: Any) -> Any:
    slots = np.arange(len(asked), dtype="int64")
    full = {name: np.broadcast_to(np.asarray(each, dtype="int64"), slots.shape) for name, each in columns.items()}
    return ibis.memtable(pa.table({"slot": slots, "scope": asked.scope, **full}))


def _count_of(rows: Rows, table: Any) -> int:
    return int(rows.fetch(table.aggregate(n=table.count()))["n"][0].as_py())
