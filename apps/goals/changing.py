"""Which changes of a target need a second person: those that make it easier, and those that come late. Pure."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

LATE, DOWN, PROPOSED = "late", "down", "proposed"
TOLD = {
    LATE: "it comes late in the period",
    DOWN: "it makes the goal easier",
    PROPOSED: "it is a proposal of the owner",
}


class Aim(NamedTuple):
    """What is to be reached: a number, or the limits of a band to keep."""

    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_band(self) -> bool:
        return self.low is not None or self.high is not None


def is_easier(direction: str, before: Aim, after: Aim) -> bool:
    """A lower target where more is better, a higher one where less is, a band that is wider on any side."""
    if before.is_band or after.is_band:
        return _wider(before.low, after.low, 1) or _wider(before.high, after.high, -1)
    return after.value < before.value if direction == "up" else after.value > before.value


def _wider(before: Decimal | None, after: Decimal | None, sign: int) -> bool:
    """A limit that was taken away, or moved outwards (`sign` 1: downwards)."""
    if before is None:
        return False
    return after is None or sign * after < sign * before


def asks_of(*, direction: str, before: Aim, after: Aim, due: Fraction, late_from: Decimal) -> tuple[str, ...]:
    """Why a change needs a second person; empty if it needs none. `due` is the part of the target due by that day."""
    found = []
    if is_easier(direction, before, after):
        found.append(DOWN)
    if due > Fraction(late_from):
        found.append(LATE)
    return tuple(found)


def asks_told(asks: str) -> str:
    """`down,late` as people read it: “it makes the goal easier, and it comes late in the period”."""
    return ", and ".join(TOLD[each] for each in asks.split(",") if each in TOLD)
