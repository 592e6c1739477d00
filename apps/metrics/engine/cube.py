"""Many KPIs for many groupings and grains at once, as columns of floats: for tables, charts and files of everything.

Few scans serve all KPIs: one for each (table, date column) and set of columns, one for each kind of thing that is
counted by name. The numbers are those of `compute_groups`, to the precision of floats; why a figure has no value, and
figures that have to be withheld, are told there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.common.errors import Refusal
from apps.common.periods import Period
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import source_of
from apps.metrics.catalogue.formulas import Overall
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.counted import Counted, families_of, is_counted
from apps.metrics.engine.coverage import coverage_of, has_rows, tables_read
from apps.metrics.engine.evaluate import Floats, halves_of, rows_term, terms_of, values_of
from apps.metrics.engine.figures import Org
from apps.metrics.engine.grids import Grid, Sums, scanned
from apps.metrics.engine.groups import NO_GROUP, check_column
from apps.metrics.engine.labels import Labels, moves_of
from apps.metrics.engine.owners import group_names
from apps.metrics.engine.places import ByGroup
from apps.metrics.engine.plan import Need, Reads, Term, When, bases_of, needs_of, tallies_of_all
from apps.metrics.engine.windows import Window, base_to_date, covered, reached

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """Figures of one KPI as arrays [group, period]. Not a number where there is none; of a sum there is no denominator.
    `there`: compute_groups has a row for it."""

    numerator: Floats
    denominator: Floats
    count: Floats
    value: Floats
    there: NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """All KPIs by one column in one run of periods. Without a column the only group is None."""

    by: str | None
    periods: tuple[Period, ...]
    groups: tuple[str | None, ...]
    figures: Mapping[str, Columns]  # by ref


def is_additive(kpi: Kpi) -> bool:
    """Whether compute_many has figures of the KPI: it is made of sums, levels and things counted by name."""
    needs = needs_of(kpi).values()
    alone = [need for need in needs if need.reads is Reads.ALONE]
    return (
        not kpi.history
        and kpi.privacy_min <= 1
        and all(need.reads is not Reads.STOOD for need in needs)
        and all(is_counted(need) for need in alone)
        and not (alone and bases_of(kpi))
    )


def compute_many(
    snapshots: Mapping[str, Snapshot],
    kpis: Iterable[Kpi],
    groupings: Sequence[str | None],
    grains: Sequence[Sequence[Period]],
    org: Org | None = None,
    *,
    so_far: bool = True,
) -> Iterator[Table]:
    """A table for every grouping and grain, one at a time so that not all of them have to be in memory.

    `groupings` and `so_far` as `by` of compute_groups; each of `grains` are periods in order that do not overlap. KPIs
    without rows and those that are not `is_additive` have no column. Raises NoSuchColumn; Refusal for a table in a
    warehouse, where counting things by name would fetch every row.
    """
    chosen = [kpi for kpi in kpis if is_additive(kpi) and has_rows(snapshots, kpi)]
    for kpi in chosen:
        for by in groupings:
            check_column(snapshots, kpi, by)
    for table in (table for kpi in chosen for table in kpi.tables):
        if snapshots[table].in_place is not None:
            raise Refusal(f"A table of many KPIs at once needs the rows of {table} here: import them to use it.")
    if chosen and any(grains):
        yield from _Cube(snapshots, chosen, groupings, grains, org or Org(), so_far=so_far).tables()


class _Cube:
    def __init__(
        self,
        snapshots: Mapping[str, Snapshot],
        kpis: Sequence[Kpi],
        groupings: Sequence[str | None],
        grains: Sequence[Sequence[Period]],
        org: Org,
        *,
        so_far: bool,
    ) -> None:
        self.snapshots, self.kpis, self.org = snapshots, kpis, org
        self.groupings, self.grains, self.so_far = groupings, [tuple(periods) for periods in grains], so_far
        self.coverage = {kpi.ref: coverage_of(snapshots, kpi) for kpi in kpis}
        self.needs = {key: need for kpi in kpis for key, need in needs_of(kpi).items()}
        self.tallies = list(tallies_of_all(kpis).values())
        self.windows = {
            (kpi.ref, when, grain): [self._window(kpi, period, when) for period in periods]
            for kpi in kpis
            for when in (None, *bases_of(kpi))
            for grain, periods in enumerate(self.grains)
        }
        self.cuts = self._cuts()
        self.cut_of = {day: i for i, day in enumerate(self.cuts)}

    def _window(self, kpi: Kpi, period: Period, when: When) -> Window:
        """As compute_groups has it: while a period runs, a change compares as many days as the data covers."""
        end = period.end
        if self.so_far and bases_of(kpi):
            end = max(period.start, reached(end, self.coverage[kpi.ref].through))
        if when is None:
            return Window(period.start, end)
        return base_to_date(period.start, period.end, end, when)

    def _cuts(self) -> list[date]:
        days = {day for found in self.windows.values() for each in found for day in (each.start, each.end)}
        days |= {day for periods in self.grains for each in periods for day in (each.start, each.end)}
        moves = moves_of(self.org) if "team" in self.groupings else set()
        return sorted(days | {day for day in moves if min(days) < day < max(days)})

    def tables(self) -> Iterator[Table]:
        with Rows(self.snapshots[table] for table in self._sources()) as rows:
            read_by = list(dict.fromkeys(table for kpi in self.kpis for table in tables_read(kpi)))
            names = group_names(rows, read_by, self.org) if "owner" in self.groupings else None
            labels = {by: Labels(by, self.org, self.cuts, names) for by in self.groupings}
            keys = list(dict.fromkeys(key for each in labels.values() for key in each.keys))
            families = [
                Counted(rows, f"counted{i}", needs, self.cuts, keys)
                for i, needs in enumerate(families_of(list(self.needs.values())))
            ]
            read = _Cells(rows, self.tallies, self.cuts, [each.keys for each in labels.values()])
            for by in self.groupings:
                yield from self._of_grouping(by, labels[by], read, families)

    def _sources(self) -> list[str]:
        return sorted({source_of(table) for kpi in self.kpis for table in tables_read(kpi)})

    def _of_grouping(self, by: str | None, labels: Labels, read: "_Cells", families: list[Counted]) -> Iterator[Table]:
        numbers: dict[str | None, int] = {} if by else {None: 0}
        places = ByGroup(labels, self.org, numbers, by_owner=False)
        grid = Grid(numbers, len(self.cuts))
        for scan, cells in read.by(labels.keys):
            grid.fill(scan, cells, self.tallies, places)
        sums = {tally.key: grid.sums(tally.key) for tally in self.tallies}
        placed = [(family, family.placed(places)) for family in families]
        order = sorted(numbers, key=lambda label: (label is None, label or ""))
        groups = tuple(NO_GROUP if by and label is None else label for label in order)
        turned = np.array([numbers[label] for label in order], dtype="int64")
        for grain, periods in enumerate(self.grains):
            counted = self._counted(placed, len(numbers), periods)
            figures = {}
            for kpi in self.kpis:
                terms = {term: self._sums(kpi, term, grain, by, sums, counted)[turned] for term in terms_of(kpi)}
                figures[kpi.ref] = self._columns(kpi, periods, by, terms)
            yield Table(by, periods, groups, figures)

    def _counted(self, placed: Sequence[Any], groups: int, periods: Sequence[Period]) -> dict[str, Floats]:
        first, last = [self.cut_of[p.start] for p in periods], [self.cut_of[p.end] for p in periods]
        found: dict[str, Floats] = {}
        for family, table in placed:
            found |= family.numbers(table, groups, first, last)
        return found

    def _sums(
        self,
        kpi: Kpi,
        term: Term,
        grain: int,
        by: str | None,
        sums: Mapping[str, Sums],
        counted: Mapping[str, Floats],
    ) -> Floats:
        """[group, period] of one term, in the order of the groups' numbers."""
        need: Need = self.needs[term[0]]
        if need.tally is None:
            return counted[need.key]
        windows = self.windows[kpi.ref, term[1], grain]
        first, last = (
            np.array([self.cut_of[day] for day in days], dtype="int64")
            for days in ([each.start for each in windows], [each.end for each in windows])
        )
        running = sums[need.tally.key]
        if need.reads is Reads.AT_END:
            return running.upto(last)
        if need.reads is Reads.AT_START:
            return running.upto(first)
        found = running.between(first, last)
        if isinstance(need.leaf, Overall) and need.leaf.column.name == by:
            return np.broadcast_to(found.sum(axis=0), found.shape)
        return found

    def _columns(self, kpi: Kpi, periods: Sequence[Period], by: str | None, terms: Mapping[Term, Floats]) -> Columns:
        coverage = self.coverage[kpi.ref]
        known = np.array([covered(p.start, p.end, coverage.first, coverage.through) for p in periods], dtype=bool)
        above, below = halves_of(kpi, terms)
        rows = {rows_term(kpi, when) for when in (None, *bases_of(kpi))}
        whose = [sums for term, sums in terms.items() if term in rows or self.needs[term[0]].tally is not None]
        count = np.where(known, np.ceil(terms[rows_term(kpi)]), 0)
        there = np.broadcast_to(known, count.shape)
        if by is not None:
            there = there & np.logical_or.reduce([sums != 0 for sums in whose])
        numbers = (np.where(there, each, np.nan) for each in (above, below, values_of(kpi, terms)))
        numerator, denominator, value = numbers
        return Columns(numerator, denominator, count, value, there)


class _Cells:
    """The cells of all tallies by sets of columns, each read once: groupings whose columns are among those of another
    one share its cells, and what is not grouped at all shares the first ones there are."""

    def __init__(
        self, rows: Rows, tallies: Sequence[Any], cuts: Sequence[date], wanted: Sequence[Sequence[str]]
    ) -> None:
        self.rows, self.tallies, self.cuts, self.wanted = rows, tallies, cuts, wanted
        self._found: dict[tuple[str, ...], list[Any]] = {}

    def by(self, keys: Sequence[str]) -> list[Any]:
        serving = [tuple(each) for each in self.wanted if set(keys) <= set(each)]
        known = [each for each in serving if each in self._found]
        chosen = known[0] if known else max(serving, key=lambda names: len(names))  # noqa: PLW0108 - mypy
        if chosen not in self._found:
            self._found[chosen] = scanned(self.rows, self.tallies, self.cuts, chosen)
        return self._found[chosen]
