"""Files on their way to becoming imports, read: whose they are, where their parts lie, and whether they were tried."""

import hashlib
import json
from pathlib import Path, PurePosixPath

from django.conf import settings

from apps.datasets.errors import ImportRefusal
from apps.datasets.models import Draft
from apps.people.models import Member

DATA = "data"
LOOKED_AT_ONCE = 20 * 1024**2  # bytes of text that are read while somebody waits for the page
UNPACKED_AT_ONCE = 2 * 1024**2  # of a workbook or an archive: there is much more in them
_TEXT = {".csv", ".tsv", ".txt"}


def draft_of(member: Member, token: str) -> Draft | None:
    """The member's own draft with this token; nobody else sees it."""
    return Draft.objects.filter(workspace=member.workspace, member=member, token=token).first()


def drafts_of(member: Member) -> list[Draft]:
    """Everything the member has begun and not ended in this workspace, the newest first."""
    return list(Draft.objects.filter(workspace=member.workspace, member=member))


def root() -> Path:
    """Where the folders of all drafts are."""
    return Path(settings.DATA_DIR) / "drafts"


def folder_of(draft: Draft) -> Path:
    return root() / draft.token


def path_of(draft: Draft) -> Path:
    """The chosen file itself, whole once `is_whole`."""
    return folder_of(draft) / DATA


def rejects_of(draft: Draft) -> Path:
    """The rows that would be left out, with their reasons, as the last trial wrote them; absent if there were none."""
    return folder_of(draft) / "rejects.csv"


def is_whole(draft: Draft) -> bool:
    """Whether all of the file is here and was compared with what its sender has."""
    return bool(draft.checksum)


def is_large(draft: Draft) -> bool:
    """Whether reading the file is a worker's business."""
    is_text = PurePosixPath(draft.file_name.lower()).suffix in _TEXT
    return draft.size > (LOOKED_AT_ONCE if is_text else UNPACKED_AT_ONCE)


def is_ready(draft: Draft) -> bool:
    """Whether nothing about the file is open, so that its rows can be checked."""
    return bool(draft.table and draft.mapping) and not draft.look.get("questions") and not draft.look.get("missing")


def lookup_files_of(draft: Draft) -> dict[str, Path]:
    """Where each lookup is, by the name its mapping gives it and by the name it came with.

    Refusal if the mapping looks something up in a file that was not chosen.
    """
    folder = folder_of(draft)
    here = {name: folder / kept for name, kept in draft.lookups.items()}
    for lookup in (draft.mapping or draft.said).get("lookups") or []:
        name = str(lookup.get("file", "")) if isinstance(lookup, dict) else ""
        found = here.get(name) or here.get(PurePosixPath(name.replace("\\", "/")).name)
        if found is None:
            raise ImportRefusal(f"The mapping looks things up in “{name}”. Choose that file under lookup files too.")
        here[name] = found
    return here


def fingerprint_of(draft: Draft) -> str:
    """Of everything that decides what importing the draft would do; another one makes an outcome stale."""
    days = [draft.replaces_from, draft.replaces_to, draft.complete_until]
    parts = [
        draft.checksum,
        draft.table,
        draft.mapping,
        draft.lookups,
        draft.mode,
        [day.isoformat() if day else None for day in days],
        draft.repairs,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_tried(draft: Draft) -> bool:
    """Whether `outcome` tells of the draft as it is now."""
    return bool(draft.outcome) and draft.fingerprint == fingerprint_of(draft)
