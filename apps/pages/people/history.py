"""Who did what in the workspace, when, and from what to what: the audit trail, newest first."""

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.audit.queries import events_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.people.taken import history_response
from apps.pages.story import told
from apps.people.roles import Permission

EVENTS_A_PAGE = 50


@workspace_view(Permission.SEE_AUDIT)
@require_safe
def history(request: WorkspaceRequest) -> HttpResponseBase:
    if wanted := format_asked(request):
        return history_response(request, wanted)
    page = Paginator(events_of(request.workspace), EVENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "pages/people/history.html",
        {"page": page, "events": told(request.workspace, page, request.definitions)},
    )
