"""How the target of one goal spreads over its period, to be shown: the curve, and what is due in each part."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from apps.common.apportion import apportion
from apps.common.calendars import WorkingCalendar
from apps.common.periods import Period
from apps.goals.curves import Step, curve_of, curve_with_changes, shares_of, slices, unknown_to
from apps.goals.models import Goal, Phasing
from apps.goals.pace import Course, course_of
from apps.goals.phasing import Curve, passed
from apps.metrics.catalogue import Kpi

QUANTUM = {"money": Decimal("0.01"), "count": Decimal("0.01"), "percent": Decimal("0.0001")}
POINTS = 60  # of the drawn curve


class PartDue(NamedTuple):
    """One month (or period, or week): what is due in it, and what the actual should have come to at its end."""

    period: Period
    share: float
    adds: Decimal
    by_then: Decimal


class Spread(NamedTuple):
    """`line` are points of the curve from (0, 0) to (1, 1), through time and through the target."""

    kind: str
    made_from: str
    target: Decimal
    base: Decimal
    course: Course
    parts: list[PartDue]
    line: list[tuple[float, float]]


def curve_of_goal(goal: Goal, day: date, calendar: WorkingCalendar) -> Curve:
    """As a recompute on this day would judge it by."""
    return _curve(goal, _steps(goal, day) if goal.phasing else [], calendar)


def _curve(goal: Goal, steps: list[Step], calendar: WorkingCalendar) -> Curve:
    curve = curve_of(goal.phasing, goal.starts_on, goal.ends_on, goal.workspace.fiscal)
    return curve_with_changes(curve, unknown_to(goal.phasing, steps), calendar)


def spread_of(goal: Goal, kpi: Kpi, day: date, calendar: WorkingCalendar) -> Spread | None:
    """None for goals that are at their target all along, and for those without one."""
    steps = _steps(goal, day)
    if not steps or goal.kind == "milestones":
        return None
    target = steps[-1].value
    course, base = course_of(kpi.kind, kpi.direction, goal.baseline, target, goal.kind)
    if course is Course.LEVEL:
        return None
    curve = _curve(goal, steps, calendar)
    periods = slices(goal.starts_on, goal.ends_on, goal.workspace.fiscal)
    shares = shares_of(curve, calendar, periods)
    adds = apportion(target - base, shares, QUANTUM.get(kpi.unit, Decimal("0.0001")))
    return Spread(
        kind=str(goal.phasing.get_kind_display() if goal.phasing else Phasing.Kind.WORKING_DAYS.label),
        made_from=made_from_told(goal.phasing),
        target=target,
        base=base,
        course=course,
        parts=_parts(periods, shares, adds, base),
        line=_line(curve, calendar, goal),
    )


def made_from_told(phasing: Phasing | None) -> str:
    """`from 3 years: 2023, 2024, 2025`; of a table its name."""
    if phasing is None:
        return ""
    known = phasing.made_from
    for what in ("years", "periods"):
        if found := known.get(what):
            return f"from {len(found)} {what}: {', '.join(found)}"
    return str(phasing.name or known.get("table", ""))


def _parts(periods: list[Period], shares: list[Fraction], adds: list[Decimal], base: Decimal) -> list[PartDue]:
    found, by_then = [], base
    for period, share, each in zip(periods, shares, adds, strict=True):
        by_then += each
        found.append(PartDue(period, float(share), each, by_then))
    return found


def _line(curve: Curve, calendar: WorkingCalendar, goal: Goal) -> list[tuple[float, float]]:
    days = (goal.ends_on - goal.starts_on).days
    steps = min(days, POINTS)
    ends = [date.fromordinal(goal.starts_on.toordinal() + days * step // steps) for step in range(steps + 1)]
    due = [passed(curve, calendar, goal.starts_on, goal.ends_on, date.fromordinal(end.toordinal() - 1)) for end in ends]
    return [((end - goal.starts_on).days / days, float(share)) for end, share in zip(ends, due, strict=True)]


def _steps(goal: Goal, day: date) -> list[Step]:
    """The targets in force until a day; before the period begins the one it will begin with."""
    versions = goal.targets.filter(state="in_force", effective_from__lte=max(day, goal.starts_on))
    return [Step(*each) for each in versions.values_list(*Step._fields)]
