"""Sources: set up, changed, paused, removed, and what became of each fetch. No credential is ever audited."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.audit.services import record
from apps.common.errors import Refusal
from apps.datasets.mapping import parse
from apps.datasets.models import Fetch, Import, Source
from apps.datasets.schema import TABLES
from apps.datasets.sources import cadence
from apps.datasets.sources.checking import checked, kept_for
from apps.datasets.sources.listing import due_after
from apps.datasets.sources.secrets import decrypt, encrypt
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.queries import calendar_of
from apps.people.roles import Permission

ONLY_MANAGERS = "Only somebody who may manage the workspace can allow addresses inside the private network."
TAKEN = "There is a source of this name already. Choose another name."
STOPPED = "The worker stopped in the middle; the fetch was begun again."
# Kinds into which somebody else puts files: as long as nothing comes, nothing is known to be new.
DELIVERED = (Source.Kind.FOLDER, Source.Kind.S3, Source.Kind.PUSH)
_TOLD = ("name", "kind", "table", "mode", "config", "allow_private", "cadence", "weekday", "grace_hours")


class Wishes(TypedDict, total=False):
    """What a source is to be. `secret` only replaces: what it leaves out stays."""

    name: str
    kind: str
    table: str
    mapping: dict[str, Any]
    saved_mapping: Any
    mode: str
    config: dict[str, Any]
    secret: Mapping[str, str]
    allow_private: bool
    cadence: str
    at: Any
    weekday: int | None
    grace_hours: int


def create_source(*, workspace: Workspace, by: Member | None, wishes: Wishes, now: datetime) -> Source:
    """Refusal if the name is taken, or its kind is asked for something it cannot do."""
    source = Source(workspace=workspace, created_by=by)
    fill(source, wishes, by)
    source.next_run_at = now  # the first fetch shows at once whether it works
    _save(source)
    _audit(source, by, "source.create", {}, _told(source))
    return source


def change_source(*, source: Source, by: Member | None, wishes: Wishes, now: datetime) -> Source:
    """Another place to fetch from begins anew: what was known of the old one no longer counts."""
    before, place = _told(source), (source.kind, source.config, source.mode)
    fill(source, wishes, by)
    if place != (source.kind, source.config, source.mode):
        source.state = {}
    source.failures, source.last_error = 0, ""
    source.next_run_at = now
    _save(source)
    after = _told(source) | ({"credentials": "replaced"} if any(wishes.get("secret", {}).values()) else {})
    _audit(source, by, "source.change", before, after)
    return source


def fill(source: Source, wishes: Wishes, by: Member | None) -> None:
    """Give the source what is wished, checked and with its credentials encrypted; nothing is stored."""
    if wishes.get("allow_private") and not source.allow_private and by and not can(by, Permission.MANAGE_WORKSPACE):
        raise Refusal(ONLY_MANAGERS)
    kind, config = source.kind, source.config
    for name, value in wishes.items():
        if name != "secret":
            setattr(source, name, value)
    if source.table not in TABLES:
        raise Refusal(f"There is no table {source.table}.")
    if source.mode not in (Import.Mode.UPSERT, Import.Mode.APPEND):
        raise Refusal("A source updates by key or adds all rows; replacing a period is for single imports.")
    parse(source.mapping, source.table)
    given = {name: value for name, value in wishes.get("secret", {}).items() if value}
    kept = kept_for(kind, config, source.config, decrypt(source.secret)) if source.kind == kind and config else {}
    source.config, secret = checked(source.kind, source.config, kept | given)
    source.secret = encrypt(secret)


def _save(source: Source) -> None:
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError:
        raise Refusal(TAKEN) from None


def pause_source(*, source: Source, by: Member | None, now: datetime) -> None:
    """Numbers do not wait for a source that nobody wants to come."""
    source.paused_at = source.paused_at or now
    source.late_since = None
    _write(source, by, "source.pause", "paused_at", "late_since")


def resume_source(*, source: Source, by: Member | None, now: datetime) -> None:
    source.paused_at, source.next_run_at, source.failures = None, now, 0
    _write(source, by, "source.resume", "paused_at", "next_run_at", "failures")


def remove_source(*, source: Source, by: Member | None, now: datetime) -> None:
    """Its imports and its history stay; it can be brought back."""
    source.removed_at = source.removed_at or now
    source.late_since = None
    _write(source, by, "source.remove", "removed_at", "late_since")


def restore_source(*, source: Source, by: Member | None, now: datetime) -> None:
    source.removed_at, source.next_run_at = None, now
    try:
        with transaction.atomic():
            _write(source, by, "source.restore", "removed_at", "next_run_at")
    except IntegrityError:
        raise Refusal(TAKEN) from None


# --- fetching ----------------------------------------------------------------------------------------------------


def begin_fetch(*, source: Source, now: datetime) -> Fetch:
    """Open the record of an attempt; one that a killed worker left open is closed."""
    with transaction.atomic():
        left = Fetch.objects.filter(source=source, state=Fetch.State.RUNNING)
        left.update(state=Fetch.State.FAILED, sentence=STOPPED, finished_at=now)
        Source.objects.filter(pk=source.pk).update(next_run_at=due_after(source, now))
        return Fetch.objects.create(source=source)


def fetch_brought(*, fetch: Fetch, batch: Import, state: dict[str, Any], more: bool, now: datetime) -> None:
    """A new file was received. Whether it could be imported is told by `import_ended`."""
    source = fetch.source
    Source.objects.filter(pk=source.pk).update(state=state, next_run_at=now if more else due_after(source, now))
    _end(fetch, Fetch.State.IMPORTED, f"“{batch.file_name}” was taken in as import {batch.pk}.", now, batch)


def fetch_found_nothing(*, fetch: Fetch, state: dict[str, Any], sentence: str, soon: bool, now: datetime) -> None:
    """The source answered. Whether that makes the data fresh depends on its kind."""
    source = fetch.source
    fresh = source.kind not in DELIVERED
    values: dict[str, Any] = {"state": state, "next_run_at": due_after(source, now)}
    if soon:
        values["next_run_at"] = min(now + timedelta(minutes=1), values["next_run_at"])
    if not _last_import_failed(source):
        values |= {"failures": 0, "last_error": ""} | ({"last_success_at": now} if fresh else {})
    Source.objects.filter(pk=source.pk).update(**values)
    _end(fetch, Fetch.State.NOTHING_NEW, sentence, now)


def fetch_failed(*, fetch: Fetch, sentence: str, now: datetime) -> None:
    source = fetch.source
    failures = min(Source.objects.values_list("failures", flat=True).get(pk=source.pk) + 1, 30_000)
    Source.objects.filter(pk=source.pk).update(
        failures=failures,
        last_error=sentence,
        next_run_at=cadence.retry_at(failures, now, due_after(source, now)),
    )
    _end(fetch, Fetch.State.FAILED, sentence, now)


def import_ended(*, batch: Import) -> None:
    """What a source has brought was imported, or could not be. Saying it again changes nothing."""
    if batch.source_id is None:
        return
    if batch.state in (Import.State.COMMITTED, Import.State.UNCHANGED):
        fresher = Q(last_success_at__isnull=True) | Q(last_success_at__lt=batch.finished_at)
        Source.objects.filter(fresher, pk=batch.source_id).update(
            last_success_at=batch.finished_at, failures=0, last_error=""
        )
        _no_longer_late(batch.source_id)
    elif batch.state in (Import.State.REFUSED, Import.State.FAILED):
        sentence = f"import {batch.pk} of “{batch.file_name}”: {batch.sentence}"
        Source.objects.filter(pk=batch.source_id).update(last_error=sentence)


def _no_longer_late(source_id: int) -> None:
    """At once, so that the recompute after the import already says so; note_lateness judges it again on each tick."""
    source = Source.objects.select_related("workspace").get(pk=source_id)
    if source.late_since is not None:
        _be_late(source, None)


def _be_late(source: Source, since: datetime | None) -> None:
    before, source.late_since = source.late_since, since
    with transaction.atomic():
        source.save(update_fields=["late_since"])
        was, told = ({"late_since": each.isoformat() if each else None} for each in (before, since))
        _audit(source, None, "source.late" if since else "source.in_time", was, told)


def note_lateness(*, now: datetime) -> None:
    """Say of every source whether it is late. A change is in the audit trail, so goals are judged again."""
    for source in Source.objects.filter(removed_at__isnull=True, paused_at__isnull=True).select_related("workspace"):
        _catch_up(source)
        workspace = source.workspace
        since = cadence.late_since(
            source,
            fresh_at=source.last_success_at or source.created_at,
            grace=timedelta(hours=source.grace_hours),
            now=now,
            zone=ZoneInfo(workspace.timezone),
            calendar=calendar_of(workspace),
        )
        if (since is None) != (source.late_since is None):
            _be_late(source, since)


def _catch_up(source: Source) -> None:
    """An import whose worker died before it could tell its source."""
    last = source.imports.filter(state__in=(Import.State.COMMITTED, Import.State.UNCHANGED)).order_by("-pk").first()
    if last and last.finished_at and (source.last_success_at is None or source.last_success_at < last.finished_at):
        import_ended(batch=last)
        source.refresh_from_db()


def _last_import_failed(source: Source) -> bool:
    """A file that could not be imported is not forgotten because nothing newer came."""
    last = source.imports.order_by("-pk").values_list("state", flat=True).first()
    return last in (Import.State.REFUSED, Import.State.FAILED)


def _end(fetch: Fetch, state: Fetch.State, sentence: str, now: datetime, batch: Import | None = None) -> None:
    fetch.state, fetch.sentence, fetch.finished_at, fetch.batch = state, sentence, now, batch
    fetch.save(update_fields=["state", "sentence", "finished_at", "batch"])


def _write(source: Source, by: Member | None, action: str, *fields: str) -> None:
    with transaction.atomic():
        source.save(update_fields=fields)
        _audit(source, by, action, {}, {"name": source.name})


def _told(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in _TOLD} | {"at": source.at.isoformat() if source.at else None}


def _audit(source: Source, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(
        workspace=source.workspace,
        actor=by.user if by else None,
        action=action,
        subject=source,
        before=before,
        after=after,
    )
