"""Reads about imports, and the snapshots from which everything is computed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.datasets.listing import LISTED, Listed, listed, own_columns
from apps.datasets.models import Import, LiveBatch
from apps.datasets.places import Placed
from apps.datasets.schema import TABLES
from apps.datasets.store import Layout, Rate, Snapshot
from apps.datasets.store.snapshot import open_for_reading
from apps.datasets.warehouse.tables import in_use, snapshots_in_place
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


def snapshots(
    *, workspace: Workspace, tables: Iterable[str], as_of: datetime | None = None, there_as_now: bool = False
) -> dict[str, Snapshot]:
    """The same for several tables with two queries, and one more each where rows were packed or imports run again.

    Of a table that is used in a warehouse it is the one there; Refusal as of a day of which it does not tell, unless it
    may be taken as it is now (`there_as_now`).
    """
    made = {table: _snapshot(workspace, table, each) for table, each in live_list(workspace, tables, as_of).items()}
    return _with_rates(workspace, made, as_of) | snapshots_in_place(workspace, made, None if there_as_now else as_of)


def live_list(workspace: Workspace, tables: Iterable[str], as_of: datetime | None = None) -> dict[str, list[Listed]]:
    """The imports that count, now or at `as_of`, by table."""
    wanted = list(tables)
    live = Q(live_to__isnull=True)
    if as_of is not None:
        live = Q(live_from__lte=as_of) & (live | Q(live_to__gt=as_of))
    found: dict[str, list[Listed]] = {table: [] for table in wanted}
    rows = LiveBatch.objects.filter(live, dataset__workspace=workspace, dataset__table__in=wanted)
    for row in rows.order_by("batch_id").values("dataset__table", *LISTED):
        found[str(row["dataset__table"])].append(listed(row))
    return found


def snapshot_as_listed(workspace: Workspace, table: str, live: Sequence[Listed]) -> Snapshot:
    """What would count if exactly these imports did."""
    return _with_rates(workspace, {table: _snapshot(workspace, table, live)}, None)[table]


def _with_rates(workspace: Workspace, made: dict[str, Snapshot], as_of: datetime | None) -> dict[str, Snapshot]:
    """The snapshots, knowing what foreign money in them is worth."""
    if not any(each.foreign for each in made.values()):
        return made
    rates = tuple(Rate(each.currency, each.valid_from, each.rate) for each in rates_of(workspace, as_of))
    return {table: replace(each, rates=rates) for table, each in made.items()}


def stored_rows(workspace: Workspace, table: str, placed: Iterable[Placed]) -> Snapshot:
    """All rows of these imports as they came, whether they count or have been replaced."""
    chosen = [Listed.of(each.batch) for each in placed]
    return replace(_snapshot(workspace, table, chosen), superseded_files=())


def _snapshot(workspace: Workspace, table: str, live: Sequence[Listed]) -> Snapshot:
    layout = layout_of(workspace, table)
    batches = tuple(each.batch for each in live)
    own = dict.fromkeys(name for each in live for name in own_columns(table, each.mapping))
    replacing = [each for each in live if each.replaces]
    return Snapshot(
        table=table,
        row_files=tuple(dict.fromkeys(each.rows_in(layout) for each in live)),
        superseded_files=tuple(dict.fromkeys(each.superseded_in(layout) for each in replacing)),
        batches=batches,
        absent=_absent(workspace, table, live),
        columns=(*TABLES[table].names, *own),
        covers_from=min((each.covers_from for each in live if each.covers_from), default=None),
        complete_through=max((each.covers_to for each in live if each.covers_to), default=None),
        threads=settings.ENGINE_THREADS,
        memory=settings.ENGINE_MEMORY,
        currencies=tuple(sorted({code for each in live for code in each.currencies})),
        currency=workspace.currency,
    )


def _absent(workspace: Workspace, table: str, live: Sequence[Listed]) -> tuple[int, ...]:
    """The imports that were ever live and are not on this list, if files of the list may speak of them."""
    if not any(each.needs_others for each in live):
        return ()
    ever = LiveBatch.objects.filter(dataset__workspace=workspace, dataset__table=table)
    return tuple(sorted({*ever.values_list("batch_id", flat=True)} - {each.batch for each in live}))


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


def layout_of(workspace: Workspace, table: str) -> Layout:
    return Layout(Path(settings.DATA_DIR), workspace.pk, table)


def rejects_path(batch: Import) -> Path:
    return Path(settings.DATA_DIR) / "rejects" / f"{batch.pk}.csv"


def has_data(workspace: Workspace) -> bool:
    """Whether any import, or a table of a warehouse, is in use."""
    live = LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
    return live.exists() or in_use(workspace).exists()
