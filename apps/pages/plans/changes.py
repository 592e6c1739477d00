"""Changes of a plan: cells as they are typed (static/js/grid.js, or a plain form), what fills them, its stage."""

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.goals.errors import GoalRefusal
from apps.goals.models import PlanStep, TargetPlan
from apps.goals.permissions import reach_of
from apps.goals.plans import columns_of, from_rows
from apps.goals.services import agreeing, plans
from apps.goals.services.plan_parts import PlanMoved
from apps.goals.services.publishing import publish_plan
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.plans.acting import LONGEST_ID, Given, Who, acting
from apps.pages.plans.grid import shown
from apps.pages.plans.views import editable_plan, plan_page
from apps.people.models import Member
from apps.people.roles import Permission
from apps.refresh.services import request_recompute

UNREADABLE = "What was sent cannot be read: load the page again."


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def plan_cells(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    """One save: all cells or none. A program (grid.js) is answered in JSON, a form with the page."""
    if request.method != "POST":
        return redirect("pages:plan", request.workspace.slug, editable_plan(request, plan_id).pk)
    plan = editable_plan(request, plan_id)
    if request.content_type == "application/json":
        return _cells_as_json(request, plan)
    starts = [part.start for part in columns_of(plan)]
    typed = {name: str(value) for name, value in request.POST.items() if name.startswith("c-")}
    values = {(person, starts[place]): typed[name] for name in typed
              for person, place in [_place(name, len(starts))] if person}  # fmt: skip
    try:
        plans.set_cells(plan=plan, values=values, **acting(request, request.POST))
    except GoalRefusal as refusal:
        return plan_page(request, plan, reach_of(request.member, request.today), typed=typed, errors=refusal.problems)
    messages.success(request, "Saved.")
    return redirect("pages:plan", request.workspace.slug, plan.pk)


def _cells_as_json(request: WorkspaceRequest, plan: TargetPlan) -> JsonResponse:
    starts = [part.start for part in columns_of(plan)]
    try:
        sent = json.loads(request.body)
        values = {(int(person), starts[int(place)]): str(text) for person, place, text in sent.get("cells", [])}
        locks = {(int(person), starts[int(place)]): bool(lock) for person, place, lock in sent.get("locks", [])}
        text = str(sent.get("text", ""))[:100]
        who = acting(request, sent)
    except (ValueError, TypeError, IndexError, AttributeError):
        return JsonResponse({"said": UNREADABLE}, status=422)
    return _answered(plan, lambda: plans.set_cells(plan=plan, values=values, locks=locks, text=text, **who))


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def plan_change(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    """What changes many cells at once. For grid.js the changed cells in JSON."""
    plan = editable_plan(request, plan_id)
    change = CHANGES.get(request.POST.get("op", ""))
    if change is None:
        return _refused(request, plan, "Choose what is to be done with the grid.")

    def done() -> PlanStep | None:
        return change(plan, request.POST, acting(request, request.POST))

    if request.accepts("text/html"):
        return _told(request, plan, done, "Done. Undo takes it back.", "Nothing had to be changed.")
    return _answered(plan, done)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def plan_stage(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    """Proposed, back to a draft, published; title and target; people in and out; off the list."""
    plan = editable_plan(request, plan_id)
    move = MOVES.get(request.POST.get("op", ""))
    if move is None:
        return _refused(request, plan, "Choose what is to be done with the plan.")
    try:
        said = move(plan, request.POST, acting(request, request.POST))
    except Refusal as refusal:
        return _refused(request, plan, refusal.sentence)
    messages.success(request, said)
    if plan.removed_at:
        return redirect("pages:plans", request.workspace.slug)
    if request.POST.get("op") == "publish":
        request_recompute(workspace=request.workspace, by=request.member)
    return redirect("pages:plan", request.workspace.slug, plan.pk)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def plan_copy(request: WorkspaceRequest, plan_id: int) -> HttpResponse:
    plan = editable_plan(request, plan_id)
    try:
        copy = plans.copy_plan(plan=plan, by=request.member, today=request.today)
    except Refusal as refusal:
        return _refused(request, plan, refusal.sentence)
    messages.success(request, f"“{copy.title}” begins as a copy of “{plan.title}”.")
    return redirect("pages:plan", request.workspace.slug, copy.pk)


# --- what can be done ---------------------------------------------------------------------------------


def _person(given: Given) -> int | None:
    text = str(given.get("person", ""))
    return int(text) if text.isdecimal() and len(text) <= LONGEST_ID else None


def _somebody(plan: TargetPlan, given: Given) -> Member:
    found = Member.objects.filter(workspace=plan.workspace, pk=_person(given) or 0).first()
    if found is None:
        raise GoalRefusal({"person": "Choose a person of the list."})
    return found


def _fill(plan: TargetPlan, given: Given, who: Who) -> PlanStep | None:
    first = columns_of(plan)[0].start
    return plans.fill_right(plan=plan, first=first, person=_person(given), **who)


CHANGES: dict[str, Callable[[TargetPlan, Given, Who], PlanStep | None]] = {
    "fill": _fill,
    "scale": lambda plan, given, who: plans.scale(
        plan=plan, percent=given.get("percent", ""), person=_person(given), **who
    ),
    "split": lambda plan, given, who: plans.split_target(plan=plan, way=given.get("way", ""), **who),
    "suggest": lambda plan, given, who: plans.suggest(plan=plan, percent=given.get("percent", ""), **who),
    "lock": lambda plan, given, who: plans.lock_row(plan=plan, person=_person(given), lock=True, **who),
    "unlock": lambda plan, given, who: plans.lock_row(plan=plan, person=_person(given), lock=False, **who),
    "undo": lambda plan, given, who: plans.undo(plan=plan, **who),
    "redo": lambda plan, given, who: plans.redo(plan=plan, **who),
}


def _propose(plan: TargetPlan, given: Given, who: Who) -> str:
    agreeing.propose_plan(plan=plan, **who)
    return "Proposed: everybody in the plan sees their row now, and can accept it or propose other numbers."


def _withdraw(plan: TargetPlan, given: Given, who: Who) -> str:
    agreeing.withdraw_plan(plan=plan, **who)
    return "Back to a draft, which only those who manage the team see."


def _publish(plan: TargetPlan, given: Given, who: Who) -> str:
    done = publish_plan(plan=plan, reason=given.get("reason", ""), **who)
    return f"Published: {done.created} goals new, {done.changed} changed, {done.unchanged} as they were."


def _edit(plan: TargetPlan, given: Given, who: Who) -> str:
    plans.edit_plan(plan=plan, title=given.get("title", ""), target=given.get("target", ""), **who)
    return "Saved."


def _add(plan: TargetPlan, given: Given, who: Who) -> str:
    person = _somebody(plan, given)
    plans.add_person(plan=plan, person=person, **who)
    return f"{person.name} has a row now."


def _drop(plan: TargetPlan, given: Given, who: Who) -> str:
    person = _somebody(plan, given)
    plans.drop_person(plan=plan, person=person, **who)
    return f"{person.name} is out of the plan."


def _remove(plan: TargetPlan, given: Given, who: Who) -> str:
    plans.remove_plan(plan=plan, now=timezone.now(), **who)
    return f"“{plan.title}” is off the list. Goals that it published stay."


MOVES: dict[str, Callable[[TargetPlan, Given, Who], str]] = {
    "propose": _propose,
    "withdraw": _withdraw,
    "publish": _publish,
    "edit": _edit,
    "add": _add,
    "drop": _drop,
    "remove": _remove,
}


# --- answers ------------------------------------------------------------------------------------------


def _place(name: str, columns: int) -> tuple[int, int]:
    """`c-12-0`: the person and the place of the column; 0 for what is no cell."""
    _, _, rest = name.partition("-")
    person, _, place = rest.partition("-")
    fits = person.isdecimal() and place.isdecimal() and len(person) <= LONGEST_ID and len(place) < 4
    return (int(person), int(place)) if fits and int(place) < columns else (0, 0)


def _answered(plan: TargetPlan, change: Callable[[], PlanStep | None]) -> JsonResponse:
    """The new version, when it was saved, and the cells as they are now; or why nothing was stored."""
    places = {part.start: place for place, part in enumerate(columns_of(plan))}
    try:
        step = change()
    except GoalRefusal as refusal:
        errors: dict[str, str] = {}
        for where, sentence in refusal.problems.items():
            person, _, start = where.partition(":")
            errors |= {f"{person}:{place}": sentence for day, place in places.items() if str(day) == start}
        status = 409 if isinstance(refusal, PlanMoved) else 422
        return JsonResponse({"said": next(iter(refusal.problems.values())), "errors": errors}, status=status)
    except Refusal as refusal:
        return JsonResponse({"said": refusal.sentence}, status=422)
    cells = from_rows(step.after) if step else {}
    return JsonResponse(
        {
            "version": plan.version,
            "at": f"{timezone.localtime():%H:%M}",
            "said": step.text if step else "",
            "cells": [[pk, places[day], shown(cell.value), cell.locked] for (pk, day), cell in cells.items()],
        }
    )


def _told(
    request: WorkspaceRequest, plan: TargetPlan, change: Callable[[], PlanStep | None], done: str, nothing: str
) -> HttpResponse:
    try:
        step = change()
    except Refusal as refusal:
        return _refused(request, plan, refusal.sentence)
    messages.success(request, done if step else nothing)
    return redirect("pages:plan", request.workspace.slug, plan.pk)


def _refused(request: WorkspaceRequest, plan: TargetPlan, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("pages:plan", request.workspace.slug, plan.pk)
