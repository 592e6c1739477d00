"""What is new on a goal's card today: what moved since the last working day, and when it is looked at next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.goals.cadences import next_check_in
from apps.goals.crediting import Crediting
from apps.goals.models import Actual
from apps.goals.movement import Changes, Movement, actuals_then, changes_since, last_working_day
from apps.metrics.queries import first_instant, org_of
from apps.pages.goals.present import GoneKpi, Shown
from apps.people.models import Workspace
from apps.people.queries import calendar_of

MOST_CHANGES = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Today:
    """`since` is the last working day. `movement` is None where no deals are behind the number, or nobody knows.

    `was` is what was known of the goal when that day ended.
    """

    since: date
    movement: Movement | None
    too_many: bool
    was: Actual | None
    check_in: date | None
    now: Actual | None

    @property
    def risen(self) -> Decimal | None:
        """By how much the number is another one; None if it is not, or was not known."""
        if self.was is None or self.was.value is None or self.now is None or self.now.value is None:
            return None
        return self.now.value - self.was.value or None

    @property
    def flipped_from(self) -> str:
        """The status it had, if that is another one now."""
        return self.was.status if self.was and self.now and self.was.status != self.now.status else ""

    @property
    def first_changes(self) -> list[object]:
        return list(self.movement.changes[:MOST_CHANGES]) if self.movement else []

    @property
    def more(self) -> int:
        return max(0, len(self.movement.changes) - MOST_CHANGES) if self.movement else 0


def with_today(workspace: Workspace, shown: Sequence[Shown], today: date) -> list[tuple[Shown, Today]]:
    """Each goal with what is new, in the same few queries at any number of goals."""
    if not shown:
        return []
    calendar = calendar_of(workspace)
    since = last_working_day(calendar, today)
    changes = changes_since(workspace, since) if any(_reads_deals(each) for each in shown) else None
    credit = Crediting(org_of(workspace), today) if changes and changes.pairs else None
    then = actuals_then([each.goal for each in shown], first_instant(workspace, since + ONE_DAY))
    return [
        (
            each,
            Today(
                since=since,
                movement=_movement(each, changes, credit),
                too_many=bool(changes and changes.too_many),
                was=then.get(each.goal.pk),
                check_in=next_check_in(
                    each.goal.cadence, each.goal.starts_on, each.goal.ends_on, today, calendar, workspace.fiscal
                ),
                now=each.actual,
            ),
        )
        for each in shown
    ]


def _reads_deals(shown: Shown) -> bool:
    return not isinstance(shown.kpi, GoneKpi) and "deals" in shown.kpi.tables


def _movement(shown: Shown, changes: Changes | None, credit: Crediting | None) -> Movement | None:
    if changes is None or changes.too_many or not _reads_deals(shown):
        return None
    if credit is None:
        return Movement(changes.since)
    goal = shown.goal
    return changes.of(goal.scope, goal.team_id or goal.person_id, credit)
