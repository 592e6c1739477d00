"""What can be done to an import that is in: undo it, bring it back, and compute the goals again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.datasets.services import redo_import, undo_import
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.imports.views import batch_or_404
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


@workspace_view(Permission.IMPORT_DATA)
def import_undo(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """GET asks whether to take the rows out again; POST does it and computes the goals without them."""
    batch = batch_or_404(request, import_id)
    if request.method != "POST":
        return render(request, "pages/imports/undo.html", {"batch": batch, "redo": False})
    return _change(request, batch, redo=False)


@workspace_view(Permission.IMPORT_DATA)
def import_redo(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """GET asks whether the rows should count again; POST does it and computes the goals with them."""
    batch = batch_or_404(request, import_id)
    if request.method != "POST":
        return render(request, "pages/imports/undo.html", {"batch": batch, "redo": True})
    return _change(request, batch, redo=True)


@workspace_view(Permission.RECOMPUTE)
def recompute(request: WorkspaceRequest) -> HttpResponse:
    return _recompute(request)


def _change(request: WorkspaceRequest, batch: Import, *, redo: bool) -> HttpResponse:
    try:
        if redo:
            redo_import(batch=batch, by=request.member)
        else:
            undo_import(batch=batch, by=request.member)
    except Refusal as refused:
        messages.error(request, refused.sentence)
    else:
        request_recompute(workspace=request.workspace, by=request.member)
        done = "counts again" if redo else "is undone: its rows no longer count"
        messages.success(request, f"Import {batch.pk} ({batch.file_name}) {done}. The goals are being computed again.")
    return redirect("pages:import", slug=request.workspace.slug, import_id=batch.pk)


@require_POST
def _recompute(request: WorkspaceRequest) -> HttpResponse:
    run = request_recompute(workspace=request.workspace, by=request.member)
    said = "The goals are being computed again." if run else "A computation of the goals is waiting already."
    messages.success(request, said)
    return redirect("pages:imports", slug=request.workspace.slug)
