"""A plan becomes goals: one a person, phased as its row, under the goal of the team. Again: new target versions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from apps.common.apportion import apportion
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, Phasing, Scope, Stage, TargetPlan
from apps.goals.planning import Sheet
from apps.goals.plans import people_of, sheet_of
from apps.goals.services import parts
from apps.goals.services.plan_parts import audit, moved, require_edit, set_stage
from apps.goals.services.setting import create_goal
from apps.goals.services.targets import set_target
from apps.people.models import Member

FINEST = Decimal("1e-18")  # of a share, so that no amount of a part is off by rounding


class Published(NamedTuple):
    """How many goals came of it."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def publish_plan(*, plan: TargetPlan, by: Member | None, today: date, version: int, reason: str = "") -> Published:
    """One goal for each row with a number, its parts as a phasing by hand. All or nothing.

    Published again, a goal whose number changed gets a new version of its target with the reason; none is written over.
    """
    require_edit(plan, by, today)
    again = plan.stage == Stage.PUBLISHED
    sheet = sheet_of(plan)
    if not sheet.total:
        raise GoalRefusal({"": "There is no number in the plan yet: fill it before you publish it."})
    if again and not reason.strip():
        raise GoalRefusal({"reason": "Say why the targets change: it is read in the next review."})
    moved(plan, version)
    parent = _parent(plan, by, today)
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    for person in people_of(plan).values():
        if sheet.row_total(person.pk) > 0:
            counts[_publish_row(plan, by, today, person, sheet, parent, reason.strip())] += 1
    done = Published(**counts)
    set_stage(plan, by, Stage.PUBLISHED, reason.strip() or "Published")
    audit(plan, by, "plan.publish", {}, done._asdict() | {"parent": parent.pk if parent else None})
    return done


def goals_of(plan: TargetPlan) -> dict[int, Goal]:
    """The open goals that a plan made, by person."""
    goals = Goal.objects.filter(plan=plan, scope=Scope.PERSON, closed_at__isnull=True).select_related("phasing")
    return {goal.person_id: goal for goal in goals if goal.person_id}


def _publish_row(
    plan: TargetPlan, by: Member | None, today: date, person: Member, sheet: Sheet, parent: Goal | None, reason: str
) -> str:
    amounts = [cell.value or Decimal(0) for cell in sheet.row(person.pk)]
    total = sum(amounts, Decimal(0))
    goal = _existing(plan, Scope.PERSON, person)
    outcome = "unchanged"
    try:
        if goal is None:
            goal, outcome = _created(plan, by, today, Scope.PERSON, person, total), "created"
        elif (last := goal.targets.exclude(state="refused").last()) is None or last.value != total:
            set_target(goal=goal, by=by, today=today, value=total, reason=reason or f"Plan: {plan.title}"[:300])
            outcome = "changed"
    except GoalRefusal as refusal:
        raise GoalRefusal({"": f"{person.name}: {refusal.sentence} Nothing was published."}) from refusal
    weights = shares_of(sheet.starts, amounts)
    linked = goal.plan_id == plan.pk and (parent is None or goal.parent_id == parent.pk)
    if goal.phasing is None or goal.phasing.kind != Phasing.Kind.MANUAL or goal.phasing.weights != weights:
        _phase(goal, plan, by, weights)
        outcome = "changed" if outcome == "unchanged" else outcome
    elif linked:
        return outcome
    goal.plan, goal.parent = plan, parent or goal.parent
    goal.save(update_fields=["plan", "parent", "phasing"])
    parts.audit(goal, by, "goal.from_plan", {}, {"plan": plan.pk, "parent": goal.parent_id, "shares": weights})
    return outcome


def shares_of(starts: Sequence[date], amounts: Sequence[Decimal]) -> list[object]:
    """[first day, share] of each part as a phasing by hand keeps them; the shares sum to exactly 1."""
    shares = apportion(Decimal(1), list(amounts), FINEST)
    return [[str(start), format(share.normalize(), "f")] for start, share in zip(starts, shares, strict=True)]


def _phase(goal: Goal, plan: TargetPlan, by: Member | None, weights: list[object]) -> None:
    """A new phasing each time: what an earlier publication said stays readable."""
    goal.phasing = Phasing.objects.create(
        workspace=plan.workspace, kind=Phasing.Kind.MANUAL, weights=weights, made_from={"plan": plan.pk}, created_by=by
    )


def _parent(plan: TargetPlan, by: Member | None, today: date) -> Goal | None:
    """The goal of the team (or company) that the rows belong to: the one there is, else a new one with the target."""
    scope = Scope.TEAM if plan.team_id else Scope.WORKSPACE
    found = _existing(plan, scope, None)
    if found is not None or plan.target is None:
        return found
    return _created(plan, by, today, scope, None, plan.target)


def _existing(plan: TargetPlan, scope: str, person: Member | None) -> Goal | None:
    return Goal.objects.filter(
        workspace=plan.workspace, kpi=plan.kpi, variant=plan.variant, scope=scope, person=person,
        team=plan.team if scope == Scope.TEAM else None, starts_on=plan.starts_on, ends_on=plan.ends_on,
        closed_at__isnull=True,
    ).select_related("phasing").first()  # fmt: skip


def _created(
    plan: TargetPlan, by: Member | None, today: date, scope: str, person: Member | None, target: Decimal
) -> Goal:
    return create_goal(
        workspace=plan.workspace,
        by=by,
        today=today,
        kpi=f"{plan.kpi}:{plan.variant}",
        scope=scope,
        owner=person or by or plan.created_by,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        team=plan.team if scope == Scope.TEAM else None,
        person=person,
        target=target,
        note=f"From the plan “{plan.title}”.",
    )
