"""The history of a KPI as bars, with the line of the target: small, without a script, told in words."""

from decimal import Decimal

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.common.dates import day_told
from apps.pages.goals.builder import Built

register = template.Library()

WIDTH, HEIGHT, GAP, SHOWN = 480, 120, 6, 12


@register.simple_tag
def history_bars(built: Built) -> SafeString:
    """The newest periods as bars, the target as a line across; nothing while no figure is known."""
    past = built.past
    if past is None or not past.known:
        return SafeString("")
    shown = past.figures[-SHOWN:]
    numbers = [value for _, value in shown if value is not None]
    line = built.target
    top = max([*numbers, line or Decimal(0), Decimal(0)])
    low = min([*numbers, line or Decimal(0), Decimal(0)])
    span = (top - low) or Decimal(1)
    width = Decimal(WIDTH) / len(shown)
    bars = (
        (
            f"{place * width + GAP // 2:.1f}",
            f"{_y(max(value, Decimal(0)), top, span):.1f}",
            f"{width - GAP:.1f}",
            f"{max(abs(value) / span * HEIGHT, Decimal('1.5')):.1f}",
            label,
            built.money(value),
        )
        for place, (label, value) in enumerate(shown)
        if value is not None
    )
    said = f"The last {len(shown)} {past.word}, from {built.money(min(numbers))} to {built.money(max(numbers))}"
    if line is not None:
        said += f"; the target is {built.money(line)}"
    return format_html(
        '<svg class="history" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        said,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}: {}</title></rect>', bars),
        _line(line, top, span),
    )


@register.filter
def days_told(days: list[object]) -> str:
    """`3 Jan 2027, 10 Jan 2027 and 10 more`."""
    told = [day_told(day) for day in days]  # type: ignore[arg-type]
    return f"{', '.join(told[:3])} and {len(told) - 3} more" if len(told) > 4 else ", ".join(told)


@register.simple_tag
def of_points(got: int, possible: int) -> SafeString:
    """A short bar of points."""
    return format_html('<progress class="progress" value="{}" max="{}"></progress>', got, possible)


def _line(value: Decimal | None, top: Decimal, span: Decimal) -> SafeString:
    if value is None:
        return SafeString("")
    y = f"{_y(value, top, span):.1f}"
    return format_html('<line x1="0" x2="{}" y1="{}" y2="{}" />', WIDTH, y, y)


def _y(value: Decimal, top: Decimal, span: Decimal) -> Decimal:
    return (top - value) / span * HEIGHT
