"""What if: deals × win rate × size on own figures, exact, each lever with what it adds."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.goals.whatif import Levers, Pipeline, Position, points_needed, what_if

WEEKDAYS = WorkingCalendar()
# 20 working days are left: 17 November to 12 December 2025
POSITION = Position(Fraction(800_000), Fraction(1_000_000), date(2025, 11, 17), date(2025, 12, 13), WEEKDAYS)
# one deal decided a day, one of five won, 40 k each: 20 × 20 % × 40 k = 160 k still to come
PIPELINE = Pipeline(Fraction(250), Fraction(50), Fraction(2_000_000), 250)


def asked(**levers: int) -> Levers:
    return Levers(**{name: Fraction(value) for name, value in levers.items()})


def test_nothing_turned_is_what_the_own_figures_bring() -> None:
    answer = what_if(POSITION, PIPELINE, Levers())
    assert answer.forecast == answer.as_is == 960_000
    assert answer.steps == ()
    assert not answer.is_in_time
    # 200 k are missing, 8 k come a working day: 25 working days from 17 November
    assert answer.reached_on == date(2025, 12, 19)


def test_three_points_five_percent_and_four_deals_by_hand() -> None:
    answer = what_if(POSITION, PIPELINE, asked(points=3, size=5, deals=4))
    # 24 deals × 23 % × 42 k = 231,840
    assert answer.forecast == 1_031_840
    assert [(step.lever, step.adds) for step in answer.steps] == [
        ("win_rate", 24_000),  # 20 × 3 % × 40 k
        ("size", 9_200),  # 20 × 23 % × 2 k
        ("deals", 38_640),  # 4 × 23 % × 42 k
    ]
    # 200 k at 11,592 a day are 17.3 days: the 18th working day
    assert (answer.reached_on, answer.is_in_time) == (date(2025, 12, 10), True)


@given(points=st.integers(-20, 20), size=st.integers(-50, 50), deals=st.integers(-30, 30), won=st.integers(1, 250))
def test_the_steps_add_up_to_the_cent(points: int, size: int, deals: int, won: int) -> None:
    pipeline = Pipeline(Fraction(250), Fraction(won), Fraction(1_000_001, 3), 250)
    answer = what_if(POSITION, pipeline, asked(points=points, size=size, deals=deals))
    assert answer.as_is + sum(step.adds for step in answer.steps) == answer.forecast
    assert answer.forecast >= POSITION.value
    assert 0 <= answer.win_rate <= 1


def test_the_points_that_would_do_alone() -> None:
    needed = points_needed(POSITION, PIPELINE)
    assert needed == 5  # 20 × 25 % × 40 k = 200 k
    assert what_if(POSITION, PIPELINE, Levers(points=needed)).forecast == POSITION.target


def test_no_rate_is_enough_for_a_target_out_of_reach() -> None:
    far = Position(Fraction(0), Fraction(10**9), POSITION.today, POSITION.ends_on, WEEKDAYS)
    assert points_needed(far, PIPELINE) is None
    assert what_if(far, PIPELINE, Levers()).reached_on is None


def test_a_target_that_is_met_is_met_today() -> None:
    over = Position(Fraction(1_000_000), Fraction(1_000_000), POSITION.today, POSITION.ends_on, WEEKDAYS)
    assert what_if(over, PIPELINE, Levers()).reached_on == POSITION.today


def test_without_a_won_deal_there_is_nothing_to_go_by() -> None:
    assert not Pipeline(Fraction(10), Fraction(0), Fraction(0), 250).is_enough
    with pytest.raises(ZeroDivisionError):
        what_if(POSITION, Pipeline(Fraction(10), Fraction(0), Fraction(0), 250), Levers())
