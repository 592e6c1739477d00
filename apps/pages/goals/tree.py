"""Who carries what: the tree of goals, a goal's place in it, and what is decided about a gap."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from apps.goals.approvals import newest_in_force
from apps.goals.errors import GoalRefusal
from apps.goals.family import (
    MOST_ROOTS,
    Branch,
    branch_of,
    branches_of,
    decision_of,
    possible_parents,
    roots_of,
    standing_alone,
)
from apps.goals.models import GapDecision, Goal
from apps.goals.queries import visible_goals
from apps.goals.services import decide_gap, link_goal
from apps.goals.sharing import implied_of
from apps.metrics.catalogue import Definitions, Kind, Kpi
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.actions import editable_goal, refused_page
from apps.pages.goals.forms import RefusableForm
from apps.pages.goals.present import Shown, shown
from apps.people.roles import Permission


@dataclass(frozen=True)
class Node:
    """One line of the tree."""

    shown: Shown
    branch: Branch
    children: list["Node"]
    standing: str

    @property
    def below(self) -> int:
        return len(self.branch.everybody_below)


@dataclass(frozen=True)
class Place:
    """A goal's place in the tree, for its page."""

    parent: Goal | None
    node: Node
    decision: GapDecision | None
    implied: Decimal | None


class ParentForm(RefusableForm):
    parent = forms.ModelChoiceField(
        label="Stands under",
        queryset=Goal.objects.none(),
        required=False,
        empty_label="No other goal",
        help_text="A goal of the same days, on the same KPI or on one this works towards.",
    )


class GapForm(RefusableForm):
    needed = ("state", "note")
    state = forms.ChoiceField(
        label="What is done about it", choices=GapDecision.State.choices, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(label="Why, or by what plan", required=False, help_text="Read in reviews.")


@workspace_view(Permission.SEE_WORKSPACE)
def goal_tree(request: WorkspaceRequest) -> HttpResponse:
    number = request.GET.get("page", "1")
    page = max(int(number), 1) if number.isdecimal() and len(number) < 9 else 1
    goals, total = roots_of(request.member, request.today, page)
    branches = branches_of(goals, request.member, request.today, request.definitions) if goals else []
    context = {
        "nodes": [node_of(branch, request.definitions) for branch in branches],
        "total": total,
        "page": page,
        "has_more": page * MOST_ROOTS < total,
        "alone": standing_alone(request.member, request.today),
    }
    return render(request, "pages/goals/tree.html", context)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_parent(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """Put a goal under another one, or take it from there. Neither changes a target: the gap shows what follows."""
    goal = editable_goal(request, goal_id)
    possible = possible_parents(goal, request.member, request.today, request.definitions)
    form = ParentForm(request.POST or None, initial={"parent": goal.parent_id})
    form.fields["parent"].queryset = Goal.objects.filter(pk__in=[each.pk for each in possible])  # type: ignore[attr-defined]
    context = {"goal": goal, "possible": possible}
    if request.method != "POST":
        return render(request, "pages/goals/parent.html", context | {"form": form})
    if form.is_valid():
        try:
            link_goal(goal=goal, parent=form.cleaned_data["parent"], by=request.member, today=request.today)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, "Saved. No target was changed.")
            return redirect("pages:goal", request.workspace.slug, goal.pk)
    return refused_page(request, "pages/goals/parent.html", form, context)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_gap(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    context: dict[str, Any] = {"goal": goal, "place": place_of(request, shown(goal, request.definitions))}
    context["decisions"] = list(GapDecision.objects.filter(goal=goal).select_related("by"))
    form = GapForm(request.POST or None)
    if request.method != "POST":
        return render(request, "pages/goals/gap.html", context | {"form": form})
    if form.is_valid():
        try:
            decide_gap(goal=goal, by=request.member, today=request.today, **form.cleaned_data)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, "The decision is kept with the goal.")
            return redirect("pages:goal", request.workspace.slug, goal.pk)
    return refused_page(request, "pages/goals/gap.html", form, context)


def node_of(branch: Branch, definitions: Definitions) -> Node:
    seen = shown(branch.goal, definitions)
    return Node(seen, branch, [node_of(child, definitions) for child in branch.children], seen.status)


def place_of(request: WorkspaceRequest, seen: Shown) -> Place:
    """The goal with the one above (if this member sees it) and all below; of rates what those below mean for it."""
    branch = branch_of(seen.goal, request.member, request.today, request.definitions)
    above = seen.goal.parent_id
    parent = visible_goals(request.member, request.today).filter(pk=above).first() if above else None
    whole = branch.sum
    decision = decision_of(seen.goal, whole.gap) if whole else None
    return Place(parent, node_of(branch, request.definitions), decision, _implied(seen, branch))


def _implied(seen: Shown, branch: Branch) -> Decimal | None:
    """Only of rates with parts that all have a target: it asks the engine for their volumes."""
    if not isinstance(seen.kpi, Kpi) or seen.kpi.kind not in (Kind.RATIO, Kind.MEAN) or branch.hidden:
        return None
    children = [(child.goal, child.target) for child in branch.children if child.target is not None]
    if not children or newest_in_force(seen.goal) is None:
        return None
    return implied_of(seen.goal, seen.kpi, children)
