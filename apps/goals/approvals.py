"""Reads about target versions that wait for a second person, and about targets that were changed."""

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Q, QuerySet

from apps.goals.changing import Aim, asks_of
from apps.goals.curves import curve_of
from apps.goals.models import Goal, Stage, TargetVersion
from apps.goals.permissions import Reach, can_edit_goal, reach_of, visible_to
from apps.goals.phasing import ONE_DAY, passed
from apps.goals.queries import thresholds_of
from apps.metrics.catalogue import Kpi
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.queries import calendar_of, present_on
from apps.people.roles import Permission, Role

MANAGING = [Role.ADMIN, Role.LEADER, Role.MANAGER]


def newest_in_force(goal: Goal) -> TargetVersion | None:
    """The version that was agreed last, also if its day is still to come. What waits or was refused is none."""
    return goal.targets.filter(state="in_force").last()


def waiting_of(goal: Goal) -> TargetVersion | None:
    """The change that waits; a goal has at most one."""
    return goal.targets.filter(state="waiting").select_related("set_by").last()


def aim_of(version: TargetVersion) -> Aim:
    return Aim(version.value, version.low, version.high)


def why_second(goal: Goal, kpi: Kpi, current: TargetVersion | None, after: Aim, day: date) -> tuple[str, ...]:
    """Why this change needs a second person; empty if not. A first target, or a draft’s, binds nobody yet."""
    if current is None or (goal.stage != Stage.PUBLISHED and goal.latest_id is None):
        return ()
    workspace = goal.workspace
    return asks_of(
        direction=kpi.direction,
        before=aim_of(current),
        after=after,
        due=part_due(goal, day),
        late_from=thresholds_of(workspace).late_change_from,
    )


def part_due(goal: Goal, day: date) -> Fraction:
    """Which part of the target is due before this day, by the goal's own phasing."""
    workspace = goal.workspace
    curve = curve_of(goal.phasing, goal.starts_on, goal.ends_on, workspace.fiscal)
    return passed(curve, calendar_of(workspace), goal.starts_on, goal.ends_on, day - ONE_DAY)


def may_decide(member: Member, version: TargetVersion, reach: Reach) -> bool:
    """Whoever may set the goal's target, but never the one who proposed this one: also not under a second role."""
    return can_edit_goal(member, version.goal, reach) and not same_person(member, version.set_by)


def same_person(one: Member, other: Member | None) -> bool:
    """One account, whatever member it acts as."""
    if other is None:
        return False
    return one.pk == other.pk or (one.user_id is not None and one.user_id == other.user_id)


def somebody_else_may(goal: Goal, by: Member, today: date) -> bool:
    """Is there anybody but `by` who can sign in and may set this goal's target?"""
    others = Member.objects.filter(
        present_on(today), workspace_id=goal.workspace_id, role__in=MANAGING, user__is_active=True
    ).exclude(pk=by.pk)
    found = [member for member in others.select_related("user") if not same_person(by, member)]
    if any(can(member, Permission.MANAGE_ALL_GOALS) for member in found):
        return True
    return any(can_edit_goal(member, goal, reach_of(member, today)) for member in found)


def to_decide(member: Member, today: date, reach: Reach) -> list[TargetVersion]:
    """The waiting changes that this member may decide on, the oldest first; one query."""
    if not reach:
        return []
    waiting = TargetVersion.objects.filter(state="waiting", goal__workspace_id=member.workspace_id).filter(
        goal__closed_at__isnull=True
    )
    if not reach.everything:
        waiting = waiting.filter(Q(goal__team_id__in=reach.team_ids) | Q(goal__person_id__in=reach.person_ids))
    versions = waiting.select_related("goal__workspace", "goal__team", "goal__person", "set_by").order_by("pk")
    return [version for version in versions if may_decide(member, version, reach)]


def changed_targets(workspace: Workspace, since: datetime, *, seen_by: Member, on: date) -> QuerySet[TargetVersion]:
    """Every change of a target since a moment that one may see, decided or waiting: what the next review talks of.

    First targets are no changes: they have no reason. Newest first, with goal, proposer and who decided.
    """
    return (
        TargetVersion.objects.filter(
            Q(set_at__gte=since) | Q(decided_at__gte=since),
            goal__in=Goal.objects.filter(visible_to(seen_by, on), workspace=workspace),
        )
        .exclude(reason="")
        .select_related("goal", "set_by", "decided_by")
        .order_by("-set_at", "-pk")
    )


def before_each(versions: Iterable[TargetVersion]) -> dict[int, TargetVersion | None]:
    """By version: the one that was in force when it was proposed. `versions` are all those of one goal."""
    found: dict[int, TargetVersion | None] = {}
    for version in versions:
        earlier = [
            each
            for each in versions
            if each.state == "in_force"
            and each.pk != version.pk
            and (each.decided_at or each.set_at) <= version.set_at
            and each.pk < version.pk
        ]
        found[version.pk] = max(earlier, key=lambda each: (each.effective_from, each.pk), default=None)
    return found
