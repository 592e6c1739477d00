"""The catalogue, the values of a KPI and the parts that explain a change, as files."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase

from apps.common.periods import Period
from apps.metrics.analysis.xmr import Limits
from apps.metrics.catalogue import Kpi
from apps.metrics.catalogue.words import heading
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, Format, Typed, about, table_response
from apps.pages.kpis.change.contribution import Contribution
from apps.pages.kpis.change.funnel import Shown
from apps.pages.kpis.change.lost import Lost
from apps.pages.kpis.change.parts import Part
from apps.pages.kpis.change.subject import Subject
from apps.pages.kpis.change.trend import Trend
from apps.pages.kpis.forms import Asked
from apps.pages.kpis.latest import Latest
from apps.pages.kpis.values import Values

CATALOGUE = [
    *(Column(name) for name in ("KPI", "Key", "Variant", "Category", "What it says", "Formula", "Unit", "Better")),
    Column("Version", "count"), Column("Latest period"), Column("Latest", "number"), Column("Rows", "count"),
    Column("What is lacking"),
]  # fmt: skip
Table = tuple[list[Column], Iterable[list[Any]]]


def catalogue_response(
    request: WorkspaceRequest, entries: Iterable[tuple[Kpi, str, Latest | None]], format: Format
) -> HttpResponseBase:
    """KPIs with what they need here and their latest figure."""

    def rows() -> Iterator[list[Any]]:
        for kpi, needs, latest in entries:
            value = latest.figure.value if latest else None
            yield [
                kpi.name, kpi.key, kpi.variant, str(kpi.category), kpi.sentence, kpi.in_symbols,
                str(kpi.unit).replace("_", " "), str(kpi.direction), kpi.version, latest.period.label if latest else "",
                None if value is None else Typed(value, kpi.unit, request.workspace.currency),
                latest.figure.count if latest else None, needs,
            ]  # fmt: skip

    said = about(request, "Catalogue of KPIs with their latest figures")
    return table_response(format=format, file_name="KPIs", columns=CATALOGUE, rows=rows(), about=said)


def values_response(
    request: WorkspaceRequest, kpi: Kpi, what: Asked, values: Values, format: Format
) -> HttpResponseBase:
    """One row for each group and period: a figure with all that it is made of, ready to be grouped again."""
    by = [Column(heading(what.by).capitalize())] if what.by else []
    columns = [
        *by, Column("Period"), Column("First day"), Column("Last day"),
        Column(kpi.name, kpi.unit, request.workspace.currency),
        Column("Above the line", "number"), Column("Below the line", "number"), Column("Rows", "count"),
        Column("Why there is none"),
    ]  # fmt: skip

    periods: list[Period | None] = [*values.periods] or [None]

    def rows() -> Iterator[list[Any]]:
        for line in values.lines:
            group = [line.group or "Blank"] if what.by else []
            for period, cell in zip(periods, line.cells, strict=True):
                dates = [period.label, period.start, period.last_day] if period else ["All time", None, None]
                figure = cell.figure
                numbers = [figure.value, figure.numerator, figure.denominator, figure.count] if figure else [None] * 4
                yield [*group, *dates, *numbers, "" if figure and figure.value is not None else cell.why_empty]

    told = f"{values.periods[0].label} to {values.last_label}" if values.periods else "All time"
    title = request.definitions.told(kpi)
    said = about(request, title, period=told, definition=definition_of(kpi))
    return table_response(format=format, file_name=title, columns=columns, rows=rows(), about=said)


def change_response(
    request: WorkspaceRequest, subject: Subject, part: Part, found: object, period: str, format: Format
) -> HttpResponseBase | None:
    """The table of one part; None if it has none, or nothing could be told."""
    make = _TABLES.get(type(found))
    if make is None:
        return None
    columns, rows = make(subject, found)
    title = f"{part.title} {request.definitions.told(subject.kpi)}"
    what = f"{part.title}: {request.definitions.told(subject.kpi)}, {subject.name or 'whole company'}"
    said = about(request, what, period=period, definition=definition_of(subject.kpi))
    return table_response(format=format, file_name=title, columns=columns, rows=rows, about=said)


def definition_of(kpi: Kpi) -> str:
    return f"{kpi.in_symbols} (version {kpi.version})"


# --- the parts -------------------------------------------------------------------------------------------------------


def _trend(subject: Subject, found: Trend) -> Table:
    unit, currency = subject.money
    name = f"{subject.kpi.name}, season taken out" if found.season_out else subject.kpi.name
    names = (name, "Usual from", "Usual", "Usual to")
    columns = [Column("Period"), *(Column(name, unit, currency) for name in names), Column("Rests on", "number")]
    rows = (
        [
            point.label,
            point.value,
            *((limits.lower, limits.centre, limits.upper) if limits else (None,) * 3),
            point.cases,
        ]
        for point, limits in zip(found.chart.points, found.chart.limits, strict=True)
    )
    return columns, rows


def _usual(limits: Limits | None) -> list[Decimal | None]:
    return [limits.lower, limits.centre, limits.upper] if limits else [None, None, None]


def _contribution(subject: Subject, found: Contribution) -> Table:
    unit, currency = subject.money
    names = ("Before", "After", "Change", "By the rate", "By the mix")
    columns = [Column(found.what.capitalize()), *(Column(name, unit, currency) for name in names), Column("Note")]

    def rows() -> Iterator[list[Any]]:
        for row in (*found.rows, found.total):
            part = row.part
            own = unit if part.unit is None else part.unit
            ends = [None if each is None else Typed(each, own, currency) for each in (part.before, part.after)]
            yield [row.label, *ends, part.change, part.rate, part.mix, row.note]

    return columns, rows()


def _funnel(subject: Subject, found: Shown) -> Table:
    columns = [
        Column("From"), Column("To"), Column("Entered", "count"), Column("Passed", "count"), Column("Rate", "percent"),
        Column("Usual rate", "percent"), Column("Settled", "percent"),
        Column("The usual rate would add", "money", subject.workspace.currency), Column("Wins at the end", "number"),
    ]  # fmt: skip
    steps = (row.step for row in found.rows)
    rows = (
        [each.label, each.to, each.entered, each.passed, each.rate, each.usual_rate, each.maturity, each.gain,
         each.gain_in_wins]
        for each in steps
    )  # fmt: skip
    return columns, rows


def _lost(subject: Subject, found: Lost) -> Table:
    columns = [
        Column("Reason"), Column("Deals", "count"), Column("Share", "percent"), Column("Together", "percent"),
        Column("Amount", "money", subject.workspace.currency), Column("Share of the amount", "percent"),
    ]  # fmt: skip
    rows = (
        [each.label, each.deals, each.share, each.cumulative, each.amount, each.share_of_amount]
        for each in found.pareto.reasons
    )
    return columns, rows


_TABLES: dict[type, Callable[[Subject, Any], Table]] = {
    Trend: _trend,
    Contribution: _contribution,
    Shown: _funnel,
    Lost: _lost,
}
TAKEN = frozenset(_TABLES)
