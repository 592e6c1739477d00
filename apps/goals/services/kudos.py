"""Celebrations of goals that were reached, and the thanks of others."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Actual, Celebration, Goal, Kudos
from apps.goals.permissions import can_see_goal
from apps.goals.services.parts import audit
from apps.people.models import Member, Workspace

LONGEST = 300


def celebrate(*, workspace: Workspace, goal_ids: Iterable[int], now: datetime) -> list[int]:
    """Note that these goals were reached, each only the first time ever; returns the goals that are news.

    Call it in the transaction that stored the actuals which say so. A goal that was reached before (an import was
    undone and brought back) is no news, whether it was celebrated then or not.
    """
    goals = dict(Goal.objects.filter(workspace=workspace, pk__in=list(goal_ids)).values_list("pk", "latest_id"))
    before = Actual.objects.filter(goal__in=goals, status=Status.ACHIEVED).exclude(pk__in=goals.values())
    known = set(before.order_by().values_list("goal_id", flat=True).distinct())
    known |= set(Celebration.objects.filter(goal__in=goals).values_list("goal_id", flat=True))
    fresh = [pk for pk in goals if pk not in known]
    Celebration.objects.bulk_create(
        [Celebration(goal_id=pk, actual_id=goals[pk], at=now) for pk in fresh], ignore_conflicts=True
    )
    return fresh


@transaction.atomic
def give_kudos(*, goal: Goal, by: Member, today: date, text: str = "") -> Kudos:
    """One person's thanks for a goal that was reached; said again, the words take the place of the former ones."""
    if not can_see_goal(by, goal, today):
        raise PermissionDenied("You do not see this goal.")
    text = " ".join(text.split())
    problems = {}
    if len(text) > LONGEST:
        problems["text"] = f"Kudos have at most {LONGEST} characters; these have {len(text)}."
    if not Celebration.objects.filter(goal=goal).exists():
        problems[""] = f"“{goal.title}” has not been reached yet: kudos are for what is done."
    if goal.owner_id == by.pk or goal.person_id == by.pk:
        problems[""] = "Kudos come from others: this is your own goal."
    if problems:
        raise GoalRefusal(problems)
    kudos, is_new = Kudos.objects.update_or_create(goal=goal, by=by, defaults={"text": text})
    if is_new:
        audit(goal, by, "goal.kudos", {}, {"text": text})
    return kudos


@transaction.atomic
def take_back_kudos(*, goal: Goal, by: Member) -> bool:
    """True if there was something to take back."""
    gone, _ = Kudos.objects.filter(goal=goal, by=by).delete()
    if gone:
        audit(goal, by, "goal.kudos_taken_back", {}, {})
    return bool(gone)
