"""Reads about imports, and the snapshots from which everything is computed."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.datasets.models import Dataset, Import, LiveBatch
from apps.datasets.schema import TABLES
from apps.datasets.store import Layout, Rate, Snapshot
from apps.datasets.store.snapshot import open_for_reading
from apps.people.models import Workspace
from apps.people.queries import rates_of


def imports_of(workspace: Workspace) -> QuerySet[Import]:
    """The imports of a workspace, newest first, with table and importer."""
    return Import.objects.filter(workspace=workspace).select_related("dataset", "created_by")


def import_for(workspace: Workspace, pk: int) -> Import:
    """One import of this workspace; Import.DoesNotExist for one of another."""
    return imports_of(workspace).get(pk=pk)


def snapshot(*, workspace: Workspace, table: str, as_of: datetime | None = None) -> Snapshot:
    """The live rows of one table, now or as known at `as_of`."""
    return snapshots(workspace=workspace, tables=[table], as_of=as_of)[table]


def snapshots(*, workspace: Workspace, tables: Iterable[str], as_of: datetime | None = None) -> dict[str, Snapshot]:
    """The same for several tables with one query."""
    wanted = list(tables)
    live = Q(live_to__isnull=True)
    if as_of is not None:
        live = Q(live_from__lte=as_of) & (live | Q(live_to__gt=as_of))
    found: dict[str, list[AnyMapping[str, Any]]] = {table: [] for table in wanted}
    rows = LiveBatch.objects.filter(live, dataset__workspace=workspace, dataset__table__in=wanted)
    for row in rows.order_by("batch_id").values(
        "dataset__table",
        "batch_id",
        "batch__mapping",
        "batch__rows_superseded",
        "batch__covers_from",
        "batch__covers_to",
        "batch__currencies",
    ):
        found[str(row["dataset__table"])].append({**row})
    made = {table: _snapshot(workspace, table, live_rows) for table, live_rows in found.items()}
    if not any(each.foreign for each in made.values()):
        return made
    rates = tuple(Rate(each.currency, each.valid_from, each.rate) for each in rates_of(workspace, as_of))
    return {table: replace(each, rates=rates) for table, each in made.items()}


def _snapshot(workspace: Workspace, table: str, live: list[AnyMapping[str, Any]]) -> Snapshot:
    layout = layout_of(workspace, table)
    own = dict.fromkeys(name for row in live for name in own_columns(table, row["batch__mapping"]))
    starts = [row["batch__covers_from"] for row in live if row["batch__covers_from"]]
    ends = [row["batch__covers_to"] for row in live if row["batch__covers_to"]]
    return Snapshot(
        table=table,
        row_files=tuple(layout.rows(row["batch_id"]) for row in live),
        superseded_files=tuple(layout.superseded(row["batch_id"]) for row in live if row["batch__rows_superseded"]),
        batches=tuple(row["batch_id"] for row in live),
        columns=(*TABLES[table].names, *own),
        covers_from=min(starts, default=None),
        complete_through=max(ends, default=None),
        threads=settings.ENGINE_THREADS,
        memory=settings.ENGINE_MEMORY,
        currencies=tuple(sorted({code for row in live for code in row["batch__currencies"]})),
        currency=workspace.currency,
    )


def unconverted(snapshots: Iterable[Snapshot]) -> dict[str, int]:
    """How many rows are left out of money, by the currency that has no rate on their day; most first.

    Costs nothing without foreign currencies, else a scan of their column.
    """
    found: Counter[str] = Counter()
    for each in snapshots:
        if each.foreign and not each.is_empty:
            with open_for_reading([each]) as con:
                rows = f"SELECT currency, count(*) FROM ({each.counted_sql()}) WHERE _unconverted GROUP BY 1"  # noqa: S608
                found.update(dict(con.execute(rows).fetchall()))
    return dict(found.most_common())


def unconverted_told(snapshots: Iterable[Snapshot]) -> list[str]:
    """A sentence for each currency without a rate."""
    return [
        f"{rows:,} {'row' if rows == 1 else 'rows'} in {code} {'is' if rows == 1 else 'are'} left out of all amounts: "
        f"there is no exchange rate for {code} on {'its day' if rows == 1 else 'their days'}."
        for code, rows in unconverted(snapshots).items()
    ]


def own_columns(table: str, mapping: dict[str, Any]) -> list[str]:
    """The workspace's own columns that an import brought, from its completed mapping."""
    names = [*mapping.get("columns", {}), *mapping.get("constants", {}), *mapping.get("computed", {})]
    for lookup in mapping.get("lookups", []):
        names += lookup["columns"]
    return [name for name in dict.fromkeys(names) if not TABLES[table].has(name)]


def layout_of(workspace: Workspace, table: str) -> Layout:
    return Layout(Path(settings.DATA_DIR), workspace.pk, table)


def committed_files(dataset: Dataset) -> list[Path]:
    """The row files of every batch that was ever live, also of those undone since, in the order of commit."""
    layout = layout_of(dataset.workspace, dataset.table)
    ids = LiveBatch.objects.filter(dataset=dataset).values_list("batch_id", flat=True)
    return [layout.rows(batch) for batch in dict.fromkeys(ids.order_by("id"))]


def rejects_path(batch: Import) -> Path:
    return Path(settings.DATA_DIR) / "rejects" / f"{batch.pk}.csv"


def has_data(workspace: Workspace) -> bool:
    """Whether any import is in use."""
    return LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True).exists()
