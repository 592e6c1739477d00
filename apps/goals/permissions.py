"""Who sees which goals, and who may set and change them. What a role may do at all stands in apps.people.roles."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from apps.goals.models import Goal, Scope, Stage
from apps.people.models import Member, Membership, Team
from apps.people.permissions import can
from apps.people.queries import in_force, teams_of_member
from apps.people.roles import Permission
from apps.people.trees import above


@dataclass(frozen=True)
class Reach:
    """Whose goals a member may create, edit and close on one day."""

    everything: bool = False
    team_ids: frozenset[int] = frozenset()
    person_ids: frozenset[int] = frozenset()

    def covers(self, scope: str, team_id: int | None, person_id: int | None) -> bool:
        if self.everything:
            return True
        if scope == Scope.TEAM:
            return team_id in self.team_ids
        return scope == Scope.PERSON and person_id in self.person_ids

    def __bool__(self) -> bool:
        return self.everything or bool(self.team_ids)


def reach_of(member: Member, on: date) -> Reach:
    """Leaders and admins: everything. Managers: the teams they are in, all sub-teams, and the people in those now.

    Ask once per request and use `covers` for every goal of a list.
    """
    if can(member, Permission.MANAGE_ALL_GOALS):
        return Reach(everything=True)
    if not can(member, Permission.MANAGE_TEAM_GOALS):
        return Reach()
    team_ids = frozenset(team.pk for team in teams_of_member(member, on))
    people = Membership.objects.filter(in_force(on), team_id__in=team_ids).values_list("member_id", flat=True)
    return Reach(team_ids=team_ids, person_ids=frozenset(people))


def can_edit_goal(member: Member, goal: Goal, reach: Reach) -> bool:
    """Edit, set the target, close, reopen; `reach` is the member's on the day they ask."""
    return goal.workspace_id == member.workspace_id and reach.covers(goal.scope, goal.team_id, goal.person_id)


def can_see_goal(member: Member, goal: Goal, on: date) -> bool:
    return Goal.objects.filter(visible_to(member, on), pk=goal.pk).exists()


def visible_to(member: Member, on: date) -> Q:
    """The goals a member sees, as a condition on goals.

    Viewers: the company's. Members: also their own, and those of the teams they are in that day and of the teams above.
    Managers, leaders, admins: all of the workspace. One that is not published yet is seen by who may edit it only.
    """
    here = Q(workspace_id=member.workspace_id)
    if not can(member, Permission.MANAGE_ALL_GOALS):
        here &= Q(stage=Stage.PUBLISHED) | _prepared_by(member, on)
    if can(member, Permission.SEE_ALL_GOALS):
        return here
    seen = Q(scope=Scope.WORKSPACE)
    if can(member, Permission.CHECK_IN_OWN):
        teams = _own_teams_and_above(member, on)
        seen |= Q(owner_id=member.pk) | Q(person_id=member.pk) | Q(team_id__in=teams)
    return here & seen


def _prepared_by(member: Member, on: date) -> Q:
    """What managers prepare: goals that they own or wrote down, those of their teams and of the people in them."""
    if not can(member, Permission.MANAGE_TEAM_GOALS):
        return Q(pk__in=[])
    own = Membership.objects.filter(in_force(on), member=member)
    beside = Membership.objects.filter(in_force(on), member_id=OuterRef("person_id"), team_id__in=own.values("team_id"))
    of_team = Exists(own.filter(team_id=OuterRef("team_id")))
    return Q(owner=member) | Q(created_by=member) | Q(of_team) | Q(Exists(beside))


def _own_teams_and_above(member: Member, on: date) -> set[int]:
    parents = dict(Team.objects.filter(workspace_id=member.workspace_id).values_list("pk", "parent_id"))
    own = Membership.objects.filter(in_force(on), member=member).values_list("team_id", flat=True)
    return {team for team_id in own for team in above(parents, team_id)}


def can_judge_signals(member: Member, kpi: str, variant: str) -> bool:
    """Confirm or dismiss what the trend of a KPI shows: managers and above, and who owns an open goal on it."""
    if can(member, Permission.MANAGE_TEAM_GOALS):
        return True
    return Goal.objects.filter(
        Q(variant=variant) | Q(variant=""),
        workspace_id=member.workspace_id,
        owner=member,
        kpi=kpi,
        closed_at__isnull=True,
    ).exists()
