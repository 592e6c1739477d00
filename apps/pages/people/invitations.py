"""Sending and withdrawing invitations."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import InviteForm
from apps.people import services
from apps.people.errors import PeopleRefusal
from apps.people.mail import send_invitation
from apps.people.roles import Permission


@workspace_view(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: WorkspaceRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and attempt(form, lambda data: invite_and_send(request, **data)):
        messages.success(request, f"The invitation is on its way to {form.cleaned_data['email']}.")
        return redirect("pages:people", request.workspace.slug)
    return render(request, "pages/people/invite.html", {"form": form}, status=422 if form.errors else 200)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def invitation_revoke(request: WorkspaceRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(request.workspace.invitations, pk=invitation_id)
    services.revoke_invitation(invitation=invitation, by=request.member, now=timezone.now())
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("pages:people", request.workspace.slug)


@sensitive_variables("token", "link")
def invite_and_send(request: WorkspaceRequest, **invited: object) -> None:
    """An invitation whose letter cannot be sent is withdrawn at once: nobody would ever know its link."""
    invitation, token = services.invite(
        workspace=request.workspace,
        by=request.member,
        now=timezone.now(),
        **invited,  # type: ignore[arg-type]
    )
    link = request.build_absolute_uri(reverse("pages:invitation", args=[token]))
    try:
        send_invitation(invitation=invitation, link=link)
    except OSError as failure:
        services.revoke_invitation(invitation=invitation, by=request.member, now=timezone.now())
        raise PeopleRefusal(
            "The e-mail could not be sent, so nobody is invited; ask whoever runs this installation about EMAIL_URL."
        ) from failure
