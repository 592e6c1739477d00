"""The list of imports and the page of one."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.datasets.models import Import
from apps.datasets.queries import import_for, imports_of
from apps.datasets.schema import TABLES
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.imports import reading
from apps.pages.imports.moved import Moved, moved
from apps.people.permissions import can
from apps.people.roles import Permission

IMPORTS_A_PAGE = 50
ISSUES_SHOWN = 100


@workspace_view(Permission.SEE_IMPORTS)
def imports(request: WorkspaceRequest) -> HttpResponse:
    """Every import of the workspace, newest first, and what the live ones cover."""
    batches = imports_of(request.workspace).select_related("dataset", "created_by")
    page = Paginator(batches, IMPORTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "coverage": reading.coverage(request.workspace),
        "tables": TABLES.values(),
        "may_import": can(request.member, Permission.IMPORT_DATA),
        "may_recompute": can(request.member, Permission.RECOMPUTE),
    }
    return render(request, "pages/imports/imports.html", context)


@workspace_view(Permission.SEE_IMPORTS)
def import_page(request: WorkspaceRequest, import_id: int) -> HttpResponse:
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
    try:
        return import_for(request.workspace, import_id)
    except Import.DoesNotExist as missing:
        raise Http404(f"There is no import {import_id} in this workspace.") from missing


def _page_of(request: WorkspaceRequest, import_id: int) -> dict[str, Any]:
    batch = batch_or_404(request, import_id)
    live = reading.live(batch=batch, now=timezone.now())
    return {
        "batch": batch,
        "live": live,
        "moved": moved(live.recompute, request.member, request.today),
        "issues": batch.issues.all()[:ISSUES_SHOWN],
        "issue_total": batch.issues.count(),
        "may_import": can(request.member, Permission.IMPORT_DATA),
        "live_times": batch.live_times.order_by("live_from"),
        "mapping_text": json.dumps(batch.mapping, indent=2, ensure_ascii=False),
    }


def _said(batch: Import, goals: Moved | None) -> str:
    """What a screen reader hears when the work is over."""
    return " ".join(filter(None, [batch.sentence, goals.sentence.replace("changed:", "changed.") if goals else ""]))
