"""Which days a number is computed over, and which days a change is measured against. Pure dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from apps.common.periods import add_months


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date


def base_of(start: date, end: date) -> Window:
    """The period of the same grain before: whole months are shifted by months, any other run of days by its length."""
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        if months <= (start.year - 1) * 12 + start.month - 1:
            return Window(add_months(start, -months), start)
    length = end - start
    return Window(start - length if start - date.min > length else date.min, start)


def base_to_date(start: date, end: date, point: date) -> Window:
    """What [start, point) is compared with while the period runs to `end`: as much of the base as has passed."""
    base = base_of(start, end)
    if start.day == 1 and point.day == 1:
        months = (point.year - start.year) * 12 + point.month - start.month
        return Window(base.start, min(add_months(base.start, months), base.end))
    return Window(base.start, min(base.start + (point - start), base.end))


def covered(start: date, end: date, first: date | None, through: date | None) -> bool:
    """Whether the data, from `first` through the day `through`, has at least a day of [start, end)."""
    return (through is None or start <= through) and (first is None or end > first)


def reached(end: date, through: date | None) -> date:
    """The end of that part of a period which the data covers."""
    return end if through is None else min(end, through + timedelta(days=1))


def begun(start: date, points: Sequence[date], through: date | None) -> list[bool]:
    """For each point, whether the data covers at least a day of the sub-period that it ends."""
    return [through is None or before <= through for before in (start, *points[:-1])][: len(points)]
