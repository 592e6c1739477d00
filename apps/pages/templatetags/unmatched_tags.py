"""Says, where people look at numbers, that some rows belong to nobody we know. Nothing where all owners are known."""

from typing import Any

import duckdb
import structlog
from django import template

from apps.datasets.models import Import
from apps.datasets.unmatched import how_many_unmatched, unmatched_of_import
from apps.people.permissions import can
from apps.people.roles import Permission

register = template.Library()
log = structlog.get_logger(__name__)
_NAMED = 5


@register.inclusion_tag("pages/people/unmatched_told.html", takes_context=True)
def unmatched_told(context: dict[str, Any], batch: Import) -> dict[str, Any]:
    """`{% unmatched_told batch %}` on the page of an import: the owners of its live rows who are no member."""
    request = context["request"]
    try:
        found = unmatched_of_import(request.workspace, batch.dataset.table, batch.pk)
    except duckdb.IOException:
        return _not_told(batch.pk)
    names = [name for name, _ in found]
    return {
        "request": request,
        "owners": len(found),
        "rows": sum(rows for _, rows in found),
        "named": names[:_NAMED],
        "more": len(names) - _NAMED,
        "manages": can(request.member, Permission.MANAGE_PEOPLE),
    }


@register.inclusion_tag("pages/people/unmatched_told.html", takes_context=True)
def unmatched_here(context: dict[str, Any]) -> dict[str, Any]:
    """`{% unmatched_here %}`: the same for all live rows, to those who may see imports."""
    request = context["request"]
    if not can(request.member, Permission.SEE_IMPORTS):
        return {"owners": 0}
    try:
        owners, rows = how_many_unmatched(request.workspace)
    except duckdb.IOException:
        return _not_told(None)
    manages = can(request.member, Permission.MANAGE_PEOPLE)
    return {"request": request, "owners": owners, "rows": rows, "manages": manages}


def _not_told(batch: int | None) -> dict[str, Any]:
    """A hint never keeps a page from opening: that rows cannot be read is told where they are asked for."""
    log.warning("rows of owners cannot be read", batch=batch)
    return {"owners": 0}
