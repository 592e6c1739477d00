"""Chances of reaching a target, and whether those that were told came true."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.goals.forecast.calibration import brier, covered, reliability
from apps.goals.forecast.chance import chance_of, in_words, pipeline_chance

DEALS = [(Decimal(50_000), 0.9), (Decimal(120_000), 0.5), (Decimal(80_000), 0.5), (Decimal(200_000), 0.2),
         (Decimal(30_000), 0.7)]  # fmt: skip


def test_the_pipeline_of_the_reference_reaches_its_target_in_53_of_100_cases() -> None:
    """domain.md O20: 100 k won, target 300 k; the weighted sum of 306 k looks safer than it is."""
    assert sum(float(amount) * chance for amount, chance in DEALS) == pytest.approx(206_000)
    assert pipeline_chance(DEALS, Decimal(200_000)) == pytest.approx(0.526, abs=5e-4)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), max_size=7),
    st.integers(-10, 900),
)
def test_the_chance_is_that_of_counting_every_case(deals: list[tuple[int, float]], needed: int) -> None:
    exact = 0.0
    for won in product((0, 1), repeat=len(deals)):
        if sum(amount for (amount, _), yes in zip(deals, won, strict=True) if yes) >= needed:
            exact += float(
                np.prod([chance if yes else 1 - chance for (_, chance), yes in zip(deals, won, strict=True)])
            )
    found = pipeline_chance([(Decimal(amount), chance) for amount, chance in deals], Decimal(needed))
    assert found == pytest.approx(exact, abs=1e-9)


def test_thousands_of_uneven_amounts_are_no_trouble() -> None:
    dice = np.random.default_rng(3)
    deals = [(Decimal(int(amount)) / 100, 0.3) for amount in dice.integers(1, 10_000_000, 2_000)]
    mean = sum(float(amount) * 0.3 for amount, _ in deals)
    assert pipeline_chance(deals, Decimal(round(mean))) == pytest.approx(0.5, abs=0.02)


def test_a_chance_is_the_share_of_earlier_errors_that_would_have_reached_the_target() -> None:
    errors = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
    assert chance_of(100, 100, errors) == pytest.approx(0.6)
    assert chance_of(100, 100, errors, lower_is_better=True) == pytest.approx(0.6)
    assert chance_of(100, 125, errors) == 0


def test_a_chance_is_told_in_five_words() -> None:
    told = [in_words(chance) for chance in (0.95, 0.7, 0.526, 0.1, 0.05)]
    assert told == ["very likely", "likely", "open", "unlikely", "very unlikely"]


def test_the_brier_score_of_a_coin_is_a_quarter() -> None:
    assert brier([(0.5, True), (0.5, False)]) == 0.25
    assert brier([(1.0, True), (0.0, False)]) == 0
    assert brier([]) is None


def test_the_reliability_table_holds_every_forecast_once() -> None:
    told = [(0.05, False), (0.75, True), (0.8, False), (1.0, True)]
    table = reliability(told)
    assert sum(each.count for each in table) == 4
    seventy = next(each for each in table if each.low == 0.7)
    assert (seventy.count, seventy.told, seventy.came) == (2, pytest.approx(0.775), 0.5)
    assert table[-1].came == 1.0


def test_coverage_is_the_share_of_intervals_that_held() -> None:
    assert covered([(0, 10, 5), (0, 10, 10), (0, 10, 11)]) == pytest.approx(2 / 3)
    assert covered([]) is None
