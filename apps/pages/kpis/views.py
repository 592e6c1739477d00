"""The KPI catalogue and the definition sheet of one KPI with its values."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from apps.common.errors import Refusal
from apps.common.periods import Grain
from apps.metrics.catalogue import Category, Definitions, Kpi, UnknownKpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.lacking import needs_told
from apps.metrics.queries import computed_in, left_out
from apps.metrics.readiness import Readiness, readiness_of
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.downloads import Format, format_asked
from apps.pages.kpis.forms import GRAIN_CHOICES, asked
from apps.pages.kpis.latest import Latest, latest_figures
from apps.pages.kpis.live import live_of
from apps.pages.kpis.search import found
from apps.pages.kpis.sheet import sheet_of
from apps.pages.kpis.sight import groupings, sight_of
from apps.pages.kpis.tables import catalogue_response, values_response
from apps.pages.kpis.values import values_of
from apps.people.permissions import can
from apps.people.roles import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One KPI of the list: in the variant it stands for here, or with what the workspace lacks for any of them."""

    kpi: Kpi
    taken_from: str  # empty where there is only one way to compute it
    needs: str
    latest: Latest | None


@workspace_view(Permission.SEE_WORKSPACE)
def kpis(request: WorkspaceRequest) -> HttpResponseBase:
    """The catalogue by category. The latest figures come in a fragment of their own, all in one pass of the engine."""
    wanted_format = format_asked(request)
    with_figures = bool(wanted_format) or wants_fragment(request) or "figures" in request.GET
    wanted = request.GET.get("q", "").strip()
    known = [each for each in request.definitions.all() if found(each, wanted)]
    readiness = readiness_of(request.workspace)
    figures = latest_figures(request.workspace, known) if with_figures else {}
    entries = [_entry(request.definitions, readiness, kpi, figures.get(kpi.ref)) for kpi in known]
    if wanted_format:
        told = ((entry.kpi, entry.needs, entry.latest) for entry in entries)
        return catalogue_response(request, told, wanted_format)
    groups = [(category, [entry for entry in entries if entry.kpi.category is category]) for category in Category]
    context = {
        "groups": [(category, entries) for category, entries in groups if entries],
        "q": wanted,
        "with_figures": with_figures,
        "may_import": can(request.member, Permission.IMPORT_DATA),
    }
    template = "pages/kpis/kpis.html"
    return render(request, f"{template}#catalogue" if wants_fragment(request) else template, context)


@workspace_view(Permission.SEE_WORKSPACE)
def kpi(request: WorkspaceRequest, key: str) -> HttpResponseBase:
    """The definition sheet; the values come as a fragment, or with the page if its address asks for a grain."""
    try:
        definition = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    if wanted := format_asked(request):
        return _taken(request, definition, wanted)
    context = sheet_of(request, definition) | {"grain_choices": GRAIN_CHOICES}
    if wants_fragment(request) or "grain" in request.GET:
        context |= _values(request, definition)
    else:
        context["values_url"] = f"{request.path}?{urlencode(_defaults(request))}"
    template = "pages/kpis/kpi.html"
    return render(request, f"{template}#values" if wants_fragment(request) else template, context)


def unknown_kpi(request: WorkspaceRequest, unknown: UnknownKpi) -> HttpResponse:
    return render(request, "pages/kpis/unknown.html", {"sentence": unknown.sentence}, status=404)


def _entry(definitions: Definitions, readiness: Readiness, kpi: Kpi, latest: Latest | None) -> Entry:
    alike = definitions.variants(kpi.key)
    needs = ""
    if lacking := readiness.missing(kpi):
        needs = needs_told(readiness.missing(each) for each in alike) or needs_told([lacking])
    return Entry(kpi, kpi.variant.replace("_", " ") if len(alike) > 1 else "", needs, latest)


def _values(request: WorkspaceRequest, definition: Kpi) -> dict[str, object]:
    live = live_of(request.workspace, definition)
    sight = sight_of(request.member, request.today)
    choices = groupings(table_named(definition.table), live.columns, sight)
    what = asked(request.GET, [name for name, _ in choices])
    context: dict[str, object] = {
        "what": what,
        "groupings": choices,
        "live": live,
        "computed_in": computed_in(request.workspace, definition),
        "sees_all": sight.everything,
        "may_import": can(request.member, Permission.IMPORT_DATA),
        "left_out": left_out(request.workspace, definition),
        "may_set_rates": can(request.member, Permission.MANAGE_WORKSPACE),
    }
    try:
        context["values"] = values_of(workspace=request.workspace, kpi=definition, what=what, sight=sight, live=live)
    except Refusal as refused:
        context["refused"] = refused.sentence
    return context


def _taken(request: WorkspaceRequest, definition: Kpi, format: Format) -> HttpResponseBase:
    """All groups of the periods that the address asks for, as far as this member sees them."""
    live, sight = live_of(request.workspace, definition), sight_of(request.member, request.today)
    choices = groupings(table_named(definition.table), live.columns, sight)
    what = asked(request.GET, [name for name, _ in choices])
    try:
        values = values_of(workspace=request.workspace, kpi=definition, what=what, sight=sight, live=live, most=None)
    except Refusal as refused:
        raise Http404(refused.sentence) from refused
    return values_response(request, definition, what, values, format)


def _defaults(request: WorkspaceRequest) -> dict[str, str]:
    kept = {name: request.GET[name] for name in ("variant", "by", "before") if name in request.GET}
    return {"grain": Grain.QUARTER.value} | kept
