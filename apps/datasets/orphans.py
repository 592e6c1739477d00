"""Files that a killed import left behind: harmless, since no list of live batches names them, but they take space."""

import contextlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from apps.datasets.models import Import, LiveBatch, Pack

UNFINISHED = (Import.State.WAITING, Import.State.RUNNING, Import.State.FAILED)


def sweep_orphans(*, now: datetime, older_than: timedelta = timedelta(days=1)) -> int:
    """Remove what no import needs and nobody has touched for `older_than`; returns how many files and folders.

    Four kinds: working folders, uploads without an import, row files of imports that were never committed and will not
    be tried again, and files whose rows have been in a pack for that long, so that no reader has them open.
    """
    data = Path(settings.DATA_DIR)
    limit = now.astimezone(UTC) - older_than
    removed = _merged_files(data, limit)
    doomed = [*_children(data / "work"), *_uploads_without_import(data), *_rows_never_committed(data)]
    for path in doomed:
        with contextlib.suppress(FileNotFoundError):  # an import that has ended meanwhile took its folder along
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed += 1
    return removed


def _children(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _uploads_without_import(data: Path) -> Iterator[Path]:
    known = set(Import.objects.values_list("stored_path", flat=True))
    for workspace in _children(data / "uploads"):
        for folder in _children(workspace):
            if str(folder.relative_to(data)) not in known:
                yield folder


def _rows_never_committed(data: Path) -> Iterator[Path]:
    needed = {*LiveBatch.objects.values_list("batch_id", flat=True)}
    needed |= {*Import.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True)}
    packs = {*Pack.objects.values_list("name", flat=True)}
    for path in (data / "columns").glob("*/*/*/*.parquet"):
        if int(path.stem) not in needed if path.stem.isdigit() else path.stem not in packs:
            yield path


def _merged_files(data: Path, limit: datetime) -> int:
    """Remove the files of imports and packs that went into a pack before `limit`; returns how many."""
    merged = Import.objects.filter(pack__created_at__lt=limit)
    names = {f"{batch}" for batch in merged.values_list("pk", flat=True)}
    replaced = Pack.objects.filter(replaced_at__lt=limit)
    names |= {*replaced.values_list("name", flat=True)}
    found = [path for path in (data / "columns").glob("*/*/*/*.parquet") if path.stem in names]
    for path in found:
        path.unlink(missing_ok=True)
    replaced.delete()
    return len(found)
