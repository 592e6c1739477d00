"""Which KPIs fit: the guide that leads from somebody's role and the data there is to a short list."""

from django.http import HttpResponse
from django.shortcuts import render

from apps.goals.queries import open_goals_of
from apps.goals.rules import too_many_told
from apps.metrics.choosing import SCOPE, For, Offer, choose
from apps.metrics.readiness import readiness_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.people.permissions import can
from apps.people.roles import Permission, Role

WHOSE = {For.REP: "Somebody who sells", For.MANAGER: "A team", For.LEADER: "The whole company"}
DEFAULTS = {Role.MEMBER: For.REP, Role.MANAGER: For.MANAGER}


@workspace_view(Permission.SEE_WORKSPACE)
def kpis_choose(request: WorkspaceRequest) -> HttpResponse:
    """Asks one thing, whose goals are looked for; what the data can give is known."""
    asked = request.GET.get("for", "")
    whose = For(asked) if asked in list(For) else DEFAULTS.get(Role(request.member.role), For.LEADER)
    chosen = choose(whose, _offers(request))
    context = {
        "whose": whose,
        "choices": [(each.value, words) for each, words in WHOSE.items()],
        "chosen": chosen,
        "scope": SCOPE[whose],
        "warning": too_many_told(request.member.name, open_goals_of(request.member)),
        "may_set_goals": can(request.member, Permission.MANAGE_TEAM_GOALS),
        "may_import": can(request.member, Permission.IMPORT_DATA),
        "may_define": can(request.member, Permission.DEFINE_KPIS),
    }
    return render(request, "pages/kpis/choose.html", context)


def _offers(request: WorkspaceRequest) -> list[list[Offer]]:
    """Every KPI in all its variants, the one that the workspace takes first."""
    readiness, definitions = readiness_of(request.workspace), request.definitions
    return [
        [Offer(kpi, readiness.missing(kpi)) for kpi in definitions.preferred(each.key)] for each in definitions.all()
    ]
