"""The page of one goal: where it stands, why, how it got there, and the rows behind the number."""

from typing import Any, cast

from django.http import HttpResponseBase
from django.shortcuts import render

from apps.audit.models import Event
from apps.audit.queries import events_of
from apps.common.errors import Refusal
from apps.goals.models import Benchmark, Goal
from apps.goals.permissions import can_edit_goal, reach_of
from apps.goals.queries import newest_benchmarks, target_history
from apps.metrics.catalogue import Kpi
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import Explanation, computed_in, explain
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.charts import goal_chart
from apps.pages.downloads import format_asked
from apps.pages.goals.actions import seen_goal
from apps.pages.goals.behind import chosen_rows, explained_goal, goal_rows_response
from apps.pages.goals.carried import targets_and_tree
from apps.pages.goals.course import course_of
from apps.pages.goals.forecast import forecast_shown
from apps.pages.goals.inputs import inputs_told
from apps.pages.goals.phasing import phasing_shown
from apps.pages.goals.present import shown
from apps.pages.goals.taken import course_response
from apps.pages.goals.today import with_today
from apps.pages.story import told
from apps.people.queries import calendar_of
from apps.people.roles import Permission
from apps.refresh.queries import recompute_under_way

FEW_ROWS, FEW_COLUMNS, ROWS_A_PAGE, EVENTS = 10, 5, 50, 20


@workspace_view(Permission.SEE_WORKSPACE)
def goal(request: WorkspaceRequest, goal_id: int) -> HttpResponseBase:
    found = seen_goal(request, goal_id)
    seen = shown(found, request.definitions)
    history = target_history(found)
    context: dict[str, Any] = {
        "goal": found,
        "shown": seen,
        "new": with_today(request.workspace, [seen], request.today)[0][1],
        "history": history,
        "benchmarks": newest_benchmarks(found),
        "events": told(request.workspace, _events(request, found), request.definitions),
        "inputs": inputs_told(found.latest, seen.unit, request.workspace.currency),
        "may_edit": can_edit_goal(request.member, found, reach_of(request.member, request.today)),
        "recomputing": recompute_under_way(request.workspace),
        "computed_in": _computed_in(request, found),
        **phasing_shown(request, found, seen.kpi),
        **forecast_shown(request, found, seen),
    }
    context |= targets_and_tree(request, seen, history, may_edit=context["may_edit"])
    drawn = course_of(
        seen,
        calendar=calendar_of(request.workspace),
        targets=[version for version in history[::-1] if version.state == "in_force"],
        benchmark=_newest(context["benchmarks"]),
        currency=request.workspace.currency,
    )
    if drawn:
        course, rows = drawn
        if wanted := format_asked(request):
            return course_response(request, seen, rows, history, wanted)
        context |= {"course": course, "chart": goal_chart(course), "chart_rows": rows}
    return render(request, "pages/goals/goal.html", context)


def _computed_in(request: WorkspaceRequest, found: Goal) -> str:
    kpi = request.definitions.find(found.ref)
    return computed_in(request.workspace, kpi) if kpi else ""


@workspace_view(Permission.SEE_WORKSPACE)
def goal_rows(request: WorkspaceRequest, goal_id: int) -> HttpResponseBase:
    """What the number was computed from, as it was known then. As a fragment: the first few, for the goal's page."""
    found = seen_goal(request, goal_id)
    few = wants_fragment(request)
    context: dict[str, Any] = {
        "goal": found,
        "shown": shown(found, request.definitions),
        "few": few,
    }
    try:
        kpi = request.definitions.get(found.ref)
        if wanted := format_asked(request):
            return goal_rows_response(request, found, kpi, wanted)
        explained = _explained(request, found, kpi, FEW_ROWS if few else ROWS_A_PAGE)
        context |= explained_goal(request, found, explained, most_columns=FEW_COLUMNS if few else None)
    except Refusal as refused:
        context["refused"] = refused.sentence
    return render(request, "pages/goals/rows.html#rows" if few else "pages/goals/rows.html", context)


def _explained(request: WorkspaceRequest, found: Goal, kpi: Kpi, size: int) -> Explanation:
    page = request.GET.get("page", "1")
    about: dict[str, Any] = {
        "workspace": request.workspace,
        "kpi": kpi,
        "scope": cast("Scope", found.scope),
        "scope_id": found.team_id or found.person_id,
        "start": found.starts_on,
        "end": found.ends_on,
        "page": int(page) if page.isdecimal() and len(page) < 9 else 1,
        "size": size,
        "as_of": found.latest.known_at if found.latest and not computed_in(request.workspace, kpi) else None,
    }
    try:
        return explain(**about, **chosen_rows(request, kpi))
    except Refusal:  # a table, reason or column that there no longer is
        return explain(**about)


def _events(request: WorkspaceRequest, found: Goal) -> list[Event]:
    return list(events_of(request.workspace, subject=found)[:EVENTS])


def _newest(benchmarks: list[Benchmark]) -> Any:
    return benchmarks[0].value if benchmarks else None
