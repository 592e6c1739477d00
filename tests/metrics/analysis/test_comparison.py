"""Which days are compared with which. Dates checked by hand; the missing days are those of a public report."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, Period, parse_period, period_of
from apps.metrics.analysis.comparison import Comparison, same_period_last_year, same_working_days_before
from apps.metrics.analysis.numbers import NoAnswer

CALENDAR = WorkingCalendar()


def last_year(label: str, through: date, data_from: date | None = None) -> Comparison:
    comparison = same_period_last_year(parse_period(label), through, CALENDAR, data_from=data_from)
    assert isinstance(comparison, Comparison)
    return comparison


def before(label: str, through: date, calendar: WorkingCalendar = CALENDAR) -> Comparison:
    comparison = same_working_days_before(parse_period(label), through, calendar)
    assert isinstance(comparison, Comparison)
    return comparison


def days(period: Period) -> tuple[str, str]:
    return period.start.isoformat(), period.last_day.isoformat()


# --- the year before -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "through", "expected"),
    [
        ("2025-03", date(2025, 12, 31), ("2024-03-01", "2024-03-31")),
        ("2025-03", date(2025, 3, 10), ("2024-03-01", "2024-03-10")),
        ("2025-Q2", date(2025, 5, 20), ("2024-04-01", "2024-05-20")),
        ("2025", date(2026, 1, 5), ("2024-01-01", "2024-12-31")),
        ("2025-02", date(2025, 3, 1), ("2024-02-01", "2024-02-29")),  # all of February with all of February
        ("2024-02", date(2024, 3, 1), ("2023-02-01", "2023-02-28")),
        ("2024-02", date(2024, 2, 29), ("2023-02-01", "2023-02-28")),
        ("2024-02", date(2024, 2, 28), ("2023-02-01", "2023-02-28")),  # the same date
        ("2024-Q1", date(2024, 2, 29), ("2023-01-01", "2023-02-28")),
        ("2025-Q1", date(2025, 2, 28), ("2024-01-01", "2024-02-29")),
        ("2024-02-29..2024-03-05", date(2024, 12, 31), ("2023-02-28", "2023-03-04")),
        ("2025-W12", date(2025, 12, 31), ("2024-03-18", "2024-03-24")),  # Monday to Sunday
        ("2025-W12", date(2025, 3, 19), ("2024-03-18", "2024-03-20")),
        ("2020-W53", date(2021, 1, 3), ("2019-12-30", "2020-01-05")),
        ("2024-02-29", date(2024, 12, 31), ("2023-03-02", "2023-03-02")),  # a Thursday with a Thursday
    ],
)
def test_the_same_days_of_the_year_before(label: str, through: date, expected: tuple[str, str]) -> None:
    assert days(last_year(label, through).earlier) == expected


def test_the_sentence_says_what_is_compared_and_how_many_working_days_that_is() -> None:
    whole, part = last_year("2025-03", date(2025, 4, 1)), last_year("2025-03", date(2025, 3, 10))
    assert whole.sentence == "Mar 2025 compared with Mar 2024: 21 working days each."
    assert part.sentence == "So far, 1 Mar – 10 Mar 2025 compared with 1 Mar – 10 Mar 2024: 6 working days each."
    leap = last_year("2025-02", date(2025, 3, 1))
    assert leap.sentence == "Feb 2025 compared with Feb 2024: 20 against 21 working days."


def test_days_missing_from_the_year_before_are_told() -> None:
    """A public weekly report compared 269 days with a year whose data begins on 5 January, and did not say so."""
    comparison = last_year("2022", date(2022, 9, 26), data_from=date(2021, 1, 5))
    assert comparison.missing_days == 4
    assert comparison.sentence.endswith(
        "The data begins on 5 Jan 2021: 4 of 269 days are missing from what this is compared with."
    )
    assert last_year("2022", date(2022, 9, 26), data_from=date(2020, 6, 1)).missing_days == 0
    nothing = last_year("2022-03", date(2022, 9, 26), data_from=date(2021, 9, 1))
    assert nothing.missing_days == 31
    assert nothing.sentence.endswith("There is no data of that time.")


# --- the period before -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "through", "expected"),
    [
        ("2025-03", date(2025, 3, 10), ("2025-02-01", "2025-02-10")),  # six working days each
        ("2025-02", date(2025, 2, 5), ("2025-01-01", "2025-01-03")),  # three
        ("2025-06", date(2025, 6, 8), ("2025-05-01", "2025-05-07")),  # five, through a Sunday: 7 May is a Wednesday
        ("2025-09", date(2025, 9, 7), ("2025-08-01", "2025-08-07")),
        ("2025-08", date(2025, 8, 3), ("2025-07-01", "2025-07-01")),  # one, a Friday, with a Tuesday
        ("2025-03", date(2025, 3, 31), ("2025-02-01", "2025-02-28")),  # over: whole with whole
        ("2025-03", date(2025, 3, 30), ("2025-02-01", "2025-02-28")),  # 20 of 21; February has no more
        ("2025-Q2", date(2025, 4, 15), ("2025-01-01", "2025-01-15")),
        ("2025-W12", date(2025, 3, 19), ("2025-03-10", "2025-03-12")),
        ("2025-03-11..2025-03-21", date(2025, 12, 31), ("2025-03-01", "2025-03-10")),
    ],
)
def test_the_period_before_up_to_the_same_working_day(label: str, through: date, expected: tuple[str, str]) -> None:
    assert days(before(label, through).earlier) == expected


def test_weekends_behind_the_last_working_day_count_on_both_sides_or_on_none() -> None:
    assert days(before("2025-W12", date(2025, 3, 21)).earlier)[1] == "2025-03-14"
    assert days(before("2025-W12", date(2025, 3, 22)).earlier)[1] == "2025-03-16"
    sunday = before("2025-08", date(2025, 8, 10))
    assert sunday.working_days == sunday.earlier_working_days == 6
    assert days(sunday.earlier)[1] == "2025-07-08"  # a Tuesday: no weekend follows


def test_a_quarter_has_the_name_it_has_in_the_fiscal_year() -> None:
    quarter = parse_period("2026-Q1", 4)
    comparison = same_working_days_before(quarter, date(2026, 1, 1), CALENDAR, fiscal=4)
    assert isinstance(comparison, Comparison)
    assert comparison.sentence == "Q1 FY 2026 compared with Q4 FY 2025: 65 against 64 working days."
    a_year = same_period_last_year(quarter, date(2026, 1, 1), CALENDAR, fiscal=4)
    assert isinstance(a_year, Comparison)
    assert a_year.sentence == "Q1 FY 2026 compared with Q1 FY 2025: 65 working days each."


def test_a_holiday_is_no_working_day() -> None:
    calendar = WorkingCalendar(holidays=frozenset({date(2025, 1, 1)}))
    comparison = before("2025-02", date(2025, 2, 5), calendar)
    assert days(comparison.earlier) == ("2025-01-01", "2025-01-06")
    assert comparison.sentence == ("So far, 1 Feb – 5 Feb 2025 compared with 1 Jan – 6 Jan 2025: 3 working days each.")


def test_without_a_working_day_or_data_there_is_nothing_to_compare() -> None:
    assert same_working_days_before(parse_period("2025-03"), date(2025, 3, 2), CALENDAR) == NoAnswer(
        "No working day has passed since 1 Mar 2025."
    )
    nothing = NoAnswer("There is no data since 1 Mar 2025 yet, so there is nothing to compare.")
    assert same_working_days_before(parse_period("2025-03"), date(2025, 2, 20), CALENDAR) == nothing
    assert same_period_last_year(parse_period("2025-03"), date(2025, 2, 20), CALENDAR) == nothing


# --- properties ------------------------------------------------------------------------------------------------------

grains = st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR])
some_day = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(some_day, grains, st.integers(0, 366))
def test_the_period_before_has_as_many_working_days_or_all_it_has(day: date, grain: Grain, passed: int) -> None:
    period = period_of(day, grain)
    comparison = same_working_days_before(period, period.start + timedelta(days=passed), CALENDAR)
    assume(isinstance(comparison, Comparison))
    assert isinstance(comparison, Comparison)
    assert comparison.earlier.end <= period.start
    whole_before = CALENDAR.count(comparison.earlier.start, period.start)
    if comparison.current != period:
        assert comparison.earlier_working_days == min(comparison.working_days, whole_before)
    else:
        assert comparison.earlier.end == period.start


@given(some_day, grains, st.integers(0, 366))
def test_the_year_before_is_a_year_before(day: date, grain: Grain, passed: int) -> None:
    period = period_of(day, grain)
    comparison = same_period_last_year(period, period.start + timedelta(days=passed), CALENDAR)
    assert isinstance(comparison, Comparison)
    assert 364 <= (comparison.current.start - comparison.earlier.start).days <= 366
    length = comparison.current.end - comparison.current.start
    assert abs(length - (comparison.earlier.end - comparison.earlier.start)) <= timedelta(days=1)
    if grain is Grain.WEEK:
        assert comparison.earlier.start.weekday() == comparison.current.start.weekday()


RETAIL = FiscalYear(start_month=2, pattern="4-5-4", rule="nearest", weekday=5, named_after="start", week_start=6)


def test_after_a_year_of_53_weeks_a_retail_period_leaves_its_first_week_out() -> None:
    """NRF restates 2023, which has 53 weeks: February 2024 (from 4 February) meets 5 February to 4 March 2023."""
    february = parse_period("2024-P01", RETAIL)
    assert february.start == date(2024, 2, 4)
    found = same_period_last_year(february, february.last_day, WorkingCalendar(), fiscal=RETAIL)
    assert isinstance(found, Comparison)
    assert (found.earlier.start, found.earlier.end) == (date(2023, 2, 5), date(2023, 3, 5))
