"""Words and numbers of the KPI pages."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from apps.common.dates import day_told, moment_told
from apps.common.periods import Grain, Period
from apps.metrics.catalogue import Kpi, Unit
from apps.metrics.catalogue.words import heading
from apps.pages.kpis.values import Cell, Values

register = template.Library()

CATEGORIES = {
    "financial": "Financial",
    "operational": "Sales operations",
    "customer": "Customers",
    "employee": "Employees",
}
UNITS = {
    Unit.PERCENT: "percent",
    Unit.COUNT: "count",
    Unit.DAYS: "days",
    Unit.TIMES: "times",
    Unit.POINTS: "points",
}
GRAIN_NAMES = {Grain.ALL: "all time"}
EXACT_DIGITS = 4


@register.filter
def category_name(category: str) -> str:
    return CATEGORIES.get(category, category.capitalize())


@register.filter
def unit_name(unit: Unit, currency: str) -> str:
    """What the number is counted in, money by the workspace's currency."""
    if unit is Unit.MONEY:
        return f"money ({currency})"
    return f"money ({currency}) per day" if unit is Unit.MONEY_PER_DAY else UNITS[unit]


@register.filter
def scopes_told(kpi: Kpi) -> str:
    """Whom a figure of this KPI can be about."""
    words = {"workspace": "the whole company", "team": "a team", "person": "a person"}
    return ", ".join(words[scope] for scope in kpi.scopes)


@register.filter
def codes(sentence: str) -> SafeString:
    """`needs `amount` in deals`: what stands between back quotes is a column's name."""
    parts = [conditional_escape(part) for part in sentence.split("`")]
    marked = [format_html("<code>{}</code>", part) if place % 2 else part for place, part in enumerate(parts)]
    return format_html("{}" * len(marked), *marked)


@register.filter
def grain_name(grain: Grain) -> str:
    return GRAIN_NAMES.get(grain, grain.value)


@register.filter
def plain(value: Decimal | None) -> str:
    """A numerator or denominator: grouped digits, as many decimals as it has, at most four."""
    if value is None:
        return "–"
    rounded = round(value, EXACT_DIGITS)
    text = f"{rounded:,.{EXACT_DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


@register.filter
def has_denominator(kpi: Kpi) -> bool:
    """Whether the figure is a division whose two sides are worth showing."""
    return kpi.kind in ("ratio", "mean", "composite")


@register.filter
def is_running(period: Period | None, through: date | None) -> bool:
    """The data ends inside this period: its figure is not final."""
    return period is not None and through is not None and through < period.last_day


@register.simple_tag
def still_growing(kpi: Kpi, period: Period | None, through: date | None) -> bool:
    """Its cohort still has time: also after the period its figure is not final."""
    return period is not None and through is not None and kpi.is_growing(period.last_day, through)


@register.filter
def periods_newest_first(values: Values) -> list[tuple[Period | None, Cell]]:
    """The only line of a table without groups, as (period, cell)."""
    if not values.lines:
        return []
    columns: list[Period | None] = list(values.periods) or [None]
    return list(zip(columns, values.lines[0].cells, strict=True))[::-1]


register.filter("heading", heading)


@register.filter
def is_number(cell: object) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


@register.filter
def shown(cell: object) -> str:
    """One value of a row: numbers grouped, blanks as a dash, days as people say them."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, datetime):
        return moment_told(cell)
    if isinstance(cell, date):
        return day_told(cell)
    return str(cell)


@register.filter
def is_day(cell: object) -> bool:
    return isinstance(cell, date)


@register.filter
def points(values: Values) -> list[tuple[str, Decimal | None]]:
    """The only line of a table without groups, for the sparkline."""
    figures = [cell.figure for cell in values.lines[0].cells] if values.lines else []
    labels = [period.label for period in values.periods]
    return [(label, figure.value if figure else None) for label, figure in zip(labels, figures, strict=False)]
