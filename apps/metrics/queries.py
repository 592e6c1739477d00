"""Reads of the metrics room: figures of a workspace, and the rows behind a figure."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from apps.common.periods import Grain, Period, parse_period, periods_between
from apps.common.texts import normalised
from apps.datasets.models import Import, LiveBatch
from apps.datasets.queries import snapshots, unconverted_told
from apps.datasets.schema import TABLES, FieldType
from apps.datasets.store import Snapshot
from apps.datasets.store.lines import line_of
from apps.datasets.warehouse.tables import in_use, said_of
from apps.metrics.analysis.wilson import Interval
from apps.metrics.analysis.wilson import interval as share_interval
from apps.metrics.catalogue import BUILT_IN, Definitions, Kpi
from apps.metrics.catalogue.derived import source_of, table_named
from apps.metrics.catalogue.formulas import Given, walk
from apps.metrics.engine import Figure, GroupFigure, Org, check_column, compute_groups, data_span
from apps.metrics.engine.behind import Found, Wanted, every_row, page_of, rows_behind
from apps.metrics.engine.coverage import coverage_of
from apps.metrics.engine.equation import Equation, cases_of, equation
from apps.metrics.engine.figures import Context, Scope
from apps.metrics.models import GivenNumber, KpiChoice
from apps.metrics.own_queries import own_kpis_of
from apps.people.models import Membership, Team, Workspace
from apps.people.queries import calendar_of, owners_in_data
from apps.people.trees import above


def definitions_of(workspace: Workspace, tables: Set[str] | None = None) -> Definitions:
    """Every KPI this workspace knows, in the variants it chose; of the others the first whose tables have rows.

    `tables`: those that are taken to have rows, instead of those that do.
    """
    chosen = KpiChoice.objects.filter(workspace=workspace).values_list("key", "variant")
    kpis = [*BUILT_IN.each(), *own_kpis_of(workspace)]
    return Definitions(kpis, chosen=dict(chosen), tables=tables_with_rows(workspace) if tables is None else tables)


def tables_with_rows(workspace: Workspace) -> frozenset[str]:
    """The standard tables with an import in use, or that are used in a warehouse: one query."""
    live = LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
    there = in_use(workspace).order_by().values_list("table", flat=True)
    return frozenset(live.order_by().values_list("dataset__table", flat=True).union(there))


def numbers_asked_for(workspace: Workspace) -> tuple[str, ...]:
    """The names of the numbers that formulas of this workspace ask for and no table has."""
    formulas = (part for kpi in definitions_of(workspace).each() for part in walk(kpi))
    return tuple(dict.fromkeys(part.name for part in formulas if isinstance(part, Given)))


def given_numbers(workspace: Workspace, as_of: datetime | None = None) -> list[GivenNumber]:
    """The numbers in use, now or as known at `as_of`, by name and day."""
    in_use = Q(withdrawn_at__isnull=True)
    if as_of is not None:
        in_use = Q(set_at__lte=as_of) & (in_use | Q(withdrawn_at__gt=as_of))
    return list(GivenNumber.objects.filter(in_use, workspace=workspace).select_related("set_by"))


def context_of(workspace: Workspace, as_of: datetime | None = None) -> Context:
    """What figures rest on besides rows: working days, given numbers, and what was known earlier (never past `as_of`).

    The snapshots of an earlier day are looked up when the engine asks for them, one query a day asked for.
    """
    given: dict[str, list[tuple[date, Decimal]]] = {}
    for number in given_numbers(workspace, as_of):
        given.setdefault(number.name, []).append((number.valid_from, number.value))

    @cache
    def then(day: date) -> Mapping[str, Snapshot]:
        moment = first_instant(workspace, day)
        there = set(in_use(workspace).values_list("table", flat=True))  # nobody knows what these held then
        tables = [table for table in TABLES if table not in there]
        return snapshots(workspace=workspace, tables=tables, as_of=min(moment, as_of) if as_of else moment)

    return Context(
        calendar=calendar_of(workspace),
        given={name: tuple(numbers) for name, numbers in given.items()},
        then=then,
    )


def first_instant(workspace: Workspace, day: date) -> datetime:
    """Midnight where the workspace is; of the first days of the calendar the earliest moment there is."""
    try:
        return datetime.combine(day, time.min, ZoneInfo(workspace.timezone)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def org_of(workspace: Workspace) -> Org:
    """Who is who in the workspace's data, and who was in which team when."""
    teams = list(Team.objects.filter(workspace=workspace).values_list("pk", "name", "parent_id"))
    parents: dict[int, int | None] = {pk: parent for pk, _, parent in teams}
    memberships = Membership.objects.filter(member__workspace=workspace)
    owners, names = owners_in_data(workspace)
    return Org(
        owners=tuple(owners.items()),
        teams=tuple((normalised(name), pk) for pk, name, _ in teams),
        memberships=tuple(memberships.values_list("member_id", "team_id", "starts_on", "ends_on")),
        ancestors=tuple((team, pk) for pk in parents for team in above(parents, pk)),
        team_names={pk: name for pk, name, _ in teams},
        person_names=names,
    )


def compute(
    *,
    workspace: Workspace,
    kpi: Kpi | str,
    period: str | None = None,
    grain: Grain = Grain.ALL,
    by: str | None = None,
    as_of: datetime | None = None,
    variant: str | None = None,
) -> list[GroupFigure]:
    """A KPI, also by its key or ref, by period and group. Raises UnknownKpi, PeriodError, NoSuchColumn.

    Without `period` all data; with a grain every period of it in between, of which only the days inside `period`
    count: the weeks of a quarter add up to the quarter. A change compares whole periods, as published figures do.
    """
    definition = definitions_of(workspace).get(kpi, variant) if isinstance(kpi, str) else kpi
    year_start = workspace.fiscal
    bounds = parse_period(period, year_start) if period else None
    live = snapshots(workspace=workspace, tables=definition.tables, as_of=as_of)
    check_column(live, definition, by)
    periods: list[Period] = []
    if grain is Grain.ALL:
        periods = [bounds] if bounds else []
    elif span := bounds or data_span(live, definition):
        periods = periods_between(span.start, span.end, grain, year_start)
        if bounds:
            periods = [_within(bounds, each) for each in periods]
    if not periods and grain is not Grain.ALL:
        return []
    org, context = org_of(workspace), context_of(workspace, as_of)
    return compute_groups(live, definition, periods, by, org, so_far=False, context=context)


def left_out(workspace: Workspace, kpi: Kpi, as_of: datetime | None = None) -> list[str]:
    """A sentence for each currency whose rows this KPI cannot add up, because there is no rate for it."""
    money = [table for table, columns in kpi.needs_of.items() if _has_money(table, columns)]
    tables = sorted({source_of(table) for table in money})
    return unconverted_told(snapshots(workspace=workspace, tables=tables, as_of=as_of).values()) if tables else []


def covered_through(workspace: Workspace, kpi: Kpi, as_of: datetime | None = None) -> date | None:
    """The last day of which the data can tell the events of this KPI."""
    return coverage_of(snapshots(workspace=workspace, tables=kpi.tables, as_of=as_of), kpi).through


def computed_in(workspace: Workspace, kpi: Kpi) -> str:
    """PostgreSQL `sales.deals` on analytics-host: where its figures are worked out; blank if all rows are imported."""
    found = [said_of(table) for table in in_use(workspace, kpi.tables)]
    return f"PostgreSQL {' and '.join(found)}" if found else ""


def _has_money(table: str, columns: Iterable[str]) -> bool:
    fields = {field.name: field.type for field in table_named(table).fields}
    return any(fields.get(column) is FieldType.MONEY for column in columns)


def _within(bounds: Period, part: Period) -> Period:
    return Period(max(bounds.start, part.start), min(bounds.end, part.end), part.label)


@dataclass(frozen=True)
class Explanation:
    """A figure with its formula, and one page of the rows behind it.

    `tables` says of every table how many rows count and why the others do not; `shown` names the one that `rows` are
    of: those that count, or with `reason` those that do not for this reason. `listed` is how many these are in all.
    Each row is a dict of its columns with `import_id`, `file_name` and `line`, which no own column is called, with
    `_role` and `_share` as the engine tells them, and `_original`, its amounts before they were converted.
    A row of a warehouse has no import: its `file_name` is the relation and its `line` its key there.
    `ran_in`: the relations of a warehouse in which the figure was worked out; reasons are then not told.
    `interval`: where the true share lies, 95 times of 100. `spread`: median and 90th percentile of a mean's rows.
    """

    kpi: Kpi
    figure: Figure
    equation: Equation
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    included: int
    excluded: list[tuple[str, int]]
    tables: tuple[Found, ...]
    shown: str
    reason: str | None
    listed: int
    page: int
    pages: int
    spread: tuple[float, float] | None = None
    interval: Interval | None = None
    single_rows: bool = True
    ran_in: tuple[str, ...] = ()


def explain(
    *,
    workspace: Workspace,
    kpi: Kpi | str,
    scope: Scope,
    scope_id: int | None,
    start: date,
    end: date,
    page: int = 1,
    size: int = 50,
    sort: str | None = None,
    as_of: datetime | None = None,
    group: tuple[str, str | None] | None = None,
    table: str = "",
    reason: str | None = None,
) -> Explanation:
    """The rows behind a number. A page beyond the last one is the last one.

    `group` is a column and the text of one group in it, as `compute` with `by` names it; None stands for blank.
    `table` is one of those that the KPI reads. Raises UnknownKpi, Refusal (sort, group, table, reason).
    """
    definition = (definitions_of(workspace).get(kpi) if isinstance(kpi, str) else kpi).at(start)
    wanted = Wanted(
        definition,
        scope,
        scope_id,
        start,
        end,
        offset=(max(page, 1) - 1) * size,
        size=size,
        sort=sort,
        group=group,
        table=table,
        reason=reason,
    )
    behind = rows_behind(*_sources(workspace, wanted, as_of))
    columns = page_of(behind.columns, behind.rows, definition.needs_of.get(behind.shown.removeprefix("then "), ()))
    cases = cases_of(definition, behind.numbers)
    return Explanation(
        kpi=definition,
        figure=behind.figure,
        equation=equation(definition, behind.numbers, behind.figure, workspace.currency),
        columns=columns,
        rows=_with_files(workspace, behind.rows, columns),
        included=behind.included,
        excluded=behind.excluded,
        tables=behind.tables,
        shown=behind.shown,
        reason=reason,
        listed=behind.listed,
        page=behind.offset // size + 1,
        pages=max(1, -(-behind.listed // size)),
        spread=behind.spread,
        interval=share_interval(*cases) if cases and behind.figure.value is not None else None,
        single_rows=behind.single_rows,
        ran_in=behind.ran_in,
    )


def explained_rows(
    *, workspace: Workspace, wanted: Wanted, as_of: datetime | None = None, excluded: bool = False
) -> Iterator[tuple[dict[str, Any], str]]:
    """All rows of one table as `Explanation.rows` has them, read while they are asked for, each with why it does not
    count (blank: it does). Those that do not come after those that do, if `excluded`."""
    files = dict(Import.objects.filter(workspace=workspace).values_list("pk", "file_name"))
    for row, why in every_row(*_sources(workspace, wanted, as_of), excluded=excluded):
        yield _with_file(row, files), why


def _sources(workspace: Workspace, wanted: Wanted, as_of: datetime | None) -> tuple[Any, ...]:
    live = snapshots(workspace=workspace, tables=wanted.kpi.tables, as_of=as_of)
    return live, wanted, org_of(workspace), context_of(workspace, as_of)


def _with_files(workspace: Workspace, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Where each row came from: its import, that import's file, and the line in it."""
    batches = {row["_batch"] for row in rows}
    files = dict(Import.objects.filter(workspace=workspace, pk__in=batches).values_list("pk", "file_name"))
    shown = {*columns, "_role", "_share", "_original", "_batch", "_line", "_relation", "_key"}
    return [_with_file({key: value for key, value in row.items() if key in shown}, files) for row in rows]


def _with_file(row: dict[str, Any], files: Mapping[int, str]) -> dict[str, Any]:
    batch, line = row.pop("_batch"), row.pop("_line")
    if relation := row.pop("_relation", ""):
        return row | {"import_id": None, "file_name": relation, "line": row.pop("_key")}
    return row | {"import_id": batch, "file_name": files.get(batch, ""), "line": line_of(line)}
