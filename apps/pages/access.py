"""The one door into a workspace's pages: signed in, a member of it, allowed. Every workspace view goes through it."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, cast

import structlog
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from apps.datasets.store.in_place import NotAnswered
from apps.metrics.catalogue import Definitions
from apps.metrics.queries import definitions_of
from apps.people.models import Member, User, Workspace
from apps.people.permissions import can
from apps.people.queries import member_of, today_in
from apps.people.roles import Permission

P = ParamSpec("P")


class WorkspaceRequest(HttpRequest):
    """A request that has come through the door."""

    user: User
    htmx: HtmxDetails
    member: Member
    workspace: Workspace
    definitions: Definitions  # the KPIs of the workspace, read when first asked for
    today: date  # in the workspace; pages hand it on, so that nothing below them reads the clock


View = Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]


def workspace_view(permission: Permission) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let in members of the workspace in the URL whose role holds the permission.

    Signed out: to the sign-in page. Not a member, or no such workspace: 404, so that nothing is revealed.
    Member without the permission: 403.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: WorkspaceRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = member_of(user=request.user, slug=slug)
            if member is None:
                raise Http404("There is no such workspace.")
            request.member, request.workspace = member, member.workspace  # a refusal, too, is a page of the workspace
            request.today = today_in(member.workspace)
            request.definitions = cast("Definitions", SimpleLazyObject(lambda: definitions_of(member.workspace)))
            if not can(member, permission):
                raise PermissionDenied(f"Your role ({member.get_role_display()}) may not do this.")
            structlog.contextvars.bind_contextvars(user_id=member.user_id, workspace_id=member.workspace_id)
            with timezone.override(member.workspace.timezone):  # every moment of a page is told in it
                try:
                    return view(request, *args, **kwargs)
                except NotAnswered as silent:  # no page breaks because a warehouse does not answer
                    context = {"sentence": silent.sentence}
                    return render(request, "pages/warehouse/silent.html", context, status=503)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return vary_on_headers("HX-Request")(never_cache(login_required(guarded)))

    return decorate


def wants_fragment(request: WorkspaceRequest) -> bool:
    """Only a plain HTMX request gets a part of the page: a boosted link or the back button needs it whole."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
