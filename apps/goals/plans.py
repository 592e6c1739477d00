"""Reads of target plans: who sees which, what stands in them, what was said about a row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.common.fiscal import FiscalYear
from apps.common.periods import Grain, Period, add_months, custom_period, period_of, periods_between
from apps.goals.models import Goal, PlanCell, PlanStep, Scope, Stage, TargetPlan
from apps.goals.permissions import Reach, visible_to
from apps.goals.planning import Cell, Key, Sheet
from apps.people.models import Member, Membership, Team, Workspace
from apps.people.queries import team_subtree_ids
from apps.people.roles import Role

Kinds = PlanStep.Kind
BARRIERS = (Kinds.ACCEPT, Kinds.COUNTER, Kinds.STAGE)  # undo does not reach behind an agreement
GRAINS = (Grain.MONTH, Grain.QUARTER)


class RowState(StrEnum):
    """Where the owner of a row and who manages the plan stand with each other."""

    OPEN = "open"
    PROPOSED = "proposed"
    COUNTERED = "countered"
    AGREED = "agreed"


@dataclass(frozen=True)
class Talk:
    """What was said about one row: the words in order, and the newest number that waits for an answer."""

    state: RowState
    steps: tuple[PlanStep, ...] = ()
    proposal: PlanStep | None = None


NOT_TALKED = Talk(RowState.OPEN)


# --- who sees which -----------------------------------------------------------------------------------


def plans_seen(member: Member, reach: Reach) -> QuerySet[TargetPlan]:
    """Those one may edit, and those with a row of one's own once it was proposed. Nobody else's exist."""
    plans = TargetPlan.objects.filter(workspace_id=member.workspace_id, removed_at__isnull=True)
    own = Exists(PlanCell.objects.filter(plan=OuterRef("pk"), person=member))
    concerned = Q(own) & ~Q(stage=Stage.DRAFT)
    if reach.everything:
        return plans.select_related("workspace", "team", "created_by")
    return plans.filter(concerned | Q(team_id__in=reach.team_ids)).select_related("workspace", "team", "created_by")


def may_edit_plan(plan: TargetPlan, reach: Reach) -> bool:
    """Leaders and admins; managers the plans of their teams. `reach` is the member's on the day they ask."""
    scope = Scope.TEAM if plan.team_id else Scope.WORKSPACE
    return reach.covers(scope, plan.team_id, None)


def may_see_total(member: Member, plan: TargetPlan, on: date) -> bool:
    """For somebody who sees only their own row: whether the goal that the plan adds up to is theirs to see anyway."""
    goals = Goal.objects.filter(visible_to(member, on), children__plan=plan)
    return plan.stage == Stage.PUBLISHED and goals.exclude(scope=Scope.PERSON).exists()


# --- what stands in it -----------------------------------------------------------------------------------


def columns_of(plan: TargetPlan) -> list[Period]:
    """The parts of its period; the first and last are cut where the period begins and ends."""
    fiscal = plan.workspace.fiscal
    parts = periods_between(plan.starts_on, plan.ends_on, Grain(plan.grain), fiscal)
    return [Period(max(part.start, plan.starts_on), min(part.end, plan.ends_on), part.label) for part in parts]


def sheet_of(plan: TargetPlan) -> Sheet:
    """Cells as they are, people by name; one query."""
    cells = plan.cells.order_by("person__name", "person_id", "starts_on")
    found: dict[Key, Cell] = {}
    people: dict[int, None] = {}
    starts: set[date] = set()
    for person, start, value, locked in cells.values_list("person_id", "starts_on", "value", "locked"):
        found[person, start] = Cell(value, locked)
        people[person] = None
        starts.add(start)
    return Sheet(tuple(people), tuple(sorted(starts)), found)


def people_of(plan: TargetPlan) -> dict[int, Member]:
    """The people of its rows by id, by name."""
    people = Member.objects.filter(pk__in=plan.cells.values("person")).order_by("name", "pk")
    return {person.pk: person for person in people}


def candidates(workspace: Workspace, team: Team | None, start: date, end: date) -> list[Member]:
    """Who belongs into a plan of these days: members who are in its teams and here on some day of them."""
    overlap = Q(starts_on__lt=end) & (Q(ends_on__isnull=True) | Q(ends_on__gt=start))
    memberships = Membership.objects.filter(overlap, member__workspace=workspace)
    if team is not None:
        memberships = memberships.filter(team_id__in=team_subtree_ids(workspace, team.pk))
    here = Q(left_on__isnull=True) | Q(left_on__gt=start)
    joined = Q(joined_on__isnull=True) | Q(joined_on__lt=end)
    members = Member.objects.filter(here, joined, workspace=workspace, role=Role.MEMBER)
    return list(members.filter(pk__in=memberships.values("member")).order_by("name", "pk"))


def year_before(part: Period, grain: Grain, fiscal: FiscalYear) -> Period:
    """The same part of the fiscal year before."""
    if fiscal.by_months:
        return custom_period(add_months(part.start, -12), add_months(part.end, -12))
    number = fiscal.year_of(part.start)
    parts = {Grain.MONTH: fiscal.periods, Grain.QUARTER: fiscal.quarters}[grain]
    now = [start for start, _ in parts(number)]
    return custom_period(*parts(number - 1)[now.index(period_of(part.start, grain, fiscal).start)])


# --- steps -----------------------------------------------------------------------------------------------


def as_rows(cells: Mapping[Key, Cell]) -> list[object]:
    """Cells as a step keeps them: person, first day, number as text, locked."""
    return [[person, str(start), None if value is None else _plain(value), locked]
            for (person, start), (value, locked) in cells.items()]  # fmt: skip


def from_rows(rows: Iterable[Any]) -> dict[Key, Cell]:
    return {
        (person, date.fromisoformat(start)): Cell(None if value is None else Decimal(value), locked)
        for person, start, value, locked in rows
    }


def stacks(plan: TargetPlan) -> tuple[list[int], list[int]]:
    """The steps that can be taken back, and those that can be done again; the next one is the last of each."""
    undo: list[int] = []
    redo: list[int] = []
    for pk, kind in plan.steps.order_by("pk").values_list("pk", "kind"):
        if kind in BARRIERS:
            undo, redo = [], []
        elif kind == Kinds.CHANGE:
            undo.append(pk)
            redo = []
        elif kind == Kinds.UNDO and undo:
            redo.append(undo.pop())
        elif kind == Kinds.REDO and redo:
            undo.append(redo.pop())
    return undo, redo


def before_changes(plan: TargetPlan, cells: int) -> dict[Key, Decimal | None]:
    """What the cells that were changed since the last stage held then; no step is read once all `cells` are known."""
    stage = plan.steps.filter(kind=Kinds.STAGE).order_by("-pk").values_list("pk", flat=True).first()
    steps = plan.steps.filter(pk__gt=stage or 0).exclude(kind__in=[Kinds.COMMENT, Kinds.PROPOSE])
    found: dict[Key, Decimal | None] = {}
    for rows in steps.order_by("pk").values_list("before", flat=True).iterator(chunk_size=1):
        for key, cell in from_rows(rows).items():
            found.setdefault(key, cell.value)
        if len(found) >= cells:
            break
    return found


def talks(plan: TargetPlan, sheet: Sheet, person: Member | None = None) -> dict[int, Talk]:
    """By person, what was said about the row; with a person only theirs. An agreement holds for its numbers."""
    steps = plan.steps.filter(person__isnull=False).select_related("by")
    if person is not None:
        steps = steps.filter(person=person)
    by_row: dict[int, list[PlanStep]] = defaultdict(list)
    for step in steps.order_by("pk"):
        if step.person_id:
            by_row[step.person_id].append(step)
    return {pk: _talk(pk, said, sheet) for pk, said in by_row.items()}


def _talk(person: int, steps: list[PlanStep], sheet: Sheet) -> Talk:
    words = [step for step in steps if step.kind != Kinds.COMMENT]
    last = words[-1] if words else None
    if last is None:
        return Talk(RowState.OPEN, tuple(steps))
    if last.kind == Kinds.PROPOSE:
        return Talk(RowState.PROPOSED, tuple(steps), last)
    if last.kind == Kinds.COUNTER:
        return Talk(RowState.COUNTERED, tuple(steps), last)
    agreed = {key: cell.value for key, cell in from_rows(last.after).items()}
    now = {(person, start): sheet.at(person, start).value for start in sheet.starts}
    return Talk(RowState.AGREED if agreed == now else RowState.OPEN, tuple(steps))


def all_agreed(plan: TargetPlan, sheet: Sheet) -> bool:
    """Whether everybody with a number agreed to it."""
    rows = [person for person in sheet.people if sheet.row_total(person)]
    found = talks(plan, sheet)
    return bool(rows) and all(found.get(person, NOT_TALKED).state is RowState.AGREED for person in rows)


def step_total(step: PlanStep) -> Decimal | None:
    """The sum that a step is about, for its line in the history; None for words."""
    cells = from_rows(step.after).values()
    return sum((cell.value or Decimal(0) for cell in cells), Decimal(0)) if cells else None


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
