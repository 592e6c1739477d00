"""From rows to cells: one scan per (table, date column), grouped by owner or any column and by atom of time.

Atoms are the runs of days between neighbouring cuts, cuts being all boundaries that any period asks for. Every period
is a union of atoms, whatever the calendar. Atom i holds the days d with cuts[i-1] <= d < cuts[i]; atom 0 is everything
before the first cut, atom len(cuts) everything from the last one on. So the running sum over atoms 0..i is the state
of the world at the instant cuts[i].
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from apps.datasets.store.connection import lock
from apps.datasets.store.snapshot import Snapshot, open_for_reading
from apps.metrics.catalogue.derived import source_of
from apps.metrics.engine import expressions
from apps.metrics.engine.derived import live_sql
from apps.metrics.engine.in_place import Elsewhere, atom_of, is_in_place, table_in_place
from apps.metrics.engine.plan import Side, Tally

EPOCH = date(1970, 1, 1)


class Rows(AbstractContextManager["Rows"]):
    """A connection on which the live rows of some tables can be read, each by its table name; also those derived
    from them. Closing it gives the memory back.

    Tables that stay in a warehouse are read there: `keep` and `fetch` run there what is made of them.
    """

    def __init__(self, snapshots: Iterable[Snapshot]) -> None:
        found = list(snapshots)
        self._raw = open_for_reading(found, locked=False)
        self._snapshots = {snapshot.table: snapshot for snapshot in found}
        self._elsewhere = Elsewhere(self._snapshots)
        self._views: set[str] = set()
        self.ibis = ibis.duckdb.from_connection(self._raw)
        lock(self._raw)

    def table(self, name: str) -> Any:
        """The rows of a standard or derived table as they count. KeyError without the snapshot of its source."""
        if source_of(name) in self._elsewhere:
            return table_in_place(name, self._snapshots)
        if name not in self._views:
            self._raw.execute(f'create temp view "{name}" as {live_sql(name, self._snapshots)}')
            self._views.add(name)
        return self.ibis.table(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Compute now, and keep as a table of this connection."""
        if self._elsewhere and is_in_place(expression):
            expression = self._elsewhere.fetch(expression)
        return self.ibis.create_table(name, expression, temp=True, overwrite=True)

    def fetch(self, expression: Any) -> pa.Table:
        if self._elsewhere and is_in_place(expression):
            return self._elsewhere.fetch(expression)
        return self.ibis.to_pyarrow(expression)

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._raw.close()
        self._elsewhere.close()


@dataclass(frozen=True)
class Scan:
    """What one pass over a table fills: `columns` maps a column of the cells to its side of a tally."""

    table: str
    date: str
    columns: dict[str, Side]

    @property
    def from_the_beginning(self) -> bool:
        """Levels need what happened before the first cut too."""
        return any(name.startswith("level") for name in self.columns)

    @property
    def keeps_blank_dates(self) -> bool:
        return any(side.blank_is_ever for side in self.columns.values())


def scans_of(tallies: Sequence[Tally]) -> list[Scan]:
    """One scan per (table, date column). Column names: flow<i> and, for the two sides of a level, level<i>."""
    scans: dict[tuple[str, str], Scan] = {}
    for i, tally in enumerate(tallies):
        for side, sign in tally.sides():
            scan = scans.setdefault(side.scan, Scan(*side.scan, columns={}))
            scan.columns[column_of(tally, i, sign)] = side
    return list(scans.values())


def column_of(tally: Tally, i: int, sign: int = 1) -> str:
    if not tally.is_level:
        return f"flow{i}"
    return f"level{i}in" if sign > 0 else f"level{i}out"


def cells(rows: Rows, scan: Scan, cuts: Sequence[date], keys: dict[str, Any], *, everything: bool = False) -> Any:
    """The expression of the cells: `keys` (name to a function of the rows), atom, and one column per side.

    Rows before the first and after the last cut are left out unless a level or `everything` needs them.
    """
    source = rows.table(scan.table)
    day = source[scan.date]
    if not scan.keeps_blank_dates:
        source = source.filter(day.notnull())
    if is_in_place(source):
        placed = _placed_in_place(source, day, cuts, everything=scan.from_the_beginning or everything)
    elif not cuts:
        placed = source.mutate(_atom=ibis.literal(0, "int32"))
    elif scan.from_the_beginning or everything:
        placed = _placed_from_the_beginning(source, scan.date, cuts)
    else:
        inside = source.filter(source[scan.date] >= cuts[0], source[scan.date] < cuts[-1])
        days = calendar(cuts)
        placed = inside.join(days, inside[scan.date] == days._day)
    by = {name: key(placed) for name, key in keys.items()}
    filled = {name: expressions.side(side, placed) for name, side in scan.columns.items()}
    return placed.group_by(**by, atom=placed._atom).aggregate(**filled)


def _placed_in_place(source: Any, day: Any, cuts: Sequence[date], *, everything: bool) -> Any:
    """A warehouse is only read, so the calendar is not put beside its rows."""
    if cuts and not everything:
        source = source.filter(day >= cuts[0], day < cuts[-1])
    return source.mutate(_atom=atom_of(day, cuts))


def _placed_from_the_beginning(source: Any, column: str, cuts: Sequence[date]) -> Any:
    days = calendar(cuts)
    joined = source.left_join(days, source[column] == days._day)
    outside = ibis.cases((joined[column] >= cuts[-1], len(cuts)), else_=0).cast("int32")
    return joined.mutate(_atom=ibis.coalesce(joined._atom, outside))


def calendar(cuts: Sequence[date]) -> Any:
    """Every day from the first cut up to the last with its atom.

    The underscores keep its columns apart from those of any table: no header makes a name that begins with one.
    """
    numbers = np.array([(cut - EPOCH).days for cut in cuts], dtype="int32")
    days = np.arange(numbers[0], numbers[-1] + 1, dtype="int32")
    atoms = np.searchsorted(numbers, days, side="right").astype("int32")
    return ibis.memtable(pa.table({"_day": pa.array(days, type=pa.date32()), "_atom": atoms}))
