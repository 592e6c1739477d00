"""Which of the goals that became achieved are news: crossed in the last days, not lifted by an import of old data.

A recompute also sees a goal reached when rows of last spring come in. Nobody did that today, so what the goal came to
two weeks ago is computed from the rows as they are now; who was over the line then is not celebrated today.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from apps.goals.case import Status
from apps.goals.models import GoalKind, Milestone
from apps.goals.pace import is_met
from apps.metrics.engine import Request
from apps.metrics.engine.figures import Scope
from apps.refresh.room import Judged, Room

LATELY = timedelta(days=14)
# What a goal must have been before: judged, and not reached. From no data straight to reached is an import of history.
ON_THE_WAY = frozenset({Status.TOO_EARLY, Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK})


def is_crossing(judged: Judged) -> bool:
    """Whether this verdict says reached, and the one before said on the way."""
    return judged.verdict.status is Status.ACHIEVED and judged.goal.status_before in ON_THE_WAY


def crossed_lately(room: Room, crossings: Iterable[Judged]) -> list[int]:
    """The goals among these that were crossed within LATELY, by the days of the rows. One more scan at most."""
    since = room.today - LATELY
    ids, asked = [], []
    for judged in crossings:
        goal = judged.goal
        if goal.kind == GoalKind.MILESTONES or judged.verdict.case.is_over or goal.starts_on >= since:
            ids.append(goal.pk)
        else:
            asked.append(judged)
    old = _over_since(room, asked, since)
    late = {each.goal.pk for each in crossings if each.verdict.case.is_over and each.goal.ends_on <= since}
    late |= _ticked_off_before(ids, since)
    return [pk for pk in [*ids, *(each.goal.pk for each in asked)] if pk not in old | late]


def _over_since(room: Room, asked: list[Judged], since: date) -> set[int]:
    """Those that were over their target already on that day, as known now."""
    if not asked:
        return set()
    answers = room.answers(
        Request(
            id=each.goal.pk,
            kpi=each.name,
            scope=cast("Scope", each.goal.scope),
            scope_id=each.goal.team_id or each.goal.person_id,
            start=each.goal.starts_on,
            end=since,
        )
        for each in asked
    )
    return {each.goal.pk for each in asked if _was_met(each, answers[each.goal.pk].figure.value)}


def _was_met(judged: Judged, value: Decimal | None) -> bool:
    given = judged.verdict.case.given
    return value is not None and given.target is not None and is_met(value, given.target, given.direction)


def _ticked_off_before(ids: list[int], since: date) -> set[int]:
    """Goals of milestones of which none was done since then."""
    done = Milestone.objects.filter(goal__in=ids, done_on__isnull=False)
    last = dict(done.order_by("done_on").values_list("goal_id", "done_on"))
    return {pk for pk, day in last.items() if day is not None and day < since}
