"""Members: who is here, under which names the data knows them, in which role, until when."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from apps.audit.services import record
from apps.common.dates import day_told
from apps.common.texts import normalised
from apps.people import rules
from apps.people.errors import PeopleRefusal
from apps.people.models import Member, Membership, Team, User, Workspace
from apps.people.queries import has_other_admin, owner_texts
from apps.people.roles import Role


@transaction.atomic
def add_member(
    *,
    workspace: Workspace,
    name: str,
    by: Member | None,
    role: str = Role.MEMBER,
    user: User | None = None,
    team: Team | None = None,
    joined_on: date | None = None,
    aliases: Sequence[str] = (),
) -> Member:
    """Somebody who owns numbers; with a `user` also somebody who signs in.

    `joined_on` None means since ever. With a team the membership starts on that day, or in 1970.
    """
    member = Member(
        workspace=workspace,
        user=user,
        name=rules.the_name(name, of="the member"),
        role=rules.the_role(role),
        aliases=rules.the_aliases(list(aliases)),
        joined_on=joined_on,
    )
    _refuse_second(member)
    _refuse_claimed(member)
    if team and team.workspace_id != workspace.pk:
        raise PeopleRefusal("That team is not in this workspace; choose another.", field="team")
    member.save()
    if team:
        Membership.objects.create(member=member, team=team, starts_on=joined_on or date(1970, 1, 1))
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action="member.add",
        subject=member,
        before={},
        after={"name": member.name, "role": str(member.role), "team": team.name if team else None},
    )
    return member


@transaction.atomic
def edit_member(*, member: Member, name: str, aliases: Sequence[str], by: Member | None) -> Member:
    """Name and the other names under which imported data knows the member."""
    before = {"name": member.name, "aliases": member.aliases}
    member.name = rules.the_name(name, of="the member")
    member.aliases = rules.the_aliases(list(aliases))
    _refuse_claimed(member)
    after = {"name": member.name, "aliases": member.aliases}
    if after == before:
        return member
    member.save(update_fields=["name", "aliases"])
    # Aliases may be e-mail addresses: the trail keeps only how many there are.
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action="member.edit",
        subject=member,
        before={"name": before["name"], "aliases": len(before["aliases"])},
        after={"name": member.name, "aliases": len(member.aliases)},
    )
    return member


@transaction.atomic
def change_role(*, member: Member, role: str, by: Member | None) -> Member:
    _lock(member)
    before, wanted = Role(member.role), rules.the_role(role)
    if wanted == before:
        return member
    if before == Role.ADMIN and not has_other_admin(member):
        raise PeopleRefusal(f"{member.name} is the last admin; make somebody else admin first.", field="role")
    member.role = wanted
    member.save(update_fields=["role"])
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action="member.change_role",
        subject=member,
        before={"role": before.value},
        after={"role": wanted.value},
    )
    return member


@transaction.atomic
def member_leaves(*, member: Member, on: date, by: Member | None) -> Member:
    """`on` is the first day away: from then the member cannot sign in here, and the team membership has ended."""
    _lock(member)
    if member.left_on is not None:
        raise PeopleRefusal(f"{member.name} has left on {day_told(member.left_on)} already.", field="on")
    if member.joined_on and on <= member.joined_on:
        raise PeopleRefusal(f"{member.name} joined on {day_told(member.joined_on)}; choose a later day.", field="on")
    if member.role == Role.ADMIN and not has_other_admin(member):
        raise PeopleRefusal(f"{member.name} is the last admin; make somebody else admin first.", field="on")
    membership = member.memberships.select_related("team").filter(ends_on__isnull=True).first()
    if membership and membership.starts_on >= on:
        raise PeopleRefusal(
            f"{member.name} is in {membership.team.name} from {day_told(membership.starts_on)}; choose a later day.",
            field="on",
        )
    if membership:
        membership.ends_on = on
        membership.save(update_fields=["ends_on"])
    member.left_on = on
    member.save(update_fields=["left_on"])
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action="member.leave",
        subject=member,
        before={"left_on": None, "team": membership.team.name if membership else None},
        after={"left_on": on.isoformat(), "team": None},
    )
    return member


def _lock(member: Member) -> None:
    """Two admins who demote each other at the same moment must not both succeed."""
    Workspace.objects.select_for_update().get(pk=member.workspace_id)
    member.refresh_from_db()


def _refuse_second(member: Member) -> None:
    if member.user and Member.objects.filter(workspace=member.workspace, user=member.user).exists():
        raise PeopleRefusal(f"{member.user.email} is a member of this workspace already.", field="email")


def _refuse_claimed(member: Member) -> None:
    """Data that says “J. Doe” must mean one person."""
    owners = {text: pk for text, pk in owner_texts(member.workspace).items() if pk != member.pk}
    if normalised(member.name) in owners:
        raise PeopleRefusal(
            f"Somebody here is called “{member.name}” already; add what tells the two apart.", field="name"
        )
    for alias in member.aliases:
        if normalised(alias) in owners:
            raise PeopleRefusal(f"“{alias}” means another member already; take it from them first.", field="aliases")
