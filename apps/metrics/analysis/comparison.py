"""With which earlier days a period is compared, so that the comparison is fair. Pure dates.

A running period is compared only as far as its data goes. Months, quarters and years compare with the same dates of
the year before; weeks and days with those 364 days before, so that weekdays meet weekdays. So do the periods of a year
by weeks: after a year of 53 weeks its first week is left out, and holidays meet holidays.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from apps.common.calendars import WorkingCalendar
from apps.common.dates import day_told, period_told
from apps.common.periods import (
    Fiscal,
    Grain,
    Period,
    add_months,
    custom_period,
    fiscal_year,
    grain_of,
    previous_period,
)
from apps.metrics.analysis.numbers import NoAnswer

ONE_DAY = timedelta(days=1)
A_YEAR_OF_WEEKS = timedelta(days=364)


@dataclass(frozen=True)
class Comparison:
    """Two runs of days, half-open, with the working days in each.

    `missing_days`: how many days of the earlier run lie before the data begins. `sentence` says all of it.
    """

    current: Period
    earlier: Period
    working_days: int
    earlier_working_days: int
    missing_days: int
    sentence: str


def same_period_last_year(
    period: Period,
    through: date,
    calendar: WorkingCalendar,
    *,
    fiscal: Fiscal = 1,
    data_from: date | None = None,
) -> Comparison | NoAnswer:
    """The period as far as it has come (`through`: the last day with data), and the same days a year earlier.

    The last day of a month meets the last day of that month: 29 February is compared with 28 February, and all of
    February with all of February. `data_from`: the first day with data.
    """
    current = _so_far(period, through)
    if current is None:
        return _not_begun(period)
    if _compares_weekdays(period, fiscal):
        earlier = custom_period(current.start - A_YEAR_OF_WEEKS, current.end - A_YEAR_OF_WEEKS)
    else:
        earlier = custom_period(_year_before(current.start), _year_before(current.last_day) + ONE_DAY)
    return _compared(current, earlier, calendar, data_from, fiscal, whole=current == period)


def same_working_days_before(
    period: Period,
    through: date,
    calendar: WorkingCalendar,
    *,
    fiscal: Fiscal = 1,
    data_from: date | None = None,
) -> Comparison | NoAnswer:
    """The period before, cut after as many working days as this one has behind it; whole with whole once it is over.

    Days off behind the last working day count where they count here. If the period before had fewer working days, it
    is taken whole. A period that is no week, month, quarter or year meets as many days directly before it.
    """
    current = _so_far(period, through)
    if current is None:
        return _not_begun(period)
    before = _before(period, fiscal)
    if current == period:
        return _compared(current, before, calendar, data_from, fiscal, whole=True)
    passed = calendar.count(current.start, current.end)
    if not passed:
        return NoAnswer(f"No working day has passed since {day_told(period.start)}.")
    end = _after_working_days(before, passed, calendar, days_off_too=not calendar.is_working(current.last_day))
    earlier = custom_period(before.start, end)
    return _compared(current, earlier, calendar, data_from, fiscal, whole=False)


# --- inside ----------------------------------------------------------------------------------------------------------


def _so_far(period: Period, through: date) -> Period | None:
    if through < period.start:
        return None
    return period if through >= period.last_day else custom_period(period.start, through + ONE_DAY)


def _not_begun(period: Period) -> NoAnswer:
    return NoAnswer(f"There is no data since {day_told(period.start)} yet, so there is nothing to compare.")


def _compares_weekdays(period: Period, fiscal: Fiscal) -> bool:
    grain = grain_of(period.label)
    if grain in (Grain.WEEK, Grain.DAY):
        return True
    calendar_month = grain is Grain.MONTH and "P" not in period.label
    return grain is not None and not calendar_month and not fiscal_year(fiscal).by_months


def _year_before(day: date) -> date:
    """The same date; the last day of a month is the last day of that month."""
    if (day + ONE_DAY).day == 1:
        return add_months(day + ONE_DAY, -12) - ONE_DAY
    return add_months(day, -12)


def _before(period: Period, fiscal: Fiscal) -> Period:
    grain = grain_of(period.label)
    if grain is None:
        return custom_period(period.start - (period.end - period.start), period.start)
    return previous_period(period, grain, fiscal)


def _after_working_days(period: Period, passed: int, calendar: WorkingCalendar, *, days_off_too: bool) -> date:
    """The day after so many working days of the period, at most its end."""
    day = period.start
    while day < period.end and passed:
        passed -= calendar.is_working(day)
        day += ONE_DAY
    while days_off_too and day < period.end and not calendar.is_working(day):
        day += ONE_DAY
    return day


def _compared(
    current: Period,
    earlier: Period,
    calendar: WorkingCalendar,
    data_from: date | None,
    fiscal: Fiscal,
    *,
    whole: bool,
) -> Comparison:
    days, earlier_days = calendar.count(current.start, current.end), calendar.count(earlier.start, earlier.end)
    missing = 0 if data_from is None else max(0, (min(data_from, earlier.end) - earlier.start).days)
    told, earlier_told = (period_told(run.start, run.end, fiscal) for run in (current, earlier))
    sentence = f"{told} compared with {earlier_told}: {_working_days(days, earlier_days)}."
    if not whole:
        sentence = f"So far, {sentence}"
    if missing:
        sentence += f" {_missing_told(missing, earlier, data_from)}"
    return Comparison(current, earlier, days, earlier_days, missing, sentence)


def _working_days(days: int, earlier_days: int) -> str:
    unit = "working day" if earlier_days == 1 else "working days"
    return f"{days} {unit} each" if days == earlier_days else f"{days} against {earlier_days} {unit}"


def _missing_told(missing: int, earlier: Period, data_from: date | None) -> str:
    all_days = (earlier.end - earlier.start).days
    if missing == all_days or data_from is None:
        return "There is no data of that time."
    verb = "is" if missing == 1 else "are"
    return (
        f"The data begins on {day_told(data_from)}: {missing} of {all_days} days {verb} missing from what this is"
        " compared with."
    )
