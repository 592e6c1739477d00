"""What an own KPI would say about the workspace's own data, before anything is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.common.errors import Refusal
from apps.common.periods import Fiscal, Grain, Period, period_of, previous_period
from apps.datasets.queries import snapshots
from apps.datasets.schema import TABLES
from apps.datasets.store.snapshot import Snapshot, open_for_reading
from apps.datasets.store.sql import name as quoted
from apps.metrics.catalogue import BUILT_IN, Definitions, Kpi
from apps.metrics.engine import GroupFigure, compute_groups, sql
from apps.metrics.own.checks import NEW, Checked, Setting, check
from apps.metrics.own.definition import Definition, Measure
from apps.metrics.own.formula import Glossary
from apps.metrics.own.measures import TEXT, OwnColumns, condition_of, kind_of
from apps.metrics.own_queries import specs_of
from apps.metrics.queries import context_of, definitions_of
from apps.people.models import Workspace

PERIODS = 4
ROWS = 5
SUGGESTIONS = 50


def setting_of(workspace: Workspace, definitions: Definitions | None = None) -> Setting:
    """What definitions of this workspace are checked against, as it is now."""
    definitions = definitions or definitions_of(workspace)
    return Setting(
        own_columns=own_columns_of(snapshots(workspace=workspace, tables=TABLES)),
        glossary=Glossary(definitions.all(), definitions.each()),
        specs=specs_of(workspace),
        built_in=BUILT_IN.find,
    )


def own_columns_of(found: Mapping[str, Snapshot]) -> OwnColumns:
    return {table: tuple(name for name in rows.columns if not TABLES[table].has(name)) for table, rows in found.items()}


@dataclass(frozen=True)
class Matching:
    """How many rows of a table fulfil a measure's conditions, whenever they are dated, and the first of them.

    `withheld`: answers of colleagues are counted, never listed.
    """

    table: str
    all_rows: int
    matched: int
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    withheld: bool


@dataclass(frozen=True)
class Preview:
    """`figures` are those of the newest periods, oldest first; `parts` the same of each KPI that a formula names, with
    its name."""

    kpi: Kpi
    checked: Checked
    figures: list[GroupFigure]
    parts: list[tuple[Kpi, str, list[GroupFigure]]]
    matching: list[Matching]
    without_rows: tuple[str, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        return self.kpi.tables

    @property
    def divides(self) -> bool:
        """Whether there are two sides worth showing."""
        return any(each.figure.denominator is not None for each in self.figures)


def preview(
    *, workspace: Workspace, definition: Definition, name: str, grain: Grain, key: str = NEW, unit: str = ""
) -> Preview:
    """Raises OwnKpiRefusal as saving it would."""
    definitions = definitions_of(workspace)
    setting = setting_of(workspace, definitions)
    checked = check(definition, setting, name=name or "This KPI", key=key, unit=unit)
    kpi = checked.kpi.newest
    named = [found for found in (setting.glossary.find(written) for written, _ in checked.definition.names) if found]
    tables = dict.fromkeys(table for each in (kpi, *named) for table in each.tables)
    live = snapshots(workspace=workspace, tables=tables)
    periods = _newest(live.values(), grain, workspace.fiscal)
    context = context_of(workspace)
    measures = _told_apart(definition)
    return Preview(
        kpi=kpi,
        checked=checked,
        figures=compute_groups(live, kpi, periods, context=context) if periods else [],
        parts=[
            (each, definitions.told(each), compute_groups(live, each, periods, context=context))
            for each in (named if periods else [])
        ],
        matching=[matching(live[each.table], each, withheld=bool(kpi.privacy_min)) for each in measures],
        without_rows=tuple(table for table in kpi.tables if live[table].is_empty),
    )


def _told_apart(definition: Definition) -> list[Measure]:
    """The measures whose rows are worth listing: the second one only if it counts others than the first."""
    above, below = definition.measure, definition.divided_by
    same = above and below and replace(above, aggregate="", column="") == replace(below, aggregate="", column="")
    return [each for each in (above, None if same else below) if each]


def _newest(live: Iterable[Snapshot], grain: Grain, fiscal: Fiscal) -> list[Period]:
    ends = [each.complete_through for each in live if each.complete_through]
    if not ends:
        return []
    found = [period_of(max(ends), grain, fiscal)]
    while len(found) < PERIODS:
        found.append(previous_period(found[-1], grain, fiscal))
    return found[::-1]


def matching(rows: Snapshot, measure: Measure, *, withheld: bool = False) -> Matching:
    """Counted over all days. The conditions are the catalogue's, written as SQL by the engine as for the drill-down."""
    if rows.is_empty:
        return Matching(measure.table, 0, 0, (), [], withheld)
    if rows.in_place is not None:
        raise Refusal(f"{rows.in_place.said} is used where it is, and rows are listed here of imported tables only.")
    where = sql.condition(condition_of(measure))
    columns = _worth_showing(rows, measure)
    listed = ", ".join(quoted(each) for each in columns)
    with open_for_reading([rows]) as con:
        con.execute(f"create temp view live as {rows.counted_sql()}")
        counts = f"select count(*), count(*) filter (where {where}) from live"  # noqa: S608
        ((all_rows, matched),) = con.execute(counts).fetchall()
        newest = f"{quoted(measure.date)} desc nulls last, _batch, _line"
        first = f"select {listed} from live where {where} order by {newest} limit {ROWS}"  # noqa: S608
        found = [] if withheld else con.execute(first).fetchall()
    return Matching(measure.table, all_rows, matched, columns, found, withheld)


def _worth_showing(rows: Snapshot, measure: Measure) -> tuple[str, ...]:
    """What the measure reads, after what tells the rows apart."""
    table = TABLES[measure.table]
    asked = [measure.date, measure.column, *(each.column for each in measure.filters)]
    names = dict.fromkeys([*table.key, *filter(None, asked), "owner"])
    return tuple(each for each in names if each in rows.columns)


def values_of(workspace: Workspace, table: str, column: str) -> list[str]:
    """The most frequent texts of a column, to choose from; nothing for a column that has no texts."""
    if table not in TABLES:
        return []
    rows = snapshots(workspace=workspace, tables=[table])[table]
    own = own_columns_of({table: rows})
    if kind_of(table, column, own) != TEXT:
        return []
    choices = TABLES[table].field(column).choices if TABLES[table].has(column) else ()
    if choices or rows.is_empty or rows.in_place is not None:
        return list(choices)
    with open_for_reading([rows]) as con:
        statement = (
            f"select {quoted(column)} as said from ({rows.rows_sql()}) where said is not null"  # noqa: S608
            f" group by said order by count(*) desc, said limit {SUGGESTIONS}"
        )
        return [str(said) for (said,) in con.execute(statement).fetchall()]
