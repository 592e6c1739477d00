"""Whether chances and intervals that were told came true as often as they said."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class Bin:
    """Forecasts whose chance lay in [low, high): how many, the mean chance told, the share that came true."""

    low: float
    high: float
    count: int
    told: float | None
    came: float | None


def brier(told: Sequence[tuple[float, bool]]) -> float | None:
    """Mean squared difference between chance and outcome: 0 is perfect, 0.25 is a coin. None without any."""
    if not told:
        return None
    return sum((chance - came) ** 2 for chance, came in told) / len(told)


def reliability(told: Sequence[tuple[float, bool]]) -> list[Bin]:
    """The table that shows whether “70 %” came true in 70 % of cases."""
    bins = []
    for low, high in itertools.pairwise(BINS):
        inside = [(chance, came) for chance, came in told if low <= chance < high or (high == 1.0 and chance == 1.0)]
        mean = sum(chance for chance, _ in inside) / len(inside) if inside else None
        share = sum(came for _, came in inside) / len(inside) if inside else None
        bins.append(Bin(low, high, len(inside), mean, share))
    return bins


def covered(intervals: Sequence[tuple[float, float, float]]) -> float | None:
    """The share of (low, high, what came) that kept to its interval."""
    if not intervals:
        return None
    return sum(low <= came <= high for low, high, came in intervals) / len(intervals)
