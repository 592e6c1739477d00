"""The rows behind a figure: those that count, and why the others do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from apps.common.dates import period_told
from apps.common.errors import Refusal
from apps.common.periods import Period, custom_period, parse_period
from apps.datasets.schema import table as table_named
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi, UnknownKpi, get_kpi
from apps.metrics.catalogue.words import heading
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import Explanation, explain
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import csv_response
from apps.pages.kpis.sight import PEOPLE, Sight, groupings, sight_of
from apps.pages.kpis.values import live_rows
from apps.pages.kpis.views import unknown_kpi
from apps.people.models import Member, Team
from apps.people.permissions import can
from apps.people.roles import Permission

ROWS_A_PAGE = 50
ROWS_A_CHUNK = 5000
NOT_YOURS = "Your role shows the company's numbers, those of your teams and your own."
ORIGIN = ("import", "file", "line")


@dataclass(frozen=True, slots=True)
class Behind:
    """Which figure the rows are asked for. `name` is whom or what it is about."""

    kpi: Kpi
    scope: Scope
    scope_id: int | None
    name: str
    period: Period
    group: tuple[str, str | None] | None = None  # a column and the text in it

    @property
    def title(self) -> str:
        if self.group is None:
            return self.name
        column, value = self.group
        return f"{self.name}, {heading(column)} {value or 'blank'}"

    @property
    def query(self) -> str:
        about = {} if self.scope_id is None else {"scope": self.scope, "id": str(self.scope_id)}
        if self.group is not None:
            about |= {"by": self.group[0], "group": self.group[1] or ""}
        return urlencode({"period": self.period.label} | about)


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_rows(request: WorkspaceRequest, key: str) -> HttpResponseBase:
    """One page of the rows, or with ?format=csv all of them as a file."""
    try:
        definition = get_kpi(key)
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    sight = sight_of(request.member, request.today)
    try:
        behind = _behind(request, definition, sight)
    except Refusal as refused:
        return render(request, "pages/kpis/rows.html", {"kpi": definition, "refused": refused.sentence}, status=400)
    if request.GET.get("format") == "csv":
        return _csv(request, behind, sight)
    return _page(request, behind, sight)


def _behind(request: WorkspaceRequest, definition: Kpi, sight: Sight) -> Behind:
    scope, scope_id, name = _about(request)
    if not sight.shows_scope(scope, scope_id):
        raise PermissionDenied(NOT_YOURS)
    live = live_rows(request.workspace, definition)
    period = _period(request, definition, live)
    return Behind(definition, scope, scope_id, name, period, _group(request, definition, live, sight))


def _group(request: WorkspaceRequest, definition: Kpi, live: Snapshot, sight: Sight) -> tuple[str, str | None] | None:
    """One group of a column, if this member may group by it and see that group."""
    by, value = request.GET.get("by", ""), request.GET.get("group") or None
    if not by:
        return None
    if by not in dict(groupings(table_named(definition.table), live.columns, sight)):
        raise Refusal(f"There are no groups by “{by}” in {definition.table}. Choose one on the page of the KPI.")
    if not sight.shows_group(by, value):
        raise PermissionDenied(NOT_YOURS)
    return by, value


def _about(request: WorkspaceRequest) -> tuple[Scope, int | None, str]:
    """The team, person or workspace of the address; what is not of this workspace does not exist."""
    wanted, number = request.GET.get("scope", "workspace"), request.GET.get("id", "")
    if wanted == "workspace":
        return "workspace", None, request.workspace.name
    found: Team | Member | None = None
    if number.isdecimal() and len(number) < 19:
        if wanted == "team":
            found = request.workspace.teams.filter(pk=int(number)).first()
        elif wanted == "person":
            found = request.workspace.members.filter(pk=int(number)).first()
    if found is None:
        raise Http404("There is no such team or person in this workspace.")
    return ("team" if isinstance(found, Team) else "person"), found.pk, str(found)


def _period(request: WorkspaceRequest, definition: Kpi, live: Snapshot) -> Period:
    """The period of the address; without one all that the data covers. Raises PeriodError for a word that is none."""
    if label := request.GET.get("period", ""):
        return parse_period(label, request.workspace.fiscal_year_start)
    if live.covers_from is None or live.complete_through is None:
        raise Refusal(f"There are no {definition.table} yet. Import a file, and the rows behind this number are here.")
    return custom_period(live.covers_from, live.complete_through + timedelta(days=1))


def _page(request: WorkspaceRequest, behind: Behind, sight: Sight) -> HttpResponse:
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 10 else 1
    sort = _sort(request, behind, sight)
    try:
        found = _explain(request, behind, page=page, size=ROWS_A_PAGE, sort=sort)
    except Refusal:  # a column that the table no longer has: the rows in their own order are still what was asked for
        sort, found = None, _explain(request, behind, page=page, size=ROWS_A_PAGE)
    columns = sight.columns(table_named(behind.kpi.table), found.columns)
    context = {
        "kpi": behind.kpi,
        "behind": behind,
        "period": period_told(behind.period.start, behind.period.end, request.workspace.fiscal_year_start),
        "found": found,
        "columns": [
            (name, (f"-{name}" if sort == name else name) if _may_sort(name, behind, sight) else "", _order(sort, name))
            for name in columns
        ],
        "lines": [(row, _cells(row, columns, sight)) for row in found.rows],
        "sort": sort or "",
        "withheld": not sight.everything,
        "sees_imports": can(request.member, Permission.SEE_IMPORTS),
        "left_out": sum(count for _, count in found.excluded),
    }
    return render(request, "pages/kpis/rows.html", context)


def _csv(request: WorkspaceRequest, behind: Behind, sight: Sight) -> HttpResponseBase:
    """Every row that counts, in the order of the page."""
    first = _explain(request, behind, page=1, size=ROWS_A_CHUNK)
    # all columns, because which ones a page shows depends on its rows
    columns = sight.columns(table_named(behind.kpi.table), live_rows(request.workspace, behind.kpi).columns)

    def rows() -> Iterator[list[Any]]:
        found = first
        while True:
            for row in found.rows:
                yield [*_cells(row, columns, sight), row["import_id"], row["file_name"], row["line"]]
            if found.page >= first.pages:
                return
            found = _explain(request, behind, page=found.page + 1, size=ROWS_A_CHUNK)

    name = f"{behind.kpi.key} {behind.title} {behind.period.label}.csv"
    return csv_response(file_name=name, header=[*columns, *ORIGIN], rows=rows())


def _explain(
    request: WorkspaceRequest, behind: Behind, *, page: int, size: int, sort: str | None = None
) -> Explanation:
    return explain(
        workspace=request.workspace,
        kpi=behind.kpi,
        scope=behind.scope,
        scope_id=behind.scope_id,
        start=behind.period.start,
        end=behind.period.end,
        page=page,
        size=size,
        sort=sort,
        group=behind.group,
    )


def _cells(row: dict[str, Any], columns: list[str], sight: Sight) -> list[Any]:
    return [sight.cell(name, row.get(name)) for name in columns]


def _sort(request: WorkspaceRequest, behind: Behind, sight: Sight) -> str | None:
    """The column asked for. The order by what is withheld would tell it."""
    sort = request.GET.get("sort", "")
    return sort if _may_sort(sort.removeprefix("-"), behind, sight) else None


def _may_sort(name: str, behind: Behind, sight: Sight) -> bool:
    return sight.everything or (name not in PEOPLE and table_named(behind.kpi.table).has(name))


def _order(sort: str | None, name: str) -> str:
    """The value of aria-sort."""
    return {name: "ascending", f"-{name}": "descending"}.get(sort or "", "none")
