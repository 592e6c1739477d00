"""Periods of time: half-open [start, end) runs of days, their labels, and the grains that cut time into them.

Labels: `2017` (fiscal year), `2017-Q3` (fiscal quarter), `2017-03` (calendar month), `2017-P03` (third period of a year
by weeks, where it takes the place of months), `2017-W12` (week), `2017-03-01` (day), `2017-03-01..2017-04-15` (any run
of days, end exclusive). `fiscal` is how the year is cut (fiscal.py), or just the month in which it starts; a fiscal
year is named after the calendar year in which it ends unless the calendar says otherwise.

A week belongs to the year that most of its days are in: with weeks from Monday that is ISO 8601.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from apps.common.errors import Refusal
from apps.common.fiscal import FiscalYear


class Grain(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


Fiscal = FiscalYear | int


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


def period_of(day: date, grain: Grain, fiscal: Fiscal = 1) -> Period:
    """The period of this grain that contains the day. Raises PeriodError for Grain.ALL, which has no bounds."""
    if grain is Grain.ALL:
        raise PeriodError("All time has no first day.")
    return _period_of(day, grain, fiscal_year(fiscal))


def _period_of(day: date, grain: Grain, fiscal: FiscalYear) -> Period:
    if grain is Grain.DAY:
        return Period(day, day + timedelta(days=1), day.isoformat())
    if grain is Grain.WEEK:
        return _week(day, fiscal.week_start)
    if grain is Grain.MONTH and fiscal.by_months:
        return _month(day)
    number = fiscal.year_of(day)
    if grain is Grain.YEAR:
        return Period(*fiscal.year(number), f"{number:04d}")
    runs = _runs(number, grain, fiscal)
    return next(period for period in runs if day < period.end)


def next_period(period: Period, grain: Grain, fiscal: Fiscal = 1) -> Period:
    return period_of(period.end, grain, fiscal)


def previous_period(period: Period, grain: Grain, fiscal: Fiscal = 1) -> Period:
    return period_of(period.start - timedelta(days=1), grain, fiscal)


def periods_between(start: date, end: date, grain: Grain, fiscal: Fiscal = 1) -> list[Period]:
    """Every period of this grain that shares a day with [start, end), in order; none when end is not after start."""
    if end <= start:
        return []
    return list(_walk(start, end, grain, fiscal))


def parse_period(text: str, fiscal: Fiscal = 1) -> Period:
    """Read a label. Raises PeriodError with a sentence that shows what would be understood."""
    text = text.strip()
    try:
        period = _parse_label(text, fiscal_year(fiscal))
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
    Grain.MONTH: re.compile(r"(\d{4})-(\d{2})|(\d{4})-P(\d{2})"),
    Grain.WEEK: re.compile(r"(\d{4})-W(\d{2})"),
    Grain.DAY: re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
}


def fiscal_year(fiscal: Fiscal) -> FiscalYear:
    """The calendar, also where only its first month is given."""
    return FiscalYear(fiscal) if isinstance(fiscal, int) else fiscal


def _parse_label(text: str, fiscal: FiscalYear) -> Period | None:
    if ".." in text:
        start, _, end = text.partition("..")
        return custom_period(date.fromisoformat(start.strip()), date.fromisoformat(end.strip()))
    grain = grain_of(text)
    if grain is None:
        return None
    match = _PATTERNS[grain].fullmatch(text)
    assert match is not None
    numbers = [int(part) for part in match.groups() if part is not None]
    if grain is Grain.YEAR:
        return Period(*fiscal.year(numbers[0]), text)
    if grain is Grain.WEEK:
        return _week_numbered(numbers[0], numbers[1], fiscal.week_start)
    if grain is Grain.QUARTER:
        return _runs(numbers[0], grain, fiscal)[numbers[1] - 1]
    if "P" in text:
        return _numbered(numbers, text, fiscal)
    if grain is Grain.MONTH:
        return _month(date(numbers[0], numbers[1], 1))
    return _period_of(date(numbers[0], numbers[1], numbers[2]), grain, fiscal)


def _numbered(numbers: list[int], text: str, fiscal: FiscalYear) -> Period:
    """A period of a year by weeks, by its number."""
    runs = () if fiscal.by_months else _runs(numbers[0], Grain.MONTH, fiscal)
    if not 1 <= numbers[1] <= len(runs):
        told = f"its year has {len(runs)} periods" if runs else "the fiscal year here is cut by months: write 2017-03"
        raise PeriodError(f"“{text}” is not a period: {told}.")
    return runs[numbers[1] - 1]


@lru_cache(maxsize=1024)
def _runs(number: int, grain: Grain, fiscal: FiscalYear) -> tuple[Period, ...]:
    """The quarters, or the periods that stand for months, of one fiscal year."""
    quarters = grain is Grain.QUARTER
    runs = fiscal.quarters(number) if quarters else fiscal.periods(number)
    labels = [
        f"{number:04d}-Q{place}" if quarters else f"{number:04d}-P{place:02d}" for place in range(1, len(runs) + 1)
    ]
    return tuple(Period(start, end, label) for (start, end), label in zip(runs, labels, strict=True))


def _month(day: date) -> Period:
    start = day.replace(day=1)
    return Period(start, add_months(start, 1), f"{start:%Y-%m}")


def _week(day: date, week_start: int) -> Period:
    start = day - timedelta(days=(day.weekday() - week_start) % 7)
    middle = start + timedelta(days=3)
    number = (middle - date(middle.year, 1, 1)).days // 7 + 1
    return Period(start, start + timedelta(days=7), f"{middle.year:04d}-W{number:02d}")


def _week_numbered(year: int, number: int, week_start: int) -> Period:
    fourth = date(year, 1, 4)  # always in week 1
    week = _week(fourth + timedelta(weeks=number - 1), week_start)
    if not number or week.label != f"{year:04d}-W{number:02d}":
        raise ValueError(f"{year} has no week {number}")
    return week


def _walk(start: date, end: date, grain: Grain, fiscal: Fiscal) -> Iterator[Period]:
    period = period_of(start, grain, fiscal)
    while period.start < end:
        yield period
        period = next_period(period, grain, fiscal)
