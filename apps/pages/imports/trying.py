"""What follows from a word about a draft: its file is looked into, and tried as soon as nothing about it is open.

A small file at once; a large one by a worker, so that no page waits for it.
"""

from typing import Any

from apps.datasets.drafting import is_large, is_ready, is_tried
from apps.datasets.models import Draft
from apps.datasets.services.looking import look_into, relook
from apps.pages.access import WorkspaceRequest
from apps.refresh.looking import is_looking, newest_look
from apps.refresh.services import request_look, request_try


def look(request: WorkspaceRequest, draft: Draft) -> None:
    """Find out what the file is. Refusal if it is small and cannot be read."""
    if is_large(draft):
        if not is_looking(newest_look(draft)):
            request_look(draft=draft, by=request.member)
        return
    look_into(draft=draft)


def look_again(request: WorkspaceRequest, draft: Draft, **wish: Any) -> None:
    """With other words about the mapping, as `relook` takes them. Refusal if it is small and they do not fit."""
    if is_large(draft):
        request_look(draft=draft, by=request.member, **wish)
        return
    relook(draft=draft, **wish)


def try_if_ready(request: WorkspaceRequest, draft: Draft) -> None:
    """Ask for a trial of the draft as it is now, unless a question is open or its outcome is known."""
    if is_ready(draft) and not is_tried(draft) and not is_looking(newest_look(draft)):
        request_try(draft=draft, by=request.member)
