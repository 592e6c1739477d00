"""From a goal and a computed figure to the inputs of its status: the one place where the two are put together."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from apps.common.calendars import WorkingCalendar
from apps.goals.case import FRESH_FOR_DAYS, USUAL, Before, Inputs, Kept, Outlook, Thresholds
from apps.goals.models import Goal, Milestone
from apps.goals.phasing import WORKING_DAYS, Curve, Part
from apps.goals.sentences import day_text
from apps.metrics.catalogue import Kpi, Unit
from apps.metrics.catalogue.formulas import Count, PerEntity, Quotient
from apps.metrics.catalogue.rows import Both, Condition, Either, Every, Named

ONE_DAY = timedelta(days=1)


class FigureLike(Protocol):
    """What the engine gives for one goal."""

    @property
    def numerator(self) -> Decimal | None: ...
    @property
    def denominator(self) -> Decimal | None: ...
    @property
    def count(self) -> int: ...
    @property
    def value(self) -> Decimal | None: ...
    @property
    def reason(self) -> str: ...


def inputs_for(
    *,
    goal: Goal,
    kpi: Kpi,
    figure: FigureLike,
    target: Decimal | None,
    through: date | None,
    today: date,
    calendar: WorkingCalendar,
    currency: str,
    table: str = "",
    late: tuple[date, str] | None = None,
    curve: Curve = WORKING_DAYS,
    thresholds: Thresholds = USUAL,
    kept: Kept | None = None,
    before: Before | None = None,
    outlook: Outlook | None = None,
) -> Inputs:
    """The inputs of `judge`. The target is the one in force (queries.targets_in_force).

    `table` is the one to import next where newer data is asked for, by default that of the KPI. `late` tells since when
    a source of one of its tables is late, and why. `kept` tells how often a band was kept, `before` what was said last.
    """
    return Inputs(
        kind=kpi.kind.value,
        direction=kpi.direction.value,
        unit=kpi.unit.value,
        starts_on=goal.starts_on,
        ends_on=goal.ends_on,
        today=today,
        calendar=calendar,
        target=target,
        through=through,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        rows=figure.count,
        reason=figure.reason,
        baseline=goal.baseline,
        min_n=kpi.min_n,
        closed_as=goal.closed_as,
        fresh_for_days=FRESH_FOR_DAYS.get(goal.cadence, 10),
        currency=currency,
        table=table or kpi.table,
        is_share=is_share(kpi),
        ripe_after=kpi.ripe_after,
        goal_kind=goal.kind,
        low=goal.low,
        high=goal.high,
        keep_share=goal.keep_share,
        kept=kept,
        curve=curve,
        thresholds=thresholds,
        before=before,
        outlook=outlook,
        late_since=late[0] if late else None,
        late_why=late[1] if late else "",
    )


def inputs_of_milestones(
    *,
    goal: Goal,
    milestones: Sequence[Milestone],
    today: date,
    calendar: WorkingCalendar,
    thresholds: Thresholds,
    before: Before | None,
) -> Inputs:
    """A plan of milestones: the share done by weight, against the share that is due. It waits for no data."""
    all_weight = sum((each.weight for each in milestones), Decimal(0))
    done = [each for each in milestones if each.done_on is not None and each.done_on <= today]
    done_weight = sum((each.weight for each in done), Decimal(0))
    parts = tuple(
        Part(each.due_on, each.due_on + ONE_DAY, Fraction(each.weight) / Fraction(all_weight)) for each in milestones
    )
    return Inputs(
        kind="flow",
        direction="up",
        unit="percent",
        starts_on=goal.starts_on,
        ends_on=goal.ends_on,
        today=today,
        calendar=calendar,
        target=Decimal(1) if milestones else None,
        through=today - ONE_DAY,
        value=done_weight / all_weight if milestones else None,
        numerator=done_weight,
        denominator=all_weight,
        rows=len(done),
        closed_as=goal.closed_as,
        is_share=True,
        goal_kind=goal.kind,
        curve=Curve(parts) if parts else WORKING_DAYS,
        thresholds=thresholds,
        before=before,
        table="milestones",
        plan=_plan_told(milestones, today),
    )


def _plan_told(milestones: Sequence[Milestone], today: date) -> str:
    """`Overdue: “Contract signed”, due Fri 7 Nov, and 2 more`, else which one is next."""
    open_ones = sorted((each for each in milestones if each.done_on is None or each.done_on > today), key=_due)
    if not open_ones:
        return ""
    overdue = [each for each in open_ones if each.due_on < today]
    first, more = open_ones[0], len(overdue) - 1
    told = f"{'Overdue' if overdue else 'Next'}: “{first.title}”, due {day_text(first.due_on, today)}"
    return f"{told}, and {more} more" if more > 0 else told


def _due(milestone: Milestone) -> date:
    return milestone.due_on


def is_share(kpi: Kpi) -> bool:
    """Whether the KPI counts a part of what it divides by, so that it cannot exceed 100 % (win rate, not growth)."""
    formula = kpi.formula
    if kpi.unit is not Unit.PERCENT or not isinstance(formula, Quotient):
        return False
    above, below = formula.above, formula.below
    if isinstance(above, PerEntity) and isinstance(below, PerEntity) and above.value is None is below.value:
        return above.entity == below.entity and set(below.having) <= set(above.having)
    if not (isinstance(above, Count) and isinstance(below, Count)) or above.on is not below.on:
        return False
    return _implies(above.where, below.where)


def _implies(one: Condition, other: Condition) -> bool:
    """Whether every row of the one is plainly a row of the other: `won` of `won | lost`, anything of `every(leads)`."""
    if isinstance(other, Every) or one.key == other.key:
        return True
    if isinstance(other, Named):
        return _implies(one, other.condition)
    if isinstance(other, Both):
        return _implies(one, other.first) and _implies(one, other.second)
    if isinstance(one, Named):
        return _implies(one.condition, other)
    if isinstance(one, Both) and (_implies(one.first, other) or _implies(one.second, other)):
        return True
    return isinstance(other, Either) and (_implies(one, other.first) or _implies(one, other.second))
