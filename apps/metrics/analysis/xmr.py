"""XmR charts: the range in which a KPI usually lies, and the points that leave it.

Source: Wheeler, Understanding Variation; NIST/SEMATECH e-Handbook 6.3.2.2. The centre is the mean of the baseline, the
limits lie 2.66 mean moving ranges away. Chart single periods, never trailing averages, and a seasonal series only
after season.deseasonalise: both give signals from nothing.

Where the cases behind a ratio vary much, each point gets limits of its own width (Laney's form of the p-chart): the
ranges are taken of rate × √cases, so that a thin month has wide limits. With equal cases it is the same chart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median

from apps.common.money import format_pair
from apps.common.ranges import FEWEST, OF_MEAN
from apps.metrics.analysis.numbers import Number, counted, decimal, exact
from apps.metrics.analysis.signals import Placed, Signal, signals_of

RANGE_OF_MEAN = Fraction("3.268")
OF_MEDIAN, RANGE_OF_MEDIAN = Fraction("3.145"), Fraction("3.865")
FIRM_FROM, LONGEST = 12, 24  # points of a baseline
MOST_EVEN = Fraction(1, 4)  # cases further than this from their mean give limits of varying width

Bounds = tuple[Number | None, Number | None]
ANY: Bounds = (None, None)
COUNTS: Bounds = (0, None)
SHARES: Bounds = (0, 1)


@dataclass(frozen=True)
class Point:
    """One period. `value` None is a gap, not a zero. A ratio gives its denominator as `cases`."""

    label: str
    value: Number | None
    cases: Number | None = None


@dataclass(frozen=True)
class Limits:
    """In the KPI's unit; `lower` and `upper` are cut where the KPI ends (counts at 0, shares at 0 and 1)."""

    centre: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True)
class Segment:
    """Points [start, end) that share a baseline. `reason` says why there are no limits where there are none."""

    start: int
    end: int
    baseline: int = 0
    provisional: bool = False
    varying: bool = False
    mean_range: Decimal | None = None
    upper_range: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True)
class Chart:
    """`limits` has one entry per point, None where there are too few points to tell what is usual."""

    points: tuple[Point, ...]
    limits: tuple[Limits | None, ...]
    segments: tuple[Segment, ...]
    signals: tuple[Signal, ...]
    unit: str = ""
    currency: str = ""

    @property
    def newest(self) -> Limits | None:
        """The limits in force: those of the last point that has some, after the last break."""
        start = self.segments[-1].start if self.segments else 0
        return next((limits for limits in reversed(self.limits[start:]) if limits), None)

    @property
    def basis(self) -> str:
        """What the limits in force rest on, as a sentence."""
        if not self.segments:
            return "There are no figures yet."
        return _basis(self.segments[-1], self.points)

    def in_words(self, value: Number | None, at: int | None = None) -> str:
        """`within the usual range`, `above the usual range (USD 46 k to USD 56 k)`.

        By the limits of the point `at`, or by those in force: for a value that is not in the chart.
        """
        if value is None:
            return "no value"
        limits = self.newest if at is None else self.limits[at]
        if limits is None:
            return "too few points to tell what is usual"
        number = exact(value)
        if number > exact(limits.upper):
            return f"above {self._range(limits)}"
        if number < exact(limits.lower):
            return f"below {self._range(limits)}"
        return "within the usual range"

    def assurance(self, target: Number, *, up: bool) -> str:
        """What the usual range says about a target, whether it is met this time or not; empty without limits."""
        if self.newest is None:
            return ""
        worst, best = self.newest.lower, self.newest.upper
        if not up:
            worst, best = -best, -worst
        line = exact(target) if up else -exact(target)
        if exact(worst) >= line:
            return "The whole usual range reaches the target: it will be met as long as nothing changes."
        if exact(best) < line:
            return "The usual range does not reach the target: it will be missed until something changes."
        return "The target lies inside the usual range: some periods meet it and some miss it by chance alone."

    def _range(self, limits: Limits) -> str:
        lower, upper = format_pair(limits.lower, limits.upper, self.unit, self.currency, compact=True)
        return f"the usual range ({lower} to {upper})"


def xmr(
    points: Sequence[Point],
    *,
    bounds: Bounds = ANY,
    breaks: Collection[str] = (),
    baseline: int | None = None,
    by_median: bool = False,
    unit: str = "",
    currency: str = "",
) -> Chart:
    """The chart of complete periods in order.

    `breaks`: labels at which a new baseline begins (a confirmed signal, a new definition). `baseline`: the limits stand
    on so many first points of a segment instead of `baseline_size`. `by_median`: the form that few wild points do not
    widen.
    """
    places = [0, *[index for index, point in enumerate(points) if index and point.label in breaks], len(points)]
    limits: list[Limits | None] = []
    segments: list[Segment] = []
    signals: list[Signal] = []
    for start, end in pairwise(places) if points else ():
        segment, placed = _segment(points, start, end, bounds, baseline, by_median)
        by_index = {place.index: place for place in placed}
        segments.append(segment)
        limits += [_shown(by_index.get(index)) or _between(placed, segment) for index in range(start, end)]
        signals += signals_of(placed, unit, currency, segment.baseline if segment.provisional else None)
    return Chart(tuple(points), tuple(limits), tuple(segments), tuple(signals), unit, currency)


def baseline_size(points: int) -> int:
    """How many first points of a segment make its limits: 12 to 24, so that the newest 12 never shape their own.

    From 36 points on it is locked for good. With fewer than 12 points all count, and the limits are provisional.
    """
    return min(points, max(FIRM_FROM, min(LONGEST, points - FIRM_FROM)))


# --- inside ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    index: int
    label: str
    value: Fraction
    cases: Fraction


def _segment(
    points: Sequence[Point], start: int, end: int, bounds: Bounds, baseline: int | None, by_median: bool
) -> tuple[Segment, list[Placed]]:
    known, varying = _known(points, start, end)
    first = known[: baseline_size(len(known)) if baseline is None else baseline]
    centre = _centre(first, varying, by_median) if first else Fraction(0)
    ranges = [abs(_scaled(b, centre) - _scaled(a, centre)) for a, b in pairwise(first) if b.index == a.index + 1]
    if len(first) < FEWEST or not ranges:
        reason = f"Limits need {counted(FEWEST, 'point')} or more; here {'is' if len(known) == 1 else 'are'}"
        return Segment(start, end, reason=f"{reason} {counted(len(known), 'point')}."), []
    typical = median(ranges) if by_median else sum(ranges, Fraction()) / len(ranges)
    spread = typical * (OF_MEDIAN if by_median else OF_MEAN)
    segment = Segment(
        start,
        end,
        baseline=len(first),
        provisional=len(first) < FIRM_FROM,
        varying=varying,
        mean_range=None if varying else decimal(typical),
        upper_range=None if varying else decimal(typical * (RANGE_OF_MEDIAN if by_median else RANGE_OF_MEAN)),
    )
    return segment, [_placed(point, centre, spread / _root(point.cases), bounds) for point in known]


def _known(points: Sequence[Point], start: int, end: int) -> tuple[list[_Known], bool]:
    """The points with a value, and whether their cases vary; where they do not, all count as one case."""
    values = [
        (index, points[index], exact(value))
        for index in range(start, end)
        if (value := points[index].value) is not None
    ]
    cases = [exact(point.cases) if point.cases is not None else Fraction(0) for _, point, _ in values]
    varying = _vary(cases)
    return [
        _Known(index, point.label, value, count if varying else Fraction(1))
        for (index, point, value), count in zip(values, cases, strict=True)
    ], varying


def _vary(cases: list[Fraction]) -> bool:
    if not cases or min(cases) <= 0:
        return False
    mean = sum(cases, Fraction()) / len(cases)
    return any(abs(count - mean) > MOST_EVEN * mean for count in cases)


def _centre(first: list[_Known], varying: bool, by_median: bool) -> Fraction:
    """Of rates with varying cases the sum over the sum: a thin month weighs little."""
    if by_median:
        return Fraction(median(point.value for point in first))
    total = sum((point.cases for point in first), Fraction())
    return sum((point.value * point.cases for point in first), Fraction()) / total


def _scaled(point: _Known, centre: Fraction) -> Fraction:
    return (point.value - centre) * _root(point.cases)


def _root(cases: Fraction) -> Fraction:
    return cases if cases == 1 else exact(decimal(cases).sqrt())


def _placed(point: _Known, centre: Fraction, width: Fraction, bounds: Bounds) -> Placed:
    low, high = (None if bound is None else exact(bound) for bound in bounds)
    lower, upper = centre - width, centre + width
    return Placed(
        index=point.index,
        label=point.label,
        value=point.value,
        centre=centre,
        width=width,
        lower=lower if low is None else max(lower, low),
        upper=upper if high is None else min(upper, high),
    )


def _shown(place: Placed | None) -> Limits | None:
    return None if place is None else Limits(decimal(place.centre), decimal(place.lower), decimal(place.upper))


def _between(placed: list[Placed], segment: Segment) -> Limits | None:
    """A gap has the limits of its segment, where these do not hang on the cases it does not have."""
    return _shown(placed[0]) if placed and not segment.varying else None


def _basis(segment: Segment, points: Sequence[Point]) -> str:
    if segment.reason:
        return segment.reason
    first = next(point.label for point in points[segment.start :] if point.value is not None)
    text = f"The usual range rests on {counted(segment.baseline, 'point')} from {first} on"
    if segment.provisional:
        text += f" and is provisional until there are {FIRM_FROM}"
    return f"{text}{'; it is wider where there are fewer cases' if segment.varying else ''}."
