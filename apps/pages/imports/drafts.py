"""Files that were chosen but not yet confirmed. A draft is a folder of its owner; nothing of it is in the database.

A member has at most one draft in a workspace: choosing a file again replaces it, so an abandoned one never piles up
for the same person, and `sweep` removes what others left behind. File names from outside never become paths.
"""

import json
import secrets
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.people.models import Member

KEPT_FOR_SECONDS = 24 * 3600


@dataclass(slots=True)
class Draft:
    """One chosen file on its way to becoming an import. `mapping` is what its owner has said so far."""

    token: str
    folder: Path
    table: str
    file_name: str
    mapping: dict[str, Any] = field(default_factory=dict)
    lookups: dict[str, str] = field(default_factory=dict)  # file name as uploaded -> name in the folder
    counts: dict[str, Any] = field(default_factory=dict)  # of the last dry run of exactly this mapping
    recognised: bool = False  # the table was told by the header, not by its owner

    @property
    def path(self) -> Path:
        return self.folder / "upload.csv"

    def save(self) -> None:
        content = {name: value for name, value in asdict(self).items() if name != "folder"}
        (self.folder / "draft.json").write_text(json.dumps(content))

    def change_mapping(self, mapping: dict[str, Any]) -> None:
        """Keep another mapping; a count made with the former one no longer holds."""
        self.mapping, self.counts = mapping, {}
        self.save()

    def change_table(self, table: str) -> None:
        """Take the file for rows of another table; what was said about the columns of the former one is forgotten."""
        self.table, self.recognised = table, False
        self.change_mapping({})

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def start_draft(
    *,
    member: Member,
    table: str,
    upload: "UploadedFile[Any]",
    lookups: "Iterable[UploadedFile[Any]]",
    mapping: dict[str, Any],
) -> Draft:
    """Put the files into the member's folder, instead of what was there."""
    folder = _folder_of(member)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    draft = Draft(
        token=secrets.token_urlsafe(12),
        folder=folder,
        table=table,
        file_name=upload.name or "file.csv",
        mapping=mapping,
    )
    _write(upload, draft.path)
    for number, lookup in enumerate(lookups):
        draft.lookups[lookup.name or f"lookup {number}"] = f"lookup-{number}.csv"
        _write(lookup, folder / f"lookup-{number}.csv")
    draft.save()
    return draft


def draft_of(member: Member, token: str) -> Draft | None:
    """The member's draft if it is still the one with this token: another tab may have replaced it meanwhile."""
    folder = _folder_of(member)
    try:
        content = json.loads((folder / "draft.json").read_text())
    except (OSError, ValueError):
        return None
    if not secrets.compare_digest(str(content.get("token", "")).encode(), token.encode()):
        return None
    return Draft(folder=folder, **content)


def sweep(*, now: float | None = None) -> int:
    """Remove drafts nobody touched for a day; returns how many. Called whenever somebody starts a new one."""
    edge = (time.time() if now is None else now) - KEPT_FOR_SECONDS
    removed = 0
    for folder in _root().glob("*"):
        marker = folder / "draft.json"
        if (marker if marker.exists() else folder).stat().st_mtime < edge:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _root() -> Path:
    return Path(settings.DATA_DIR) / "drafts"


def _folder_of(member: Member) -> Path:
    return _root() / f"{member.workspace_id}-{member.pk}"


def _write(upload: "UploadedFile[Any]", path: Path) -> None:
    with path.open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
