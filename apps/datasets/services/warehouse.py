"""Warehouse tables: connected, mapped, looked at, used and put aside. The password is never audited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.common.errors import Refusal
from apps.datasets.models import WarehouseTable
from apps.datasets.schema import TABLES
from apps.datasets.services.sources import ONLY_MANAGERS
from apps.datasets.sources.engines import read_address
from apps.datasets.sources.secrets import encrypt
from apps.datasets.warehouse import looking
from apps.datasets.warehouse.address import libpq_address
from apps.datasets.warehouse.mapped import takes
from apps.datasets.warehouse.tables import in_use, mapped_of, relation_of
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.queries import day_in
from apps.people.roles import Permission

TAKEN = "{table} of this workspace are connected to a warehouse already. Remove that connection first."
NOT_MAPPED = "Choose the relation and its columns first."


def connect_warehouse(
    *, workspace: Workspace, table: str, address: str, password: str, allow_private: bool, by: Member
) -> WarehouseTable:
    """A connection that answered, for one of our tables; nothing is computed from it yet. Refusal, NotAnswered."""
    if table not in TABLES:
        raise Refusal(f"There is no table “{table}”.")
    if allow_private and not can(by, Permission.MANAGE_WORKSPACE):
        raise Refusal(ONLY_MANAGERS)
    url = read_address(address)
    if url.password:
        raise Refusal("Put the password into its own field, not into the address: there it is kept secret.")
    shown = url.render_as_string(hide_password=True)

    def door() -> str:
        return libpq_address(shown, password, allow_private=allow_private)

    looking.check_server(looking.relation_named(door, url.host or "The database"))
    made = WarehouseTable(workspace=workspace, table=table, shown=shown[:300], allow_private=allow_private)
    made.secret, made.created_by = encrypt({"password": password}), by
    try:
        with transaction.atomic():
            made.save()
            _audit(made, by, "warehouse.connect", {}, {"table": table, "address": shown})
    except IntegrityError:
        raise Refusal(TAKEN.format(table=TABLES[table].title)) from None
    return made


def map_warehouse(
    *,
    table: WarehouseTable,
    relation: str,
    columns: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    by: Member,
    now: datetime,
) -> WarehouseTable:
    """Say which relation it is and what its columns mean; then all its rows are looked at once.

    Refusal, and nothing is changed, if relation, columns or types do not fit. A mapping that is changed while it is in
    use is out of use until somebody uses it again.
    """
    before = {"relation": table.relation, "columns": table.columns, "values": table.values}
    types = looking.columns(relation_of(table), relation)
    table.relation, table.types = relation, types
    table.columns = {field: column for field, column in columns.items() if column}
    table.values = {field: {**pairs} for field, pairs in values.items() if pairs}
    mapped_of(table, table.workspace.timezone).check()
    _look(table, now)
    table.used_from = None
    after = {"relation": relation, "columns": table.columns, "values": table.values}
    with transaction.atomic():
        table.save()
        _audit(table, by, "warehouse.map", before, after)
    return table


def use_warehouse(*, table: WarehouseTable, by: Member, now: datetime) -> WarehouseTable:
    """From now on its figures are computed there; imports of the table are put aside until it is out of use."""
    if not table.relation:
        raise Refusal(NOT_MAPPED)
    _look(table, now)
    if table.last_error:
        raise Refusal(table.last_error)
    table.used_from = now
    with transaction.atomic():
        table.save()
        _audit(table, by, "warehouse.use", {}, {"table": table.table, "relation": table.relation})
    return table


def stop_using_warehouse(*, table: WarehouseTable, by: Member) -> WarehouseTable:
    """Figures are computed from the imports again, if there are any."""
    table.used_from = None
    with transaction.atomic():
        table.save(update_fields=["used_from"])
        _audit(table, by, "warehouse.stop", {"relation": table.relation}, {})
    return table


def remove_warehouse(*, table: WarehouseTable, by: Member, now: datetime) -> None:
    """Forget the connection and its password."""
    with transaction.atomic():
        table.used_from, table.removed_at, table.secret = None, now, ""
        table.save(update_fields=["used_from", "removed_at", "secret"])
        _audit(table, by, "warehouse.remove", {"address": table.shown, "relation": table.relation}, {})


def look_again(*, table: WarehouseTable, now: datetime) -> WarehouseTable:
    """Which days it covers now, and whether it can still be used. What is wrong is kept in `last_error`."""
    _look(table, now)
    table.save(update_fields=["looked", "looked_at", "covers_from", "covers_to", "last_error"])
    return table


def look_at_all(*, workspace: Workspace, now: datetime) -> None:
    """A look at every table in use, before figures are computed from it."""
    for table in in_use(workspace).select_related("workspace"):
        look_again(table=table, now=now)


def _look(table: WarehouseTable, now: datetime) -> None:
    workspace = table.workspace
    mapped = mapped_of(table, workspace.timezone)
    table.looked_at = now
    try:
        found = looking.look(relation_of(table), mapped, day_in(workspace, now))
    except Refusal as refusal:
        table.last_error = refusal.sentence
        return
    table.looked, table.last_error = found.as_json(), looking.problem_of(found, mapped, workspace.currency)
    table.covers_from, table.covers_to = found.covers_from, found.covers_to


def fitting(table: WarehouseTable) -> dict[str, list[str]]:
    """For every field of the table the columns that may feed it."""
    return {
        field.name: [column for column, kind in table.types.items() if takes(field, kind)]
        for field in TABLES[table.table].fields
    }


def _audit(table: WarehouseTable, by: Member, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(workspace=table.workspace, actor=by, action=action, subject=table, before=before, after=after)
