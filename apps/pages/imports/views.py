"""The list of imports and the page of one."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from apps.datasets.models import Import
from apps.datasets.queries import imports_of
from apps.datasets.schema import TABLES
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.imports import listing, reading, record
from apps.pages.imports.consequences import told
from apps.pages.imports.moved import Moved, moved
from apps.pages.imports.taken import coverage_response, imports_response, issues_response
from apps.people.permissions import can
from apps.people.roles import Permission
from apps.refresh.effects import is_told, last_change

IMPORTS_A_PAGE = 50
EFFECTS = {
    "commit": "What it changed",
    "undo": "What undoing it changed",
    "redo": "What bringing it back changed",
}


@workspace_view(Permission.SEE_IMPORTS)
def imports(request: WorkspaceRequest) -> HttpResponseBase:
    """The imports of the workspace, newest first, and what the live ones cover."""
    filters = listing.Filters.of(request.GET)
    if wanted := format_asked(request):
        if request.GET.get("of") == "coverage":
            return coverage_response(request, listing.coverage(request.workspace, timezone.now()), wanted)
        return imports_response(request, filters, wanted)
    found = listing.listed(request.workspace, filters)
    page = Paginator(found, IMPORTS_A_PAGE).get_page(request.GET.get("page"))
    may_import = can(request.member, Permission.IMPORT_DATA)
    context = {"page": page, "filters": filters, "may_import": may_import}
    if wants_fragment(request):
        return render(request, "pages/imports/imports.html#listing", context)
    context |= {
        "coverage": listing.coverage(request.workspace, timezone.now()),
        "choices": listing.choices(request.workspace),
        "has_any": bool(page.object_list) or filters.any,
        "tables": TABLES.values(),
        "may_recompute": can(request.member, Permission.RECOMPUTE),
    }
    return render(request, "pages/imports/imports.html", context)


@workspace_view(Permission.SEE_IMPORTS)
def import_page(request: WorkspaceRequest, import_id: int) -> HttpResponseBase:
    if wanted := format_asked(request):
        batch = batch_or_404(request, import_id)
        return issues_response(request, batch, record.issues_of(batch, request.GET.get("column", "")), wanted)
    return render(request, "pages/imports/import.html", _page_of(request, import_id))


@workspace_view(Permission.SEE_IMPORTS)
def import_progress(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """The part of the import page that moves. It asks for itself every second until there is nothing to wait for.

    The last answer also says what happened in the page's live region, for who cannot see it.
    """
    context = _page_of(request, import_id)
    if not context["live"].is_moving:
        context["said"] = _said(context["batch"], context["moved"])
    return render(request, "pages/imports/import.html#live", context)


def batch_or_404(request: WorkspaceRequest, import_id: int) -> Import:
    related = ("source", "mapping_version__saved")
    try:
        return imports_of(request.workspace).select_related("dataset", "created_by", *related).get(pk=import_id)
    except Import.DoesNotExist as missing:
        raise Http404(f"There is no import {import_id} in this workspace.") from missing


def _page_of(request: WorkspaceRequest, import_id: int) -> dict[str, Any]:
    batch = batch_or_404(request, import_id)
    live = reading.live(batch=batch, now=timezone.now())
    context = {
        "batch": batch,
        "live": live,
        "moved": moved(live.recompute, request.member, request.today),
        "picture": record.picture_of(batch),
        "problems": record.problems_of(batch, request.GET),
        "may_import": can(request.member, Permission.IMPORT_DATA),
    }
    if not live.is_moving:
        context |= _settled(request, batch)
    return context


def _settled(request: WorkspaceRequest, batch: Import) -> dict[str, Any]:
    """What stands on the page once nothing moves any more."""
    times = record.live_times_of(batch)
    change = last_change(times)
    context: dict[str, Any] = {
        "live_times": times,
        "history": record.history_of(batch, request.definitions),
        "mapping_text": json.dumps(batch.mapping, indent=2, ensure_ascii=False),
    }
    if change and is_told(batch, change):
        context |= {
            "told": told(batch.effect, request.member, request.today, request.definitions),
            "told_title": EFFECTS.get(batch.effect["what"], ""),
            "replaced_by": batch.effect.get("by"),
        }
    return context


def _said(batch: Import, goals: Moved | None) -> str:
    """What a screen reader hears when the work is over."""
    return " ".join(filter(None, [batch.sentence, goals.sentence.replace("changed:", "changed.") if goals else ""]))
