"""The warehouse tables of a workspace, and what the engine needs to compute them where they are."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from apps.common.errors import Refusal
from apps.datasets.models import WarehouseTable
from apps.datasets.schema import TABLES
from apps.datasets.store import Snapshot
from apps.datasets.store.in_place import Relation
from apps.datasets.warehouse.looking import relation_named
from apps.datasets.warehouse.mapped import Mapped
from apps.people.models import Workspace

if TYPE_CHECKING:
    from django.db.models import QuerySet

NO_HISTORY = (
    "{said} is used where it is, and a warehouse does not tell what it held earlier: it cannot be computed as of a day"
    " in the past. Import the table to look back, or see what goals kept of that day."
)


def warehouse_tables(workspace: Workspace) -> "QuerySet[WarehouseTable]":
    """All that are set up, in use or not."""
    return WarehouseTable.objects.filter(workspace=workspace, removed_at__isnull=True)


def in_use(workspace: Workspace, tables: Iterable[str] | None = None) -> "QuerySet[WarehouseTable]":
    found = warehouse_tables(workspace).filter(used_from__isnull=False)
    return found if tables is None else found.filter(table__in=list(tables))


def refuse_import(workspace: Workspace, table: str) -> None:
    """Refusal if the table is used in a warehouse: rows that are imported would not count."""
    for each in in_use(workspace, [table]):
        raise Refusal(
            f"{TABLES[table].title} are used in a warehouse, {said_of(each)}, so a file would change nothing."
            " Stop using the warehouse first."
        )


def warehouse_table_for(workspace: Workspace, pk: int) -> WarehouseTable:
    """One of this workspace; WarehouseTable.DoesNotExist for one of another, or one that was removed."""
    return warehouse_tables(workspace).get(pk=pk)


def host_of(table: WarehouseTable) -> str:
    return urlsplit(table.shown).hostname or ""


def said_of(table: WarehouseTable) -> str:
    """`sales.deals` on analytics-host."""
    return f"`{table.relation}` on {host_of(table)}" if table.relation else host_of(table)


def door_of(table: WarehouseTable) -> Callable[[], str]:
    """The address with its password, made for the moment of a connection: to a host that was judged just now."""

    def door() -> str:
        from apps.datasets.sources.secrets import decrypt
        from apps.datasets.warehouse.address import libpq_address

        return libpq_address(table.shown, decrypt(table.secret).get("password", ""), allow_private=table.allow_private)

    return door


def mapped_of(table: WarehouseTable, timezone: str) -> Mapped:
    return Mapped(TABLES[table.table], table.relation, table.columns, table.types, table.values, timezone)


def relation_of(table: WarehouseTable) -> Relation:
    """To ask it something else than its rows."""
    return relation_named(door_of(table), said_of(table))


def snapshots_in_place(
    workspace: Workspace, tables: Iterable[str], as_of: datetime | None = None
) -> dict[str, Snapshot]:
    """Of those tables that are used in place. Refusal for a state of an earlier day: a warehouse has no history."""
    found = {}
    for each in in_use(workspace, tables):
        if as_of is not None and (each.looked_at is None or as_of < each.looked_at):
            raise Refusal(NO_HISTORY.format(said=said_of(each)))
        found[each.table] = snapshot_of(workspace, each)
    return found


def snapshot_of(workspace: Workspace, table: WarehouseTable) -> Snapshot:
    mapped = mapped_of(table, workspace.timezone)
    return Snapshot(
        table=table.table,
        row_files=(),
        superseded_files=(),
        batches=(),
        columns=(*TABLES[table.table].names, *mapped.own),
        covers_from=table.covers_from,
        complete_through=table.covers_to,
        threads=settings.ENGINE_THREADS,
        memory=settings.ENGINE_MEMORY,
        currency=workspace.currency,
        in_place=relation_named(door_of(table), said_of(table), mapped.select(), mapped.table.key),
    )
