"""Small words of the import pages."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def took(span: timedelta | None) -> str:
    """A span of time as people say it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if span is None:
        return ""
    seconds = span.total_seconds()
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours} h {minutes_left} min" if hours else f"{minutes} min {rest} s"
