"""Words of the page from a number to its rows."""

from django import template

from apps.metrics.engine import REASONS

register = template.Library()


@register.filter
def reason_told(reason: str) -> str:
    """Why a figure has no value, as a sentence."""
    return REASONS.get(reason, reason)


@register.filter
def sorted_by(sort: str | None, name: str) -> str:
    """The value of aria-sort for a column."""
    return {name: "ascending", f"-{name}": "descending"}.get(sort or "", "none")
