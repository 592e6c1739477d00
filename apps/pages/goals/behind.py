"""The rows behind a goal's number, as far as the reader's role shows them."""

from typing import Any
from urllib.parse import urlencode

from apps.common.periods import custom_period
from apps.goals.models import Goal
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.queries import Explanation
from apps.pages.access import WorkspaceRequest
from apps.pages.kpis.explained import may_sort, row_table
from apps.pages.kpis.rows import explanation_of
from apps.pages.kpis.sight import sight_of


def chosen_rows(request: WorkspaceRequest, kpi: Kpi) -> dict[str, Any]:
    """Which rows the address asks for, in which order: never one that would tell what is withheld."""
    sort, table, why = (request.GET.get(each, "") for each in ("sort", "table", "why"))
    shown = table if table in kpi.needs_of else kpi.table
    sortable = may_sort(sort.removeprefix("-"), table_named(shown), sight_of(request.member, request.today))
    return {"sort": (sort or None) if sortable else None, "table": table, "reason": why or None}


def explained_goal(
    request: WorkspaceRequest, goal: Goal, found: Explanation, *, most_columns: int | None = None
) -> dict[str, Any]:
    """What the explanation needs; `most_columns` cuts the rows to what a narrow place can hold."""
    sight = sight_of(request.member, request.today)
    about = {"period": custom_period(goal.starts_on, goal.ends_on).label}
    if scope_id := goal.team_id or goal.person_id:
        about |= {"scope": goal.scope, "id": str(scope_id)}
    context = explanation_of(found, sight, request.workspace.slug, urlencode(about))
    if most_columns is not None:
        context["rows"] = row_table(found, sight, request.workspace.slug, most_columns=most_columns)
    return context | {"withheld": not sight.everything, "sort": request.GET.get("sort", "")}
