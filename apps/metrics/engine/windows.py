"""Which days a number is computed over, and which days a change is measured against. Pure dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.common.periods import add_months
from apps.metrics.catalogue.formulas import Base

_YEAR_OF_WEEKS = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date


def base_of(start: date, end: date, since: Base = Base.PREVIOUS_PERIOD) -> Window:
    """What the whole period [start, end) is compared with."""
    return _year_before(start, end) if since is Base.YEAR_BEFORE else _previous(start, end)


def base_to_date(start: date, end: date, point: date, since: Base = Base.PREVIOUS_PERIOD) -> Window:
    """What [start, point) is compared with while the period runs to `end`: as much of the base as has passed."""
    base = base_of(start, end, since)
    if since is Base.YEAR_BEFORE:
        shifted = point - _YEAR_OF_WEEKS if _whole_weeks(start, end) else _year_before(start, point).end
        return Window(base.start, max(base.start, min(shifted, base.end)) if point > start else base.start)
    if start.day == 1 and point.day == 1:
        months = (point.year - start.year) * 12 + point.month - start.month
        return Window(base.start, min(add_months(base.start, months), base.end))
    return Window(base.start, min(base.start + (point - start), base.end))


def _previous(start: date, end: date) -> Window:
    """The period of the same grain before: whole months are shifted by months, any other run of days by its length."""
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        if months <= (start.year - 1) * 12 + start.month - 1:
            return Window(add_months(start, -months), start)
    length = end - start
    return Window(start - length if start - date.min > length else date.min, start)


def _year_before(start: date, end: date) -> Window:
    """The same days of the year before. Whole weeks keep their weekdays and lie 364 days back; 29 February is compared
    with 28 February, and a period up to the last day of a month ends with that month."""
    if start.year <= 1:
        return Window(date.min, start)
    if _whole_weeks(start, end):
        return Window(start - _YEAR_OF_WEEKS, end - _YEAR_OF_WEEKS)
    first = add_months(start, -12)
    if end.day == 1:
        return Window(first, add_months(end, -12))
    return Window(first, add_months(end - timedelta(days=1), -12) + timedelta(days=1))


def _whole_weeks(start: date, end: date) -> bool:
    whole_months = start.day == 1 and end.day == 1
    return start.weekday() == 0 and end > start and (end - start).days % 7 == 0 and not whole_months


def covered(start: date, end: date, first: date | None, through: date | None) -> bool:
    """Whether the data, from `first` through the day `through`, has at least a day of [start, end)."""
    return (through is None or start <= through) and (first is None or end > first)


def reached(end: date, through: date | None) -> date:
    """The end of that part of a period which the data covers."""
    return end if through is None else min(end, through + timedelta(days=1))


def begun(start: date, points: Sequence[date], through: date | None) -> list[bool]:
    """For each point, whether the data covers at least a day of the sub-period that it ends."""
    return [through is None or before <= through for before in (start, *points[:-1])][: len(points)]
