"""A change of a target that waits is approved, refused, countered or withdrawn: all dated, and with four eyes."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.goals.approvals import may_decide, newest_in_force, same_person
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, TargetVersion
from apps.goals.permissions import reach_of
from apps.goals.rules import Problems, Typed
from apps.goals.services.parts import audit, check_reason, locked, plain, require_open
from apps.goals.services.targets import checked_change, kpi_of_goal, set_target
from apps.goals.services.versions import day_within, put_version
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.roles import Permission


@transaction.atomic
def propose_target(
    *, goal: Goal, by: Member, today: date, value: Typed, reason: str, low: Typed = None, high: Typed = None
) -> TargetVersion:
    """The owner of a goal who may not set its target says what it should be. It binds nobody until it is accepted."""
    goal = locked(goal)
    if by.pk != goal.owner_id or not can(by, Permission.PROPOSE_TARGET):
        raise PermissionDenied("Only the owner of a goal proposes its target.")
    require_open(goal)
    kpi, day = kpi_of_goal(goal), day_within(goal, today, newest_in_force(goal))
    aim = checked_change(goal, kpi, (value, low, high), day, reason)
    return put_version(goal=goal, kpi=kpi, by=by, today=today, aim=aim, day=day, reason=reason, proposed=True)


@transaction.atomic
def approve_target(*, version: TargetVersion, by: Member, today: date, now: datetime, note: str = "") -> TargetVersion:
    """In force from now on, or from its own later day: what was before stays judged by the target it had."""
    version, goal = _to_be_decided(version, by, today)
    _check_note(note)
    current = newest_in_force(goal)
    version.effective_from = max(version.effective_from, day_within(goal, today, current))
    _decided(version, by, now, "in_force", note)
    before = {"target": plain(current.value)} if current else {}
    after = {"target": plain(version.value), "effective_from": str(version.effective_from), "note": note.strip()}
    audit(goal, by, "goal.approve_target", before, after)
    return version


@transaction.atomic
def refuse_target(*, version: TargetVersion, by: Member, today: date, now: datetime, note: str) -> TargetVersion:
    """The target stays as it is; the note says why, for the one who proposed."""
    version, goal = _to_be_decided(version, by, today)
    if not note.strip():
        raise GoalRefusal({"note": "Say why not: the one who proposed it reads it."})
    _check_note(note)
    _decided(version, by, now, "refused", note)
    audit(goal, by, "goal.refuse_target", {"target": plain(version.value)}, {"note": note.strip()})
    return version


@transaction.atomic
def counter_target(
    *, version: TargetVersion, by: Member, today: date, now: datetime, value: Typed, note: str
) -> TargetVersion:
    """Another number instead. It is a change like any other: late or easier than now, it waits for a second person."""
    refuse_target(version=version, by=by, today=today, now=now, note=note)
    return set_target(goal=version.goal, by=by, today=today, value=value, reason=note)


@transaction.atomic
def withdraw_target(*, version: TargetVersion, by: Member, now: datetime) -> TargetVersion:
    """The one who proposed takes it back; it stays in the history."""
    goal = locked(version.goal)
    version = _still_waiting(version)
    if not same_person(by, version.set_by):
        raise PermissionDenied("Only the one who proposed a target takes it back.")
    _decided(version, by, now, "refused", "Withdrawn.")
    audit(goal, by, "goal.withdraw_target", {"target": plain(version.value)}, {})
    return version


def _to_be_decided(version: TargetVersion, by: Member, today: date) -> tuple[TargetVersion, Goal]:
    """Both as they are now, behind the lock, and only for a second person."""
    goal = locked(version.goal)
    version = _still_waiting(version)
    version.goal = goal
    require_open(goal)
    if same_person(by, version.set_by):
        raise PermissionDenied("A second person decides on a change of a target, not the one who proposed it.")
    if not may_decide(by, version, reach_of(by, today)):
        raise PermissionDenied("Only those who manage this goal's team or people may decide on its target.")
    return version, goal


def _still_waiting(version: TargetVersion) -> TargetVersion:
    found = TargetVersion.objects.select_for_update().select_related("set_by").get(pk=version.pk)
    if found.state != "waiting":
        raise GoalRefusal({"": "This change has been decided on already: look at the history of the target."})
    return found


def _check_note(note: str) -> None:
    problems = Problems()
    check_reason(note, problems)
    if "reason" in problems.found:
        problems.found["note"] = problems.found.pop("reason").replace("reason", "note")
    problems.refuse()


def _decided(version: TargetVersion, by: Member, now: datetime, state: str, note: str) -> None:
    version.state, version.decided_by, version.decided_at, version.decision_note = state, by, now, note.strip()
    version.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "effective_from"])
