"""A target is changed or proposed, and decided on; days away and changes of hands are offered."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.goals import kinds
from apps.goals.approvals import may_decide, same_person, waiting_of
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, TargetVersion
from apps.goals.permissions import can_edit_goal, reach_of
from apps.goals.queries import target_on
from apps.goals.services import (
    approve_target,
    counter_target,
    hand_over,
    move_share,
    propose_target,
    prorate_target,
    refuse_target,
    set_target,
    withdraw_target,
)
from apps.goals.services.handing import Handover, handover_of, moves_of, offer_for
from apps.metrics.catalogue import Kpi
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.actions import editable_goal, refused_page, saved, seen_goal
from apps.pages.goals.forms import RefusableForm, TargetForm
from apps.pages.goals.history import history_of
from apps.pages.goals.present import GoneKpi, kpi_of
from apps.pages.widgets import DayInput
from apps.people.models import Member
from apps.people.queries import members_of
from apps.people.roles import Permission
from apps.refresh.services import request_recompute

WAITS = "Saved. It is in force once a second person has agreed; until then the target stays as it is."
PROPOSED = "Your proposal is with those who manage this goal; until they agree the target stays as it is."


class BandForm(TargetForm):
    """A band to keep has limits in place of a target."""

    field_order = ("low", "high", "effective_from", "reason")
    target = None  # type: ignore[assignment]  # Django's way of leaving out a field of the parent
    low = forms.CharField(label="Not below", required=False, max_length=60, help_text="Empty: as it is.")
    high = forms.CharField(label="Not above", required=False, max_length=60, help_text="Empty: as it is.")


class HandOverForm(RefusableForm):
    needed = ("to", "on")
    to = forms.ModelChoiceField(label="Who takes over", queryset=Member.objects.none(), required=False)
    on = forms.DateField(label="From which day", required=False, widget=DayInput)

    def __init__(self, *args: Any, goal: Goal, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = members_of(goal.workspace, on=today).exclude(pk=goal.person_id or 0)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


@workspace_view(Permission.PROPOSE_TARGET)
def goal_target(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """Who may set the target does; the owner who may not proposes one."""
    goal = seen_goal(request, goal_id)
    sets = can_edit_goal(request.member, goal, reach_of(request.member, request.today))
    if not sets and goal.owner_id != request.member.pk:
        raise PermissionDenied("Only those who manage this goal’s team or people may change it.")
    context = {
        "goal": goal,
        "kpi": kpi_of(goal, request.definitions),
        "current": target_on(goal, request.today),
        "proposes": not sets,
        "waiting": waiting_of(goal),
        "changes": history_of(goal),
    }
    kind = BandForm if goal.kind in kinds.BANDS else TargetForm
    if request.method != "POST":
        first_day = min(max(request.today, goal.starts_on), goal.ends_on - timedelta(days=1))
        form = kind(initial={"effective_from": first_day})
        return render(request, "pages/goals/target.html", context | {"form": form})
    form = kind(request.POST)
    if form.is_valid():
        try:
            version = _changed(request, goal, form.cleaned_data, sets=sets)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            return _stored(request, version)
    return refused_page(request, "pages/goals/target.html", form, context)


def _changed(request: WorkspaceRequest, goal: Goal, given: dict[str, Any], *, sets: bool) -> TargetVersion:
    wanted: dict[str, Any] = {name: given.get(name) for name in ("low", "high", "reason")} | {
        "value": given.get("target")
    }
    if sets:
        wanted["effective_from"] = given["effective_from"]
        return set_target(goal=goal, by=request.member, today=request.today, **wanted)
    return propose_target(goal=goal, by=request.member, today=request.today, **wanted)


def _stored(request: WorkspaceRequest, version: TargetVersion) -> HttpResponse:
    """In force: new figures are asked for. Waiting: nothing is judged anew."""
    if version.state == "in_force":
        return saved(request, version.goal)
    messages.info(request, PROPOSED if "proposed" in version.asks else WAITS)
    return redirect("pages:goal", request.workspace.slug, version.goal_id)


@workspace_view(Permission.PROPOSE_TARGET)
def target_decide(request: WorkspaceRequest, goal_id: int, version_id: int) -> HttpResponse:
    """The change that waits, beside what is in force; approve, refuse or counter it, or take one's own back."""
    goal = seen_goal(request, goal_id)
    version = TargetVersion.objects.select_related("set_by", "goal__workspace").filter(goal=goal, pk=version_id).first()
    if version is None:
        raise Http404("There is no such change.")
    decides = may_decide(request.member, version, reach_of(request.member, request.today))
    context: dict[str, Any] = {
        "goal": goal,
        "kpi": kpi_of(goal, request.definitions),
        "version": version,
        "told": next((each for each in history_of(goal) if each.version.pk == version.pk), None),
        "decides": decides,
        "own": same_person(request.member, version.set_by),
        "given": request.POST,
    }
    if not decides and not context["own"]:
        raise PermissionDenied("Only those who manage this goal’s team or people may decide on its target.")
    if request.method != "POST":
        return render(request, "pages/goals/decide.html", context)
    try:
        made = _decided(request, version)
    except GoalRefusal as refusal:
        context["problems"] = list(refusal.problems.values())
        return render(request, "pages/goals/decide.html", context, status=422)
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, made)
    return redirect("pages:goal", request.workspace.slug, goal.pk)


def _decided(request: WorkspaceRequest, version: TargetVersion) -> str:
    note, now = request.POST.get("note", ""), timezone.now()
    about: dict[str, Any] = {"version": version, "by": request.member, "now": now}
    match request.POST.get("decision"):
        case "approve":
            approve_target(**about, today=request.today, note=note)
            return "The target is in force."
        case "refuse":
            refuse_target(**about, today=request.today, note=note)
            return "Refused: the target stays as it is."
        case "counter":
            made = counter_target(**about, today=request.today, note=note, value=request.POST.get("target", ""))
            return "Your number is in force instead." if made.state == "in_force" else WAITS
        case "withdraw":
            withdraw_target(**about)
            return "Taken back: the target stays as it is."
    raise GoalRefusal({"": "Choose what is to be done: approve, refuse, or another number."})


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_prorate(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """What days away would do to the target: asked, and done only when somebody says so."""
    goal = editable_goal(request, goal_id)
    kpi = _computed_kpi(request, goal)
    context: dict[str, Any] = {"goal": goal, "kpi": kpi, "offer": offer_for(goal, kpi)}
    if request.method != "POST":
        return render(request, "pages/goals/prorate.html", context)
    try:
        version = prorate_target(goal=goal, by=request.member, today=request.today)
    except GoalRefusal as refusal:
        return render(request, "pages/goals/prorate.html", context | {"problem": refusal.sentence}, status=422)
    return _stored(request, version)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_hand_over(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """The rest of a person's target to somebody else; after a change of team, of the old team's to the new one's."""
    goal = editable_goal(request, goal_id)
    kpi = _computed_kpi(request, goal)
    form = HandOverForm(request.POST or None, initial={"on": request.today}, goal=goal, today=request.today)
    context: dict[str, Any] = {"goal": goal, "kpi": kpi, "form": form, "moves": moves_of(goal, kpi)}
    if request.method != "POST" or not form.is_valid():
        context["parts"] = _parts(goal, kpi, request.today)
        return render(request, "pages/goals/hand_over.html", context, status=422 if form.errors else 200)
    on = form.cleaned_data["on"] or request.today
    context |= {"parts": _parts(goal, kpi, on)}
    if "show" in request.POST:
        return render(request, "pages/goals/hand_over.html", context)
    try:
        return saved(request, _handed(request, goal, form.cleaned_data["to"], on))
    except GoalRefusal as refusal:
        form.refused(refusal)
        return refused_page(request, "pages/goals/hand_over.html", form, context)


def _handed(request: WorkspaceRequest, goal: Goal, to: Member | None, on: date) -> Goal:
    if "move" in request.POST:
        move_share(goal=goal, on=on, by=request.member, today=request.today)
        return goal
    if to is None:
        raise GoalRefusal({"to": "Choose who takes over."})
    return hand_over(goal=goal, to=to, on=on, by=request.member, today=request.today)


def _parts(goal: Goal, kpi: Kpi, on: date) -> Handover | None:
    try:
        return handover_of(goal, kpi, on)
    except GoalRefusal:
        return None


def _computed_kpi(request: WorkspaceRequest, goal: Goal) -> Kpi:
    kpi = kpi_of(goal, request.definitions)
    if isinstance(kpi, GoneKpi):
        raise Http404("The KPI of this goal is no longer in the catalogue.")
    return kpi
