"""How likely a target is: from the errors of earlier forecasts, or exactly from the open deals. Told in words."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from apps.goals.forecast.known import Array

MOST_STEPS = 20_000  # of the amount grid; finer than that changes nothing anybody could see
WORDS = (
    (0.9, "very likely"),
    (0.7, "likely"),
    (0.4, "open"),
    (0.1, "unlikely"),
    (0.0, "very unlikely"),
)


def chance_of(forecast: float, target: float, errors: Array, *, lower_is_better: bool = False) -> float:
    """The share of earlier relative errors with which the forecast would have reached the target."""
    came = forecast * (1 + errors)
    reached = came <= target if lower_is_better else came >= target
    return float(reached.mean())


def in_words(chance: float) -> str:
    """One of five bands: nobody knows a chance to the percent."""
    return next(word for least, word in WORDS if chance >= least)


def pipeline_chance(deals: Iterable[tuple[Decimal, float]], needed: Decimal) -> float:
    """The exact chance that independent deals (amount, probability) add up to at least `needed`.

    Sums of Bernoulli(p)·amount by convolution over a grid of the amounts' common measure: no normal curve is
    assumed. Amounts above 0 only.
    """
    known = [(amount, chance) for amount, chance in deals if amount > 0]
    if needed <= 0:
        return 1.0
    step = _step([amount for amount, _ in known], needed)
    steps = int(-(-needed // step))  # what reaches the need is one case, however far beyond
    spread = np.zeros(steps + 1)
    spread[0] = 1.0
    for amount, chance in known:
        spread = _with(spread, min(round(amount / step), steps), chance)
    return float(spread[-1])


def _with(spread: Array, size: int, chance: float) -> Array:
    moved = np.zeros_like(spread)
    if size:
        moved[size:] = spread[:-size]
        moved[-1] += spread[-size:].sum()
    else:
        moved = spread
    return (1 - chance) * spread + chance * moved


def _step(amounts: list[Decimal], needed: Decimal) -> Decimal:
    """The largest measure that divides all amounts, in cents; coarser where that would make too many steps."""
    cents = [round(amount * 100) for amount in amounts] + [round(needed * 100)]
    exact = Decimal(int(np.gcd.reduce(cents)) or 1) / 100
    return max(exact, needed / MOST_STEPS)
