"""Reading sources. Everything starts from the workspace."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from apps.datasets.models import Import, MappingVersion, Source
from apps.datasets.sources import cadence
from apps.datasets.sources.kinds import Asked
from apps.datasets.sources.secrets import decrypt
from apps.people.models import Workspace
from apps.people.queries import calendar_of

UNFINISHED = (Import.State.WAITING, Import.State.RUNNING)


def sources_of(workspace: Workspace) -> QuerySet[Source]:
    return Source.objects.filter(workspace=workspace, removed_at__isnull=True)


def source_for(workspace: Workspace, pk: int) -> Source:
    """A source of this workspace, also a removed one; Source.DoesNotExist for any other."""
    return Source.objects.select_related("workspace", "saved_mapping").get(workspace=workspace, pk=pk)


def due_sources(now: datetime) -> QuerySet[Source]:
    """Those to be fetched now. One import at a time: a later file must not be overtaken by an earlier one."""
    under_way = Import.objects.filter(source=OuterRef("pk"), state__in=UNFINISHED)
    return (
        Source.objects.filter(next_run_at__lte=now, removed_at__isnull=True, paused_at__isnull=True)
        .exclude(kind=Source.Kind.PUSH)
        .filter(~Exists(under_way))
        .order_by("next_run_at")
    )


def has_import_under_way(source: Source) -> bool:
    return source.imports.filter(state__in=UNFINISHED).exists()


def due_after(source: Source, moment: datetime) -> datetime:
    workspace = source.workspace
    return cadence.due_after(source, moment, ZoneInfo(workspace.timezone), calendar_of(workspace))


def mapping_of(source: Source) -> tuple[dict[str, Any], MappingVersion | None]:
    """What its files are read with: the newest version of the saved mapping it names, else its own."""
    version = source.saved_mapping.versions.first() if source.saved_mapping_id and source.saved_mapping else None
    return (dict(version.mapping), version) if version else (dict(source.mapping), None)


def root_of(workspace: Workspace) -> Path:
    """Where watched folders and database files of a workspace lie; no other workspace has the same."""
    return Path(settings.SOURCES_FOLDER) / workspace.slug


def asked_of(source: Source, *, folder: Path, now: datetime, **options: Any) -> Asked:
    """What a fetch of the source asks for. Its credentials are open in here only."""
    return Asked(
        kind=source.kind,
        config=source.config,
        secret=decrypt(source.secret),
        state=source.state,
        allow_private=source.allow_private,
        folder=folder,
        root=root_of(source.workspace),
        now=now,
        limit=settings.UPLOAD_MAX_BYTES,
        max_rows=settings.SOURCES_MAX_ROWS,
        mode=source.mode,
        **options,
    )
