"""Periods of time: half-open [start, end) runs of days, their labels, and the grains that cut time into them.

Labels: `2017` (fiscal year), `2017-Q3` (fiscal quarter), `2017-03` (month), `2017-W12` (ISO week), `2017-03-01` (day),
`2017-03-01..2017-04-15` (any run of days, end exclusive). A fiscal year is named after the calendar year in which it
ends, so with a start in January it is the calendar year.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from apps.common.errors import Refusal


class Grain(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


class PeriodError(Refusal, ValueError):
    """A period that cannot be understood; the text is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to, not including, `end`."""

    start: date
    end: date
    label: str

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise PeriodError(f"The period {self.label} ends ({self.end}) before it starts ({self.start}).")

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def custom_period(start: date, end: date) -> Period:
    """Any run of days, labelled `start..end`."""
    return Period(start, end, f"{start}..{end}")


def period_of(day: date, grain: Grain, fiscal_year_start: int = 1) -> Period:
    """The period of this grain that contains the day. Raises PeriodError for Grain.ALL, which has no bounds."""
    if grain is Grain.DAY:
        return Period(day, day + timedelta(days=1), day.isoformat())
    if grain is Grain.WEEK:
        return _week(day)
    if grain is Grain.MONTH:
        start = day.replace(day=1)
        return Period(start, add_months(start, 1), f"{start:%Y-%m}")
    if grain is Grain.QUARTER:
        return _quarter(day, fiscal_year_start)
    if grain is Grain.YEAR:
        return _fiscal_year(_fiscal_year_of(day, fiscal_year_start), fiscal_year_start)
    raise PeriodError("All time has no first day.")


def next_period(period: Period, grain: Grain, fiscal_year_start: int = 1) -> Period:
    return period_of(period.end, grain, fiscal_year_start)


def previous_period(period: Period, grain: Grain, fiscal_year_start: int = 1) -> Period:
    return period_of(period.start - timedelta(days=1), grain, fiscal_year_start)


def periods_between(start: date, end: date, grain: Grain, fiscal_year_start: int = 1) -> list[Period]:
    """Every period of this grain that shares a day with [start, end), in order; none when end is not after start."""
    if end <= start:
        return []
    return list(_walk(start, end, grain, fiscal_year_start))


def parse_period(text: str, fiscal_year_start: int = 1) -> Period:
    """Read a label. Raises PeriodError with a sentence that shows what would be understood."""
    text = text.strip()
    try:
        period = _parse_label(text, fiscal_year_start)
    except PeriodError:
        raise
    except (ValueError, OverflowError) as wrong:  # 2017-13, 2017-W60, or beyond the last day of the calendar
        raise PeriodError(f"“{text}” is not a period: {wrong}.") from wrong
    if period is None:
        raise PeriodError(
            f"“{text}” is not a period. Write 2017, 2017-Q3, 2017-03, 2017-W12 "
            "or 2017-03-01..2017-04-15 (end exclusive)."
        )
    return period


def grain_of(label: str) -> Grain | None:
    """The grain a label was written in; None for a custom run of days."""
    for grain, pattern in _PATTERNS.items():
        if pattern.fullmatch(label):
            return grain
    return None


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last day where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


_PATTERNS = {
    Grain.YEAR: re.compile(r"(\d{4})"),
    Grain.QUARTER: re.compile(r"(\d{4})-Q([1-4])"),
    Grain.MONTH: re.compile(r"(\d{4})-(\d{2})"),
    Grain.WEEK: re.compile(r"(\d{4})-W(\d{2})"),
    Grain.DAY: re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
}


def _parse_label(text: str, fiscal_year_start: int) -> Period | None:
    if ".." in text:
        start, _, end = text.partition("..")
        return custom_period(date.fromisoformat(start.strip()), date.fromisoformat(end.strip()))
    grain = grain_of(text)
    if grain is None:
        return None
    match = _PATTERNS[grain].fullmatch(text)
    assert match is not None
    numbers = [int(part) for part in match.groups()]
    if grain is Grain.YEAR:
        return _fiscal_year(numbers[0], fiscal_year_start)
    if grain is Grain.QUARTER:
        first = _fiscal_year(numbers[0], fiscal_year_start).start
        return _quarter(add_months(first, 3 * (numbers[1] - 1)), fiscal_year_start)
    if grain is Grain.WEEK:
        return _week(date.fromisocalendar(numbers[0], numbers[1], 1))
    return period_of(date(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 1), grain)


def _week(day: date) -> Period:
    iso = day.isocalendar()
    start = day - timedelta(days=iso.weekday - 1)
    return Period(start, start + timedelta(days=7), f"{iso.year}-W{iso.week:02d}")


def _fiscal_year_of(day: date, fiscal_year_start: int) -> int:
    return day.year + (fiscal_year_start > 1 and day.month >= fiscal_year_start)


def _fiscal_year(year: int, fiscal_year_start: int) -> Period:
    start = date(year - (fiscal_year_start > 1), fiscal_year_start, 1)
    return Period(start, add_months(start, 12), f"{year:04d}")


def _quarter(day: date, fiscal_year_start: int) -> Period:
    year = _fiscal_year_of(day, fiscal_year_start)
    quarter = ((day.month - fiscal_year_start) % 12) // 3
    start = add_months(_fiscal_year(year, fiscal_year_start).start, 3 * quarter)
    return Period(start, add_months(start, 3), f"{year:04d}-Q{quarter + 1}")


def _walk(start: date, end: date, grain: Grain, fiscal_year_start: int) -> Iterator[Period]:
    period = period_of(start, grain, fiscal_year_start)
    while period.start < end:
        yield period
        period = next_period(period, grain, fiscal_year_start)
