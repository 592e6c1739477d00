"""The board and the course of a goal as files."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase

from apps.goals import queries
from apps.goals.case import Status
from apps.goals.filters import PERIODS, BoardFilters
from apps.goals.models import TargetVersion
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, Format, Typed, about, table_response
from apps.pages.goals.course import CourseRow
from apps.pages.goals.present import GoneKpi, Shown, shown

BOARD = [
    Column("Goal"), Column("Status"), Column("KPI"), Column("About"), Column("Owner"), Column("Period"),
    Column("First day"), Column("Last day"), Column("Actual", "number"), Column("Target", "number"),
    Column("Baseline", "number"), Column("Expected", "number"), Column("Attainment", "percent"),
    Column("Needed a day", "number"), Column("Unit"), Column("Data through"), Column("Why"),
]  # fmt: skip
READ_AT_ONCE = 1000


def board_response(request: WorkspaceRequest, format: Format) -> HttpResponseBase:
    """Every goal that fits the filters of the address, not only those of one page."""
    filters = BoardFilters.of(request.GET)
    found = queries.all_on_board(request.member, filters, request.today)
    rows = (_goal(request, shown(each, request.definitions)) for each in found.iterator(READ_AT_ONCE))
    said = about(request, "Goals that this member may see, with the filters of the board", period=_narrowed(filters))
    return table_response(format=format, file_name="Goals", columns=BOARD, rows=rows, about=said)


def course_response(
    request: WorkspaceRequest, seen: Shown, course: Iterable[CourseRow], targets: list[TargetVersion], format: Format
) -> HttpResponseBase:
    """Day by day of its course; `targets` the newest version first. The last day is the one that counts."""
    unit, currency = seen.unit or "number", request.workspace.currency
    columns = [Column("To the end of"), *(Column(name, unit, currency) for name in ("Actual", "Expected", "Target"))]
    definition = "" if isinstance(seen.kpi, GoneKpi) else f"{seen.kpi.in_symbols} (version {seen.kpi.version})"
    said = about(
        request,
        f"{seen.kpi_name}: {seen.goal.title}",
        period=seen.period,
        as_of=seen.actual.known_at if seen.actual else None,
        definition=definition,
    )
    rows = ([row.day, row.actual, row.expected, _in_force(seen, targets, row.day)] for row in course)
    return table_response(format=format, file_name=seen.goal.title, columns=columns, rows=rows, about=said)


def _goal(request: WorkspaceRequest, seen: Shown) -> list[Any]:
    goal, actual, unit = seen.goal, seen.actual, seen.unit or "number"

    def amount(value: Decimal | None) -> Typed | None:
        return None if value is None else Typed(value, unit, request.workspace.currency)

    named: list[Any] = [goal.title, Status(seen.status).label, seen.kpi_name, seen.about, str(goal.owner), seen.period]
    named += [goal.starts_on, seen.last_day]
    if actual is None:
        known = [None, None, amount(goal.baseline), None, None, None, unit.replace("_", " "), None]
        return [*named, *known, seen.sentence]
    return [
        *named, amount(actual.value), amount(actual.target), amount(goal.baseline), amount(actual.expected),
        actual.attainment, amount(actual.needed_per_day), unit.replace("_", " "), actual.through, seen.sentence,
    ]  # fmt: skip


def _narrowed(filters: BoardFilters) -> str:
    return f"{PERIODS.get(filters.period, 'All periods')}; address of the board: ?{filters.query}"


def _in_force(seen: Shown, targets: list[TargetVersion], day: date) -> Decimal | None:
    """Before its first version a goal has that one as its target, as everywhere."""
    dated = [(max(each.effective_from, seen.goal.starts_on), each) for each in targets if each.state == "in_force"]
    known = [each.value for since, each in dated if since <= day]
    return known[0] if known else (dated[-1][1].value if dated else None)
