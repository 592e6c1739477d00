"""The trend of a KPI with its usual range, and what all drawings of an analysis have. Pure.

A `Drawing` is the spec together with its title, its description and the same numbers as rows of a table, so that
whoever cannot see the picture misses nothing. Labels are data to Vega, never expressions.
"""

from dataclasses import dataclass

from apps.metrics.analysis.numbers import counted, figure, listed
from apps.metrics.analysis.xmr import Chart, Point
from apps.pages.charts import ON_PAGE, Palette, Spec, axis_format, config


@dataclass(frozen=True)
class Drawing:
    """`columns` head the `rows` of the table beneath the chart; the first cell of a row is its heading.

    `links` has an address for each row, where the first figure of a row leads to what is behind it.
    """

    title: str
    description: str
    spec: Spec
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()

    @property
    def linked_rows(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each row with its address, blank where there is none."""
        return list(zip(self.links or [""] * len(self.rows), self.rows, strict=True))


def spec_of(description: str, layers: list[Spec], palette: Palette, *, height: int, encoding: Spec) -> Spec:
    """Layers that share their axes, from the back to the front, as wide as the page; one without rows is left out."""
    return {
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "background": None,
        "padding": {"left": 4, "top": 16, "right": 8, "bottom": 4},
        "encoding": encoding,
        "layer": [layer for layer in layers if layer["data"]["values"]],
        "config": config(palette),
    }


def trend_chart(chart: Chart, name: str, palette: Palette = ON_PAGE, running: Point | None = None) -> Drawing:
    """The points with their usual range, a mark where a new baseline begins, and numbered rings at candidate signals.

    The number of a signal is its place in `chart.signals`, from 1. `running` is the period that is not over: it stands
    beside the line, for it is not yet what it will be.
    """
    description = _trend_told(chart, name)
    labels = [point.label for point in chart.points]
    so_far = [running] if running and running.value is not None else []
    layers = [
        _range_area(chart, palette),
        *_range_lines(chart, palette),
        *_break_marks(chart, palette),
        _trend_line(chart, palette),
        *_signal_rings(chart, palette),
        *_running_mark(so_far, palette),
    ]
    x = {
        "field": "period",
        "type": "ordinal",
        "title": None,
        "scale": {"type": "point", "domain": [*labels, *(point.label for point in so_far)], "padding": 0.4},
        "axis": {"labelAngle": 0, "labelOverlap": True, "grid": False},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": True},
        "axis": {"format": axis_format(chart.unit), "tickCount": 5, "domain": False, "ticks": False},
    }
    spec = spec_of(description, layers, palette, height=280, encoding={"x": x, "y": y})
    columns = ("Period", name, "Usual from", "Usual to", "Candidate signal")
    rows = [_trend_row(chart, index) for index in range(len(labels))]
    rows += [(f"{point.label} so far", figure(point.value, chart.unit, chart.currency), "", "", "") for point in so_far]
    return Drawing(name, description, spec, columns, tuple(rows))


def _trend_told(chart: Chart, name: str) -> str:
    known = [(index, point) for index, point in enumerate(chart.points) if point.value is not None]
    if not known:
        return f"{name}: there are no figures yet."
    index, newest = known[-1]
    value = figure(newest.value, chart.unit, chart.currency)
    text = (
        f"{name} from {chart.points[0].label} to {newest.label}, newest {value}: {chart.in_words(newest.value, index)}."
    )
    changes = [chart.points[segment.start].label for segment in chart.segments[1:]]
    signals = f" New baseline from {listed(changes)} on." if changes else ""
    signals += f" {counted(len(chart.signals), 'candidate signal').capitalize()}." if chart.signals else ""
    return f"{text}{signals} {chart.basis}"


def _range_area(chart: Chart, palette: Palette) -> Spec:
    mark = {"type": "area", "color": palette.actual, "opacity": 0.09, "interpolate": "step", "clip": True}
    return {
        "data": {"values": _range_rows(chart)},
        "mark": mark,
        "encoding": {"y": {"field": "lower", "type": "quantitative"}, "y2": {"field": "upper"}, "detail": _SEGMENT},
    }


def _range_lines(chart: Chart, palette: Palette) -> list[Spec]:
    lines = []
    for field, dash in (("lower", [3, 3]), ("centre", []), ("upper", [3, 3])):
        mark = {"type": "line", "color": palette.ink_soft, "strokeWidth": 1, "interpolate": "step", "strokeDash": dash}
        encoding = {"y": {"field": field, "type": "quantitative"}, "detail": _SEGMENT}
        lines.append({"data": {"values": _range_rows(chart)}, "mark": mark, "encoding": encoding})
    return lines


_SEGMENT = {"field": "segment", "type": "nominal"}


def _range_rows(chart: Chart) -> list[Spec]:
    """A run of neighbours that have limits is one piece; nothing is drawn across a gap or a break."""
    rows = []
    for number, segment in enumerate(chart.segments):
        piece = 0
        for index in range(segment.start, segment.end):
            limits = chart.limits[index]
            if limits is None:
                piece += 1
                continue
            sides = {"lower": limits.lower, "centre": limits.centre, "upper": limits.upper}
            row = {"period": chart.points[index].label, "segment": f"{number}.{piece}"}
            rows.append(row | {side: float(value) for side, value in sides.items()})
    return rows


def _break_marks(chart: Chart, palette: Palette) -> list[Spec]:
    rows = [{"period": chart.points[segment.start].label} for segment in chart.segments[1:]]
    rule = {"type": "rule", "color": palette.ink_soft, "strokeWidth": 1}
    text = {
        "type": "text",
        "text": "New baseline",
        "color": palette.ink_soft,
        "align": "left",
        "dx": -2,
        "baseline": "bottom",
    }
    top = {"y": {"value": -3}}
    return [
        {"data": {"values": rows}, "mark": rule, "encoding": {"y": None}},
        {"data": {"values": rows}, "mark": text, "encoding": top},
    ]


def _trend_line(chart: Chart, palette: Palette) -> Spec:
    """Interrupted where a value is missing."""
    rows, piece = [], 0
    for point in chart.points:
        if point.value is None:
            piece += 1
        else:
            rows.append({"period": point.label, "value": float(point.value), "segment": piece})
    mark = {
        "type": "line",
        "color": palette.actual,
        "strokeWidth": 2.25,
        "point": {"color": palette.actual, "size": 26},
    }
    return {"data": {"values": rows}, "mark": mark, "encoding": {"detail": _SEGMENT}}


def _signal_rings(chart: Chart, palette: Palette) -> list[Spec]:
    """Two signals at one point share a ring: `1, 3`."""
    numbers: dict[int, list[str]] = {}
    for number, signal in enumerate(chart.signals, start=1):
        numbers.setdefault(signal.index, []).append(str(number))
    rows = [
        {"period": chart.points[index].label, "value": float(value), "numbers": ", ".join(said)}
        for index, said in numbers.items()
        if (value := chart.points[index].value) is not None
    ]
    ring = {"type": "point", "shape": "circle", "color": palette.ink, "size": 150, "strokeWidth": 1.75}
    text = {"type": "text", "color": palette.ink, "dy": -15, "fontWeight": 650}
    return [
        {"data": {"values": rows}, "mark": ring},
        {"data": {"values": rows}, "mark": text, "encoding": {"text": {"field": "numbers"}}},
    ]


def _running_mark(points: list[Point], palette: Palette) -> list[Spec]:
    rows = [{"period": point.label, "value": float(point.value or 0)} for point in points]
    mark = {"type": "point", "shape": "circle", "color": palette.actual, "size": 60, "strokeWidth": 2}
    text = {"type": "text", "text": "so far", "color": palette.ink_soft, "dy": 16}
    return [{"data": {"values": rows}, "mark": mark}, {"data": {"values": rows}, "mark": text}]


def _trend_row(chart: Chart, index: int) -> tuple[str, ...]:
    point, limits = chart.points[index], chart.limits[index]
    said = [
        f"{number}. {signal.sentence}" for number, signal in enumerate(chart.signals, start=1) if signal.index == index
    ]
    values = [point.value, *([limits.lower, limits.upper] if limits else [None, None])]
    return (point.label, *[figure(value, chart.unit, chart.currency) for value in values], " ".join(said))
