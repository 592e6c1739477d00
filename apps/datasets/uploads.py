"""Files on their way in: where an upload and its lookups are kept, and a folder to work in."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from apps.datasets.errors import ImportRefusal
from apps.datasets.full import told_when_full
from apps.datasets.mapping import Mapping
from apps.datasets.models import Import

CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """The folder of one received file: `data`, and `lookup0`, `lookup1`, … in the order of the mapping."""

    folder: Path
    checksum: str = ""
    size: int = 0

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def lookup(self, number: int) -> Path:
        return self.folder / f"lookup{number}"

    def lookups(self, mapping: Mapping) -> dict[str, Path]:
        return {each.file: self.lookup(number) for number, each in enumerate(mapping.lookups)}

    @property
    def relative(self) -> str:
        return str(self.folder.relative_to(Path(settings.DATA_DIR)))

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def upload_of(batch: Import) -> Upload:
    return Upload(Path(settings.DATA_DIR) / batch.stored_path, batch.checksum, batch.size)


def keep(
    workspace: int,
    source: Path | BinaryIO,
    mapping: Mapping,
    lookups: AnyMapping[str, Path],
    *,
    checksum: str = "",
    known: str = "",
) -> Upload:
    """Copy the file and its lookups into a new folder under uploads/; nothing there is ever changed again.

    known: the SHA-256 of a file of our own that nobody changes any more: it is not copied, and not read.
    checksum: what the sender says the file is, in hexadecimal. Refusal, and nothing kept, if it is something else.
    """
    folder = Path(settings.DATA_DIR) / "uploads" / str(workspace) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    upload = Upload(folder)
    try:
        found, size = (
            _link(source, upload.data, known) if known and isinstance(source, Path) else _copy(source, upload.data)
        )
        if checksum and checksum.lower() != found:
            raise ImportRefusal(
                "The file has not arrived whole: its SHA-256 is not the one that was sent along. Send it again."
            )
        for number, each in enumerate(mapping.lookups):
            lookup = lookups.get(each.file)
            if lookup is None or not lookup.is_file():
                raise ImportRefusal(
                    f"The lookup file `{each.file}` of the mapping is not there: put it beside the mapping file."
                )
            _copy(lookup, upload.lookup(number))
    except BaseException:
        upload.discard()
        raise
    return Upload(folder, found, size)


def _link(source: Path, target: Path, known: str) -> tuple[str, int]:
    try:
        os.link(source, target)
    except OSError:  # another file system
        return _copy(source, target)
    return known, target.stat().st_size


def _copy(source: Path | BinaryIO, target: Path) -> tuple[str, int]:
    if not isinstance(source, Path):
        return _copy_stream(source, target, limit=settings.UPLOAD_MAX_BYTES)
    try:
        file = source.open("rb")
    except OSError as error:
        raise ImportRefusal(f"The file `{source}` cannot be opened: {error.strerror}.") from error
    with file:
        return _copy_stream(file, target, limit=None)


def _copy_stream(source: BinaryIO, target: Path, limit: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with told_when_full(), target.open("wb") as file:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if limit is not None and size > limit:
                raise ImportRefusal(
                    f"The file is larger than {limit // 1024**2} MB: split it, or import it with `import_data`."
                )
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest(), size


def file_checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def workbench() -> Iterator[Path]:
    """A folder under DATA_DIR/work, on the same file system as the column store, removed at the end."""
    folder = Path(settings.DATA_DIR) / "work" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
