"""What is said about a row: its owner proposes, comments and accepts; who manages the plan accepts or counters."""

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.goals.errors import GoalRefusal
from apps.goals.models import TargetPlan
from apps.goals.plans import columns_of
from apps.goals.services import agreeing
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.plans.acting import LONGEST_ID, acting
from apps.pages.plans.views import plan_page, seen_plan
from apps.people.models import Member
from apps.people.roles import Permission


@workspace_view(Permission.PROPOSE_TARGET)
@require_POST
def plan_say(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    plan, reach = seen_plan(request, plan_id)
    person = _person(request, plan)
    act = request.POST.get("act", "")
    try:
        said = _done(request, plan, person, act)
    except GoalRefusal as refusal:
        typed = {name: str(value) for name, value in request.POST.items() if name.startswith("c-")}
        if typed and any(":" in where for where in refusal.problems):
            return plan_page(request, plan, reach, typed=typed, errors=refusal.problems)
        messages.error(request, refusal.sentence)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, said)
    return redirect("pages:plan", request.workspace.slug, plan.pk)


def _done(request: WorkspaceRequest, plan: TargetPlan, person: Member, act: str) -> str:
    by, today, text = request.member, request.today, request.POST.get("text", "")
    version = acting(request, request.POST)["version"]
    if act == "propose":
        agreeing.propose_row(plan=plan, by=by, values=_values(plan, by, request.POST), text=text, today=today)
        return "Proposed. Whoever manages the plan answers."
    if act == "comment":
        agreeing.comment(plan=plan, by=by, person=person, text=text, today=today)
        return "Said."
    if act == "accept":
        agreeing.accept_row(plan=plan, by=by, person=person, version=version, today=today, text=text)
        return "Agreed."
    if act == "counter":
        values = _values(plan, person, request.POST)
        agreeing.counter_row(plan=plan, by=by, person=person, version=version, today=today, values=values, text=text)
        return f"Answered. {person.name} can accept it now."
    raise GoalRefusal({"": "Choose what to do: propose, comment, accept or counter."})


def _person(request: WorkspaceRequest, plan: TargetPlan) -> Member:
    """Whose row it is about; without a word one's own."""
    text = request.POST.get("person", str(request.member.pk))
    known = text.isdecimal() and len(text) <= LONGEST_ID
    found = plan.workspace.members.filter(pk=int(text)).first() if known else None
    if found is None:
        raise Http404("There is no such person.")
    return found


def _values(plan: TargetPlan, person: Member, given: Mapping[str, str]) -> dict[date, str]:
    """The boxes of one row that were sent along."""
    found = {}
    for place, part in enumerate(columns_of(plan)):
        name = f"c-{person.pk}-{place}"
        if name in given:
            found[part.start] = given[name]
    return found
