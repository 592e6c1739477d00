"""The newest period beside the same one a year ago and the one before: as many days of each, and what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.common.dates import period_told
from apps.common.periods import Grain, Period, grain_of, period_of
from apps.common.ranges import OF_MEAN
from apps.metrics.analysis.comparison import Comparison, same_period_last_year, same_working_days_before
from apps.metrics.analysis.numbers import NoAnswer, decimal, difference, figure
from apps.metrics.analysis.xmr import RANGE_OF_MEAN, Chart, xmr
from apps.metrics.catalogue import Unit
from apps.metrics.engine import Figure
from apps.pages.kpis.change.subject import Subject, from_first_row
from apps.pages.kpis.change.trend import bounds_of, changed_on, points_of

AS_FAR_BACK = 24  # periods from which the usual difference is told
USUAL, MORE, UNTOLD = "no more than periods usually differ", "more than periods usually differ", ""


@dataclass(frozen=True)
class Line:
    """One comparison. `delta` and `relative` are blank where one of the figures has no value."""

    name: str
    sentence: str
    then: str  # which days
    value: str
    rows: str
    delta: str
    relative: str
    words: str
    missing_days: int


@dataclass(frozen=True)
class Compared:
    """`words` say whether the newest figure is usual for periods that have come as far; `usual` is that range."""

    grain: Grain
    told: str
    value: str
    rows: str
    words: str
    usual: str
    basis: str
    lines: list[Line]
    so_far: bool


def compared_of(subject: Subject, grain: Grain) -> Compared | NoAnswer:
    """All figures in one pass of the engine: the two comparisons, and the periods before that have come as far."""
    period, through = _newest(subject, grain)
    calendar, starts, first = subject.calendar, subject.year_start, subject.first
    year = same_period_last_year(period, through, calendar, fiscal=starts, data_from=first)
    before = same_working_days_before(period, through, calendar, fiscal=starts, data_from=first)
    if isinstance(before, NoAnswer):
        return before
    now = before.current
    earlier = _as_far(subject, period, through)
    runs: dict[Period, None] = dict.fromkeys((now, before.earlier, *earlier))
    if isinstance(year, Comparison):
        runs[year.earlier] = None
    found = dict(zip(runs, subject.figures(list(runs)), strict=True))
    if not any(each.count for each in found.values()):
        return NoAnswer("There are no rows in these periods.")
    new = changed_on(subject)
    alike = [run for run in earlier if subject.begins_in_time(run) and (new is None or run.start >= new)]
    alike, _ = from_first_row(alike, [found[run] for run in alike])
    chart = _chart(subject, [*alike, now], found)
    return _told(subject, grain, now, found, chart, year, before, so_far=now != period)


# --- inside ----------------------------------------------------------------------------------------------------------


def _newest(subject: Subject, grain: Grain) -> tuple[Period, date]:
    """The period that the data has reached, and the day. Growth compares whole periods, so it takes a whole one."""
    through = subject.through
    period = period_of(through, grain, subject.year_start)
    if not (subject.kpi.compares_periods or subject.kpi.ripe_after) or subject.is_complete(period):
        return period, through
    complete = subject.complete_periods(grain)
    return (complete[-1], complete[-1].last_day) if complete else (period, through)


def _as_far(subject: Subject, period: Period, through: date) -> list[Period]:
    """The periods before, oldest first, each as far as this one has come in working days."""
    found: list[Period] = []
    grain = grain_of(period.label) or Grain.MONTH
    while len(found) < AS_FAR_BACK:
        step = same_working_days_before(period, through, subject.calendar, fiscal=subject.year_start)
        if isinstance(step, NoAnswer) or step.earlier.end <= subject.first:
            break
        found.append(step.earlier)
        period, through = period_of(step.earlier.start, grain, subject.year_start), step.earlier.last_day
    return found[::-1]


def _chart(subject: Subject, runs: Sequence[Period], found: dict[Period, Figure]) -> Chart:
    """The range stands on the periods before: the newest is judged by it and has no part in it."""
    figures = [found[run] for run in runs]
    points = points_of(subject, runs, figures)
    known = sum(1 for each in figures[:-1] if each.value is not None)
    unit, currency = subject.money
    bounds = bounds_of(subject.kpi, figures)
    return xmr(points, bounds=bounds, baseline=known, unit=unit, currency=currency)


def _told(
    subject: Subject,
    grain: Grain,
    now: Period,
    found: dict[Period, Figure],
    chart: Chart,
    year: Comparison | NoAnswer,
    before: Comparison,
    *,
    so_far: bool,
) -> Compared:
    unit, currency = subject.money
    value, limits = found[now].value, chart.limits[-1]
    lines = [
        _line(subject, name, comparison, found, chart)
        for name, comparison in (("The same period last year", year), ("The period before", before))
        if isinstance(comparison, Comparison)
    ]
    return Compared(
        grain=grain,
        told=period_told(now.start, now.end, subject.year_start),
        value=figure(value, unit, currency),
        rows=subject.rows_of(now),
        words=chart.in_words(value, len(chart.points) - 1).split(" (")[0] if value is not None else "",
        usual=f"{figure(limits.lower, unit, currency)} to {figure(limits.upper, unit, currency)}" if limits else "",
        basis=chart.basis,
        lines=lines,
        so_far=so_far,
    )


def _line(subject: Subject, name: str, comparison: Comparison, found: dict[Period, Figure], chart: Chart) -> Line:
    unit, currency = subject.money
    now, then = found[comparison.current].value, found[comparison.earlier].value
    delta = None if now is None or then is None else now - then
    return Line(
        name=name,
        sentence=comparison.sentence,
        then=period_told(comparison.earlier.start, comparison.earlier.end, subject.year_start),
        value=figure(then, unit, currency),
        rows=subject.rows_of(comparison.earlier) if then is not None else "",
        delta="" if delta is None else difference(delta, unit, currency),
        relative=_relative(delta, then) if unit is not Unit.PERCENT else "",
        words=UNTOLD if delta is None else _size(delta, chart),
        missing_days=comparison.missing_days,
    )


def _relative(delta: Decimal | None, then: Decimal | None) -> str:
    if delta is None or then is None or then <= 0:
        return ""
    return difference(delta / then, "percent").replace(" pp", " %")


def _size(delta: Decimal, chart: Chart) -> str:
    """By the largest difference that two neighbours usually have; where ranges vary, by that of the newest point."""
    segment, limits = chart.segments[-1], chart.limits[-1]
    if segment.upper_range is not None:
        return USUAL if abs(delta) <= segment.upper_range else MORE
    if limits is None:
        return UNTOLD
    width = max(limits.upper - limits.centre, limits.centre - limits.lower)
    return USUAL if abs(delta) <= width * decimal(RANGE_OF_MEAN / OF_MEAN) else MORE
