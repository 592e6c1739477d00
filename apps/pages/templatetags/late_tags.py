"""The line that says which numbers wait for a source that is late."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from apps.datasets.sources.late import LateSource, late_tables
from apps.people.permissions import can
from apps.people.roles import Permission

register = template.Library()


@register.inclusion_tag("components/late.html", takes_context=True)
def late_data(context: dict[str, Any], tables: Iterable[str] | None = None) -> dict[str, Any]:
    """`{% late_data kpi.tables %}`: each late source of these tables; without tables, of all. One query a page."""
    request = context.get("request")
    workspace = getattr(request, "workspace", None)
    if request is None or workspace is None:
        return {"late": []}
    if not hasattr(request, "late_tables"):
        request.late_tables = late_tables(workspace, timezone.now())
    found: dict[str, LateSource] = request.late_tables
    wanted = found if tables is None else set(tables)
    return {
        "late": [source for table, source in found.items() if table in wanted],
        "slug": workspace.slug,
        "may_look": can(request.member, Permission.MANAGE_SOURCES),
        "today": request.today,
    }
