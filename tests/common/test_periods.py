"""Periods: labels, fiscal years, ISO weeks (oracle O26), half-open ends."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.fiscal import PATTERNS, FiscalYear
from apps.common.periods import (
    Grain,
    Period,
    PeriodError,
    add_months,
    custom_period,
    grain_of,
    next_period,
    parse_period,
    period_of,
    periods_between,
    previous_period,
)

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
FISCAL_STARTS = st.integers(1, 12)
GRAINS = st.sampled_from([grain for grain in Grain if grain is not Grain.ALL])


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2017", date(2017, 1, 1), date(2018, 1, 1)),
        ("2017-Q3", date(2017, 7, 1), date(2017, 10, 1)),
        ("2017-03", date(2017, 3, 1), date(2017, 4, 1)),
        ("2016-02", date(2016, 2, 1), date(2016, 3, 1)),
        ("2017-W12", date(2017, 3, 20), date(2017, 3, 27)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 4)),
        ("2017-12-31", date(2017, 12, 31), date(2018, 1, 1)),
        ("2017-03-01..2017-04-15", date(2017, 3, 1), date(2017, 4, 15)),
    ],
)
def test_a_label_names_its_days(label: str, start: date, end: date) -> None:
    period = parse_period(label)
    assert (period.start, period.end, period.label) == (start, end, label)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2017", date(2016, 7, 1), date(2017, 7, 1)),
        ("2017-Q1", date(2016, 7, 1), date(2016, 10, 1)),
        ("2017-Q4", date(2017, 4, 1), date(2017, 7, 1)),
        ("2017-03", date(2017, 3, 1), date(2017, 4, 1)),
    ],
)
def test_a_fiscal_year_is_named_after_the_year_it_ends_in(label: str, start: date, end: date) -> None:
    period = parse_period(label, fiscal=7)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2003, 12, 29), "2004-W01"),
        (date(2004, 1, 4), "2004-W01"),
        (date(2020, 12, 31), "2020-W53"),
        (date(2021, 1, 3), "2020-W53"),
        (date(2021, 1, 4), "2021-W01"),
    ],
)
def test_weeks_are_iso_weeks(day: date, label: str) -> None:
    assert period_of(day, Grain.WEEK).label == label


@pytest.mark.parametrize(
    "text",
    ["", "last year", "2017-13", "2017-W54", "2017-W60", "2017-Q5", "2017-02-30", "17-03", "9999", "9999-W52", "0000"],
)
def test_a_label_that_is_no_period_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(PeriodError, match=r"is not a period.*\.$"):
        parse_period(text)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(PeriodError, match=r"ends .* before it starts"):
        parse_period("2017-04-15..2017-03-01")
    with pytest.raises(PeriodError):
        custom_period(date(2017, 1, 1), date(2017, 1, 1))


def test_the_end_is_the_first_day_that_no_longer_counts() -> None:
    march = parse_period("2017-03")
    assert date(2017, 3, 1) in march
    assert date(2017, 3, 31) in march
    assert date(2017, 4, 1) not in march
    assert march.last_day == date(2017, 3, 31)


def test_no_period_lies_between_a_day_and_itself() -> None:
    assert periods_between(date(2017, 3, 10), date(2017, 3, 10), Grain.MONTH) == []
    assert periods_between(date(2017, 3, 10), date(2017, 3, 5), Grain.MONTH) == []


def test_periods_between_include_those_that_only_touch() -> None:
    labels = [period.label for period in periods_between(date(2017, 1, 31), date(2017, 3, 2), Grain.MONTH)]
    assert labels == ["2017-01", "2017-02", "2017-03"]
    assert [p.label for p in periods_between(date(2017, 1, 31), date(2017, 3, 1), Grain.MONTH)][-1] == "2017-02"


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2017, 1, 31), 1, date(2017, 2, 28)),
        (date(2016, 1, 31), 1, date(2016, 2, 29)),
        (date(2017, 12, 31), 2, date(2018, 2, 28)),
        (date(2017, 3, 31), -1, date(2017, 2, 28)),
        (date(2017, 1, 15), -13, date(2015, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result


@given(DAYS, GRAINS, FISCAL_STARTS)
def test_every_day_lies_in_the_period_found_for_it(day: date, grain: Grain, fiscal: int) -> None:
    assert day in period_of(day, grain, fiscal)


@given(DAYS, GRAINS, FISCAL_STARTS)
def test_a_label_leads_back_to_its_period(day: date, grain: Grain, fiscal: int) -> None:
    period = period_of(day, grain, fiscal)
    assert parse_period(period.label, fiscal) == period
    assert grain_of(period.label) is grain


@given(DAYS, GRAINS, FISCAL_STARTS)
def test_periods_follow_each_other_without_gap(day: date, grain: Grain, fiscal: int) -> None:
    period = period_of(day, grain, fiscal)
    following = next_period(period, grain, fiscal)
    assert following.start == period.end
    assert previous_period(following, grain, fiscal) == period


@given(DAYS, st.integers(1, 800), GRAINS, FISCAL_STARTS)
def test_the_periods_between_two_days_cover_them_once(day: date, length: int, grain: Grain, fiscal: int) -> None:
    end = day + timedelta(days=length)
    found: list[Period] = periods_between(day, end, grain, fiscal)
    assert found[0].start <= day
    assert found[-1].start < end <= found[-1].end
    assert all(first.end == second.start for first, second in pairwise(found))


@given(DAYS, FISCAL_STARTS)
def test_four_quarters_make_the_fiscal_year(day: date, fiscal: int) -> None:
    year = period_of(day, Grain.YEAR, fiscal)
    quarters = periods_between(year.start, year.end, Grain.QUARTER, fiscal)
    assert [quarter.label for quarter in quarters] == [f"{year.label}-Q{number}" for number in (1, 2, 3, 4)]
    assert (quarters[0].start, quarters[-1].end) == (year.start, year.end)


def test_all_time_has_no_bounds() -> None:
    with pytest.raises(PeriodError):
        period_of(date(2017, 1, 1), Grain.ALL)
    assert grain_of("2017-03-01..2017-04-15") is None


RETAIL = FiscalYear(start_month=2, pattern="4-5-4", rule="nearest", weekday=5, named_after="start", week_start=6)


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2023", date(2023, 1, 29), date(2024, 2, 4)),
        ("2023-Q4", date(2023, 10, 29), date(2024, 2, 4)),
        ("2023-P02", date(2023, 2, 26), date(2023, 4, 2)),
        ("2023-02", date(2023, 2, 1), date(2023, 3, 1)),
    ],
)
def test_labels_of_a_year_by_weeks(label: str, start: date, end: date) -> None:
    period = parse_period(label, RETAIL)
    assert (period.start, period.end, period.label) == (start, end, label)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 6), st.sampled_from([*PATTERNS]))
def test_the_period_of_a_day_is_the_one_its_label_names(day: date, week_start: int, pattern: str) -> None:
    fiscal = FiscalYear(7, pattern, "nearest", 4, week_start=week_start)
    for grain in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        period = period_of(day, grain, fiscal)
        assert day in period
        assert parse_period(period.label, fiscal) == period
        assert previous_period(next_period(period, grain, fiscal), grain, fiscal) == period


def test_weeks_from_sunday_belong_to_the_year_that_most_of_their_days_are_in() -> None:
    assert period_of(date(2026, 1, 1), Grain.WEEK, RETAIL).label == "2025-W53"
    assert period_of(date(2026, 1, 4), Grain.WEEK, RETAIL).start == date(2026, 1, 4)


@pytest.mark.parametrize("label", ["2023-P13", "2023-P00"])
def test_a_period_that_the_year_does_not_have_is_refused_with_how_many_it_has(label: str) -> None:
    with pytest.raises(PeriodError, match="its year has 12 periods"):
        parse_period(label, RETAIL)
    with pytest.raises(PeriodError, match="cut by months"):
        parse_period(label)
