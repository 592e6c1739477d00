"""Exponential smoothing, written out: simple, Holt's damped trend, and additive Holt-Winters, for many series at once.

Series are rows of an array of shape (series, time). The recursions are those of Hyndman and Athanasopoulos
(Forecasting: principles and practice, 8.1-8.4). We keep them ourselves because the best known library gives the last
season of a forecast wrong where the horizon is a whole season (statsmodels issue 9538).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVELS = (0.1, 0.3, 0.5, 0.8)
TRENDS = (0.0, 0.1, 0.3)
SEASONS = (0.05, 0.2, 0.5)
DAMPING = 0.9


@dataclass(frozen=True)
class Start:
    """What a series begins with: level and trend of shape (series,), one value a season of shape (series, seasons)."""

    level: Array
    trend: Array
    season: Array


@dataclass(frozen=True)
class Smoothed:
    """The state after the last value. `sse` is the sum of squared errors one step ahead, of shape (series,)."""

    level: Array
    trend: Array
    season: Array
    sse: Array
    damping: float

    def ahead(self, steps: int) -> Array:
        """Forecasts for the next values, of shape (series, steps)."""
        seasons = self.season.shape[1]
        found, grown = [], 0.0
        for step in range(1, steps + 1):
            grown += self.damping**step
            season = self.season[:, (step - 1) % seasons] if seasons else 0.0
            found.append(self.level + grown * self.trend + season)
        return np.stack(found, axis=1)


def smooth(values: Array, start: Start, *, alpha: float, beta: float, gamma: float, damping: float = 1.0) -> Smoothed:
    """Follow each series with fixed parameters. Without seasons (shape (series, 0)) gamma means nothing."""
    level, trend = start.level, start.trend
    season = start.season.copy()
    seasons = season.shape[1]
    sse = np.zeros(len(values))
    for step in range(values.shape[1]):
        value, place = values[:, step], step % seasons if seasons else 0
        usual = season[:, place] if seasons else np.zeros(len(values))
        expected = level + damping * trend
        sse = sse + (value - expected - usual) ** 2
        before, level = level, alpha * (value - usual) + (1 - alpha) * expected
        trend = beta * (level - before) + (1 - beta) * damping * trend
        if seasons:
            season[:, place] = gamma * (value - expected) + (1 - gamma) * usual
    if seasons:
        season = np.roll(season, -(values.shape[1] % seasons), axis=1)
    return Smoothed(level, trend, season, sse, damping)


def start_of(values: Array, seasons: int) -> Start:
    """The first season's mean as level, the change to the second season as trend, the first season's differences.

    Needs two whole seasons. With `seasons` of 0 the level is the first value and the trend its first change.
    """
    if not seasons:
        return Start(values[:, 0], values[:, 1] - values[:, 0], np.zeros((len(values), 0)))
    first, second = values[:, :seasons], values[:, seasons : 2 * seasons]
    level = first.mean(axis=1)
    return Start(level, (second.mean(axis=1) - level) / seasons, first - level[:, None])


def fitted_ahead(values: Array, seasons: int, steps: int) -> Array:
    """Forecasts of damped Holt-Winters with the parameters of a small grid that would have erred least, per series.

    Shape (series, steps). The grid is coarse on purpose: with the few seasons that goals have, finer fits the noise.
    """
    start = start_of(values, seasons)
    best = np.full(len(values), np.inf)
    found = np.zeros((len(values), steps))
    for alpha, beta, gamma in product(LEVELS, TRENDS, SEASONS if seasons else (0.0,)):
        one = smooth(values, start, alpha=alpha, beta=beta, gamma=gamma, damping=DAMPING)
        better = one.sse < best
        best = np.where(better, one.sse, best)
        found[better] = one.ahead(steps)[better]
    return found
