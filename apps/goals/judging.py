"""From a goal and a computed figure to the inputs of its status: the one place where the two are put together."""

from datetime import date
from decimal import Decimal
from typing import Protocol

from apps.common.calendars import WorkingCalendar
from apps.goals.case import FRESH_FOR_DAYS, Inputs
from apps.goals.models import Goal
from apps.metrics.catalogue import Kpi, Unit
from apps.metrics.catalogue.formulas import Count, Quotient
from apps.metrics.catalogue.rows import Condition, Either, Named


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
) -> Inputs:
    """The inputs of `judge`. The target is the one in force (queries.targets_in_force)."""
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
        table=kpi.table,
        is_share=is_share(kpi),
    )


def is_share(kpi: Kpi) -> bool:
    """Whether the KPI counts a part of what it divides by, so that it cannot exceed 100 % (win rate, not growth)."""
    formula = kpi.formula
    if kpi.unit is not Unit.PERCENT or not isinstance(formula, Quotient):
        return False
    above, below = formula.above, formula.below
    return isinstance(above, Count) and isinstance(below, Count) and above.where in _alternatives(below.where)


def _alternatives(condition: Condition) -> list[Condition]:
    """The conditions any of which makes this one true: `won | lost` is true of what is won."""
    if isinstance(condition, Either):
        return [condition, *_alternatives(condition.first), *_alternatives(condition.second)]
    if isinstance(condition, Named):
        return [condition, *_alternatives(condition.condition)]
    return [condition]
