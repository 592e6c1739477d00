"""The forecast ladder for what adds up over a period: each method gives the total at the end, or nothing.

From simple to dear, and the fallback when history is short is always the simpler one:

    run_rate     what came so far, divided by the part of the phased curve that has passed
    last_year    the same period last year, times how the last twelve months compare with the twelve before
    smoothed     damped Holt-Winters on the sub-periods before, for the rest of the period
    pipeline     what came so far, and what the open deals will probably bring
    median       the middle of those that have an answer
"""

import warnings

import numpy as np

from apps.goals.forecast.known import Array, Known
from apps.goals.forecast.smoothing import fitted_ahead

EARLIEST_RUN_RATE = 0.15  # of the curve: before that a rate says nothing
FEWEST_SEASONS = 3
METHODS = ("run_rate", "last_year", "smoothed", "pipeline", "median")


def totals(known: Known) -> dict[str, Array]:
    """Each method's total at the end of the period, shape (n,); NaN where it has no answer."""
    found = {
        "run_rate": run_rate(known),
        "last_year": known.last_year() * known.level(),
        "smoothed": smoothed(known),
        "pipeline": known.to_date + known.pipeline,
    }
    return found | {"median": _middle(list(found.values()))}


def run_rate(known: Known) -> Array:
    """x / W(d), from EARLIEST_RUN_RATE on."""
    enough = known.share >= EARLIEST_RUN_RATE
    found: Array = np.divide(known.to_date, known.share, out=np.full(known.count, np.nan), where=enough)
    return found


def smoothed(known: Known) -> Array:
    """What came so far and the unfinished part of what the smoothed history expects.

    Needs FEWEST_SEASONS whole years in every row; rows with gaps have no answer.
    """
    found = np.full(known.count, np.nan)
    whole = ~np.isnan(known.before).any(axis=1)
    if known.before.shape[1] < FEWEST_SEASONS * known.seasons or not whole.any():
        return found
    expected = fitted_ahead(known.before[whole], known.seasons, known.ahead).sum(axis=1)
    found[whole] = known.to_date[whole] + expected * (1 - known.share[whole])
    return found


def _middle(answers: list[Array]) -> Array:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice encountered")  # no answer at all is an answer
        found: Array = np.nanmedian(np.stack(answers), axis=0)
    return found
