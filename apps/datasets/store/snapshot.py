"""The live rows of one table at one moment, as a list of files and the SQL that reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from apps.datasets.schema import TABLES
from apps.datasets.store.connection import connect
from apps.datasets.store.conversion import Rate, converted_sql
from apps.datasets.store.in_place import Relation
from apps.datasets.store.lines import LINE_BITS
from apps.datasets.store.sql import name, texts


@dataclass(frozen=True)
class Snapshot:
    """The rows of `table` that count, given by the batches (import ids) that are live.

    `threads` (0: all cores) and `memory` are what a computation over these rows may use. `currencies` are the codes
    that occur in the live imports, in the order of the alphabet; rows without one are in the workspace's `currency`,
    into which `rates` convert. With `in_place` the rows are in a warehouse and there are no files: their SQL is
    PostgreSQL, without `_batch` and `_line`. `absent` are imports that do not count although the files listed here may
    hold rows of theirs, or name them as taking the place of rows.
    """

    table: str
    row_files: tuple[Path, ...]
    superseded_files: tuple[Path, ...]
    batches: tuple[int, ...]
    columns: tuple[str, ...]
    covers_from: date | None
    complete_through: date | None
    threads: int = 0
    memory: str = "2GB"
    currencies: tuple[str, ...] = ()
    currency: str = ""
    rates: tuple[Rate, ...] = ()
    absent: tuple[int, ...] = ()
    in_place: Relation | None = None

    @property
    def high_water(self) -> int:
        """The newest live import: results computed from this snapshot are marked with it."""
        return max(self.batches, default=0)

    @property
    def is_empty(self) -> bool:
        return not self.row_files and self.in_place is None

    def rows_sql(self) -> str:
        """SELECT of every live row that no later live import replaces, with `_batch` and `_line` (lines.line_of)."""
        if self.in_place is not None:
            return self.in_place.select
        if self.is_empty:
            return self._no_rows_sql()
        rows = f"SELECT * FROM read_parquet([{texts(map(str, self.row_files))}], union_by_name=true)"  # noqa: S608
        conditions = [f"_batch NOT IN {self._absent}"] if self.absent else []
        if self.superseded_files:
            gone = f"read_parquet([{texts(map(str, self.superseded_files))}])"
            counting = f" WHERE _by NOT IN {self._absent}" if self.absent else ""
            # One BIGINT: an anti-join on one integer is twice as fast as on two.
            packed = f"(_batch << {LINE_BITS}) | _line"
            conditions.append(f"{packed} NOT IN (SELECT {packed} FROM {gone}{counting})")  # noqa: S608
        return f"{rows} WHERE {' AND '.join(conditions)}" if conditions else rows

    @property
    def _absent(self) -> str:
        return f"({', '.join(map(str, self.absent))})"

    @property
    def files(self) -> tuple[object, ...]:
        """Equal for equal rows."""
        return self.row_files, self.superseded_files, self.absent, self.in_place

    @property
    def foreign(self) -> tuple[str, ...]:
        """The currencies that occur beside the workspace's own."""
        return tuple(code for code in self.currencies if code != self.currency)

    def counted_sql(self) -> str:
        """The live rows as they count, in the workspace's currency.

        Where foreign currencies occur there is one more column, `_unconverted`: there is no rate for the row, its
        amounts are blank. Without any this is rows_sql() and costs nothing.
        """
        if not self.foreign or self.is_empty:
            return self.rows_sql()
        return converted_sql(self.rows_sql(), TABLES[self.table], self.foreign, self.rates, self.complete_through)

    def _no_rows_sql(self) -> str:
        fields = [f"NULL::{field.type.sql} AS {name(field.name)}" for field in TABLES[self.table].fields]
        return f"SELECT {', '.join(fields)}, 0::BIGINT AS _batch, 0::BIGINT AS _line WHERE false"


def open_for_reading(snapshots: Iterable[Snapshot], *, locked: bool = True) -> duckdb.DuckDBPyConnection:
    """A connection that may read the files of these snapshots, and nothing else, within their limits."""
    found = list(snapshots)
    folders = {path.parent for each in found for path in (*each.row_files, *each.superseded_files)}
    threads, memory = (found[0].threads, found[0].memory) if found else (Snapshot.threads, Snapshot.memory)
    return connect(directories=sorted(folders), threads=threads, memory=memory, locked=locked)
