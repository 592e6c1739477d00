"""Numbers, statuses and small pictures of goals. Every picture says in words what it shows."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.common.dates import span_told
from apps.common.money import format_against, format_figure
from apps.goals.case import Status
from apps.goals.models import Actual
from apps.pages.statuses import LOOKS, RUN_LOOKS, Look
from apps.refresh.models import Run

register = template.Library()

Number = Decimal | int | float | None
SPARK_WIDTH, SPARK_HEIGHT, SPARK_PADDING = 108, 28, 3


@register.filter
def figure(value: Number, unit: str) -> str:
    """`{{ value|figure:"percent" }}`; money without its currency, for columns whose head names it."""
    return format_figure(value, unit)


@register.simple_tag(takes_context=True)
def amount(context: template.Context, value: Number, unit: str, compact: bool = False, against: Number = None) -> str:
    """`{% amount value unit compact=True %}`: with the workspace's currency.

    `against` is a number it must not seem to have reached by rounding.
    """
    workspace = getattr(context.get("request"), "workspace", None)
    currency = workspace.currency if workspace else ""
    return format_against(value, against, unit, currency, compact=compact)


@register.simple_tag(takes_context=True)
def change(context: template.Context, value: Number, unit: str) -> str:
    """By how much something is more or less, always with its sign: `+12.4 k`, `−3 points`."""
    number = Decimal(str(value or 0))
    if unit == "percent":  # 40 % to 44 % are 4 points more, not 4 %
        number, unit = number * 100, "points"
    told = amount(context, abs(number), unit, compact=True)
    return f"{'−' if number < 0 else '+'}{told}"


@register.simple_tag
def status_badge(status: str, large: bool = False) -> SafeString:
    return _badge(LOOKS[status], str(Status(status).label), large)


@register.simple_tag
def run_badge(state: str) -> SafeString:
    return _badge(RUN_LOOKS[state], str(Run.State(state).label))


@register.simple_tag
def took(start: datetime | None, end: datetime | None) -> str:
    """How long from one moment to the other; nothing while one of them is not known."""
    return "" if start is None or end is None else span_told(end - start)


@register.simple_tag
def status_icon(status: str) -> SafeString:
    """The icon alone, in its tone; only beside the word."""
    return format_html('<span class="tone {}">{}</span>', LOOKS[status].tone, _icon(LOOKS[status].icon))


@register.filter
def status_label(status: str) -> str:
    return str(Status(status).label)


@register.filter
def percent_done(attainment: float | None) -> str:
    """Attainment as whole percent, never capped; rounded down so that 99.6 % does not read as done."""
    if attainment is None:
        return ""
    return f"{int(attainment * 100 // 1)} %"


@register.simple_tag
def sparkline(series: Sequence[Sequence[Any]], label: str = "Trend") -> SafeString:
    """The course of a value: `series` is [[day, value or None], …]. A gap in the data is a gap in the line."""
    values = [float(value) for _, value in series if value is not None]
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    points = [(index, value) for index, (_, value) in enumerate(series)]
    lines = [_path(run, len(series) - 1, low, high) for run in _runs(points)]
    last = next((index, float(value)) for index, value in reversed(points) if value is not None)
    x, y = _place(*last, len(series) - 1, low, high)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}'
        '<circle cx="{}" cy="{}" r="2.6" /></svg>',
        SPARK_WIDTH,
        SPARK_HEIGHT,
        SPARK_WIDTH,
        SPARK_HEIGHT,
        f"{label}: {_course(values)}",
        format_html_join("", '<path d="{}" />', ((line,) for line in lines)),
        x,
        y,
    )


@register.simple_tag
def progress(actual: Actual | None, baseline: Number = None) -> SafeString:
    """How much of the way from baseline to target is done, with a tick where it should be by now."""
    if actual is None or actual.attainment is None:
        return SafeString("")
    done, expected = actual.attainment, expected_share(actual, baseline)
    scale = min(max(1.0, done), 2.0)
    words = f"{percent_done(done)} of the way"
    if expected is not None:
        words += f", {percent_done(expected)} expected by now"
    return format_html(
        '<svg class="pace {}" width="100%" height="16" role="img" aria-label="{}">'
        '<rect class="pace-track" y="5" width="100%" height="6" rx="3" />'
        '<rect class="pace-done" y="5" width="{}%" height="6" rx="3" />{}{}</svg>',
        LOOKS[actual.status].tone,
        words,
        _share(done / scale),
        _tick("pace-target", 1 / scale) if scale > 1 else "",
        _tick("pace-expected", expected / scale) if expected is not None else "",
    )


def expected_share(actual: Actual, baseline: Number) -> float | None:
    """Where on the way from baseline to target the goal should be; None if nothing is expected (yet)."""
    if actual.expected is None or actual.target is None:
        return None
    start = Decimal(baseline or 0)
    way = actual.target - start
    return float((actual.expected - start) / way) if way else None


def _badge(look: Look, word: str, large: bool = False) -> SafeString:
    size = " large" if large else ""
    return format_html('<span class="badge {}{}">{}{}</span>', look.tone, size, _icon(look.icon), word)


def _icon(path: str) -> SafeString:
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}" /></svg>', path)


def _tick(css: str, share: float) -> SafeString:
    return format_html('<rect class="{}" x="{}%" y="0" width="2.5" height="16" rx="1.25" />', css, _share(share, 99))


def _share(share: float, most: float = 100) -> str:
    return f"{min(max(share * 100, 0), most):.1f}"


def _runs(points: list[tuple[int, Any]]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in points:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, float(value)))
    return [run for run in runs if len(run) > 1]


def _path(run: list[tuple[int, float]], last: int, low: float, high: float) -> str:
    return "M" + "L".join("{} {}".format(*_place(index, value, last, low, high)) for index, value in run)


def _place(index: int, value: float, last: int, low: float, high: float) -> tuple[str, str]:
    across = SPARK_PADDING + index / (last or 1) * (SPARK_WIDTH - 2 * SPARK_PADDING)
    part = (value - low) / (high - low) if high > low else 0.5
    return f"{across:.1f}", f"{SPARK_HEIGHT - SPARK_PADDING - part * (SPARK_HEIGHT - 2 * SPARK_PADDING):.1f}"


def _course(values: list[float]) -> str:
    first, last = values[0], values[-1]
    return "unchanged" if first == last else "rising" if last > first else "falling"
