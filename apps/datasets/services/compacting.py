"""Merging the small files of a table, beside whoever reads and writes it."""

import uuid
from collections.abc import Callable
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.datasets.full import told_when_full
from apps.datasets.models import Dataset, Import, LiveBatch, Pack
from apps.datasets.queries import layout_of
from apps.datasets.schema import TABLES
from apps.datasets.store import Layout, connect
from apps.datasets.store.compaction import Part, columns_of, groups_of, rows_of, write_pack
from apps.datasets.store.layout import publish
from apps.datasets.uploads import workbench


def compact(*, dataset: Dataset, fence: Callable[[], None] = lambda: None) -> list[Pack]:
    """Merge the small files of the live imports of one table where there are many; returns the new packs.

    Safe at any moment: no list of live imports changes, readers and writers keep using the old files, which
    sweep_orphans removes a day after they were merged. Of two at once one wins each group, the other leaves it.
    fence() is called inside each transaction and raises if the caller may no longer write.
    """
    layout = layout_of(dataset.workspace, dataset.table)
    with workbench() as folder, told_when_full():
        con = connect(
            threads=settings.ENGINE_THREADS,
            memory=settings.ENGINE_MEMORY,
            directories=[folder, layout.folder],
            spill=folder / "spill",
        )
        with con:
            groups = groups_of(_parts(dataset, layout, con))
            made = [_written(dataset, layout, folder, group, con, fence) for group in groups]
    return [pack for pack in made if pack]


def _parts(dataset: Dataset, layout: Layout, con: duckdb.DuckDBPyConnection) -> list[Part]:
    """The files of the imports that count now. A pack also holds imports that no longer do: it is taken whole."""
    live = LiveBatch.objects.filter(dataset=dataset, live_to__isnull=True).values_list("batch_id", flat=True)
    alone = Import.objects.filter(pk__in=list(live), pack=None)
    packs = Pack.objects.filter(dataset=dataset, members__in=list(live)).distinct()
    own = [
        (layout.rows(batch.pk), layout.superseded(batch.pk) if batch.rows_superseded else None, (batch.pk,))
        for batch in alone
    ]
    packed = [
        (
            layout.pack(pack.name),
            layout.pack_superseded(pack.name) if pack.superseded else None,
            tuple(pack.members.order_by("pk").values_list("pk", flat=True)),
        )
        for pack in packs
    ]
    return [
        Part(rows, superseded, batches, rows_of(con, rows), columns_of(con, rows))
        for rows, superseded, batches in [*own, *packed]
    ]


def _written(
    dataset: Dataset, layout: Layout, folder: Path, parts: list[Part], con: duckdb.DuckDBPyConnection,
    fence: Callable[[], None],
) -> Pack | None:  # fmt: skip
    """Write one pack in the working folder, then make it count in one short transaction.

    None, and nothing changed, if another compaction has taken one of the parts meanwhile.
    """
    pack = Pack(
        dataset=dataset, name=uuid.uuid4().hex, rows=sum(each.rows for each in parts), created_at=timezone.now()
    )
    rows, superseded = folder / f"{pack.name}.rows", folder / f"{pack.name}.superseded"
    pack.superseded = write_pack(con, parts, TABLES[dataset.table].main_date, rows, superseded)
    batches = [batch for part in parts for batch in part.batches]
    before = {each.rows_file.stem for each in parts}
    with transaction.atomic():
        fence()
        found = Import.objects.select_for_update().filter(pk__in=batches).order_by("pk").select_related(None)
        names = dict(Pack.objects.filter(dataset=dataset).values_list("pk", "name"))
        if any((names[each.pack_id] if each.pack_id else str(each.pk)) not in before for each in found):
            return None
        pack.save()
        publish(rows, layout.pack(pack.name))
        if pack.superseded:
            publish(superseded, layout.pack_superseded(pack.name))
        Import.objects.filter(pk__in=batches).update(pack=pack)
        emptied = Pack.objects.filter(dataset=dataset, name__in=before)
        emptied.update(replaced_at=timezone.now())
    return pack
