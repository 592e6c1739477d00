"""The frame of every page: where one can go, what one may do, how far the data reaches."""

from dataclasses import dataclass

from django import template
from django.db.models import Max, Value
from django.http import HttpRequest
from django.template.defaultfilters import date as format_date
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.datasets.models import LiveBatch
from apps.datasets.reach import REACHES
from apps.datasets.warehouse.tables import in_use
from apps.people.models import Member, Workspace
from apps.people.permissions import can
from apps.people.roles import Permission

register = template.Library()

# name, view, permission, and the beginnings of the view names that belong to it
PLACES = [
    ("Home", "home", Permission.SEE_WORKSPACE, ("home",)),
    ("Goals", "board", Permission.SEE_WORKSPACE, ("board", "goal", "plan")),
    ("KPIs", "kpis", Permission.SEE_WORKSPACE, ("kpi",)),
    ("Imports", "imports", Permission.SEE_IMPORTS, ("import", "mapping", "recompute", "runs")),
    ("Sources", "sources", Permission.MANAGE_SOURCES, ("source",)),
    ("People", "people", Permission.SEE_WORKSPACE, ("people", "member", "team", "invit")),
]
MORE_PLACES = [
    ("Background runs", "runs", Permission.SEE_IMPORTS),
    ("History", "history", Permission.SEE_AUDIT),
    ("API tokens", "tokens", Permission.SEE_WORKSPACE),
    ("Workspace settings", "workspace_settings", Permission.MANAGE_WORKSPACE),
]


@dataclass(frozen=True)
class Place:
    name: str
    url: str
    current: bool = False


@register.filter
def may(member: Member, permission: str) -> bool:
    """`{% if request.member|may:"see_imports" %}`: to hide what the door would refuse anyway."""
    return can(member, Permission(permission))


@register.filter
def places(request: HttpRequest) -> list[Place]:
    """The entries of the main navigation this member may open."""
    member: Member = request.member  # type: ignore[attr-defined]
    here = (request.resolver_match.url_name or "") if request.resolver_match else ""
    return [
        Place(name, _url(view, member), here.startswith(beginnings))
        for name, view, permission, beginnings in PLACES
        if can(member, permission)
    ]


@register.filter
def more_places(request: HttpRequest) -> list[Place]:
    """The rarer entries in the menu of the signed-in person."""
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return []
    return [Place(name, _url(view, member)) for name, view, permission in MORE_PLACES if can(member, permission)]


@register.simple_tag
def data_through(workspace: Workspace) -> str | SafeString:
    """How far each table's live data reaches, in one query. A table that is used in a warehouse counts there."""
    imported = (
        LiveBatch.objects.filter(dataset__workspace=workspace, live_to__isnull=True)
        .values("dataset__table")
        .annotate(through=Max(REACHES), there=Value(0))
        .order_by()
        .values_list("dataset__table", "through", "there")
    )
    there = in_use(workspace).order_by().annotate(there=Value(1)).values_list("table", "covers_to", "there")
    reached = {table: day for table, day, _ in sorted(imported.union(there), key=lambda row: (row[0], row[2]))}
    parts = [(table, day.isoformat(), format_date(day, "j M Y")) for table, day in reached.items() if day]
    if not parts:
        return "No data yet."
    return format_html("Data through: {}", format_html_join(" · ", '{} <time datetime="{}">{}</time>', parts))


@register.simple_tag(takes_context=True)
def url_with(context: template.Context, **changes: object) -> str:
    """This page's address with some of its query changed: `{% url_with page=2 %}`; an empty value takes it out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _url(view: str, member: Member) -> str:
    return reverse(f"pages:{view}", args=[member.workspace.slug])
