"""Cells of several measures put where they count: flows by atom, levels as intervals of atoms, allotments as spans.

These are the tables from which figures are computed that do not add up. `entity` numbers the thing that rows are of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis
import pyarrow as pa

from apps.common.texts import BLANKS
from apps.metrics.catalogue.formulas import Allotted
from apps.metrics.engine.cells import EPOCH, Rows, Scan, cells, column_of, scans_of
from apps.metrics.engine.labels import ALWAYS
from apps.metrics.engine.places import Places
from apps.metrics.engine.plan import Tally

_WIDE = "decimal(38, 10)"
_FAR = 10**7  # days: beyond every date there is


@dataclass(frozen=True)
class Placed:
    """`flows` hold (scope, entity, atom, amounts), `levels` (scope, entity, lo, hi, amounts), each amount by the number
    of its tally; `spans` (scope, entity, since, until, days, amount) of an allotment, in days."""

    flows: list[tuple[Any, list[int]]]
    levels: list[tuple[Any, list[int]]]
    spans: dict[str, Any]


class Placer:
    """Puts the rows of one family of measures where they count. `entity` is a column, or an expression of the rows."""

    def __init__(
        self,
        rows: Rows,
        name: str,
        entity: str | None,
        places: Places,
        cuts: Sequence[date],
        *,
        all_time: bool,
        numbered: bool = True,
    ) -> None:
        self.rows = rows
        self.name = name
        self.entity = entity
        self.places = places
        self.cuts = cuts
        self.all_time = all_time
        self.numbered = numbered  # else the entity is a number itself
        self.by_owner = entity == "owner"
        self.keys = [f"key{i}" for i in range(len(places.keys))]

    def put(self, tallies: Sequence[Tally], allotted: Mapping[str, Allotted], source: Any = None) -> Placed:
        """`source` reads tables instead of the rows themselves."""
        scans = scans_of(tallies)
        kept = [self._cells(scan, i, source or self.rows) for i, scan in enumerate(scans)]
        quotas = {key: self._quotas(leaf, i) for i, (key, leaf) in enumerate(allotted.items())}
        self._look_up([*kept, *quotas.values()])
        flows, moved = [], []
        for i, (scan, table) in enumerate(zip(scans, kept, strict=True)):
            mine = [n for n, tally in enumerate(tallies) if not tally.is_level and column_of(tally, n) in scan.columns]
            if mine:
                flows.append((self._placed_flows(table, tallies, mine, i), mine))
            moved.append((scan, table))
        levels = []
        for table_name in sorted({tally.table for tally in tallies if tally.is_level}):
            mine = [n for n, tally in enumerate(tallies) if tally.is_level and tally.table == table_name]
            parts = [(scan, table) for scan, table in moved if scan.table == table_name]
            levels.append((self._placed_levels(parts, tallies, mine, table_name), mine))
        return Placed(
            flows, levels, {key: self._placed_spans(table, i) for i, (key, table) in enumerate(quotas.items())}
        )

    def _columns(self) -> dict[str, Any]:
        columns = {key: text_of(name) for key, name in zip(self.keys, self.places.keys, strict=True)}
        if self.entity is not None and not self.by_owner:
            columns["entity_text"] = text_of(self.entity)
        return columns

    def _cells(self, scan: Scan, number: int, source: Any) -> Any:
        made = cells(source, scan, self.cuts, self._columns(), everything=self.all_time)
        if "entity_text" in made.columns:
            made = made.filter(made.entity_text.notnull())
        return self.rows.keep(f"{self.name}_cells{number}", _blanks_filled(made, self.keys))

    def _quotas(self, leaf: Allotted, number: int) -> Any:
        table = self.rows.table(leaf.value.table)
        since, until = table[leaf.since.name].cast("date"), table[leaf.until.name].cast("date")
        table = table.filter(since.notnull(), until > since, table[leaf.value.name].notnull())
        by = {name: make(table) for name, make in self._columns().items()}
        days = {"since": _day_number(table, leaf.since.name), "until": _day_number(table, leaf.until.name)}
        made = table.group_by(**by, **days).aggregate(amount=table[leaf.value.name].sum())
        return self.rows.keep(f"{self.name}_spans{number}", _blanks_filled(made, self.keys))

    def _look_up(self, tables: Sequence[Any]) -> None:
        """Small tables: where each text of the keys counts, and which number each entity has."""
        self.where: Any = None
        self.numbers: dict[str, int] = {}
        if self.keys:
            texts = reduce(ibis.union, [table.select(*self.keys).distinct() for table in tables])
            self.where = self.rows.keep(
                f"{self.name}_where", self._where(self.rows.fetch(texts.distinct()).to_pylist())
            )
        if self.entity is not None and not self.by_owner and self.numbered:
            self.entities = self._entities(tables)

    def _where(self, keys: Sequence[Mapping[str, str]]) -> Any:
        edges = [(cut - EPOCH).days for cut in self.cuts]
        columns: dict[str, list[Any]] = {name: [] for name in (*self.keys, *_WHERE)}
        for key in keys:
            for place in self.places.of([key[name] or None for name in self.keys]):
                if self.by_owner and not place.owner:
                    continue
                for name in self.keys:
                    columns[name].append(key[name])
                entity = self.numbers.setdefault(place.owner, len(self.numbers))
                days = [edges[at - 1] if 0 < at <= len(edges) else -_FAR if at <= 0 else _FAR for at in place[1:3]]
                for name, each in zip(
                    _WHERE, (place.scope, place.lo, place.hi, place.share, entity, *days), strict=True
                ):
                    columns[name].append(each)
        types = {name: pa.string() for name in self.keys} | {name: pa.int64() for name in _WHERE}
        types["share"] = pa.decimal128(38, 10)
        columns["share"] = [share.quantize(Decimal("1.0000000000")) for share in columns["share"]]
        return ibis.memtable(pa.table({name: pa.array(each, type=types[name]) for name, each in columns.items()}))

    def _entities(self, tables: Sequence[Any]) -> Any:
        texts = reduce(ibis.union, [table.select("entity_text").distinct() for table in tables]).distinct()
        return numbered(self.rows, self.name, texts)

    def _with_place(self, table: Any) -> Any:
        if self.entity is None:
            table = table.mutate(entity=ibis.literal(0, "int64"))
        elif not self.numbered:
            table = table.mutate(entity=table.entity_text.cast("int64"))
        elif not self.by_owner:
            table = table.join(self.entities, "entity_text")
        if self.where is None:
            return table.mutate(
                scope=ibis.literal(0, "int64"), p_lo=ibis.literal(0, "int64"), p_hi=ibis.literal(ALWAYS, "int64"),
                share=ibis.literal(Decimal(1), _WIDE), from_day=ibis.literal(-_FAR, "int64"),
                to_day=ibis.literal(_FAR, "int64"),
            )  # fmt: skip
        where = self.where if self.by_owner else self.where.drop("owner_entity")
        joined = table.join(where, self.keys)
        return joined.rename(entity="owner_entity") if self.by_owner else joined

    def _placed_flows(self, table: Any, tallies: Sequence[Tally], mine: Sequence[int], number: int) -> Any:
        placed = self._with_place(table)
        placed = placed.filter(placed.atom >= placed.p_lo, placed.atom < placed.p_hi)
        amounts = {f"amount{n}": self._shared(placed, column_of(tallies[n], n), tallies[n]) for n in mine}
        placed = placed.select("scope", "entity", "atom", **amounts)
        summed = placed.group_by("scope", "entity", "atom").aggregate(**{n: placed[n].sum() for n in amounts})
        return self.rows.keep(f"{self.name}_flows{number}", summed)

    def _shared(self, placed: Any, column: str, tally: Tally) -> Any:
        """An amount by its share. What is counted is there whole for everybody who has a part in it."""
        amount = placed[column]
        if self.where is None or tally.comes.value is None:
            return amount
        return (amount.cast(_WIDE) * placed.share).cast(_WIDE)

    def _placed_levels(
        self, parts: Sequence[tuple[Scan, Any]], tallies: Sequence[Tally], mine: Sequence[int], name: str
    ) -> Any:
        by = [*self.keys, *(["entity_text"] if self.entity is not None and not self.by_owner else [])]
        moves = []
        for scan, table in parts:
            ways = [f"level{n}{way}" for n in mine for way in ("in", "out")]
            if any(way in scan.columns for way in ways):
                changes = {f"level{n}": _change_of(f"level{n}", scan, table) for n in mine}
                moves.append(table.select(*by, "atom", **changes))
        together = reduce(ibis.union, moves)
        levels = [f"level{n}" for n in mine]
        summed = together.group_by([*by, "atom"]).aggregate(**{level: together[level].sum() for level in levels})
        stands = _standing(summed, by, levels)
        placed = self._with_place(stands)
        lo, hi = ibis.greatest(placed.lo, placed.p_lo), ibis.least(placed.hi, placed.p_hi)
        amounts = {f"amount{n}": self._shared(placed, f"level{n}", tallies[n]) for n in mine}
        found = placed.select("scope", "entity", lo=lo, hi=hi, **amounts)
        found = found.filter(found.lo < found.hi)
        if self.where is not None:
            found = _disjoint(found, list(amounts))
        return self.rows.keep(f"{self.name}_levels_{name}", found)

    def _placed_spans(self, table: Any, number: int) -> Any:
        placed = self._with_place(table)
        since, until = ibis.greatest(placed.since, placed.from_day), ibis.least(placed.until, placed.to_day)
        amount = (placed.amount.cast(_WIDE) * placed.share).cast(_WIDE)
        found = placed.select(
            "scope", "entity", since=since, until=until, days=placed.until - placed.since, amount=amount
        )
        return self.rows.keep(f"{self.name}_placed_spans{number}", found.filter(found.since < found.until))


def _standing(moves: Any, by: Sequence[str], levels: Sequence[str]) -> Any:
    """From moves by atom to intervals [lo, hi) of atoms during which the levels stand; those of nothing left out."""
    running = ibis.window(group_by=list(by) or None, order_by="atom", preceding=None, following=0)
    in_order = ibis.window(group_by=list(by) or None, order_by="atom")
    stands = moves.select(
        *by,
        lo=moves.atom.cast("int64"),
        hi=moves.atom.lead().over(in_order).cast("int64").fill_null(ALWAYS),
        **{level: moves[level].sum().over(running) for level in levels},
    )
    return stands.filter(reduce(lambda one, other: one | other, [stands[level] != 0 for level in levels]))


def _disjoint(placed: Any, levels: Sequence[str]) -> Any:
    """One interval at a time for every entity of a scope, whoever its rows are of."""
    came = placed.select("scope", "entity", *levels, atom=placed.lo)
    left = placed.filter(placed.hi < ALWAYS)
    left = left.select("scope", "entity", **{level: -left[level] for level in levels}, atom=left.hi)
    moves = ibis.union(came, left.select(came.columns))
    summed = moves.group_by("scope", "entity", "atom").aggregate(**{level: moves[level].sum() for level in levels})
    return _standing(summed, ("scope", "entity"), levels)


_WHERE = ("scope", "p_lo", "p_hi", "share", "owner_entity", "from_day", "to_day")


def numbered(rows: Rows, name: str, texts: Any) -> Any:
    """(entity_text, entity) of different texts: those that differ only in case and blanks are one."""
    same = texts.entity_text.re_replace(BLANKS, " ").strip().lower()
    named = rows.keep(f"{name}_texts", texts.mutate(same=same).filter(same != ""))
    numbers = named.select("same").distinct()
    numbers = numbers.mutate(entity=ibis.row_number().over(ibis.window()))
    return rows.keep(f"{name}_entities", named.join(numbers, "same").select("entity_text", "entity"))


def text_of(name: str) -> Any:
    """The column as text, blank throughout in a table that does not have it."""
    return lambda rows: rows[name].cast("string") if name in rows.columns else ibis.null("string")


def _blanks_filled(table: Any, keys: Sequence[str]) -> Any:
    return table.mutate(**{key: table[key].fill_null("") for key in keys}) if keys else table


def _day_number(table: Any, column: str) -> Any:
    return table[column].cast("date").delta(ibis.literal("1970-01-01").cast("date"), unit="day").cast("int64")


def _change_of(level: str, scan: Scan, table: Any) -> Any:
    amount: Any = ibis.literal(0, "int8").cast("decimal(38, 4)")
    if f"{level}in" in scan.columns:
        amount = amount + table[f"{level}in"]
    if f"{level}out" in scan.columns:
        amount = amount - table[f"{level}out"]
    return amount.cast(_WIDE)
