"""Building an own KPI, and a new definition of one, with its values on the workspace's own data while one types."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django_htmx.http import trigger_client_event

from apps.common.errors import Refusal
from apps.common.periods import Grain, next_period, period_of
from apps.datasets.queries import snapshots
from apps.datasets.schema import TABLES
from apps.metrics.catalogue import Kpi
from apps.metrics.models import OwnKpi
from apps.metrics.own.checks import NEW
from apps.metrics.own.problems import OwnKpiRefusal
from apps.metrics.own_preview import Preview, own_columns_of, preview, values_of
from apps.metrics.own_queries import definition_of, newest_of
from apps.metrics.services.own import build_own_kpi, change_own_kpi
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.kpis.own.forms import ROWS, OwnKpiForm, Values, VersionForm, initial_of
from apps.pages.kpis.own.views import own_kpi_or_404
from apps.people.roles import Permission
from apps.refresh.services import request_recompute

START: dict[str, Any] = {"way": ROWS, "aggregate": "count", "by_aggregate": "count", "direction": "up"}
# Fields that are not wrong while they are blank and somebody is still building.
_BLANK_IS_EARLY = "Still to choose"


@workspace_view(Permission.DEFINE_KPIS)
def own_kpi_new(request: WorkspaceRequest) -> HttpResponse:
    """GET and `look` show the form as chosen so far; any other POST builds."""
    form = _form(request, OwnKpiForm, START)
    if _only_looks(request):
        return _page(request, form, "new")
    if form.is_valid():
        try:
            own = build_own_kpi(
                workspace=request.workspace,
                by=request.member,
                now=timezone.now(),
                today=request.today,
                name=form.given("name"),
                definition=form.definition(),
            )
        except OwnKpiRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, f"{own.name} is one of your KPIs now: goals and other KPIs can use it.")
            return redirect("pages:kpi_own", request.workspace.slug, own.key)
    return _page(request, form, "new", refused=True)


@workspace_view(Permission.DEFINE_KPIS)
def own_kpi_edit(request: WorkspaceRequest, key: str) -> HttpResponse:
    """A new definition from a day on; the one before stays what it was for the days before."""
    own = own_kpi_or_404(request, key)
    form = _form(request, VersionForm, _initial_of_version(request, own))
    context = {"own": own, "newest": newest_of(own)}
    if _only_looks(request):
        return _page(request, form, "edit", context)
    if form.is_valid():
        try:
            version = change_own_kpi(
                own=own,
                by=request.member,
                now=timezone.now(),
                today=request.today,
                name=form.given("name"),
                definition=form.definition(),
                what=form.given("what"),
                effective_from=form.cleaned_data["effective_from"],
                restates=bool(form.cleaned_data["restates"]),
            )
        except OwnKpiRefusal as refusal:
            form.refused(refusal)
        else:
            request_recompute(workspace=request.workspace, by=request.member)
            said = f"Version {version.number} is stored." if version else "The name is changed."
            messages.success(request, said)
            return redirect("pages:kpi_own", request.workspace.slug, own.key)
    return _page(request, form, "edit", context, refused=True)


@workspace_view(Permission.DEFINE_KPIS)
def own_kpi_preview(request: WorkspaceRequest) -> HttpResponse:
    """The fragment beside the form: values, words, matching rows; or what is still missing. Stores nothing."""
    form = _form(request, OwnKpiForm, START)
    shown = _previewed(request, form)
    there = [form[name] for name in form.fields if name in request.POST and name != "name"]
    placed = {field.name for field in there}
    elsewhere = [said for name, said in shown["wrong"].items() if name not in placed]
    return render(request, "pages/kpis/own/preview.html", shown | {"slots": there, "elsewhere": elsewhere})


def _form(request: WorkspaceRequest, kind: type[OwnKpiForm], initial: Mapping[str, Any]) -> OwnKpiForm:
    live = snapshots(workspace=request.workspace, tables=TABLES)
    data = _with_dates(request.POST) if request.method == "POST" else None
    return kind(
        data,
        initial=dict(initial),
        own_columns=own_columns_of(live),
        with_rows=[table for table, rows in live.items() if not rows.is_empty],
        kpis=request.definitions.all(),
        more=request.POST.get("more"),
    )


def _with_dates(given: QueryDict) -> QueryDict:
    """A table that has just been chosen comes with its main date; what belonged to another table goes."""
    data = given.copy()
    for prefix in ("", "by_"):
        table = TABLES.get(data.get(f"{prefix}table", ""))
        if table and not table.has(data.get(f"{prefix}date", "")):
            data[f"{prefix}date"] = table.main_date
    if data.get("divided") and not data.get("by_table"):  # most ratios are of the same rows
        same = [name for name in data if name in ("table", "date", "match") or name.startswith("filter_")]
        for name in same:
            data[f"by_{name}"] = str(data[name])
    return data


def _only_looks(request: WorkspaceRequest) -> bool:
    return request.method != "POST" or "look" in request.POST or "more" in request.POST


def _page(
    request: WorkspaceRequest,
    form: OwnKpiForm,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    refused: bool = False,
) -> HttpResponse:
    if refused:
        form.focus_first_error()
    looking = request.method == "POST" and not wants_fragment(request)
    shown = _previewed(request, form) if looking or "own" in (context or {}) else {}
    whole = {
        "form": form,
        "measures": form.measures(Values(lambda table, column: values_of(request.workspace, table, column))),
        "names": [_as_name(kpi) for kpi in request.definitions.all()],
        **(context or {}),
        **shown,
    }
    if wants_fragment(request) and not refused:
        fields = render(request, "pages/kpis/own/fields.html", whole)
        return trigger_client_event(fields, "chosen", after="settle")
    return render(request, f"pages/kpis/own/{template}.html", whole, status=422 if refused else 200)


def _as_name(kpi: Kpi) -> dict[str, str]:
    return {"key": kpi.key, "name": kpi.name, "unit": kpi.unit.value.replace("_", " ")}


def _previewed(request: WorkspaceRequest, form: OwnKpiForm) -> dict[str, Any]:
    """The preview, or the problems: those of fields somebody has filled in, and those that are only early."""
    key = request.POST.get("key", "")
    own = OwnKpi.objects.filter(workspace=request.workspace, key=key).first() if key else None
    try:
        found = _preview(request, form, own)
    except OwnKpiRefusal as refusal:
        wrong = {name: said for name, said in refusal.problems.items() if _is_filled(form, name)}
        early = [said for name, said in refusal.problems.items() if name not in wrong]
        return {"preview": None, "wrong": wrong, "early": early, "elsewhere": list(wrong.values())}
    except Refusal as refused:  # a table in a warehouse, say
        return {"preview": None, "wrong": {}, "early": [refused.sentence], "elsewhere": []}
    return {"preview": found, "wrong": {}, "early": [], "elsewhere": []}


def _preview(request: WorkspaceRequest, form: OwnKpiForm, own: OwnKpi | None) -> Preview:
    if not form.is_bound:
        form.data = QueryDict(mutable=True)
        form.data.update({name: value for name, value in form.initial.items() if value})
        form.is_bound = True
    grain = form.given("grain")
    return preview(
        workspace=request.workspace,
        definition=form.definition(),
        name=form.given("name"),
        grain=Grain.MONTH if grain == Grain.MONTH.value else Grain.QUARTER,
        key=own.key if own else NEW,
    )


def _is_filled(form: OwnKpiForm, name: str) -> bool:
    """Whether the problem is about something that was typed or chosen, or about the whole."""
    return name not in form.fields or bool(form.given(name)) or name in ("match", "by_match", "divided")


def _initial_of_version(request: WorkspaceRequest, own: OwnKpi) -> dict[str, Any]:
    quarter = period_of(request.today, Grain.QUARTER, request.workspace.fiscal)
    first_day = next_period(quarter, Grain.QUARTER, request.workspace.fiscal).start
    return initial_of(definition_of(newest_of(own)), own.name) | {"effective_from": first_day}
