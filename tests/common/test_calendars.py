"""Working days (oracle O27) and the share of a period that has closed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
CALENDARS = st.builds(
    WorkingCalendar,
    weekmask=st.sampled_from(["1111100", "1111111", "1111110", "0111100", "1000000"]),
    holidays=st.frozensets(st.dates(date(2020, 1, 1), date(2020, 12, 31)), max_size=20),
)


@pytest.mark.parametrize(
    ("weekmask", "start", "end", "days"),
    [
        ("1111100", date(2011, 1, 1), date(2011, 2, 1), 21),
        ("1111100", date(2011, 1, 1), date(2012, 1, 1), 260),
        ("0000010", date(2011, 1, 1), date(2012, 1, 1), 53),
    ],
)
def test_working_days_are_counted_as_numpy_documents(weekmask: str, start: date, end: date, days: int) -> None:
    assert WorkingCalendar(weekmask=weekmask).count(start, end) == days


def test_a_holiday_is_off_but_not_twice_on_a_weekend() -> None:
    calendar = WorkingCalendar(holidays=frozenset({date(2011, 1, 3), date(2011, 1, 8)}))
    assert calendar.count(date(2011, 1, 1), date(2011, 2, 1)) == 20
    assert not calendar.is_working(date(2011, 1, 3))
    assert not calendar.is_working(date(2011, 1, 8))
    assert calendar.is_working(date(2011, 1, 4))


def test_no_days_lie_in_a_run_that_ends_before_it_starts() -> None:
    assert WorkingCalendar().count(date(2011, 2, 1), date(2011, 1, 1)) == 0


def test_a_share_counts_the_last_day_covered_as_closed() -> None:
    week = date(2025, 11, 10)
    end = week + timedelta(days=7)
    calendar = WorkingCalendar()
    assert calendar.share(week, end, None) == 0.0
    assert calendar.share(week, end, week - timedelta(days=1)) == 0.0
    assert calendar.share(week, end, week) == 0.2
    assert calendar.share(week, end, week + timedelta(days=4)) == 1.0
    assert calendar.share(week, end, end + timedelta(days=9)) == 1.0


def test_a_period_without_working_days_passes_by_calendar_days() -> None:
    saturday = date(2025, 11, 15)
    assert WorkingCalendar().share(saturday, saturday + timedelta(days=2), saturday) == 0.5


@given(CALENDARS, DAYS, st.integers(0, 200), st.integers(0, 200))
def test_counts_of_neighbouring_runs_add_up(calendar: WorkingCalendar, day: date, first: int, second: int) -> None:
    middle, end = day + timedelta(days=first), day + timedelta(days=first + second)
    assert calendar.count(day, middle) + calendar.count(middle, end) == calendar.count(day, end)


@given(CALENDARS, st.dates(date(2019, 6, 1), date(2021, 6, 1)), st.integers(0, 120))
def test_a_count_is_the_number_of_days_that_work(calendar: WorkingCalendar, day: date, length: int) -> None:
    days = [day + timedelta(days=number) for number in range(length)]
    assert calendar.count(day, day + timedelta(days=length)) == sum(map(calendar.is_working, days))


@given(CALENDARS, DAYS, st.integers(1, 200), st.integers(-5, 210))
def test_the_share_never_falls_as_days_close(calendar: WorkingCalendar, start: date, length: int, passed: int) -> None:
    end, through = start + timedelta(days=length), start + timedelta(days=passed)
    now, later = calendar.share(start, end, through), calendar.share(start, end, through + timedelta(days=1))
    assert 0.0 <= now <= later <= 1.0
    assert calendar.share(start, end, end - timedelta(days=1)) == 1.0
