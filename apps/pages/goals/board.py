"""The board: every goal one may see, narrowed by what the URL says, exceptions first."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from apps.goals import queries
from apps.goals.filters import BoardFilters
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.goals.present import all_shown
from apps.pages.goals.taken import board_response
from apps.people.roles import Permission
from apps.refresh.queries import recompute_under_way


@workspace_view(Permission.SEE_WORKSPACE)
def board(request: WorkspaceRequest) -> HttpResponseBase:
    """A change of the filters is answered with the list alone, and its clean address goes into the browser's bar."""
    if wanted := format_asked(request):
        return board_response(request, wanted)
    seen = queries.board(request.member, BoardFilters.of(request.GET), request.today)
    context = {
        "board": seen,
        "filters": seen.filters,
        "rows": all_shown(seen.goals, seen.definitions),
        "tabs": _tabs(seen),
    }
    if wants_fragment(request):
        response = render(request, "pages/goals/board.html#listing", context)
        address = _address(request, seen.filters)
        # the same address twice would make the back button do nothing once
        response["HX-Push-Url"] = "false" if request.htmx.current_url_abs_path == address else address
        return response
    context["recomputing"] = recompute_under_way(request.workspace)
    return render(request, "pages/goals/board.html", context)


def _tabs(seen: queries.Board) -> list[tuple[str, str, int, str]]:
    """Status, label, how many, and the query that shows only those; first all of them."""
    everything = ("", "all", seen.all_statuses, seen.filters.but(status="").query)
    return [everything] + [
        (tab.status, tab.label.lower(), tab.count, seen.filters.but(status=tab.status).query) for tab in seen.counts
    ]


def _address(request: WorkspaceRequest, filters: BoardFilters) -> str:
    address = reverse("pages:board", args=[request.workspace.slug])
    return f"{address}?{filters.query}" if filters.query else address
