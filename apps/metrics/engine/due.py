"""Levels of which only those rows count that are due in the period, or have no due date.

The level is that of the instant up to which the data knows of the period: what was due and is settled by then is not
open any more.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from apps.metrics.catalogue.formulas import Instant, Level
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine.cells import EPOCH, Rows
from apps.metrics.engine.entities import Asked, Ints, atoms_of, runs
from apps.metrics.engine.in_place import atom_of, is_in_place
from apps.metrics.engine.placed import Placer
from apps.metrics.engine.places import Places
from apps.metrics.engine.plan import tally_of

_NO_DATE = -1  # the atom of rows without a due date
_ROWS_AT_ONCE = 3_000_000


class _WithDue:
    """Reads tables with the atom of each row's due date."""

    def __init__(self, rows: Rows, due: Column | None, cuts: Sequence[date]) -> None:
        self._rows, self._due, self._cuts = rows, due, cuts

    def table(self, name: str) -> Any:
        table = self._rows.table(name)
        if self._due is None:
            return table.mutate(_due=ibis.literal(_NO_DATE, "int32"))
        if not self._cuts:
            return table.mutate(_due=ibis.ifelse(table[self._due.name].isnull(), _NO_DATE, 0).cast("int32"))
        if is_in_place(table):
            day = table[self._due.name].cast("date")
            return table.mutate(_due=ibis.ifelse(day.isnull(), _NO_DATE, atom_of(day, self._cuts)).cast("int32"))
        numbers = np.array([(cut - EPOCH).days for cut in self._cuts], dtype="int32")
        days = np.arange(numbers[0], numbers[-1], dtype="int32")
        atoms = np.searchsorted(numbers, days, side="right").astype("int32")
        calendar = ibis.memtable(pa.table({"_due_day": pa.array(days, type=pa.date32()), "_due_atom": atoms}))
        day = table[self._due.name].cast("date")
        joined = table.left_join(calendar, day == calendar._due_day)
        day = joined[self._due.name].cast("date")
        outside = ibis.cases((day.isnull(), _NO_DATE), (day >= self._cuts[-1], len(self._cuts)), else_=0)
        return joined.mutate(_due=ibis.coalesce(joined._due_atom, outside.cast("int32"))).drop("_due_day", "_due_atom")


class DueLevels:
    """One level with a due date, put in place. `name` keeps its tables apart from those of others."""

    def __init__(
        self,
        rows: Rows,
        name: str,
        level: Level,
        dated_by: Column,
        places: Places,
        cuts: Sequence[date],
        *,
        all_time: bool,
    ) -> None:
        self.rows, self.level = rows, level
        placer = Placer(rows, name, "_due", places, cuts, all_time=all_time, numbered=False)
        source = _WithDue(rows, level.due, cuts)
        ((self.table, _),) = placer.put([tally_of(level, dated_by)], {}, source).levels

    def values(self, asked: Asked) -> list[Decimal]:
        """The level of every slot."""
        instant = asked.first if self.level.at is Instant.START else asked.instant
        found = [Decimal(0)] * len(asked)
        for chosen in runs(np.cumsum(asked.last - asked.first + 1), _ROWS_AT_ONCE):
            mine = asked.part(chosen)
            slots = _with_undated(mine, instant[chosen])
            there = (slots.scope == self.table.scope) & (slots.atom == self.table.entity)
            joined = slots.join(self.table, [there, slots.instant >= self.table.lo, slots.instant < self.table.hi])
            sums = self.rows.fetch(joined.group_by("slot").aggregate(number=joined.amount0.sum()))
            for slot, number in zip(sums["slot"].to_pylist(), sums["number"].to_pylist(), strict=True):
                found[chosen[slot]] = number
        return found


def _with_undated(asked: Asked, instant: Ints) -> Any:
    slots = np.arange(len(asked), dtype="int64")
    undated = {"slot": slots, "scope": asked.scope, "atom": np.full(len(asked), _NO_DATE, dtype="int32")}
    return ibis.union(atoms_of(asked, instant=instant), ibis.memtable(pa.table(undated | {"instant": instant})))
