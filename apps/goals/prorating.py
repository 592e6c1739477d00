"""What an absence or a change of hands does to a target that adds up: its share of the working days. Pure."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from apps.common.apportion import apportion
from apps.common.calendars import WorkingCalendar

Span = tuple[date, date]  # [first day, first day after)
CENT = Decimal("0.01")


def days_away(calendar: WorkingCalendar, start: date, end: date, away: Iterable[Span]) -> int:
    """Working days of [start, end) in any of the absences; days in two of them count once."""
    days, at = 0, start
    for first, back in sorted(away):
        days += calendar.count(max(first, at), min(back, end))
        at = max(at, back)
    return days


def prorated(target: Decimal, total: int, away: int, allowed: int = 0, quantum: Decimal = CENT) -> Decimal:
    """The target for the days that are left; `allowed` days away are in it already. 100 k for 57 of 65 is 87,692.31."""
    left, before = Fraction(total - away), Fraction(total - allowed)
    exact = Fraction(target) * left / before if before else Fraction(target)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(quantum)


def handed_over(
    target: Decimal, calendar: WorkingCalendar, start: date, end: date, on: date, quantum: Decimal = CENT
) -> tuple[Decimal, Decimal]:
    """What the one who had it keeps, and what the one who takes over from `on` gets: by working days, exact in sum."""
    on = min(max(on, start), end)
    before, after = calendar.count(start, on), calendar.count(on, end)
    if not before + after:
        before, after = (on - start).days, (end - on).days
    kept, given = apportion(target, [before, after], quantum)
    return kept, given
