"""One KPI for all groups of a column and many periods: what the `compute` command and the KPI page show.

The cells of one KPI are few, so they are fetched and summed here; no goal comes this way.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.errors import Refusal
from apps.common.periods import Period
from apps.common.spelling import did_you_mean
from apps.common.texts import normalised
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.formulas import Level, sample
from apps.metrics.engine import expressions
from apps.metrics.engine.cells import Rows, Scan, cells, scans_of
from apps.metrics.engine.evaluate import Term, figure_of, terms_of
from apps.metrics.engine.figures import NOTHING, GroupFigure, Org
from apps.metrics.engine.plan import Tally, tallies_of, tally_of
from apps.metrics.engine.windows import Window, base_to_date, covered, reached

NO_GROUP = "(none)"  # the group of rows in which the column is blank
_ZERO = Decimal(0)


class NoSuchColumn(Refusal):
    """Grouping by a column that the data does not have."""


def compute_groups(
    snapshot: Snapshot,
    kpi: Kpi,
    periods: Sequence[Period],
    by: str | None = None,
    org: Org | None = None,
    *,
    so_far: bool = True,
) -> list[GroupFigure]:
    """Figures per period and, with `by`, per group; no periods means all time in one row.

    Without `by` every period has a row, with `by` only groups that have rows in that period or, for a change, in the
    one before. `by` is any column, or `team`: the team on the row, else the team of its owner on the row's date.
    `so_far`: while a period runs a change compares with the same number of days of its base; otherwise with the whole.
    """
    check_column(snapshot, by)
    wanted: list[Period | None] = list(periods) or [None]
    if snapshot.is_empty:
        return [] if by else [GroupFigure(period, None, NOTHING) for period in wanted]
    return list(_Groups(snapshot, kpi, wanted, by, org or Org(), so_far=so_far).figures())


def check_column(snapshot: Snapshot, by: str | None) -> None:
    """Raises NoSuchColumn, with the columns there are."""
    if by is not None and by not in snapshot.columns:
        columns = [column for column in snapshot.columns if not column.startswith("_")]
        raise NoSuchColumn(f"There is no column “{by}” in {snapshot.table}.{did_you_mean(by, columns)}")


def data_span(snapshot: Snapshot, kpi: Kpi) -> Window | None:
    """From the first row that counts for the KPI to the end of what the data covers; None without any such row.

    Days after the last counted row that the data covers are known to have none: they are listed too.
    """
    if snapshot.is_empty:
        return None
    counted = sample(kpi)
    if isinstance(counted, Level):
        first, last = snapshot.covers_from, snapshot.complete_through
    else:
        with Rows([snapshot]) as rows:
            table = rows.table(snapshot.table)
            universe = table.filter(expressions.condition(counted.where, table), table[kpi.date].notnull())
            found = rows.fetch(universe.aggregate(first=universe[kpi.date].min(), last=universe[kpi.date].max()))
        first, last = found["first"][0].as_py(), found["last"][0].as_py()
    if first is None or last is None:
        return None
    last = max(last, snapshot.complete_through or last)
    return Window(first, date.fromordinal(last.toordinal() + 1))


class _Running:
    """Sums by atom, added up: the sum of everything before a cut by bisection."""

    def __init__(self, by_atom: Mapping[int, Decimal]) -> None:
        self.atoms = sorted(by_atom)
        self.sums: list[Decimal] = []
        total = _ZERO
        for atom in self.atoms:
            total += by_atom[atom]
            self.sums.append(total)

    def before(self, cut: int) -> Decimal:
        """The sum over atoms up to and including that which ends at this cut."""
        place = bisect_right(self.atoms, cut)
        return self.sums[place - 1] if place else _ZERO


Key = tuple[str | None, int | None]  # a group's label; or None and a person, whose team of the moment is the label


class _Groups:
    def __init__(
        self, snapshot: Snapshot, kpi: Kpi, periods: list[Period | None], by: str | None, org: Org, *, so_far: bool
    ) -> None:
        self.snapshot = snapshot
        self.kpi = kpi
        self.periods = periods
        self.by = by
        self.teams = _Teams(org) if by == "team" else None
        self.windows = {period: self._windows(period, so_far=so_far) for period in periods if period}
        days = {day for pair in self.windows.values() for window in pair for day in (window.start, window.end)}
        if self.teams:
            days |= {day for day in self.teams.moves if not days or min(days) < day < max(days)}
        self.cuts = sorted(days)
        self.tallies = tallies_of(kpi)

    def figures(self) -> Iterator[GroupFigure]:
        terms, make = terms_of(self.kpi), figure_of(self.kpi)
        rows = tally_of(sample(self.kpi), self.kpi.dated_by).key
        # Who had rows in the base period and has none now has changed by all of it.
        counted = [place for place, term in enumerate(terms) if term in {(rows, False), (rows, True)}]
        running = self._running()
        for period in self.periods:
            if period and not self._covered(period):
                if self.by is None:
                    yield GroupFigure(period, None, NOTHING)
                continue
            groups = self._sums(running, terms, period)
            if self.by is None:
                sums = groups.get(None, [_ZERO] * len(terms))
                yield GroupFigure(period, None, make(sums))
                continue
            for label in sorted(groups, key=lambda each: (each is None, each or "")):
                if any(groups[label][place] for place in counted):
                    yield GroupFigure(period, NO_GROUP if label is None else label, make(groups[label]))

    def _windows(self, period: Period, *, so_far: bool) -> tuple[Window, Window]:
        end = period.end
        if so_far and self.kpi.compares_periods:
            end = max(period.start, reached(end, self.snapshot.complete_through))
        return Window(period.start, end), base_to_date(period.start, period.end, end)

    def _covered(self, period: Period) -> bool:
        return covered(period.start, period.end, self.snapshot.covers_from, self.snapshot.complete_through)

    def _sums(
        self, running: Mapping[Key, Mapping[str, _Running]], terms: Sequence[Term], period: Period | None
    ) -> dict[str | None, list[Decimal]]:
        """The sums of every group in the order of `terms`."""
        groups: dict[str | None, list[Decimal]] = {}
        for (written, person), tallies in running.items():
            label = written
            if self.teams and person is not None:
                label = self.teams.on(person, self._last_day(period))
            sums = groups.setdefault(label, [_ZERO] * len(terms))
            for i, (tally, of_base) in enumerate(terms):
                if tally in tallies:
                    sums[i] += self._sum(tallies[tally], self.tallies[tally], period, of_base=of_base)
        return groups

    def _sum(self, running: _Running, tally: Tally, period: Period | None, *, of_base: bool) -> Decimal:
        if period is None:
            return _ZERO if of_base else running.before(len(self.cuts))
        window = self.windows[period][of_base]
        last = running.before(bisect_left(self.cuts, window.end))
        return last if tally.is_level else last - running.before(bisect_left(self.cuts, window.start))

    def _last_day(self, period: Period | None) -> date:
        return period.last_day if period else self.snapshot.complete_through or date.max

    def _running(self) -> dict[Key, dict[str, _Running]]:
        """The running sums of every tally of every group."""
        found: dict[tuple[Key, str], dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: _ZERO))
        tallies = list(self.tallies.values())
        with Rows([self.snapshot]) as rows:
            for scan in scans_of(tallies):
                for cell in self._cells(rows, scan):
                    for column, sign, tally in _columns(scan, tallies):
                        if cell[column]:
                            key = self._key(cell, is_level=tally.is_level)
                            found[(key, tally.key)][cell["atom"]] += sign * cell[column]
        running: dict[Key, dict[str, _Running]] = defaultdict(dict)
        for (key, tally_key), by_atom in found.items():
            running[key][tally_key] = _Running(by_atom)
        return running

    def _cells(self, rows: Rows, scan: Scan) -> list[dict[str, Any]]:
        if self.teams:
            keys = {name: _as_text(name) for name in ("owner", "team")}
        else:
            keys = {"group": _as_text(self.by)} if self.by else {}
        found: list[dict[str, Any]] = rows.fetch(
            cells(rows, scan, self.cuts, keys, everything=None in self.periods)
        ).to_pylist()
        return found

    def _key(self, cell: Mapping[str, Any], *, is_level: bool) -> Key:
        if self.by is None:
            return None, None
        if self.teams is None:
            return cell["group"], None
        if cell["team"]:
            return self.teams.written(cell["team"]), None
        person = self.teams.person(cell["owner"])
        if is_level or person is None:
            return None, person
        return self.teams.in_atom(person, cell["atom"], self.cuts), None


class _Teams:
    """The team a row belongs to, by name."""

    def __init__(self, org: Org) -> None:
        self._owners = dict(org.owners)
        self._known = {text: org.team_names.get(team, text) for text, team in org.teams}
        self._names = {team: text for text, team in org.teams} | dict(org.team_names)
        self._turns: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
        for person, team, start, end in org.memberships_in_turn():
            self._turns[person].append((start, end, team))
        self.moves = {day for turns in self._turns.values() for start, end, _ in turns for day in (start, end)}

    def written(self, text: str) -> str:
        """The team written on a row, under its name in the workspace if it has one."""
        return self._known.get(normalised(text), text)

    def person(self, owner: str | None) -> int | None:
        return self._owners.get(normalised(owner or ""))

    def on(self, person: int, day: date) -> str | None:
        for start, end, team in self._turns.get(person, ()):
            if start <= day < end:
                return self._names.get(team)
        return None

    def in_atom(self, person: int, atom: int, cuts: Sequence[date]) -> str | None:
        """Nobody changes team inside an atom: its first day tells; the atom before all cuts is told by its last."""
        if not cuts:
            return self.on(person, date.max)
        return self.on(person, cuts[atom - 1] if atom else date.fromordinal(max(1, cuts[0].toordinal() - 1)))


def _columns(scan: Scan, tallies: Sequence[Tally]) -> Iterable[tuple[str, int, Tally]]:
    for column in scan.columns:
        place = int("".join(letter for letter in column if letter.isdigit()))
        yield column, -1 if column.endswith("out") else 1, tallies[place]


def _as_text(name: str) -> Any:
    return lambda rows: rows[name].cast("string")
