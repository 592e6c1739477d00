"""The rows behind a figure: those that count, and why the others do not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from apps.common.dates import period_told
from apps.common.errors import Refusal
from apps.common.periods import Period, custom_period, parse_period
from apps.metrics.catalogue import Kpi, UnknownKpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.catalogue.words import heading
from apps.metrics.engine.behind import Wanted
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import Explanation, explain
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import Format, format_asked
from apps.pages.kpis.explained import may_sort, row_table, sureness, table_told
from apps.pages.kpis.live import Live, live_of
from apps.pages.kpis.sight import Sight, groupings, sight_of
from apps.pages.kpis.taken import rows_response
from apps.pages.kpis.views import unknown_kpi
from apps.people.models import Member, Team
from apps.people.roles import Permission

ROWS_A_PAGE = 50
NOT_YOURS = "Your role shows the company's numbers, those of your teams and your own."


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
        return f"{urlencode({'variant': self.kpi.variant})}&{self.about}"

    @property
    def about(self) -> str:
        """Whom and which period it is about, for any KPI."""
        about = {} if self.scope_id is None else {"scope": self.scope, "id": str(self.scope_id)}
        if self.group is not None:
            about |= {"by": self.group[0], "group": self.group[1] or ""}
        return urlencode({"period": self.period.label} | about)


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_rows(request: WorkspaceRequest, key: str) -> HttpResponseBase:
    """One page of the rows, or with ?format=csv or xlsx all of them as a file."""
    try:
        definition = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    sight = sight_of(request.member, request.today)
    try:
        behind = _behind(request, definition, sight)
    except Refusal as refused:
        return render(request, "pages/kpis/rows.html", {"kpi": definition, "refused": refused.sentence}, status=400)
    if wanted := format_asked(request):
        return _taken(request, behind, sight, wanted)
    return _page(request, behind, sight)


def _behind(request: WorkspaceRequest, definition: Kpi, sight: Sight) -> Behind:
    scope, scope_id, name = _about(request)
    if not sight.shows_scope(scope, scope_id):
        raise PermissionDenied(NOT_YOURS)
    live = live_of(request.workspace, definition)
    period = _period(request, definition, live)
    return Behind(definition, scope, scope_id, name, period, _group(request, definition, live, sight))


def _group(request: WorkspaceRequest, definition: Kpi, live: Live, sight: Sight) -> tuple[str, str | None] | None:
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


def _period(request: WorkspaceRequest, definition: Kpi, live: Live) -> Period:
    """The period of the address; without one all that the data covers. Raises PeriodError for a word that is none."""
    if label := request.GET.get("period", ""):
        return parse_period(label, request.workspace.fiscal)
    if live.covers_from is None or live.complete_through is None:
        raise Refusal(f"There are no {definition.table} yet. Import a file, and the rows behind this number are here.")
    return custom_period(live.covers_from, live.complete_through + timedelta(days=1))


def _page(request: WorkspaceRequest, behind: Behind, sight: Sight) -> HttpResponse:
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and len(number) < 10 else 1
    sort, table, why = (request.GET.get(each, "") for each in ("sort", "table", "why"))
    try:
        sorted_by = _sort(sort, table, behind, sight)
        found = _explain(request, behind, page=page, sort=sorted_by, table=table, reason=why or None)
    except Refusal:  # a column, table or reason that there no longer is: the rows that count are still asked for
        sort, found = "", _explain(request, behind, page=page)
    context = explanation_of(found, sight, request.workspace.slug, behind.about) | {
        "kpi": behind.kpi,
        "told": request.definitions.told(behind.kpi),
        "behind": behind,
        "period": period_told(behind.period.start, behind.period.end, request.workspace.fiscal),
        "sort": sort,
        "withheld": not sight.everything,
    }
    return render(request, "pages/kpis/rows.html", context)


def explanation_of(found: Explanation, sight: Sight, slug: str, about: str) -> dict[str, Any]:
    """What pages/kpis/explanation.html needs; `about` is the query that says whom and which period it is about."""
    return {
        "found": found,
        "pieces": [(piece, _link(piece.ref, slug, about)) for piece in found.equation.pieces],
        "rows": row_table(found, sight, slug),
        "tables": [(each, table_told(each)) for each in found.tables],
        "sureness": sureness(found),
        "left_out": sum(count for _, count in found.excluded),
        "has_line": found.kpi.kind in ("ratio", "mean", "composite"),
    }


def _link(ref: str, slug: str, about: str) -> str:
    """From a number in a formula to the explanation of the KPI that it is of."""
    if not ref:
        return ""
    key, _, variant = ref.partition(":")
    return f"{reverse('pages:kpi_rows', args=[slug, key])}?{urlencode({'variant': variant})}&{about}"


def _taken(request: WorkspaceRequest, behind: Behind, sight: Sight, wanted: Format) -> HttpResponseBase:
    kpi, period = behind.kpi, behind.period
    table = request.GET.get("table", "")
    rows = Wanted(kpi, behind.scope, behind.scope_id, period.start, period.end, 0, 1, None, behind.group, table)
    told = period_told(period.start, period.end, request.workspace.fiscal)
    return rows_response(
        request, format=wanted, wanted=rows, sight=sight, title=f"{kpi.key} {behind.title} {period.label}",
        what=f"Rows behind {request.definitions.told(kpi)}, {behind.title}", period=told,
    )  # fmt: skip


def _explain(
    request: WorkspaceRequest,
    behind: Behind,
    *,
    page: int,
    sort: str | None = None,
    table: str = "",
    reason: str | None = None,
) -> Explanation:
    return explain(
        workspace=request.workspace,
        kpi=behind.kpi,
        scope=behind.scope,
        scope_id=behind.scope_id,
        start=behind.period.start,
        end=behind.period.end,
        page=page,
        size=ROWS_A_PAGE,
        sort=sort,
        group=behind.group,
        table=table,
        reason=reason,
    )


def _sort(sort: str, table: str, behind: Behind, sight: Sight) -> str | None:
    """The column asked for, unless its order would tell what is withheld."""
    shown = table if table in behind.kpi.needs_of else behind.kpi.table
    return (sort or None) if may_sort(sort.removeprefix("-"), table_named(shown), sight) else None
