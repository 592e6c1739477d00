"""On the goal page: the targets over time with what is offered or waits, and the goal's place in the tree."""

from typing import Any

from apps.goals.models import Scope, TargetVersion
from apps.goals.permissions import reach_of
from apps.goals.services.handing import moves_of, offer_for
from apps.metrics.catalogue import Kind, Kpi
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.history import decidable, history_of, side_by_side
from apps.pages.goals.present import Shown
from apps.pages.goals.tree import place_of
from apps.people.permissions import can
from apps.people.roles import Permission


def targets_and_tree(
    request: WorkspaceRequest, seen: Shown, versions: list[TargetVersion], *, may_edit: bool
) -> dict[str, Any]:
    """Offers are looked up only for those who could take them."""
    goal, kpi = seen.goal, seen.kpi
    changes = history_of(goal, versions)
    waits = any(each.state == "waiting" for each in versions)
    told: dict[str, Any] = {
        "changes": changes,
        "beside": side_by_side(seen, versions, request.today),
        "decidable": decidable(request.member, goal, changes, reach_of(request.member, request.today))
        if waits
        else None,
        "place": place_of(request, seen),
        "proposes": _proposes(request, seen, may_edit=may_edit),
    }
    if may_edit and goal.scope == Scope.PERSON and isinstance(kpi, Kpi) and kpi.kind is Kind.FLOW and versions:
        running = not goal.closed_at and request.today < goal.ends_on
        told |= {"offer": offer_for(goal, kpi), "moves": moves_of(goal, kpi), "hands_over": running}
    return told


def _proposes(request: WorkspaceRequest, seen: Shown, *, may_edit: bool) -> bool:
    goal = seen.goal
    owns = goal.owner_id == request.member.pk and can(request.member, Permission.PROPOSE_TARGET)
    return owns and not may_edit and not goal.closed_at and isinstance(seen.kpi, Kpi)
