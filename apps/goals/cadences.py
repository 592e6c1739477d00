"""On which days a goal is looked at: its next check-in by its cadence. Pure."""

from datetime import date, timedelta

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, Period, next_period, period_of

GRAINS = {"weekly": Grain.WEEK, "fortnightly": Grain.WEEK, "monthly": Grain.MONTH, "quarterly": Grain.QUARTER}
ONE_DAY = timedelta(days=1)
LONGEST_BREAK = 30  # days without a working day


def next_check_in(
    cadence: str, starts_on: date, ends_on: date, today: date, calendar: WorkingCalendar, fiscal: FiscalYear
) -> date | None:
    """The first working day of the next week, month or quarter of the goal's period, today included.

    Fortnights count from the week in which the period begins. The last look is on the first working day after the
    period, when its result is there; after that there is none.
    """
    grain = GRAINS[cadence]
    first = period_of(starts_on, grain, fiscal)
    last = _working(ends_on, calendar)
    at = period_of(max(today, starts_on), grain, fiscal)
    while at.start < ends_on:
        day = _working(max(at.start, starts_on), calendar)
        if day >= today and _is_due(cadence, first, at):
            return min(day, last)
        at = next_period(at, grain, fiscal)
    return last if last >= today else None


def _is_due(cadence: str, first: Period, at: Period) -> bool:
    return cadence != "fortnightly" or (at.start - first.start).days // 7 % 2 == 0


def _working(day: date, calendar: WorkingCalendar) -> date:
    """This day, or the next working one."""
    return next((each for each in (day + n * ONE_DAY for n in range(LONGEST_BREAK)) if calendar.is_working(each)), day)
