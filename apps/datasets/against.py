"""What a file is compared with before it comes in: the rows that count, those it takes the place of, what comes after.

Read again before each attempt to commit, because the head of the table may have moved meanwhile.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.datasets.known import known_of
from apps.datasets.models import Dataset, Import, Source
from apps.datasets.modes import Way, way_of_import
from apps.datasets.places import Placed, placed_of
from apps.datasets.queries import snapshot, stored_rows
from apps.datasets.repairs import Repairs
from apps.datasets.staging import Stage
from apps.datasets.store import Snapshot
from apps.datasets.store.batches import Later
from apps.datasets.uploads import file_checksum, upload_of
from apps.datasets.warnings import Known
from apps.people.models import Workspace


@dataclass(frozen=True)
class Against:
    """`live` are the rows that count now; `earlier` every row ever committed before the place of the file, also of
    undone imports: one that is brought back must find itself replaced. `later` are the imports after that place.

    `old` holds the rows of the import that is run again, and `old_numbers` says which counts in its place.
    `repeated`: the same file is in already, where keys are not compared.
    """

    way: Way
    live: Snapshot
    earlier: Snapshot
    later: tuple[Later, ...] = ()
    repeated: bool = False
    old: Snapshot | None = None
    old_numbers: tuple[int, ...] = ()
    reruns: int | None = None
    known: Known = field(default_factory=Known)


def against(
    workspace: Workspace,
    table: str,
    staged: Stage,
    way: Way,
    file: Path,
    repairs: Repairs,
    reruns: Import | None = None,
    feed: Source | None = None,
) -> Against:
    """For a file that comes in last, or in the place of the import that it runs again."""
    live = snapshot(workspace=workspace, table=table)
    dataset = Dataset.objects.filter(workspace=workspace, table=table).first()
    placed = placed_of(dataset) if dataset else []
    place = next((each.place for each in placed if reruns and each.batch.pk == reruns.pk), None)
    before = [each for each in placed if place is None or each.place < place]
    old = [each for each in placed if each.place == place]
    counting = [each for each in old if each.batch.pk in live.batches]
    return Against(
        way=way,
        live=live,
        earlier=stored_rows(workspace, table, before),
        later=tuple(_later(each, workspace, table) for each in placed if place is not None and each.place > place),
        repeated=dataset is not None and reruns is None and _is_live(dataset, staged, way, file, repairs),
        old=stored_rows(workspace, table, counting or old[-1:]) if reruns else None,
        old_numbers=tuple(each.batch.pk for each in counting),
        reruns=reruns.pk if reruns else None,
        known=known_of(workspace, table, feed),
    )


def against_import(batch: Import, staged: Stage) -> Against:
    """For a received file."""
    way, table = way_of_import(batch), batch.dataset.table
    upload = upload_of(batch)
    repairs = Repairs.parse(batch.repairs)
    return against(batch.workspace, table, staged, way, upload.data, repairs, batch.reruns, batch.source)


def _later(placed: Placed, workspace: Workspace, table: str) -> Later:
    """What a later import takes of the rows of one that gets a place before it."""
    way = way_of_import(placed.batch)
    by_key = way.mode != Import.Mode.APPEND
    return Later(
        batch=placed.batch.pk,
        rows=stored_rows(workspace, table, [placed]),
        key=placed.key if by_key else (),
        replaces=way.replaces if placed.moves_rows else None,
    )


def _is_live(dataset: Dataset, staged: Stage, way: Way, file: Path, repairs: Repairs) -> bool:
    """Whether a live import has brought exactly this file, read in the same way, where rows are only added."""
    if way.mode != Import.Mode.APPEND:
        return False
    checksum = file_checksum(file)
    same = Import.objects.filter(dataset=dataset, checksum=checksum, live_times__live_to__isnull=True)
    added = same.filter(live_times__isnull=False).exclude(mode=Import.Mode.REPLACE)  # which refuses what lies outside
    return any(_same_reading(other, staged, repairs) for other in added)


def _same_reading(other: Import, staged: Stage, repairs: Repairs) -> bool:
    if _without_mode(other.mapping) != _without_mode(staged.plan.as_json()) or other.repairs != repairs.as_json():
        return False
    before = upload_of(other)
    return all(
        before.lookup(number).is_file() and file_checksum(before.lookup(number)) == file_checksum(each.origin)
        for number, each in enumerate(lookup.source for lookup in staged.plan.lookups)
    )


def _without_mode(mapping: AnyMapping[str, Any]) -> dict[str, Any]:
    """What a file is read into does not depend on how it joins the rest."""
    return {part: said for part, said in mapping.items() if part != "mode"}
