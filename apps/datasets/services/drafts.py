"""A file on its way to becoming an import: received in pieces, described, repaired, confirmed or put away.

Until it is confirmed nothing of it counts anywhere. A draft is its member's alone; what somebody left behind goes a day
after they last touched it.
"""

import hashlib
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat

from apps.common.errors import Refusal
from apps.datasets.drafting import folder_of, is_tried, is_whole, lookup_files_of, path_of, root
from apps.datasets.errors import ImportRefusal
from apps.datasets.models import Draft, Import
from apps.datasets.repairs import Repairs
from apps.datasets.services.receiving import receive_file
from apps.datasets.uploads import file_checksum
from apps.people.models import Member

KEPT_FOR = timedelta(days=1)
MOST_LOOKUPS = 8
PIECE = 1024 * 1024
ROOM = 3  # times the size of a file: itself, its cells and its typed rows


class Readable(Protocol):
    """A file or an upload."""

    def read(self, num_bytes: int, /) -> bytes: ...


class OutOfStep(Refusal):
    """A piece that does not begin where the last one ended. `received` says where to go on."""

    def __init__(self, received: int) -> None:
        super().__init__(f"The upload goes on at byte {received}.")
        self.received = received


def start_draft(
    *, member: Member, file_name: str, size: int, table: str = "", said: dict[str, Any] | None = None
) -> Draft:
    """Make room for a file of `size` bytes. Refusal if it is empty or larger than may be uploaded."""
    name = Path(file_name.replace("\\", "/")).name[:255] or "file"
    if size <= 0:
        raise ImportRefusal(f"“{name}” is empty. Export it again; it needs a header line and at least one row.")
    if size > settings.UPLOAD_MAX_BYTES:
        raise ImportRefusal(
            f"“{name}” has {filesizeformat(size)}; at most {filesizeformat(settings.UPLOAD_MAX_BYTES)} can be uploaded."
            " Split it, or load it with manage.py import_data."
        )
    refuse_without_room(size, name)
    draft = Draft.objects.create(
        token=secrets.token_urlsafe(18)[:24],
        workspace=member.workspace,
        member=member,
        table=table,
        file_name=name,
        size=size,
        said=said or {},
    )
    folder_of(draft).mkdir(parents=True)
    path_of(draft).touch()
    return draft


def refuse_without_room(size: int, name: str) -> None:
    """Refusal if the disk has no room for the file and for the rows that are made of it."""
    folder = Path(settings.DATA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(folder).free) < ROOM * size:
        raise ImportRefusal(
            f"“{name}” has {filesizeformat(size)} and needs {filesizeformat(ROOM * size)} of room while it is read, but"
            f" the server has only {filesizeformat(free)} left. Whoever runs it has to make some; then choose it again."
        )


def receive_chunk(*, draft: Draft, offset: int, content: bytes) -> int:
    """Take the next piece of the file; returns how many bytes are here.

    OutOfStep for a piece from elsewhere: whoever sends asks and goes on from there. Refusal for more than was said.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if is_whole(draft) or offset != draft.received:
            raise OutOfStep(draft.received)
        if offset + len(content) > draft.size:
            raise ImportRefusal(f"“{draft.file_name}” became longer while it was sent. Choose it again.")
        with path_of(draft).open("r+b") as file:
            file.seek(offset)
            file.write(content)
            file.truncate()
        draft.received = offset + len(content)
        draft.save(update_fields=["received", "touched_at"])
    return draft.received


def finish_upload(*, draft: Draft, checksum: str = "") -> None:
    """All pieces are sent: compare the file with its sender's SHA-256. Refusal, and it begins anew, if it differs.

    `checksum` may be blank for a form without JavaScript, whose file came in one request.
    """
    if draft.received < draft.size:
        raise OutOfStep(draft.received)
    here = file_checksum(path_of(draft))
    if checksum and not secrets.compare_digest(here, checksum.lower()):
        Draft.objects.filter(pk=draft.pk).update(received=0)
        raise ImportRefusal(f"“{draft.file_name}” arrived damaged, so it was not kept. Choose it again.")
    draft.checksum = here
    draft.save(update_fields=["checksum", "touched_at"])


def receive_whole(*, draft: Draft, content: Readable) -> None:
    """A file that came in one request."""
    offset = 0
    while piece := content.read(PIECE):
        offset = receive_chunk(draft=draft, offset=offset, content=piece)
    draft.refresh_from_db()
    finish_upload(draft=draft)


def add_lookup(*, draft: Draft, file_name: str, content: Readable) -> None:
    """Keep a second file beside the first. The same name again replaces it. What was seen so far is looked at anew."""
    name = Path(file_name.replace("\\", "/")).name[:255] or "file"
    if name not in draft.lookups and len(draft.lookups) >= MOST_LOOKUPS:
        raise ImportRefusal(f"At most {MOST_LOOKUPS} lookup files can stand beside one file.")
    kept = f"lookup-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    size = 0
    with (folder_of(draft) / kept).open("wb") as file:
        while piece := content.read(PIECE):
            size += file.write(piece)
            if size > settings.UPLOAD_MAX_BYTES:
                raise ImportRefusal(f"“{name}” is larger than {filesizeformat(settings.UPLOAD_MAX_BYTES)}.")
    if not size:
        raise ImportRefusal(f"“{name}” is empty. Export it again, or leave it out.")
    _save(draft, lookups={**draft.lookups, name: kept}, look={})


def change_draft(*, draft: Draft, **changes: Any) -> None:
    """Keep what its owner decided: any of table, said, mode, replaces_from, replaces_to, complete_until, repairs, …

    Another table or another word about the mapping makes the look at the file stale.
    Refusal if the mode has no days, or repairs cannot be read.
    """
    if "repairs" in changes:
        changes["repairs"] = Repairs.parse(changes["repairs"]).as_json()
    if {"table", "said"} & set(changes):
        changes = {"look": {}, **changes}
    _save(draft, **changes)


def confirm_draft(*, draft: Draft, by: Member) -> Import:
    """Hand the file over; from here on it is an import and the draft is gone. Twice gives the same import.

    Refusal, and nothing changed, if it cannot be used as it is mapped.
    """
    replaces = None
    if draft.mode == Import.Mode.REPLACE and draft.replaces_from and draft.replaces_to:
        replaces = (draft.replaces_from, draft.replaces_to)
    batch = receive_file(
        workspace=draft.workspace,
        table=draft.table,
        source=path_of(draft),
        file_name=draft.file_name,
        mapping=draft.mapping,
        by=by,
        lookup_files=lookup_files_of(draft),
        mode=draft.mode,
        replaces=replaces,
        complete_until=draft.complete_until,
        repairs=draft.repairs,
        mapping_version=draft.mapping_version,
        idempotency_key=key_of(draft.token),
        tried=draft.checksum if is_tried(draft) else "",
    )
    discard_draft(draft=draft)
    return batch


def key_of(token: str) -> str:
    """What the import made of a draft is known by, so that confirming twice imports once."""
    return f"draft {token}"


def discard_draft(*, draft: Draft) -> None:
    """Forget the file and all that was said about it."""
    folder = folder_of(draft)
    draft.delete()
    shutil.rmtree(folder, ignore_errors=True)


def sweep_drafts(*, now: datetime) -> int:
    """Remove drafts that nobody touched for a day, and folders that no draft knows; returns how many drafts."""
    edge = now - KEPT_FOR
    stale = list(Draft.objects.filter(touched_at__lt=edge))
    for draft in stale:
        discard_draft(draft=draft)
    known = set(Draft.objects.values_list("token", flat=True))
    for folder in root().glob("*"):
        if folder.name not in known and datetime.fromtimestamp(folder.stat().st_mtime, tz=now.tzinfo) < edge:
            shutil.rmtree(folder, ignore_errors=True)
    return len(stale)


def _save(draft: Draft, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save(update_fields=[*changes, "touched_at"])
