"""One KPI for all groups of a column and many periods: what the `compute` command and the KPI page show.

The cells of one KPI are few, so they are fetched and summed here; no goal comes this way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import ibis
import numpy as np

from apps.common.errors import Refusal
from apps.common.periods import Period
from apps.common.spelling import did_you_mean
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import source_of, table_named
from apps.metrics.catalogue.formulas import Count, Given, Length, MeanLevel, Overall, sample, walk
from apps.metrics.engine import expressions
from apps.metrics.engine.alone import Alone, Number, span_days
from apps.metrics.engine.cells import EPOCH, Rows, Scan, cells, scans_of
from apps.metrics.engine.coverage import coverage_of, has_rows, tables_read
from apps.metrics.engine.derived import columns_of
from apps.metrics.engine.entities import Asked
from apps.metrics.engine.evaluate import Outcome, figure_of, hidden_with_another, none_given_away, rows_term, terms_of
from apps.metrics.engine.figures import NOTHING, Context, GroupFigure, Org
from apps.metrics.engine.labels import Labels, Span, moves_of
from apps.metrics.engine.owners import group_names
from apps.metrics.engine.places import ByGroup, Places
from apps.metrics.engine.plan import Need, Reads, Tally, Term, When, bases_of, needs_of, tallies_of
from apps.metrics.engine.running import Running
from apps.metrics.engine.shares import shared_cells
from apps.metrics.engine.windows import Window, base_to_date, covered, reached

NO_GROUP = "(none)"  # the group of rows in which the column is blank
_ZERO = Decimal(0)
_DAY = timedelta(days=1)


class NoSuchColumn(Refusal):
    """Grouping by a column that the data does not have."""


def compute_groups(
    snapshots: Mapping[str, Snapshot],
    kpi: Kpi,
    periods: Sequence[Period],
    by: str | None = None,
    org: Org | None = None,
    *,
    so_far: bool = True,
    context: Context | None = None,
) -> list[GroupFigure]:
    """Figures per period and, with `by`, per group; no periods means all time in one row.

    Without `by` every period has a row, with `by` only groups that have rows in that period or, for a change, in the
    one before. `by` is any column that all tables have which the KPI reads, or `team`: the team on the row, else the
    team of its owner on the row's date. By `owner` one person is one group, however the rows write the name. `so_far`:
    while a period runs a change compares with the same number of days of its base; otherwise with the whole. Raises
    NoSuchColumn.
    """
    if kpi.history:
        dated = groupby(periods, key=lambda period: kpi.at(period.start)) if periods else [(kpi.newest, ())]
        parts = [(definition, list(some)) for definition, some in dated]
        return [
            figure
            for definition, some in parts
            for figure in compute_groups(snapshots, definition, some, by, org, so_far=so_far, context=context)
        ]
    wanted: list[Period | None] = list(periods) or [None]
    if not has_rows(snapshots, kpi):
        return [] if by else [GroupFigure(period, None, NOTHING) for period in wanted]
    check_column(snapshots, kpi, by)
    groups = _Groups(snapshots, kpi, wanted, by, org or Org(), context or Context(), so_far=so_far)
    return list(groups.figures())


def check_column(snapshots: Mapping[str, Snapshot], kpi: Kpi, by: str | None) -> None:
    """Raises NoSuchColumn, with the table and the columns it has. Tables without rows have no say."""
    if by is None:
        return
    for table in tables_read(kpi):
        if source_of(table) not in snapshots or snapshots[source_of(table)].is_empty:
            continue
        columns = [column for column in columns_of(table, snapshots) if not column.startswith("_")]
        if by not in columns and not (by == "team" and "owner" in columns):
            title = table_named(table).title.lower()
            raise NoSuchColumn(f"There is no column “{by}” in {title}.{did_you_mean(by, columns)}")


def data_span(snapshots: Mapping[str, Snapshot], kpi: Kpi) -> Window | None:
    """From the first row that counts for the KPI to the end of what the data covers; None without any such row.

    Days after the last counted row that the data covers are known to have none: they are listed too.
    """
    if kpi.history:
        spans = [span for span in (data_span(snapshots, each) for each in kpi.history) if span]
        return Window(min(each.start for each in spans), max(each.end for each in spans)) if spans else None
    if not has_rows(snapshots, kpi):
        return None
    coverage = coverage_of(snapshots, kpi)
    with Rows(snapshots[source_of(table)] for table in _sources(kpi)) as rows:
        counted = _counted_days(rows, kpi)
    first = counted.start if counted else coverage.first
    last = counted.end - _DAY if counted else coverage.through
    if not isinstance(sample(kpi), Count):
        first, last = coverage.first or first, coverage.through or last
    elif counted is None:
        return None
    if first is None or last is None:
        return None
    return Window(first, max(last, coverage.through or last) + _DAY)


def _sources(kpi: Kpi) -> list[str]:
    return sorted({source_of(table) for table in tables_read(kpi)})


def _counted_days(rows: Rows, kpi: Kpi) -> Window | None:
    """From the first to the last row that counts, both included; None if rows are not what is counted."""
    counted = sample(kpi)
    if not isinstance(counted, Count):
        return None
    dated = counted.on or kpi.dated_by
    table = rows.table(dated.table)
    universe = table.filter(expressions.condition(counted.where, table), table[dated.name].notnull())
    day = universe[dated.name].cast("date")
    found = rows.fetch(universe.aggregate(first=day.min(), last=day.max())).to_pylist()[0]
    return Window(found["first"], found["last"] + _DAY) if found["first"] else None


@dataclass(frozen=True, slots=True)
class Place:
    """A window as cuts: flows lie between `first` and `last`; what is measured in days between `since` and `reach`;
    levels are those at `last`, in the groups of `told`. All time goes from -1 to behind the last cut."""

    first: int
    last: int
    since: int
    reach: int
    told: int

    @property
    def columns(self) -> tuple[int, int, int, int, int]:
        """As Asked has them."""
        return self.first, self.last, self.since, self.reach, self.told if self.first < 0 else self.reach


Key = tuple[str | None, ...]  # the texts of rows in the columns of Labels.keys
_NOTHING_YET = Running({})


class _Groups:
    def __init__(
        self,
        snapshots: Mapping[str, Snapshot],
        kpi: Kpi,
        periods: list[Period | None],
        by: str | None,
        org: Org,
        context: Context,
        *,
        so_far: bool,
    ) -> None:
        self.snapshots = snapshots
        self.kpi = kpi
        self.periods = periods
        self.by = by
        self.context = context
        self.coverage = coverage_of(snapshots, kpi)
        self.needs = needs_of(kpi)
        self.windows = {period: self._windows(period, so_far=so_far) for period in periods if period}
        self.counted: Window | None = None
        self.org = org
        self.tallies = list(tallies_of(kpi).values())

    def figures(self) -> Iterator[GroupFigure]:
        terms, make = terms_of(self.kpi), figure_of(self.kpi)
        # Who had rows in the base period and has none now has changed by all of it; and what has cost but no revenue,
        # or has left without anything staying, is part of the whole too.
        rows = {rows_term(self.kpi, when) for when in (None, *bases_of(self.kpi))}
        counted = [place for place, term in enumerate(terms) if term in rows or self.needs[term[0]].tally is not None]
        with Rows(self.snapshots[table] for table in _sources(self.kpi)) as opened:
            self._cut(opened)
            running = self._running(opened)
            self._count_alone(opened, [term for term in terms if self.needs[term[0]].reads is Reads.ALONE], running)
        for period in self.periods:
            if not self._covered(period):
                if self.by is None:
                    yield GroupFigure(period, None, NOTHING)
                continue
            groups = self._sums(running, terms, period)
            if self.by is None:
                sums = groups.get(None, [_ZERO] * len(terms))
                yield GroupFigure(period, None, make(sums))
                continue
            there = {label: make(sums) for label, sums in groups.items() if any(sums[place] for place in counted)}
            there = none_given_away(there, self.kpi.privacy_min)
            there = hidden_with_another(there)
            for label in sorted(there, key=lambda each: (each is None, each or "")):
                yield GroupFigure(period, NO_GROUP if label is None else label, there[label])

    def _covered(self, period: Period | None) -> bool:
        return period is None or covered(period.start, period.end, self.coverage.first, self.coverage.through)

    def _windows(self, period: Period, *, so_far: bool) -> dict[When, Window]:
        end, bases = period.end, bases_of(self.kpi)
        if so_far and bases:
            end = max(period.start, reached(end, self.coverage.through))
        windows: dict[When, Window] = {None: Window(period.start, end)}
        return windows | {base: base_to_date(period.start, period.end, end, base) for base in bases}

    def _cut(self, rows: Rows) -> None:
        """The days at which running sums are needed."""
        days = {day for found in self.windows.values() for window in found.values() for day in self._days(window)}
        if None in self.periods and any(isinstance(part, Length | MeanLevel) for part in walk(self.kpi)):
            self.counted = _counted_days(rows, self.kpi)
        if None in self.periods:
            days |= {self.counted.start, self.counted.end} if self.counted else set()
            days |= {reached(date.max, self.coverage.reach)} if self.coverage.reach else set()
        more = span_days(rows, self.needs.values()) | (moves_of(self.org) if self.by == "team" else set())
        bounded = days and None not in self.periods
        days |= {day for day in more if not bounded or min(days) < day < max(days)}
        self.cuts = sorted(days)
        names = group_names(rows, tables_read(self.kpi), self.org) if self.by == "owner" else None
        self.labels = Labels(self.by, self.org, self.cuts, names)
        self.numbers = [Decimal((cut - EPOCH).days) for cut in self.cuts]
        self.cut_of = {day: i for i, day in enumerate(self.cuts)}

    def _days(self, window: Window) -> tuple[date, date, date]:
        return window.start, window.end, max(window.start, reached(window.end, self.coverage.reach))

    def _place(self, period: Period | None, when: When) -> Place | None:
        """None for what all time would be compared with."""
        if period is not None:
            first, last, reach = (self.cut_of[day] for day in self._days(self.windows[period][when]))
            return Place(first, last, first, reach, last)
        if when is not None:
            return None
        end = self.coverage.reach
        reach = self.cut_of[end + _DAY] if end else len(self.cuts)
        counted = self.counted or Window(self.coverage.first or date.min, self.coverage.first or date.min)
        since, until = self.cut_of.get(counted.start, 0), self.cut_of.get(counted.end, 0)
        return Place(-1, len(self.cuts), since, until if self.counted else since, reach)

    def _count_alone(self, rows: Rows, terms: Sequence[Term], running: Iterable[Key]) -> None:
        """What does not add up: every need once for all groups and periods, under (term, period) by group."""
        self.alone: dict[tuple[Term, Period | None], dict[str | None, Number]] = {}
        self.numbers_of: dict[str | None, int] = {} if self.by else {None: 0}
        alone = Alone(
            rows, self.context, self.org, self.cuts, self._places, self.needs.values(), all_time=None in self.periods
        )
        evaluations = {key: alone.evaluation(self.needs[key]) for key in dict.fromkeys(key for key, _ in terms)}
        for span in (span for key in running for span in self.labels.spans(key)):
            self.numbers_of.setdefault(span.label, len(self.numbers_of))
        labels = list(self.numbers_of)
        for term in terms:
            key, when = term
            same_for_all = isinstance(self.needs[key].leaf, Length | Given)
            asked = [
                (period, place, label)
                for period in self.periods
                if self._covered(period) and (place := self._place(period, when)) is not None
                for label in ([None] if same_for_all else labels)
            ]
            if not asked:
                continue
            scopes = [0 if same_for_all else self.numbers_of[label] for _, _, label in asked]
            columns = zip(*(place.columns for _, place, _ in asked), strict=True)
            wanted = Asked(*(np.array(each, dtype="int64") for each in (scopes, *columns)))
            for (period, _, label), number in zip(asked, evaluations[key](wanted), strict=True):
                self.alone.setdefault((term, period), {})[label] = number

    def _places(self, by_owner: bool) -> Places:
        return ByGroup(self.labels, self.org, self.numbers_of, by_owner=by_owner)

    def _sums(
        self, running: Mapping[Key, Mapping[str, Running]], terms: Sequence[Term], period: Period | None
    ) -> dict[str | None, list[Decimal | Outcome]]:
        """The sums of every group in the order of `terms`."""
        groups: dict[str | None, list[Any]] = {}
        places = {when: self._place(period, when) for _, when in terms}
        for key, tallies in running.items():
            for span in self.labels.spans(key):
                sums = groups.setdefault(span.label, [_ZERO] * len(terms))
                for i, (need, when) in enumerate(terms):
                    place = places[when]
                    if place is not None:
                        sums[i] += self._sum(self.needs[need], tallies, span, place)
        self._put_alone(groups, terms, period)
        self._put_wholes(groups, terms)
        return groups

    def _put_wholes(self, groups: dict[str | None, list[Any]], terms: Sequence[Term]) -> None:
        """What a share is a share of: the same of all groups."""
        for i, term in enumerate(terms):
            leaf = self.needs[term[0]].leaf
            if isinstance(leaf, Overall) and leaf.column.name == self.by:
                whole = sum((sums[i] for sums in groups.values()), _ZERO)
                for sums in groups.values():
                    sums[i] = whole

    def _put_alone(self, groups: dict[str | None, list[Any]], terms: Sequence[Term], period: Period | None) -> None:
        for label in self.numbers_of:
            groups.setdefault(label, [_ZERO] * len(terms))
        for i, term in enumerate(terms):
            found = self.alone.get((term, period), {})
            same_for_all = isinstance(self.needs[term[0]].leaf, Length | Given)
            for label, sums in groups.items() if found else ():
                sums[i] = found.get(None if same_for_all else label, _ZERO)

    def _sum(self, need: Need, tallies: Mapping[str, Running], span: Span, place: Place) -> Decimal:
        if need.tally is None or need.tally.key not in tallies:
            return _ZERO
        running = tallies[need.tally.key]
        match need.reads:
            case Reads.AT_END:
                return running.before(place.last) if span.lo <= place.told < span.hi else _ZERO
            case Reads.AT_START:
                return running.before(place.first) if span.lo <= place.first < span.hi else _ZERO
            case Reads.STOOD:
                first, last = max(place.since, span.lo - 1), min(place.reach, span.hi - 1)
                return self._stood(need, tallies, last) - self._stood(need, tallies, first) if last > first else _ZERO
        first, last = max(place.first, span.lo - 1), min(place.last, span.hi - 1)
        return running.before(last) - running.before(first) if last > first else _ZERO

    def _stood(self, need: Need, tallies: Mapping[str, Running], cut: int) -> Decimal:
        """Amount times days that stood before a cut; what was there since ever counts from 1970."""
        assert need.tally is not None
        assert need.moments is not None
        moments = tallies.get(need.moments.key, _NOTHING_YET)
        return self.numbers[cut] * tallies[need.tally.key].before(cut) - moments.before(cut)

    def _running(self, rows: Rows) -> dict[Key, dict[str, Running]]:
        """The running sums of every tally of every group."""
        found: dict[tuple[Key, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: _ZERO))
        keys = {f"key{i}": _as_text(name) for i, name in enumerate(self.labels.keys)}
        for scan in scans_of(self.tallies):
            made = cells(rows, scan, self.cuts, keys, everything=None in self.periods)
            for cell in self._shared(rows.fetch(made).to_pylist(), scan.columns):
                for column, sign, tally in _columns(scan, self.tallies):
                    if cell[column]:
                        key = tuple(cell[name] for name in keys)
                        found[(key, tally.key)][cell["atom"]] += sign * cell[column]
        running: dict[Key, dict[str, Running]] = defaultdict(dict)
        for (key, tally_key), by_atom in found.items():
            running[key][tally_key] = Running(by_atom)
        return running

    def _shared(self, cells: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> Iterable[Mapping[str, Any]]:
        """What several people share counts for each of them by their share."""
        if "owner" not in self.labels.keys:
            return cells
        return shared_cells(cells, f"key{self.labels.keys.index('owner')}", columns)


def _columns(scan: Scan, tallies: Sequence[Tally]) -> Iterable[tuple[str, int, Tally]]:
    for column in scan.columns:
        place = int("".join(letter for letter in column if letter.isdigit()))
        yield column, -1 if column.endswith("out") else 1, tallies[place]


def _as_text(name: str) -> Any:
    """The column as text, blank throughout in a table that does not have it."""
    return lambda rows: rows[name].cast("string") if name in rows.columns else ibis.null("string")
