"""The three rules by which points say that something has changed. Candidates: the owner confirms or dismisses them.

Noise alone gives some too: with a baseline of 12 points about one chart in four shows one in its next 12 points.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from apps.common.money import format_pair
from apps.metrics.analysis.numbers import counted, decimal, figure

RUN_OF = 8
NEAR, OF = 3, 4


class Rule(StrEnum):
    OUTSIDE = "outside"  # one point beyond a limit
    NEAR_A_LIMIT = "near_a_limit"  # three of four in a row nearer to the same limit than to the centre
    RUN = "run"  # eight in a row on one side of the centre; a point on the centre ends the run


@dataclass(frozen=True)
class Placed:
    """A known point among its limits, exact. `lower` and `upper` are cut where the KPI ends; `width` is not."""

    index: int
    label: str
    value: Fraction
    centre: Fraction
    width: Fraction
    lower: Fraction
    upper: Fraction

    @property
    def side(self) -> int:
        return (self.value > self.centre) - (self.value < self.centre)

    @property
    def outside(self) -> int:
        return (self.value > self.upper) - (self.value < self.lower)

    @property
    def near(self) -> int:
        return self.side if abs(self.value - self.centre) * 2 > self.width else 0


@dataclass(frozen=True)
class Signal:
    """`index`: the point at which it showed. `since` to `through`: the points it is about, with their labels.

    `key` stays the same as later points come in: a confirmation or dismissal can be stored under it. Where a signal is
    confirmed, the new segment begins at `since_label`.
    """

    rule: Rule
    above: bool
    index: int
    since: int
    through: int
    label: str
    since_label: str
    provisional: bool
    sentence: str

    @property
    def key(self) -> str:
        return f"{self.rule}:{'above' if self.above else 'below'}:{self.label}"


@dataclass(frozen=True)
class Found:
    """Points that satisfy a rule; `at` is the one that completed it, `points` reach from the first to the last."""

    rule: Rule
    side: int
    at: Placed
    points: Sequence[Placed]


def signals_of(points: Sequence[Placed], unit: str, currency: str, provisional_on: int | None) -> list[Signal]:
    """The signals of one segment in the order in which they showed. `provisional_on`: the few points of the limits."""
    found = [hit for rule in (_outside, _near_a_limit, _runs) for hit in rule(points)]
    return [
        _told(hit, unit, currency, provisional_on) for hit in sorted(found, key=lambda hit: (hit.at.index, hit.rule))
    ]


def _outside(points: Sequence[Placed]) -> Iterator[Found]:
    for point in points:
        if point.outside:
            yield Found(Rule.OUTSIDE, point.outside, point, [point])


def _runs(points: Sequence[Placed]) -> Iterator[Found]:
    for side, run in _stretches(points, lambda point: point.side):
        if side and len(run) >= RUN_OF:
            yield Found(Rule.RUN, side, run[RUN_OF - 1], run)


def _near_a_limit(points: Sequence[Placed]) -> Iterator[Found]:
    """Windows that overlap are one signal, which shows with the first of them."""
    for side in (1, -1):
        windows = [
            points[end - OF : end]
            for end in range(OF, len(points) + 1)
            if _without_gap(points[end - OF : end])
            and sum(point.near == side for point in points[end - OF : end]) >= NEAR
        ]
        for group in _overlapping(windows):
            covered = [point for point in points if group[0][0].index <= point.index <= group[-1][-1].index]
            while covered[0].near != side:
                covered = covered[1:]
            at = group[0][-1]
            while covered[-1].near != side and covered[-1].index > at.index:
                covered = covered[:-1]
            yield Found(Rule.NEAR_A_LIMIT, side, at, covered)


def _overlapping(windows: list[Sequence[Placed]]) -> list[list[Sequence[Placed]]]:
    groups: list[list[Sequence[Placed]]] = []
    for window in windows:
        if groups and window[0].index <= groups[-1][-1][-1].index:
            groups[-1].append(window)
        else:
            groups.append([window])
    return groups


def _stretches(points: Sequence[Placed], kind: Callable[[Placed], int]) -> Iterator[tuple[int, Sequence[Placed]]]:
    """Runs of neighbours of one kind; a missing point ends a run, for nobody knows where it would have been."""
    start = 0
    for end in range(1, len(points) + 1):
        if (
            end == len(points)
            or kind(points[end]) != kind(points[start])
            or not _without_gap(points[end - 1 : end + 1])
        ):
            yield kind(points[start]), points[start:end]
            start = end


def _without_gap(points: Sequence[Placed]) -> bool:
    return points[-1].index - points[0].index == len(points) - 1


# --- in words --------------------------------------------------------------------------------------------------------


def _told(hit: Found, unit: str, currency: str, provisional_on: int | None) -> Signal:
    sentence = _SENTENCES[hit.rule](hit, unit, currency)
    if provisional_on is not None:
        sentence += f" The limits are provisional: they rest on {counted(provisional_on, 'point')}."
    first, last = hit.points[0], hit.points[-1]
    return Signal(
        rule=hit.rule,
        above=hit.side > 0,
        index=hit.at.index,
        since=first.index,
        through=last.index,
        label=hit.at.label,
        since_label=first.label,
        provisional=provisional_on is not None,
        sentence=sentence,
    )


def _outside_told(hit: Found, unit: str, currency: str) -> str:
    point, above = hit.at, hit.side > 0
    value, limit = format_pair(
        decimal(point.value), decimal(point.upper if above else point.lower), unit, currency, compact=True
    )
    return f"{point.label} is {'above' if above else 'below'} the usual range: {value}, the limit is {limit}."


def _near_told(hit: Found, unit: str, currency: str) -> str:
    near = sum(point.near == hit.side for point in hit.points)
    limit = "upper" if hit.side > 0 else "lower"
    return (
        f"{counted(near, 'point').removesuffix(' points').capitalize()} of {counted(max(OF, len(hit.points)), 'point')}"
        f" in a row, up to {hit.points[-1].label}, lie nearer to the {limit} limit than to the centre."
    )


def _run_told(hit: Found, unit: str, currency: str) -> str:
    side = "above" if hit.side > 0 else "below"
    return (
        f"{counted(len(hit.points), 'point').capitalize()} in a row, from {hit.points[0].label} to"
        f" {hit.points[-1].label}, lie {side} the centre of {figure(hit.at.centre, unit, currency)}."
    )


_SENTENCES: dict[Rule, Callable[[Found, str, str], str]] = {
    Rule.OUTSIDE: _outside_told,
    Rule.NEAR_A_LIMIT: _near_told,
    Rule.RUN: _run_told,
}
