"""The list of people, and adding somebody who owns numbers but does not sign in."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import MemberNewForm
from apps.pages.people.taken import people_response
from apps.people import queries, services
from apps.people.permissions import can
from apps.people.roles import Permission

PER_PAGE = 100


@workspace_view(Permission.SEE_WORKSPACE)
@require_safe
def people(request: WorkspaceRequest) -> HttpResponseBase:
    today = request.today
    everybody = queries.members_of(request.workspace)
    left = request.GET.get("who") == "left"
    here = everybody.filter(left_on__lte=today) if left else everybody.exclude(left_on__lte=today)
    if wanted := format_asked(request):
        return people_response(request, list(here), today, wanted, left=left)
    page = Paginator(here, PER_PAGE).get_page(request.GET.get("page"))
    manages = can(request.member, Permission.MANAGE_PEOPLE)
    now = timezone.now()
    return render(
        request,
        "pages/people/people.html",
        {
            "page": page,
            "rows": [(member, queries.team_on(member, today)) for member in page],
            "left": left,
            "manages": manages,
            "invitations": queries.pending_invitations(request.workspace, now) if manages and not left else [],
        },
    )


@workspace_view(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def member_new(request: WorkspaceRequest) -> HttpResponse:
    form = MemberNewForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and attempt(
        form, lambda data: services.add_member(workspace=request.workspace, by=request.member, **data)
    ):
        messages.success(request, f"{form.cleaned_data['name']} is a member now.")
        return redirect("pages:people", request.workspace.slug)
    status = 422 if form.errors else 200
    return render(request, "pages/people/member_new.html", {"form": form}, status=status)
