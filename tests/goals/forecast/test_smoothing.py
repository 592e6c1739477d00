"""Smoothing against values that others published; the sources are named beside them."""

import numpy as np
import pytest

from apps.goals.forecast.smoothing import Start, fitted_ahead, smooth, start_of

OIL = [446.6565229, 454.4733065, 455.662974, 423.6322388, 456.2713279, 440.5880501, 425.3325201, 485.1494479,
       506.0481621, 526.7919833, 514.268889, 494.2110193]  # fmt: skip
# Air passengers of Australia in millions, 1990-2004 (Forecasting: principles and practice)
AIR = [17.5534, 21.8601, 23.8866, 26.9293, 26.8885, 28.8314, 30.0751, 30.9535, 30.1857, 31.5797, 32.5776, 33.4774,
       39.0216, 41.3864, 41.5966]  # fmt: skip
NO_SEASONS = np.zeros((1, 0))


def rows(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


def level(value: float) -> Start:
    return Start(np.array([value]), np.array([0.0]), NO_SEASONS)


@pytest.mark.parametrize(("alpha", "expected"), [(0.2, 484.8025), (0.6, 501.8375)])
def test_simple_smoothing_of_the_oil_series_gives_the_published_level(alpha: float, expected: float) -> None:
    """domain.md O11: statsmodels' test file, first value as level."""
    found = smooth(rows(*OIL), level(OIL[0]), alpha=alpha, beta=0, gamma=0)
    assert found.ahead(1)[0, 0] == pytest.approx(expected, abs=5e-5)


def test_simple_smoothing_of_ten_weeks_gives_the_published_forecast() -> None:
    """domain.md O10 (wongsteve): the published table, made with rounded forecasts."""
    weeks = [99, 88, 50, 58, 62, 60, 55, 62, 71, 65]
    published = [95.7, 82.0, 74.8, 71.0, 67.7, 63.9, 63.3, 65.6, 65.42]
    for known, expected in enumerate(published, start=2):
        found = smooth(rows(*weeks[1:known]), level(99), alpha=0.3, beta=0, gamma=0)
        assert found.ahead(1)[0, 0] == pytest.approx(expected, abs=0.05)


def test_holt_of_the_air_passengers_gives_the_published_forecasts() -> None:
    """domain.md O12: legacy initialisation, the first value and the first change."""
    values = rows(*AIR)
    begin = start_of(values, 0)
    found = smooth(values, begin, alpha=0.8, beta=0.2, gamma=0)
    assert found.ahead(5)[0] == pytest.approx([43.76, 45.59, 47.43, 49.27, 51.10], abs=0.005)


def test_the_last_season_of_a_forecast_is_its_own_and_not_the_first_again() -> None:
    """domain.md O13 (statsmodels issue 9538): 2.0000, and not 2.0125."""
    begin = Start(np.array([0.0]), np.array([0.0]), rows(1.1, 3.1, 2.1))
    found = smooth(rows(1, 3, 2), begin, alpha=0.5, beta=0, gamma=0.5)
    assert found.level[0] == pytest.approx(-0.0875)
    assert found.season[0] == pytest.approx([1.05, 3.075, 2.0875])
    assert found.ahead(3)[0] == pytest.approx([0.9625, 2.9875, 2.0])


def test_many_series_are_smoothed_as_each_would_be_alone() -> None:
    values = np.random.default_rng(7).gamma(3, 20, (40, 48))
    together = fitted_ahead(values, 12, 3)
    alone = np.concatenate([fitted_ahead(values[place : place + 1], 12, 3) for place in range(40)])
    assert together == pytest.approx(alone)


def test_a_pure_season_is_forecast_as_it_was() -> None:
    season = [10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]
    found = fitted_ahead(np.array([season * 4]), 12, 12)
    assert found[0] == pytest.approx(season, rel=1e-6)


def test_a_forecast_that_begins_within_a_season_goes_on_from_there() -> None:
    found = fitted_ahead(np.array([[1.0, 2, 3, 4] * 4 + [1.0, 2]]), 4, 3)
    assert found[0] == pytest.approx([3, 4, 1], rel=1e-6)


# Visitor nights in Australia by quarter, 2005-2010 (Forecasting: principles and practice)
TOURISTS = [41.727458, 24.04185, 32.328103, 37.328708, 46.213153, 29.346326, 36.48291, 42.977719, 48.901525, 31.180221,
            37.717881, 40.420211, 51.206863, 31.887228, 40.978263, 43.772491, 55.558567, 33.850915, 42.076383,
            45.642292, 59.76678, 35.191877, 44.319737, 47.913736]  # fmt: skip


def test_holt_winters_of_the_tourists_gives_the_published_errors_and_forecasts() -> None:
    """domain.md O13: fixed parameters, as ETSModel of statsmodels computes them."""
    begin = Start(np.array([33.0]), np.array([0.7]), rows(9, -9, -1, 1))
    found = smooth(rows(*TOURISTS), begin, alpha=0.3, beta=0.1, gamma=0.2)
    assert found.sse[0] == pytest.approx(81.1257, abs=5e-5)
    assert found.ahead(4)[0] == pytest.approx([58.6231, 38.2914, 46.8748, 50.5010], abs=5e-5)
