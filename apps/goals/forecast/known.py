"""What is known of many subjects at one point of a period each: the material that forecasts are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """One row a subject (a goal, or a goal's subject at the same point of an earlier period). NaN is “not known”.

    to_date      the value of the running period so far, shape (n,)
    share        which part of the period has passed by the phased curve, 0 to 1, shape (n,)
    before       totals (or values) of the equal sub-periods before the running period, oldest first, shape (n, t)
    seasons      how many sub-periods make a year: 12 for months
    ahead        how many sub-periods the running period has
    pipeline     what the open deals will probably bring in the period, shape (n,); NaN where nobody can say
    """

    to_date: Array
    share: Array
    before: Array
    seasons: int
    ahead: int
    pipeline: Array

    @property
    def count(self) -> int:
        return len(self.to_date)

    def last_year(self) -> Array:
        """The same sub-periods a year before: their total, shape (n,); NaN without a whole year."""
        first = self.before.shape[1] - self.seasons
        if first < 0 or self.ahead > self.seasons:
            return np.full(self.count, np.nan)
        total: Array = self.before[:, first : first + self.ahead].sum(axis=1)
        return total

    def level(self) -> Array:
        """The last year over the year before it, shape (n,); NaN without two years or where the base is not above 0."""
        if self.before.shape[1] < 2 * self.seasons:
            return np.full(self.count, np.nan)
        recent = self.before[:, -self.seasons :].sum(axis=1)
        base = self.before[:, -2 * self.seasons : -self.seasons].sum(axis=1)
        found: Array = np.divide(recent, base, out=np.full(self.count, np.nan), where=base > 0)
        return found
