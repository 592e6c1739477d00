"""How a period and its past are cut: equal sub-periods before it, and earlier periods to have forecast from. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, period_of, periods_between

ONE_DAY = timedelta(days=1)
MOST_ORIGINS = 12
YEARS_BEFORE = 4  # of sub-periods before the oldest origin: three for the seasons, one to compare with
LONGEST_PAST = 16  # years: no business is what it was before
WORDS = {1: "month", 2: "two-month period", 3: "quarter", 4: "four-month period", 6: "half-year", 12: "year"}


@dataclass(frozen=True)
class Origin:
    """An earlier period of the same length, up to the day by which the same part of it had passed.

    `before` is how many of the sub-periods lie before it; `share` is W on that day.
    """

    start: date
    end: date
    point: date  # first day after what had closed
    before: int
    share: float


@dataclass(frozen=True)
class Past:
    """`parts` are the sub-periods before the period, oldest first; `ahead` of them make one period."""

    parts: tuple[tuple[date, date], ...]
    ahead: int
    seasons: int
    word: str

    @property
    def words(self) -> str:
        """The earlier periods by name: quarters."""
        return f"{self.word}s"


@lru_cache(maxsize=1024)
def past_of(start: date, end: date, fiscal: FiscalYear, *, whole: bool) -> Past:
    """The past of the period [start, end). Months where it is made of them, weeks where of those, else runs of days.

    `whole`: each part is as long as the period itself (for what does not add up).
    """
    months = _months_in(start, end, fiscal)
    if months:
        ahead, seasons, edges = (
            months,
            (12 if fiscal.by_months else _periods_a_year(start, fiscal)),
            _back(start, fiscal),
        )
        word = WORDS.get(months, "period") if fiscal.by_months else _word_by_weeks(start, end, fiscal)
    else:
        length = (end - start).days
        weeks = length // 7 if length % 7 == 0 else 0
        ahead, step = (weeks, 7) if weeks else (1, length)
        seasons, edges = max(round(364 / step), 1), _steps(start, step)
        word = "week" if length == 7 else f"period of {length} days" if not weeks else f"{weeks}-week period"
    wanted = min((MOST_ORIGINS * ahead) + YEARS_BEFORE * seasons, LONGEST_PAST * seasons)
    days = [start]
    for edge in edges:
        days.append(edge)
        if len(days) > wanted:
            break
    parts = list(pairwise(days[::-1]))
    if whole and ahead > 1:
        parts = [(parts[at][0], parts[at + ahead - 1][1]) for at in range(len(parts) % ahead, len(parts), ahead)]
        seasons = max(round(seasons / ahead), 1)
        ahead = 1
    return Past(tuple(parts), ahead, seasons, word)


@lru_cache(maxsize=4096)
def origins_of(past: Past, calendar: WorkingCalendar, closed: int, total: int) -> tuple[Origin, ...]:
    """Up to MOST_ORIGINS earlier periods with the same part of the working days closed, oldest first.

    Shares here are those of working days; who has another curve brings its own (the share of the goal itself).
    """
    found = []
    for back in range(1, min(MOST_ORIGINS, len(past.parts) // past.ahead) + 1):
        before = len(past.parts) - back * past.ahead
        start, end = past.parts[before][0], past.parts[before + past.ahead - 1][1]
        point, share = _at(calendar, start, end, closed / total)
        if start < point < end:
            found.append(Origin(start, end, point, before, share))
    return tuple(reversed(found))


def _at(calendar: WorkingCalendar, start: date, end: date, share: float) -> tuple[date, float]:
    """The day by which so much of the working days had closed, and how much that is; by the calendar without any."""
    total = calendar.count(start, end)
    if not total:
        days = round(share * (end - start).days)
        return start + timedelta(days=days), days / (end - start).days
    wanted = round(share * total)
    low, high = 0, (end - start).days
    while low < high:
        middle = (low + high) // 2
        if calendar.count(start, start + timedelta(days=middle)) < wanted:
            low = middle + 1
        else:
            high = middle
    return start + timedelta(days=low), wanted / total


def _months_in(start: date, end: date, fiscal: FiscalYear) -> int:
    """How many months of the calendar the period is made of; 0 if it is not."""
    months = periods_between(start, end, Grain.MONTH, fiscal)
    return len(months) if months and months[0].start == start and months[-1].end == end else 0


def _periods_a_year(start: date, fiscal: FiscalYear) -> int:
    year = period_of(start, Grain.YEAR, fiscal)
    return len(periods_between(year.start, year.end, Grain.MONTH, fiscal))


def _word_by_weeks(start: date, end: date, fiscal: FiscalYear) -> str:
    for grain in (Grain.QUARTER, Grain.YEAR):
        period = period_of(start, grain, fiscal)
        if (period.start, period.end) == (start, end):
            return grain.value
    return "period"


def _back(start: date, fiscal: FiscalYear) -> Iterator[date]:
    """The first days of the months before, the newest first."""
    day = start
    while day.year > 2:
        day = period_of(day - ONE_DAY, Grain.MONTH, fiscal).start
        yield day


def _steps(start: date, days: int) -> Iterator[date]:
    day = start
    while day.year > 2:
        day -= timedelta(days=days)
        yield day
