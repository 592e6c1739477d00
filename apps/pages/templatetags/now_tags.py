"""Figures of the team's map: always with a sign, and shares told whole."""

from decimal import Decimal
from fractions import Fraction

from django import template

from apps.pages.statuses import LOOKS

register = template.Library()
MOST = 999  # percent


@register.filter
def tone(status: str) -> str:
    """The class of a status's colour; always beside its icon, number and word."""
    return LOOKS[status].tone


@register.filter
def signed_percent(share: Decimal) -> str:
    """`+4 %`, `−12 %`, `±0 %`: whole, never rounded away from which side it is on."""
    percent = int(abs(share) * 100)
    if percent == 0 and share:
        return "+<1 %" if share > 0 else "−<1 %"
    if percent == 0:
        return "±0 %"
    return f"{'−' if share < 0 else '+'}{min(percent, MOST)}{'+' if percent > MOST else ''} %"


@register.filter
def whole_percent(share: Fraction) -> str:
    """Rounded down, so that 99.6 % does not read as enough."""
    return f"{min(int(share * 100), MOST)} %"


@register.filter
def plain(number: Fraction) -> Decimal:
    """An exact number as the tags of figures take it."""
    return Decimal(number.numerator) / Decimal(number.denominator)
