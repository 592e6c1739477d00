"""A file staged with the limits of the workspace, from wherever it lies: a received import, or a file to look at."""

from collections.abc import Mapping as AnyMapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.models import Import
from apps.datasets.modes import Way, way_of_import
from apps.datasets.queries import layout_of
from apps.datasets.repairs import Repairs
from apps.datasets.staging import Progress, Stage, plan_for, stage
from apps.datasets.store import connect
from apps.datasets.uploads import upload_of
from apps.people.models import Workspace


def stage_upload(batch: Import, today: date, folder: Path, progress: Progress) -> Stage:
    """The file of a received import, with its mapping, mode and repairs."""
    upload = upload_of(batch)
    return stage_file(
        workspace=batch.workspace,
        today=today,
        table=batch.dataset.table,
        source=upload.data,
        file_name=batch.file_name,
        mapping=batch.mapping,
        lookup_files=upload.lookups(parse(batch.mapping, batch.dataset.table)),
        way=way_of_import(batch),
        repairs=Repairs.parse(batch.repairs),
        folder=folder,
        progress=progress,
    )


def stage_file(
    *,
    workspace: Workspace,
    today: date,
    table: str,
    source: Path,
    file_name: str,
    mapping: AnyMapping[str, Any] | None,
    lookup_files: AnyMapping[str, Path],
    way: Way,
    repairs: Repairs,
    folder: Path,
    progress: Progress,
) -> Stage:
    """Working copies go to `folder`. Refusal if the file as a whole cannot be understood."""
    if way.complete_until and way.complete_until > today:
        raise ImportRefusal(
            f"The data cannot be complete until {way.complete_until}, which lies in the future: today is {today}."
        )
    opened, plan = plan_for(source, file_name, table, mapping, lookup_files, folder, progress=progress)
    columns = layout_of(workspace, table).folder
    con = connect(
        threads=settings.ENGINE_THREADS,
        memory=settings.ENGINE_MEMORY,
        directories=[folder, columns, source.parent, *(found.parent for found in lookup_files.values())],
        timezone=workspace.timezone,
        spill=folder / "spill",
        ordered=False,
        formulas=plan.has_formulas,
    )
    return stage(con, opened, plan, today=today, progress=progress, repairs=repairs, within=way.replaces)
