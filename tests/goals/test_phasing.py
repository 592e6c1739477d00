"""How a target spreads over its period."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.common.errors import Refusal
from apps.goals.phasing import (
    LINEAR,
    WORKING_DAYS,
    Curve,
    by_amounts,
    linearity,
    parts_of,
    passed,
    retargeted,
    seasonal,
    spread,
)

START, END = date(2026, 10, 1), date(2027, 1, 1)
MONTHS = [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)]
OFFICE = WorkingCalendar("1111100", frozenset({date(2026, 12, 25)}))
SHARES = [Decimal("0.2"), Decimal("0.3"), Decimal("0.5")]


def test_elapsed_days_are_counted_as_the_published_examples_do_with_closed_days() -> None:
    """domain.md O29: Hive, goal 31 over 1-31 March, on 10 March 10; Engagedly, 1-30 April, on 15 April half."""
    march = passed(LINEAR, OFFICE, date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 10))
    assert march * 31 == 10
    assert passed(LINEAR, OFFICE, date(2026, 4, 1), date(2026, 5, 1), date(2026, 4, 15)) == Fraction(1, 2)


def test_working_days_pass_only_on_working_days() -> None:
    friday, sunday = date(2026, 11, 6), date(2026, 11, 8)
    assert passed(WORKING_DAYS, OFFICE, START, END, friday) == passed(WORKING_DAYS, OFFICE, START, END, sunday)
    assert passed(WORKING_DAYS, OFFICE, START, END, friday) == Fraction(27, 65)


def test_parts_pass_one_after_the_other_and_within_by_working_days() -> None:
    curve = Curve(parts_of(MONTHS, END, SHARES))
    assert passed(curve, OFFICE, START, END, date(2026, 10, 31)) == Fraction(1, 5)
    assert passed(curve, OFFICE, START, END, date(2026, 11, 30)) == Fraction(1, 2)
    assert passed(curve, OFFICE, START, END, date(2026, 11, 13)) == Fraction(1, 5) + Fraction(3, 10) * Fraction(10, 21)


def test_linearity_follows_its_steps() -> None:
    curve = Curve(steps=(Fraction(1, 10), Fraction(3, 10), Fraction(1)))
    end = START + timedelta(days=30)
    everyday = WorkingCalendar("1111111")
    assert passed(curve, everyday, START, end, START + timedelta(days=9)) == Fraction(1, 10)
    assert passed(curve, everyday, START, end, START + timedelta(days=14)) == Fraction(2, 10)
    assert passed(curve, everyday, START, end, START + timedelta(days=29)) == 1


CURVES = st.sampled_from(
    [
        LINEAR,
        WORKING_DAYS,
        Curve(parts_of(MONTHS, END, SHARES)),
        Curve(steps=(Fraction(1, 9), Fraction(5, 9), Fraction(1))),
    ]
)


@given(CURVES, st.integers(-5, 100), st.integers(0, 30))
def test_every_curve_rises_from_nothing_to_the_whole(curve: Curve, day: int, later: int) -> None:
    through = START + timedelta(days=day)
    now = passed(curve, OFFICE, START, END, through)
    assert 0 <= now <= passed(curve, OFFICE, START, END, through + timedelta(days=later)) <= 1
    assert passed(curve, OFFICE, START, END, None) == 0
    assert passed(curve, OFFICE, START, END, END - timedelta(days=1)) == 1


def test_shares_that_do_not_sum_to_a_hundred_percent_are_refused_with_their_sum() -> None:
    with pytest.raises(Refusal, match=r"sum to 99\.9 %"):
        parts_of(MONTHS, END, [Decimal("0.2"), Decimal("0.3"), Decimal("0.499")])


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=3).filter(any), st.decimals(1, 10_000_000, places=2))
def test_phased_parts_sum_to_the_target(amounts: list[int], target: Decimal) -> None:
    parts = by_amounts(MONTHS, END, [Decimal(amount) for amount in amounts])
    assert sum(spread(target, parts)) == target


@given(st.integers(0, 91), st.decimals(1, 10_000_000, places=2), st.decimals(1, 10_000_000, places=2))
def test_a_new_target_leaves_what_was_due_and_sums_to_itself(day: int, before: Decimal, after: Decimal) -> None:
    parts, from_day = parts_of(MONTHS, END, SHARES), START + timedelta(days=day)
    yesterday = from_day - timedelta(days=1)
    due = passed(Curve(parts), OFFICE, START, END, yesterday) * Fraction(before)
    if due > Fraction(after) or (due == Fraction(before) != Fraction(after)):
        with pytest.raises(Refusal):
            retargeted(parts, before, after, from_day, OFFICE)
        return
    changed = retargeted(parts, before, after, from_day, OFFICE)
    assert sum(part.share for part in changed) == 1
    assert passed(Curve(changed), OFFICE, START, END, yesterday) * Fraction(after) == due


def test_a_season_is_the_mean_of_the_shares_of_two_years_or_more() -> None:
    years = [[Decimal(10), Decimal(30), Decimal(60)], [Decimal(300), Decimal(300), Decimal(400)]]
    assert [part.share for part in seasonal(MONTHS, END, years)] == [Fraction(1, 5), Fraction(3, 10), Fraction(1, 2)]
    with pytest.raises(Refusal, match="two full years"):
        seasonal(MONTHS, END, years[:1])


def test_linearity_is_the_median_of_earlier_periods() -> None:
    periods = [[Decimal(x) for x in each] for each in ([10, 50, 100], [20, 40, 100], [30, 60, 100], [0, 90, 100])]
    assert linearity(periods) == (Fraction(15, 100), Fraction(55, 100), Fraction(1))
    with pytest.raises(Refusal, match="four earlier periods"):
        linearity(periods[:3])
