"""From a phasing as it is stored to the curve of one goal's period.

What is stored in `weights`, by kind of phasing:

    table, seasonal   shares of the months (or periods) of a fiscal year, the first one first
    manual            [first day, share] of each part of one period; shares may be fractions, “1/3”
    linearity         cumulative shares at equal steps through the working days
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from apps.common.calendars import WorkingCalendar
from apps.common.errors import Refusal
from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, Period, period_of, periods_between
from apps.goals.models import Phasing
from apps.goals.phasing import LINEAR, WORKING_DAYS, Curve, Part, parts_of, passed, retargeted

SHORT = 45  # days, up to which a period is shown by weeks


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
    return parts_of(starts, end, [Fraction(str(share)) for _, share in weights])


class Step(NamedTuple):
    """A target from a day on."""

    effective_from: date
    value: Decimal


def curve_with_changes(curve: Curve, steps: Sequence[Step], calendar: WorkingCalendar) -> Curve:
    """The curve under the last of the targets: what was due before each change stays, the rest is scaled to it.

    Shares are of the target then in force, so the parts always sum to it. A change that leaves nothing to scale keeps
    the shares as they are; so do curves without parts, where every day is due alike.
    """
    if not curve.parts:
        return curve
    parts = curve.parts
    for before, after in pairwise(steps):
        if after.effective_from > parts[0].start and after.value != before.value:
            with suppress(Refusal):
                parts = retargeted(parts, before.value, after.value, after.effective_from, calendar)
    return Curve(parts)


def unknown_to(phasing: Phasing | None, steps: Sequence[Step]) -> Sequence[Step]:
    """The targets that a phasing does not know yet: it was made for the one of `made_from`, by its place."""
    known = phasing.made_from.get("targets", 1) if phasing else 1
    return steps[max(int(known) - 1, 0) :]


def slices(start: date, end: date, fiscal: FiscalYear) -> list[Period]:
    """The parts of a goal's period that people give amounts for: its months, or its weeks where it is short."""
    grain = Grain.MONTH if (end - start).days > SHORT else Grain.WEEK
    return [
        Period(max(each.start, start), min(each.end, end), each.label)
        for each in periods_between(start, end, grain, fiscal)
    ]


def shares_of(curve: Curve, calendar: WorkingCalendar, parts: Sequence[Period]) -> list[Fraction]:
    """How much of the target is due in each of the parts, which together are the period of the goal."""
    start, end = parts[0].start, parts[-1].end
    due = [passed(curve, calendar, start, end, part.last_day) for part in parts]
    return [each - before for before, each in zip([Fraction(0), *due], due, strict=False)]
