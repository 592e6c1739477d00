"""Letters to people."""

from django.core.mail import send_mail
from django.template.loader import render_to_string

from apps.people.models import Invitation


def send_invitation(*, invitation: Invitation, link: str) -> None:
    """Raises OSError (SMTP errors are) when the letter could not be handed over."""
    body = render_to_string("people/invitation.txt", {"invitation": invitation, "link": link})
    # The workspace's name is one line by rule, so it cannot add a header.
    send_mail(f"KPI Tracker: you are invited to {invitation.workspace.name}", body, None, [invitation.email])
