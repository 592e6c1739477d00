"""Switching leaderboards on and off, and staying off them."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.audit.services import record
from apps.goals.errors import GoalRefusal
from apps.goals.leaderboards import may_switch
from apps.goals.models import LeaderboardAbsence, LeaderboardChoice
from apps.goals.permissions import reach_of
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Team


@transaction.atomic
def switch_on(*, by: Member, kpi: str, team: Team | None, shows: str, today: date) -> LeaderboardChoice:
    """Rank people by this KPI, in a team with its sub-teams or in the whole workspace; again: show it so from now."""
    problems = {}
    if definitions_of(by.workspace).find(kpi) is None:
        problems["kpi"] = f"There is no KPI “{kpi}” here: choose one of the list."
    if shows not in LeaderboardChoice.Shows.values:
        problems["shows"] = "Choose what is shown: attainment or value."
    if team is not None and team.workspace_id != by.workspace_id:
        problems["team"] = "There is no such team here."
    if problems:
        raise GoalRefusal(problems)
    _require(by, team.pk if team else None, today)
    choice, _ = LeaderboardChoice.objects.update_or_create(
        workspace=by.workspace, kpi=kpi, team=team, defaults={"shows": shows, "by": by}
    )
    record(
        workspace=by.workspace,
        actor=by.user,
        action="leaderboard.on",
        subject=choice,
        before={},
        after={"kpi": kpi, "team": team.pk if team else None, "shows": shows},
    )
    return choice


@transaction.atomic
def switch_off(*, choice: LeaderboardChoice, by: Member, today: date) -> None:
    _require(by, choice.team_id, today)
    record(
        workspace=choice.workspace,
        actor=by.user,
        action="leaderboard.off",
        subject=choice,
        before={"kpi": choice.kpi, "team": choice.team_id, "shows": choice.shows},
        after={},
    )
    choice.delete()


def stay_off(*, member: Member) -> None:
    """On no leaderboard from now on. One's own matter: it is on no trail."""
    LeaderboardAbsence.objects.get_or_create(member=member)


def come_back(*, member: Member) -> None:
    LeaderboardAbsence.objects.filter(member=member).delete()


def _require(by: Member, team_id: int | None, today: date) -> None:
    if not may_switch(team_id, reach_of(by, today)):
        raise PermissionDenied("Leaders switch leaderboards on and off, and managers those of their own teams.")
