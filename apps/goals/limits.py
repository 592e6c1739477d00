"""Which limits of a band are in force on a day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from apps.goals.models import GoalKind
from apps.goals.queries import Limits


class Band(Protocol):
    """What is asked of a goal here."""

    @property
    def kind(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...


def limits_on(goal: Band, limits: Sequence[Limits], day: date) -> tuple[Decimal | None, Decimal | None]:
    """The limits of a band on a day: of the target version in force, or as the goal was set."""
    in_force = [each for each in limits if each.effective_from <= max(day, goal.starts_on)]
    if not in_force:
        return goal.low, goal.high
    last = in_force[-1]
    if last.low is not None or last.high is not None:
        return last.low, last.high
    if goal.kind == GoalKind.KEEP_BETWEEN:
        return goal.low, goal.high
    return (None, last.value) if goal.kind == GoalKind.KEEP_BELOW else (last.value, None)
