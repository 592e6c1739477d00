"""Tables that stay in a PostgreSQL database: connect, choose a relation, say what its columns mean, use it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import Refusal
from apps.datasets.models import WarehouseTable
from apps.datasets.schema import TABLES, FieldType
from apps.datasets.services import warehouse as services
from apps.datasets.warehouse import looking
from apps.datasets.warehouse.mapped import guessed, takes
from apps.datasets.warehouse.tables import (
    host_of,
    mapped_of,
    relation_of,
    said_of,
    warehouse_table_for,
    warehouse_tables,
)
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.kpis.explained import cell_text
from apps.pages.warehouse.forms import ConnectForm, MappingForm
from apps.people.roles import Permission


@workspace_view(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def warehouse(request: WorkspaceRequest) -> HttpResponse:
    """All tables, and the form that connects one more."""
    found = list(warehouse_tables(request.workspace))
    form = ConnectForm(request.POST or None, member=request.member, taken=[each.table for each in found])
    if request.method == "POST" and form.is_valid():
        try:
            made = services.connect_warehouse(workspace=request.workspace, by=request.member, **form.cleaned_data)
            return redirect("pages:warehouse_table", request.workspace.slug, made.pk)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
    lines = [{"table": each, "title": TABLES[each.table].title, "said": said_of(each)} for each in found]
    context = {"lines": lines, "form": form, "free": len(found) < len(TABLES)}
    return render(request, "pages/warehouse/warehouse.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
def warehouse_table(request: WorkspaceRequest, warehouse_id: int) -> HttpResponse:
    """One connection: its relation and mapping, what the last look found, and a few rows as they count."""
    found = table_or_404(request, warehouse_id)
    context: dict[str, Any] = {
        "table": found,
        "schema": TABLES[found.table],
        "host": host_of(found),
        "said": said_of(found),
    }
    status = 200
    try:
        relation = request.POST.get("relation") or request.GET.get("relation") or found.relation
        if relation:
            form = _mapping_form(request, found, relation)
            if request.method == "POST" and form.is_valid():
                services.map_warehouse(
                    table=found, relation=relation, columns=form.columns, values=form.values, by=request.member,
                    now=timezone.now(),
                )  # fmt: skip
                return redirect("pages:warehouse_table", request.workspace.slug, found.pk)
            context |= {"relation": relation, "form": form}
        context["relations"] = looking.relations(relation_of(found))
        if found.relation and relation == found.relation:
            context |= _preview(request, found)
    except Refusal as refusal:
        context["refused"], status = refusal.sentence, 422 if request.method == "POST" else 200
        if request.method == "POST" and "form" not in context:
            context |= {"relation": relation}
    return render(request, "pages/warehouse/table.html", context, status=status)


def _mapping_form(request: WorkspaceRequest, found: WarehouseTable, relation: str) -> MappingForm:
    """What is mapped already, else what the names say; texts with a fixed meaning are looked up in the relation."""
    schema, asked = TABLES[found.table], relation_of(found)
    types = looking.columns(asked, relation)
    mapped = found.columns if relation == found.relation else guessed(schema, list(types), types)
    chosen = {
        field.name: request.POST.get(f"column_{field.name}", mapped.get(field.name, "")) for field in schema.fields
    }
    fitting = {field.name: [column for column, kind in types.items() if takes(field, kind)] for field in schema.fields}
    seen = {
        field.name: looking.values(asked, relation, chosen[field.name])
        for field in schema.fields
        if field.type is FieldType.CHOICE and chosen[field.name] in types
    }
    initial = {"relation": relation} | {f"column_{name}": column for name, column in chosen.items()}
    form = MappingForm(request.POST or None, table=found.table, fitting=fitting, seen=seen, initial=initial)
    if relation == found.relation:
        _keep_meanings(form, found.values)
    return form


def _keep_meanings(form: MappingForm, values: Mapping[str, Mapping[str, str]]) -> None:
    for name, (field, text) in form.meanings.items():
        if text in values.get(field, {}):
            form.initial[name] = values[field][text]


def _preview(request: WorkspaceRequest, found: WarehouseTable) -> dict[str, Any]:
    rows = looking.first_rows(relation_of(found), mapped_of(found, request.workspace.timezone))
    columns = [column for column in found.columns if any(row.get(column) is not None for row in rows)]
    return {"columns": columns, "rows": _texts(columns, rows)}


def _texts(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [[cell_text(row.get(column)) for column in columns] for row in rows]


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def warehouse_use(request: WorkspaceRequest, warehouse_id: int) -> HttpResponse:
    sentence = "{} is used: its figures are computed there from now on."
    return _do(request, warehouse_id, services.use_warehouse, sentence, now=timezone.now())


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def warehouse_look(request: WorkspaceRequest, warehouse_id: int) -> HttpResponse:
    found = table_or_404(request, warehouse_id)
    if not found.relation:
        messages.error(request, services.NOT_MAPPED)
    else:
        services.look_again(table=found, now=timezone.now())
    return redirect("pages:warehouse_table", request.workspace.slug, found.pk)


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def warehouse_stop(request: WorkspaceRequest, warehouse_id: int) -> HttpResponse:
    return _do(request, warehouse_id, services.stop_using_warehouse, "{} is not used any more.")


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def warehouse_remove(request: WorkspaceRequest, warehouse_id: int) -> HttpResponse:
    found = table_or_404(request, warehouse_id)
    services.remove_warehouse(table=found, by=request.member, now=timezone.now())
    messages.success(request, f"The connection to {said_of(found)} is removed.")
    return redirect("pages:warehouse", request.workspace.slug)


def _do(
    request: WorkspaceRequest, warehouse_id: int, action: Callable[..., Any], sentence: str, **more: Any
) -> HttpResponse:
    found = table_or_404(request, warehouse_id)
    try:
        action(table=found, by=request.member, **more)
        messages.success(request, sentence.format(said_of(found)))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pages:warehouse_table", request.workspace.slug, found.pk)


def table_or_404(request: WorkspaceRequest, warehouse_id: int) -> WarehouseTable:
    try:
        return warehouse_table_for(request.workspace, warehouse_id)
    except WarehouseTable.DoesNotExist as missing:
        raise Http404(f"There is no warehouse table {warehouse_id} in this workspace.") from missing
