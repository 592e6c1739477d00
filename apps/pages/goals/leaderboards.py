"""Leaderboards: those that are on, and the switch for whoever may."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from apps.goals.errors import GoalRefusal
from apps.goals.leaderboards import LEAST, boards_for
from apps.goals.models import Goal, LeaderboardAbsence, LeaderboardChoice
from apps.goals.permissions import Reach, reach_of
from apps.goals.services.leaderboards import come_back, stay_off, switch_off, switch_on
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.people.models import Team
from apps.people.queries import teams_of
from apps.people.roles import Permission


@workspace_view(Permission.SEE_WORKSPACE)
def leaderboards(request: WorkspaceRequest) -> HttpResponse:
    reach = reach_of(request.member, request.today)
    context: dict[str, Any] = {
        "boards": boards_for(request.member, request.today, request.definitions),
        "is_off": LeaderboardAbsence.objects.filter(member=request.member).exists(),
        "least": LEAST,
        "may_switch": bool(reach),
    }
    if reach:
        context |= _choices(request, reach)
    return render(request, "pages/goals/leaderboards.html", context)


@workspace_view(Permission.MANAGE_TEAM_GOALS)
def leaderboard_switch(request: WorkspaceRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            _switched(request)
        except GoalRefusal as refused:
            messages.warning(request, refused.sentence)
    return redirect("pages:goal_leaderboards", request.workspace.slug)


@workspace_view(Permission.SEE_WORKSPACE)
def leaderboard_me(request: WorkspaceRequest) -> HttpResponse:
    """Off all leaderboards, or back on them."""
    if request.method == "POST":
        if "back" in request.POST:
            come_back(member=request.member)
        else:
            stay_off(member=request.member)
            messages.success(request, "You are on no leaderboard.")
    return redirect("pages:goal_leaderboards", request.workspace.slug)


def _switched(request: WorkspaceRequest) -> None:
    given = request.POST
    if off := given.get("off", ""):
        choice = LeaderboardChoice.objects.filter(workspace=request.workspace, pk=_number(off)).first()
        if choice is None:
            raise Http404("There is no such leaderboard.")
        switch_off(choice=choice, by=request.member, today=request.today)
        return
    team = None
    if wanted := given.get("team", ""):
        team = Team.objects.filter(workspace=request.workspace, pk=_number(wanted)).first()
        if team is None:
            raise Http404("There is no such team.")
    shows = given.get("shows", LeaderboardChoice.Shows.ATTAINMENT)
    switch_on(by=request.member, kpi=given.get("kpi", ""), team=team, shows=shows, today=request.today)


def _choices(request: WorkspaceRequest, reach: Reach) -> dict[str, Any]:
    """The KPIs that people have goals on, and the teams the member may switch one on for."""
    keys = set(
        Goal.objects.filter(workspace=request.workspace, scope="person").order_by().values_list("kpi", flat=True)
    )
    return {
        "kpis": [kpi for kpi in request.definitions.all() if kpi.key in keys],
        "teams": [team for team in teams_of(request.workspace) if reach.everything or team.pk in reach.team_ids],
        "everywhere": reach.everything,
        "shows": LeaderboardChoice.Shows.choices,
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
