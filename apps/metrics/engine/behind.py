"""The rows behind a number, and why the others do not count.

A figure may rest on several tables. Of each, every row is in exactly one group: it counts, or it has one reason why
not, the first that applies: it lies outside the period, it is somebody else's, it is of another kind.
"""

# ruff: noqa: S608 - the SQL is made of catalogue definitions and quoted names

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from apps.common.errors import Refusal
from apps.datasets.store.snapshot import Snapshot
from apps.datasets.store.sql import name
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.formulas import Allotted, Formula, Mean, Quotient, ThenKnown, Total, leaves, walk
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine.behind_in_place import every_row_there, figure_there, page_there
from apps.metrics.engine.coverage import coverage_of, has_rows, ran_in, tells_whose
from apps.metrics.engine.evaluate import Outcome, figure_of, terms_of
from apps.metrics.engine.figures import NO_OWNER, NOTHING, Context, Figure, Org, Request
from apps.metrics.engine.numbers import number_without_rows
from apps.metrics.engine.plan import Need, Term, When, bases_of, dated_by_of, is_leaf, need_of, wanted_of
from apps.metrics.engine.reading import Reading
from apps.metrics.engine.requests import compute_requests
from apps.metrics.engine.scanned import Found, Scanned, Wanted, order_of
from apps.metrics.engine.section import COUNTS, Placed, Section
from apps.metrics.engine.windows import Window, base_to_date, covered, reached

__all__ = ["Behind", "Found", "Wanted", "every_row", "page_of", "rows_behind"]


@dataclass(frozen=True)
class Behind:
    """A figure, what became of the rows of each of its tables, and one page of the rows of the one asked for.

    `rows` hold the columns of the table plus `_batch` and `_line`, `_role` (above, below or both sides of the line;
    blank where there is none), `_share` (the part of the row that counts; None: all) and `_original` (amounts before
    they were converted). `numbers` are those of every measure. `spread` of a mean: median and 90th percentile.
    Rows that stay in a warehouse have `_relation` and `_key` instead of an import and a line; of those that do not
    count nothing is told (`ran_in` names the relations).
    """

    figure: Figure
    columns: tuple[str, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    included: int = 0
    excluded: list[tuple[str, int]] = field(default_factory=list)
    tables: tuple[Found, ...] = ()
    shown: str = ""  # which of the tables
    offset: int = 0  # of the page, at most that of the last one
    listed: int = 0  # how many rows the list has of which this is a page
    numbers: Mapping[Term, Decimal | Outcome] = field(default_factory=dict)
    windows: Mapping[When, Window] = field(default_factory=dict)
    spread: tuple[float, float] | None = None
    single_rows: bool = True  # False: answers are told in groups only
    ran_in: tuple[str, ...] = ()


def rows_behind(snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org, context: Context | None = None) -> Behind:
    """Figure, rows and reasons. Raises Refusal for a table, a reason or a column to sort by that there is not."""
    wanted = replace(wanted, kpi=wanted.kpi.at(wanted.start))
    if not has_rows(snapshots, wanted.kpi):
        return Behind(NOTHING)
    if ran_in(snapshots, wanted.kpi):
        return _behind_there(snapshots, wanted, org, context or Context())
    with _Apart(snapshots, wanted, org, context or Context()) as apart:
        return apart.behind()


def every_row(
    snapshots: Mapping[str, Snapshot],
    wanted: Wanted,
    org: Org,
    context: Context | None = None,
    *,
    excluded: bool = False,
    chunk: int = 5000,
) -> Iterator[tuple[dict[str, Any], str]]:
    """All rows of the table with why they do not count ('': they do), read while they are asked for.

    Those that count come first, in the order of the page; the others follow if `excluded`.
    """
    wanted = replace(wanted, kpi=wanted.kpi.at(wanted.start))
    if not has_rows(snapshots, wanted.kpi):
        return
    if ran_in(snapshots, wanted.kpi):
        if wanted.kpi.privacy_min <= 1:
            yield from ((row, "") for row in every_row_there(snapshots, wanted, org, chunk))
        return
    with _Apart(snapshots, wanted, org, context or Context()) as apart:
        yield from apart.every_row(excluded=excluded, chunk=chunk)


def _behind_there(snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org, context: Context) -> Behind:
    figure, numbers = figure_there(snapshots, wanted, org, context)
    shown, private = page_there(snapshots, wanted, org), wanted.kpi.privacy_min > 1
    return Behind(
        figure=figure,
        columns=shown.columns,
        rows=[] if private else shown.rows,
        included=shown.included,
        tables=shown.found,
        shown=shown.view,
        offset=shown.offset,
        listed=0 if private else shown.included,
        numbers=numbers,
        single_rows=not private,
        ran_in=ran_in(snapshots, wanted.kpi),
    )


class _Apart(Reading):
    """A figure taken apart."""

    def __init__(self, snapshots: Mapping[str, Snapshot], wanted: Wanted, org: Org, context: Context) -> None:
        kpi = wanted.kpi
        used = {table: snapshots[table] for table in kpi.tables}
        looks_back = any(isinstance(part, ThenKnown) for part in walk(kpi))
        then = context.then(wanted.start) if looks_back and context.then else {}
        earlier = {table: found for table, found in then.items() if table in kpi.tables and not found.is_empty}
        super().__init__(used, earlier, wanted.scope, wanted.scope_id, org, wanted.group)
        self.wanted, self.kpi, self.context = wanted, kpi, context
        self.coverage = coverage_of(snapshots, kpi)
        self.windows = self._windows()
        self.parts: dict[Term, list[Placed]] = {}
        self.numbers: dict[Term, Decimal | Outcome] = {}

    def behind(self) -> Behind:
        sections = self._sections()
        spread_of = self._spread_of()
        scanned = [Scanned(self, section, self.wanted, self.coverage, spread_of) for section in sections]
        self._add_up(scanned)
        shown = self._shown(scanned)
        private = self.kpi.privacy_min > 1
        listed = shown.listed(self.wanted.reason)
        offset = min(self.wanted.offset, max(0, (listed - 1) // self.wanted.size * self.wanted.size))
        return Behind(
            figure=self._figure(),
            columns=shown.section.columns,
            rows=[] if private else shown.page(offset),
            included=shown.included,
            excluded=shown.excluded,
            tables=tuple(each.found for each in scanned),
            shown=shown.section.view,
            offset=offset,
            listed=0 if private else listed,
            numbers=self.numbers,
            windows=self.windows,
            spread=next((each.spread for each in scanned if each.spread), None),
            single_rows=not private,
        )

    def every_row(self, *, excluded: bool, chunk: int) -> Iterator[tuple[dict[str, Any], str]]:
        if self.kpi.privacy_min > 1:
            return
        section = next(each for each in self._sections() if each.view == self._view_shown())
        order = order_of(section, self.wanted)
        yield from self._stream(section, f"_code = {COUNTS} order by {order}", chunk)
        if excluded:
            yield from self._stream(section, f"_code <> {COUNTS}", chunk)

    def _stream(self, section: Section, which: str, chunk: int) -> Iterator[tuple[dict[str, Any], str]]:
        columns = ", ".join(name(column) for column in (*section.columns, "_batch", "_line", "_role", "_share"))
        cursor = self.con.execute(
            f"select {columns}, _code, _detail from ({section.coded(everywhere=True)}) where {which}"
        )
        names = [column[0] for column in cursor.description or ()]
        while rows := cursor.fetchmany(chunk):
            for row in rows:
                found = dict(zip(names, row, strict=True))
                code, detail = found.pop("_code"), found.pop("_detail")
                yield found, "" if code == COUNTS else section.says(code, detail)

    # --- the figure --------------------------------------------------------------------------------------

    def _windows(self) -> dict[When, Window]:
        wanted, bases = self.wanted, bases_of(self.kpi)
        end = max(wanted.start, reached(wanted.end, self.coverage.through)) if bases else wanted.end
        windows: dict[When, Window] = {None: Window(wanted.start, max(end, wanted.start))}
        for base in bases:
            windows[base] = base_to_date(wanted.start, wanted.end, end, base)
        return windows

    def _sections(self) -> list[Section]:
        """One for each table that is read, that of the KPI first."""
        sides = _sides_of(self.kpi)
        for need, when in wanted_of(self.kpi):
            term = (need.key, when)
            if term in self.parts or term in self.numbers:
                continue
            window = self.windows[when]
            given = number_without_rows(need, window, self.coverage.reach, self.context)
            if given is not None:
                self.numbers[term] = given
            elif isinstance(need.leaf, ThenKnown) and not self.earlier:
                self.numbers[term] = "not_then_known"
            else:
                at = sides.get(term, frozenset())
                self.parts[term] = self.placed(need, window, self.coverage.reach, at, base=when is not None)
        self.needs: dict[Term, Need] = {(need.key, when): need for need, when in wanted_of(self.kpi)}
        placed = [each for parts in self.parts.values() for each in parts]
        views = sorted({each.part.source for each in placed}, key=lambda view: (view != self.kpi.table, view))
        return [self.section(view, [each for each in placed if each.part.source == view]) for view in views]

    def _add_up(self, scanned: Sequence[Scanned]) -> None:
        sums = {
            id(placed): total for each in scanned for placed, total in zip(each.section.parts, each.sums, strict=True)
        }
        for term, parts in self.parts.items():
            self.numbers[term] = self.number(self.needs[term], parts, [sums[id(placed)] for placed in parts])

    def _figure(self) -> Figure:
        wanted = self.wanted
        if not tells_whose(self.snapshots, self.kpi, wanted.scope):
            return Figure(None, None, 0, None, NO_OWNER)
        if not covered(wanted.start, wanted.end, self.coverage.first, self.coverage.through):
            return NOTHING
        if self.splits_owners or any(_is_of_spans(need) for need in self.needs.values()):
            return self._figure_by_owner()
        return figure_of(self.kpi)([self.numbers[term] for term in terms_of(self.kpi)])

    def _figure_by_owner(self) -> Figure:
        """Quotas, and rows that several people share, count owner by owner: the sums of single rows may differ from
        that by a rounding."""
        wanted = self.wanted
        request = Request(0, self.kpi.ref, wanted.scope, wanted.scope_id, wanted.start, wanted.end)
        return compute_requests(self.snapshots, [request], self.org, {self.kpi.ref: self.kpi}, self.context)[0].figure

    def _spread_of(self) -> Placed | None:
        """What is above the line of a mean: how its rows are spread is told, unless they are answers of people."""
        formula, dated_by = opened(self.kpi)
        if self.kpi.privacy_min > 1 or not isinstance(formula, Mean) or not isinstance(formula.above, Total):
            return None
        (placed,) = self.parts[(need_of(formula.above, dated_by).key, None)]
        return placed

    # --- which rows --------------------------------------------------------------------------------------

    def _view_shown(self) -> str:
        views = list(dict.fromkeys(each.part.source for parts in self.parts.values() for each in parts))
        if self.wanted.table and self.wanted.table not in views:
            raise Refusal(f"{self.kpi.name} does not read “{self.wanted.table}”; it reads {', '.join(views)}.")
        if self.wanted.table:
            return self.wanted.table
        return self.kpi.table if self.kpi.table in views else views[0]

    def _shown(self, scanned: Sequence[Scanned]) -> Scanned:
        view = self._view_shown()
        return next(each for each in scanned if each.section.view == view)


def _is_of_spans(need: Need) -> bool:
    return any(isinstance(leaf, Allotted) for leaf in leaves(need.leaf))


def opened(kpi: Kpi) -> tuple[Formula, Column]:
    """The formula below all names, with the column that dates its rows."""
    formula: Formula = kpi
    dated_by = kpi.dated_by
    while isinstance(formula, Kpi):
        dated_by, formula = formula.dated_by, formula.formula
    return formula, dated_by


def _sides_of(kpi: Kpi) -> dict[Term, frozenset[str]]:
    """For each number on which sides of the outermost line it stands."""
    formula, dated_by = opened(kpi)
    found: dict[Term, frozenset[str]] = {}
    if isinstance(formula, Quotient):
        for side, half in (("above", formula.above), ("below", formula.below)):
            for key in _leaves_of(half, dated_by):
                found[(key, None)] = found.get((key, None), frozenset()) | {side}
    return found


def _leaves_of(formula: Formula, dated_by: Column) -> Iterator[str]:
    if is_leaf(formula):
        yield need_of(formula, dated_by).key
        return
    for part in formula.parts():
        yield from _leaves_of(part, dated_by_of(formula, dated_by))


def page_of(columns: Sequence[str], rows: Sequence[dict[str, Any]], always: Sequence[str]) -> tuple[str, ...]:
    """The columns worth showing: those that the KPI needs, and those that say something on this page."""
    return tuple(c for c in columns if c in always or any(row.get(c) is not None for row in rows))
