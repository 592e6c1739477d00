"""A PostgreSQL database of its own for tests, and tables in it that hold the same rows as imported ones."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql

from apps.datasets.schema import TABLES, FieldType
from apps.datasets.store.in_place import Relation
from apps.datasets.store.snapshot import Snapshot
from apps.datasets.warehouse.mapped import Mapped
from tests.refresh.services import POSTGRES, need

# As somebody would declare the columns; money with more places than we keep.
DECLARED = {
    FieldType.TEXT: "text",
    FieldType.CHOICE: "character varying",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp without time zone",
    FieldType.MONEY: "numeric",
    FieldType.NUMBER: "numeric",
    FieldType.INTEGER: "integer",
    FieldType.BOOLEAN: "boolean",
}


@contextmanager
def a_database() -> Iterator[str]:
    """The address of an empty database with a collation in which `a` comes before `B`; gone afterwards."""
    need("PostgreSQL", 5432)
    name = f"kpitracker_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def put(
    address: str,
    relation: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """A new table with these columns (name to type) and rows."""
    schema, name = relation.split(".")
    declared = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns.items()
    )
    with psycopg.connect(address, autocommit=True) as con:
        con.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        table = sql.Identifier(schema, name)
        con.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        con.execute(sql.SQL("CREATE TABLE {} ({})").format(table, declared))
        with con.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
            for row in rows:
                copy.write_row(row)


def in_place(address: str, imported: Snapshot, rows: Iterable[Mapping[str, Any]]) -> Snapshot:
    """The snapshot of the same rows in PostgreSQL, in a schema of their own as the database serves several tests.

    `imported` tells table, columns and coverage.
    """
    schema = f"s{uuid.uuid4().hex[:8]}"
    table = TABLES[imported.table]
    types = {column: DECLARED[table.field(column).type] if table.has(column) else "text" for column in imported.columns}
    put(address, f"{schema}.{table.name}", types, ([row.get(column) for column in imported.columns] for row in rows))
    mapped = Mapped(table, f"{schema}.{table.name}", {column: column for column in types}, types, {})
    mapped.check()
    relation = Relation(lambda: address, mapped.select(), f"`{schema}.{table.name}` on a test server", table.key)
    return replace(imported, row_files=(), superseded_files=(), batches=(), in_place=relation)
