"""The ways in: signing in, accepting an invitation, and the personas of the demo."""

from typing import Any, cast

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.pages.people.attempts import attempt
from apps.pages.people.forms import AcceptForm
from apps.people import queries, services
from apps.people.errors import InvitationRefusal
from apps.people.models import Invitation, Member, User
from apps.people.services.invitations import check_invitation


class SignIn(LoginView):  # type: ignore[misc]
    """allauth's sign-in with its rate limits; in demo mode also the personas."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        personas = queries.demo_personas() if settings.DEMO_MODE else {}
        return {**super().get_context_data(**kwargs), "personas": personas}


@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become a persona of the demo workspace. Outside demo mode this page does not exist."""
    if not settings.DEMO_MODE:
        raise Http404("There is no demo here.")
    member = queries.demo_personas().get(request.POST.get("persona", ""))
    if member is None or member.user is None:
        raise Http404("There is no such persona.")
    return _enter(request, member, member.user)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link and owns the address gets the place that was promised."""
    try:
        promised = check_invitation(token=token, now=timezone.now())
        if isinstance(request.user, AnonymousUser):
            return _accept_as_new(request, promised, token)
        return _accept_as(request, request.user, promised, token)
    except InvitationRefusal as refusal:
        return render(request, "pages/people/invitation_refused.html", {"sentence": refusal.sentence}, status=404)


def _accept_as_new(request: HttpRequest, promised: Invitation, token: str) -> HttpResponse:
    if queries.user_with_email(promised.email):
        return render(request, "pages/people/invitation.html", {"invitation": promised, "sign_in_first": True})
    form = AcceptForm(request.POST or None, initial={"name": promised.name})
    members: list[Member] = []

    def accept(data: dict[str, Any]) -> None:
        members.append(services.accept_invitation(token=token, now=timezone.now(), **data))

    if request.method == "POST" and attempt(form, accept):
        return _enter(request, members[0], cast(User, members[0].user))
    status = 422 if form.errors else 200
    return render(request, "pages/people/invitation.html", {"invitation": promised, "form": form}, status=status)


def _accept_as(request: HttpRequest, user: User, promised: Invitation, token: str) -> HttpResponse:
    if request.method == "POST":
        member = services.accept_invitation(token=token, now=timezone.now(), user=user)
        return redirect("pages:home", member.workspace.slug)
    wrong_address = user.email.lower() != promised.email
    context = {"invitation": promised, "wrong_address": wrong_address}
    return render(request, "pages/people/invitation.html", context)


def _enter(request: HttpRequest, member: Member, user: User) -> HttpResponse:
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("pages:home", member.workspace.slug)
