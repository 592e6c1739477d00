from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from apps.common.dates import day_told, moment_told, period_told


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), "2026"),
        (date(2026, 10, 1), date(2027, 1, 1), "Q4 2026"),
        (date(2026, 11, 1), date(2026, 12, 1), "Nov 2026"),
        (date(2026, 7, 1), date(2027, 1, 1), "Jul – Dec 2026"),
        (date(2026, 11, 1), date(2027, 2, 1), "Nov 2026 – Jan 2027"),
        (date(2026, 10, 3), date(2026, 11, 15), "3 Oct – 14 Nov 2026"),
        (date(2026, 12, 20), date(2027, 1, 6), "20 Dec 2026 – 5 Jan 2027"),
        (date(2026, 10, 3), date(2026, 10, 4), "3 Oct 2026"),
        (date(2026, 10, 3), date(2026, 10, 10), "3 Oct – 9 Oct 2026"),
    ],
)
def test_a_period_is_told_as_people_say_it(start: date, end: date, told: str) -> None:
    assert period_told(start, end) == told


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (date(2025, 4, 1), date(2026, 4, 1), "FY 2026"),
        (date(2026, 1, 1), date(2026, 4, 1), "Q4 FY 2026"),
        (date(2026, 4, 1), date(2026, 7, 1), "Q1 FY 2027"),
        (date(2026, 1, 1), date(2027, 1, 1), "Jan – Dec 2026"),
        (date(2026, 2, 1), date(2026, 5, 1), "Feb – Apr 2026"),
        (date(2026, 11, 1), date(2026, 12, 1), "Nov 2026"),
    ],
)
def test_quarters_and_years_are_those_of_the_fiscal_year(start: date, end: date, told: str) -> None:
    assert period_told(start, end, fiscal=4) == told


def test_a_day_has_no_leading_nought() -> None:
    assert day_told(date(2025, 3, 1)) == "1 Mar 2025"


def test_a_moment_is_told_in_the_time_zone_of_the_workspace() -> None:
    moment = datetime(2026, 11, 14, 23, 30, tzinfo=UTC)
    assert moment_told(moment) == "14 Nov 2026, 23:30"
    assert moment_told(moment, ZoneInfo("Europe/Berlin")) == "15 Nov 2026, 00:30"
