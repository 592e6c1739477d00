"""Who acts on a plan, when, and on which version of it."""

from collections.abc import Mapping
from typing import Any

from apps.pages.access import WorkspaceRequest

LONGEST_ID = 15  # digits

Given = Mapping[str, Any]
Who = dict[str, Any]


def acting(request: WorkspaceRequest, given: Given) -> Who:
    """What every service of plans wants. A version that is none never fits."""
    text = str(given.get("version", ""))
    version = int(text) if text.isdecimal() and len(text) <= LONGEST_ID else -1
    return {"by": request.member, "today": request.today, "version": version}
