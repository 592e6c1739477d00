"""Invitations: the only way in. The token goes out by e-mail once; only its digest is kept."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.audit.services import record
from apps.people import rules
from apps.people.errors import InvitationRefusal, PeopleRefusal, SignInFirst
from apps.people.models import Invitation, Member, Team, User, Workspace
from apps.people.queries import day_in, invitation_with, is_here, pending_invitations, user_with_email
from apps.people.roles import Role
from apps.people.secrets import INVITATION, new_secret
from apps.people.services.members import add_member
from apps.people.services.teams import move_member

VALID_FOR = timedelta(days=14)


@transaction.atomic
def invite(
    *,
    workspace: Workspace,
    email: str,
    by: Member,
    now: datetime,
    name: str = "",
    role: str = Role.MEMBER,
    team: Team | None = None,
    member: Member | None = None,
) -> tuple[Invitation, str]:
    """An invitation and its token. `member` is somebody already here who shall be able to sign in.

    An earlier invitation of the same address that still waits is withdrawn: only the newest link works.
    """
    address = rules.the_email(email)
    _refuse_invite(workspace, address, team, member, now)
    for earlier in pending_invitations(workspace, now).filter(email=address):
        revoke_invitation(invitation=earlier, by=by, now=now)
    token, digest = new_secret(INVITATION)
    called = member.name if member else name
    invitation = Invitation.objects.create(
        workspace=workspace,
        email=address,
        name=rules.the_name(called, of="the member") if called.strip() else "",
        role=rules.the_role(role),
        team=team,
        member=member,
        digest=digest,
        invited_by=by,
        expires_at=now + VALID_FOR,
    )
    after = {"name": invitation.name, "role": str(invitation.role), "team": team.name if team else None}
    record(workspace=workspace, actor=by.user, action="invitation.send", subject=invitation, before={}, after=after)
    return invitation, token


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: Member, now: datetime) -> None:
    """Withdrawing twice changes nothing; what has been accepted stays accepted."""
    waiting = Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True, accepted_at__isnull=True)
    if not waiting.update(revoked_at=now):
        return
    record(
        workspace=invitation.workspace,
        actor=by.user,
        action="invitation.revoke",
        subject=invitation,
        before={"name": invitation.name, "role": str(invitation.role)},
        after={},
    )


def check_invitation(*, token: str, now: datetime) -> Invitation:
    """The invitation with this token, if it can still be accepted."""
    invitation = invitation_with(token)
    if invitation is None:
        raise InvitationRefusal("This invitation link is not valid; ask for a new invitation.")
    if invitation.accepted_at:
        raise InvitationRefusal("This invitation has been used already; sign in instead.")
    if invitation.revoked_at:
        raise InvitationRefusal("This invitation has been withdrawn; ask for a new one.")
    if invitation.expires_at <= now:
        raise InvitationRefusal("This invitation is out of date; ask for a new one.")
    return invitation


@transaction.atomic
def accept_invitation(
    *, token: str, now: datetime, user: User | None = None, name: str = "", password: str = ""
) -> Member:
    """Take the place that was promised: as the signed-in `user`, or as a new account with this name and password."""
    invitation = check_invitation(token=token, now=now)
    Workspace.objects.select_for_update().get(pk=invitation.workspace_id)
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    if not taken.update(accepted_at=now):
        raise InvitationRefusal("This invitation has been used already; sign in instead.")
    account = _its_own(invitation, user) if user else _new_account(invitation, name, password)
    member = _take_place(invitation, account, name, now)
    record(
        workspace=invitation.workspace,
        actor=account,
        action="invitation.accept",
        subject=invitation,
        before={},
        after={"name": member.name, "role": str(member.role)},
    )
    return member


def _refuse_invite(workspace: Workspace, address: str, team: Team | None, member: Member | None, now: datetime) -> None:
    today = day_in(workspace, now)
    known = workspace.members.filter(user__email=address).first()
    if known and is_here(known, today):
        raise PeopleRefusal(f"{address} is a member of this workspace already.", field="email")
    if team and team.workspace_id != workspace.pk:
        raise PeopleRefusal("That team is not in this workspace; choose another.", field="team")
    if member and (member.workspace_id != workspace.pk or member.user_id):
        raise PeopleRefusal(f"{member.name} can sign in already.", field="email")
    if member and not is_here(member, today):
        raise PeopleRefusal(f"{member.name} has left; invite them as a new member.", field="email")
    if member and known:
        raise PeopleRefusal(f"{address} belongs to {known.name}, who has left; use another address.", field="email")


def _its_own(invitation: Invitation, user: User) -> User:
    if user.email.lower() != invitation.email:
        raise InvitationRefusal(
            f"This invitation is for {invitation.email}, and you are signed in with another address; sign out first."
        )
    return user


def _new_account(invitation: Invitation, name: str, password: str) -> User:
    if user_with_email(invitation.email):
        raise SignInFirst("There is an account with this address already; sign in to accept the invitation.")
    called = rules.the_name(name or invitation.name, of="yourself")
    try:
        validate_password(password, User(email=invitation.email, name=called))
    except ValidationError as refused:
        raise PeopleRefusal(" ".join(refused.messages), field="password") from None
    return User.objects.create_user(invitation.email, password, name=called)


def _take_place(invitation: Invitation, account: User, name: str, now: datetime) -> Member:
    """A new member; or the one the data knew, who can sign in from now; or somebody who left and comes back."""
    today = day_in(invitation.workspace, now)
    known = invitation.workspace.members.filter(user=account).first()
    member = invitation.member or known
    if member is None:
        return add_member(
            workspace=invitation.workspace,
            name=name or invitation.name or account.name or account.email.partition("@")[0],
            by=invitation.invited_by,
            role=invitation.role,
            user=account,
            team=invitation.team,
            joined_on=today,
        )
    if invitation.member and (known or member.user_id or not is_here(member, today)):
        raise InvitationRefusal("The place of this invitation is no longer free; ask for a new invitation.")
    member.user, member.role, member.left_on = account, invitation.role, None
    member.save(update_fields=["user", "role", "left_on"])
    current = member.memberships.filter(ends_on__isnull=True).first()
    if invitation.team and (current is None or current.team_id != invitation.team_id):
        move_member(member=member, team=invitation.team, on=today, by=invitation.invited_by)
    return member
