"""The forecast ladder for what does not add up, a rate or a level: each method gives the value at the end.

so_far       it stays what it is
blended      the passed part as it is, the rest as the last periods were
last_year    the same period last year
"""

import numpy as np

from apps.goals.forecast.known import Array, Known

METHODS = ("so_far", "blended", "last_year")
RECENT = 4  # periods


def values(known: Known) -> dict[str, Array]:
    """Each method's value at the end of the period, shape (n,); NaN where it has no answer.

    `known.before` are values of whole periods here, and `ahead` is 1.
    """
    return {"so_far": known.to_date, "blended": blended(known), "last_year": known.last_year()}


def blended(known: Known) -> Array:
    """W·x + (1 − W)·mean of the last RECENT periods. Right for rates whose cases come in evenly."""
    if known.before.shape[1] < RECENT:
        return np.full(known.count, np.nan)
    usual: Array = known.before[:, -RECENT:].mean(axis=1)
    return known.share * known.to_date + (1 - known.share) * usual
