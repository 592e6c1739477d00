"""Says, where people look at numbers, that some rows belong to nobody we know. Nothing where all owners are known."""

from typing import Any

from django import template

from apps.datasets.models import Import
from apps.datasets.unmatched import how_many_unmatched, unmatched_of_import
from apps.people.permissions import can
from apps.people.roles import Permission

register = template.Library()
_NAMED = 5


@register.inclusion_tag("pages/people/unmatched_told.html", takes_context=True)
def unmatched_told(context: dict[str, Any], batch: Import) -> dict[str, Any]:
    """`{% unmatched_told batch %}` on the page of an import: the owners of its live rows who are no member."""
    request = context["request"]
    found = unmatched_of_import(request.workspace, batch.dataset.table, batch.pk)
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
    owners, rows = how_many_unmatched(request.workspace)
    manages = can(request.member, Permission.MANAGE_PEOPLE)
    return {"request": request, "owners": owners, "rows": rows, "manages": manages}
