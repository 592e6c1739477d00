"""Years by weeks, against calendars that others published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.fiscal import PATTERNS, FiscalYear

SATURDAY, SUNDAY = 5, 6
RETAIL = FiscalYear(start_month=2, pattern="4-5-4", rule="nearest", weekday=SATURDAY, named_after="start", week_start=6)


def ends(fiscal: FiscalYear, years: range) -> list[str]:
    return [(fiscal.year(year)[1] - timedelta(days=1)).isoformat() for year in years]


def test_years_that_end_on_the_last_saturday_of_august() -> None:
    """domain.md O24, from pandas' tests and filings."""
    fiscal = FiscalYear(9, "4-4-5", "last", SATURDAY)
    assert ends(fiscal, range(2006, 2009)) == ["2006-08-26", "2007-08-25", "2008-08-30"]
    assert ends(fiscal, range(2012, 2014)) == ["2012-08-25", "2013-08-31"]


def test_years_that_end_on_the_saturday_nearest_to_the_end_of_august() -> None:
    """domain.md O24."""
    fiscal = FiscalYear(9, "4-4-5", "nearest", SATURDAY)
    assert ends(fiscal, range(2006, 2008)) == ["2006-09-02", "2007-09-01"]
    assert ends(fiscal, range(2011, 2013)) == ["2011-09-03", "2012-09-01"]
    assert ends(fiscal, range(2016, 2017)) == ["2016-09-03"]


def test_years_that_end_on_the_sunday_nearest_to_the_end_of_december() -> None:
    """domain.md O24: Johnson & Johnson, years 2004 to 2008, and 2009 to 2012."""
    fiscal = FiscalYear(1, "4-4-5", "nearest", SUNDAY)
    published = ["2005-01-02", "2006-01-01", "2006-12-31", "2007-12-30", "2008-12-28", "2010-01-03", "2011-01-02",
                 "2012-01-01", "2012-12-30"]  # fmt: skip
    assert ends(fiscal, range(2004, 2013)) == published


def test_the_retail_calendar_has_53_weeks_in_the_published_years() -> None:
    """domain.md §4.5: the NRF calendar, 2006, 2012, 2017 and 2023."""
    assert [year for year in range(2004, 2026) if RETAIL.weeks_in(year) == 53] == [2006, 2012, 2017, 2023]


def test_the_retail_calendar_cuts_4_5_4_and_gives_week_53_to_its_last_period() -> None:
    """NRF 2023: from 29 January 2023 to 3 February 2024."""
    periods = RETAIL.periods(2023)
    assert periods[0] == (date(2023, 1, 29), date(2023, 2, 26))
    assert periods[1] == (date(2023, 2, 26), date(2023, 4, 2))
    assert periods[-1] == (date(2023, 12, 31), date(2024, 2, 4))
    assert [(end - start).days // 7 for start, end in periods] == [4, 5, 4] * 3 + [4, 5, 5]


def test_thirteen_periods_make_quarters_of_3_3_3_and_4() -> None:
    fiscal = FiscalYear(1, "13x4", "last", SATURDAY)
    assert len(fiscal.periods(2026)) == 13
    assert [(end - start).days // 7 for start, end in fiscal.quarters(2026)] == [12, 12, 12, 16]


CALENDARS = st.builds(
    FiscalYear,
    start_month=st.integers(1, 12),
    pattern=st.sampled_from(PATTERNS),
    rule=st.sampled_from(["last", "nearest"]),
    weekday=st.integers(0, 6),
    named_after=st.sampled_from(["start", "end"]),
)


@given(CALENDARS, st.dates(date(1990, 1, 1), date(2080, 1, 1)))
def test_every_day_is_in_one_period_of_one_quarter_of_its_year(fiscal: FiscalYear, day: date) -> None:
    number = fiscal.year_of(day)
    start, end = fiscal.year(number)
    assert start <= day < end == fiscal.year(number + 1)[0]
    for runs in (fiscal.periods(number), fiscal.quarters(number)):
        assert [first for first, _ in runs] == [start, *(last for _, last in runs[:-1])]
        assert sum(first <= day < last for first, last in runs) == 1
    assert fiscal.by_months or fiscal.weeks_in(number) in (52, 53)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_year_by_months_is_named_after_its_end_unless_said_otherwise(month: int) -> None:
    assert FiscalYear(month).year(2026)[0] == date(2026 - (month > 1), month, 1)
    assert FiscalYear(month, named_after="start").year(2026)[0] == date(2026, month, 1)
