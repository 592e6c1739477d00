"""The SQL of derived tables (catalogue/derived.py): one row per order instead of one per order line.

It is a view. DuckDB works out only the columns that a query reads, so its cost is that of what is asked.
"""

# ruff: noqa: S608 - names are of our schema or quoted

from collections.abc import Iterator, Mapping

from apps.datasets.schema import FieldType
from apps.datasets.store.lines import LINE_BITS
from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name
from apps.metrics.catalogue.derived import DERIVED, Derived, source_of


def columns_of(table: str, snapshots: Mapping[str, Snapshot]) -> tuple[str, ...]:
    """The columns of a table, standard or derived, the workspace's own included. KeyError without its rows."""
    source = snapshots[source_of(table)]
    if table not in DERIVED:
        return source.columns
    ours = DERIVED[table].table.names
    left_out = {"id", *ours}
    return (*ours, *(column for column in source.columns if column not in left_out))


def live_sql(table: str, snapshots: Mapping[str, Snapshot]) -> str:
    """SELECT of the rows of a table, standard or derived, as they count. KeyError without its rows."""
    source = snapshots[source_of(table)]
    rows = source.counted_sql()
    if table not in DERIVED:
        return rows
    derived, columns = DERIVED[table], columns_of(table, snapshots)
    if source.in_place is not None:
        return _derived_in_place_sql(derived, columns, rows)
    return _derived_sql(derived, columns, rows, converted=bool(source.foreign))


def _derived_in_place_sql(derived: Derived, columns: tuple[str, ...], rows: str) -> str:
    """For PostgreSQL, which has no least of truths and asks for the name of a subquery."""
    truths = {field.name for field in derived.table.fields if field.type is FieldType.BOOLEAN}
    made = dict(_made(derived, columns, converted=False))
    for column in truths & made.keys():
        quoted = name(column)
        made[column] = f"CASE WHEN bool_and({quoted}) = bool_or({quoted}) THEN bool_and({quoted}) END"
    listed = ", ".join(f"{each} AS {name(column)}" for column, each in made.items())
    key = name(derived.key)
    return f"SELECT {listed} FROM ({rows}) AS lines WHERE {key} IS NOT NULL GROUP BY {key}"


def _derived_sql(derived: Derived, columns: tuple[str, ...], rows: str, *, converted: bool) -> str:
    """One row per key. Money without a rate in one of its rows is blank in the whole: part of a sum is no sum."""
    made = ", ".join(f"{each} AS {name(column)}" for column, each in _made(derived, columns, converted=converted))
    packed = f"max((_batch << {LINE_BITS}) | _line)"
    place = f"{packed} >> {LINE_BITS} AS _batch, {packed} & ((1::BIGINT << {LINE_BITS}) - 1) AS _line"
    key = name(derived.key)
    return f"SELECT {made}, {place} FROM ({rows}) WHERE {key} IS NOT NULL GROUP BY {key}"


def _counted(derived: Derived, column: str) -> str:
    if column not in derived.late:
        return "count(*)"
    day, promise = (name(each) for each in derived.late[column])
    return f"count(*) FILTER (WHERE {day} > {promise})"


def _made(derived: Derived, columns: tuple[str, ...], *, converted: bool) -> Iterator[tuple[str, str]]:
    for column in columns:
        quoted = name(column)
        if column == derived.key:
            yield column, quoted
        elif column == "lines" or column in derived.late:
            yield column, _counted(derived, column)
        elif column in derived.latest:
            yield column, f"max({quoted})"
        elif column in derived.first:
            yield column, f"min({quoted})"
        elif column in derived.last:
            yield column, f"CASE WHEN count({quoted}) = count(*) THEN max({quoted}) END"
        elif column in derived.sums:
            summed = f"sum({quoted})"
            is_money = derived.table.field(column).type is FieldType.MONEY
            yield column, f"CASE WHEN NOT bool_or(_unconverted) THEN {summed} END" if converted and is_money else summed
        else:
            # A blank contradicts nothing: many exports fill the columns of an order on its first line only.
            yield column, f"CASE WHEN min({quoted}) = max({quoted}) THEN min({quoted}) END"
