"""Each step of the ladder, its track record, and which one is taken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.forecast.backtest import FEWEST_ORIGINS, Record, chosen, record_of
from apps.goals.forecast.known import Known
from apps.goals.forecast.ladder import METHODS, totals
from apps.goals.forecast.levels import values

NAN = float("nan")
YEAR = [80.0, 90, 100, 110, 100, 90, 60, 50, 100, 120, 130, 170]


def known(to_date: float, share: float, months: list[float], pipeline: float = NAN, ahead: int = 3) -> Known:
    one = np.array
    return Known(one([to_date]), one([share]), one([months]), 12, ahead, one([pipeline]))


def test_a_run_rate_divides_by_what_has_passed_of_the_phased_curve() -> None:
    assert totals(known(120, 0.4, [1.0]))["run_rate"][0] == pytest.approx(300)


def test_a_run_rate_says_nothing_in_the_first_days() -> None:
    assert np.isnan(totals(known(120, 0.14, [1.0]))["run_rate"][0])


def test_last_year_is_taken_at_the_level_of_the_last_twelve_months() -> None:
    """The quarter after December: 80 + 90 + 100 a year ago, and the year came to 1.1 times the one before."""
    months = [*YEAR, *(month * 1.1 for month in YEAR)]
    assert totals(known(0, 0.0, months))["last_year"][0] == pytest.approx((88 + 99 + 110) * 1.1)


def test_without_two_years_nothing_is_said_of_last_year_and_without_three_nothing_is_smoothed() -> None:
    found = totals(known(50, 0.5, YEAR))
    assert np.isnan(found["last_year"][0])
    assert np.isnan(found["smoothed"][0])
    assert found["median"][0] == found["run_rate"][0]


def test_a_steady_season_is_smoothed_to_itself_for_the_rest_of_the_period() -> None:
    found = totals(known(100, 0.25, YEAR * 4))
    assert found["smoothed"][0] == pytest.approx(100 + 270 * 0.75, rel=1e-6)


def test_a_gap_in_the_history_is_no_zero() -> None:
    assert np.isnan(totals(known(100, 0.25, [NAN, *YEAR * 4][:48]))["smoothed"][0])


def test_the_pipeline_is_added_to_what_was_won() -> None:
    assert totals(known(100, 0.5, [1.0], pipeline=206))["pipeline"][0] == 306


def test_the_median_is_the_middle_of_what_has_an_answer() -> None:
    found = totals(known(120, 0.4, YEAR * 2, pipeline=100))  # 300, 270, none, 220
    assert found["median"][0] == pytest.approx(270)
    assert set(found) == set(METHODS)


def test_a_rate_is_its_passed_part_and_the_usual_rest() -> None:
    one = Known(np.array([0.5]), np.array([0.25]), np.array([[0.2, 0.3, 0.3, 0.4]]), 4, 1, np.array([NAN]))
    found = values(one)
    assert found["so_far"][0] == 0.5
    assert found["blended"][0] == pytest.approx(0.25 * 0.5 + 0.75 * 0.3)
    assert found["last_year"][0] == pytest.approx(0.2)


def test_a_track_record_tells_errors_bias_and_the_comparison_with_naive() -> None:
    forecasts, came, naive = np.array([100.0, 110, 120, 130]), np.array([110.0, 110, 100, 130]), np.array([90.0] * 4)
    record = record_of("run_rate", forecasts, came, naive)
    assert record is not None
    assert record.origins == 4
    assert record.wape == pytest.approx(30 / 450)
    assert record.bias == pytest.approx(10 / 450)
    assert record.scaled == pytest.approx((30 / 4) / ((20 + 20 + 10 + 40) / 4))
    assert record.errors == pytest.approx([0.1, 0, -1 / 6, 0])
    assert not record.qualifies, "four origins are too few"


def test_the_published_scaled_error_comes_out() -> None:
    """domain.md O19 (sktime): MASE 0.183333 against the naive forecast within the training values."""
    misses = np.array([2.5, 0, 2, 8, 1.25]) - np.array([3, -0.5, 2, 7, 2])
    steps = np.abs(np.diff([5, 0.5, 4, 6, 3, 5, 2])).mean()
    assert np.abs(misses).mean() / steps == pytest.approx(0.183333, abs=1e-6)
    naive = np.array([3 + steps, -0.5 + steps, 2 + steps, 7 + steps, 2 + steps])
    record = record_of("any", np.array([2.5, 1e-9, 2, 8, 1.25]), np.array([3, -0.5, 2, 7, 2.0]), naive)
    assert record is not None
    assert record.scaled == pytest.approx(0.183333, abs=1e-6)


def test_only_a_method_with_eight_origins_that_beats_naive_is_taken() -> None:
    came = np.linspace(100, 130, FEWEST_ORIGINS)
    naive = came * 0.8
    good = record_of("last_year", came * 0.98, came, naive)
    worse = record_of("run_rate", came * 0.9, came, naive)
    short = record_of("smoothed", came[:7], came[:7], naive[:7])
    beaten = record_of("pipeline", came * 0.7, came, naive)
    records = {each.method: each for each in (beaten, short, worse, good) if each}
    assert len(records) == 4
    assert chosen(records) is good
    assert chosen({name: records[name] for name in ("smoothed", "pipeline")}) is None


def test_a_method_that_never_answered_has_no_record() -> None:
    assert record_of("smoothed", np.full(9, NAN), np.ones(9), np.ones(9)) is None


def test_the_band_is_made_of_the_errors_at_this_point() -> None:
    forecasts = np.full(11, 100.0)
    record = record_of("run_rate", forecasts, np.arange(90.0, 112, 2), np.full(11, 50.0))
    assert record is not None
    assert record.band(200.0) == pytest.approx((184, 216))
    assert record.coverage == pytest.approx(7 / 11), "the two at each end fall out of the band of the others"


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(0.5, 2)), min_size=8, max_size=30), st.floats(0.001, 1000))
def test_a_record_does_not_depend_on_the_unit(pairs: list[tuple[float, float]], unit: float) -> None:
    forecasts = np.array([forecast for forecast, _ in pairs])
    came = forecasts * np.array([ratio for _, ratio in pairs])
    naive = forecasts * 1.3
    one = record_of("run_rate", forecasts, came, naive)
    other = record_of("run_rate", forecasts * unit, came * unit, naive * unit)
    assert isinstance(one, Record)
    assert isinstance(other, Record)
    assert (one.wape, one.bias) == pytest.approx((other.wape, other.bias), rel=1e-6, abs=1e-9)
    assert one.errors == pytest.approx(other.errors, abs=1e-9)
