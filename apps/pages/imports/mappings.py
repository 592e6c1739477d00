"""Mappings kept under a name: what each says, where it is used, and taking them along as files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.drafting import draft_of
from apps.datasets.errors import ImportRefusal
from apps.datasets.models import Import, MappingVersion, SavedMapping
from apps.datasets.schema import TABLES
from apps.datasets.services.drafts import change_draft
from apps.datasets.services.keeping import bring_back_mapping, rename_mapping
from apps.datasets.services.mappings import remove_mapping, save_mapping
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.imports.draft import gone, show
from apps.pages.imports.forms import read_mapping
from apps.people.models import Workspace
from apps.people.roles import Permission

IMPORTS_SHOWN = 10


class UploadMapping(forms.Form):
    name = forms.CharField(label="Name", max_length=120, help_text="What it is for, such as “CRM export”.")
    mapping_file = forms.FileField(
        label="Mapping file",
        help_text="A JSON file, as it is downloaded here.",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )


class Rename(forms.Form):
    name = forms.CharField(label="Name", max_length=120)


def _saved(workspace: Workspace) -> QuerySet[SavedMapping]:
    versions = MappingVersion.objects.select_related("created_by")
    return SavedMapping.objects.filter(workspace=workspace).prefetch_related(Prefetch("versions", versions), "sources")


@workspace_view(Permission.IMPORT_DATA)
def mappings(request: WorkspaceRequest) -> HttpResponse:
    """All of them; POST takes a mapping file in."""
    form = UploadMapping()
    if request.method == "POST":
        form = UploadMapping(request.POST, request.FILES)
        if form.is_valid() and (version := _taken_in(request, form)):
            messages.success(request, f"“{version.saved.name}” is saved, version {version.number}.")
            return redirect("pages:mapping", slug=request.workspace.slug, mapping_id=version.saved_id)
    found = Paginator(_saved(request.workspace).filter(removed_at=None), 50).get_page(request.GET.get("page"))
    context = {"page": found, "form": form, "titles": {table.name: table.title for table in TABLES.values()}}
    return render(request, "pages/imports/mappings.html", context, status=422 if form.errors else 200)


def _taken_in(request: WorkspaceRequest, form: UploadMapping) -> MappingVersion | None:
    try:
        mapping = read_mapping(form.cleaned_data["mapping_file"])
        if mapping.get("table") not in TABLES:
            raise ImportRefusal(f'A mapping says for which table it is: {{"table": "deals"}}, or {", ".join(TABLES)}.')
        return save_mapping(
            workspace=request.workspace,
            name=form.cleaned_data["name"],
            table=mapping["table"],
            mapping=mapping,
            headers=_headers_in(mapping),
            by=request.member,
        )
    except Refusal as refused:
        form.add_error("mapping_file", refused.sentence)
    return None


def _headers_in(mapping: dict[str, Any]) -> list[str]:
    """The columns that a mapping speaks of: it came without the file it was made for."""
    columns = mapping.get("columns")
    return list(dict.fromkeys(filter(None, columns.values()))) if isinstance(columns, dict) else []


@workspace_view(Permission.IMPORT_DATA)
def mapping(request: WorkspaceRequest, mapping_id: int) -> HttpResponse:
    """One mapping with its versions and the imports they brought in; POST gives it another name."""
    saved = get_object_or_404(_saved(request.workspace), pk=mapping_id)
    form = Rename(initial={"name": saved.name})
    if request.method == "POST":
        form = Rename(request.POST)
        if form.is_valid():
            try:
                rename_mapping(saved=saved, name=form.cleaned_data["name"], by=request.member)
                return redirect("pages:mapping", slug=request.workspace.slug, mapping_id=saved.pk)
            except Refusal as refused:
                form.add_error("name", refused.sentence)
    imports = Import.objects.filter(workspace=request.workspace, mapping_version__saved=saved)
    context = {
        "saved": saved,
        "form": form,
        "imports": imports.select_related("mapping_version")[:IMPORTS_SHOWN],
        "import_count": imports.count(),
        "table": TABLES[saved.table],
    }
    return render(request, "pages/imports/mapping.html", context, status=422 if form.errors else 200)


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def mapping_remove(request: WorkspaceRequest, mapping_id: int) -> HttpResponse:
    saved = get_object_or_404(_saved(request.workspace).filter(removed_at=None), pk=mapping_id)
    remove_mapping(saved=saved, by=request.member)
    messages.info(request, f"“{saved.name}” is no longer offered. What was imported with it stays.")
    return redirect("pages:mapping", slug=request.workspace.slug, mapping_id=saved.pk)


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def mapping_bring_back(request: WorkspaceRequest, mapping_id: int) -> HttpResponse:
    saved = get_object_or_404(_saved(request.workspace).exclude(removed_at=None), pk=mapping_id)
    try:
        bring_back_mapping(saved=saved, by=request.member)
    except Refusal as refused:
        messages.error(request, refused.sentence)
    return redirect("pages:mapping", slug=request.workspace.slug, mapping_id=saved.pk)


@workspace_view(Permission.IMPORT_DATA)
def mapping_download(request: WorkspaceRequest, mapping_id: int, number: int) -> HttpResponse:
    version = (
        MappingVersion.objects.filter(saved__workspace=request.workspace, saved=mapping_id, number=number)
        .select_related("saved")
        .first()
    )
    if version is None:
        raise Http404("There is no such version.")
    response = JsonResponse(version.mapping, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="mapping-{version.saved_id}-v{version.number}.json"'
    return response


@workspace_view(Permission.IMPORT_DATA)
@require_POST
def draft_mapping(request: WorkspaceRequest, token: str) -> HttpResponse:
    """Keep the mapping of a draft under a name, for files like it."""
    draft = draft_of(request.member, token)
    if draft is None:
        return gone(request, token)
    try:
        version = save_mapping(
            workspace=request.workspace,
            name=request.POST.get("name", ""),
            table=draft.table,
            mapping=draft.mapping,
            headers=draft.look.get("headers", []),
            by=request.member,
        )
    except Refusal as refused:
        return show(request, draft, refused=refused.sentence)
    change_draft(draft=draft, mapping_version=version, look={**draft.look, "saved": version.saved.name})
    messages.success(request, f"Saved as “{version.saved.name}”, version {version.number}. Files like this one get it.")
    return redirect("pages:import_draft", slug=request.workspace.slug, token=draft.token)
