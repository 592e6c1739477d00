"""Reads of the metrics room: figures of a workspace, and the rows behind a figure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from apps.common.periods import Grain, Period, parse_period, periods_between
from apps.common.texts import normalised
from apps.datasets.models import Import
from apps.datasets.queries import snapshot
from apps.metrics.catalogue import Kpi, get_kpi
from apps.metrics.engine import Figure, GroupFigure, Org, check_column, compute_groups, data_span
from apps.metrics.engine.behind import Wanted, page_of, rows_behind
from apps.metrics.engine.figures import Scope
from apps.people.models import Membership, Team, Workspace
from apps.people.queries import owner_texts
from apps.people.trees import above


def org_of(workspace: Workspace) -> Org:
    """Who is who in the workspace's data, and who was in which team when."""
    teams = list(Team.objects.filter(workspace=workspace).values_list("pk", "name", "parent_id"))
    parents: dict[int, int | None] = {pk: parent for pk, _, parent in teams}
    memberships = Membership.objects.filter(member__workspace=workspace)
    return Org(
        owners=tuple(owner_texts(workspace).items()),
        teams=tuple((normalised(name), pk) for pk, name, _ in teams),
        memberships=tuple(memberships.values_list("member_id", "team_id", "starts_on", "ends_on")),
        ancestors=tuple((team, pk) for pk in parents for team in above(parents, pk)),
        team_names={pk: name for pk, name, _ in teams},
    )


def compute(
    *,
    workspace: Workspace,
    kpi: Kpi | str,
    period: str | None = None,
    grain: Grain = Grain.ALL,
    by: str | None = None,
    as_of: datetime | None = None,
) -> list[GroupFigure]:
    """A KPI by period and group. Raises UnknownKpi, PeriodError, NoSuchColumn.

    Without `period` all data; with a grain every period of it in between, of which only the days inside `period`
    count: the weeks of a quarter add up to the quarter. A change compares whole periods, as published figures do.
    """
    definition = get_kpi(kpi) if isinstance(kpi, str) else kpi
    year_start = workspace.fiscal_year_start
    bounds = parse_period(period, year_start) if period else None
    rows = snapshot(workspace=workspace, table=definition.table, as_of=as_of)
    check_column(rows, by)
    periods: list[Period] = []
    if grain is Grain.ALL:
        periods = [bounds] if bounds else []
    elif span := bounds or data_span(rows, definition):
        periods = periods_between(span.start, span.end, grain, year_start)
        if bounds:
            periods = [_within(bounds, each) for each in periods]
    if not periods and grain is not Grain.ALL:
        return []
    return compute_groups(rows, definition, periods, by, org_of(workspace) if by == "team" else None, so_far=False)


def _within(bounds: Period, part: Period) -> Period:
    return Period(max(bounds.start, part.start), min(bounds.end, part.end), part.label)


@dataclass(frozen=True)
class Explanation:
    """A figure with one page of the rows that count, and how many do not and why.

    Each row is a dict of its columns with `import_id`, `file_name` and `line`, which no own column is called.
    """

    figure: Figure
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    included: int
    excluded: list[tuple[str, int]]
    page: int
    pages: int


def explain(
    *,
    workspace: Workspace,
    kpi: Kpi | str,
    scope: Scope,
    scope_id: int | None,
    start: date,
    end: date,
    page: int = 1,
    size: int = 50,
    sort: str | None = None,
    as_of: datetime | None = None,
    group: tuple[str, str | None] | None = None,
) -> Explanation:
    """The rows behind a number. A page beyond the last one is the last one. Raises UnknownKpi, Refusal (sort, group).

    `group` is a column and the text of one group in it, as `compute` with `by` names it; None stands for blank.
    """
    definition = get_kpi(kpi) if isinstance(kpi, str) else kpi
    rows = snapshot(workspace=workspace, table=definition.table, as_of=as_of)
    org = org_of(workspace) if scope != "workspace" else Org()
    page = max(page, 1)
    wanted = Wanted(
        definition, scope, scope_id, start, end, offset=(page - 1) * size, size=size, sort=sort, group=group
    )
    behind = rows_behind(rows, wanted, org)
    pages = max(1, -(-behind.included // size))
    if page > pages:
        behind = rows_behind(rows, replace(wanted, offset=(pages - 1) * size), org)
    columns = page_of(behind.columns, behind.rows, definition.needs)
    return Explanation(
        figure=behind.figure,
        columns=columns,
        rows=_with_files(workspace, behind.rows, columns),
        included=behind.included,
        excluded=behind.excluded,
        page=min(page, pages),
        pages=pages,
    )


def _with_files(workspace: Workspace, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Where each row came from: its import, that import's file, and the line in it."""
    files = dict(
        Import.objects.filter(workspace=workspace, pk__in={row["_batch"] for row in rows}).values_list(
            "pk", "file_name"
        )
    )
    return [
        {column: row[column] for column in columns}
        | {
            "import_id": row["_batch"],
            "file_name": files.get(row["_batch"], ""),
            "line": row["_line"],
        }
        for row in rows
    ]
