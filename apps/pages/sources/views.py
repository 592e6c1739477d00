"""The list of sources, the page of one, and the form that sets one up."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.common.errors import Refusal
from apps.datasets.models import Source
from apps.datasets.schema import TABLES
from apps.datasets.services.sources import change_source, create_source
from apps.datasets.services.trying_sources import Tried, try_source
from apps.datasets.sources.checking import SECRETS
from apps.datasets.sources.listing import mapping_of, root_of, source_for, sources_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.downloads import Column, Format, about, format_asked, table_response
from apps.pages.sources import told
from apps.pages.sources.forms import SourceForm, as_text
from apps.people.roles import Permission
from apps.refresh.fetching import request_fetch

FETCHES_SHOWN = 50
TAKEN = [Column(name) for name in ("Name", "Kind", "Table", "When", "State", "Late since", "Last success", "Next")]
KINDS = {
    "folder": "Somebody else’s program drops files; each comes in once.",
    "url": "A CSV, Excel or ZIP file behind a web address, with credentials or without.",
    "sheet": "A Google sheet that is published or shared by its link.",
    "s3": "The newest object, or every new one, of Amazon S3, MinIO and the like.",
    "sql": "A table or query of PostgreSQL or SQLite, whole or only what is new.",
    "push": "Your own program sends rows or files; here it is told when they are late.",
}


@workspace_view(Permission.MANAGE_SOURCES)
def sources(request: WorkspaceRequest) -> HttpResponseBase:
    found = list(sources_of(request.workspace))
    if wanted := format_asked(request):
        return _taken(request, found, wanted)
    context = {
        "lines": [told.line(source) for source in found],
        "removed": Source.objects.filter(workspace=request.workspace, removed_at__isnull=False).order_by("-removed_at"),
        "kinds": [(kind, Source.Kind(kind).label, sentence) for kind, sentence in KINDS.items()],
    }
    return render(request, "pages/sources/sources.html", context)


@workspace_view(Permission.MANAGE_SOURCES)
def source(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    found = source_or_404(request, source_id)
    mapping, version = mapping_of(found)
    context = {
        "line": told.line(found),
        "source": found,
        "table": TABLES[found.table].title,
        "config": told.config(found),
        "credentials": told.credentials(found),
        "fetches": found.fetches.select_related("batch")[:FETCHES_SHOWN],
        "version": version,
        "mapping_text": as_text(mapping) if mapping else "",
    }
    return render(request, "pages/sources/source.html", context)


@workspace_view(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def source_new(request: WorkspaceRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404("There is no such kind of source.")
    return _edit(request, kind, None)


@workspace_view(Permission.MANAGE_SOURCES)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def source_edit(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    found = source_or_404(request, source_id)
    return _edit(request, found.kind, found)


def _taken(request: WorkspaceRequest, found: list[Source], format: Format) -> HttpResponseBase:
    rows = (
        [each.source.name, each.kind, each.table, each.cadence, each.word, each.late_since,
         each.source.last_success_at, each.source.next_run_at]
        for each in map(told.line, found)
    )  # fmt: skip
    said = about(request, "Sources that data comes from by itself")
    return table_response(format=format, file_name="Sources", columns=TAKEN, rows=rows, about=said)


def source_or_404(request: WorkspaceRequest, source_id: int) -> Source:
    try:
        return source_for(request.workspace, source_id)
    except Source.DoesNotExist as missing:
        raise Http404(f"There is no source {source_id} in this workspace.") from missing


def _edit(request: WorkspaceRequest, kind: str, found: Source | None) -> HttpResponse:
    """Saving asks for the first fetch at once; testing stores nothing."""
    initial = SourceForm.initial_of(found) if found else {"grace_hours": 6, "cadence": "day", "at": "06:00"}
    form = SourceForm(
        request.POST or None, kind=kind, workspace=request.workspace, member=request.member, source=found,
        initial=initial,
    )  # fmt: skip
    tried: Tried | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "test" not in request.POST:
                return _saved(request, _save(request, form, found))
            unsaved = found or Source(workspace=request.workspace, created_by=request.member)
            tried = try_source(source=unsaved, by=request.member, wishes=form.wishes, now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
    return _form(request, kind, found, form, tried)


def _save(request: WorkspaceRequest, form: SourceForm, found: Source | None) -> Source:
    now = timezone.now()
    if found is None:
        return create_source(workspace=request.workspace, by=request.member, wishes=form.wishes, now=now)
    return change_source(source=found, by=request.member, wishes=form.wishes, now=now)


def _saved(request: WorkspaceRequest, saved: Source) -> HttpResponse:
    request_fetch(source=saved, by=request.member)
    return redirect("pages:source", request.workspace.slug, saved.pk)


def _form(
    request: WorkspaceRequest, kind: str, found: Source | None, form: SourceForm, tried: Tried | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "kind_name": Source.Kind(kind).label,
        "about": KINDS[kind],
        "source": found if found and found.pk else None,
        "tried": tried,
        "fed": told.fed(tried.seen) if tried and tried.seen else [],
        "root": root_of(request.workspace).name,
        "can_test": kind != "push",
        "has_secrets": bool(SECRETS[kind]),
    }
    return render(request, "pages/sources/edit.html", context, status=422 if form.errors else 200)
