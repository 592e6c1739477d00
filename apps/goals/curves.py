"""From a phasing as it is stored to the curve of one goal's period.

What is stored in `weights`, by kind of phasing:

    table, seasonal   shares of the months (or periods) of a fiscal year, the first one first
    manual            [first day, share] of each part of one period
    linearity         cumulative shares at equal steps through the working days
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, Period, period_of, periods_between
from apps.goals.models import Phasing
from apps.goals.phasing import LINEAR, WORKING_DAYS, Curve, Part, parts_of


def curve_of(phasing: Phasing | None, start: date, end: date, fiscal: FiscalYear) -> Curve:
    """The curve for [start, end); by working days without a phasing, or where its table says nothing of these days."""
    if phasing is None:
        return WORKING_DAYS
    match phasing.kind:
        case Phasing.Kind.LINEAR:
            return LINEAR
        case Phasing.Kind.TABLE | Phasing.Kind.SEASONAL:
            return _of_year(phasing.weights, start, end, fiscal)
        case Phasing.Kind.LINEARITY:
            return Curve(steps=tuple(Fraction(str(each)) for each in phasing.weights))
        case Phasing.Kind.MANUAL:
            return Curve(_by_hand(phasing.weights, end))
    return WORKING_DAYS


def _of_year(weights: Sequence[Any], start: date, end: date, fiscal: FiscalYear) -> Curve:
    """The months of the goal's period by their shares of the year, brought to a whole; a part month by its days."""
    found: list[tuple[date, date, Fraction]] = []
    for month in periods_between(start, end, Grain.MONTH, fiscal):
        first, last = max(month.start, start), min(month.end, end)
        share = (
            Fraction(str(weights[place])) if (place := _place_in_year(month, fiscal)) < len(weights) else Fraction(0)
        )
        found.append((first, last, share * Fraction((last - first).days, (month.end - month.start).days)))
    whole = sum((share for _, _, share in found), Fraction(0))
    if not whole:
        return WORKING_DAYS
    return Curve(tuple(Part(first, last, share / whole) for first, last, share in found))


def _place_in_year(month: Period, fiscal: FiscalYear) -> int:
    year = period_of(month.start, Grain.YEAR, fiscal)
    return len(periods_between(year.start, month.start, Grain.MONTH, fiscal))


def _by_hand(weights: Sequence[Any], end: date) -> tuple[Part, ...]:
    starts = [date.fromisoformat(day) for day, _ in weights]
    return parts_of(starts, end, [Decimal(str(share)) for _, share in weights])
