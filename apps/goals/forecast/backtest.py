"""How well each method would have done at the same point of earlier periods, and what follows for this one.

Origins are earlier periods, each forecast only from what was known then, with the same part of the period passed. A
method qualifies with FEWEST_ORIGINS of them and if it beats the seasonal-naive forecast; of these the one that errs
least is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from apps.goals.forecast.known import Array

FEWEST_ORIGINS = 8
BAND = 0.8  # of earlier errors lie inside the interval


@dataclass(frozen=True)
class Record:
    """One method's track record for one subject. Errors are relative to the forecast: came / forecast − 1.

    wape      Σ|came − forecast| / Σ|came|
    bias      Σ(forecast − came) / Σ|came|: above 0 forecasts too much
    scaled    mean |error| over that of the seasonal-naive forecast; below 1 beats it; NaN where nothing is to compare
    coverage  share of origins inside the band made from the errors of the others
    """

    method: str
    errors: Array
    wape: float
    bias: float
    scaled: float
    coverage: float
    pinball: float

    @property
    def origins(self) -> int:
        return len(self.errors)

    @property
    def qualifies(self) -> bool:
        return self.origins >= FEWEST_ORIGINS and self.scaled < 1

    def band(self, forecast: float) -> tuple[float, float]:
        """The interval around a forecast that BAND of the errors at this point would have kept to."""
        return band_of(forecast, self.errors)


@dataclass(frozen=True)
class Scores:
    """The records of one method for many subjects at once, each an array of shape (subjects,)."""

    origins: NDArray[np.int64]
    wape: Array
    bias: Array
    scaled: Array

    @property
    def qualifies(self) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self.origins >= FEWEST_ORIGINS) & (self.scaled < 1)
        return found

    def only(self, there: NDArray[np.bool_]) -> "Scores":
        """The same with no origins where a method has no answer now: it cannot be chosen there."""
        return replace(self, origins=np.where(there, self.origins, 0))


def scores_of(forecasts: Array, came: Array, naive: Array) -> Scores:
    """As `record_of` for every row of arrays of shape (subjects, origins)."""
    there = ~np.isnan(forecasts) & ~np.isnan(came) & ((forecasts != 0) | (came != 0))
    misses = np.where(there, forecasts - came, 0.0)
    size = np.where(there, np.abs(came), 0.0).sum(axis=1)
    comparable = there & ~np.isnan(naive)
    by_naive = np.where(comparable, np.abs(naive - came), 0.0).sum(axis=1)
    mine = np.where(comparable, np.abs(misses), 0.0).sum(axis=1)
    return Scores(
        origins=(there & (forecasts != 0)).sum(axis=1),
        wape=_divided(np.abs(misses).sum(axis=1), size),
        bias=_divided(misses.sum(axis=1), size),
        scaled=_divided(mine, by_naive),
    )


def best_of(scores: Mapping[str, Scores]) -> list[str]:
    """For each subject the qualified method that errs least (as `chosen`); blank where none qualifies."""
    names = list(scores)
    errs = np.stack([np.where(each.qualifies, each.wape, np.inf) for each in scores.values()])
    least = errs.argmin(axis=0)
    return [names[place] if np.isfinite(errs[place, row]) else "" for row, place in enumerate(least.tolist())]


def band_of(forecast: float, errors: Array) -> tuple[float, float]:
    """The interval around a forecast that BAND of these relative errors would have kept to, the lower end first."""
    ordered = sorted(errors.tolist())
    low, high = (_quantile(ordered, each) for each in ((1 - BAND) / 2, (1 + BAND) / 2))
    ends = forecast * (1 + low), forecast * (1 + high)
    return min(ends), max(ends)


def _quantile(ordered: list[float], share: float) -> float:
    """As numpy has it; for a dozen numbers and ten thousand goals its call costs more than its work."""
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 >= len(ordered):
        return ordered[-1]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)


def record_of(method: str, forecasts: Array, came: Array, naive: Array) -> Record | None:
    """The record over the origins at which the method had an answer; None if it never had.

    Arrays of shape (origins,), oldest first; `naive` is what the seasonal-naive forecast would have said. A forecast of
    0 where something came is a miss that counts, without a relative error; 0 where nothing came tells nothing.
    """
    answered = ~np.isnan(forecasts) & ~np.isnan(came) & ((forecasts != 0) | (came != 0))
    sized = answered & (forecasts != 0)
    if not sized.any():
        return None
    forecast, real = forecasts[answered], came[answered]
    errors = came[sized] / forecasts[sized] - 1
    size = np.abs(real).sum()
    misses = forecast - real
    return Record(
        method=method,
        errors=errors,
        wape=_ratio(np.abs(misses).sum(), size),
        bias=_ratio(misses.sum(), size),
        scaled=_scaled(misses, real, naive[answered]),
        coverage=_coverage(forecasts[sized], came[sized], errors),
        pinball=_pinball(forecasts[sized], came[sized], errors),
    )


def chosen(records: Mapping[str, Record]) -> Record | None:
    """The qualified method that errs least; None if none qualifies."""
    qualified = [each for each in records.values() if each.qualifies]
    return min(qualified, key=lambda each: each.wape, default=None)


def _scaled(misses: Array, real: Array, naive: Array) -> float:
    comparable = ~np.isnan(naive)
    if not comparable.any():
        return float("nan")
    return _ratio(np.abs(misses[comparable]).mean(), np.abs(naive[comparable] - real[comparable]).mean())


def _coverage(forecast: Array, real: Array, errors: Array) -> float:
    """Each origin is judged by the others' errors: a band may not have seen what it is tested on."""
    if len(errors) < 3:
        return float("nan")
    inside = 0
    for place in range(len(errors)):
        low, high = np.quantile(np.delete(errors, place), [(1 - BAND) / 2, (1 + BAND) / 2])
        ends = sorted((forecast[place] * (1 + low), forecast[place] * (1 + high)))
        inside += bool(ends[0] <= real[place] <= ends[1])
    return inside / len(errors)


def _divided(part: Array, whole: Array) -> Array:
    found: Array = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole != 0)
    return found


def _pinball(forecast: Array, real: Array, errors: Array) -> float:
    """Mean pinball loss of both ends of the band, relative to what came."""
    losses = []
    for quantile in ((1 - BAND) / 2, (1 + BAND) / 2):
        end = forecast * (1 + np.quantile(errors, quantile))
        losses.append(np.maximum(quantile * (real - end), (quantile - 1) * (real - end)).mean())
    return _ratio(float(np.mean(losses)), float(np.abs(real).mean()))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
