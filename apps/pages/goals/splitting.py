"""Sharing a goal out: one row a team or person, totals while typing, what is kept stays and the rest is split anew."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.common.money import parse_figure
from apps.goals.approvals import newest_in_force
from apps.goals.cascade import Sum, quantum_of, split
from apps.goals.errors import GoalRefusal
from apps.goals.family import targets_of
from apps.goals.models import Goal, Split
from apps.goals.services import split_goal, undo_split
from apps.goals.services.parts import plain
from apps.goals.sharing import (
    TO,
    Subject,
    by_capacity,
    by_history,
    children_by_subject,
    subjects_below,
    ways_down,
    why_not,
)
from apps.metrics.catalogue import Kpi
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.goals.actions import editable_goal, saved
from apps.pages.goals.present import GoneKpi, kpi_of
from apps.people.roles import Permission

WAYS = {
    Split.Method.EVEN.value: "Even",
    Split.Method.HISTORY.value: "By history",
    Split.Method.CAPACITY.value: "By capacity",
    Split.Method.MANUAL.value: "By hand",
}


@dataclass
class Row:
    """One team or person: what is typed, whether it is kept, and the goal that is there already."""

    subject: Subject
    typed: str
    kept: bool
    child: Goal | None
    now: Decimal | None
    value: Decimal | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        return f"part-{self.subject.pk}"


@dataclass
class Sheet:
    """The form as it stands: the rows, their sum beside the goal, and what is wrong."""

    rows: list[Row]
    sum: Sum
    to: str
    method: str
    problem: str = ""

    @property
    def parts(self) -> list[tuple[Subject, Decimal]]:
        return [(row.subject, row.value or Decimal(0)) for row in self.rows]

    @property
    def is_wrong(self) -> bool:
        return bool(self.problem) or any(row.problem for row in self.rows)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def goal_split(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """`fill` shares out by the chosen way and `total` only adds up, both storing nothing; `save` makes the goals."""
    goal = editable_goal(request, goal_id)
    kpi = kpi_of(goal, request.definitions)
    if isinstance(kpi, GoneKpi):
        raise Http404("The KPI of this goal is no longer in the catalogue.")
    current, refused = newest_in_force(goal), why_not(goal, kpi)
    ways = [] if refused else ways_down(goal, kpi, request.today)
    if not refused and current is None:
        refused = "The goal has no target that could be shared out: set one first."
    if not refused and not ways:
        refused = "There is no team and nobody below this goal: put people into teams first."
    context: dict[str, Any] = {"goal": goal, "kpi": kpi, "target": current.value if current else None}
    if refused or current is None:
        return render(request, "pages/goals/split.html", context | {"refused": refused})
    given = request.POST or request.GET
    to = given.get("to") if given.get("to") in ways else ways[0]
    method = given.get("method") if given.get("method") in WAYS else Split.Method.EVEN.value
    sheet = _sheet(request, goal, kpi, current.value, str(to), str(method))
    context |= {"sheet": sheet, "ways": WAYS, "targets": [(key, TO[key]) for key in ways]}
    context["undoable"] = Split.objects.filter(goal=goal, undone_at__isnull=True, on=request.today).first()
    if request.method == "POST" and "save" in request.POST and not sheet.is_wrong:
        try:
            split_goal(goal=goal, by=request.member, today=request.today, method=sheet.method, parts=sheet.parts)
        except GoalRefusal as refusal:
            sheet.problem = refusal.sentence
        else:
            return saved(request, goal)
    template = "pages/goals/split.html#sheet" if wants_fragment(request) else "pages/goals/split.html"
    # a fragment that cannot be split yet is an answer too: a status of refusal would not be swapped in
    status = 422 if sheet.is_wrong and request.method == "POST" and not wants_fragment(request) else 200
    return render(request, template, context, status=status)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
@require_POST
def goal_split_undo(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = editable_goal(request, goal_id)
    newest = Split.objects.filter(goal=goal, undone_at__isnull=True).first()
    if newest is None:
        messages.info(request, "There is no sharing out that could be taken back.")
        return redirect("pages:goal", request.workspace.slug, goal.pk)
    try:
        undo_split(split=newest, by=request.member, today=request.today, now=timezone.now())
    except GoalRefusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("pages:goal", request.workspace.slug, goal.pk)
    return saved(request, goal)


def _sheet(request: WorkspaceRequest, goal: Goal, kpi: Kpi, target: Decimal, to: str, method: str) -> Sheet:
    subjects = subjects_below(goal, to, request.today)
    there = children_by_subject(goal)
    targets = targets_of([child.pk for child in there.values()])
    given, is_same = request.POST, request.POST.get("shown") == to
    rows = []
    for subject in subjects:
        child = there.get((subject.scope, subject.pk))
        now = targets.get(child.pk) if child else None
        typed = given.get(f"part-{subject.pk}", "") if is_same else "" if now is None else _written(now)
        rows.append(Row(subject, typed, is_same and f"keep-{subject.pk}" in given, child, now))
    sheet = Sheet(rows, Sum(target, Decimal(0)), to, method)
    for row in rows:
        _read(row, kpi, goal.workspace.currency)
    if "fill" in given or (request.method == "GET" and not any(row.now for row in rows)):
        _fill(sheet, goal, kpi, target)
    sheet.sum = Sum(target, sum((row.value or Decimal(0) for row in rows), Decimal(0)))
    return sheet


def _read(row: Row, kpi: Kpi, currency: str) -> None:
    if not row.typed.strip():
        return
    try:
        row.value = round(parse_figure(row.typed, kpi.unit, currency), 6)
    except Refusal as refusal:
        row.problem = refusal.sentence
        return
    if row.value < 0:
        row.problem, row.value = "A part cannot be below 0.", None


def _fill(sheet: Sheet, goal: Goal, kpi: Kpi, target: Decimal) -> None:
    """What is kept stays, the rest by the chosen way; by hand the rest goes to the empty rows evenly."""
    kept = {row.subject.pk: row.value for row in sheet.rows if row.kept and row.value is not None}
    if sheet.method == Split.Method.MANUAL:
        kept |= {row.subject.pk: row.value for row in sheet.rows if row.value is not None}
    quantum = quantum_of(target, len(sheet.rows), kpi.unit)
    try:
        shares = split(target, _weights(sheet, goal, kpi), kept, quantum)
    except Refusal as refusal:
        sheet.problem = refusal.sentence
        return
    for row in sheet.rows:
        row.value, row.typed, row.problem = shares[row.subject.pk], _written(shares[row.subject.pk]), ""


def _weights(sheet: Sheet, goal: Goal, kpi: Kpi) -> dict[int, Fraction]:
    subjects = [row.subject for row in sheet.rows]
    if sheet.method == Split.Method.HISTORY:
        return by_history(goal, kpi, subjects)
    if sheet.method == Split.Method.CAPACITY:
        return by_capacity(goal, subjects)
    return {subject.pk: Fraction(1) for subject in subjects}


def _written(value: Decimal) -> str:
    """As it stands in a field: grouped, exact, without a currency."""
    return format(Decimal(plain(value) or "0"), ",f")
