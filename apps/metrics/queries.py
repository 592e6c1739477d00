"""Reads of the metrics room: figures of a workspace, and the rows behind a figure."""

from datetime import datetime

from apps.common.periods import Grain, Period, parse_period, periods_between
from apps.datasets.queries import snapshot
from apps.metrics.catalogue import Kpi, get_kpi
from apps.metrics.engine import GroupFigure, Org, compute_groups, data_span
from apps.people.models import Membership, Team, Workspace
from apps.people.queries import normalised, owner_texts


def org_of(workspace: Workspace) -> Org:
    """Who is who in the workspace's data, and who was in which team when."""
    teams = list(Team.objects.filter(workspace=workspace).values_list("pk", "name", "parent_id"))
    parents = {pk: parent for pk, _, parent in teams}
    memberships = Membership.objects.filter(member__workspace=workspace)
    return Org(
        owners=tuple(owner_texts(workspace).items()),
        teams=tuple((normalised(name), pk) for pk, name, _ in teams),
        memberships=tuple(memberships.values_list("member_id", "team_id", "starts_on", "ends_on")),
        ancestors=tuple((above, pk) for pk in parents for above in _line_upwards(pk, parents)),
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

    Without `period` all data; with a grain every period of it in between. A change compares whole periods here, as
    published figures do.
    """
    definition = get_kpi(kpi) if isinstance(kpi, str) else kpi
    year_start = workspace.fiscal_year_start
    bounds = parse_period(period, year_start) if period else None
    rows = snapshot(workspace=workspace, table=definition.table, as_of=as_of)
    periods: list[Period] = []
    if grain is Grain.ALL:
        periods = [bounds] if bounds else []
    elif span := bounds or data_span(rows, definition):
        periods = periods_between(span.start, span.end, grain, year_start)
    if not periods and (grain is not Grain.ALL or rows.is_empty):
        return []
    return compute_groups(rows, definition, periods, by, org_of(workspace) if by == "team" else None, so_far=False)


def _line_upwards(team: int, parents: dict[int, int | None]) -> list[int]:
    """The team and all above it."""
    line: list[int] = []
    at: int | None = team
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line
