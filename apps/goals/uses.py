"""Goals that an own KPI is used by: it cannot be archived while they are open."""

from collections.abc import Iterator

from apps.goals.models import Goal
from apps.metrics.own_uses import Use
from apps.people.models import Workspace


def open_goals_on(workspace: Workspace, key: str) -> Iterator[Use]:
    goals = Goal.objects.filter(workspace=workspace, kpi=key, closed_at__isnull=True)
    for pk, title in goals.values_list("pk", "title"):
        yield Use("goal", pk, title)
