"""The rows of one table and what becomes of each in a formula, as one SELECT over the table.

    inner    every row with `_p0, _p1, …`: does it count in this part; `_k0, …`: is it of its kind; whose it is
    coded    the same with `_code`: 0 for a row that counts, else the number of its reason, and `_detail`

Sums, counts and reasons come from one scan of `coded`; a page is a few rows of it. Where all parts are dated events,
only the days of the period are read: how many rows lie outside follows from how many there are.
"""

# ruff: noqa: S608 - made of catalogue definitions, dates and quoted names; texts of users are quoted

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from apps.common.texts import BLANKS
from apps.datasets.store.sql import name, text
from apps.metrics.catalogue.rows import Condition
from apps.metrics.engine import sql
from apps.metrics.engine.reasons import WHO, Part, Why, event, kinds, literal
from apps.metrics.engine.whose import Whose

COUNTS = 0
OUTSIDE = 1


@dataclass(frozen=True, eq=False)
class Placed:
    """A part and where it stands. `entity` names the table of entities among which its rows must have one that counts,
    `entity_column` the column that says which; `why_not` is said of rows of the others."""

    part: Part
    sides: frozenset[str]
    entity: str = ""
    entity_column: str = ""
    why_not: str = ""


def entity_of(column: str) -> str:
    """SQL over `r` of the entity that a row belongs to. An owner is one person under all names."""
    return WHO if column == "owner" else f"r.{name(column)}"


@dataclass(frozen=True, eq=False)
class Section:
    view: str
    columns: tuple[str, ...]
    parts: tuple[Placed, ...]
    whose: Whose
    group: tuple[str, str | None] | None
    group_says: str
    without_rate: bool  # some rows have money that could not be converted
    who: str  # the join that tells the owners of rows, where they are asked for
    events_only: bool  # every part is dated by an event, so that days outside need not be read
    same_owner: tuple[str, ...] = ()  # of a group by owner all texts that mean the same person

    @cached_property
    def whys(self) -> tuple[Why, ...]:
        """Every reason of this section; its code is its place, counted from 1."""
        return (Why("false", self._outside_says), *self._chain())

    @cached_property
    def inner(self) -> str:
        """SELECT of every row with what becomes of it in each part."""
        columns = ["r.*", f"{self._in_group} as _g", f"({self._outside}) as _outside"]
        joins = self.whose.join + self.who
        for i, placed in enumerate(self.parts):
            part = placed.part
            if self._flag(i) != i:
                continue
            columns.append(f"{sql.condition(part.kind)} as _k{i}")
            holds = f"{sql.condition(part.kind)} and {part.holds}"
            if placed.entity:
                joins += f" left join {placed.entity} _e{i} on {entity_of(placed.entity_column)} = _e{i}._entity"
                columns.append(f"coalesce(_e{i}._counts, false) as _e{i}")
                holds += f" and coalesce(_e{i}._counts, false)"
            if part.money and self.without_rate:
                holds += " and not _unconverted"
            columns.append(f"({sql.condition(part.kind)} and {part.holds}) as _h{i}")
            columns.append(f"({holds}) as _p{i}")
            inside = f"coalesce({self.weight(part)} > 0, false)" if part.days else self.whose.inside(part.day)
            columns.append(f"{inside} as _s{i}")
            columns.append(f"{self.weight(part)} as _w{i}")
        columns += [f"{why.when} as _whose{i}" for i, why in enumerate(self.whose.whys(self.view))]
        return f"select {', '.join(columns)} from {name(self.view)} r{joins}"

    def coded(self, *, everywhere: bool = False) -> str:
        """SELECT of the rows with `_code` and `_detail`; unless `everywhere`, only of those the dates may let count."""
        whys = self.whys
        cases = f"when {self.counts} then {COUNTS} when _outside then {OUTSIDE} " + " ".join(
            f"when {why.when} then {code}" for code, why in enumerate(whys, start=1) if code != OUTSIDE
        )
        details = " ".join(f"when {code} then {why.detail}" for code, why in enumerate(whys, start=1) if why.detail)
        detail = f"case _code {details} end" if details else "null::varchar"
        restrict = f" where {self._near}" if self.skips_days and not everywhere else ""
        coded = f"select *, case {cases} else {len(whys)} end as _code from ({self.inner}{restrict})"
        return f"select *, {detail} as _detail, {self._role} as _role, {self._share} as _share from ({coded})"

    @cached_property
    def counts(self) -> str:
        """SQL over `inner`: the row counts in a part of the period itself."""
        mine = [self.in_part(i) for i, placed in enumerate(self.parts) if not placed.part.of_base]
        return f"({' or '.join(mine) or 'false'})"

    @property
    def skips_days(self) -> bool:
        return self.events_only

    def in_part(self, i: int) -> str:
        """SQL over `inner`: the row counts in this part."""
        flag = self._flag(i)
        of_all_groups = self.group is not None and self.parts[i].part.overall == self.group[0]
        return f"(_p{flag} and _s{flag}{'' if of_all_groups else ' and _g'})"

    def _flag(self, i: int) -> int:
        """The first part that asks the same of a row: an amount and a number of the same rows are told apart by what
        they add up only."""
        return self._flags[i]

    @cached_property
    def _flags(self) -> tuple[int, ...]:
        known: dict[tuple[object, ...], int] = {}
        return tuple(known.setdefault(self._asks(placed), i) for i, placed in enumerate(self.parts))

    def _asks(self, placed: Placed) -> tuple[object, ...]:
        part = placed.part
        unconverted = part.money and self.without_rate
        return part.kind.key, part.holds, part.day, part.days, part.of_base, part.overall, placed.entity, unconverted

    def ends(self, column: str) -> date | None:
        """The day before which this column lies for all rows that count and have a day in it, if it is known."""
        befores = [placed.part.before for placed in self.parts if not placed.part.of_base]
        days = [each[1] for each in befores if each and each[0] == column]
        return max(days) if days and len(days) == len(befores) else None

    def counting(self, near: str = "") -> str:
        """SELECT of the rows that count, without a look at why others do not; only those `near` (SQL about `r`)."""
        near = " and ".join(f"({each})" for each in (near, self._inside) if each)
        inner = f"select * from ({self.inner}{' where ' if near else ''}{near}) where {self.counts}"
        return f"select *, {self._role} as _role, {self._share} as _share from ({inner})"

    @property
    def _inside(self) -> str:
        """The days of the period, where one column dates all rows that count."""
        mine = [placed.part for placed in self.parts if not placed.part.of_base]
        flows = {part.flow for part in mine}
        if not self.events_only or len(flows) != 1:
            return ""
        first, last = min(part.window.start for part in mine), max(part.window.end for part in mine)
        day = f"r.{name(flows.pop() or '')}"
        return f"{day} >= {literal(first)} and {day} < {literal(last)}"

    def sum_of(self, i: int, *, whole_rows: bool = False) -> str:
        """SQL over `inner`: what this part adds up to. `whole_rows`: a row that is shared is still one row."""
        part = self.parts[i].part
        times, weight = part.days is not None or self.whose.shared, f"_w{self._flag(i)}"
        if part.amount is None and (not times or (whole_rows and part.days is None)):
            return f"count(*) filter (where {self.in_part(i)})"
        if part.span:
            shared_out = f"round(({part.amount})::double * {weight} / {part.span}, 6)::decimal(38, 10)"
            value = f"case when {weight} = {part.span} then ({part.amount})::decimal(38, 10) else {shared_out} end"
            return f"coalesce(sum({value}) filter (where {self.in_part(i)}), 0)"
        value = weight if part.amount is None else f"({part.amount}) * {weight}" if times else part.amount
        return f"coalesce(sum({value}) filter (where {self.in_part(i)}), 0)"

    def spread_of(self, placed: Placed | None) -> str:
        """SQL over `inner`: median and 90th percentile of what the rows of a part are worth."""
        if placed is None or placed not in self.parts:
            return "null"
        value = f"({placed.part.amount})::double"
        return f"quantile_cont({value}, [0.5, 0.9]) filter (where {self.in_part(self.parts.index(placed))})"

    def weight(self, part: Part) -> str:
        """How often or to which share the row counts."""
        if part.days is not None:
            return self.whose.days(*part.days)
        return self.whose.share(part.day) if self.whose.shared else "1"

    def says(self, code: int, detail: str | None) -> str:
        return self.whys[code - 1].says + (detail or "")

    def where_reason(self, code: int, detail: str | None) -> str:
        return f"_code = {code} and _detail is not distinct from {'null' if detail is None else text(detail)}"

    def _chain(self) -> list[Why]:
        """Whose a row is, what it is, when it was: the first that applies is its reason."""
        own = [i for i in range(len(self.parts)) if self._flag(i) == i]
        inside = " or ".join(f"_s{i}" for i in own) or "true"
        whose = self.whose.whys(self.view)
        chain = [Why(f"not ({inside}) and _whose{i}", why.says) for i, why in enumerate(whose)]
        chain.append(Why("not _g", self.group_says))
        wheres: list[Condition] = [placed.part.kind for placed in self.parts]
        of_some_kind = " or ".join(f"_k{i}" for i in own) or "false"
        chain += [Why(f"not ({of_some_kind}) and {why.when}", why.says, why.detail) for why in kinds(wheres)]
        for i in own:
            if not self.parts[i].part.of_base:
                chain += self._of_part(i, self.parts[i])
        return chain

    def _of_part(self, i: int, placed: Placed) -> list[Why]:
        part = placed.part
        chain = [
            Why(f"_k{i} and not _s{i} and _whose{w}", why.says) for w, why in enumerate(self.whose.whys(self.view))
        ]
        if part.money and self.without_rate:
            chain.append(Why(f"_h{i} and _unconverted", "no exchange rate for its currency on that day"))
        if placed.entity:
            column = name(placed.entity_column)
            chain.append(Why(f"_k{i} and {column} is null", f"{placed.entity_column.replace('_', ' ')} is blank"))
            chain.append(Why(f"_h{i} and not _e{i}", placed.why_not))
        chain += [
            Why(
                f"_k{i} and _p{j} and _s{j} and _g", f"{event(other.part.flow or '')} in the period it is compared with"
            )
            for j, other in enumerate(self.parts)
            if other.part.of_base and self._flag(j) == j
        ]
        return chain + [Why(f"_k{i} and {why.when}", why.says) for why in part.whys]

    @cached_property
    def _flows(self) -> dict[str, list[Part]]:
        found: dict[str, list[Part]] = {}
        for placed in self.parts:
            if placed.part.flow:
                found.setdefault(placed.part.flow, []).append(placed.part)
        return found

    @property
    def _outside(self) -> str:
        """All dates are known and lie in none of the windows."""
        if not self.events_only:
            return "false"
        return " and ".join(f"({self._in_none(day, parts)})" for day, parts in self._flows.items())

    @staticmethod
    def _in_none(day: str, parts: Sequence[Part]) -> str:
        column = name(day)
        windows = " or ".join(
            f"({column} >= {literal(part.window.start)} and {column} < {literal(part.window.end)})" for part in parts
        )
        return f"{column} is not null and not ({windows})"

    @property
    def _near(self) -> str:
        """What has to be read: a date is missing or between the first and the last day that matters."""
        near = []
        for day, parts in self._flows.items():
            first, last = min(part.window.start for part in parts), max(part.window.end for part in parts)
            near.append(
                f"r.{name(day)} is null or (r.{name(day)} >= {literal(first)} and r.{name(day)} < {literal(last)})"
            )
        return " or ".join(f"({each})" for each in near)

    @property
    def _outside_says(self) -> str:
        return f"{' or '.join(event(day) for day in self._flows)} outside the period"

    @property
    def _in_group(self) -> str:
        if self.group is None:
            return "true"
        column, value = self.group
        if value is None:
            return f"r.{name(column)} is null"
        written = f"r.{name(column)}::varchar"
        if self.same_owner:
            same = f"lower(trim(regexp_replace({written}, {text(BLANKS)}, ' ', 'g')))"
            return f"coalesce({same} in ({', '.join(text(each) for each in self.same_owner)}), false)"
        return f"coalesce({written} = {text(value)}, false)"

    @property
    def _role(self) -> str:
        """On which side of the line the row counts."""
        above, below = (
            " or ".join(
                self.in_part(i)
                for i, placed in enumerate(self.parts)
                if side in placed.sides and not placed.part.of_base
            )
            for side in ("above", "below")
        )
        if not above or not below:
            return "''"
        return f"case when ({above}) and ({below}) then 'both' when ({above}) then 'above' else 'below' end"

    @property
    def _share(self) -> str:
        """The share of the row that counts, where rows are split."""
        if not self.whose.shared:
            return "null"
        shares = ", ".join(
            f"case when {self.in_part(i)} then _w{self._flag(i)} end"
            for i, placed in enumerate(self.parts)
            if placed.part.days is None
        )
        return f"greatest({shares})" if shares else "null"
