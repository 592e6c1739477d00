"""A file on its way in: kept, looked at, and forgotten again if nobody has begun with it."""

from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction

from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.models import Dataset, Import, MappingVersion, Source
from apps.datasets.modes import Days, way_of
from apps.datasets.repairs import Repairs
from apps.datasets.services.recording import audit
from apps.datasets.staging import plan_for
from apps.datasets.uploads import keep, upload_of, workbench
from apps.datasets.warehouse.tables import refuse_import
from apps.people.models import Member, Workspace


def receive_file(
    *,
    workspace: Workspace,
    table: str,
    source: Path | BinaryIO,
    file_name: str,
    mapping: AnyMapping[str, Any] | None,
    by: Member | None,
    lookup_files: AnyMapping[str, Path] | None = None,
    mode: str | None = None,
    replaces: Days | None = None,
    complete_until: date | None = None,
    repairs: Repairs | AnyMapping[str, Any] | None = None,
    mapping_version: MappingVersion | None = None,
    feed: Source | None = None,
    idempotency_key: str = "",
    reruns: Import | None = None,
    checksum: str = "",
    tried: str = "",
) -> Import:
    """Keep a file (and the lookups its mapping names) for import, after a look at its header.

    lookup_files: where each lookup is, by the name the mapping gives it; no other path of a mapping is ever opened.
    mode, replaces (half-open): how its rows join those there (modes.py); without a mode what the mapping says.
    complete_until: the last day for which whoever sends it says that nothing is missing.
    idempotency_key: the same key again gives the import that it gave before. checksum: SHA-256 that the sender tells;
    a file that is not what it says has not arrived whole.
    tried: SHA-256 of a file of our own that was tried with exactly this mapping: it is neither copied nor read again.
    Refusal, and nothing kept, if table, mapping, mode or headers do not fit.
    """
    if idempotency_key and (known := _pushed(workspace, idempotency_key)):
        return known
    refuse_import(workspace, table)
    parsed = parse(mapping, table)
    way = way_of(mode, replaces, parsed, complete_until=complete_until)
    put_right = repairs if isinstance(repairs, Repairs) else Repairs.parse(repairs)
    name = Path(file_name).name[:255] or "file"
    upload = keep(workspace.pk, source, parsed, lookup_files or {}, checksum=checksum, known=tried)
    try:
        if not tried:
            with workbench() as folder:
                plan_for(upload.data, name, table, mapping, upload.lookups(parsed), folder)
        with transaction.atomic():
            dataset, _ = Dataset.objects.get_or_create(workspace=workspace, table=table)
            batch = Import.objects.create(
                workspace=workspace,
                dataset=dataset,
                file_name=name,
                stored_path=upload.relative,
                checksum=upload.checksum,
                size=upload.size,
                mapping=dict(mapping or {}),
                mode=way.mode,
                replaces_from=way.replaces[0] if way.replaces else None,
                replaces_to=way.replaces[1] if way.replaces else None,
                complete_until=complete_until,
                repairs=put_right.as_json(),
                mapping_version=mapping_version,
                source=feed,
                reruns=reruns,
                idempotency_key=idempotency_key,
                created_by=by,
            )
            audit(batch, by, "import.receive", {}, {"table": table, "file": name, "checksum": upload.checksum})
    except IntegrityError:
        upload.discard()
        if idempotency_key and (known := _pushed(workspace, idempotency_key)):
            return known  # sent twice at once
        raise
    except BaseException:
        upload.discard()
        raise
    return batch


def _pushed(workspace: Workspace, key: str) -> Import | None:
    return Import.objects.filter(workspace=workspace, idempotency_key=key).first()


def withdraw_import(*, batch: Import) -> None:
    """Forget a received file that nobody has begun to import, as if it had not been sent."""
    with transaction.atomic():
        upload, number = upload_of(batch), batch.pk
        deleted, _ = Import.objects.filter(pk=number, state=Import.State.WAITING).delete()
        if not deleted:
            raise ImportRefusal(f"Import {number} has begun, so it cannot be withdrawn.")
        audit(batch, batch.created_by, "import.withdraw", {"file": batch.file_name}, {})
    upload.discard()
