"""The list of plans, a new one, and the grid."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.common.dates import period_told
from apps.goals.errors import GoalRefusal
from apps.goals.models import Stage, TargetPlan
from apps.goals.permissions import Reach, reach_of
from apps.goals.plans import may_edit_plan, may_see_total, plans_seen, sheet_of, stacks
from apps.goals.services.plans import create_plan, following
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.goals.actions import refused_page
from apps.pages.plans.files import plan_download
from apps.pages.plans.forms import PlanForm
from apps.pages.plans.grid import STAGES, grid_of, hints_of, over_told, shown
from apps.people.queries import members_of
from apps.people.roles import Permission

HISTORY_SHOWN = 15


def seen_plan(request: WorkspaceRequest, plan_id: int) -> tuple[TargetPlan, Reach]:
    """A plan this member may see; every other does not exist."""
    reach = reach_of(request.member, request.today)
    found = plans_seen(request.member, reach).filter(pk=plan_id).first()
    if found is None:
        raise Http404("There is no such plan.")
    return found, reach


def editable_plan(request: WorkspaceRequest, plan_id: int) -> TargetPlan:
    plan, reach = seen_plan(request, plan_id)
    if not may_edit_plan(plan, reach):
        raise PermissionDenied("Only those who manage this plan’s team may change it.")
    return plan


@workspace_view(Permission.PROPOSE_TARGET)
def plans(request: WorkspaceRequest) -> HttpResponse:
    reach = reach_of(request.member, request.today)
    rows = []
    for plan in plans_seen(request.member, reach):
        edits = may_edit_plan(plan, reach)
        sheet = sheet_of(plan)
        kpi = request.definitions.find(f"{plan.kpi}:{plan.variant}")
        rows.append(
            {
                "plan": plan,
                "kpi": request.definitions.told(kpi) if kpi else plan.kpi,
                "period": period_told(plan.starts_on, plan.ends_on, request.workspace.fiscal),
                "tone": STAGES[Stage(plan.stage)],
                "people": len(sheet.people) if edits else None,
                "total": shown(sheet.total if edits else sheet.row_total(request.member.pk)),
                "over": over_told(sheet.total, plan.target) if edits else "",
            }
        )
    return render(request, "pages/plans/plans.html", {"rows": rows, "may_plan": bool(reach)})


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def plan_new(request: WorkspaceRequest) -> HttpResponse:
    reach = reach_of(request.member, request.today)
    if not reach:
        raise PermissionDenied("You plan for the teams you belong to, and you are in none now.")
    options: dict[str, Any] = {
        "workspace": request.workspace,
        "definitions": request.definitions,
        "reach": reach,
        "today": request.today,
    }
    if request.method != "POST":
        return render(request, "pages/plans/new.html", {"form": PlanForm(initial={"grain": "month"}, **options)})
    form = PlanForm(request.POST, **options)
    if form.is_valid():
        given = form.cleaned_data
        try:
            plan = create_plan(workspace=request.workspace, by=request.member, today=request.today, **given)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, "The plan is there, for those who manage the team. Fill it, then propose it.")
            return redirect("pages:plan", request.workspace.slug, plan.pk)
    return refused_page(request, "pages/plans/new.html", form, {})


@workspace_view(Permission.PROPOSE_TARGET)
def plan(request: WorkspaceRequest, plan_id: int) -> HttpResponseBase:
    """The grid; with `?format=` the same as a file, with `?hints=1` with the year before under each number."""
    found, reach = seen_plan(request, plan_id)
    if wanted := format_asked(request):
        return plan_download(request, found, reach, wanted)
    return plan_page(request, found, reach)


def plan_page(
    request: WorkspaceRequest,
    plan: TargetPlan,
    reach: Reach,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    sheet = sheet_of(plan)
    edits = may_edit_plan(plan, reach)
    kpi = request.definitions.find(f"{plan.kpi}:{plan.variant}")
    wants_hints = request.GET.get("hints") == "1"
    hints = hints_of(plan, kpi, sheet.people if edits else [request.member.pk]) if wants_hints else None
    grid = grid_of(
        plan,
        sheet,
        request.definitions,
        member=request.member,
        reach=reach,
        sees_total=edits or may_see_total(request.member, plan, request.today),
        hints=hints,
        typed=typed,
        errors=errors,
    )
    context: dict[str, Any] = {"grid": grid, "plan": plan, "hints": wants_hints, "errors": errors or {}}
    if edits:
        undo, redo = stacks(plan)
        days = following(plan)
        context |= {
            "undo": undo,
            "redo": redo,
            "history": plan.steps.select_related("by", "person")
            .defer("before", "after")
            .order_by("-pk")[:HISTORY_SHOWN],
            "others": members_of(request.workspace, on=request.today).exclude(pk__in=sheet.people),
            "next": period_told(days.start, days.end, request.workspace.fiscal),
        }
    return render(request, "pages/plans/plan.html", context, status=422 if errors else 200)
