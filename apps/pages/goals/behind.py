"""The rows behind a goal's number, as far as the reader's role shows them."""

from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpResponseBase

from apps.common.dates import period_told
from apps.common.periods import custom_period
from apps.goals.models import Goal
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.engine.behind import Wanted
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import Explanation, computed_in
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Format
from apps.pages.kpis.explained import may_sort, row_table
from apps.pages.kpis.rows import explanation_of
from apps.pages.kpis.sight import sight_of
from apps.pages.kpis.taken import rows_response


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


def goal_rows_response(request: WorkspaceRequest, goal: Goal, kpi: Kpi, format: Format) -> HttpResponseBase:
    """All rows of the table that is shown, as they were known when the number was computed."""
    place = goal.team_id or goal.person_id
    table = request.GET.get("table", "")
    scope = cast("Scope", goal.scope)
    as_of = goal.latest.known_at if goal.latest and not computed_in(request.workspace, kpi) else None
    return rows_response(
        request,
        format=format,
        wanted=Wanted(kpi, scope, place, goal.starts_on, goal.ends_on, 0, 1, None, None, table),
        sight=sight_of(request.member, request.today),
        title=f"Rows behind {goal.title}",
        what=f"Rows behind the goal {goal.title}",
        period=period_told(goal.starts_on, goal.ends_on, request.workspace.fiscal),
        as_of=as_of,
    )
