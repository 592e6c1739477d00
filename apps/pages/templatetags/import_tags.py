"""Small words of the import pages."""

from datetime import timedelta

from django import template

from apps.common.dates import span_told

register = template.Library()


@register.filter
def took(span: timedelta | None) -> str:
    return "" if span is None else span_told(span)
