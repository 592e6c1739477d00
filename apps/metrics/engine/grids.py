"""Cells of many KPIs as dense grids: for each tally the running sums of every group at every cut.

A grid is filled by one grouped scan per (table, date column); by team, by two columns, as the team may be the owner's.
Finer cells that serve several groupings would not save a scan: owners times products times regions times weeks are as
many cells as there are rows. Sums are whole numbers of the last decimal place, so that running sums and their
differences are exact; they are 64 bits wide where that is enough.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apps.metrics.engine.cells import Rows, Scan, cells, column_of, scans_of
from apps.metrics.engine.labels import ALWAYS
from apps.metrics.engine.placed import text_of
from apps.metrics.engine.places import Places
from apps.metrics.engine.plan import Tally

Whole = NDArray[Any]  # of int64, or of Python's own where those are too narrow
Ints = NDArray[np.int64]
_WIDEST = 2.0**62
_KEY = "key of "


@dataclass(frozen=True)
class Sums:
    """Running sums [group, cut], in units of 10 ** -scale."""

    running: Whole
    scale: int

    def upto(self, cuts: Ints) -> NDArray[np.float64]:
        """[group, i]: the sum of everything before each cut."""
        return self._numbers(self.running[:, cuts])

    def between(self, first: Ints, last: Ints) -> NDArray[np.float64]:
        return self._numbers(self.running[:, last] - self.running[:, first])

    def _numbers(self, whole: Whole) -> NDArray[np.float64]:
        return np.asarray(whole, dtype="float64") / 10.0**self.scale


@dataclass(frozen=True)
class Spread:
    """Where the rows of each key count, as flat arrays: those of key k are at `start[k]` and the next `many[k] - 1`."""

    start: Ints
    many: Ints
    scope: Ints
    lo: Ints
    hi: Ints
    share: Whole
    digits: int  # of the shares, which are whole numbers too


@dataclass(frozen=True)
class _Moves:
    """Amounts of one column that come to a scope at an atom."""

    scope: Ints
    atom: Ints
    amount: Whole
    scale: int


@dataclass
class Grid:
    """The tallies of one grouping. `numbers` is shared with `places`, which number the groups they meet."""

    numbers: Mapping[str | None, int]
    cuts: int
    _moves: dict[str, list[_Moves]] = field(default_factory=dict)

    def fill(self, scan: Scan, table: pa.Table, tallies: Sequence[Tally], places: Places) -> None:
        """Adds the cells of one scan; they are grouped by the columns of `places`, and may be by more."""
        keys, code = _keys_of(table, places.keys)
        spread = spread_of(places, keys)
        atom = table["atom"].to_numpy().astype("int64")
        cell, place = _exploded(code, spread)
        for i, tally in enumerate(tallies):
            for _, sign in tally.sides():
                name = column_of(tally, i, sign)
                if name in scan.columns:
                    amount, scale = whole_numbers(table[name])
                    shared = multiplied(amount[cell], spread.share[place])
                    came = _Moves(spread.scope[place], atom[cell], shared * sign, scale + spread.digits)
                    moves = _levels if tally.is_level else _flows
                    self._moves.setdefault(tally.key, []).extend(moves(came, spread.lo[place], spread.hi[place]))

    def sums(self, tally: str) -> Sums:
        """The running sums of a tally; nothing anywhere if no row came."""
        moves = self._moves.get(tally, [])
        scale = max((each.scale for each in moves), default=0)
        aligned = [multiplied(each.amount, _power(scale - each.scale)) for each in moves]
        largest = sum(float(np.abs(amount).astype("float64").sum()) for amount in aligned)
        kind: Any = "int64" if largest < _WIDEST else object
        grid = np.zeros((len(self.numbers), self.cuts + 1), dtype=kind)
        for each, amount in zip(moves, aligned, strict=True):
            inside = each.atom <= self.cuts
            np.add.at(grid, (each.scope[inside], each.atom[inside]), amount[inside].astype(kind))
        return Sums(np.cumsum(grid, axis=1), scale)


def scanned(
    rows: Rows, tallies: Sequence[Tally], cuts: Sequence[date], keys: Sequence[str]
) -> list[tuple[Scan, pa.Table]]:
    """Every scan that the tallies need, with its cells by these columns."""
    by = {_KEY + name: text_of(name) for name in keys}
    return [(scan, rows.fetch(cells(rows, scan, cuts, by))) for scan in scans_of(tallies)]


def _flows(came: _Moves, lo: Ints, hi: Ints) -> list[_Moves]:
    """Flows count where their key is on their day."""
    here = (came.atom >= lo) & (came.atom < hi)
    return [_Moves(came.scope[here], came.atom[here], came.amount[here], came.scale)]


def _levels(came: _Moves, lo: Ints, hi: Ints) -> list[_Moves]:
    """Levels come along when their key comes to a group, and go with it."""
    atom = np.maximum(came.atom, lo)
    here = atom < hi
    goes = here & (hi < ALWAYS)
    return [
        _Moves(came.scope[here], atom[here], came.amount[here], came.scale),
        _Moves(came.scope[goes], hi[goes], -came.amount[goes], came.scale),
    ]


def spread_of(places: Places, keys: Sequence[Sequence[str | None]]) -> Spread:
    found = [places.of(key) for key in keys]
    flat = [place for each in found for place in each]
    many = np.array([len(each) for each in found], dtype="int64")
    digits = max((-int(place.share.normalize().as_tuple().exponent) for place in flat), default=0)
    return Spread(
        start=np.cumsum(many) - many,
        many=many,
        scope=np.array([place.scope for place in flat], dtype="int64"),
        lo=np.array([place.lo for place in flat], dtype="int64"),
        hi=np.array([place.hi for place in flat], dtype="int64"),
        share=_narrowed([int(place.share * Decimal(10) ** max(digits, 0)) for place in flat]),
        digits=max(digits, 0),
    )


def _exploded(code: Ints, spread: Spread) -> tuple[Ints, Ints]:
    """Every cell once for each place of its key: the numbers of the cells, and of the places."""
    many = spread.many[code]
    cell = np.repeat(np.arange(len(code), dtype="int64"), many)
    within = np.arange(len(cell), dtype="int64") - np.repeat(np.cumsum(many) - many, many)
    return cell, spread.start[code][cell] + within


def _keys_of(table: pa.Table, names: Sequence[str]) -> tuple[list[tuple[str | None, ...]], Ints]:
    """The different keys of the cells, and for each cell the number of its key."""
    code = np.zeros(len(table), dtype="int64")
    texts: list[list[str | None]] = []
    for name in names:
        column = pc.dictionary_encode(table[_KEY + name].combine_chunks(), null_encoding="encode")
        texts.append(column.dictionary.to_pylist())
        code = code * len(texts[-1]) + column.indices.to_numpy(zero_copy_only=False)
    found, number = np.unique(code, return_inverse=True)
    keys: list[tuple[str | None, ...]] = [() for _ in found]
    for column_texts in reversed(texts):
        found, place = np.divmod(found, len(column_texts))
        keys = [(column_texts[at], *key) for at, key in zip(place.tolist(), keys, strict=True)]
    return keys, number.reshape(-1).astype("int64")


def whole_numbers(column: Any) -> tuple[Whole, int]:
    """A column of DECIMAL in units of its last place, and the number of places."""
    array = column.combine_chunks()
    if not pa.types.is_decimal(array.type):
        array = array.cast(pa.decimal128(38, 0))
    scale = array.type.scale
    if array.type.byte_width != 16:
        array = array.cast(pa.decimal128(38, scale))
    if not len(array):
        return np.zeros(0, dtype="int64"), scale
    words = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)[array.offset : array.offset + len(array)]
    low, high = words[:, 0], words[:, 1]
    if bool((high == low >> 63).all()):
        return low, scale
    return low.astype("<u8").astype(object) + high.astype(object) * 2**64, scale


def multiplied(amount: Whole, by: Whole) -> Whole:
    """The product of whole numbers, in 64 bits where it fits."""
    if amount.dtype != object and by.dtype != object and len(amount):
        most = float(np.abs(amount).max()) * float(np.abs(by).max())
        if most >= _WIDEST:
            return np.asarray(amount.astype(object) * by.astype(object))
    return np.asarray(amount * by)


def _power(digits: int) -> Whole:
    return _narrowed([10**digits])


def _narrowed(numbers: Sequence[int]) -> Whole:
    narrow = max(map(abs, numbers), default=0) < _WIDEST
    return np.array(numbers, dtype="int64" if narrow else object)
