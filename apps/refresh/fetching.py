"""A source fetched in the background: its file becomes an import like any other, or nothing is new, or why not.

A worker may die at any moment of it. What was fetched is received under a key made of the source's state, so whoever
does it again finds the import that is already there; state and record move in one transaction, behind the fence.
"""

import logging
import traceback
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from apps.common.errors import Refusal
from apps.datasets.models import Fetch, Import, Source
from apps.datasets.services import receive_file
from apps.datasets.services import sources as services
from apps.datasets.sources import listing
from apps.datasets.sources.fetch import fetch
from apps.datasets.sources.kinds import Answer, Found
from apps.datasets.uploads import file_checksum, workbench
from apps.people.models import Member
from apps.refresh.bell import ring
from apps.refresh.errors import LeaseLost
from apps.refresh.lease import Lease
from apps.refresh.models import Run

logger = logging.getLogger(__name__)
UNEXPECTED = "Something unexpected went wrong. Whoever runs this installation finds the reason in the worker's log."
AT_ONCE = 200  # sources asked for on one tick


def request_fetch(*, source: Source, by: Member | None) -> Run | None:
    """Have a source fetched in the background; None if it is being fetched, or its last file still comes in."""
    if source.kind == Source.Kind.PUSH or listing.has_import_under_way(source):
        return None
    try:
        with transaction.atomic():
            run = Run.objects.create(
                workspace_id=source.workspace_id, kind=Run.Kind.FETCH, source=source, requested_by=by
            )
    except IntegrityError:  # the constraint "one_fetch_a_source_at_a_time"
        return None
    transaction.on_commit(lambda: ring(run.pk))
    return run


def fetch_due(*, now: datetime) -> None:
    """On each tick: say which sources are late, and ask for those that are due."""
    services.note_lateness(now=now)
    for source in listing.due_sources(now)[:AT_ONCE]:
        request_fetch(source=source, by=None)


def continue_source(*, import_id: int) -> None:
    """After an import: note how it went with its source, and go on at once if another file waits behind it."""
    batch = Import.objects.get(pk=import_id)
    if batch.source_id is None:
        return
    now = timezone.now()
    services.import_ended(batch=batch)
    source = listing.due_sources(now).filter(pk=batch.source_id).first()
    if source is not None:
        request_fetch(source=source, by=None)


def fetch_source(run: Run, lease: Lease) -> None:
    """The work of a run of kind FETCH."""
    assert run.source_id is not None
    source = Source.objects.select_related("workspace", "saved_mapping", "created_by").get(pk=run.source_id)
    with transaction.atomic():
        lease.fence()
        attempt = services.begin_fetch(source=source, now=timezone.now())
    with workbench() as folder:
        try:
            _fetch(run, lease, source, attempt, folder)
        except Refusal as refusal:
            _fail(lease, attempt, refusal.sentence)
        except (LeaseLost, OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Without the text of the error: it may hold an address with its credentials.
            places = "".join(traceback.format_tb(error.__traceback__))
            logger.error("Fetch of source %s failed with %s.\n%s", source.pk, type(error).__name__, places)
            _fail(lease, attempt, UNEXPECTED)


def _fetch(run: Run, lease: Lease, source: Source, attempt: Fetch, folder: Path) -> None:
    lease.progress("Asking the source")
    answer = fetch(listing.asked_of(source, folder=folder, now=timezone.now(), progress=lease.progress))
    batch = _receive(source, answer, run.requested_by) if isinstance(answer, Found) else None
    with transaction.atomic():
        lease.fence()
        now = timezone.now()
        if isinstance(answer, Found) and batch is not None:
            state = {**answer.state, "taken_in": source.state.get("taken_in", 0) + 1}
            services.fetch_brought(fetch=attempt, batch=batch, state=state, more=answer.more, now=now)
            _request_import(batch, run.requested_by)
        elif not isinstance(answer, Found):
            services.fetch_found_nothing(
                fetch=attempt, state=answer.state, sentence=answer.sentence, soon=answer.soon, now=now
            )
        lease.end(Run.State.DONE, result={"state": attempt.state, "import": batch.pk if batch else None})


def _receive(source: Source, answer: Answer, by: Member | None) -> Import:
    assert isinstance(answer, Found)
    mapping, version = listing.mapping_of(source)
    if answer.reading:
        mapping = {**mapping, "reading": answer.reading}
    checksum = file_checksum(answer.path)
    return receive_file(
        workspace=source.workspace,
        table=source.table,
        source=answer.path,
        file_name=answer.name,
        mapping=mapping,
        by=by or source.created_by,
        mode=source.mode,
        mapping_version=version,
        feed=source,
        idempotency_key=f"source-{source.pk}-{source.state.get('taken_in', 0)}-{checksum[:40]}",
    )


def _request_import(batch: Import, by: Member | None) -> None:
    from apps.refresh.services import request_import  # it knows the kinds of work, this one among them

    request_import(batch=batch, by=by)


def _fail(lease: Lease, attempt: Fetch, sentence: str) -> None:
    with transaction.atomic():
        lease.fence()
        services.fetch_failed(fetch=attempt, sentence=sentence, now=timezone.now())
        lease.end(Run.State.FAILED, error=sentence)
