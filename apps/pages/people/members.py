"""One member: names, role, team history; and what an admin may change about them, each by a form of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import AwayForm, LeaveForm, MemberEditForm, MemberInviteForm, MoveForm, RoleForm
from apps.pages.people.invitations import invite_and_send
from apps.people import queries, services
from apps.people.models import Absence, Member
from apps.people.permissions import can
from apps.people.roles import Permission


@workspace_view(Permission.SEE_WORKSPACE)
@require_safe
def member(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    return _page(request, _the_member(request, member_id))


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def member_edit(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    return _change(request, member_id, "edit", services.edit_member, "The names are saved.")


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def member_role(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    return _change(request, member_id, "role", services.change_role, "The role is changed.")


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def member_move(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    return _change(request, member_id, "move", services.move_member, "The move is noted.")


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def member_leave(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    return _change(request, member_id, "leave", services.member_leaves, "The last day is noted.")


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def member_invite(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    def send(*, member: Member, by: Member, **data: Any) -> None:
        invite_and_send(request, member=member, **data)

    return _change(request, member_id, "invite", send, "The invitation is on its way.")


@workspace_view(Permission.CHECK_IN_OWN)
def member_away(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """Note days away; what they do to targets is offered where the goals are."""
    shown = _the_member(request, member_id)
    _require_absences(request, shown)
    if request.method != "POST":
        return redirect("pages:member", request.workspace.slug, shown.pk)
    form = AwayForm(request.POST, auto_id="away_%s")
    about: dict[str, Any] = {"member": shown, "by": request.member, "today": request.today}
    if attempt(form, lambda data: services.add_absence(**about, **data)):
        messages.success(request, "The days are noted. Goals they matter for offer to be pro-rated.")
        return redirect("pages:member", request.workspace.slug, shown.pk)
    return _page(request, shown, refused={"away": form})


@workspace_view(Permission.CHECK_IN_OWN)
def member_back(request: WorkspaceRequest, member_id: int, absence_id: int) -> HttpResponse:
    shown = _the_member(request, member_id)
    _require_absences(request, shown)
    if request.method != "POST":
        return redirect("pages:member", request.workspace.slug, shown.pk)
    absence = get_object_or_404(Absence, member=shown, pk=absence_id)
    services.remove_absence(absence=absence, by=request.member, today=request.today)
    messages.success(request, "The days away are taken back.")
    return redirect("pages:member", request.workspace.slug, shown.pk)


def _require_absences(request: WorkspaceRequest, shown: Member) -> None:
    if not services.may_note_absence(request.member, shown, request.today):
        raise PermissionDenied("Days away are noted by the person, their manager, or who manages people.")


def _the_member(request: WorkspaceRequest, member_id: int) -> Member:
    return get_object_or_404(queries.members_of(request.workspace), pk=member_id)


def _change(
    request: WorkspaceRequest, member_id: int, which: str, service: Callable[..., object], done: str
) -> HttpResponse:
    changed = _the_member(request, member_id)
    form = _forms(request, changed, bound=which)[which]
    if attempt(form, lambda data: service(member=changed, by=request.member, **data)):
        messages.success(request, done)
        return redirect("pages:member", request.workspace.slug, changed.pk)
    # What the refused service may have set on the object is not what is stored.
    return _page(request, _the_member(request, member_id), refused={which: form})


def _forms(request: WorkspaceRequest, shown: Member, *, bound: str = "") -> dict[str, Form]:
    """Each form with an id prefix of its own, so that labels stay unique on the page."""

    def data(which: str) -> Any:
        return request.POST if which == bound else None

    today = request.today
    team = queries.team_on(shown, today)
    names = {"name": shown.name, "aliases": "\n".join(shown.aliases)}
    return {
        "edit": MemberEditForm(data("edit"), initial=names, auto_id="edit_%s"),
        "role": RoleForm(data("role"), initial={"role": shown.role}, auto_id="role_%s"),
        "move": MoveForm(
            data("move"), initial={"team": team, "on": today}, auto_id="move_%s", workspace=request.workspace
        ),
        "leave": LeaveForm(data("leave"), initial={"on": today}, auto_id="leave_%s"),
        "invite": MemberInviteForm(data("invite"), initial={"role": shown.role}, auto_id="invite_%s"),
    }


def _page(request: WorkspaceRequest, shown: Member, *, refused: dict[str, Form] | None = None) -> HttpResponse:
    manages = can(request.member, Permission.MANAGE_PEOPLE)
    notes = services.may_note_absence(request.member, shown, request.today)
    forms = _forms(request, shown) if manages else {}
    forms |= {"away": AwayForm(initial={"starts_on": request.today}, auto_id="away_%s")} if notes else {}
    forms |= refused or {}
    context = {
        "shown": shown,
        "memberships": list(shown.memberships.all()),
        "manages": manages,
        "forms": forms,
        "notes_absences": notes,
        "absences": list(shown.absences.order_by("-starts_on")) if notes else [],
        "sees_email": manages or shown.pk == request.member.pk,
    }
    return render(request, "pages/people/member.html", context, status=422 if refused else 200)
