"""What a KPI came to before the period of a goal: finished periods of the same length, baseline windows, open deals.

One pass of the engine for each, kept for a minute under the rows it was computed from, so that a form may ask with
every letter that is typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from django.core.cache import cache

from apps.common.dates import day_told, period_told
from apps.common.periods import (
    Fiscal,
    Grain,
    Period,
    PeriodError,
    add_months,
    custom_period,
    grain_of,
    parse_period,
    period_of,
    previous_period,
)
from apps.datasets.queries import snapshots
from apps.datasets.store.in_place import NotAnswered
from apps.goals.past import Past
from apps.metrics.analysis.season import Season, season
from apps.metrics.catalogue import Definitions, Direction, Kind, Kpi
from apps.metrics.engine import Coverage, Figure, Request, compute_requests, coverage_of, has_rows
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import context_of, org_of
from apps.people.models import Workspace

KEPT_SECONDS = 60
MOST_PERIODS = 40
GRAINS = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK)
PER_YEAR = {Grain.MONTH: 12, Grain.QUARTER: 4, Grain.YEAR: 1, Grain.WEEK: 52}
ADDED_UP = (Kind.FLOW, Kind.STOCK)  # the average of four is that of their values; others are computed over all of them
A_YEAR_OF_WEEKS, ONE_DAY = timedelta(days=364), timedelta(days=1)
COMPARES = {
    "previous": "The last finished {word}",
    "last_year": "The same {word} last year",
    "average_4": "The average of the last four {word}s",
    "own": "Days of your own",
}


class Window(NamedTuple):
    """A baseline: days [start, end), what the KPI came to on them, and how it compares. `told` names the days."""

    compares: str
    start: date
    end: date
    value: Decimal | None
    told: str


@dataclass(frozen=True)
class About:
    """Whose number of which KPI is looked at, and for which days a goal is wanted."""

    workspace: Workspace
    kpi: Kpi
    scope: Scope
    scope_id: int | None
    start: date
    end: date
    today: date


@dataclass(frozen=True)
class History:
    """`windows` are the baselines that can be told, by what they compare. Without rows `why` says so and what to do."""

    past: Past
    periods: tuple[Period, ...]
    windows: dict[str, Window]
    through: date | None
    cases: Decimal | None = None  # that a usual period rests on
    why: str = ""

    @property
    def connected(self) -> bool:
        return not self.why


class Capacity(NamedTuple):
    """What stands behind won deals: open ones, how often they are won (last 12 months) and what one brings."""

    open_deals: int
    win_rate: Decimal | None
    deal_size: Decimal | None
    won_so_far: Decimal

    def needed(self, target: Decimal) -> int | None:
        """Deals still to be won."""
        if not self.deal_size or self.deal_size <= 0:
            return None
        deals = (target - self.won_so_far) / self.deal_size
        return max(0, int(deals.to_integral_value(ROUND_CEILING)))

    @property
    def likely(self) -> int | None:
        return None if self.win_rate is None else int(self.open_deals * self.win_rate)


def history_of(about: About, own: tuple[date, date] | None = None) -> History:
    """`own` are the days [from, to) of a baseline of one's own."""
    live = snapshots(workspace=about.workspace, tables=about.kpi.tables)
    if not has_rows(live, about.kpi):
        empty = [table for table in about.kpi.tables if live[table].is_empty]
        return _nothing(about, f"{about.kpi.name} has no data yet: import {' and '.join(empty)}.")
    coverage = coverage_of(live, about.kpi)
    periods = _finished(about, coverage)
    windows = _windows(about, periods, coverage, own)
    asked = [*periods, *(custom_period(start, end) for _, start, end, _ in windows)]
    try:
        figures = _figures(about, asked, live)
    except NotAnswered:
        return _nothing(about, "The warehouse that this KPI is computed in does not answer: try again later.")
    known = figures[: len(periods)]
    first = next((place for place, each in enumerate(known) if each.count), len(known))
    periods, known = periods[first:], known[first:]
    of_windows = figures[len(asked) - len(windows) :]
    valued = {
        compares: Window(compares, start, end, _of_window(about, compares, (start, end), figure, known), told)
        for (compares, start, end, told), figure in zip(windows, of_windows, strict=True)
    }
    return History(
        past=_past(about, periods, known),
        periods=tuple(periods),
        windows={compares: window for compares, window in valued.items() if window.value is not None},
        through=coverage.through,
        cases=_usual_cases(about.kpi, known),
    )


def capacity_of(about: About, definitions: Definitions) -> Capacity | None:
    """For revenue from won deals only: what has to be won, beside what is open."""
    if about.kpi.ref != "revenue:deals":
        return None
    parts = [definitions.find(f"{key}:deals") for key in ("pipeline_value", "win_rate", "average_deal_size")]
    if None in parts:
        return None
    live = snapshots(workspace=about.workspace, tables=about.kpi.tables)
    through = coverage_of(live, about.kpi).through
    if through is None:
        return None
    through = min(through, about.today)
    year_ago = add_months(through, -12)
    spans = [(through, through + ONE_DAY), *[(year_ago, through + ONE_DAY)] * 2]
    if about.start <= through:
        parts, spans = [*parts, about.kpi], [*spans, (about.start, min(about.end, through + ONE_DAY))]
    asked = [
        (kpi, custom_period(start, end)) for kpi, (start, end) in zip(parts, spans, strict=True) if kpi is not None
    ]
    pipeline, rate, size, *won = _computed(about, asked, live)
    return Capacity(pipeline.count, rate.value, size.value, (won[0].value if won else None) or Decimal(0))


def grain_of_days(start: date, end: date, fiscal: Fiscal) -> Grain | None:
    """The fiscal period that these days are exactly; None for other runs of days."""
    for grain in GRAINS:
        period = period_of(start, grain, fiscal)
        if (period.start, period.end) == (start, end):
            return grain
    return None


def window_told(compares: str, word: str) -> str:
    """`The last finished quarter`; with its season taken out it says so."""
    bare = compares.removesuffix("_season")
    told = COMPARES.get(bare, "")
    return told.format(word=word) + (", seasons taken out" if bare != compares else "")


# --- which days ------------------------------------------------------------------------------------------------------


def _finished(about: About, coverage: Coverage) -> list[Period]:
    """The periods of the same length before the goal's that the data covers whole, oldest first."""
    through = min(coverage.through or date.min, about.today)
    found: list[Period] = []
    period = _before(about, custom_period(about.start, about.end))
    while period is not None and len(found) < MOST_PERIODS:
        if coverage.first and period.end <= coverage.first:
            break
        whole = not coverage.first or period.start >= coverage.first or _almost(period, coverage.first)
        if whole and period.last_day + timedelta(days=about.kpi.ripe_after) <= through:
            found.append(period)
        period = _before(about, period)
    return found[::-1]


def _almost(period: Period, first: date) -> bool:
    """Data of a company that begins with a holiday and a weekend still covers its first period."""
    return (first - period.start).days <= 4 and (period.end - period.start).days > 27


def _before(about: About, period: Period) -> Period | None:
    """The run of days before this one: the fiscal period before, else as many whole months or days."""
    fiscal = about.workspace.fiscal
    grain = grain_of_days(about.start, about.end, fiscal)
    try:
        if grain is not None:
            return previous_period(period, grain, fiscal)
        if about.start.day == about.end.day == 1:
            months = (about.end.year - about.start.year) * 12 + about.end.month - about.start.month
            return custom_period(add_months(period.start, -months), period.start)
        return custom_period(period.start - (about.end - about.start), period.start)
    except (ValueError, OverflowError):
        return None


def _year_before(about: About) -> tuple[date, date]:
    fiscal = about.workspace.fiscal
    grain = grain_of_days(about.start, about.end, fiscal)
    if grain in (Grain.YEAR, Grain.QUARTER, Grain.MONTH):
        label = period_of(about.start, grain, fiscal).label
        try:
            period = parse_period(f"{int(label[:4]) - 1:04d}{label[4:]}", fiscal)
        except PeriodError:  # a thirteenth period that the year before did not have
            return about.start - A_YEAR_OF_WEEKS, about.end - A_YEAR_OF_WEEKS
        return period.start, period.end
    if grain is Grain.WEEK:
        return about.start - A_YEAR_OF_WEEKS, about.end - A_YEAR_OF_WEEKS
    return add_months(about.start, -12), add_months(about.end - ONE_DAY, -12) + ONE_DAY


def _windows(
    about: About, periods: Sequence[Period], coverage: Coverage, own: tuple[date, date] | None
) -> list[tuple[str, date, date, str]]:
    """Each with its days in words; only those that the data covers."""
    fiscal = about.workspace.fiscal
    found: list[tuple[str, date, date]] = []
    if periods:
        found.append(("previous", periods[-1].start, periods[-1].end))
    start, end = _year_before(about)
    if coverage.through and end - ONE_DAY <= coverage.through and (not coverage.first or end > coverage.first):
        found.append(("last_year", start, end))
    if len(periods) >= 4:
        found.append(("average_4", periods[-4].start, periods[-1].end))
    if own and own[1] > own[0]:
        found.append(("own", *own))
    return [(compares, start, end, period_told(start, end, fiscal)) for compares, start, end in found]


# --- figures ---------------------------------------------------------------------------------------------------------


def _figures(about: About, periods: Sequence[Period], live: Any) -> list[Figure]:
    return _computed(about, [(about.kpi, period) for period in periods], live)


def _computed(about: About, asked: Sequence[tuple[Kpi, Period]], live: Any) -> list[Figure]:
    """One pass of the engine, or what it said of the same rows less than a minute ago."""
    if not asked:
        return []
    said = [(kpi.ref, kpi.version, period.start, period.end) for kpi, period in asked]
    rows = sorted((table, repr(snapshot.files)) for table, snapshot in live.items())
    text = repr((about.workspace.pk, about.scope, about.scope_id, about.today, said, rows))
    key = f"goal-history:{sha256(text.encode()).hexdigest()}"
    found: list[Figure] | None = cache.get(key)
    if found is not None:
        return found
    requests = [
        Request(place, kpi.ref, about.scope, about.scope_id, period.start, period.end)
        for place, (kpi, period) in enumerate(asked)
    ]
    kpis = {kpi.ref: kpi for kpi, _ in asked}
    answers = compute_requests(live, requests, org_of(about.workspace), kpis, context_of(about.workspace))
    found = [answers[place].figure for place in range(len(asked))]
    cache.set(key, found, KEPT_SECONDS)
    return found


def _of_window(
    about: About, compares: str, days: tuple[date, date], figure: Figure, known: Sequence[Figure]
) -> Decimal | None:
    """A sum over other days than the goal's is brought to the length of the goal's period."""
    if compares == "average_4" and about.kpi.kind in ADDED_UP:
        values = [each.value for each in known[-4:] if each.value is not None]
        return round(sum(values, Decimal()) / 4, 6) if len(values) == 4 else None
    if figure.value is None:
        return None
    if compares == "own" and about.kpi.kind is Kind.FLOW:
        return round(figure.value * (about.end - about.start).days / (days[1] - days[0]).days, 6)
    return round(figure.value, 6)


def _past(about: About, periods: Sequence[Period], figures: Sequence[Figure]) -> Past:
    fiscal = about.workspace.fiscal
    grain = grain_of_days(about.start, about.end, fiscal)
    first = _place(periods[0]) if periods else 1
    per_year = PER_YEAR.get(grain, 0) if grain else 0
    values = [None if each.value is None else round(each.value, 6) for each in figures]
    found = season(values, first=first, per_year=per_year) if per_year in (4, 12) else None
    labels = [period_told(period.start, period.end, fiscal) for period in periods]
    return Past(
        figures=tuple(zip(labels, values, strict=True)),
        up=about.kpi.direction is Direction.UP,
        unit=about.kpi.unit,
        currency=about.workspace.currency,
        word=f"{grain}s" if grain else "periods of this length",
        per_year=per_year,
        first=first,
        season=found if isinstance(found, Season) else None,
    )


def _place(period: Period) -> int:
    """Which month of the year, or which quarter of the fiscal year."""
    grain = grain_of(period.label)
    return int(period.label[-1]) if grain is Grain.QUARTER else period.start.month


def _usual_cases(kpi: Kpi, figures: Sequence[Figure]) -> Decimal | None:
    """The middle of the newest four periods."""
    counts = sorted(each.count for each in figures[-4:])
    return Decimal(counts[len(counts) // 2]) if counts and kpi.min_n else None


def _nothing(about: About, why: str) -> History:
    return History(_past(about, [], []), (), {}, None, why=why)


def frozen_told(start: date, end: date, compares: str, fiscal: Fiscal) -> str:
    """Of a stored baseline: `the last finished quarter, Q3 2026`."""
    grain = grain_of_days(start, end, fiscal)
    days = period_told(start, end, fiscal) if grain else f"{day_told(start)} to {day_told(end - ONE_DAY)}"
    word = window_told(compares, str(grain) if grain and not compares.startswith("average") else "period")
    return f"{word[:1].lower()}{word[1:]}, {days}" if word else days
