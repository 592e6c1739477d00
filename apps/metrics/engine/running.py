"""Sums that run over atoms of time, in plain Python."""

from bisect import bisect_right
from collections.abc import Mapping
from decimal import Decimal

_ZERO = Decimal(0)


class Running:
    """Sums by atom, added up: the sum of everything before a cut by bisection."""

    def __init__(self, by_atom: Mapping[int, Decimal]) -> None:
        self.atoms = sorted(by_atom)
        self.sums: list[Decimal] = []
        total = _ZERO
        for atom in self.atoms:
            total += by_atom[atom]
            self.sums.append(total)

    def before(self, cut: int) -> Decimal:
        """The sum over atoms up to and including that which ends at this cut."""
        place = bisect_right(self.atoms, cut)
        return self.sums[place - 1] if place else _ZERO
