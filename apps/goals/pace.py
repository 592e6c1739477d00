"""Where a goal should be by now, how far it has come, and what is still needed: plain arithmetic, no clock.

Time is counted in working days that have closed: `closed` of `total` days of the period, up to the last day the data
covers. Our convention is closed days / all days: the first day counts once it is over, and the last day makes it 1.

Three courses towards a target:
    cumulative (FLOW)               from 0 to the target, day by day
    glide (STOCK with a baseline)   from the baseline to the target, day by day
    level (RATIO, MEAN, COMPOSITE, a STOCK without baseline)   at the target all along
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, periods_between
from apps.goals.phasing import WORKING_DAYS, Curve, passed

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
BY_CALENDAR = FiscalYear()


# Kinds of goals that go from a baseline to a target; the others are at their target all along, or add up.
GLIDING = ("reach", "snapshot", "change_percent", "change_points")


class Course(StrEnum):
    CUMULATIVE = "cumulative"
    GLIDE = "glide"
    LEVEL = "level"


class Days(NamedTuple):
    """Working days of a period that have closed, of all it has."""

    closed: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.closed

    @property
    def share(self) -> float:
        return self.closed / self.total


@lru_cache(maxsize=65_536)
def days(calendar: WorkingCalendar, start: date, end: date, through: date | None) -> Days:
    """The days of [start, end) that are closed once `through` (inclusive) has ended.

    A period without a single working day is counted in calendar days, so that it still passes.
    """
    until = start if through is None else min(max(through + ONE_DAY, start), end)
    total = calendar.count(start, end)
    if total:
        return Days(calendar.count(start, until), total)
    return Days((until - start).days, (end - start).days)


def course_of(
    kind: str, direction: str, baseline: Decimal | None, target: Decimal, goal_kind: str = ""
) -> tuple[Course, Decimal]:
    """The course of a goal and the base it starts from, by the kind of its KPI unless the goal's own kind says more.

    A flow always starts from 0: its actual is counted from the first day of the period, so a baseline (say, last
    quarter's revenue) is something to compare with and not a place to start from. A baseline that is already at or
    beyond the target gives nothing to glide along: the goal is to keep the level.
    """
    if kind == "flow" and not goal_kind.startswith("keep_"):
        return Course.CUMULATIVE, ZERO
    glides = kind == "stock" if not goal_kind else goal_kind in GLIDING
    if glides and baseline is not None and is_ahead(target, baseline, direction):
        return Course.GLIDE, baseline
    return Course.LEVEL, ZERO


def is_ahead(value: Decimal, other: Decimal, direction: str) -> bool:
    """Whether the value is strictly better than the other one."""
    return value < other if direction == "down" else value > other


def is_met(value: Decimal, target: Decimal, direction: str) -> bool:
    """Inclusive and unrounded: 59.9999 has not reached 60."""
    return value <= target if direction == "down" else value >= target


def expected(target: Decimal, base: Decimal, passed: Days) -> Decimal:
    """base + (target − base) × closed / total, multiplied before it is divided so that whole results stay whole."""
    return base + (target - base) * passed.closed / passed.total


def attainment(value: Decimal, baseline: Decimal | None, target: Decimal) -> Decimal | None:
    """(value − baseline)/(target − baseline), up or down alike: 0 at the baseline, 1 at the target, never capped.

    Without a baseline it counts from 0. None where baseline and target coincide: there is no distance to cover.
    """
    start = baseline or ZERO
    distance = target - start
    return (value - start) / distance if distance else None


def needed_on_plan(value: Decimal, target: Decimal, rest: Fraction, step: Fraction, days_left: int) -> Decimal | None:
    """What each working day must bring until the part of a phased target that is running ends.

    The missing amount spreads over the rest as the phasing does: `step` of the `rest` of the target is due in the
    `days_left` of the running part. 0 once reached, None without days or a rest.
    """
    if value >= target:
        return ZERO
    if not days_left or not rest:
        return None
    each = Fraction(target - value) * step / rest / days_left
    return Decimal(each.numerator) / each.denominator


def needed_per_day(value: Decimal, target: Decimal, passed: Days) -> Decimal | None:
    """What each working day left must bring for a flow to reach the target; 0 once reached, None without days."""
    if value >= target:
        return ZERO
    return (target - value) / passed.left if passed.left else None


def achieved_per_day(value: Decimal, passed: Days) -> Decimal | None:
    """What each closed working day has brought so far."""
    return value / passed.closed if passed.closed else None


def required_rate(
    numerator: Decimal, denominator: Decimal, target: Decimal, passed: Days
) -> tuple[Decimal, Decimal] | None:
    """The rate the rest of the period must have for the whole to come to the target, and on how large a rest.

    The rest of the denominator is taken to come in as fast as it did so far. None where there is no rest.
    """
    if not passed.closed or not passed.left or denominator <= 0:
        return None
    rest = denominator * passed.left / passed.closed
    return (target * (denominator + rest) - numerator) / rest, rest


def expected_path(
    points: Iterable[date],
    *,
    calendar: WorkingCalendar,
    start: date,
    end: date,
    kind: str,
    direction: str,
    baseline: Decimal | None,
    target: Decimal,
    goal_kind: str = "",
    curve: Curve = WORKING_DAYS,
) -> list[tuple[date, Decimal]]:
    """What a chart draws beside the actuals: the expected value at each point of `series_points`."""
    course, base = course_of(kind, direction, baseline, target, goal_kind)
    if course is Course.LEVEL:
        return [(point, target) for point in points]
    due = [(point, passed(curve, calendar, start, end, point - ONE_DAY)) for point in points]
    return [(point, expected(target, base, Days(share.numerator, share.denominator))) for point, share in due]


def series_points(start: date, end: date, fiscal: FiscalYear = BY_CALENDAR) -> tuple[date, ...]:
    """Where the sub-periods of [start, end) end, for its sparkline and chart; the last point is `end` itself.

    Half-open like every period: a point is the first day that no longer counts, so the value to date at a point is
    that of [start, point). Days for up to three weeks, the calendar's weeks for up to a quarter, beyond that its months
    or the periods of its year by weeks.
    """
    length = (end - start).days
    if length <= 21:
        return tuple(start + timedelta(days=number) for number in range(1, length + 1))
    grain = Grain.WEEK if length <= 100 else Grain.MONTH
    ends = (period.end for period in periods_between(start, end, grain, fiscal))
    return (*(point for point in ends if point < end), end)


@lru_cache(maxsize=4096)
def points_until(start: date, end: date, through: date | None, fiscal: FiscalYear = BY_CALENDAR) -> tuple[date, ...]:
    """The points of the series that data up to `through` (inclusive) has reached, and the first day it has not."""
    if through is None or through < start:
        return ()
    last = min(through + ONE_DAY, end)
    return (*(point for point in series_points(start, end, fiscal) if point < last), last)
