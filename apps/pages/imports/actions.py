"""What can be done to an import that is in: undo it, bring it back, run it again, and compute the goals again."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.models import Import, MappingVersion
from apps.datasets.services import redo_import, rerun_import, undo_import
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.imports.consequences import told
from apps.pages.imports.reading import bar_of
from apps.pages.imports.record import later_imports_of
from apps.pages.imports.views import batch_or_404
from apps.people.roles import Permission
from apps.refresh.services import request_import, request_recompute, request_undo_trial
from apps.refresh.trying import still_holds, trial_of


@workspace_view(Permission.IMPORT_DATA)
def import_undo(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """GET asks whether to take the rows out again; POST does it and computes the goals without them."""
    batch = batch_or_404(request, import_id)
    if request.method != "POST":
        return _ask(request, batch, redo=False)
    return _change(request, batch, redo=False)


@workspace_view(Permission.IMPORT_DATA)
def import_redo(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """GET asks whether the rows should count again; POST does it and computes the goals with them."""
    batch = batch_or_404(request, import_id)
    if request.method != "POST":
        return _ask(request, batch, redo=True)
    return _change(request, batch, redo=True)


@workspace_view(Permission.IMPORT_DATA)
def import_trial(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """What undoing the import, or bringing it back, would do: POST has it computed, GET shows how far that is."""
    batch = batch_or_404(request, import_id)
    if request.method == "POST":
        run = trial_of(batch)
        if run is None or run.finished_at is not None:
            request_undo_trial(batch=batch, by=request.member)
    if wants_fragment(request):
        return render(request, "pages/imports/undo.html#trial", _trial(request, batch))
    name = "pages:import_redo" if batch.state == Import.State.UNDONE else "pages:import_undo"
    return redirect(name, slug=request.workspace.slug, import_id=batch.pk)


@workspace_view(Permission.IMPORT_DATA)
def import_rerun(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """GET says how the kept file would be read again; POST receives it once more, to take the place of this import."""
    batch = batch_or_404(request, import_id)
    if request.method != "POST":
        return render(request, "pages/imports/rerun.html", {"batch": batch, "newest": _newest_mapping(batch)})
    try:
        again = rerun_import(batch=batch, by=request.member, same_mapping=request.POST.get("mapping") == "same")
    except Refusal as refused:
        messages.error(request, refused.sentence)
        return redirect("pages:import", slug=request.workspace.slug, import_id=batch.pk)
    request_import(batch=again, by=request.member)
    return redirect("pages:import", slug=request.workspace.slug, import_id=again.pk)


@workspace_view(Permission.RECOMPUTE)
def recompute(request: WorkspaceRequest) -> HttpResponse:
    return _recompute(request)


def _ask(request: WorkspaceRequest, batch: Import, *, redo: bool) -> HttpResponse:
    context = {"batch": batch, "redo": redo, "later": later_imports_of(batch)} | _trial(request, batch)
    return render(request, "pages/imports/undo.html", context)


def _trial(request: WorkspaceRequest, batch: Import) -> dict[str, Any]:
    """What is known of a trial: its words, how far it is, or that nobody asked for it since rows changed."""
    run = trial_of(batch)
    if run is not None and run.finished_at is None:
        return {"batch": batch, "bar": bar_of(run, timezone.now())}
    if run is not None and run.error:
        return {"batch": batch, "failed": run.error}
    if run is not None and still_holds(run, request.today):
        kept = run.result.get("consequences", {})
        return {"batch": batch, "told": told(kept, request.member, request.today, request.definitions)}
    possible = batch.state in (Import.State.COMMITTED, Import.State.UNDONE)
    return {"batch": batch, "unasked": possible}


def _newest_mapping(batch: Import) -> MappingVersion | None:
    version = batch.mapping_version
    return version.saved.versions.first() if version else None


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
