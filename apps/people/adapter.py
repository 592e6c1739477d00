"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up alone: people come in by an invitation to a workspace."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
