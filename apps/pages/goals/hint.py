"""Beside the goal form: the panel that answers while one types, and what the form needs when a choice changes."""

from collections.abc import Mapping
from typing import Any

from apps.goals.history import frozen_told
from apps.goals.models import Goal
from apps.goals.queries import target_on
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.builder import Built, built_from
from apps.pages.goals.forms import initial_of, typed_figure
from apps.pages.goals.kinds import kind_choices


def beside(request: WorkspaceRequest, chosen: Mapping[str, Any], goal: Goal | None = None) -> dict[str, Any]:
    """What the panel shows. Where the kinds on the page are not those of the KPI, `kinds` brings the right ones."""
    built: Built = built_from(request, chosen, goal)
    kpi, shown_for = built.given.kpi, chosen.get("kinds_for")
    ref = kpi.ref if kpi else ""
    changed = shown_for is not None and shown_for != ref
    return {
        "built": built,
        "score": built.score,
        "kinds": kind_choices(kpi, "") if changed else None,
        "kinds_for": ref,
        "kind_chosen": built.given.kind,
    }


def beside_goal(request: WorkspaceRequest, goal: Goal) -> dict[str, Any]:
    """The same of a goal that exists, for its page and the form that edits it: with the target now in force."""
    kpi = request.definitions.find(goal.ref)
    unit = kpi.unit if kpi else ""
    initial = initial_of(goal, unit)
    target = target_on(goal, request.today)
    if target is not None:
        initial["target"] = typed_figure(target.value, unit)
    built = built_from(request, initial, goal)
    if goal.baseline_from and goal.baseline_to:
        days = goal.baseline_from, goal.baseline_to
        built.given.frozen = frozen_told(*days, goal.compares, request.workspace.fiscal)
    return {"built": built, "score": built.score}
