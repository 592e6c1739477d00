"""Which day is the next check-in."""

from datetime import date

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.goals.cadences import next_check_in

WEEKDAYS = WorkingCalendar()
YEAR = FiscalYear()
Q4 = (date(2025, 10, 1), date(2026, 1, 1))  # from a Wednesday to a Wednesday


def asked(cadence: str, today: date, calendar: WorkingCalendar = WEEKDAYS) -> date | None:
    return next_check_in(cadence, *Q4, today, calendar, YEAR)


def test_every_week_is_on_its_first_working_day_today_included() -> None:
    assert asked("weekly", date(2025, 11, 14)) == date(2025, 11, 17)
    assert asked("weekly", date(2025, 11, 17)) == date(2025, 11, 17)
    assert asked("weekly", date(2025, 11, 18)) == date(2025, 11, 24)


def test_a_holiday_moves_it_to_the_next_working_day() -> None:
    monday_off = WorkingCalendar(holidays=frozenset({date(2025, 11, 17)}))
    assert asked("weekly", date(2025, 11, 14), monday_off) == date(2025, 11, 18)
    assert asked("weekly", date(2025, 11, 18), monday_off) == date(2025, 11, 18)


def test_every_two_weeks_counts_from_the_week_in_which_the_period_begins() -> None:
    assert asked("fortnightly", date(2025, 10, 2)) == date(2025, 10, 13)
    assert asked("fortnightly", date(2025, 10, 14)) == date(2025, 10, 27)


def test_every_month_is_on_its_first_working_day() -> None:
    assert asked("monthly", date(2025, 10, 15)) == date(2025, 11, 3)
    assert asked("monthly", date(2025, 12, 2)) == date(2026, 1, 1)  # the last look, when the result is there


def test_every_quarter_is_at_its_beginning_and_when_the_result_is_there() -> None:
    assert asked("quarterly", date(2025, 10, 1)) == date(2025, 10, 1)
    assert asked("quarterly", date(2025, 10, 2)) == date(2026, 1, 1)
    assert asked("quarterly", date(2026, 1, 2)) is None


def test_before_the_period_it_is_in_its_first_days() -> None:
    assert asked("weekly", date(2025, 9, 10)) == date(2025, 10, 1)
