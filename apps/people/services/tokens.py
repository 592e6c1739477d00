"""API tokens: a program acts as the member who made the token, until it is revoked or the member leaves."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.audit.services import record
from apps.people import rules
from apps.people.models import ApiToken, Member
from apps.people.secrets import API, new_secret

USED_EVERY = timedelta(minutes=5)


@transaction.atomic
def create_token(*, member: Member, name: str) -> tuple[ApiToken, str]:
    """The token's row and the secret itself, which exists nowhere else: show it once."""
    secret, digest = new_secret(API)
    token = ApiToken.objects.create(member=member, name=rules.the_name(name, of="the token", longest=80), digest=digest)
    record(
        workspace=member.workspace,
        actor=member.user,
        action="token.create",
        subject=token,
        before={},
        after={"name": token.name, "member": member.name},
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Member, now: datetime) -> None:
    """Revoking twice changes nothing."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        return
    record(
        workspace=by.workspace,
        actor=by.user,
        action="token.revoke",
        subject=token,
        before={"name": token.name, "member": token.member.name},
        after={},
    )


def mark_used(*, token: ApiToken, now: datetime) -> None:
    """Remember when a token was last of use, to within USED_EVERY: not one write a request, and not audited."""
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
