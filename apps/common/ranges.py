"""The range in which a number that comes again and again usually lies (Wheeler's natural process limits)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

OF_MEAN = Fraction("2.66")  # mean moving ranges from the mean to a limit: 3 / 1.128
FEWEST = 6  # values from which anything is said


def usual_range(values: Sequence[int]) -> tuple[int, int] | None:
    """Lower and upper limit of a count, the lower one not below 0; None if there are too few values to tell."""
    if len(values) < FEWEST:
        return None
    mean = Fraction(sum(values), len(values))
    moved = Fraction(sum(abs(after - before) for before, after in pairwise(values)), len(values) - 1)
    return max(0, -((OF_MEAN * moved - mean) // 1)), int(mean + OF_MEAN * moved)
