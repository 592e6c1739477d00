"""Any number of goals in a few scans: requests in, figures and series out.

    rows -> cells (one scan per table and date column) -> standings (entity x cut) -> slots (one join for all requests)

The engine joins all slots at once and hands them back as Arrow; what a request costs by itself is a few lookups and one
exact division.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import ibis
import numpy as np

from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi, get_kpi
from apps.metrics.engine.cells import Rows, Scan, cells, column_of, scans_of
from apps.metrics.engine.evaluate import figure_of, terms_of, values_of
from apps.metrics.engine.figures import NOTHING, Answer, Figure, Org, Request
from apps.metrics.engine.plan import tallies_of, tallies_of_all
from apps.metrics.engine.slots import Days, Ints, Slots, Standing, Sums, cuts_of, shapes_of, slots_of
from apps.metrics.engine.standing import Credit, Entity, standing_of_flows, standing_of_levels


def compute_requests(snapshots: Mapping[str, Snapshot], requests: Iterable[Request], org: Org) -> dict[int, Answer]:
    """The answer to every request, by its id. Raises UnknownKpi; a KPI whose table has no rows answers `no_data`."""
    wanted = list(requests)
    kpis = {key: get_kpi(key) for key in {request.kpi for request in wanted}}
    computable = {key: kpi for key, kpi in kpis.items() if _has_data(kpi, snapshots)}
    answers = {r.id: Answer(NOTHING, r.points, [None] * len(r.points)) for r in wanted if r.kpi not in computable}
    asked = [request for request in wanted if request.kpi in computable]
    if asked:
        answers |= _Batch(snapshots, asked, computable, org).answers()
    return answers


class _Batch:
    """Requests that can be answered from the data."""

    def __init__(
        self, snapshots: Mapping[str, Snapshot], requests: Sequence[Request], kpis: Mapping[str, Kpi], org: Org
    ) -> None:
        self.snapshots = snapshots
        self.requests = requests
        self.kpis = kpis
        self.tallies = list(tallies_of_all(kpis.values()).values())
        shapes, self.shape_of = shapes_of(requests, kpis)
        self.days = [Days(shape, snapshots[shape.table]) for shape in shapes]
        entities: dict[Entity, int] = {}
        numbers = [entities.setdefault((r.scope, r.scope_id), len(entities)) for r in requests]
        self.entity_of = np.array(numbers, dtype="int64")
        self.kpi_of = np.array([request.kpi for request in requests])
        self.credit = Credit(org, entities, cuts_of(self.days, org))

    def answers(self) -> dict[int, Answer]:
        with Rows(self.snapshots[table] for table in sorted({tally.table for tally in self.tallies})) as rows:
            figures = Sums(rows, self._slots([days.figure for days in self.days]), exact=True)
            series = Sums(rows, self._slots([days.points for days in self.days]), exact=False)
            for standing in self._standings(rows):
                needing = self._needing(standing)
                figures.fetch(standing, needing)
                series.fetch(standing, needing)
        answers: dict[int, Answer] = {}
        for key, kpi in self.kpis.items():
            mine = self._requests_for([key])
            made = zip(mine.tolist(), self._figures(kpi, mine, figures), self._lines(kpi, mine, series), strict=True)
            for i, figure, values in made:
                request = self.requests[i]
                answers[request.id] = Answer(figure, request.points, values)
        return answers

    def _requests_for(self, keys: list[str]) -> Ints:
        return np.flatnonzero(np.isin(self.kpi_of, keys))

    def _needing(self, standing: Standing) -> Ints:
        """The requests whose KPI reads a sum of this standing."""
        return self._requests_for(
            [key for key, kpi in self.kpis.items() if any(tally in standing.columns for tally, _ in terms_of(kpi))]
        )

    def _standings(self, rows: Rows) -> Iterator[Standing]:
        scans = scans_of(self.tallies)
        kept = [_keep_cells(rows, scan, self.credit) for scan in scans]
        for scan, table in zip(scans, kept, strict=True):
            columns = {t.key: column_of(t, i) for i, t in enumerate(self.tallies) if column_of(t, i) in scan.columns}
            if columns:
                name = f"flows_{scan.table}_{scan.date}"
                standing = standing_of_flows(rows, table, list(columns.values()), self.credit, name)
                yield Standing(standing, columns, is_level=False)
        for name in sorted({tally.table for tally in self.tallies if tally.is_level}):
            levels = {t.key: f"level{i}" for i, t in enumerate(self.tallies) if t.is_level and t.table == name}
            parts = [(scan, table) for scan, table in zip(scans, kept, strict=True) if scan.table == name]
            moves = _moves(parts, list(levels.values()), self.credit.keys)
            standing = standing_of_levels(rows, moves, list(levels.values()), self.credit, f"levels_{name}")
            yield Standing(standing, levels, is_level=True)

    def _slots(self, windows: Sequence[Mapping[bool, Any]]) -> dict[bool, Slots]:
        """Slots of the periods themselves (False) and of what they are compared with (True)."""
        place = {cut: i for i, cut in enumerate(self.credit.cuts)}
        return {
            of_base: slots_of([each[of_base] for each in windows], self.shape_of, self.entity_of, place)
            for of_base in (False, True)
        }

    def _figures(self, kpi: Kpi, mine: Ints, sums: Sums) -> Iterator[Figure]:
        make = figure_of(kpi)
        columns = [sums.exact(term, mine) for term in terms_of(kpi)]
        shapes = self.shape_of[mine].tolist()
        for row, shape in zip(zip(*columns, strict=True), shapes, strict=True):
            yield make(row) if self.days[shape].covered else NOTHING

    def _lines(self, kpi: Kpi, mine: Ints, sums: Sums) -> Iterator[list[float | None]]:
        """The value to date at each point; None where there is none, or where the data has not come so far."""
        values = values_of(kpi, {term: sums.floats(term, mine) for term in terms_of(kpi)})
        shapes = self.shape_of[mine].tolist()
        if not len(values):
            yield from ([] for _ in shapes)
            return
        known = np.concatenate([self.days[shape].begun for shape in shapes]) & np.isfinite(values)
        listed: list[float | None] = values.tolist()
        for gap in np.flatnonzero(~known).tolist():
            listed[gap] = None
        at = 0
        for shape in shapes:
            until = at + len(self.days[shape].begun)
            yield listed[at:until]
            at = until


def _has_data(kpi: Kpi, snapshots: Mapping[str, Snapshot]) -> bool:
    tables = {tally.table for tally in tallies_of(kpi).values()}
    return all(table in snapshots and not snapshots[table].is_empty for table in tables)


def _keep_cells(rows: Rows, scan: Scan, credit: Credit) -> Any:
    keys = {key: _column(key) for key in credit.keys}
    return rows.keep(f"cells_{scan.table}_{scan.date}", cells(rows, scan, credit.cuts, keys))


def _column(name: str) -> Any:
    return lambda rows: rows[name]


def _moves(parts: Sequence[tuple[Scan, Any]], levels: Sequence[str], keys: Sequence[str]) -> Any:
    """What came to each level and, with a minus, what left it, from the cells of all scans."""
    moves = []
    for scan, table in parts:
        amounts = {level: _change_of(level, scan, table) for level in levels}
        if any(f"{level}{way}" in scan.columns for level in levels for way in ("in", "out")):
            moves.append(table.select(*keys, "atom", **amounts))
    together = reduce(ibis.union, moves)
    return together.group_by([*keys, "atom"]).aggregate(**{level: together[level].sum() for level in levels})


def _change_of(level: str, scan: Scan, table: Any) -> Any:
    amount: Any = ibis.literal(0, "int8").cast("decimal(38, 4)")
    if f"{level}in" in scan.columns:
        amount = amount + table[f"{level}in"]
    if f"{level}out" in scan.columns:
        amount = amount - table[f"{level}out"]
    return amount
