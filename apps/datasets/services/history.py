"""What counts of what came in: an import is taken off the list, brought back, or read again in its place."""

from django.db import transaction
from django.utils import timezone

from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.models import Import, LiveBatch, MappingVersion
from apps.datasets.modes import way_of_import
from apps.datasets.places import in_same_place
from apps.datasets.repairs import Repairs
from apps.datasets.services.receiving import receive_file
from apps.datasets.services.recording import audit, move_head
from apps.datasets.uploads import upload_of
from apps.people.models import Member


def undo_import(*, batch: Import, by: Member | None) -> None:
    """Take an import off the list of those that count. Its rows stay stored; what it replaced counts again."""
    with transaction.atomic():
        move_head(batch.dataset)
        if not end_live(batch):
            raise ImportRefusal(f"Import {batch.pk} is not live, so there is nothing to undo.")
        audit(batch, by, "import.undo", {"state": "committed"}, {"state": "undone"})


def redo_import(*, batch: Import, by: Member | None) -> None:
    """Put an undone import back, at its old place: what replaced its rows later still does."""
    with transaction.atomic():
        move_head(batch.dataset)
        times = LiveBatch.objects.select_for_update().filter(batch=batch)
        if not times.exists() or times.filter(live_to__isnull=True).exists():
            raise ImportRefusal(f"Import {batch.pk} has not been undone, so it cannot be brought back.")
        if other := in_same_place(batch).filter(live_times__live_to__isnull=True, live_times__isnull=False).first():
            raise ImportRefusal(
                f"Import {other.pk} counts in the place of import {batch.pk}, from the same file:"
                f" undo import {other.pk} first."
            )
        LiveBatch.objects.create(dataset=batch.dataset, batch=batch, live_from=timezone.now())
        _set_state(batch, Import.State.COMMITTED)
        audit(batch, by, "import.redo", {"state": "undone"}, {"state": "committed"})


def rerun_import(
    *, batch: Import, by: Member | None, repairs: Repairs | None = None, same_mapping: bool = False
) -> Import:
    """Receive the file of an import once more, to take its place when it is run; until then the old one counts.

    It is read with the newest version of the saved mapping that was used, unless it shall be the same mapping, and with
    the same repairs unless others are given. Refusal if the import was never in, or another one is in its place.
    """
    if not LiveBatch.objects.filter(batch=batch).exists():
        raise ImportRefusal(f"Import {batch.pk} has never counted, so there is nothing to run again.")
    upload, before = upload_of(batch), parse(batch.mapping, batch.dataset.table)
    if not upload.data.is_file():
        raise ImportRefusal(
            f"The file of import {batch.pk} is no longer kept, so it cannot be run again: import it anew."
        )
    version = None if same_mapping else _newest(batch.mapping_version)
    return receive_file(
        workspace=batch.workspace,
        table=batch.dataset.table,
        source=upload.data,
        file_name=batch.file_name,
        mapping=version.mapping if version else batch.mapping,
        by=by,
        lookup_files=upload.lookups(before),
        mode=batch.mode,
        replaces=way_of_import(batch).replaces,
        complete_until=batch.complete_until,
        repairs=repairs if repairs is not None else Repairs.parse(batch.repairs),
        mapping_version=version or batch.mapping_version,
        feed=batch.source,
        reruns=batch,
    )


def end_live(batch: Import) -> bool:
    """Inside the transaction that has moved the head: the import counts no longer. False if it did not count."""
    ended = LiveBatch.objects.select_for_update().filter(batch=batch, live_to__isnull=True).first()
    if ended is None:
        return False
    ended.live_to = max(timezone.now(), ended.live_from)
    ended.save(update_fields=["live_to"])
    _set_state(batch, Import.State.UNDONE)
    return True


def _newest(version: MappingVersion | None) -> MappingVersion | None:
    return version.saved.versions.order_by("-number").first() if version else None


def _set_state(batch: Import, state: Import.State) -> None:
    batch.state = state
    batch.save(update_fields=["state"])
