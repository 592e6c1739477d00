"""One connection on which a figure is taken apart: its sections, the number of each measure, and pages of its rows."""

# ruff: noqa: S608 - made of catalogue definitions, dates and quoted names

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Self

import pyarrow as pa

from apps.common.errors import Refusal
from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name
from apps.metrics.catalogue.derived import DERIVED, source_of
from apps.metrics.catalogue.formulas import (
    Allotted,
    Formula,
    Gain,
    Lesser,
    Number,
    PerEntity,
    Stocktake,
    WhileAllotted,
)
from apps.metrics.catalogue.words import heading, in_words
from apps.metrics.engine.derived import columns_of, live_sql
from apps.metrics.engine.figures import NO_DENOMINATOR, Org, Scope
from apps.metrics.engine.owners import texts_meaning
from apps.metrics.engine.places import identity
from apps.metrics.engine.plan import Need
from apps.metrics.engine.reasons import ALLOTTED_DAYS, WHO, Part, literal, part_of, then
from apps.metrics.engine.section import Placed, Section, entity_of
from apps.metrics.engine.shares import shares_of
from apps.metrics.engine.warm import connection_for
from apps.metrics.engine.whose import Whose, answered, put, texts_of, whose_rows
from apps.metrics.engine.windows import Window, reached

Group = tuple[str, str | None]


class Reading(AbstractContextManager["Reading"]):
    """The rows of some tables, whose they are and which group is asked for. Closing it gives the memory back."""

    def __init__(
        self,
        snapshots: Mapping[str, Snapshot],
        earlier: Mapping[str, Snapshot],
        scope: Scope,
        scope_id: int | None,
        org: Org,
        group: Group | None,
    ) -> None:
        self.snapshots, self.earlier = snapshots, earlier
        self.scope, self.scope_id, self.org, self.group = scope, scope_id, org, group
        self.con = connection_for([*snapshots.values(), *earlier.values()])
        self._whose: dict[str, Whose] = {}
        self._who: set[str] = set()
        self._entities = 0
        self.splits_owners = False  # rows shared by several owners are counted by owner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    # --- tables ------------------------------------------------------------------------------------------

    def section(self, view: str, parts: Sequence[Placed]) -> Section:
        """What becomes of each row of a table in these parts. Refusal if it has no column to pick the group by."""
        whose = self.whose(view)
        columns = self.columns(view)
        flows = all(placed.part.flow and not placed.entity for placed in parts)
        return Section(
            view=view,
            columns=columns,
            parts=tuple(parts),
            whose=whose,
            group=self._group_of(view, columns),
            group_says=_group_says(self.group),
            who=self.who(view) if any(_asks_who(placed) for placed in parts) else "",
            without_rate=bool(self._snapshot(view).foreign) and not self.is_derived(view),
            events_only=flows and bool(parts),
            same_owner=texts_meaning(self.group[1], self.org)
            if self.group and self.group[0] == "owner" and self.group[1]
            else (),
        )

    def whose(self, view: str) -> Whose:
        if view not in self._whose:
            self.con.execute(f"create temp view {name(view)} as {live_sql(_table(view), self._of(view))}")
            self._whose[view] = whose_rows(
                self.con, view, self.columns(view), self.scope, self.scope_id, self.org, self._files(view)
            )
        return self._whose[view]

    def _files(self, view: str) -> object:
        """Equal for equal contents of a view."""
        return self._snapshot(view).files

    def who(self, view: str) -> str:
        """The join of rows with who owns them: one person under all names, as entities.py tells owners apart."""
        self.whose(view)
        place = f"_who_{view.replace(' ', '_')}"
        if view not in self._who:
            people = dict(self.org.owners)
            texts = texts_of(self.con, view, "owner", self._files(view))
            shared = [text for text in texts if shares_of(text)]
            self.splits_owners = self.splits_owners or bool(shared)
            named = [(text, identity(next(iter(shares_of(text)), (text, 1))[0], people)) for text in texts]
            put(self.con, place, {"_owner": pa.string(), "_who": pa.string()}, named)
            self._who.add(view)
        return f' left join {place} _who on r."owner" = _who._owner'

    def columns(self, view: str) -> tuple[str, ...]:
        return columns_of(_table(view), self._of(view))

    def is_derived(self, view: str) -> bool:
        return _table(view) in DERIVED

    def raw(self, view: str) -> str | None:
        """SELECT of the rows as they were imported, where amounts of the view are converted; else None."""
        found = self._snapshot(view)
        return found.rows_sql() if found.foreign and not self.is_derived(view) else None

    def currency(self, view: str) -> str:
        return self._snapshot(view).currency

    def how_many(self, view: str) -> int:
        """All rows of a view, counted once in a process for the same files."""
        statement = f"select count(*) from {name(view)}"
        ((many,),) = answered(self.con, statement, self._files(view))
        return int(many)

    def answer(self, section: Section, statement: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement over a section. Files never change: what was found in them once in this process is
        known, as long as the same people own the same rows. Entities and allotments are in no file, so these are not.
        """
        if section.who or any(placed.entity for placed in section.parts):
            return self.con.execute(statement).fetchall()
        org = self.org if section.whose.join else None
        whose = org and (self.scope_id, org.owners, org.teams, org.memberships, org.ancestors)
        live = live_sql(_table(section.view), self._of(section.view))
        return answered(self.con, statement, (live, whose))

    def _of(self, view: str) -> Mapping[str, Snapshot]:
        return self.earlier if view == then(_table(view)) else self.snapshots

    def _snapshot(self, view: str) -> Snapshot:
        return self._of(view)[source_of(_table(view))]

    def _group_of(self, view: str, columns: Sequence[str]) -> Group | None:
        if self.group is not None and self.group[0] not in columns:
            raise Refusal(f"Rows cannot be picked by “{self.group[0]}”: {_table(view)} have no such column.")
        return self.group

    # --- measures ----------------------------------------------------------------------------------------

    def placed(
        self, need: Need, window: Window, through: date | None, sides: frozenset[str], *, base: bool
    ) -> list[Placed]:
        """The parts of a need: one, or for entities one for each of their measures."""
        reach = max(window.start, reached(window.end, through))
        leaf = need.leaf
        if isinstance(leaf, PerEntity):
            return self._of_entities(leaf, need, window, reach, sides, base=base)
        if isinstance(leaf, WhileAllotted):
            self._put_allotted_days(leaf.allotted, window)
        part = part_of(leaf, need.dated_by, window, of_base=base, reach=reach)
        if isinstance(leaf, Stocktake):
            part = self._from_the_last_before(part)
        return [Placed(part, sides)]

    def number(
        self, need: Need, placed: Sequence[Placed], summed: Sequence[Decimal]
    ) -> Decimal | tuple[Decimal, Decimal] | str:
        """What a need adds up to, given the sums of its parts; a fraction where that is exact."""
        leaf = need.leaf
        if isinstance(leaf, PerEntity):
            return self._value_of_entities(leaf, placed[0].entity)
        if isinstance(leaf, Stocktake):
            many = self._stocktakes(placed[0].part)
            return (summed[0], Decimal(many)) if many else NO_DENOMINATOR
        return summed[0]

    def _of_entities(
        self, leaf: PerEntity, need: Need, window: Window, reach: date, sides: frozenset[str], *, base: bool
    ) -> list[Placed]:
        inner = list(leaf.inner())
        parts = []
        for measure in inner:
            if isinstance(measure, WhileAllotted):
                self._put_allotted_days(measure.allotted, window)
            parts.append(part_of(measure, need.dated_by, window, of_base=base, reach=reach))
        table = self._put_entities(leaf, inner, parts)
        said = leaf.name or " and ".join(_holds_said(each) for each in leaf.having)
        why_not = f"none of the {said}" if leaf.entity == "id" else f"its {heading(leaf.entity)} is none of the {said}"
        return [Placed(part, sides, table, leaf.entity, why_not) for part in parts]

    def _put_entities(self, leaf: PerEntity, inner: Sequence[Formula], parts: Sequence[Part]) -> str:
        """A table of the entities with their measures and whether they count."""
        place = {id(measure): f"_m{i}" for i, measure in enumerate(inner)}
        selects = []
        for view in dict.fromkeys(part.source for part in parts):
            mine = [(i, part) for i, part in enumerate(parts) if part.source == view]
            section = self.section(view, [Placed(part, frozenset(), "", leaf.entity) for _, part in mine])
            sums = ", ".join(f"{section.sum_of(at, whole_rows=True)} as _m{i}" for at, (i, _) in enumerate(mine))
            source = section.inner.replace("select r.*", f"select {entity_of(leaf.entity)} as _entity, r.*", 1)
            selects.append(f"select _entity, {sums} from ({source}) where _entity is not null group by _entity")
        together = " union all by name ".join(selects)
        measures = ", ".join(f"coalesce(sum(_m{i}), 0) as _m{i}" for i in range(len(parts)))
        holds = " and ".join(f"({_inner(h.first, place)} {h.sign} {_inner(h.second, place)})" for h in leaf.having)
        self._entities += 1
        table = f"_entities{self._entities}"
        entities = f"select _entity, {measures or '0 as _m0'} from ({together}) group by _entity"
        value = "1" if leaf.value is None else _inner(leaf.value, place)
        judged = f"select *, ({holds or 'true'}) as _counts, {value} as _value from ({entities})"
        self.con.execute(f"create temp table {table} as {judged}")
        return table

    def _value_of_entities(self, leaf: PerEntity, table: str) -> Decimal:
        ((value,),) = self.con.execute(f"select coalesce(sum(_value), 0) from {table} where _counts").fetchall()
        return Decimal(value)

    def _put_allotted_days(self, measure: Allotted, window: Window) -> None:
        """Every day of the window on which an owner has an allotment."""
        view = measure.since.table
        self.whose(view)
        start, end = literal(window.start), literal(window.end)
        first, last = f"greatest({name(measure.since.name)}, {start})", f"least({name(measure.until.name)}, {end})"
        days = f"unnest(generate_series({first}, {last} - 1, interval 1 day))::date"
        self.con.execute(
            f"create or replace temp table {ALLOTTED_DAYS} as select distinct {WHO} as _who, {days} as _day"
            f" from {name(view)} r{self.who(view)} where {first} < {last}"
        )

    def _from_the_last_before(self, part: Part) -> Part:
        """A stocktake counts from the last one before the period."""
        section = self.section(part.source, [Placed(part, frozenset())])
        day = name(part.stocktake)
        ((last,),) = self.con.execute(
            f"select max({day}) from ({section.inner})"
            f" where _k0 and _s0 and _g and {day} < {literal(part.window.start)}"
        ).fetchall()
        if last is None:
            return part
        return replace(part, holds=f"({part.holds} or coalesce({day} = {literal(last)}, false))", flow=None)

    def _stocktakes(self, part: Part) -> int:
        section = self.section(part.source, [Placed(part, frozenset())])
        day = name(part.stocktake)
        ((many,),) = self.con.execute(
            f"select count(distinct {day}) from ({section.inner}) where {section.in_part(0)}"
        ).fetchall()
        return int(many)


def _asks_who(placed: Placed) -> bool:
    return placed.entity_column == "owner" or WHO in placed.part.holds


def _inner(measure: Formula, place: Mapping[int, str]) -> str:
    match measure:
        case Number(value=number):
            return str(number)
        case Lesser(first=first, second=second):
            return f"least({_inner(first, place)}, {_inner(second, place)})"
        case Gain(first=first, second=second):
            return f"greatest({_inner(first, place)} - {_inner(second, place)}, 0)"
    return place[id(measure)]


def _holds_said(holds: Any) -> str:
    sign = {">=": "at least", ">": "more than", "<": "less than"}[holds.sign]
    return f"{_said(holds.first)} {sign} {_said(holds.second)}"


def _said(measure: Formula) -> str:
    return str(measure.value) if isinstance(measure, Number) else in_words(measure)


def _table(view: str) -> str:
    return view.removeprefix("then ")


def _group_says(group: Group | None) -> str:
    if group is None:
        return ""
    column, value = group
    return f"{heading(column)} is not {'blank' if value is None else value}"
