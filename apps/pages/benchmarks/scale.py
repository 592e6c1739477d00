"""Own figure and benchmarks on one line: where each lies, as places for a small SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 600
PADDING = 12


@dataclass(frozen=True)
class Mark:
    """A band from `low` to `high` (the same for a single number), as told and as places on the line."""

    name: str
    told: str
    low: float
    high: float
    kind: str  # own | outside | expired | past

    @property
    def width(self) -> float:
        return max(self.high - self.low, 3)

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def placed(bands: Sequence[tuple[str, str, Decimal, Decimal, str]]) -> list[Mark]:
    """(name, told, low, high, kind) of each, on a line from the lowest to the highest of them all."""
    if not bands:
        return []
    lowest, highest = min(each[2] for each in bands), max(each[3] for each in bands)
    span = highest - lowest or Decimal(1)

    def place(value: Decimal) -> float:
        return round(PADDING + float((value - lowest) / span) * (WIDTH - 2 * PADDING), 1)

    return [Mark(name, told, place(low), place(high), kind) for name, told, low, high, kind in bands]
