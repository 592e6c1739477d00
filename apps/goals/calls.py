"""Owners' calls beside what was computed: which one holds now, and whose were right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from apps.goals.case import Status
from apps.goals.models import Goal, OwnerCall
from apps.people.models import Member

CALLABLE = (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK)
DAYS_TO_REVIEW = {"weekly": 7, "fortnightly": 14, "monthly": 31, "quarterly": 92}
GOOD = (Status.ON_TRACK, Status.ACHIEVED)
BAD = (Status.AT_RISK, Status.OFF_TRACK, Status.MISSED)


def longest_until(goal: Goal, today: date) -> date:
    """The day of the next review at the latest, and never beyond the period."""
    return min(today + timedelta(days=DAYS_TO_REVIEW.get(goal.cadence, 7)), goal.ends_on)


def call_in_force(goal: Goal, today: date) -> OwnerCall | None:
    """The newest call, while it has not expired."""
    call = goal.calls.select_related("by", "computed").first()
    return call if call is not None and call.expires_on >= today and not goal.closed_at else None


@dataclass(frozen=True)
class Rightness:
    """Of closed goals with a call: how often the last call, and the computed status of the same moment, were right."""

    goals: int
    calls_right: int
    computed_right: int
    computed: int

    def told(self, who: str) -> str:
        """`Dana's calls were right 9 of 12 times; the computed status 10 of 12.`"""
        theirs = f"{who}'s calls were right {self.calls_right} of {self.goals} times"
        return f"{theirs}; the computed status {self.computed_right} of {self.computed}."


def whose_were_right(owner: Member) -> Rightness | None:
    """Over the goals of this workspace that were closed as done. One query; None before there is any."""
    calls = OwnerCall.objects.filter(
        by=owner, goal__workspace=owner.workspace, goal__closed_as="done", goal__latest__isnull=False
    )
    last: dict[int, OwnerCall] = {}
    for call in calls.select_related("goal__latest", "computed").order_by("at", "pk"):
        last[call.goal_id] = call
    return rightness_of(
        (call.status, call.computed.status if call.computed else "", call.goal.latest.status)
        for call in last.values()
        if call.goal.latest is not None and call.goal.latest.status in (Status.ACHIEVED, Status.MISSED)
    )


def rightness_of(said: Iterable[tuple[str, str, str]]) -> Rightness | None:
    """From (called, computed then, what came). Right: good and achieved, or trouble and missed."""
    rows = list(said)
    if not rows:
        return None
    judged = [(computed, came) for _, computed, came in rows if computed in (*GOOD, *BAD)]
    return Rightness(
        goals=len(rows),
        calls_right=sum(is_right(called, came) for called, _, came in rows),
        computed_right=sum(is_right(computed, came) for computed, came in judged),
        computed=len(judged),
    )


def is_right(said: str, came: str) -> bool:
    return said in GOOD if came == Status.ACHIEVED else said in BAD
