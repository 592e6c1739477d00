"""Teams, and who belongs to which from when: a transfer closes one membership and opens the next."""

from datetime import date

from django.db import transaction

from apps.audit.services import record
from apps.common.dates import day_told
from apps.people import rules
from apps.people.errors import PeopleRefusal
from apps.people.models import Member, Membership, Team, Workspace
from apps.people.queries import team_subtree_ids


@transaction.atomic
def add_team(*, workspace: Workspace, name: str, by: Member | None, parent: Team | None = None) -> Team:
    if parent and parent.workspace_id != workspace.pk:
        raise PeopleRefusal("The team above is not in this workspace; choose another.", field="parent")
    team = Team(workspace=workspace, name=_free_name(workspace, name, but=None), parent=parent)
    team.save()
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="team.add",
        subject=team,
        before={},
        after={"name": team.name, "parent": parent.name if parent else None},
    )
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, by: Member | None) -> Team:
    before, team.name = team.name, _free_name(team.workspace, name, but=team)
    if team.name == before:
        return team
    team.save(update_fields=["name"])
    record(
        workspace=team.workspace,
        actor=by.user if by else None,
        action="team.rename",
        subject=team,
        before={"name": before},
        after={"name": team.name},
    )
    return team


@transaction.atomic
def move_team(*, team: Team, parent: Team | None, by: Member | None) -> Team:
    """Hang the team, with everything below it, under another one or at the top."""
    Workspace.objects.select_for_update().get(pk=team.workspace_id)
    if parent and parent.workspace_id != team.workspace_id:
        raise PeopleRefusal("The team above is not in this workspace; choose another.", field="parent")
    if parent and parent.pk in team_subtree_ids(team.workspace, team.pk):
        raise PeopleRefusal(
            f"{team.name} cannot stand below {parent.name}, which is {team.name} itself or a part of it.",
            field="parent",
        )
    before, team.parent = team.parent, parent
    if before == parent:
        return team
    team.save(update_fields=["parent"])
    record(
        workspace=team.workspace,
        actor=by.user if by else None,
        action="team.move",
        subject=team,
        before={"parent": before.name if before else None},
        after={"parent": parent.name if parent else None},
    )
    return team


@transaction.atomic
def move_member(*, member: Member, team: Team | None, on: date, by: Member | None) -> Membership | None:
    """From `on` the member belongs to `team`, or to none; what was before that day stays as it was.

    Moving twice with the same day corrects that move. Results of earlier days stay with the earlier team.
    """
    Member.objects.select_for_update().get(pk=member.pk)
    current = member.memberships.select_related("team").filter(ends_on__isnull=True).first()
    _refuse_move(member, current, team, on)
    if current and current.starts_on == on:
        current.delete()
    elif current:
        current.ends_on = on
        current.save(update_fields=["ends_on"])
    membership = Membership.objects.create(member=member, team=team, starts_on=on) if team else None
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action="member.move",
        subject=member,
        before={"team": current.team.name if current else None},
        after={"team": team.name if team else None, "on": on.isoformat()},
    )
    return membership


def _refuse_move(member: Member, current: Membership | None, team: Team | None, on: date) -> None:
    if team and team.workspace_id != member.workspace_id:
        raise PeopleRefusal("That team is not in this workspace; choose another.", field="team")
    if (current.team if current else None) == team:
        where = f"in {team.name}" if team else "in no team"
        raise PeopleRefusal(f"{member.name} is {where} already; choose another team.", field="team")
    if member.left_on and on >= member.left_on:
        raise PeopleRefusal(f"{member.name} leaves on {day_told(member.left_on)}; choose an earlier day.", field="on")
    if member.joined_on and on < member.joined_on:
        joined = day_told(member.joined_on)
        raise PeopleRefusal(f"{member.name} joined on {joined}; choose that day or a later one.", field="on")
    if current and on < current.starts_on:
        raise PeopleRefusal(
            f"{member.name} is in {current.team.name} since {day_told(current.starts_on)};"
            " choose that day or a later one.",
            field="on",
        )
    last = member.memberships.filter(ends_on__gt=on).select_related("team").first()
    if last and last.ends_on:
        raise PeopleRefusal(
            f"{member.name} was in {last.team.name} until {day_told(last.ends_on)}; choose that day or a later one.",
            field="on",
        )


def _free_name(workspace: Workspace, text: str, *, but: Team | None) -> str:
    name = rules.the_name(text, of="the team")
    others = workspace.teams.filter(name__iexact=name)
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise PeopleRefusal(f"There is a team called “{name}” already; choose another name.", field="name")
    return name
