"""Creating and editing a goal: each view reads a form, calls one service and asks for new figures."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from apps.goals.errors import GoalRefusal
from apps.goals.models import Cadence, Goal, Scope
from apps.goals.permissions import Reach, reach_of
from apps.goals.services import create_goal, edit_goal
from apps.metrics.catalogue import Direction, Kind
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.goals.actions import editable_goal, refused_page, saved, seen_goal
from apps.pages.goals.builder import Built, built_from
from apps.pages.goals.forms import GoalForm, NewGoalForm, initial_of
from apps.pages.goals.hint import beside, beside_goal
from apps.pages.goals.kinds import BY_NUMBERS
from apps.pages.goals.present import kpi_of
from apps.pages.goals.readings import told
from apps.people.roles import Permission

NEW, EDIT = "pages/goals/new.html", "pages/goals/edit.html"


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
        "member": request.member,
    }
    if request.method != "POST":
        initial = _defaults(request, reach)
        saying = told(request, initial)
        form = NewGoalForm(initial=saying.initial if saying else initial, **options)
        return render(request, NEW, {"form": form, "saying": saying} | beside(request, form.initial))
    form = NewGoalForm(request.POST, **options)
    if form.is_valid():
        try:
            goal = _create(request, form)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, NEW, form, beside(request, request.POST))


@transaction.atomic
def _create(request: WorkspaceRequest, form: NewGoalForm) -> Goal:
    """The goal with its baseline frozen, and the one on its counter-metric, both or none."""
    built = built_from(request, form.data)
    wanted = form.wanted() | _frozen(built) | {"benchmark": form.benchmark()}
    wanted["target"] = None if wanted.get("kind") in BY_NUMBERS else form.cleaned_data["target"]
    options: dict[str, Any] = {"workspace": request.workspace, "by": request.member, "today": request.today}
    goal = create_goal(**options, **wanted)
    if form.cleaned_data["with_counter"]:
        create_goal(**options, **_counter(built, wanted, goal))
    return goal


def _frozen(built: Built) -> dict[str, Any]:
    """The number that the chosen window came to just now, with its days."""
    compares = built.given.compares
    if not compares:
        return {}
    window = built.chosen
    if window is None:
        raise GoalRefusal({"compares": "Nothing is known of these days yet: compare with others, or type the number."})
    return {
        "baseline": window.value,
        "baseline_from": window.start,
        "baseline_to": window.end,
        "compares": compares,
    }


def _counter(built: Built, wanted: dict[str, Any], goal: Goal) -> dict[str, Any]:
    """That the counter-metric does not get worse than it last was: kept where that can be, else reached again."""
    kpi, window = built.counter, built.counter_history
    if kpi is None or window is None or window.value is None:
        raise GoalRefusal({"with_counter": "Nothing is known yet of the second KPI: set its goal by hand later."})
    names = ("scope", "team", "person", "owner", "starts_on", "ends_on", "cadence", "reviewer")
    side = "above" if kpi.direction is Direction.UP else "below"
    kept = kpi.kind is not Kind.FLOW
    limit = {"kind": f"keep_{side}", "low" if side == "above" else "high": window.value}
    return {
        **{name: wanted[name] for name in names},
        "kpi": kpi.ref,
        **(limit if kept else {"target": window.value}),
        "note": f"So that “{goal.title}” is not reached at its cost. It was {window.told}: what it last came to.",
    }


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
        "member": request.member,
    }
    unit = kpi_of(goal, request.definitions).unit
    if request.method != "POST":
        form = GoalForm(initial=initial_of(goal, unit), **options)
        return render(request, EDIT, {"goal": goal, "form": form} | beside_goal(request, goal))
    form = GoalForm(request.POST, **options)
    if form.is_valid():
        try:
            edit_goal(goal=goal, by=request.member, today=request.today, **form.wanted(), **_thawed(goal, form, unit))
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, EDIT, form, {"goal": goal} | beside(request, request.POST, goal))


def _thawed(goal: Goal, form: GoalForm, unit: str) -> dict[str, Any]:
    """A baseline that was typed over is no longer the number of its window."""
    if not goal.compares or form.cleaned_data["baseline"] == initial_of(goal, unit)["baseline"]:
        return {}
    return {"baseline_from": None, "baseline_to": None, "compares": ""}


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_hint(request: WorkspaceRequest) -> HttpResponse:
    """The panel beside the form, asked for while one types: history, target, score."""
    return render(request, "pages/goals/hint.html", {"live": True} | beside(request, request.GET))


@workspace_view(Permission.SEE_WORKSPACE)
def goal_smart(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """The score of a goal that exists; the part alone for its page."""
    goal = seen_goal(request, goal_id)
    template = "pages/goals/score.html" if wants_fragment(request) else "pages/goals/smart.html"
    return render(request, template, {"goal": goal} | beside_goal(request, goal))


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
        "ambition": "committed",
        "kind": "",
        "compares": "",
    }
