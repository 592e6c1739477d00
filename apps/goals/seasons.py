"""What a goal's own history says of how its target should spread: seasons of full years, the way in within a period.

Computed by the engine for the goal's own company, team or person.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, cast

from apps.common.apportion import apportion
from apps.common.calendars import WorkingCalendar
from apps.common.errors import Refusal
from apps.common.periods import Grain, Period, period_of, periods_between, previous_period
from apps.datasets.queries import snapshots
from apps.goals.models import Goal
from apps.goals.phasing import linearity, seasonal
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Request, compute_requests, coverage_of
from apps.metrics.queries import context_of, org_of
from apps.people.queries import calendar_of

MOST_YEARS, MOST_PERIODS, STEPS = 5, 8, 20
ONE_DAY = timedelta(days=1)
SHARE = Decimal("0.000001")


class Learned(NamedTuple):
    """Weights as a phasing keeps them, and the periods they come from."""

    weights: list[Any]
    made_from: dict[str, Any]


def learned_season(goal: Goal, kpi: Kpi) -> Learned:
    """Mean shares of the months of the full fiscal years before the goal begins. Refusal under two of them."""
    fiscal = goal.workspace.fiscal
    history = _History(goal, kpi)
    number = fiscal.year_of(goal.starts_on)
    years = [Period(*fiscal.year(each), f"{each:04d}") for each in range(number - MOST_YEARS, number)]
    covered = [year for year in years if history.covers(year)]
    months = [periods_between(year.start, year.end, Grain.MONTH, fiscal) for year in covered]
    values = history.values([month for year in months for month in year])
    size = len(months[0]) if months else 0
    by_year = [values[place * size : (place + 1) * size] for place in range(len(covered))]
    amounts = [year for year in by_year if _says_something(year)]
    full = [year for year, each in zip(covered, by_year, strict=True) if _says_something(each)]
    told = ", ".join(year.label for year in full)
    try:
        parts = seasonal([month.start for month in months[0]] if months else [], goal.ends_on, amounts)
    except Refusal:
        there = f"only {told} is there whole" if full else "there is none"
        raise Refusal(
            f"A season needs two full years of {kpi.name} before the goal begins, and {there}: import older rows, or"
            " choose another phasing."
        ) from None
    shares = apportion(Decimal(1), [part.share for part in parts], SHARE)
    return Learned([str(share) for share in shares], {"years": [year.label for year in full]})


def learned_linearity(goal: Goal, kpi: Kpi) -> Learned:
    """The median way in of the last 4 to 8 periods like the goal's. Refusal under four."""
    history, calendar = _History(goal, kpi), calendar_of(goal.workspace)
    earlier = [period for period in _periods_before(goal) if history.covers(period)]
    steps = min([STEPS, *(calendar.count(period.start, period.end) or 1 for period in earlier)])
    courses = history.courses(earlier, [_step_ends(period, calendar, steps) for period in earlier])
    earlier = [period for period, course in zip(earlier, courses, strict=True) if course[-1] > 0]
    try:
        shares = linearity(courses)
    except Refusal:
        raise Refusal(
            f"How {kpi.name} usually comes in needs four earlier periods like this one, and the data covers"
            f" {len(earlier)}: import older rows, or choose another phasing."
        ) from None
    return Learned([f"{float(share):.6f}" for share in shares], {"periods": [each.label for each in earlier[::-1]]})


def _says_something(year: Sequence[Decimal]) -> bool:
    """A year in which nothing came in, or more went out than came in some month, has no shares."""
    return sum(year) > 0 and all(amount >= 0 for amount in year)


def _periods_before(goal: Goal) -> list[Period]:
    """Weeks, months, quarters or years before the goal's, the latest first. Refusal for any other run of days."""
    fiscal = goal.workspace.fiscal
    for grain in (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK):
        period = period_of(goal.starts_on, grain, fiscal)
        if (period.start, period.end) == (goal.starts_on, goal.ends_on):
            break
    else:
        raise Refusal("How a period usually comes in can be told of weeks, months, quarters and years only.")
    found = []
    for _ in range(MOST_PERIODS):
        period = previous_period(period, grain, fiscal)
        found.append(period)
    return found


def _step_ends(period: Period, calendar: WorkingCalendar, steps: int) -> list[date]:
    """The first day after each of so many equal steps through the working days of a period."""
    days = [period.start + timedelta(days=each) for each in range((period.end - period.start).days)]
    working = [day for day in days if calendar.is_working(day)] or days
    ends = [working[len(working) * step // steps - 1] + ONE_DAY for step in range(1, steps)]
    return [*ends, period.end]


class _History:
    """Figures of a goal's KPI and scope in earlier periods."""

    def __init__(self, goal: Goal, kpi: Kpi) -> None:
        self.goal, self.kpi = goal, kpi
        self.snapshots = snapshots(workspace=goal.workspace, tables=kpi.tables)
        self.coverage = coverage_of(self.snapshots, kpi)

    def covers(self, period: Period) -> bool:
        first, through = self.coverage.first, self.coverage.through
        return first is not None and through is not None and first <= period.start and period.last_day <= through

    def values(self, periods: Sequence[Period]) -> list[Decimal]:
        answers = self._asked([(period, ()) for period in periods])
        return [answers[place].figure.value or Decimal(0) for place in range(len(periods))]

    def courses(self, periods: Sequence[Period], points: Sequence[Sequence[date]]) -> list[list[Decimal]]:
        """What had come in by each point of each period."""
        answers = self._asked(list(zip(periods, points, strict=True)))
        return [[Decimal(str(value or 0)) for value in answers[place].values] for place in range(len(periods))]

    def _asked(self, wanted: Sequence[tuple[Period, Sequence[date]]]) -> dict[int, Any]:
        if not wanted:
            return {}
        goal = self.goal
        requests = [
            Request(
                id=place,
                kpi=self.kpi.ref,
                scope=cast("Any", goal.scope),
                scope_id=goal.team_id or goal.person_id,
                start=period.start,
                end=period.end,
                points=tuple(points),
            )
            for place, (period, points) in enumerate(wanted)
        ]
        org, context = org_of(goal.workspace), context_of(goal.workspace)
        return compute_requests(self.snapshots, requests, org, {self.kpi.ref: self.kpi}, context)
