"""The usual course of a year: how far each month or quarter lies above or below the trend.

Source: the classical ratio-to-moving-average method: a centred moving average over one year is the trend, the median
of value ÷ trend per month the factor, and the factors are scaled to a mean of 1. Strength after Wang, Smith and
Hyndman: 1 − Var(rest) ÷ Var(season and rest), each variance divided by its degrees of freedom: without that, one in
four series of two years of pure noise would seem seasonal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from statistics import fmean, median

from apps.common.dates import MONTHS
from apps.metrics.analysis.numbers import NoAnswer, Number, decimal, figure, listed

PRESENT_FROM = 0.3
FULL_YEARS = 2
MOST_NAMED = 2
TENTATIVE_BELOW = 3  # years

_ROUNDED = Context(prec=15)  # so that a level that is even stays even, to the last digit


@dataclass(frozen=True)
class Season:
    """`factors[0]` belongs to the first month or quarter of the year; 1.2 is a fifth above the trend. Their mean is 1.

    `strength` 0 to 1: how much of the ups and downs around the trend come back every year. Adjust only if `present`.
    """

    factors: tuple[Decimal, ...]
    strength: float
    years: int

    @property
    def present(self) -> bool:
        return self.strength >= PRESENT_FROM

    @property
    def tentative(self) -> bool:
        """With two years it may still be chance."""
        return self.years < TENTATIVE_BELOW

    @property
    def names(self) -> tuple[str, ...]:
        return MONTHS if len(self.factors) == len(MONTHS) else tuple(f"Q{i + 1}" for i in range(len(self.factors)))

    @property
    def sentence(self) -> str:
        if not self.present:
            return f"No season shows: what happened in one year did not come back in the {_others(self.years)}."
        order = sorted(range(len(self.factors)), key=lambda index: (self.factors[index], index))
        high = [self._told(index) for index in reversed(order[-MOST_NAMED:]) if self.factors[index] > 1]
        low = [self._told(index) for index in order[:MOST_NAMED] if self.factors[index] < 1]
        verb = "lies" if len(high) == 1 else "lie"
        text = f"Usually {listed(high)} {verb} above the trend of the year, {listed(low)} below it."
        return f"{text} Two years are little: a third will tell whether it is chance." if self.tentative else text

    def _told(self, index: int) -> str:
        return f"{self.names[index]} ({figure(abs(self.factors[index] - 1).quantize(Decimal('0.01')), 'percent')})"


def season(values: Sequence[Number | None], *, first: int, per_year: int = 12) -> Season | NoAnswer:
    """The factors of a series of whole months (`per_year` 12) or quarters (4), in order, None for a gap.

    `first`: which month (1 to 12) or quarter (1 to 4) of the year the first value belongs to. Needs two full years and
    a trend above zero. Holidays that move and the number of working days are not taken out.
    """
    numbers = [None if value is None else float(value) for value in values]
    what = "months" if per_year == 12 else "quarters"
    if len(numbers) < FULL_YEARS * per_year:
        return NoAnswer(
            f"A season needs two full years, {FULL_YEARS * per_year} {what} in a row; there are {len(numbers)}."
        )
    trend = centred_average(numbers, per_year)
    if any(level is not None and level <= 0 for level in trend):
        return NoAnswer("A season is a share of the trend, and here the trend is not above zero.")
    ratios: list[list[float]] = [[] for _ in range(per_year)]
    for index, (value, level) in enumerate(zip(numbers, trend, strict=True)):
        if value is not None and level is not None:
            ratios[(first - 1 + index) % per_year].append(value / level)
    if not all(ratios):
        return NoAnswer(f"There are gaps: some {what} of the year have no figure with half a year on either side.")
    medians = [median(of_one) for of_one in ratios]
    scale = fmean(medians)
    if scale <= 0:
        return NoAnswer("A season is a share of the trend, and here the figures are not above zero.")
    factors = [value / scale for value in medians]
    strength = _strength(numbers, _extended(trend), factors, first)
    return Season(tuple(_rounded(factor) for factor in factors), strength, len(numbers) // per_year)


def deseasonalise(values: Sequence[Number | None], by: Season, *, first: int) -> list[Decimal | None]:
    """Each value divided by the factor of its month or quarter; None for gaps and where the factor is zero."""
    adjusted: list[Decimal | None] = []
    for index, value in enumerate(values):
        factor = by.factors[(first - 1 + index) % len(by.factors)]
        adjusted.append(None if value is None or factor <= 0 else _ROUNDED.divide(decimal(value), factor))
    return adjusted


def centred_average(values: Sequence[float | None], per_year: int) -> list[float | None]:
    """The mean over one year around each value, its two ends counting half (2 × 12); None near the ends and gaps."""
    half = per_year // 2
    averages: list[float | None] = [None] * len(values)
    for index in range(half, len(values) - half):
        window = [value for value in values[index - half : index + half + 1] if value is not None]
        if len(window) == per_year + 1:
            averages[index] = (sum(window) - (window[0] + window[-1]) / 2) / per_year
    return averages


# --- inside ----------------------------------------------------------------------------------------------------------


def _strength(values: list[float | None], trend: list[float | None], factors: list[float], first: int) -> float:
    """Judged on both ends too, where the trend is drawn on: with two years each month then counts twice."""
    detrended, rest = [], []
    for index, (value, level) in enumerate(zip(values, trend, strict=True)):
        if value is not None and level is not None and level > 0:
            detrended.append(value / level)
            rest.append(value / level - factors[(first - 1 + index) % len(factors)])
    freedom, freedom_of_rest = len(detrended) - 1, len(detrended) - len(factors)
    around = sum((value - fmean(detrended)) ** 2 for value in detrended)
    left = sum((value - fmean(rest)) ** 2 for value in rest)
    if around <= freedom * 1e-18 or freedom_of_rest <= 0:
        return 0.0
    return max(0.0, 1 - (left / freedom_of_rest) / (around / freedom))


def _extended(trend: list[float | None]) -> list[float | None]:
    """Each end of the trend drawn on along the straight line through its nearest half year."""
    known = [index for index, level in enumerate(trend) if level is not None]
    extended = list(trend)
    near = max(2, known[0])
    for few, missing in ((known[:near], range(known[0])), (known[-near:], range(known[-1] + 1, len(trend)))):
        level, slope = _line([(index, trend[index] or 0.0) for index in few])
        for index in missing:
            extended[index] = level + slope * index
    return extended


def _line(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Least squares: where the line crosses zero, and its slope; flat through a single point."""
    x_mean, y_mean = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0
    return y_mean - slope * x_mean, slope


def _rounded(value: float) -> Decimal:
    return _ROUNDED.create_decimal_from_float(value)


def _others(years: int) -> str:
    return "other" if years == FULL_YEARS else "others"
