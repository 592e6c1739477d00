"""What can be done to a goal that exists: set a benchmark, close it, reopen it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal
from apps.goals.permissions import can_edit_goal, reach_of
from apps.goals.queries import goal_for, newest_benchmarks
from apps.goals.services import close_goal, reopen_goal, set_benchmark
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.forms import BenchmarkForm, CloseForm, RefusableForm, ReopenForm
from apps.pages.goals.present import kpi_of
from apps.people.roles import Permission
from apps.refresh.services import request_recompute

SAVED = "Saved. The number is being recomputed."


def seen_goal(request: WorkspaceRequest, goal_id: int) -> Goal:
    """A goal this member may see; every other does not exist."""
    try:
        return goal_for(request.member, goal_id, request.today)
    except Goal.DoesNotExist:
        raise Http404("There is no such goal.") from None


def editable_goal(request: WorkspaceRequest, goal_id: int) -> Goal:
    goal = seen_goal(request, goal_id)
    if not can_edit_goal(request.member, goal, reach_of(request.member, request.today)):
        raise PermissionDenied("Only those who manage this goal’s team or people may change it.")
    return goal


def saved(request: WorkspaceRequest, goal: Goal) -> HttpResponse:
    """To the goal's page, where new figures will turn up."""
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, SAVED)
    return redirect("pages:goal", request.workspace.slug, goal.pk)


def refused_page(
    request: WorkspaceRequest, template: str, form: RefusableForm, context: dict[str, Any]
) -> HttpResponse:
    """The form again as typed, a sentence at each wrong field, the cursor in the first; nothing is stored."""
    form.focus_first_error()
    return render(request, template, context | {"form": form}, status=422)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_benchmark(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """The newest of a kind takes the place of the one before; nothing has to be computed anew."""
    goal = editable_goal(request, goal_id)
    context = {"goal": goal, "kpi": kpi_of(goal, request.definitions), "benchmarks": newest_benchmarks(goal)}
    if request.method != "POST":
        form = BenchmarkForm(initial={"benchmark_as_of": request.today})
        return render(request, "pages/goals/benchmark.html", context | {"form": form})
    form = BenchmarkForm(request.POST)
    if form.is_valid():
        given = {name: form.cleaned_data[f"benchmark_{name}"] for name in ("kind", "value", "source", "as_of")}
        try:
            set_benchmark(goal=goal, by=request.member, today=request.today, **given)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, "The benchmark is set.")
            return redirect("pages:goal", request.workspace.slug, goal.pk)
    return refused_page(request, "pages/goals/benchmark.html", form, context)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_close(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    if request.method != "POST":
        form = CloseForm(initial={"outcome": "done"})
        return render(request, "pages/goals/close.html", {"goal": goal, "form": form})
    form = CloseForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            close_goal(
                goal=goal, by=request.member, now=timezone.now(), outcome=given["outcome"], reason=given["reason"]
            )
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, "pages/goals/close.html", form, {"goal": goal})


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_reopen(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    form = ReopenForm(request.POST or None)
    if request.method != "POST":
        return render(request, "pages/goals/reopen.html", {"goal": goal, "form": form})
    if form.is_valid():
        try:
            reopen_goal(goal=goal, by=request.member, today=request.today, reason=form.cleaned_data["reason"])
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return saved(request, goal)
    return refused_page(request, "pages/goals/reopen.html", form, {"goal": goal})
