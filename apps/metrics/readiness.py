"""What a workspace still needs before a KPI can be computed in it: rows, columns, a number that no table has.

Nothing here reads rows. Which columns of an import hold anything is in the footer of its file, which never changes, so
it is read once a process.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product
from pathlib import Path

from pyarrow import parquet

from apps.datasets.listing import own_columns
from apps.datasets.models import LiveBatch
from apps.datasets.queries import layout_of
from apps.datasets.schema import TABLES
from apps.datasets.warehouse.tables import in_use
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.derived import source_of
from apps.metrics.catalogue.formulas import (
    Allotted,
    Count,
    Formula,
    Given,
    Level,
    PerEntity,
    Stocktake,
    Total,
    leaves,
    table_of,
    walk,
)
from apps.metrics.catalogue.rows import (
    Arithmetic,
    Column,
    Compare,
    Condition,
    Constant,
    Either,
    FirstKnown,
    InOrder,
    Known,
    Named,
    OneOf,
    Opposite,
    Truth,
    Value,
)
from apps.metrics.lacking import Missing
from apps.metrics.models import GivenNumber
from apps.people.models import Workspace


@dataclass(frozen=True)
class _Want:
    """Any of these columns of a table will do. `values`: one that is blank in every row is as good as none."""

    table: str
    any_of: tuple[tuple[str, ...], ...]
    values: bool


@dataclass(frozen=True)
class Readiness:
    """What the live imports of a workspace hold: columns that were mapped, and those with a value, by table."""

    mapped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    filled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def missing(self, kpi: Kpi) -> list[Missing]:
        """In the order in which the formula reads them; of a table without rows only the table is named."""
        found = {Missing(table=table): None for table in kpi.tables if table not in self.mapped}
        for want in _wants(kpi):
            if want.table in self.mapped and not self._has(want):
                found |= {Missing(want.table, column): None for column in self._lacking(want)}
        asked = (part.name for part in walk(kpi) if isinstance(part, Given))
        return [*found, *(Missing(number=name) for name in dict.fromkeys(asked) if name not in self.given)]

    def can_compute(self, kpi: Kpi) -> bool:
        return not self.missing(kpi)

    def _has(self, want: _Want) -> bool:
        return any(not self._blank(want, columns) for columns in want.any_of)

    def _blank(self, want: _Want, columns: Iterable[str]) -> list[str]:
        there = (self.filled if want.values else self.mapped)[want.table]
        return [column for column in columns if column not in there]

    def _lacking(self, want: _Want) -> list[str]:
        """Of several ways to the value the one that lacks least is asked for."""
        lacking = [self._blank(want, columns) for columns in want.any_of]
        return min(lacking, key=len)


def readiness_of(workspace: Workspace) -> Readiness:
    """Three queries, and the footers of files not seen before."""
    mapped: dict[str, set[str]] = {}
    filled: dict[str, set[str]] = {}
    live = LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
    found = live.values_list("dataset__table", "batch_id", "batch__mapping", "batch__pack__name")
    for table, batch, mapping, pack in found:
        layout = layout_of(workspace, table)
        standard = {name for name in _fields_of(mapping) if TABLES[table].has(name)}
        mapped.setdefault(table, set()).update(standard, own_columns(table, mapping))
        filled.setdefault(table, set()).update(filled_columns(layout.pack(pack) if pack else layout.rows(batch)))
    for there in in_use(workspace):  # replaces what is imported; which of its columns are blank is not asked
        mapped[there.table] = {*there.columns}
        filled[there.table] = {*there.columns}
    numbers = GivenNumber.objects.filter(workspace=workspace, withdrawn_at__isnull=True)
    return Readiness(
        mapped={table: frozenset(names | filled[table]) for table, names in mapped.items()},
        filled={table: frozenset(names) for table, names in filled.items()},
        given=frozenset(numbers.values_list("name", flat=True)),
    )


@lru_cache(maxsize=10_000)
def filled_columns(path: Path) -> frozenset[str]:
    """The columns of a Parquet file in which any row has a value. A file that is not there has none."""
    if not path.exists():
        return frozenset()
    footer = parquet.read_metadata(path)
    found = set()
    for group in (footer.row_group(number) for number in range(footer.num_row_groups)):
        for place in range(group.num_columns):
            chunk = group.column(place)
            known = chunk.statistics is not None and chunk.statistics.has_null_count
            if not known or chunk.statistics.null_count < chunk.num_values:
                found.add(chunk.path_in_schema)
    return frozenset(found)


def _fields_of(mapping: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    yield from mapping.get("columns", {})
    yield from mapping.get("constants", {})
    yield from mapping.get("computed", {})
    for lookup in mapping.get("lookups", []):
        yield from lookup["columns"]  # type: ignore[index]


# --- what a formula wants of its tables ------------------------------------------------------------------------------


def _wants(kpi: Kpi) -> Iterator[_Want]:
    for part in (each for each in walk(kpi) if isinstance(each, Kpi)):
        for leaf in leaves(part.formula):
            yield from _wants_of(leaf, part)
        for entity in (each for each in walk(part.formula) if isinstance(each, PerEntity)):
            for inner in entity.inner():
                yield _want(Column(table_of(next(leaves(inner))), entity.entity), values=True)


def _wants_of(leaf: Formula, kpi: Kpi) -> Iterator[_Want]:
    """Values and dates must be there. What only conditions read, and when things end, may be blank in every row."""
    match leaf:
        case Count(where=where, on=on):
            yield from _wants_of_rows(where, on, kpi)
        case Total(value=value, where=where, on=on):
            yield from _wants_of_rows(where, on, kpi)
            yield from _wants_of_value(value)
        case Level(value=value, since=since, until=until, where=where):
            yield from _wants_of_value(value) if value is not None else ()
            yield from (_want(column, values=False) for column in (since, until))
            yield from _wants_of_condition(where)
        case Allotted(value=value, since=since, until=until):
            yield from (_want(column, values=True) for column in (value, since, until))
        case Stocktake(value=value, counted_on=counted_on):
            yield _want(counted_on, values=True)
            yield from _wants_of_value(value)


def _wants_of_rows(where: Condition, on: Column | None, kpi: Kpi) -> Iterator[_Want]:
    dated_by = on if on is not None else kpi.dated_by
    if dated_by.table == where.table:
        yield _want(dated_by, values=True)
    yield from _wants_of_condition(where)


def _wants_of_condition(where: Condition) -> Iterator[_Want]:
    """What must not be the case needs no column: without one nothing was a trial, nothing void."""
    match where:
        case OneOf(column=value) | Known(column=value) | Truth(column=value):
            yield from _wants_of_value(value)
        case Compare(first=first, second=second):
            yield from _wants_of_value(first)
            yield from _wants_of_value(second)
        case Opposite():
            return
        case Either():
            yield from _wants_of_any(where)
        case InOrder():
            yield from (_want(column, values=False) for column in where.columns())
        case _:
            for part in where.parts():
                yield from _wants_of_condition(part)


def _wants_of_any(either: Either) -> Iterator[_Want]:
    """A lead is converted by its date or by its status: where one of the two is there, the other is no gap.

    What has a name of its own only counts too: who converted was qualified, but that alone tells nothing of qualifying.
    """
    parts = [part for part in either.parts() if not isinstance(part, Named)] or either.parts()
    branches = [list(_wants_of_condition(part)) for part in parts]
    if not all(branches):
        return
    choices = chain.from_iterable(product(*(want.any_of for want in branch)) for branch in branches)
    ways = dict.fromkeys(tuple(dict.fromkeys(chain.from_iterable(choice))) for choice in choices)
    wants = list(chain.from_iterable(branches))
    yield _Want(wants[0].table, tuple(ways), values=all(want.values for want in wants))


def _wants_of_value(value: Value) -> Iterator[_Want]:
    ways = tuple(_ways(value))
    if () not in ways:
        yield _Want(source_of(value.table), ways, values=True)


def _ways(value: Value) -> Iterator[tuple[str, ...]]:
    """The sets of columns any of which the value can be worked out from; the empty one: it needs none."""
    match value:
        case Constant():
            yield ()
        case FirstKnown(values=values):
            for each in values:
                yield from _ways(each)
        case Arithmetic(first=first, second=second):
            for one, other in product(_ways(first), _ways(second)):
                yield tuple(dict.fromkeys((*one, *other)))
        case _:
            yield tuple(dict.fromkeys(column.name for column in value.columns()))


def _want(column: Column, *, values: bool) -> _Want:
    return _Want(source_of(column.table), ((column.name,),), values)
