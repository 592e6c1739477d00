"""Owners in the data who are no member: who they are is said here once, and can be taken back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.datasets.unmatched import unmatched
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.people import queries, services
from apps.people.errors import PeopleRefusal
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.roles import Permission

PER_PAGE = 50
RESOLVED_SHOWN = 100


@workspace_view(Permission.SEE_IMPORTS)
@require_safe
def people_unmatched(request: WorkspaceRequest) -> HttpResponse:
    return _page(request)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def people_unmatched_resolve(request: WorkspaceRequest) -> HttpResponse:
    """Several at once by their checkboxes; or one, by the button of a suggestion."""
    try:
        done = _resolve(request)
    except PeopleRefusal as refusal:
        return _page(request, refused=refusal.sentence)
    messages.success(request, done)
    return redirect("pages:people_unmatched", request.workspace.slug)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def people_unmatched_undo(request: WorkspaceRequest, resolution_id: int) -> HttpResponse:
    resolution = get_object_or_404(queries.resolutions_of(request.workspace), pk=resolution_id)
    try:
        services.undo_resolution(resolution=resolution, by=request.member)
    except PeopleRefusal as refusal:
        return _page(request, refused=refusal.sentence)
    messages.success(request, f"“{resolution.text}” is in the list again.")
    return redirect("pages:people_unmatched", request.workspace.slug)


def _resolve(request: WorkspaceRequest) -> str:
    """What was done, as a sentence. Refusal if nothing was chosen, or no member for it."""
    suggested, _, text = request.POST.get("suggested", "").partition("|")
    texts = [text] if suggested else request.POST.getlist("text")
    asked: dict[str, Any] = {"workspace": request.workspace, "texts": texts, "by": request.member}
    does = "member" if suggested else request.POST.get("does", "")
    if does == "member":
        member = _member(request, suggested or request.POST.get("member", ""))
        many = services.resolve_as_member(member=member, **asked)
        return f"{_names(many)} now {'means' if many == 1 else 'mean'} {member.name}. The figures are being recomputed."
    if does == "new":
        many = services.resolve_as_new(**asked)
        return f"{_people(many)} without sign-in. The figures are being recomputed."
    if does == "nobody":
        many = services.resolve_as_nobody(**asked)
        return f"{_names(many)} {'is' if many == 1 else 'are'} not asked about again."
    raise PeopleRefusal("Say what the names you chose are: a member, new people, or not people.")


def _member(request: WorkspaceRequest, given: str) -> Member:
    found = queries.members_of(request.workspace).filter(pk=given).first() if given.isdecimal() else None
    if found is None:
        raise PeopleRefusal("Choose the member whom the names mean.", field="member")
    return found


def _names(many: int) -> str:
    return "The name" if many == 1 else f"{many:,} names"


def _people(many: int) -> str:
    return "One person was added" if many == 1 else f"{many:,} people were added"


def _page(request: WorkspaceRequest, refused: str = "") -> HttpResponse:
    found = unmatched(request.workspace)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "total": len(found),
        "rows": sum(each.rows for each in found),
        "resolved": queries.resolutions_of(request.workspace)[:RESOLVED_SHOWN],
        "members": queries.members_of(request.workspace).order_by("name"),
        "manages": can(request.member, Permission.MANAGE_PEOPLE),
        "refused": refused,
        "chosen": request.POST.getlist("text") if refused else [],
    }
    return render(request, "pages/people/unmatched.html", context, status=422 if refused else 200)
