"""A KPI beside its benchmarks: the newest closed quarter against the own past, and against numbers from outside."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from apps.common.money import format_figure
from apps.common.periods import Grain, Period, period_of, previous_period
from apps.goals.benchmarks import BEST_OF, Own, band_of, benchmarks_of, is_drawn, is_expired, middle_of, own_history
from apps.goals.models import KpiBenchmark
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import compute_groups
from apps.metrics.queries import context_of, org_of
from apps.pages.benchmarks.scale import Mark, placed
from apps.pages.kpis.live import live_of
from apps.people.models import Workspace

QUARTERS_A_YEAR = 4


@dataclass(frozen=True)
class Outside:
    """A benchmark from outside as it is told. `drawn`: it measures the same; `expired`: too old to be a measure."""

    benchmark: KpiBenchmark
    told: str
    drawn: bool
    expired: bool
    verdict: str  # "better than its middle", blank where it may not be compared


@dataclass(frozen=True)
class Compared:
    period: str
    value: str
    rows: str
    past: list[tuple[Own, str]]
    outside: list[Outside]
    marks: list[Mark]

    @property
    def is_empty(self) -> bool:
        return not self.past and not self.outside


def compared_of(workspace: Workspace, kpi: Kpi, today: date) -> Compared:
    """One pass of the engine over nine quarters."""
    periods = _quarters(workspace, kpi)
    values = _values(workspace, kpi, periods)
    now = values[-1][1] if values else None
    past = own_history(values, kpi.direction, QUARTERS_A_YEAR) if values else []
    outside = [_outside(each, kpi, now, workspace.currency, today) for each in benchmarks_of(workspace, kpi.key)]
    told = {own: _figure(own.value, kpi, workspace.currency) for own in past}
    return Compared(
        period=periods[-1].label if periods else "",
        value=_figure(now, kpi, workspace.currency) if now is not None else "",
        rows=_rows(workspace, kpi, periods[-1]) if periods else "",
        past=[(own, told[own]) for own in past],
        outside=outside,
        marks=_marks(now, told, outside, kpi, workspace.currency),
    )


def _quarters(workspace: Workspace, kpi: Kpi) -> list[Period]:
    """The closed quarters that the data covers, oldest first, one more than are compared."""
    live = live_of(workspace, kpi)
    if live.is_empty or live.complete_through is None or live.covers_from is None:
        return []
    period = period_of(live.complete_through, Grain.QUARTER, workspace.fiscal)
    if period.last_day > live.complete_through:
        period = previous_period(period, Grain.QUARTER, workspace.fiscal)
    found: list[Period] = []
    while period.start >= live.covers_from and len(found) <= BEST_OF:
        found.append(period)
        period = previous_period(period, Grain.QUARTER, workspace.fiscal)
    return found[::-1]


def _values(workspace: Workspace, kpi: Kpi, periods: list[Period]) -> list[tuple[str, Decimal | None]]:
    if not periods:
        return []
    live = live_of(workspace, kpi)
    found = compute_groups(
        live.snapshots, kpi, periods, by=None, org=org_of(workspace), context=context_of(workspace), so_far=False
    )
    by_label = {each.period.label: each.figure.value for each in found if each.period}
    return [(period.label, by_label.get(period.label)) for period in periods]


def _outside(benchmark: KpiBenchmark, kpi: Kpi, now: Decimal | None, currency: str, today: date) -> Outside:
    expired, drawn = is_expired(benchmark, today), is_drawn(benchmark, kpi)
    middle, verdict = middle_of(benchmark), ""
    if drawn and not expired and middle is not None and now is not None and kpi.direction.value in ("up", "down"):
        better = now >= middle if kpi.direction.value == "up" else now <= middle
        verdict = "at or better than its middle" if better else "not yet at its middle"
    return Outside(benchmark, _told(benchmark, kpi, currency), drawn, expired, verdict)


def _told(benchmark: KpiBenchmark, kpi: Kpi, currency: str) -> str:
    """`median 4.9 % (25th to 75th percentile: 3.1 % to 7 %)`"""
    band, middle = band_of(benchmark), middle_of(benchmark)
    span = "" if band is None or band[0] == band[1] else " to ".join(_figure(end, kpi, currency) for end in band)
    if benchmark.percentiles:
        span = f"middle half {span}" if {"25", "75"} <= set(benchmark.percentiles) else f"percentiles {span}"
    if middle is None:
        return span
    word = "median " if benchmark.value is None else ""
    return f"{word}{_figure(middle, kpi, currency)}{f' ({span})' if span else ''}"


def _marks(now: Decimal | None, past: dict[Own, str], outside: list[Outside], kpi: Kpi, currency: str) -> list[Mark]:
    bands: list[tuple[str, str, Decimal, Decimal, str]] = []
    for each in outside:
        band = band_of(each.benchmark)
        if each.drawn and band is not None:
            bands.append((each.benchmark.source, each.told, *band, "expired" if each.expired else "outside"))
    bands += [(own.name, told, own.value, own.value, "past") for own, told in past.items()]
    if now is None or not bands:
        return []
    return placed([*bands, ("This workspace", _figure(now, kpi, currency), now, now, "own")])


def _figure(value: Decimal | None, kpi: Kpi, currency: str) -> str:
    return "" if value is None else format_figure(value, kpi.unit.value, currency, compact=True)


def _rows(workspace: Workspace, kpi: Kpi, period: Period) -> str:
    address = reverse("pages:kpi_rows", args=[workspace.slug, kpi.key])
    return f"{address}?{urlencode({'variant': kpi.variant, 'period': period.label})}"
