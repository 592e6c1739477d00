"""What a batch of requests asks of the running sums, as arrays: which entity, from which cut, to which cut.

Thousands of goals share the same start, end and points, so dates are worked out once per shape; what a request costs
by itself is a row in an array.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.evaluate import Floats, Term
from apps.metrics.engine.figures import Org, Request
from apps.metrics.engine.windows import Window, base_to_date, begun, covered, reached

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """The days of a request."""

    start: date
    end: date
    points: tuple[date, ...]
    compares: bool  # a change against a base
    table: str


class Days:
    """Every window a shape asks for: of the period itself (`now`) and of what it is compared with (`base`)."""

    def __init__(self, shape: Shape, snapshot: Snapshot) -> None:
        through = snapshot.complete_through
        self.shape = shape
        self.covered = covered(shape.start, shape.end, snapshot.covers_from, through)
        self.begun = np.array(begun(shape.start, shape.points, through), dtype=bool)
        ends = [shape.end, *shape.points]
        if shape.compares:
            # While a period runs, like is compared with like: as many days of the base as the data has of the period.
            so_far = max(shape.start, reached(shape.end, through))
            ends = [min(end, so_far) for end in ends]
        now = [Window(shape.start, end) for end in ends]
        base = [base_to_date(shape.start, shape.end, end) for end in ends] if shape.compares else []
        self.figure = {False: now[:1], True: base[:1]}
        self.points = {False: now[1:], True: base[1:]}

    def dates(self) -> Iterable[date]:
        for windows in (*self.figure.values(), *self.points.values()):
            for window in windows:
                yield window.start
                yield window.end


@dataclass(frozen=True)
class Slots:
    """Numbers wanted. `starts[i]` is where the slots of request i begin."""

    entity: Ints
    first: Ints
    last: Ints
    starts: Ints
    lengths: Ints

    def of(self, requests: Ints) -> Ints:
        """The slots of these requests, one request after the other."""
        lengths = self.lengths[requests]
        total = int(lengths.sum())
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(self.starts[requests] - offsets, lengths) + np.arange(total, dtype="int64")


def shapes_of(requests: Sequence[Request], kpis: Mapping[str, Kpi]) -> tuple[list[Shape], Ints]:
    """The different shapes, and for each request which one it has."""
    known: dict[tuple[Any, ...], int] = {}
    kinds = {key: (kpi.compares_periods, kpi.table) for key, kpi in kpis.items()}
    of = [known.setdefault((r.start, r.end, r.points, kinds[r.kpi]), len(known)) for r in requests]
    shapes = [Shape(start, end, points, *kind) for start, end, points, kind in known]
    return shapes, np.array(of, dtype="int64")


def cuts_of(days: Iterable[Days], org: Org) -> list[date]:
    """Every boundary, in order: of periods and points, and of memberships between the first and the last of them."""
    cuts = {day for each in days for day in each.dates()}
    first, last = min(cuts), max(cuts)
    moves = {day for _, _, start, end in org.memberships_in_turn() for day in (start, end)}
    return sorted(cuts | {day for day in moves if first < day < last})


def slots_of(windows: Sequence[Sequence[Window]], shape_of: Ints, entity_of: Ints, place: Mapping[date, int]) -> Slots:
    """The slots of all requests, given the windows of each shape."""
    pairs = [np.array([(place[w.start], place[w.end]) for w in each], dtype="int64").reshape(-1, 2) for each in windows]
    lengths = np.array([len(each) for each in windows], dtype="int64")[shape_of]
    together = np.concatenate([pairs[shape] for shape in shape_of.tolist()])
    return Slots(np.repeat(entity_of, lengths), together[:, 0], together[:, 1], np.cumsum(lengths) - lengths, lengths)


@dataclass(frozen=True)
class Standing:
    """Running sums at every cut; `columns` maps a tally to its column."""

    table: Any
    columns: Mapping[str, str]
    is_level: bool


class Sums:
    """The sums behind the slots, fetched in one join per standing.

    Several KPIs of one person over one period ask for the same sums: each is fetched once.
    """

    def __init__(self, rows: Rows, slots: Mapping[bool, Slots], *, exact: bool) -> None:
        self._rows = rows
        self._slots = slots
        self._exact = exact
        self._columns: dict[Term, Any] = {}
        self._places: dict[Term, Ints] = {}

    def fetch(self, standing: Standing, requests: Ints) -> None:
        """Get the sums of this standing for the requests that need it."""
        for of_base, slots in self._slots.items():
            mine = slots.of(requests)
            if not len(mine):
                continue
            wanted = np.stack([slots.entity[mine], slots.first[mine], slots.last[mine]])
            different, which = _different(wanted)
            places = np.zeros(len(slots.entity), dtype="int64")
            places[mine] = which
            fetched = _fetch(self._rows, standing, different, exact=self._exact)
            for tally, column in standing.columns.items():
                self._columns[(tally, of_base)] = fetched[column]
                self._places[(tally, of_base)] = places

    def exact(self, term: Term, requests: Ints) -> list[Decimal]:
        """The sums of these requests as Decimals."""
        column = self._columns[term]
        return [column[place] for place in self._places[term][self._slots[term[1]].of(requests)].tolist()]

    def floats(self, term: Term, requests: Ints) -> Floats:
        slots = self._slots[term[1]].of(requests)
        found: Floats = self._columns[term][self._places[term][slots]] if len(slots) else np.empty(0)
        return found


def _different(wanted: Ints) -> tuple[Ints, Ints]:
    """The different columns of the array, and for each column which of them it is."""
    width = int(wanted.max()) + 1
    codes = (wanted[0] * width + wanted[1]) * width + wanted[2]
    codes, which = np.unique(codes, return_inverse=True)
    return np.stack([codes // width**2, codes // width % width, codes % width]), which


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
    columns = list(standing.columns.values())
    end = standing.table.view()
    joined = asked.join(end, (asked.entity == end.entity) & (asked["last"] == end.atom))
    joined = joined.select("slot", "entity", "first", **{c: end[c] for c in columns})
    if not standing.is_level:
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
