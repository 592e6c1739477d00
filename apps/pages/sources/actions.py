"""What is done to a source with one button."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.datasets.services import sources as services
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.sources.views import source_or_404
from apps.people.roles import Permission
from apps.refresh.fetching import request_fetch

BUSY = "It is being fetched already, or its last file is still coming in."


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def source_fetch(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    found = source_or_404(request, source_id)
    run = None if found.removed_at else request_fetch(source=found, by=request.member)
    messages.success(request, f"“{found.name}” is being fetched." if run else BUSY)
    return redirect("pages:source", request.workspace.slug, found.pk)


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def source_pause(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    return _do(
        request, source_id, services.pause_source, "“{}” is paused: nothing is fetched and nothing waits for it."
    )


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def source_resume(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    return _do(request, source_id, services.resume_source, "“{}” goes on and is fetched now.")


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def source_remove(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    return _do(
        request, source_id, services.remove_source, "“{}” is removed. What it brought stays; you can bring it back."
    )


@workspace_view(Permission.MANAGE_SOURCES)
@require_POST
def source_restore(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    return _do(request, source_id, services.restore_source, "“{}” is back and is fetched now.")


def _do(request: WorkspaceRequest, source_id: int, action: Callable[..., Any], sentence: str) -> HttpResponse:
    found = source_or_404(request, source_id)
    try:
        action(source=found, by=request.member, now=timezone.now())
        messages.success(request, sentence.format(found.name))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pages:source", request.workspace.slug, found.pk)
