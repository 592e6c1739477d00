"""A draft is tried as soon as nothing about it is open, without anybody asking for it."""

from apps.datasets.drafting import is_tried
from apps.datasets.models import Draft
from apps.pages.access import WorkspaceRequest
from apps.pages.imports.shown import DraftShown
from apps.refresh.services import request_try


def try_if_ready(request: WorkspaceRequest, draft: Draft) -> None:
    """Ask for a trial of the draft as it is now, unless a question is open or its outcome is known."""
    if DraftShown(draft).is_ready and not is_tried(draft):
        request_try(draft=draft, by=request.member)
