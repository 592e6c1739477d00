"""Expected, attainment and what is needed: worked numbers of the oracles and properties of the arithmetic."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.goals import pace
from apps.goals.pace import Course, Days
from tests.goals.cases import EVERY_DAY

AMOUNTS = st.decimals(-(10**7), 10**7, places=4, allow_nan=False)
PASSED = st.integers(1, 400).flatmap(lambda total: st.builds(Days, st.integers(0, total), st.just(total)))


@pytest.mark.parametrize(
    ("target", "start", "end", "through", "expected"),
    [
        (31, date(2025, 3, 1), date(2025, 4, 1), date(2025, 3, 10), 10),  # Hive
        (100, date(2025, 4, 1), date(2025, 5, 1), date(2025, 4, 15), 50),  # Engagedly
        (30, date(2025, 1, 1), date(2025, 2, 1), date(2025, 1, 15), 15),  # Recruiterflow: exactly 14.52
    ],
)
def test_o29_a_day_counts_once_it_is_over_of_all_days(
    target: int, start: date, end: date, through: date, expected: int
) -> None:
    """Ours is closed days / all days, as these three have it; ours counts working days, so here every day works."""
    passed = pace.days(EVERY_DAY, start, end, through)
    assert round(pace.expected(Decimal(target), Decimal(0), passed)) == expected


def test_o29_the_last_day_makes_it_whole_but_the_first_is_not_nothing() -> None:
    """Unlike Viva Goals, whose first day is 0 %: a first day that is over has passed."""
    start, end = date(2025, 4, 1), date(2025, 5, 1)
    assert pace.days(EVERY_DAY, start, end, start) == Days(1, 30)
    assert pace.days(EVERY_DAY, start, end, date(2025, 4, 30)) == Days(30, 30)
    assert pace.days(EVERY_DAY, start, end, date(2025, 6, 30)).share == 1
    assert pace.days(EVERY_DAY, start, end, date(2025, 3, 31)) == Days(0, 30)
    assert pace.days(EVERY_DAY, start, end, None) == Days(0, 30)


def test_weekends_and_holidays_expect_nothing() -> None:
    start, end = date(2025, 11, 3), date(2025, 11, 17)
    friday, sunday = date(2025, 11, 7), date(2025, 11, 9)
    assert pace.days(WorkingCalendar(), start, end, friday) == pace.days(WorkingCalendar(), start, end, sunday)
    with_holiday = WorkingCalendar(holidays=frozenset({date(2025, 11, 11)}))
    assert pace.days(with_holiday, start, end, friday) == Days(5, 9)


def test_a_weekend_goal_passes_by_calendar_days() -> None:
    saturday = date(2025, 11, 8)
    assert pace.days(WorkingCalendar(), saturday, saturday + timedelta(days=2), saturday) == Days(1, 2)


@pytest.mark.parametrize(
    ("value", "baseline", "target", "attained"),
    [
        (1_350_000, 1_000_000, 1_500_000, "0.7"),
        (420, 500, 400, "0.8"),
        (220, 0, 250, "0.88"),
        (480, 220, 500, "0.9286"),
        (170, 0, 100, "1.7"),
        (90, 100, 120, "-0.5"),
    ],
)
def test_o30_attainment_is_the_way_gone_of_the_way_to_go(value: int, baseline: int, target: int, attained: str) -> None:
    found = pace.attainment(Decimal(value), Decimal(baseline), Decimal(target))
    assert found is not None
    assert round(found, 4) == Decimal(attained)


def test_without_a_way_to_go_there_is_no_attainment() -> None:
    assert pace.attainment(Decimal(5), Decimal(7), Decimal(7)) is None
    assert pace.attainment(Decimal(5), None, Decimal(10)) == Decimal("0.5")


@given(AMOUNTS, AMOUNTS)
def test_attainment_is_0_at_the_baseline_and_1_at_the_target_up_and_down(baseline: Decimal, target: Decimal) -> None:
    assume(baseline != target)
    assert pace.attainment(baseline, baseline, target) == 0
    assert pace.attainment(target, baseline, target) == 1


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from([Decimal(1000), Decimal("0.001"), Decimal(60), Decimal("1.25")]))
def test_attainment_does_not_depend_on_the_unit(
    value: Decimal, baseline: Decimal, target: Decimal, factor: Decimal
) -> None:
    assume(baseline != target)
    plain = pace.attainment(value, baseline, target)
    scaled = pace.attainment(value * factor, baseline * factor, target * factor)
    assert plain is not None
    assert scaled == plain


@given(AMOUNTS, AMOUNTS, st.integers(1, 400))
def test_the_expected_path_leads_from_the_base_to_the_target(target: Decimal, base: Decimal, total: int) -> None:
    assert pace.expected(target, base, Days(0, total)) == base
    assert pace.expected(target, base, Days(total, total)) == target
    steps = [pace.expected(target, base, Days(closed, total)) for closed in range(total + 1)]
    ways = {(later > now) - (later < now) for now, later in pairwise(steps)}
    assert len(ways) == 1


def test_needed_per_day_beside_achieved_per_day() -> None:
    """300 target, 120 done in 42 of 63 days: 8.57 a day are needed, 2.86 were made: 3 times today's pace."""
    passed = Days(42, 63)
    needed = pace.needed_per_day(Decimal(120), Decimal(300), passed)
    so_far = pace.achieved_per_day(Decimal(120), passed)
    assert needed is not None
    assert so_far is not None
    assert (round(needed, 2), round(so_far, 2)) == (Decimal("8.57"), Decimal("2.86"))
    assert round(needed / so_far, 1) == Decimal("3.0")


def test_nothing_is_needed_once_reached_and_nothing_helps_without_days() -> None:
    assert pace.needed_per_day(Decimal(300), Decimal(300), Days(42, 63)) == 0
    assert pace.needed_per_day(Decimal(299), Decimal(300), Days(63, 63)) is None
    assert pace.achieved_per_day(Decimal(0), Days(0, 63)) is None


@given(st.decimals(0, 10**6, places=2), st.decimals(1, 10**6, places=2), PASSED)
def test_what_is_needed_each_day_leads_to_the_target(value: Decimal, target: Decimal, passed: Days) -> None:
    needed = pace.needed_per_day(value, target, passed)
    if needed is None:
        assert value < target
        assert passed.left == 0
    elif value < target:
        assert abs(value + needed * passed.left - target) < Decimal("1e-15")


def test_the_required_rate_makes_up_for_the_rate_so_far() -> None:
    """27 of 100 with half of the period over: 33 of the next 100 make 60 of 200, the 30 % wanted."""
    assert pace.required_rate(Decimal(27), Decimal(100), Decimal("0.3"), Days(33, 66)) == (Decimal("0.33"), 100)
    assert pace.required_rate(Decimal(27), Decimal(100), Decimal("0.3"), Days(66, 66)) is None
    assert pace.required_rate(Decimal(0), Decimal(0), Decimal("0.3"), Days(33, 66)) is None


@given(st.integers(0, 500), st.integers(1, 500), st.decimals("0.01", 1, places=2), PASSED)
def test_the_whole_comes_to_the_target_at_the_required_rate(
    won: int, decided: int, target: Decimal, passed: Days
) -> None:
    required = pace.required_rate(Decimal(won), Decimal(decided), target, passed)
    assume(required is not None)
    assert required is not None
    rate, rest = required
    assert abs((won + rate * rest) / (decided + rest) - target) < Decimal("1e-15")


@pytest.mark.parametrize(
    ("kind", "direction", "baseline", "course", "base"),
    [
        ("flow", "up", None, Course.CUMULATIVE, 0),
        ("flow", "up", 1_000, Course.CUMULATIVE, 0),  # last quarter's revenue is no head start
        ("stock", "up", 80, Course.GLIDE, 80),
        ("stock", "down", 120, Course.GLIDE, 120),
        ("stock", "up", None, Course.LEVEL, 0),
        ("stock", "up", 110, Course.LEVEL, 0),  # there already: keep it
        ("ratio", "up", 80, Course.LEVEL, 0),
        ("mean", "down", 120, Course.LEVEL, 0),
        ("composite", "up", 80, Course.LEVEL, 0),
    ],
)
def test_each_kind_has_its_course(kind: str, direction: str, baseline: int | None, course: Course, base: int) -> None:
    given_baseline = None if baseline is None else Decimal(baseline)
    assert pace.course_of(kind, direction, given_baseline, Decimal(100)) == (course, base)


@pytest.mark.parametrize(
    ("start", "end", "first", "number"),
    [
        (date(2025, 11, 10), date(2025, 11, 17), date(2025, 11, 11), 7),
        (date(2025, 11, 1), date(2025, 12, 1), date(2025, 11, 3), 5),
        (date(2025, 10, 1), date(2026, 1, 1), date(2025, 10, 6), 14),
        (date(2025, 1, 1), date(2026, 1, 1), date(2025, 2, 1), 12),
        (date(2025, 1, 15), date(2026, 7, 15), date(2025, 2, 1), 19),
    ],
)
def test_points_are_days_then_weeks_then_months(start: date, end: date, first: date, number: int) -> None:
    points = pace.series_points(start, end)
    assert (points[0], points[-1], len(points)) == (first, end, number)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 560))
def test_points_rise_within_the_period_and_end_with_it(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    points = pace.series_points(start, end)
    assert points[-1] == end
    assert all(now < later for now, later in pairwise((start, *points)))
    assert len(points) <= 21
    longest = 1 if length <= 21 else 7 if length <= 100 else 31
    assert all((later - now).days <= longest for now, later in pairwise((start, *points)))


def test_a_running_line_ends_with_the_last_day_covered() -> None:
    start, end = date(2025, 10, 1), date(2026, 1, 1)
    assert pace.points_until(start, end, date(2025, 10, 14)) == (
        date(2025, 10, 6),
        date(2025, 10, 13),
        date(2025, 10, 15),
    )
    assert pace.points_until(start, end, date(2025, 10, 12))[-2:] == (date(2025, 10, 6), date(2025, 10, 13))
    assert pace.points_until(start, end, date(2027, 1, 1)) == pace.series_points(start, end)
    assert pace.points_until(start, end, start) == (date(2025, 10, 2),)
    assert pace.points_until(start, end, date(2025, 9, 30)) == pace.points_until(start, end, None) == ()


def test_the_path_of_a_chart_ends_at_the_target() -> None:
    start, end = date(2025, 10, 1), date(2026, 1, 1)
    points = pace.series_points(start, end)
    path = pace.expected_path(
        points,
        calendar=WorkingCalendar(),
        start=start,
        end=end,
        kind="flow",
        direction="up",
        baseline=None,
        target=Decimal(66),
    )
    assert path[0] == (date(2025, 10, 6), 3)
    assert path[-1] == (end, 66)
    level = pace.expected_path(
        points,
        calendar=WorkingCalendar(),
        start=start,
        end=end,
        kind="ratio",
        direction="up",
        baseline=None,
        target=Decimal("0.3"),
    )
    assert {value for _, value in level} == {Decimal("0.3")}
