"""How a target spreads over its period: one curve W from 0 at the start to 1 at the end, and the parts it makes.

    linear         every calendar day the same
    working days   every working day the same
    parts          shares of sub-periods (a season, a table, by hand); within each by working days
    linearity      cumulative shares at equal steps through the working days, as earlier periods came in

Shares are exact fractions, so that W reaches 1 and parts add up to the target. Pure: time is an argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from apps.common.apportion import apportion
from apps.common.calendars import WorkingCalendar
from apps.common.errors import Refusal

ONE_DAY = timedelta(days=1)
WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Part:
    """The days [start, end) and the share of the target that belongs to them."""

    start: date
    end: date
    share: Fraction


@dataclass(frozen=True, slots=True)
class Curve:
    """At most one of `parts` and `steps` is given; with neither all days are alike, working days or `by_calendar`."""

    parts: tuple[Part, ...] = ()
    steps: tuple[Fraction, ...] = ()
    by_calendar: bool = False


WORKING_DAYS = Curve()
LINEAR = Curve(by_calendar=True)


@lru_cache(maxsize=65_536)
def passed(curve: Curve, calendar: WorkingCalendar, start: date, end: date, through: date | None) -> Fraction:
    """W: which share of the target of [start, end) is due once `through` (inclusive) has closed; None: nothing yet."""
    until = start if through is None else min(max(through + ONE_DAY, start), end)
    if curve.parts:
        return sum((part.share * _evenly(calendar, part.start, part.end, until) for part in curve.parts), Fraction(0))
    if curve.by_calendar:
        return Fraction((until - start).days, (end - start).days)
    even = _evenly(calendar, start, end, until)
    return _along(curve.steps, even) if curve.steps else even


def part_at(curve: Curve, start: date, end: date, day: date) -> tuple[date, date]:
    """The part that a day lies in: from its first day to the first day after it. Without parts the whole period."""
    for part in curve.parts:
        if part.start <= day < part.end:
            return part.start, part.end
    return start, end


def _evenly(calendar: WorkingCalendar, start: date, end: date, until: date) -> Fraction:
    """By working days; a run of days without any passes by the calendar, so that it still passes."""
    until = min(max(until, start), end)
    total = calendar.count(start, end)
    if total:
        return Fraction(calendar.count(start, until), total)
    return Fraction((until - start).days, (end - start).days)


def _along(steps: Sequence[Fraction], even: Fraction) -> Fraction:
    """The cumulative share at a point of the way, straight between the steps; the last step is the end."""
    place = even * len(steps)
    below = int(place)
    if below >= len(steps):
        return WHOLE
    before = steps[below - 1] if below else Fraction(0)
    return before + (steps[below] - before) * (place - below)


def parts_of(starts: Sequence[date], end: date, shares: Sequence[Decimal | Fraction]) -> tuple[Part, ...]:
    """Parts that begin on `starts`, the last one ending at `end`. Refusal unless the shares sum to exactly 1."""
    exact = [Fraction(share) for share in shares]
    if any(share < 0 for share in exact):
        raise Refusal("A share cannot be below 0 %.")
    if (whole := sum(exact, Fraction(0))) != 1:
        raise Refusal(f"The shares sum to {_percent(whole)}, not to 100 %: change one of them.")
    ends = [*starts[1:], end]
    return tuple(Part(first, last, share) for first, last, share in zip(starts, ends, exact, strict=True))


def spread(target: Decimal, parts: Sequence[Part], quantum: Decimal = Decimal("0.01")) -> list[Decimal]:
    """The target of each part; they sum to the target exactly."""
    return apportion(target, [part.share for part in parts], quantum)


def by_amounts(starts: Sequence[date], end: date, amounts: Sequence[Decimal]) -> tuple[Part, ...]:
    """Parts from the amounts somebody typed for them. Refusal if they sum to nothing or one is below 0."""
    total = sum(amounts, Decimal(0))
    if total <= 0 or any(amount < 0 for amount in amounts):
        raise Refusal("Give each part an amount of 0 or more, and at least one above 0.")
    return parts_of(starts, end, [Fraction(amount) / Fraction(total) for amount in amounts])


def retargeted(
    parts: Sequence[Part], before: Decimal, after: Decimal, from_day: date, calendar: WorkingCalendar
) -> tuple[Part, ...]:
    """The parts when the target changes within the period: what was due before `from_day` stays, the rest changes.

    Σ of the phased parts is the new target. Refusal for a rest that would have to be below 0, or without any weight.
    """
    if after <= 0:
        raise Refusal("A target that is phased has to be above 0.")
    whole = Curve(tuple(parts))
    start, end = parts[0].start, parts[-1].end
    due = passed(whole, calendar, start, end, from_day - ONE_DAY) * Fraction(before)
    if due > Fraction(after):
        raise Refusal("Less than what was due already cannot be spread over the rest of the period.")
    rest = Fraction(before) - due
    if not rest and due != Fraction(after):
        raise Refusal("No part of the target was left for the rest of the period, so there is nothing to change.")
    grown = (Fraction(after) - due) / rest if rest else Fraction(0)
    made: list[Part] = []
    for part in parts:
        made += _changed(part, from_day, calendar, Fraction(before), grown, Fraction(after))
    return tuple(made)


def _changed(
    part: Part, from_day: date, calendar: WorkingCalendar, before: Fraction, grown: Fraction, after: Fraction
) -> list[Part]:
    if part.end <= from_day:
        return [Part(part.start, part.end, part.share * before / after)]
    if part.start >= from_day:
        return [Part(part.start, part.end, part.share * before * grown / after)]
    first = part.share * _evenly(calendar, part.start, part.end, from_day)
    return [
        Part(part.start, from_day, first * before / after),
        Part(from_day, part.end, (part.share - first) * before * grown / after),
    ]


def seasonal(starts: Sequence[date], end: date, years: Sequence[Sequence[Decimal]]) -> tuple[Part, ...]:
    """Parts by the mean share of each in earlier years (each with as many parts). Refusal under two years.

    The mean of shares, not of amounts: a big year says no more about the season than a small one.
    """
    whole = [year for year in years if sum(year) > 0 and all(amount >= 0 for amount in year)]
    if len(whole) < 2:
        raise Refusal("A season needs two full years of history; there is less.")
    shares = [
        sum((Fraction(year[place]) / Fraction(sum(year, Decimal(0))) for year in whole), Fraction(0)) / len(whole)
        for place in range(len(starts))
    ]
    return parts_of(starts, end, shares)


def linearity(periods: Sequence[Sequence[Decimal]]) -> tuple[Fraction, ...]:
    """The median cumulative share at each of the equal steps of earlier periods, never falling, ending at 1.

    Each period is what came to date at the end of each step. Refusal under four periods.
    """
    whole = [period for period in periods if period and period[-1] > 0]
    if len(whole) < 4:
        raise Refusal("How a period usually comes in needs four earlier periods; there are fewer.")
    steps: list[Fraction] = []
    for place in range(len(whole[0])):
        shares = sorted(min(max(Fraction(each[place]) / Fraction(each[-1]), Fraction(0)), WHOLE) for each in whole)
        middle = (shares[(len(shares) - 1) // 2] + shares[len(shares) // 2]) / 2
        steps.append(max(middle, steps[-1] if steps else Fraction(0)))
    return (*steps[:-1], WHOLE)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.6g} %"
