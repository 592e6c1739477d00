"""Where one arrives: the right workspace, the right perspective, what one owes; and the record of background work."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.datasets.queries import has_data
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.goals.people_now import TeamNow, now_of
from apps.pages.home.owed import debts_of
from apps.pages.home.perspectives import TEAM, TITLES, default_view, perspective
from apps.people.models import User
from apps.people.permissions import can
from apps.people.queries import workspaces_of
from apps.people.roles import Permission
from apps.refresh.models import Run
from apps.refresh.queries import recompute_under_way, runs_of

RUNS_A_PAGE = 30


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """To the one workspace somebody has; to a choice of several; or to a page that says how to get one."""
    assert isinstance(request.user, User)
    members = workspaces_of(request.user)
    if len(members) == 1:
        return redirect("pages:home", members[0].workspace.slug)
    return render(request, "pages/home/start.html", {"members": members})


@workspace_view(Permission.SEE_WORKSPACE)
def home(request: WorkspaceRequest) -> HttpResponse:
    key = request.GET.get("view", "")
    key = key if key in TITLES else default_view(request.member)
    seen = perspective(request.member, key, request.today, request.definitions)
    context = {
        "view": key,
        "tabs": TITLES,
        "today": request.today,
        "seen": seen,
        "has_data": bool(seen.cards) or has_data(request.workspace),
        "now": _people_now(request) if key == TEAM else None,
        "owed": debts_of(request.member, request.today, request.definitions),
        "recomputing": recompute_under_way(request.workspace),
    }
    return render(request, "pages/home/home.html", context)


def _people_now(request: WorkspaceRequest) -> TeamNow | None:
    """The map of the member's own teams, for whoever sees the goals of people; who is in no team has it on its page."""
    own = request.member.memberships.filter(ends_on__isnull=True).values_list("team_id", flat=True).first()
    return now_of(request, own) if own and can(request.member, Permission.SEE_ALL_GOALS) else None


@workspace_view(Permission.SEE_IMPORTS)
def runs(request: WorkspaceRequest) -> HttpResponse:
    """Every piece of background work. Refreshes itself only while something is under way."""
    page = Paginator(runs_of(request.workspace), RUNS_A_PAGE).get_page(request.GET.get("page"))
    under_way = any(run.state in (Run.State.QUEUED, Run.State.RUNNING) for run in page)
    template = "pages/home/runs.html#runs" if wants_fragment(request) else "pages/home/runs.html"
    return render(request, template, {"page": page, "under_way": under_way, "now": timezone.now()})


@workspace_view(Permission.SEE_WORKSPACE)
def recomputing(request: WorkspaceRequest) -> HttpResponse:
    """Asked every few seconds by a page that shows old figures; once the new ones are there it loads itself anew."""
    run = recompute_under_way(request.workspace)
    if run is not None:
        return render(request, "components/recomputing.html", {"run": run})
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response
