"""The bottleneck by what it costs. The numbers are worked out by hand in the comments."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.analysis.funnel import Funnel, Step, funnel

# 1000 leads, 400 qualified, 100 deals, 25 won. Proposal → won has always been hard (25 %, usually 26 %);
# qualification fell from 50 to 40 %.
STEPS = [
    Step("Lead", "Qualified", 1000, 400, usual_entered=4000, usual_passed=2000),
    Step("Qualified", "Deal", 400, 100, usual_entered=2000, usual_passed=480),
    Step("Deal", "Won", 100, 25, usual_entered=480, usual_passed=125),
]


def gains(result: Funnel) -> list[Fraction | None]:
    return [step.gain_in_wins for step in result.steps]


def test_the_bottleneck_is_the_step_that_costs_most_not_the_lowest_rate() -> None:
    result = funnel(STEPS, deal_size=20_000, currency="USD")
    assert [step.rate for step in result.steps] == [Fraction(2, 5), Fraction(1, 4), Fraction(1, 4)]
    assert result.overall == Fraction(25, 1000)
    # (0.50 − 0.40) × 1000 × 0.25 × 0.25; (0.24 − 0.25) × 400 × 0.25; (125/480 − 0.25) × 100
    assert gains(result) == [Fraction("6.25"), Fraction(-1), Fraction(100 * 5, 480)]
    assert result.bottleneck is result.steps[0]
    assert result.steps[0].gain == 125_000
    assert result.sentence == (
        "The bottleneck is Lead → Qualified: 40 % pass, usually 50 % (−10 pp)."
        " At its usual rate it would bring USD 125 k (6.25 wins) more."
    )


def test_without_a_deal_size_gains_are_wins() -> None:
    result = funnel(STEPS)
    assert result.steps[0].gain is None
    assert result.sentence.endswith("it would bring 6.25 wins more.")


def test_few_cases_are_said_to_be_few() -> None:
    result = funnel([Step("Deal", "Won", 20, 4, usual_entered=400, usual_passed=100)])
    assert result.bottleneck is not None
    assert result.bottleneck.may_be_chance
    assert result.sentence.endswith("it would bring 1 win more. With 20 cases this may still be chance.")
    assert not funnel(STEPS).steps[0].may_be_chance


def test_an_immature_step_is_no_bottleneck() -> None:
    young = Step("Lead", "Qualified", 1000, 400, still_open=101, usual_entered=4000, usual_passed=2000)
    result = funnel([young, *STEPS[1:]])
    assert not result.steps[0].mature
    assert result.steps[0].maturity == Fraction(899, 1000)
    assert result.steps[0].note == "10.1 % still open"
    assert result.bottleneck is result.steps[2]
    old_enough = Step("Lead", "Qualified", 1000, 400, still_open=100, usual_entered=4000, usual_passed=2000)
    assert funnel([old_enough, *STEPS[1:]]).bottleneck is not None
    assert funnel([old_enough, *STEPS[1:]]).steps[0].mature


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], "Nobody entered this funnel in the period."),
        ([Step("Deal", "Won", 0, 0)], "Nobody entered this funnel in the period."),
        (
            [Step("Deal", "Won", 10, 1, 5)],
            "It is too early to name a bottleneck: in every step too many are still open.",
        ),
        (
            [Step("Deal", "Won", 10, 1)],
            "There are no earlier quarters to compare with, so no bottleneck can be named.",
        ),
        (
            [Step("Deal", "Won", 10, 5, usual_entered=10, usual_passed=5)],
            "No step lets fewer through than it usually does.",
        ),
    ],
)
def test_without_a_bottleneck_the_reason_is_told(steps: list[Step], sentence: str) -> None:
    result = funnel(steps)
    assert result.bottleneck is None
    assert result.sentence == sentence


def test_a_step_that_nobody_entered_has_no_rate_and_the_steps_before_no_gain() -> None:
    result = funnel([STEPS[0], Step("Qualified", "Won", 0, 0, usual_entered=10, usual_passed=5)])
    assert result.overall is None
    assert result.steps[1].rate is None
    assert result.steps[1].note == "nobody entered"
    assert gains(result) == [None, None]


def test_more_out_than_in_is_refused() -> None:
    with pytest.raises(ValueError, match="8 passed and 3 are open of 10 in Deal"):
        funnel([Step("Deal", "Won", 10, 8, still_open=3)])


steps = st.integers(1, 500).flatmap(
    lambda entered: st.builds(
        Step,
        st.just("a"),
        st.just("b"),
        st.just(entered),
        st.integers(1, entered),
        usual_entered=st.just(100),
        usual_passed=st.integers(0, 100),
    )
)


@given(st.lists(steps, min_size=1, max_size=5), st.integers(1, 10_000))
def test_the_bottleneck_gains_most_whatever_a_deal_is_worth(parts: list[Step], size: int) -> None:
    result, in_money = funnel(parts), funnel(parts, deal_size=size)
    positive = [gain for gain in gains(result) if gain and gain > 0]
    assert (result.bottleneck is None) == (not positive)
    if result.bottleneck is not None and in_money.bottleneck is not None:
        assert result.bottleneck.gain_in_wins == max(positive)
        assert in_money.bottleneck.gain == max(positive) * size


@given(st.lists(steps, min_size=1, max_size=5))
def test_restoring_one_step_adds_exactly_its_gain(parts: list[Step]) -> None:
    """Of a funnel that hangs together: wins after − wins before, with one rate put back to its usual value."""
    for index, step in enumerate(parts):
        rest = Fraction(1)
        for later in parts[index + 1 :]:
            rest *= Fraction(later.passed, later.entered)
        wins = step.entered * Fraction(step.passed, step.entered) * rest
        restored = step.entered * Fraction(step.usual_passed or 0, 100) * rest
        assert funnel(parts).steps[index].gain_in_wins == restored - wins
    assert funnel(parts).overall == _wins_per_entrant(parts)


def _wins_per_entrant(parts: list[Step]) -> Fraction:
    product = Fraction(1)
    for step in parts:
        product *= Fraction(step.passed, step.entered)
    return product
