"""Comparing people fairly: a funnel around the group's rate, and a band instead of a rank. Pure.

    rates     the funnel: inside its limits, differences are what chance alone makes of so few cases
    the rest  percentiles of the group

Groups under FEWEST people are not shown, nor a group that could be worked out from the others. A rate of fewer than
NAMED_FROM cases bears no name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from apps.metrics.analysis.wilson import Z_95

FEWEST = 5  # people in a group
NAMED_FROM = 20  # cases of a rate


@dataclass(frozen=True)
class Peer:
    """One person's figure: a value, and for rates the hits and cases it is made of."""

    person: int
    name: str
    value: float
    hits: float = 0
    cases: float = 0


@dataclass(frozen=True)
class Placed:
    """A peer in the funnel. `side` is above, below or inside the limits; `name` is blank where none may be shown."""

    person: int
    name: str
    cases: float
    value: float
    side: str


@dataclass(frozen=True)
class Funnel:
    """`rate` is Σhits/Σcases of the group; `points` go from few cases to many."""

    rate: float
    points: tuple[Placed, ...]

    def limits(self, cases: float) -> tuple[float, float]:
        """Between these the rate of so many cases lies 95 times of 100 if nothing but chance tells people apart.

        rate ± z·√(rate·(1 − rate)/n): the shares whose Wilson interval holds the group's rate.
        """
        spread = Z_95 * sqrt(self.rate * (1 - self.rate) / cases)
        return max(0.0, self.rate - spread), min(1.0, self.rate + spread)


@dataclass(frozen=True)
class Band:
    """Percentiles of a group of people."""

    people: int
    low: float
    quarter: float
    middle: float
    three_quarters: float
    high: float

    def words(self, value: float) -> str:
        """Where a value lies, without a rank."""
        if value < self.quarter:
            return "in the lowest quarter"
        if value < self.middle:
            return "between the lowest quarter and the middle"
        if value <= self.three_quarters:
            return "between the middle and the highest quarter"
        return "in the highest quarter"


def funnel(peers: Sequence[Peer]) -> Funnel | None:
    """None for groups under FEWEST people, and where nobody has a case or everybody only hits or misses."""
    counted = [peer for peer in peers if peer.cases > 0]
    if len(counted) < FEWEST:
        return None
    rate = sum(peer.hits for peer in counted) / sum(peer.cases for peer in counted)
    if not 0 < rate < 1:
        return None
    found = Funnel(rate, ())
    points = [_placed(peer, found) for peer in sorted(counted, key=lambda peer: (peer.cases, peer.person))]
    return Funnel(rate, tuple(points))


def _placed(peer: Peer, found: Funnel) -> Placed:
    low, high = found.limits(peer.cases)
    side = "above" if peer.value > high else "below" if peer.value < low else "inside"
    return Placed(peer.person, peer.name if peer.cases >= NAMED_FROM else "", peer.cases, peer.value, side)


def band(peers: Sequence[Peer]) -> Band | None:
    """None for groups under FEWEST people."""
    values = sorted(peer.value for peer in peers)
    if len(values) < FEWEST:
        return None
    return Band(len(values), *(_percentile(values, share) for share in (0.1, 0.25, 0.5, 0.75, 0.9)))


def _percentile(values: Sequence[float], share: float) -> float:
    """Straight between the two nearest, as spreadsheets do."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def shown_groups(sizes: Mapping[str, int]) -> set[str]:
    """Groups with enough people; if only one would be hidden, the smallest of the others goes with it.

    Otherwise it could be worked out from the whole and the rest.
    """
    shown = {name for name, size in sizes.items() if size >= FEWEST}
    hidden = [name for name, size in sizes.items() if 0 < size < FEWEST]
    if len(hidden) == 1 and shown:
        shown.discard(min(shown, key=lambda name: (sizes[name], name)))
    return shown
