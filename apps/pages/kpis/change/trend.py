"""The trend of a KPI: what is usual, what is not, and what people said about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet

from apps.common.dates import period_told
from apps.common.periods import Grain, Period, grain_of
from apps.metrics.analysis.numbers import figure
from apps.metrics.analysis.season import Season, deseasonalise, season
from apps.metrics.analysis.signals import Signal
from apps.metrics.analysis.xmr import ANY, COUNTS, SHARES, Bounds, Chart, Point, xmr
from apps.metrics.catalogue import Kind, Kpi, Unit, Version
from apps.metrics.engine import Figure
from apps.metrics.models import JudgedSignal
from apps.pages.kpis.change.subject import Subject, from_first_row
from apps.pages.kpis.charts import Drawing, trend_chart

NEWEST = 3  # signals that are shown at once
LEVEL_UP_TO = 5
PER_YEAR = {Grain.MONTH: 12, Grain.QUARTER: 4}


@dataclass(frozen=True)
class Latest:
    """The newest complete period in words, and the running one beside it where there is one."""

    told: str
    value: str
    words: str
    usual: str  # from where to where the usual range goes, blank without limits
    rows: str  # address of its rows
    running: str
    running_value: str
    running_rows: str


@dataclass(frozen=True)
class Candidate:
    number: int
    signal: Signal
    since: date


@dataclass(frozen=True)
class Trend:
    """`candidates` are numbered as drawn, the newest first; `judged` are those people judged. `season`: what
    comes back every year, taken out of the figures if `season_out`. `breaks`: a sentence for each new definition."""

    grain: Grain
    drawing: Drawing
    latest: Latest | None
    candidates: list[Candidate]
    judged: list[JudgedSignal]
    breaks: list[str]
    season: Season | None
    season_out: bool
    basis: str
    points: int
    chart: Chart  # as numbers

    @property
    def newest(self) -> list[Candidate]:
        return self.candidates[:NEWEST]

    @property
    def earlier(self) -> list[Candidate]:
        return self.candidates[NEWEST:]

    @property
    def keeps_moving(self) -> bool:
        """So many points stand out that there is no level around which the KPI could lie."""
        return len(self.candidates) > LEVEL_UP_TO and 3 * len(self.candidates) > self.points

    def candidate(self, key: str) -> Candidate | None:
        return next((each for each in self.candidates if each.signal.key == key), None)


def trend_of(subject: Subject, grain: Grain, *, season_as_is: bool = False) -> Trend | None:
    """One pass of the engine; None where no period is complete and none has begun."""
    complete, running = subject.complete_periods(grain), subject.running_period(grain)
    found = subject.figures([*complete, *([running] if running else [])])
    if not any(each.count for each in found):
        return None
    complete, figures = from_first_row(complete, found[: len(complete)])
    judged = list(verdicts_of(subject).select_related("judged_by"))
    seasonal = season_of(complete, figures, grain)
    out = seasonal is not None and not season_as_is
    chart = _chart(subject, complete, figures, judged, seasonal if out else None)
    running_point = Point(running.label, found[-1].value) if running and not out else None
    drawing = trend_chart(chart, subject.kpi.name, running=running_point)
    return Trend(
        grain=grain,
        drawing=replace(drawing, links=tuple(_links(subject, complete, running if running_point else None, drawing))),
        latest=_latest(subject, chart, complete, figures, running, found[-1]),
        candidates=_candidates(chart, complete),
        judged=judged,
        breaks=[
            f"Version {version.number} of the definition holds from {period.label} on: {version.what}"
            for version, period in _versions(subject.kpi, complete)
        ],
        season=seasonal,
        season_out=out,
        basis=chart.basis,
        points=len(chart.points),
        chart=chart,
    )


def season_of(periods: Sequence[Period], figures: Sequence[Figure], grain: Grain) -> Season | None:
    """The season of these figures, where two full years of them show one."""
    if grain not in PER_YEAR or not periods:
        return None
    found = season([each.value for each in figures], first=place_in_year(periods[0]), per_year=PER_YEAR[grain])
    return found if isinstance(found, Season) and found.present else None


def place_in_year(period: Period) -> int:
    """Which month, or which quarter of the fiscal year."""
    if grain_of(period.label) is Grain.QUARTER:
        return int(period.label[-1])
    return period.start.month


def bounds_of(kpi: Kpi, figures: Sequence[Figure]) -> Bounds:
    """Where the KPI ends, so that no limit is drawn beyond it. What was below zero, or above one, once can be again."""
    values = [each.value for each in figures if each.value is not None]
    if kpi.compares_periods or any(value < 0 for value in values):
        return ANY
    is_share = kpi.unit is Unit.PERCENT and kpi.kind is Kind.RATIO and all(value <= 1 for value in values)
    return SHARES if is_share else COUNTS


def points_of(subject: Subject, periods: Sequence[Period], figures: Sequence[Figure]) -> list[Point]:
    return [Point(period.label, each.value, subject.cases(each)) for period, each in zip(periods, figures, strict=True)]


def verdicts_of(subject: Subject) -> QuerySet[JudgedSignal]:
    """What was said about signals of this trend and not taken back."""
    return JudgedSignal.objects.filter(
        workspace=subject.workspace, ref=subject.kpi.ref, scope=subject.scope_key, withdrawn_at__isnull=True
    )


def changed_on(subject: Subject) -> date | None:
    """The day of the newest confirmed change: what was usual before is no measure any more."""
    confirmed = verdicts_of(subject).filter(verdict=JudgedSignal.Verdict.CONFIRMED)
    return confirmed.order_by("-since").values_list("since", flat=True).first()


# --- inside ----------------------------------------------------------------------------------------------------------


def _chart(
    subject: Subject,
    periods: list[Period],
    figures: list[Figure],
    judged: Sequence[JudgedSignal],
    seasonal: Season | None,
) -> Chart:
    points = points_of(subject, periods, figures)
    if seasonal is not None:
        adjusted = deseasonalise([point.value for point in points], seasonal, first=place_in_year(periods[0]))
        points = [replace(point, value=value) for point, value in zip(points, adjusted, strict=True)]
    unit, currency = subject.money
    days = [each.since for each in judged if each.verdict == JudgedSignal.Verdict.CONFIRMED]
    breaks = {period.label for day in days if (period := _first_from(periods, day))}
    breaks |= {period.label for _, period in _versions(subject.kpi, periods)}
    bounds = bounds_of(subject.kpi, figures)
    chart = xmr(points, bounds=bounds, breaks=breaks, unit=unit, currency=currency)
    known = {each.key for each in judged}
    return replace(chart, signals=tuple(signal for signal in chart.signals if signal.key not in known))


def _first_from(periods: Sequence[Period], day: date) -> Period | None:
    return next((period for period in periods if period.start >= day), None)


def _versions(kpi: Kpi, periods: Sequence[Period]) -> list[tuple[Version, Period]]:
    """The versions that came into force within these periods, each with the first period that it computed."""
    dated = [each.versions[-1] for each in kpi.history] or list(kpi.versions)
    return [
        (version, period)
        for version in dated[1:]
        if (period := _first_from(periods, version.effective_from)) and period is not periods[0]
    ]


def _candidates(chart: Chart, periods: Sequence[Period]) -> list[Candidate]:
    found = [
        Candidate(number, signal, periods[signal.since].start) for number, signal in enumerate(chart.signals, start=1)
    ]
    return found[::-1]


def _links(subject: Subject, periods: list[Period], running: Period | None, drawing: Drawing) -> list[str]:
    shown = [*periods, *([running] if running else [])][: len(drawing.rows)]
    return [subject.rows_of(period) for period in shown]


def _latest(
    subject: Subject,
    chart: Chart,
    periods: list[Period],
    figures: list[Figure],
    running: Period | None,
    last: Figure,
) -> Latest | None:
    place = next((i for i in reversed(range(len(figures))) if figures[i].value is not None), None)
    if place is None and running is None:
        return None
    unit, currency = subject.money
    period = periods[place] if place is not None else None
    limits = chart.limits[place] if place is not None else None
    words = chart.in_words(chart.points[place].value, place) if place is not None else ""
    return Latest(
        told=_told(subject, period) if period else "",
        value=figure(figures[place].value, unit, currency) if place is not None else "",
        words=words.split(" (")[0],
        usual=f"{figure(limits.lower, unit, currency)} to {figure(limits.upper, unit, currency)}" if limits else "",
        rows=subject.rows_of(period) if period else "",
        running=_told(subject, running) if running and last.value is not None else "",
        running_value=figure(last.value, unit, currency),
        running_rows=subject.rows_of(running) if running else "",
    )


def _told(subject: Subject, period: Period) -> str:
    if grain_of(period.label) is Grain.WEEK:
        return period.label
    return period_told(period.start, period.end, subject.year_start)
