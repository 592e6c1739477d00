"""Any number of goals in a few scans: requests in, figures and series out.

    rows -> cells (one scan per table and date column) -> standings (entity x cut) -> slots (one join for all requests)

The engine joins all slots at once and hands them back as Arrow; what a request costs by itself is a few lookups and one
exact division.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import numpy as np

from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi, UnknownKpi
from apps.metrics.catalogue.derived import source_of
from apps.metrics.engine.alone import Alone, span_days
from apps.metrics.engine.cells import Rows, Scan, cells, column_of, scans_of
from apps.metrics.engine.coverage import coverage_of, has_rows, tables_read, tells_whose
from apps.metrics.engine.dated import by_definition
from apps.metrics.engine.evaluate import Floats, Outcome, figure_of, terms_of, values_of
from apps.metrics.engine.figures import NO_OWNER, NOTHING, Answer, Context, Figure, Org, Request, Scope
from apps.metrics.engine.places import ByScope, Places
from apps.metrics.engine.plan import Need, Reads, Term, When, needs_of, tallies_of_all, wanted_of
from apps.metrics.engine.slots import Days, Ints, Slots, Standing, Sums, cuts_of, shapes_of, slots_of
from apps.metrics.engine.standing import Credit, Entity, standing_of_flows, standing_of_levels
from apps.metrics.engine.stood import days_stood

NOBODYS = Figure(None, None, 0, None, NO_OWNER)


def compute_requests(
    snapshots: Mapping[str, Snapshot],
    requests: Iterable[Request],
    org: Org,
    kpis: Mapping[str, Kpi],
    context: Context | None = None,
) -> dict[int, Answer]:
    """The answer to every request, by its id; `kpis` are the definitions that the requests name.

    A KPI of which a table has no rows answers `no_data`; one of a person or team whose rows nobody owns, `no_owner`.
    Raises UnknownKpi.
    """
    wanted, kpis = by_definition(requests, kpis)
    used = {key: _known(key, kpis) for key in {request.kpi for request in wanted}}
    computable = {key for key, kpi in used.items() if has_rows(snapshots, kpi)}
    told = {(key, scope): tells_whose(snapshots, used[key], scope) for key in computable for scope in _SCOPES}
    answers: dict[int, Answer] = {}
    asked = []
    for request in wanted:
        if told.get((request.kpi, request.scope)):
            asked.append(request)
        else:
            why = NOBODYS if request.kpi in computable else NOTHING
            answers[request.id] = Answer(why, request.points, [None] * len(request.points))
    if asked:
        needed = {key: used[key] for key in {request.kpi for request in asked}}
        answers |= _Batch(snapshots, asked, needed, org, context or Context()).answers()
    return answers


def numbers_of(
    snapshots: Mapping[str, Snapshot], request: Request, org: Org, kpi: Kpi, context: Context | None = None
) -> dict[Term, Decimal | Outcome]:
    """The numbers that are put into the formula for one request; none where there is no figure at all."""
    (wanted,), kpis = by_definition([request], {request.kpi: kpi})
    definition = _known(wanted.kpi, kpis)
    if not has_rows(snapshots, definition) or not tells_whose(snapshots, definition, request.scope):
        return {}
    return _Batch(snapshots, [wanted], {wanted.kpi: definition}, org, context or Context()).numbers()


def sums_at_points(
    snapshots: Mapping[str, Snapshot],
    requests: Sequence[Request],
    org: Org,
    kpis: Mapping[str, Kpi],
    context: Context | None = None,
) -> Iterator[tuple[str, Ints, dict[Term, Floats]]]:
    """For each KPI: which of the requests are for it, and the sums of its formula at each of their points, one request
    after the other. Only for KPIs that have rows and tell whose they are."""
    batch = _Batch(snapshots, requests, kpis, org, context or Context())
    _, series = batch.read()
    for key, kpi in kpis.items():
        mine = np.flatnonzero(batch.kpi_of == key)
        yield key, mine, {term: series.floats(term, mine) for term in terms_of(kpi)}


def _known(key: str, kpis: Mapping[str, Kpi]) -> Kpi:
    if key not in kpis:
        raise UnknownKpi(f"There is no KPI called “{key}”. There are: {', '.join(kpis)}.")
    return kpis[key]


_SCOPES: tuple[Scope, ...] = ("workspace", "team", "person")


class _Batch:
    """Requests that can be answered from the data."""

    def __init__(
        self,
        snapshots: Mapping[str, Snapshot],
        requests: Sequence[Request],
        kpis: Mapping[str, Kpi],
        org: Org,
        context: Context,
    ) -> None:
        self.snapshots = snapshots
        self.requests = requests
        self.kpis = kpis
        self.context = context
        self.tallies = list(tallies_of_all(kpis.values()).values())
        self.needs = {key: need for kpi in kpis.values() for key, need in needs_of(kpi).items()}
        shapes, self.shape_of = shapes_of(
            requests, kpis, {key: coverage_of(snapshots, kpi) for key, kpi in kpis.items()}
        )
        self.days = [Days(shape) for shape in shapes]
        entities: dict[Entity, int] = {}
        numbers = [entities.setdefault((r.scope, r.scope_id), len(entities)) for r in requests]
        self.entity_of = np.array(numbers, dtype="int64")
        self.kpi_of = np.array([request.kpi for request in requests])
        self.org = org
        self.entities = entities

    def answers(self) -> dict[int, Answer]:
        figures, series = self.read()
        answers: dict[int, Answer] = {}
        for key, kpi in self.kpis.items():
            mine = self._requests_for([key])
            made = zip(mine.tolist(), self._figures(kpi, mine, figures), self._lines(kpi, mine, series), strict=True)
            for i, figure, values in made:
                request = self.requests[i]
                answers[request.id] = Answer(figure, request.points, values)
        return answers

    def numbers(self) -> dict[Term, Decimal | Outcome]:
        """Every number that the formula of the only request rests on."""
        figures, _ = self.read()
        (kpi,) = self.kpis.values()
        return {term: figures.exact(term, self._requests_for([*self.kpis]))[0] for term in terms_of(kpi)}

    def read(self) -> tuple[Sums, Sums]:
        """The sums of all figures, and those of all points of their series."""
        tables = sorted({source_of(table) for kpi in self.kpis.values() for table in tables_read(kpi)})
        with Rows(self.snapshots[table] for table in tables) as rows:
            cuts = cuts_of(self.days, self.org, span_days(rows, self.needs.values()))
            self.credit = Credit(self.org, self.entities, cuts)
            figures = Sums(rows, self._slots([days.figure for days in self.days]), exact=True)
            series = Sums(rows, self._slots([days.points for days in self.days]), exact=False)
            for standing in self._standings(rows):
                needing = self._needing(set(standing.columns))
                figures.fetch(standing, needing)
                series.fetch(standing, needing)
            self._fetch_alone(rows, figures, series)
        return figures, series

    def _fetch_alone(self, rows: Rows, *sums: Sums) -> None:
        """What does not add up: every need once, for the scopes that ask for it."""
        needs = [need for need in self.needs.values() if need.reads is Reads.ALONE]
        if not needs:
            return
        asking = self._needing({need.key for need in needs})
        numbers = set(self.entity_of[np.concatenate(list(asking.values()))].tolist())
        scopes = {entity: number for entity, number in self.entities.items() if number in numbers}
        alone = Alone(rows, self.context, self.org, self.credit.cuts, self._places(scopes), needs, all_time=False)
        for need in needs:
            evaluation, needing = alone.evaluation(need), self._needing({need.key})
            for each in sums:
                each.evaluate(need, needing, evaluation)

    def _places(self, scopes: Mapping[Entity, int]) -> Callable[[bool], Places]:
        return lambda by_owner: ByScope(scopes, self.org, self.credit.cuts, by_owner=by_owner)

    def _requests_for(self, keys: list[str]) -> Ints:
        return np.flatnonzero(np.isin(self.kpi_of, keys))

    def _needing(self, needs: set[str]) -> dict[When, Ints]:
        """The requests whose KPI reads one of these needs, by the period of which it is wanted."""
        keys: dict[When, list[str]] = {}
        for key, kpi in self.kpis.items():
            for when in {when for need, when in wanted_of(kpi) if need.key in needs}:
                keys.setdefault(when, []).append(key)
        return {when: self._requests_for(found) for when, found in keys.items()}

    def _standings(self, rows: Rows) -> Iterator[Standing]:
        scans = scans_of(self.tallies)
        kept = [_keep_cells(rows, scan, self.credit) for scan in scans]
        place = {tally.key: column_of(tally, i) for i, tally in enumerate(self.tallies) if not tally.is_level}
        flows = {need.key: place[_tally(need)] for need in self.needs.values() if need.reads is Reads.FLOW}
        for scan, table in zip(scans, kept, strict=True):
            columns = {key: column for key, column in flows.items() if column in scan.columns}
            if columns:
                name, summed = f"flows_{scan.table}_{scan.date}", list(dict.fromkeys(columns.values()))
                yield Standing(standing_of_flows(rows, table, summed, self.credit, name), columns, Reads.FLOW)
        for name in sorted({tally.table for tally in self.tallies if tally.is_level}):
            levels = {t.key: f"level{i}" for i, t in enumerate(self.tallies) if t.is_level and t.table == name}
            parts = [(scan, table) for scan, table in zip(scans, kept, strict=True) if scan.table == name]
            moves = _moves(parts, list(levels.values()), self.credit.keys)
            yield from self._level_standings(rows, name, moves, levels)

    def _level_standings(self, rows: Rows, name: str, moves: Any, levels: Mapping[str, str]) -> Iterator[Standing]:
        mine = [need for need in self.needs.values() if need.tally is not None and need.tally.key in levels]
        stood = [need for need in mine if need.reads is Reads.STOOD]
        if stood:
            moves = rows.keep(f"moves_{name}", moves)
        instants = [need for need in mine if need.reads is not Reads.STOOD]
        if instants:
            columns = list(dict.fromkeys(levels[_tally(need)] for need in instants))
            table = standing_of_levels(rows, moves, columns, self.credit, f"levels_{name}")
            for reads in (Reads.AT_END, Reads.AT_START):
                found = {need.key: levels[_tally(need)] for need in instants if need.reads is reads}
                if found:
                    yield Standing(table, found, reads)
        if stood:
            pairs = {f"stood{i}": _moments(need, levels) for i, need in enumerate(stood)}
            spent = days_stood(moves, pairs, self.credit.keys, self.credit.cuts)
            table = standing_of_flows(rows, spent, list(pairs), self.credit, f"stood_{name}")
            yield Standing(table, {need.key: f"stood{i}" for i, need in enumerate(stood)}, Reads.STOOD)

    def _slots(self, windows: Sequence[Mapping[When, Any]]) -> dict[When, Slots]:
        """Slots of the periods themselves (None) and of what they are compared with."""
        place = {cut: i for i, cut in enumerate(self.credit.cuts)}
        asked = dict.fromkeys(when for each in windows for when in each)
        return {
            when: slots_of(self.days, [each.get(when, []) for each in windows], self.shape_of, self.entity_of, place)
            for when in asked
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


def _tally(need: Need) -> str:
    assert need.tally is not None
    return need.tally.key


def _moments(need: Need, levels: Mapping[str, str]) -> tuple[str, str]:
    assert need.moments is not None
    return levels[_tally(need)], levels[need.moments.key]


def _keep_cells(rows: Rows, scan: Scan, credit: Credit) -> Any:
    keys = {key: _column(key) for key in credit.keys}
    return rows.keep(f"cells_{scan.table}_{scan.date}", cells(rows, scan, credit.cuts, keys))


def _column(name: str) -> Any:
    """The column, blank throughout in a table that does not have it."""
    return lambda rows: rows[name] if name in rows.columns else ibis.null("string")


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
