"""Beside the goal form: what the chosen KPI means, and what it came to in the goal before on the same number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.common.errors import Refusal
from apps.goals.models import Goal, Scope
from apps.goals.queries import visible_goals
from apps.metrics.catalogue import Kpi, get_kpi
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.present import shown

LONGEST_ID = 18  # digits; beyond it no database has such a number


@dataclass(frozen=True)
class Hint:
    kpi: Kpi
    before: Goal | None  # the newest goal with an actual, same KPI and same people

    @property
    def before_period(self) -> str:
        return shown(self.before).period if self.before else ""


def hint_for(request: WorkspaceRequest, chosen: Mapping[str, Any]) -> Hint | None:
    """None while no KPI is chosen. Reads stored actuals only: a form must not wait for the engine."""
    try:
        kpi = get_kpi(str(chosen.get("kpi") or ""))
    except Refusal:
        return None
    return Hint(kpi, _before(request, kpi, chosen))


def _before(request: WorkspaceRequest, kpi: Kpi, chosen: Mapping[str, Any]) -> Goal | None:
    scope = str(chosen.get("scope") or "")
    same = visible_goals(request.member, request.today).filter(kpi=kpi.key, scope=scope, latest__value__isnull=False)
    for name in (Scope.TEAM, Scope.PERSON):
        if scope == name:
            subject = str(chosen.get(name) or "")
            if not subject.isdecimal() or len(subject) > LONGEST_ID:
                return None
            same = same.filter(**{f"{name}_id": int(subject)})
    return same.order_by("-ends_on", "-pk").first()
