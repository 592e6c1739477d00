"""How an organisation cuts its year: by months, or by weeks that end on or near a weekday at the end of a month.

A year by weeks has 52 or 53 of them. It ends on the last `weekday` of the month before `start_month`, or on the one
nearest to that month's end; a 53rd week belongs to its last period. Quarters of 13 periods have 3, 3, 3 and 4.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(weeks=1)
WEEKS = {
    "4-4-5": (4, 4, 5) * 4,
    "4-5-4": (4, 5, 4) * 4,
    "5-4-4": (5, 4, 4) * 4,
    "13x4": (4,) * 13,
}
BY_MONTHS = "month"
PATTERNS = (BY_MONTHS, *WEEKS)

Run = tuple[date, date]  # half-open


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """`weekday`: 0 is Monday. `named_after`: whether a year bears the number of the calendar year of its start or end.

    `week_start` is the first day of a week, 0 for ISO weeks.
    """

    start_month: int = 1
    pattern: str = BY_MONTHS
    rule: str = "last"  # last | nearest
    weekday: int = 5
    named_after: str = "end"
    week_start: int = 0

    @property
    def by_months(self) -> bool:
        return self.pattern == BY_MONTHS

    @property
    def is_calendar_year(self) -> bool:
        return self.by_months and self.start_month == 1

    def year(self, number: int) -> Run:
        """First day and first day after the year of this number. OverflowError or ValueError outside the calendar."""
        if self.by_months:
            return self._first_of(number), self._first_of(number + 1)
        return self._ends_on(number - 1) + ONE_DAY, self._ends_on(number) + ONE_DAY

    def year_of(self, day: date) -> int:
        """The number of the year that the day belongs to."""
        return next(number for number in range(day.year - 2, day.year + 3) if day < self.year(number)[1])

    def quarters(self, number: int) -> tuple[Run, ...]:
        parts = self.periods(number)
        size = len(parts) // 4
        firsts = [parts[size * quarter][0] for quarter in range(4)]
        return tuple(zip(firsts, [*firsts[1:], parts[-1][1]], strict=True))

    def periods(self, number: int) -> tuple[Run, ...]:
        """The months of the year, or its 12 or 13 periods of whole weeks."""
        start, end = self.year(number)
        if self.by_months:
            firsts = [_month_later(start, months) for months in range(12)]
        else:
            before = accumulate(WEEKS[self.pattern][:-1], initial=0)
            firsts = [start + weeks * ONE_WEEK for weeks in before]
        return tuple(zip(firsts, [*firsts[1:], end], strict=True))

    def weeks_in(self, number: int) -> int:
        """52 or 53, for years by weeks."""
        start, end = self.year(number)
        return (end - start).days // 7

    def _first_of(self, number: int) -> date:
        """The first day of a year by months."""
        earlier = self.start_month > 1 and self.named_after == "end"
        return date(number - earlier, self.start_month, 1)

    def _ends_on(self, number: int) -> date:
        """The last day of a year by weeks."""
        later = self.start_month > 1 and self.named_after == "start"
        month_end = _month_later(date(number + later, self.start_month, 1), 0 if self.start_month > 1 else 12) - ONE_DAY
        back = timedelta(days=(month_end.weekday() - self.weekday) % 7)
        last = month_end - back
        if self.rule == "nearest" and back > timedelta(days=3):
            last += ONE_WEEK
        return last


def _month_later(day: date, months: int) -> date:
    """The first of a month, so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
