"""A goal is shared out to those below it, goals are put under others, and the gap that is left is decided on.

Changing a child or its parent never changes the other: what differs is the gap, and it is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from apps.goals import kinds
from apps.goals.approvals import newest_in_force
from apps.goals.errors import GoalRefusal
from apps.goals.family import is_part, serves, targets_of
from apps.goals.models import GapDecision, Goal, Split, TargetVersion
from apps.goals.permissions import can_see_goal
from apps.goals.rules import Problems
from apps.goals.services.parts import audit, locked, plain, require_edit, require_open
from apps.goals.services.setting import create_goal
from apps.goals.services.targets import kpi_of_goal, set_target
from apps.goals.sharing import Subject, children_by_subject, why_not
from apps.metrics.queries import definitions_of
from apps.people.models import Member
from apps.people.roles import Role

REASON = "Shared out from “{title}”."
TAKEN_BACK = "The sharing out was taken back."


@transaction.atomic
def split_goal(*, goal: Goal, by: Member, today: date, method: str, parts: Sequence[tuple[Subject, Decimal]]) -> Split:
    """Give each subject its part as a goal under this one; a part of 0 is left out.

    A goal that is there already gets the number as another target, with all that this asks for: where it becomes
    easier a second person agrees first, and until then the gap shows it.
    """
    goal = locked(goal)
    require_edit(goal, by, today)
    kpi = kpi_of_goal(goal)
    if sentence := why_not(goal, kpi):
        raise GoalRefusal({"": sentence})
    if method not in Split.Method.values:
        raise GoalRefusal({"method": "Choose how it is shared out."})
    there = children_by_subject(goal)
    done = []
    for subject, value in parts:
        child = there.get((subject.scope, subject.pk))
        if child is None and value > 0:
            done.append(_made(goal, subject, value, by, today))
        elif child is not None and value > 0:
            done += _changed(goal, child, value, by, today)
        elif child is not None and child.parent_id == goal.pk:
            raise GoalRefusal({"": f"{subject.name} has a goal already: close it instead of giving it 0."})
    if not done:
        raise GoalRefusal({"": "Nothing would change: every part is as it was."})
    made = Split.objects.create(goal=goal, method=method, parts=done, by=by, on=today)
    told = {subject.name: plain(value) for subject, value in parts if value > 0}
    audit(goal, by, "goal.split", {}, {"method": made.get_method_display()} | told)
    return made


def _made(goal: Goal, subject: Subject, value: Decimal, by: Member, today: date) -> dict[str, object]:
    child = create_goal(
        workspace=goal.workspace, by=by, today=today, kpi=goal.ref, scope=subject.scope, team=subject.team,
        person=subject.person, owner=_owner_of(subject, goal, today), starts_on=goal.starts_on, ends_on=goal.ends_on,
        target=value, cadence=goal.cadence, parent=goal, phasing=goal.phasing,
        note=REASON.format(title=goal.title), stage=goal.stage,
    )  # fmt: skip
    return {"goal": child.pk, "made": True}


def _changed(goal: Goal, child: Goal, value: Decimal, by: Member, today: date) -> list[dict[str, object]]:
    """What changed of a child that is there: put under the goal, another target, or nothing."""
    done: dict[str, object] = {}
    if child.parent_id is None:
        _refuse_ring(child, goal)
        child.parent = goal
        require_edit(child, by, today)
        child.save(update_fields=["parent"])
        audit(child, by, "goal.link", {}, {"parent": goal.pk})
        done["linked"] = True
    elif child.parent_id != goal.pk:
        raise GoalRefusal({"": f"“{child.title}” stands under another goal: take it from there first."})
    current = newest_in_force(child)
    if current is None or current.value != value:
        reason = REASON.format(title=goal.title[:250])
        done["version"] = set_target(goal=child, by=by, today=today, value=value, reason=reason).pk
    return [{"goal": child.pk, **done}] if done else []


def _owner_of(subject: Subject, goal: Goal, today: date) -> Member:
    """The person; of a team its first manager; else whoever owns the goal above."""
    if subject.person:
        return subject.person
    now = Q(memberships__starts_on__lte=today) & (
        Q(memberships__ends_on__isnull=True) | Q(memberships__ends_on__gt=today)
    )
    managers = Member.objects.filter(now, memberships__team=subject.team, role=Role.MANAGER, left_on__isnull=True)
    return managers.order_by("name").first() or goal.owner


@transaction.atomic
def undo_split(*, split: Split, by: Member, today: date, now: datetime) -> Split:
    """Take a sharing out back on the day it was made: goals it made are cancelled, targets it set taken back.

    Refused later, and once a second person has agreed to one of its targets: that is an agreement of two.
    """
    goal = locked(split.goal)
    require_edit(goal, by, today)
    split = Split.objects.select_for_update().get(pk=split.pk)
    if split.undone_at:
        raise GoalRefusal({"": "This sharing out was taken back already."})
    if split.on != today or Split.objects.filter(goal=goal, undone_at__isnull=True).first() != split:
        raise GoalRefusal({"": "Only the last sharing out is taken back, on its own day: change the targets instead."})
    for part in split.parts:
        _undone(goal, part, by, today, now)
    split.undone_at = now
    split.save(update_fields=["undone_at"])
    audit(goal, by, "goal.unsplit", {}, {"parts": len(split.parts)})
    return split


def _undone(goal: Goal, part: Mapping[str, Any], by: Member, today: date, now: datetime) -> None:
    child = Goal.objects.select_related("workspace").get(pk=part["goal"], workspace=goal.workspace)
    require_edit(child, by, today)
    version = TargetVersion.objects.filter(pk=part.get("version", 0), goal=child).first()
    newest = child.targets.exclude(state="refused").order_by("pk").last()
    moved_on = version and (newest != version or version.decided_by_id)
    if moved_on or (part.get("made") and _went_on(child)):
        raise GoalRefusal({"": f"“{child.title}” has been changed since: change its target instead."})
    if version:
        version.state, version.decided_by, version.decided_at = "refused", by, now
        version.decision_note = TAKEN_BACK
        version.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    if part.get("made") and not child.closed_at:
        child.closed_at, child.closed_as, child.closed_reason = now, "cancelled", TAKEN_BACK
    if part.get("made") or part.get("linked"):
        child.parent = None
    child.save(update_fields=["parent", "closed_at", "closed_as", "closed_reason"])
    audit(child, by, "goal.unsplit", {}, {"reason": TAKEN_BACK})


def _went_on(child: Goal) -> bool:
    return child.targets.count() > 1 or child.children.exists()


# --- under another goal ------------------------------------------------------------------------------------------


@transaction.atomic
def link_goal(*, goal: Goal, parent: Goal | None, by: Member, today: date) -> Goal:
    """Put a goal under another one (the same KPI, or one that works towards it), or with None take it from there."""
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    if parent is None:
        before, goal.parent = goal.parent_id, None
        if before is None:
            raise GoalRefusal({"parent": "This goal stands under no other."})
        goal.save(update_fields=["parent"])
        audit(goal, by, "goal.unlink", {"parent": before}, {})
        return goal
    if parent.workspace_id != goal.workspace_id or not can_see_goal(by, parent, today):
        raise PermissionDenied("This goal is not one you see.")
    parent = Goal.objects.select_related("workspace").get(pk=parent.pk)  # as it is now, behind the lock
    _refuse_ring(goal, parent)
    if parent.closed_at:
        raise GoalRefusal({"parent": f"“{parent.title}” is closed: choose an open goal."})
    if not (parent.starts_on < goal.ends_on and goal.starts_on < parent.ends_on):
        raise GoalRefusal({"parent": f"“{parent.title}” is of other days: choose a goal of the same period."})
    if not serves(goal, parent, definitions_of(goal.workspace)):
        raise GoalRefusal({"parent": f"“{parent.title}” is on a KPI that this one does not work towards."})
    before, goal.parent = goal.parent_id, parent
    goal.save(update_fields=["parent"])
    audit(goal, by, "goal.link", {"parent": before} if before else {}, {"parent": parent.pk})
    return goal


def _refuse_ring(goal: Goal, parent: Goal) -> None:
    problems = Problems()
    kinds.check_parent(parent, goal.workspace, goal, problems)
    problems.refuse()


# --- the gap -----------------------------------------------------------------------------------------------------


@transaction.atomic
def decide_gap(*, goal: Goal, by: Member, today: date, state: str, note: str) -> GapDecision:
    """What is done about the gap as it is now: left open, accepted, or closed by a plan. It binds this gap only."""
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    problems = Problems()
    if state not in GapDecision.State.values:
        problems.add("state", "Choose what is done about it: open, accepted, or closed by a plan.")
    if not note.strip():
        problems.add("note", "Say why, or by what plan: it is read in reviews.")
    elif len(note.strip()) > 300:
        problems.add("note", f"The note has {len(note.strip())} characters; 300 is the most.")
    problems.refuse()
    gap = gap_of(goal)
    if gap is None:
        raise GoalRefusal({"": "There is no gap: the goal has no parts with a target that add up to it."})
    decision = GapDecision.objects.create(goal=goal, state=state, gap=gap, note=note.strip(), by=by)
    told = {"state": decision.get_state_display(), "gap": plain(gap), "note": decision.note}
    audit(goal, by, "goal.decide_gap", {}, told)
    return decision


def gap_of(goal: Goal) -> Decimal | None:
    """The goal's target minus what its parts sum to, of all parts, whoever sees them."""
    current = newest_in_force(goal)
    parts = [child.pk for child in goal.children.exclude(closed_as="cancelled") if is_part(child, goal)]
    targets = targets_of(parts)
    return current.value - sum(targets.values(), Decimal(0)) if current and targets else None
