"""Expressions over tables that stay in a PostgreSQL database: the same ones, compiled for it and run there.

Such a table is an Ibis table without a backend, named after its relation. What is made of it runs in the warehouse;
only its result (cells, a few texts) comes here. What mixes rows of the warehouse with tables of ours is refused.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends.sql.compilers import PostgresCompiler
from ibis.expr.operations import DatabaseTable, InMemoryTable, Relation, UnboundTable

from apps.datasets.schema import FieldType
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue.derived import DERIVED, source_of, table_named
from apps.metrics.engine.derived import columns_of, live_sql

_TYPES = {
    FieldType.TEXT: "string",
    FieldType.CHOICE: "string",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp(6)",
    FieldType.MONEY: "decimal(18, 4)",
    FieldType.NUMBER: "decimal(18, 4)",
    FieldType.INTEGER: "int64",
    FieldType.BOOLEAN: "boolean",
}


def table_in_place(name: str, snapshots: Mapping[str, Snapshot]) -> Any:
    """The rows of a standard or derived table as they count, as an expression without a backend."""
    return ibis.table({column: _type_of(name, column) for column in columns_of(name, snapshots)}, name=_mark(name))


def _mark(name: str) -> str:
    return f"in place: {name}"


def _type_of(name: str, column: str) -> str:
    table = table_named(name)
    if not table.has(column):
        return "string"  # a column of the workspace's own
    if name in DERIVED and column in DERIVED[name].sums:
        return "decimal(38, 4)"
    return _TYPES[table.field(column).type]


def is_in_place(expression: Any) -> bool:
    """Whether the rows of the expression are in a warehouse."""
    return bool(expression.op().find(UnboundTable, filter=Relation))


def atom_of(day: Any, cuts: Sequence[date]) -> Any:
    """The atom of a day, blank days in the first: as the join with a calendar has it."""
    if not cuts:
        return ibis.literal(0, "int32")
    return ibis.coalesce(_width_bucket(day, ibis.literal(list(cuts), "array<date>")), 0).cast("int32")


@ibis.udf.scalar.builtin(name="width_bucket", signature=((dt.date, dt.Array(dt.date)), dt.int32))
def _width_bucket(day, cuts):  # type: ignore[no-untyped-def]
    """How many of the cuts are not after the day (PostgreSQL)."""


class Elsewhere:
    """The tables of some snapshots that are in a warehouse. One connection for each serves until it is closed."""

    def __init__(self, snapshots: Mapping[str, Snapshot]) -> None:
        self._snapshots = snapshots
        self._relations = {table: each.in_place for table, each in snapshots.items() if each.in_place is not None}
        self._open: dict[str, Any] = {}
        self._closing = ExitStack()

    def __contains__(self, table: str) -> bool:
        return table in self._relations

    def __bool__(self) -> bool:
        return bool(self._relations)

    def fetch(self, expression: Any) -> pa.Table:
        """Run where the rows are. NotAnswered if the database does not answer."""
        op = expression.op()
        names = {each.name.removeprefix(_mark("")) for each in op.find(UnboundTable)}
        if len(names) > 1 or op.find((DatabaseTable, InMemoryTable)):
            raise TypeError("an expression cannot read a table of a warehouse and other tables at once")
        (name,) = names
        relation = self._relations[source_of(name)]
        statement = compiled(expression, {_mark(name): live_sql(name, self._snapshots)})
        rows = relation.answer(self._connection(source_of(name)), statement)
        return _arrow(expression.as_table().schema(), rows)

    def _connection(self, table: str) -> Any:
        if table not in self._open:
            self._open[table] = self._closing.enter_context(self._relations[table].opened())
        return self._open[table]

    def close(self) -> None:
        self._closing.close()


def compiled(expression: Any, selects: Mapping[str, str]) -> str:
    """PostgreSQL for the expression, each table read by its SELECT."""
    tree = PostgresCompiler().to_sqlglot(expression.as_table())

    def read(node: Any) -> Any:
        if isinstance(node, sge.Table) and node.name in selects:
            return sge.Subquery(this=sge.Var(this=selects[node.name]), alias=node.args.get("alias"))
        return node

    return str(tree.transform(read).sql("postgres"))


def _arrow(schema: Any, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = {name: _column(kind, list(cells)) for (name, kind), cells in zip(schema.items(), columns, strict=True)}
    return pa.table(arrays)


def _column(kind: Any, cells: list[Any]) -> pa.Array:
    """Decimals keep all their places, also where Ibis counts fewer."""
    if not kind.is_decimal():
        return pa.array(cells, type=kind.to_pyarrow())
    places = max((-int(each.normalize().as_tuple().exponent) for each in cells if each is not None), default=0)
    return pa.array(cells, type=pa.decimal128(38, max(places, kind.scale or 0)))
