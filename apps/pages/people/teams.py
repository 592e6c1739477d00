"""The tree of teams with who belonged to each on a day."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.people.attempts import attempt
from apps.pages.people.forms import OnDayForm, TeamForm
from apps.pages.people.taken import people_response
from apps.people import queries, services
from apps.people.models import Member, Team, Workspace
from apps.people.permissions import can
from apps.people.roles import Permission


@dataclass
class Node:
    team: Team
    members: list[Member] = field(default_factory=list)
    below: "list[Node]" = field(default_factory=list)


@workspace_view(Permission.SEE_WORKSPACE)
@require_safe
def teams(request: WorkspaceRequest) -> HttpResponseBase:
    today = request.today
    chosen = OnDayForm(request.GET if "on" in request.GET else {"on": today.isoformat()})
    day = chosen.day(today)
    if wanted := format_asked(request):
        return people_response(request, list(queries.members_of(request.workspace, on=day)), day, wanted)
    tree, without = _tree(request.workspace, day)
    return render(
        request,
        "pages/people/teams.html",
        {
            "tree": tree,
            "without": without,
            "day": day,
            "day_form": chosen,
            "manages": can(request.member, Permission.MANAGE_PEOPLE),
        },
    )


@workspace_view(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def team_new(request: WorkspaceRequest) -> HttpResponse:
    form = TeamForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and attempt(
        form, lambda data: services.add_team(workspace=request.workspace, by=request.member, **data)
    ):
        messages.success(request, f"The team {form.cleaned_data['name']} is added.")
        return redirect("pages:teams", request.workspace.slug)
    return render(request, "pages/people/team.html", {"form": form}, status=422 if form.errors else 200)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def team_edit(request: WorkspaceRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(queries.teams_of(request.workspace), pk=team_id)
    name = team.name
    form = TeamForm(request.POST or None, initial={"name": name, "parent": team.parent_id}, workspace=request.workspace)

    @transaction.atomic
    def save(data: dict[str, Any]) -> None:
        services.rename_team(team=team, name=data["name"], by=request.member)
        services.move_team(team=team, parent=data["parent"], by=request.member)

    if request.method == "POST" and attempt(form, save):
        messages.success(request, f"The team {team.name} is saved.")
        return redirect("pages:teams", request.workspace.slug)
    context = {"form": form, "name": name}
    return render(request, "pages/people/team.html", context, status=422 if form.errors else 200)


def _tree(workspace: Workspace, day: date) -> tuple[list[Node], list[Member]]:
    """The teams as a tree, each with its members of that day; and the members without a team."""
    nodes = {team.pk: Node(team) for team in queries.teams_of(workspace)}
    without: list[Member] = []
    for member in queries.members_of(workspace, on=day):
        team = queries.team_on(member, day)
        (nodes[team.pk].members if team else without).append(member)
    for node in nodes.values():
        if node.team.parent_id is not None:
            nodes[node.team.parent_id].below.append(node)
    return [node for node in nodes.values() if node.team.parent_id is None], without
