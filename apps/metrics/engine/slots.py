"""What a batch of requests asks of the running sums, as arrays: which entity, from which cut, to which cut.

Thousands of goals share the same start, end and points, so dates are worked out once per shape; what a request costs
by itself is a row in an array.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.formulas import Base
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.coverage import Coverage
from apps.metrics.engine.entities import Asked
from apps.metrics.engine.evaluate import Floats, Outcome
from apps.metrics.engine.figures import Org, Request
from apps.metrics.engine.plan import Need, Reads, Term, When, bases_of
from apps.metrics.engine.windows import Window, base_to_date, begun, covered, reached

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """The days of a request, what they are compared with, and what the data covers."""

    start: date
    end: date
    points: tuple[date, ...]
    bases: tuple[Base, ...]
    coverage: Coverage


class Days:
    """Every window a shape asks for: of the period itself (under None) and of each base it is compared with."""

    def __init__(self, shape: Shape) -> None:
        through = shape.coverage.through
        self.shape = shape
        self.covered = covered(shape.start, shape.end, shape.coverage.first, through)
        self.begun = np.array(begun(shape.start, shape.points, through), dtype=bool)
        ends = [shape.end, *shape.points]
        if shape.bases:
            # While a period runs, like is compared with like: as many days of the base as the data has of the period.
            so_far = max(shape.start, reached(shape.end, through))
            ends = [min(end, so_far) for end in ends]
        windows: dict[When, list[Window]] = {None: [Window(shape.start, end) for end in ends]}
        for base in shape.bases:
            windows[base] = [base_to_date(shape.start, shape.end, end, base) for end in ends]
        self.figure = {when: found[:1] for when, found in windows.items()}
        self.points = {when: found[1:] for when, found in windows.items()}

    def reach(self, window: Window) -> date:
        """The end of that part of a window which the data covers."""
        return max(window.start, reached(window.end, self.shape.coverage.reach))

    def dates(self) -> Iterator[date]:
        for windows in (*self.figure.values(), *self.points.values()):
            for window in windows:
                yield from (window.start, window.end, self.reach(window))


@dataclass(frozen=True)
class Slots:
    """Numbers wanted, with the cuts at which each window starts, ends, and to which the data reaches.

    `starts[i]` is where the slots of request i begin.
    """

    entity: Ints
    first: Ints
    last: Ints
    reach: Ints
    starts: Ints
    lengths: Ints

    def of(self, requests: Ints) -> Ints:
        """The slots of these requests, one request after the other."""
        lengths = self.lengths[requests]
        total = int(lengths.sum())
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(self.starts[requests] - offsets, lengths) + np.arange(total, dtype="int64")


def shapes_of(
    requests: Sequence[Request], kpis: Mapping[str, Kpi], coverage: Mapping[str, Coverage]
) -> tuple[list[Shape], Ints]:
    """The different shapes, and for each request which one it has."""
    known: dict[tuple[Any, ...], int] = {}
    kinds = {key: (bases_of(kpi), coverage[key]) for key, kpi in kpis.items()}
    names: dict[Any, int] = {}
    numbers = {key: names.setdefault(kind, len(names)) for key, kind in kinds.items()}
    of = [known.setdefault((r.start, r.end, r.points, numbers[r.kpi]), len(known)) for r in requests]
    listed = list(names)
    shapes = [Shape(start, end, points, *listed[number]) for start, end, points, number in known]
    return shapes, np.array(of, dtype="int64")


def cuts_of(days: Iterable[Days], org: Org, more: set[date]) -> list[date]:
    """Every boundary, in order: of periods and points, and of memberships and what else bounds rows in between."""
    cuts = {day for each in days for day in each.dates()}
    first, last = min(cuts), max(cuts)
    moves = {day for _, _, start, end in org.memberships_in_turn() for day in (start, end)}
    return sorted(cuts | {day for day in moves | more if first < day < last})


def slots_of(
    days: Sequence[Days],
    windows: Sequence[Sequence[Window]],
    shape_of: Ints,
    entity_of: Ints,
    place: Mapping[date, int],
) -> Slots:
    """The slots of all requests, given the windows of each shape."""
    triples = [
        np.array([(place[w.start], place[w.end], place[day.reach(w)]) for w in each], dtype="int64").reshape(-1, 3)
        for day, each in zip(days, windows, strict=True)
    ]
    lengths = np.array([len(each) for each in windows], dtype="int64")[shape_of]
    together = np.concatenate([triples[shape] for shape in shape_of.tolist()])
    starts = np.cumsum(lengths) - lengths
    first, last, reach = together.T
    return Slots(np.repeat(entity_of, lengths), first, last, reach, starts, lengths)


@dataclass(frozen=True)
class Standing:
    """Running sums at every cut; `columns` maps a need to its column."""

    table: Any
    columns: Mapping[str, str]
    reads: Reads


class Sums:
    """The sums behind the slots, fetched in one join per standing.

    Several KPIs of one person over one period ask for the same sums: each is fetched once.
    """

    def __init__(self, rows: Rows, slots: Mapping[When, Slots], *, exact: bool) -> None:
        self._rows = rows
        self._exact = exact
        self._columns: dict[Term, Any] = {}
        self._places: dict[Term, Ints] = {}
        self.slots = slots

    def fetch(self, standing: Standing, requests: Mapping[When, Ints]) -> None:
        """Get the sums of this standing for the requests that need it."""
        for when, wanting in requests.items():
            slots = self.slots[when]
            mine = slots.of(wanting)
            if not len(mine):
                continue
            wanted, which = different(_wanted(slots, mine, standing.reads))
            fetched = _fetch(self._rows, standing, wanted, exact=self._exact)
            for need, column in standing.columns.items():
                self.put((need, when), mine, fetched[column], which)

    def evaluate(
        self, need: Need, requests: Mapping[When, Ints], evaluation: "Callable[[Asked], Sequence[Decimal | Outcome]]"
    ) -> None:
        """Get the numbers of a need that does not add up."""
        for when, wanting in requests.items():
            slots = self.slots[when]
            mine = slots.of(wanting)
            if not len(mine):
                continue
            wanted, which = different(
                np.stack([slots.entity[mine], slots.first[mine], slots.last[mine], slots.reach[mine]])
            )
            scope, first, last, reach = wanted
            values = evaluation(Asked(scope, first, last, first, reach, reach))
            self.put((need.key, when), mine, values if self._exact else np.array([_float(v) for v in values]), which)

    def put(self, term: Term, slots: Ints, values: Any, which: Ints) -> None:
        """The number of `slots[i]` is `values[which[i]]`: a list if exact, else an array of floats."""
        places = np.zeros(len(self.slots[term[1]].entity), dtype="int64")
        places[slots] = which
        self._columns[term] = values
        self._places[term] = places

    def exact(self, term: Term, requests: Ints) -> "list[Decimal | Outcome]":
        """The sums of these requests."""
        column = self._columns[term]
        return [column[place] for place in self._places[term][self.slots[term[1]].of(requests)].tolist()]

    def floats(self, term: Term, requests: Ints) -> Floats:
        slots = self.slots[term[1]].of(requests)
        found: Floats = self._columns[term][self._places[term][slots]] if len(slots) else np.empty(0)
        return found


def _float(value: Decimal | Outcome) -> float:
    if isinstance(value, str):
        return math.nan
    return float(value) if isinstance(value, Decimal) else float(value[0] / value[1])


def _wanted(slots: Slots, mine: Ints, reads: Reads) -> Ints:
    """(entity, from which cut, to which cut) of these slots."""
    first, last = slots.first[mine], slots.last[mine]
    match reads:
        case Reads.AT_END:
            first = last
        case Reads.AT_START:
            last = first
        case Reads.STOOD:
            last = slots.reach[mine]
    return np.stack([slots.entity[mine], first, last])


def different(wanted: Ints) -> tuple[Ints, Ints]:
    """The different columns of the array, and for each column which of them it is."""
    width = int(wanted.max()) + 1
    codes = wanted[0]
    for row in wanted[1:]:
        codes = codes * width + row
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    return wanted[:, first], which


def _fetch(rows: Rows, standing: Standing, wanted: Ints, *, exact: bool) -> Mapping[str, Any]:
    """Each column of the standing for every (entity, first, last): a list of Decimals, or an array of floats."""
    entity, first, last = wanted
    asked = ibis.memtable(
        pa.table(
            {
                "slot": np.arange(len(entity), dtype="int64"),
                "entity": entity,
                "first": first.astype("int32"),
                "last": last.astype("int32"),
            }
        )
    )
    columns = list(dict.fromkeys(standing.columns.values()))
    end = standing.table.view()
    joined = asked.join(end, (asked.entity == end.entity) & (asked["last"] == end.atom))
    joined = joined.select("slot", "entity", "first", **{c: end[c] for c in columns})
    if standing.reads in (Reads.FLOW, Reads.STOOD):
        start = standing.table.view()
        both = joined.join(start, (joined.entity == start.entity) & (joined["first"] == start.atom))
        joined = both.select("slot", **{c: joined[c] - start[c] for c in columns})
    kind = {} if exact else {c: joined[c].cast("float64") for c in columns}
    found = rows.fetch(joined.mutate(**kind))
    order = np.argsort(found["slot"].to_numpy())
    if exact:
        place = pa.array(order)
        return {c: found[c].combine_chunks().take(place).to_pylist() for c in columns}
    return {c: found[c].to_numpy()[order] for c in columns}
