"""Bars of a KPI's analysis: what changed it, its funnel, the reasons for lost deals, its season. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.metrics.analysis.contribution import Change, Part
from apps.metrics.analysis.funnel import Funnel, wins
from apps.metrics.analysis.lost import Pareto
from apps.metrics.analysis.numbers import difference, figure
from apps.metrics.analysis.season import Season
from apps.pages.charts import ON_PAGE, Palette, Spec
from apps.pages.kpis.charts import Drawing, spec_of

ROW = 30  # pixels of one horizontal bar
MOST_BARS = 12
FOR_LABELS = 0.35  # of the bars' length, kept free at their right for their texts


def contribution_chart(
    change: Change, name: str, unit: str = "", currency: str = "", palette: Palette = ON_PAGE
) -> Drawing:
    """One bar a group, to the right for what it added; of ratios in two parts, rate and mix."""
    description = change.sentence(name, unit, currency)
    parts = _largest(change)
    pieces = [piece for part in parts for piece in _pieces(part)]
    texts: list[Spec] = [
        {"group": part.label, "value": _reach(part)[1], "text": difference(part.change, unit, currency)}
        for part in parts
    ]
    bars: Spec = {"data": {"values": pieces}, "mark": {**_BAR, "color": palette.actual}}
    if change.rate is not None:
        colours = {"domain": [RATE, MIX], "range": [palette.actual, palette.ink_soft]}
        legend = {"title": None, "orient": "top", "labelColor": palette.ink_soft, "labelLimit": 400}
        bars["encoding"] = {"color": {"field": "part", "type": "nominal", "scale": colours, "legend": legend}}
    low, high = min((_reach(part)[0] for part in parts), default=0), max((_reach(part)[1] for part in parts), default=0)
    encoding = {"x": _length(low, high), "y": _names([part.label for part in parts])}
    layers = [bars, _zero(palette, "x"), _bar_texts(texts, palette)]
    height = ROW * len(parts) + (40 if change.rate is not None else 8)
    spec = spec_of(description, layers, palette, height=height, encoding=encoding)
    return Drawing(f"What changed {name}", description, spec, *_contribution_table(change, unit, currency))


RATE, MIX = "how each did", "how much each weighs"


def _largest(change: Change) -> list[Part]:
    parts = change.parts
    if len(parts) <= MOST_BARS:
        return list(parts)
    shown = parts[: MOST_BARS - 1]
    return [*shown, change.beside(shown, f"{len(parts) - len(shown)} others")]


def _pieces(part: Part) -> list[Spec]:
    if part.rate is None or part.mix is None:
        return [{"group": part.label, "value": float(part.change)}]
    return [
        {"group": part.label, "value": float(part.rate), "part": RATE},
        {"group": part.label, "value": float(part.mix), "part": MIX},
    ]


def _reach(part: Part) -> tuple[float, float]:
    """How far the stacked pieces reach to the left and to the right of zero."""
    values = [piece["value"] for piece in _pieces(part)]
    return sum(min(value, 0.0) for value in values), sum(max(value, 0.0) for value in values)


def _contribution_table(
    change: Change, unit: str, currency: str
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    in_two = change.rate is not None
    columns = ("Part", "Before", "After", "Change", *([RATE.capitalize(), MIX.capitalize()] if in_two else []), "Note")
    rows = []
    for part in change.parts:
        effects = [part.change, *([part.rate or 0, part.mix or 0] if in_two else [])]
        own_unit = unit if part.unit is None else part.unit
        own = [figure(value, own_unit, currency) for value in (part.before, part.after)]
        rows.append((part.label, *own, *[difference(effect, unit, currency) for effect in effects], part.note))
    return columns, tuple(rows)


# --- funnel and lost reasons -----------------------------------------------------------------------------------------


def funnel_chart(funnel: Funnel, currency: str = "", palette: Palette = ON_PAGE) -> Drawing:
    """One bar a stage, as long as many entered it; the stage before the bottleneck stands out."""
    bars = [
        _Bar(step.label, step.entered, _step_told(step.entered, step.rate), strong=step is funnel.bottleneck)
        for step in funnel.steps
    ]
    if funnel.steps:
        last = funnel.steps[-1]
        bars.append(_Bar(last.to, last.passed, _step_told(last.passed, None), strong=False))
    spec = _bars(funnel.sentence, bars, palette)
    columns = ("Step", "Entered", "Went on", "Rate", "Usually", "Sure to within", "At the usual rate", "Note")
    return Drawing("Funnel", funnel.sentence, spec, columns, tuple(_funnel_rows(funnel, currency)))


def _step_told(entered: int, rate: Fraction | None) -> str:
    return f"{entered:,}" if rate is None else f"{entered:,} · {figure(rate, 'percent')} go on"


def _funnel_rows(funnel: Funnel, currency: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for step in funnel.steps:
        sure = step.interval
        gain = (
            "" if step.gain_in_wins is None else f"{difference(step.gain_in_wins, 'count')} {wins(step.gain_in_wins)}"
        )
        rows.append(
            (
                f"{step.label} → {step.to}",
                f"{step.entered:,}",
                f"{step.passed:,}",
                figure(step.rate, "percent"),
                figure(step.usual_rate, "percent"),
                f"{figure(sure.low, 'percent')} to {figure(sure.high, 'percent')}" if sure else "",
                gain if step.gain is None else f"{difference(step.gain, 'money', currency)} ({gain})",
                step.note,
            )
        )
    return rows


def lost_reasons_chart(pareto: Pareto, currency: str = "", palette: Palette = ON_PAGE) -> Drawing:
    """One bar a reason, most frequent first, with its share and that of all up to it; what is not told is pale."""
    bars = [
        _Bar(reason.label, reason.deals, f"{reason.deals:,} · {figure(reason.share, 'percent')}", strong=reason.told)
        for reason in pareto.reasons[:MOST_BARS]
    ]
    description = f"{pareto.sentence} {pareto.warning}".strip()
    spec = _bars(description, bars, palette)
    columns = ("Reason", "Lost deals", "Share", "Together", "Amount", "Share of amount")
    table = tuple(
        (
            reason.label,
            f"{reason.deals:,}",
            figure(reason.share, "percent"),
            figure(reason.cumulative, "percent"),
            figure(reason.amount, "money", currency),
            figure(reason.share_of_amount, "percent"),
        )
        for reason in pareto.reasons
    )
    return Drawing("Why deals are lost", description, spec, columns, table)


# --- season ----------------------------------------------------------------------------------------------------------


def season_chart(season: Season, palette: Palette = ON_PAGE) -> Drawing:
    """How far each month or quarter usually lies above or below the trend."""
    told = [_away(factor) for factor in season.factors]
    rows = [
        {"group": name, "value": float(factor - 1)} for name, factor in zip(season.names, season.factors, strict=True)
    ]
    x = {"field": "group", "type": "ordinal", "title": None, "sort": None, "axis": {"labelAngle": 0, "grid": False}}
    axis = {"format": "+.0%", "tickCount": 5, "domain": False, "ticks": False}
    y = {"field": "value", "type": "quantitative", "title": None, "axis": axis}
    layers = [{"data": {"values": rows}, "mark": {"type": "bar", "color": palette.actual}}, _zero(palette, "y")]
    spec = spec_of(season.sentence, layers, palette, height=200, encoding={"x": x, "y": y})
    columns = ("Part of the year", "Against the trend")
    return Drawing("Season", season.sentence, spec, columns, tuple(zip(season.names, told, strict=True)))


def _away(factor: Decimal) -> str:
    away = (factor - 1).quantize(Decimal("0.001"))
    return f"{difference(away, 'percent').removesuffix(' pp')} %"


# --- shared ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bar:
    label: str
    length: int
    text: str
    strong: bool


def _bars(description: str, bars: Sequence[_Bar], palette: Palette) -> Spec:
    """Horizontal bars with their text at the end; the strong ones in the colour of the actual."""
    rows: list[Spec] = [
        {
            "group": bar.label,
            "value": bar.length,
            "text": bar.text,
            "colour": palette.actual if bar.strong else palette.ink_soft,
        }
        for bar in bars
    ]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    layers = [
        {"data": {"values": rows}, "mark": _BAR, "encoding": {"color": colour}},
        _bar_texts(rows, palette),
    ]
    encoding = {"x": _length(0, max((bar.length for bar in bars), default=0)), "y": _names([bar.label for bar in bars])}
    return spec_of(description, layers, palette, height=ROW * len(rows) + 8, encoding=encoding)


_BAR: Spec = {"type": "bar", "height": {"band": 0.62}}


def _length(low: float, high: float) -> Spec:
    """The texts at the bars say the numbers, so that the axis is not drawn."""
    domain = [low, high + FOR_LABELS * ((high - low) or 1)]
    return {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": domain, "nice": False}}


def _names(labels: Sequence[str]) -> Spec:
    axis = {"domain": False, "ticks": False, "labelLimit": 180, "labelFontSize": 12.5}
    return {"field": "group", "type": "nominal", "title": None, "sort": None, "axis": axis, "scale": {"domain": labels}}


def _bar_texts(rows: list[Spec], palette: Palette) -> Spec:
    mark = {"type": "text", "align": "left", "dx": 6, "color": palette.ink}
    return {"data": {"values": rows}, "mark": mark, "encoding": {"text": {"field": "text"}}}


def _zero(palette: Palette, axis: str) -> Spec:
    """A line where bars begin, across the whole chart."""
    across = {"y" if axis == "x" else "x": None}
    return {"data": {"values": [{"value": 0}]}, "mark": {"type": "rule", "color": palette.ink_soft}, "encoding": across}
