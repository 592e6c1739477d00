"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up alone: people come in by an invitation to a workspace."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        return f"KPI Tracker: {subject}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("pages:start")
