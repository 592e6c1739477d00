"""Creating and editing a goal: each view reads a form, calls one service and asks for new figures."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from apps.goals.errors import GoalRefusal
from apps.goals.models import Cadence, Scope
from apps.goals.permissions import Reach, reach_of
from apps.goals.services import create_goal, edit_goal
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.actions import editable_goal, refused_page, saved
from apps.pages.goals.forms import GoalForm, NewGoalForm, initial_of
from apps.pages.goals.hint import hint_for, warning_for
from apps.pages.goals.present import kpi_of
from apps.people.roles import Permission


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_new(request: WorkspaceRequest) -> HttpResponse:
    reach = reach_of(request.member, request.today)
    if not reach:
        raise PermissionDenied("You set goals for the teams you belong to, and you are in none now.")
    options: dict[str, Any] = {
        "workspace": request.workspace,
        "definitions": request.definitions,
        "reach": reach,
        "today": request.today,
    }
    if request.method != "POST":
        form = NewGoalForm(initial=_defaults(request, reach), **options)
        return render(request, "pages/goals/new.html", {"form": form} | _beside(request, form.initial))
    form = NewGoalForm(request.POST, **options)
    if form.is_valid():
        wanted = form.wanted() | {"target": form.cleaned_data["target"], "benchmark": form.benchmark()}
        try:
            goal = create_goal(workspace=request.workspace, by=request.member, today=request.today, **wanted)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, "pages/goals/new.html", form, _beside(request, request.POST))


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_edit(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    if goal.closed_at:
        messages.info(request, f"“{goal.title}” is closed: reopen it to change it.")
        return redirect("pages:goal", request.workspace.slug, goal.pk)
    options: dict[str, Any] = {
        "workspace": request.workspace,
        "definitions": request.definitions,
        "reach": reach_of(request.member, request.today),
        "today": request.today,
        "goal": goal,
    }
    context: dict[str, Any] = {"goal": goal, "hint": None}
    if request.method != "POST":
        form = GoalForm(initial=initial_of(goal, kpi_of(goal, request.definitions).unit), **options)
        return render(request, "pages/goals/edit.html", context | {"form": form})
    form = GoalForm(request.POST, **options)
    if form.is_valid():
        try:
            edit_goal(goal=goal, by=request.member, today=request.today, **form.wanted())
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, "pages/goals/edit.html", form, context)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_hint(request: WorkspaceRequest) -> HttpResponse:
    """What the chosen KPI means and came to before; the form asks when a choice changes."""
    return render(request, "pages/goals/hint.html", _beside(request, request.GET))


def _beside(request: WorkspaceRequest, chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {"hint": hint_for(request, chosen), "warning": warning_for(request, chosen)}


def _defaults(request: WorkspaceRequest, reach: Reach) -> dict[str, Any]:
    """This quarter, my team (or the company), me; the KPI may come with the link that led here."""
    teams = request.member.memberships.filter(ends_on__isnull=True).values_list("team_id", flat=True)
    kpi = request.definitions.find(request.GET.get("kpi", ""))
    usual = Scope.WORKSPACE if reach.everything else Scope.TEAM
    wanted = request.GET.get("scope", "")
    return {
        "kpi": kpi.ref if kpi else "",
        "scope": wanted if wanted in (Scope.TEAM, Scope.PERSON) else usual,
        "team": teams.first(),
        "owner": request.member.pk,
        "period": NewGoalForm.default_period(request.workspace, request.today),
        "cadence": Cadence.WEEKLY,
    }
