"""Beside the goal form: what the chosen KPI means, and what it came to in the goal before on the same number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.common.errors import Refusal
from apps.goals.models import Goal, Scope
from apps.goals.queries import open_goals_of, visible_goals
from apps.goals.rules import too_many_told
from apps.metrics.catalogue import Kpi
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.present import shown

LONGEST_ID = 18  # digits; beyond it no database has such a number


@dataclass(frozen=True)
class Hint:
    kpi: Kpi
    kpi_name: str
    before: Goal | None  # the newest goal with an actual, same KPI and same people
    before_period: str


def hint_for(request: WorkspaceRequest, chosen: Mapping[str, Any]) -> Hint | None:
    """None while no KPI is chosen. Reads stored actuals only: a form must not wait for the engine."""
    try:
        kpi = request.definitions.get(str(chosen.get("kpi") or ""))
    except Refusal:
        return None
    before = _before(request, kpi, chosen)
    period = shown(before, request.definitions).period if before else ""
    return Hint(kpi, request.definitions.told(kpi), before, period)


def warning_for(request: WorkspaceRequest, chosen: Mapping[str, Any], goal: Goal | None = None) -> str:
    """Before somebody gets one goal more than people keep; about whose number it is, else who answers for it."""
    which = Scope.PERSON.value if chosen.get("scope") == Scope.PERSON else "owner"
    number = str(chosen.get(which) or "")
    if not number.isdecimal() or len(number) > LONGEST_ID:
        return ""
    member = request.workspace.members.filter(pk=int(number)).first()
    return too_many_told(member.name, open_goals_of(member, goal)) if member else ""


def _before(request: WorkspaceRequest, kpi: Kpi, chosen: Mapping[str, Any]) -> Goal | None:
    scope = str(chosen.get("scope") or "")
    same = visible_goals(request.member, request.today).filter(
        kpi=kpi.key, variant=kpi.variant, scope=scope, latest__value__isnull=False
    )
    for name in (Scope.TEAM, Scope.PERSON):
        if scope == name:
            subject = str(chosen.get(name) or "")
            if not subject.isdecimal() or len(subject) > LONGEST_ID:
                return None
            same = same.filter(**{f"{name}_id": int(subject)})
    return same.order_by("-ends_on", "-pk").first()
