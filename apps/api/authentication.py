"""Who is asking: a program that shows the token of one member, and with it of one workspace."""

from datetime import date, datetime
from typing import cast

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.people.models import ApiToken, Member, User
from apps.people.queries import day_in, member_by_token
from apps.people.services import mark_used
from apps.people.services.tokens import USED_EVERY

SCHEME = "Bearer"
SAY_WHO_YOU_ARE = "Send the header “Authorization: Bearer TOKEN” with a token made on the page API tokens."


class TokenAuthentication(BaseAuthentication):
    """`request.user` becomes the member's user, `request.auth` the token with its member and workspace,
    `request.today` the day it is there."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != SCHEME.lower().encode():
            return None
        found = member_by_token(parts[1].decode(errors="replace")) if len(parts) == 2 else None
        if found is None or found[0].user is None:
            # One sentence for unknown, revoked and left: a stranger learns nothing about which it is.
            raise AuthenticationFailed(f"This token is not valid, or not any more. {SAY_WHO_YOU_ARE}")
        member, token = found
        now = timezone.now()
        _note_use(token, now)
        request.today = day_in(member.workspace, now)  # type: ignore[attr-defined]
        return cast(User, member.user), token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


def _note_use(token: ApiToken, now: datetime) -> None:
    """Without asking the database when there is nothing to write: even an empty UPDATE takes SQLite's write lock."""
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        mark_used(token=token, now=now)


def member_of(request: Request) -> Member:
    """The member behind an authenticated request."""
    return cast(ApiToken, request.auth).member


def today_of(request: Request) -> date:
    """The day it is in the workspace of an authenticated request: nothing below the API reads the clock."""
    today: date = request.today  # type: ignore[attr-defined]
    return today
