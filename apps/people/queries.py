"""Reads about workspaces and people. Everything inside a workspace starts from that workspace."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from apps.common.calendars import WorkingCalendar
from apps.common.spelling import did_you_mean
from apps.common.texts import normalised, spellings
from apps.people.errors import PeopleRefusal
from apps.people.models import ApiToken, ExchangeRate, Invitation, Member, Membership, Resolution, Team, User, Workspace
from apps.people.permissions import can
from apps.people.roles import Permission, Role
from apps.people.secrets import digest_of
from apps.people.trees import below


def today_in(workspace: Workspace) -> date:
    """The day it is there now. Reads the clock, so only edges (pages, commands, tasks) may call it."""
    return day_in(workspace, timezone.now())


def day_in(workspace: Workspace, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(workspace.timezone)).date()


def calendar_of(workspace: Workspace) -> WorkingCalendar:
    days = workspace.holidays.values_list("day", flat=True)
    return WorkingCalendar(weekmask=workspace.weekmask, holidays=frozenset(days))


def rates_of(workspace: Workspace, as_of: datetime | None = None) -> QuerySet[ExchangeRate]:
    """Those in force now, or as known at `as_of`; by currency, the newest first."""
    known = Q(known_to__isnull=True)
    if as_of is not None:
        known = Q(known_from__lte=as_of) & (known | Q(known_to__gt=as_of))
    return ExchangeRate.objects.filter(known, workspace=workspace)


# --- who is here -----------------------------------------------------------------------------------------


def member_of(*, user: User, slug: str) -> Member | None:
    """This user's place in the workspace with this slug, in one query; None if there is none or they have left."""
    member = Member.objects.select_related("workspace", "user").filter(user=user, workspace__slug=slug).first()
    return member if member and is_here(member, today_in(member.workspace)) else None


def member_by_token(secret: str) -> tuple[Member, ApiToken] | None:
    """Whose API token this is, in one query; None if it is unknown or revoked, or its owner has left."""
    token = (
        ApiToken.objects.select_related("member__workspace", "member__user")
        .filter(digest=digest_of(secret), revoked_at__isnull=True)
        .first()
    )
    if token is None or not is_here(token.member, today_in(token.member.workspace)):
        return None
    if token.member.user and not token.member.user.is_active:
        return None
    return token.member, token


def is_here(member: Member, day: date) -> bool:
    return member.left_on is None or member.left_on > day


def present_on(day: date) -> Q:
    """The members who belonged to the workspace on this day."""
    return (Q(joined_on__isnull=True) | Q(joined_on__lte=day)) & (Q(left_on__isnull=True) | Q(left_on__gt=day))


def workspace_called(slug: str) -> Workspace:
    """For commands, which may see every workspace; Refusal with the nearest slug if there is none of this name."""
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        slugs = list(Workspace.objects.order_by("slug").values_list("slug", flat=True))
        hint = did_you_mean(slug, slugs) if slugs else " Create one with `python manage.py create_workspace`."
        raise PeopleRefusal(f"There is no workspace `{slug}`.{hint}", field="workspace")
    return found


def workspaces_of(user: User) -> list[Member]:
    """The places this user has now, by name of the workspace."""
    members = Member.objects.select_related("workspace").filter(user=user).order_by("workspace__name")
    return [member for member in members if is_here(member, today_in(member.workspace))]


def members_of(workspace: Workspace, *, on: date | None = None) -> QuerySet[Member]:
    """The members on that day, or without a day everybody who ever was one; user and memberships come along."""
    memberships = Membership.objects.select_related("team").order_by("starts_on")
    members = (
        Member.objects.filter(workspace=workspace)
        .select_related("user")
        .prefetch_related(Prefetch("memberships", queryset=memberships))
    )
    return members.filter(present_on(on)) if on else members


def team_on(member: Member, day: date) -> Team | None:
    """The member's team on that day; no query for members of `members_of`."""
    for membership in member.memberships.all():
        if membership.starts_on <= day and (membership.ends_on is None or day < membership.ends_on):
            return membership.team
    return None


def has_other_admin(member: Member) -> bool:
    """Would the workspace keep an admin who can sign in and is not about to leave?"""
    return (
        Member.objects.filter(
            workspace_id=member.workspace_id, role=Role.ADMIN, left_on__isnull=True, user__is_active=True
        )
        .exclude(pk=member.pk)
        .exists()
    )


def owner_texts(workspace: Workspace) -> dict[str, int]:
    """Every way imported data may write a member (name, e-mail, aliases; lower case) and who is meant.

    A name also means its member without accents and as `Last, First` (common.texts.spellings), unless that is what
    somebody else is called. A text that two members share means nobody: guessing would credit the wrong person.
    """
    return owners_in_data(workspace)[0]


def owners_in_data(workspace: Workspace) -> tuple[dict[str, int], dict[int, str]]:
    """As owner_texts, and the name of every member, in one query."""
    claims: dict[str, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for pk, name, email, aliases in workspace.members.values_list("pk", "name", "user__email", "aliases"):
        names[pk] = name
        for text in (name, email, *aliases):
            if text:
                claims[normalised(text)].add(pk)
    return _meant(claims), names


def _meant(claims: Mapping[str, set[int]]) -> dict[str, int]:
    """The texts that mean exactly one member; what is written goes before how it could be written otherwise."""
    otherwise: dict[str, set[int]] = defaultdict(set)
    for text, pks in claims.items():
        for spelling in spellings(text):
            otherwise[spelling] |= pks
    return {text: min(pks) for text, pks in {**otherwise, **claims}.items() if len(pks) == 1}


def resolutions_of(workspace: Workspace) -> QuerySet[Resolution]:
    """What was said about texts that meant no member and still holds, newest first."""
    return Resolution.objects.filter(workspace=workspace, undone_at__isnull=True).select_related("member", "by")


def texts_of_nobody(workspace: Workspace) -> frozenset[str]:
    """Texts, as they are compared, of which somebody said that they are no person."""
    found = resolutions_of(workspace).filter(kind=Resolution.Kind.NOBODY)
    return frozenset(found.values_list("key", flat=True))


# --- teams -----------------------------------------------------------------------------------------------


def teams_of(workspace: Workspace) -> QuerySet[Team]:
    return Team.objects.filter(workspace=workspace).select_related("parent").order_by("name")


def team_subtree_ids(workspace: Workspace, team_id: int) -> set[int]:
    """The team and everything below it, in one query; empty if the workspace has no such team."""
    parents = dict(workspace.teams.values_list("pk", "parent_id"))
    return below(parents, [team_id]) if team_id in parents else set()


def in_force(day: date) -> Q:
    """Memberships that hold on this day."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gt=day))


def teams_of_member(member: Member, on: date) -> list[Team]:
    """The teams the member belongs to on that day, with all their sub-teams, by name."""
    own = Membership.objects.filter(in_force(on), member=member).values_list("team_id", flat=True)
    teams = {team.pk: team for team in teams_of(member.workspace)}
    found = below({pk: team.parent_id for pk, team in teams.items()}, own)
    return [team for pk, team in teams.items() if pk in found]


# --- invitations and tokens ------------------------------------------------------------------------------


def pending_invitations(workspace: Workspace, now: datetime) -> QuerySet[Invitation]:
    return workspace.invitations.select_related("team", "invited_by").filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )


def invitation_with(token: str) -> Invitation | None:
    return Invitation.objects.select_related("workspace", "team", "member").filter(digest=digest_of(token)).first()


def user_with_email(email: str) -> User | None:
    return User.objects.filter(email__iexact=email).first()


def tokens_seen_by(member: Member) -> QuerySet[ApiToken]:
    """One's own tokens in use; who manages people sees (and can revoke) everybody's."""
    tokens = ApiToken.objects.select_related("member").filter(
        member__workspace_id=member.workspace_id, revoked_at__isnull=True
    )
    return tokens if can(member, Permission.MANAGE_PEOPLE) else tokens.filter(member=member)


# --- the demo --------------------------------------------------------------------------------------------


def demo_personas() -> dict[str, Member]:
    """One member a persona (manager, rep, leader) of the demo workspace who can sign in.

    Never a superuser, and nobody who is also in a workspace that is no demo: one click must not open that one.
    """
    roles = {"manager": Role.MANAGER, "rep": Role.MEMBER, "leader": Role.LEADER}
    members = (
        Member.objects.select_related("user", "workspace")
        .filter(workspace__is_demo=True, left_on__isnull=True, user__is_active=True, role__in=roles.values())
        .exclude(user__is_staff=True)
        .exclude(user__is_superuser=True)
        .exclude(user__members__workspace__is_demo=False)
        .order_by("-pk")
    )
    by_role = {Role(member.role): member for member in members}
    return {key: by_role[role] for key, role in roles.items() if role in by_role}
