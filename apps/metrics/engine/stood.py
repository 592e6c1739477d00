"""How long levels stood: amounts times days, by atom, from what came and what left.

A row is there on the days from `since` up to, not including, `until`. Within one atom the amount that came before it
stands for all its days; what moves on day d inside it stands for the days from d on.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from apps.metrics.engine.cells import EPOCH

_WIDE = "decimal(38, 4)"


def days_stood(moves: Any, pairs: Mapping[str, tuple[str, str]], keys: Sequence[str], cuts: Sequence[date]) -> Any:
    """(keys, atom, amount x days) for every atom between two cuts; like cells of a flow.

    `pairs` maps each new column to two of `moves`: the amount that moved, and the amount times the number of its day.
    """
    by = [*keys, "atom"]
    columns = sorted({column for pair in pairs.values() for column in pair})
    atoms = _atoms(cuts)
    nothing = {column: ibis.literal(0, "int8").cast(moves[column].type()) for column in columns}
    everybody = moves.select(*keys).distinct() if keys else moves.aggregate(_n=moves.count())
    grid = everybody.cross_join(atoms).select(*by, **nothing)
    filled = ibis.union(moves.select(*by, *columns), grid)
    filled = filled.group_by(by).aggregate(**{column: filled[column].sum() for column in columns})
    window = ibis.window(group_by=list(keys) or None, order_by="atom", preceding=None, following=0)
    standing = filled.mutate(**{f"{amount}_now": filled[amount].sum().over(window) for amount, _ in pairs.values()})
    inside = standing.join(atoms, "atom")
    return inside.select(
        *by,
        **{
            name: (inside[f"{amount}_now"] * inside._days + inside[amount] * inside._first - inside[moments]).cast(
                _WIDE
            )
            for name, (amount, moments) in pairs.items()
        },
    )


def _atoms(cuts: Sequence[date]) -> Any:
    """Every atom that has an end on both sides, with the number of its first day and how many days it has."""
    days = np.array([(cut - EPOCH).days for cut in cuts], dtype="int64")
    table = pa.table(
        {
            "atom": np.arange(1, len(cuts), dtype="int32"),
            "_first": pa.array(days[:-1]).cast(pa.decimal128(19, 0)),
            "_days": pa.array(np.diff(days)).cast(pa.decimal128(19, 0)),
        }
    )
    return ibis.memtable(table)
