"""A target shared out: parts that add up to it exactly, the gap they leave, what rates of parts imply. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from apps.common.apportion import apportion
from apps.common.errors import Refusal

CENT = Decimal("0.01")
ONE = Decimal(1)


class Sum(NamedTuple):
    """What the parts of a goal come to beside it. `gap` is what is missing; below 0 they are more than the goal."""

    goal: Decimal
    parts: Decimal

    @property
    def gap(self) -> Decimal:
        return self.goal - self.parts

    @property
    def above(self) -> Decimal:
        """By how much the parts are more than the goal."""
        return max(-self.gap, Decimal(0))

    @property
    def over(self) -> float | None:
        """Over-assignment: Σ ÷ goal − 1; below 0 for parts that do not reach it, None where it means nothing."""
        return float(self.parts / self.goal - 1) if self.goal > 0 else None


def quantum_of(target: Decimal, parts: int, unit: str) -> Decimal:
    """The step in which parts are given: whole units where the target is whole and large enough, else cents.

    A count (deals) is never given in fractions.
    """
    if unit == "count" or (target == target.to_integral_value() and target >= 100 * max(parts, 1)):
        return ONE
    return CENT


def split(
    target: Decimal, weights: Mapping[int, Fraction], locked: Mapping[int, Decimal], quantum: Decimal = CENT
) -> dict[int, Decimal]:
    """The target in parts: locked ones stay as they are, the rest is shared by weight, Σ is exact.

    In the order of `weights`, which holds every part. Refusal if the locked ones leave less than nothing, or something
    and nobody to carry it.
    """
    free = [part for part in weights if part not in locked]
    rest = target - sum(locked.values(), Decimal(0))
    if any(value < 0 for value in locked.values()):
        raise Refusal("A part cannot be below 0.")
    if rest < 0:
        raise Refusal("The parts that are kept are more than the goal already: lower one, or free it.")
    if not free and rest:
        raise Refusal("All parts are kept, and they do not add up to the goal: free one, so that it takes the rest.")
    shares = dict(zip(free, _shared(rest, [weights[part] for part in free], quantum), strict=True)) if free else {}
    return {part: locked[part] if part in locked else shares[part] for part in weights}


def _shared(rest: Decimal, weights: Sequence[Fraction], quantum: Decimal) -> list[Decimal]:
    """By weight; where nobody has any (no history, nobody here), evenly would be a guess: refused."""
    if not rest:
        return [Decimal(0)] * len(weights)
    if not any(weights):
        raise Refusal("There is nothing to split by for those that are left: split evenly, or by hand.")
    return apportion(rest, weights, quantum)


def implied(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """What rates of parts mean for the whole: Σ expected numerators ÷ Σ expected denominators.

    Each part is its target and the volume (denominator) that its history makes one expect.
    """
    volume = sum((each[1] for each in parts), Decimal(0))
    if volume <= 0:
        return None
    return sum((target * each for target, each in parts), Decimal(0)) / volume
