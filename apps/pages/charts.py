"""Charts as Vega-Lite, from plain data: the course of a goal, and what all charts share (those of a KPI's analysis are
in pages.kpis.charts). Pure: no database, no request.

A spec carries its own title, description and data, so that the same one is drawn on a page (static/js/chart.js) and,
where there is no browser, by vl-convert. The palette decides the colours: on a page they are CSS variables, so that a
chart follows light and dark without being drawn anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Number = Decimal | float | int
Point = tuple[date, Number | None]
Spec = dict[str, Any]
BandStep = tuple[date, Number | None, Number | None]  # from a day on: not below, not above

FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'


@dataclass(frozen=True)
class Palette:
    ink: str
    ink_soft: str
    line: str
    actual: str
    target: str


ON_PAGE = Palette("var(--ink)", "var(--ink-2)", "var(--line)", "var(--accent)", "var(--ink)")
ON_PAPER = Palette("#26233a", "#66637a", "#dedbd3", "#5a3fc0", "#26233a")


@dataclass(frozen=True)
class GoalCourse:
    """What the chart of a goal draws. Values are in the KPI's own unit (shares as fractions)."""

    title: str
    description: str
    unit: str
    currency: str
    starts_on: date
    last_day: date
    actual: Sequence[Point]
    expected: Sequence[Point]
    target: Sequence[Point]
    benchmark: Number | None = None
    band: Sequence[BandStep] = ()  # to keep, in place of a target
    breaks: Sequence[tuple[date, str]] = ()  # days from which the KPI was defined otherwise, each with its label


def goal_chart(course: GoalCourse, palette: Palette = ON_PAGE) -> Spec:
    """Actual against the expected path and the target (a step where it was changed), each labelled at its line."""
    return {
        "description": course.description,
        "width": "container",
        "height": 280,
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "background": None,
        "padding": {"left": 0, "top": 14, "right": 8, "bottom": 0},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "title": None,
                "scale": {"domain": [course.starts_on.isoformat(), course.last_day.isoformat()], "type": "utc"},
                "axis": {"format": "%-d %b", "tickCount": 6, "labelOverlap": True, "grid": False},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": None,
                "scale": {"zero": course.unit in ("money", "count", "money_per_day"), "nice": True},
                "axis": {"format": axis_format(course.unit), "tickCount": 5, "domain": False, "ticks": False},
            },
        },
        "layer": [layer for layer in _layers(course, palette) if _draws(layer)],
        "config": config(palette),
    }


def _layers(course: GoalCourse, palette: Palette) -> list[Spec]:
    """From the back to the front: the actual is drawn over what it is compared with."""
    layers = [
        *_band(course.band, palette),
        _line(_rows(course.expected), palette.ink_soft, width=1.5, dash=[4, 4], interpolate="linear"),
        _line(_rows(course.target), palette.target, width=1.5, interpolate="step-after"),
        _line(_rows(course.actual), palette.actual, width=2.75, interpolate="linear"),
        _end_dot(_rows(course.actual), palette.actual),
        _end_label(_rows(course.target), "Target", palette.target, above=True),
    ]
    if _differs(course):
        layers.append(_mid_label(_rows(course.expected), "Expected", palette.ink_soft))
    if _rows(course.actual):
        layers.append(_actual_label(course, palette))
    if course.benchmark is not None:
        layers.append(_benchmark(course, palette))
    return layers + [_break_mark(day, text, palette) for day, text in course.breaks]


def _band(steps: Sequence[BandStep], palette: Palette) -> list[Spec]:
    """What is to be kept: shaded between two limits, a line for one."""
    lows = _rows([(day, low) for day, low, _ in steps])
    highs = _rows([(day, high) for day, _, high in steps])
    lines = [_line(rows, palette.target, width=1.5, interpolate="step-after") for rows in (lows, highs)]
    names = [
        _end_label(lows, "Not below", palette.target, above=False),
        _end_label(highs, "Not above", palette.target, above=True),
    ]
    if not (lows and highs):
        return [*lines, *names]
    both = [low | {"high": high["value"]} for low, high in zip(lows, highs, strict=True)]
    shade: Spec = {
        "data": {"values": both},
        "mark": {"type": "area", "color": palette.target, "opacity": 0.08, "interpolate": "step-after"},
        "encoding": {"y2": {"field": "high"}},
    }
    return [shade, *lines, *names]


def _draws(layer: Spec) -> bool:
    """A layer without rows would only make Vega complain."""
    return "layer" in layer or bool(layer["data"]["values"])


def axis_format(unit: str) -> str:
    """How an axis writes the numbers of a KPI of this unit."""
    return {"percent": ".0%", "money": "~s", "money_per_day": "~s", "count": "~s"}.get(unit, "~g")


def _differs(course: GoalCourse) -> bool:
    """Whether the expected path is a line of its own, and not the target itself."""
    return len({value for _, value in course.expected}) > 1


def _rows(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [{"day": day.isoformat(), "value": float(value)} for day, value in points if value is not None]


def _line(
    rows: list[dict[str, Any]], colour: str, *, width: float, interpolate: str, dash: list[int] | None = None
) -> Spec:
    mark: Spec = {"type": "line", "color": colour, "strokeWidth": width, "interpolate": interpolate, "clip": True}
    if dash:
        mark["strokeDash"] = dash
    return {"data": {"values": rows}, "mark": mark}


def _end_dot(rows: list[dict[str, Any]], colour: str) -> Spec:
    return {
        "data": {"values": rows[-1:]},
        "mark": {"type": "point", "filled": True, "color": colour, "size": 64, "opacity": 1},
    }


def _end_label(rows: list[dict[str, Any]], text: str, colour: str, *, above: bool) -> Spec:
    return _label(rows[-1:], text, colour, align="right", dy=-8 if above else 14)


def _mid_label(rows: list[dict[str, Any]], text: str, colour: str) -> Spec:
    """In the later part of the path, under the line, where the actual has not come yet."""
    middle = rows[len(rows) * 3 // 4 : len(rows) * 3 // 4 + 1]
    return _label(middle, text, colour, align="left", dy=14, dx=6)


def _actual_label(course: GoalCourse, palette: Palette) -> Spec:
    """At the last point, on the side away from the expected path."""
    day, value = [(day, value) for day, value in course.actual if value is not None][-1]
    by_then = [other for other_day, other in course.expected if other_day <= day and other is not None]
    below = bool(by_then) and float(value) < float(by_then[-1])
    rows = _rows([(day, value)])
    return _label(rows, "Actual", palette.actual, align="left", dy=14 if below else -11, dx=6, weight=650)


def _label(
    rows: list[dict[str, Any]], text: str, colour: str, *, align: str, dy: int, dx: int = 0, weight: int = 500
) -> Spec:
    mark = {"type": "text", "text": text, "color": colour, "align": align, "dy": dy, "dx": dx, "fontWeight": weight}
    return {"data": {"values": rows}, "mark": mark}


def _benchmark(course: GoalCourse, palette: Palette) -> Spec:
    value = float(course.benchmark or 0)
    rows = [{"day": day.isoformat(), "value": value} for day in (course.starts_on, course.last_day)]
    line = _line(rows, palette.ink_soft, width=1, dash=[1, 3], interpolate="linear")
    return {"layer": [line, _label(rows[:1], "Benchmark", palette.ink_soft, align="left", dy=-6, dx=2)]}


def _break_mark(day: date, text: str, palette: Palette) -> Spec:
    """An upright line where the definition changed: what is left and right of it is not the same number."""
    at = {"data": {"values": [{"day": day.isoformat()}]}}
    rule = {"type": "rule", "color": palette.ink_soft, "strokeDash": [2, 2]}
    said = {"type": "text", "text": text, "color": palette.ink_soft, "align": "left", "baseline": "top", "dx": 5}
    top = {"y": {"value": 0}}
    return {"layer": [at | {"mark": rule, "encoding": {"y": None}}, at | {"mark": said, "encoding": top}]}


def config(palette: Palette) -> Spec:
    """Type and colours of every chart."""
    return {
        "aria": False,  # the figure around it has the name, and the data is a table beneath
        "font": FONT,
        "view": {"stroke": None},
        "text": {"fontSize": 12.5},
        "axis": {
            "labelColor": palette.ink_soft,
            "labelFontSize": 12,
            "gridColor": palette.line,
            "domainColor": palette.line,
            "tickColor": palette.line,
            "labelPadding": 6,
        },
    }
