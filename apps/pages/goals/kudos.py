"""Goals that were just reached, and thanks for them in one tap."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Celebration, Goal, Kudos
from apps.goals.queries import visible_goals
from apps.goals.services.kudos import give_kudos, take_back_kudos
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.goals.actions import seen_goal
from apps.people.models import Member
from apps.people.roles import Permission

SHOWN_FOR = timedelta(days=7)
MOST = 3


@dataclass(frozen=True)
class Reached:
    """A goal that was reached, who thanked for it, and what this member may do."""

    goal: Goal
    at: date
    kudos: list[Kudos]
    mine: Kudos | None
    may_give: bool

    @property
    def others(self) -> list[Kudos]:
        return [each for each in self.kudos if self.mine is None or each.pk != self.mine.pk]


def just_reached(member: Member, today: date) -> list[Reached]:
    """What was reached in the last week among the goals this member sees, as long as it still is; newest first."""
    celebrations = (
        Celebration.objects.filter(
            goal__in=visible_goals(member, today).filter(latest__status=Status.ACHIEVED).order_by().values("pk"),
            at__date__gt=today - SHOWN_FOR,
        )
        .select_related("goal__person", "goal__team", "goal__owner", "goal__workspace")
        .order_by("-at", "pk")[:MOST]
    )
    return _with_kudos(celebrations, member)


def reached(goal: Goal, member: Member) -> Reached | None:
    """The same of one goal, for its page; None if it was never celebrated."""
    found = Celebration.objects.filter(goal=goal).select_related("goal__person", "goal__team", "goal__owner")
    return next(iter(_with_kudos(found, member)), None)


def _with_kudos(celebrations: Iterable[Celebration], member: Member) -> list[Reached]:
    found = list(celebrations)
    given = Kudos.objects.filter(goal__in=[each.goal_id for each in found]).select_related("by") if found else []
    by_goal: dict[int, list[Kudos]] = {}
    for each in given:
        by_goal.setdefault(each.goal_id, []).append(each)
    return [_reached(each, by_goal.get(each.goal_id, []), member) for each in found]


def _reached(celebration: Celebration, given: list[Kudos], member: Member) -> Reached:
    goal = celebration.goal
    own = member.pk in (goal.owner_id, goal.person_id)
    mine = next((each for each in given if each.by_id == member.pk), None)
    return Reached(goal, celebration.at.date(), given, mine, not own)


@workspace_view(Permission.SEE_WORKSPACE)
def goal_kudos(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """One tap gives, another takes back; answered with the line alone, or with the goal's page."""
    goal = seen_goal(request, goal_id)
    if request.method == "POST":
        try:
            if "back" in request.POST:
                take_back_kudos(goal=goal, by=request.member)
            else:
                give_kudos(goal=goal, by=request.member, today=request.today, text=request.POST.get("text", ""))
        except GoalRefusal as refused:
            messages.info(request, refused.sentence)
    if wants_fragment(request):
        context = {"each": reached(goal, request.member)}
        return render(request, "pages/goals/_kudos_line.html", context)
    return redirect("pages:goal", request.workspace.slug, goal.pk)
