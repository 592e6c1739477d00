"""The rows of one table in one scan: how many count, why the others do not, what each measure adds up to; and pages."""

# ruff: noqa: S608 - the SQL is made of catalogue definitions and quoted names

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.common.errors import Refusal
from apps.datasets.schema import FieldType
from apps.datasets.store.sql import name
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.engine.coverage import Coverage
from apps.metrics.engine.figures import Scope
from apps.metrics.engine.reading import Reading
from apps.metrics.engine.reasons import literal
from apps.metrics.engine.section import COUNTS, OUTSIDE, Placed, Section
from apps.metrics.engine.windows import reached

_OURS = ("_batch", "_line", "_role", "_share")
_MANY = 100_000  # in so many rows the newest are looked for among the last days first
_LOOKED_UP = 1000  # so many rows at most are looked up by import and line


@dataclass(frozen=True)
class Found:
    """What became of the rows of one table. `excluded` is (why, how many), most first."""

    name: str
    table: str
    columns: tuple[str, ...]
    included: int
    excluded: list[tuple[str, int]]

    @property
    def left_out(self) -> int:
        return sum(many for _, many in self.excluded)


@dataclass(frozen=True)
class Wanted:
    """Which number, and which page of its rows."""

    kpi: Kpi
    scope: Scope
    scope_id: int | None
    start: date
    end: date
    offset: int
    size: int
    sort: str | None  # a column; with a minus in front, descending
    group: tuple[str, str | None] | None = None  # only rows with this text (None: blank) in this column
    table: str = ""  # one of `Behind.tables` by name; else the one of the KPI
    reason: str | None = None  # rows that do not count for this reason; None: rows that count


class Scanned:
    """The counts, reasons and sums of one section."""

    def __init__(
        self, reading: Reading, section: Section, wanted: Wanted, coverage: Coverage, spread_of: Placed | None
    ) -> None:
        self.reading, self.section, self.wanted = reading, section, wanted
        self.first, self.through = coverage.first, coverage.through
        self.included = 0
        self._where: dict[str, list[tuple[int, str | None]]] = {}
        self._many: dict[str, int] = {}
        self.sums = [Decimal(0)] * len(section.parts)
        self.spread: tuple[float, float] | None = None  # median and 90th percentile of the rows of `spread_of`
        self._scan(spread_of)
        self.excluded = sorted(self._many.items(), key=lambda each: (-each[1], each[0]))

    @property
    def found(self) -> Found:
        section = self.section
        return Found(section.view, section.parts[0].part.table, section.columns, self.included, self.excluded)

    def listed(self, reason: str | None) -> int:
        if reason is None:
            return self.included
        if reason not in self._many:
            raise Refusal(f"No row of {self.section.view} is left out because of “{reason}”.")
        return self._many[reason]

    def page(self, offset: int) -> list[dict[str, Any]]:
        """The rows in order."""
        wanted, section, reading = self.wanted, self.section, self.reading
        limit = f"order by {order_of(section, wanted)} limit {int(wanted.size)} offset {int(offset)}"
        whole = ", ".join(name(column) for column in (*section.columns, *_OURS))
        if reading.is_derived(section.view) or wanted.size > _LOOKED_UP:
            return _dicts(reading, f"select {whole} {self._source()} {limit}")
        newest = self._newest(offset + wanted.size)
        if newest and reading.raw(section.view) is None:
            found = _dicts(reading, f"select {whole} {newest} {limit}")
            if len(found) == wanted.size:
                return found
            newest = ""
        # Import and line of each are found first, then the rest of these few rows is read.
        main = table_named(section.parts[0].part.table).main_date
        few = f"{', '.join(_OURS)}, {name(main)} as _day"
        places = _dicts(reading, f"select {few} {newest} {limit}") if newest else []
        if len(places) < wanted.size:
            places = _dicts(reading, f"select {few} {self._source()} {limit}")
        return self._looked_up(places, main)

    def _source(self) -> str:
        if self.wanted.reason is None:
            return f"from ({self.section.counting()})"
        codes = self._where[self.wanted.reason]
        which = " or ".join(self.section.where_reason(code, detail) for code, detail in codes)
        everywhere = any(code == OUTSIDE for code, _ in codes)
        return f"from ({self.section.coded(everywhere=everywhere)}) where {which}"

    def _newest(self, many: int) -> str:
        """Where the page begins with the newest rows, so many of them are usually found in the last days."""
        wanted, section = self.wanted, self.section
        if wanted.sort or wanted.reason is not None or not self.included:
            return ""
        if self.reading.how_many(section.view) < _MANY:
            return ""
        column = _dated_by(section, wanted)
        end, part = section.ends(column), 4 * many / self.included
        if end is None or part > 1 / 2:
            return ""
        first = wanted.start if section.events_only else self.first or wanted.start
        known = reached(end, self.through)
        since = known - max((known - first) * part, timedelta(days=1))
        day = f"r.{name(column)}"
        return f"from ({section.counting(f'{day} >= {literal(since)} and {day} < {literal(end)}')})"

    def _looked_up(self, places: list[dict[str, Any]], main: str) -> list[dict[str, Any]]:
        """Files are sorted by the main date, so that with its days few parts of them need be read."""
        if not places:
            return []
        batches = ", ".join(str(each) for each in sorted({int(row["_batch"]) for row in places}))
        lines = ", ".join(str(each) for each in sorted({int(row["_line"]) for row in places}))
        days = {row.pop("_day") for row in places}
        dated = ", ".join(literal(day) for day in sorted(days - {None}))
        few = [f"_line in ({lines}) and _batch in ({batches}) and {name(main)} in ({dated})"] if dated else []
        if None in days:
            few.append(f"_line in ({lines}) and _batch in ({batches}) and {name(main)} is null")
        found = [
            row for each in few for row in _dicts(self.reading, f"select * from {name(self.section.view)} where {each}")
        ]
        by_place = {(row["_batch"], row["_line"]): row for row in found}
        originals = self._originals(few)
        return [
            by_place[place] | row | {"_original": originals.get(place, {})}
            for row in places
            for place in [(row["_batch"], row["_line"])]
        ]

    def _originals(self, few: list[str]) -> dict[tuple[int, int], dict[str, Any]]:
        """Amounts in the currency they were imported in, of rows that were converted."""
        raw = self.reading.raw(self.section.view)
        if raw is None:
            return {}
        table = table_named(self.section.parts[0].part.table)
        money = [field.name for field in table.fields if field.type is FieldType.MONEY]
        columns = ", ".join(name(column) for column in ("currency", *money, "_batch", "_line"))
        found = [row for each in few for row in _dicts(self.reading, f"select {columns} from ({raw}) where {each}")]
        ours = self.reading.currency(self.section.view)
        return {
            (row["_batch"], row["_line"]): {column: row[column] for column in money if row[column] is not None}
            for row in found
            if row["currency"] not in (None, ours)
        }

    def _scan(self, spread_of: Placed | None) -> None:
        """One row for each reason, with what its rows add up to in each part."""
        section = self.section
        columns = ["_code", "_detail", "count(*)", section.spread_of(spread_of)]
        columns += [section.sum_of(i) for i in range(len(section.parts))]
        rows = self.reading.answer(section, f"select {', '.join(columns)} from ({section.coded()}) group by all")
        for code, detail, many, spread, *sums in rows:
            self.sums = [total + Decimal(each) for total, each in zip(self.sums, sums, strict=True)]
            if code == COUNTS and spread:
                self.spread = (spread[0], spread[1])
            self._put(code, detail, many)
        if section.skips_days:
            read = sum(row[2] for row in rows)
            self._put(OUTSIDE, None, self.reading.how_many(section.view) - read)

    def _put(self, code: int, detail: str | None, many: int) -> None:
        if code == COUNTS:
            self.included += many
        elif many:
            says = self.section.says(code, detail)
            self._many[says] = self._many.get(says, 0) + many
            where = self._where.setdefault(says, [])
            if (code, detail) not in where:
                where.append((code, detail))


def order_of(section: Section, wanted: Wanted) -> str:
    """The newest first, or as asked. Refusal for a column that there is not."""
    given = wanted.sort or ""
    column = given.removeprefix("-")
    if wanted.sort and column not in section.columns:
        raise Refusal(f"Rows cannot be sorted by “{column}”: {section.view} have no such column.")
    if not wanted.sort:
        column = _dated_by(section, wanted)
    way = "desc" if given.startswith("-") or not wanted.sort else "asc"
    return f"{name(column)} {way} nulls last, _batch, _line"


def _dated_by(section: Section, wanted: Wanted) -> str:
    """By which date rows are told the newest first."""
    part = section.parts[0].part
    return wanted.kpi.date if part.table == wanted.kpi.table else part.flow or table_named(part.table).main_date


def _dicts(reading: Reading, statement: str) -> list[dict[str, Any]]:
    rows = reading.con.execute(statement)
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
