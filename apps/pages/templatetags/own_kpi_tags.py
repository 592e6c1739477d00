"""Small look-ups of the builder's preview."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django import template

from apps.common.periods import Period
from apps.metrics.engine import REASONS, GroupFigure
from apps.pages.kpis.values import SHORT_REASONS

register = template.Library()


@register.filter
def reason_name(reason: str) -> str:
    """Why there is no value, in a few words."""
    return SHORT_REASONS.get(reason) or REASONS.get(reason, reason.replace("_", " "))


@register.filter
def value_in(figures: Sequence[GroupFigure], period: Period) -> Decimal | None:
    """The value of one period."""
    return next((each.figure.value for each in figures if each.period == period), None)


@register.filter
def at(mapping: Mapping[str, str], key: str) -> str:
    return mapping.get(key, "") if mapping else ""
