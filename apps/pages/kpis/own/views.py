"""The workspace's own KPIs: the list, and of each its versions and what uses it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.common.errors import Refusal
from apps.goals.queries import visible_goals
from apps.metrics.catalogue import Kpi
from apps.metrics.models import OwnKpi, OwnKpiVersion
from apps.metrics.own_queries import newest_of, own_kpi_for, own_kpi_models
from apps.metrics.own_uses import Use, uses_of
from apps.metrics.services.own import archive_own_kpi, restore_own_kpi, withdraw_version
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.people.permissions import can
from apps.people.roles import Permission
from apps.refresh.services import request_recompute


@dataclass(frozen=True, slots=True)
class Entry:
    """An own KPI of the list; `kpi` None where it cannot be computed any more."""

    own: OwnKpi
    newest: OwnKpiVersion
    kpi: Kpi | None


@dataclass(frozen=True, slots=True)
class Row:
    """A version of the list. `kpi` is None for one that is withdrawn or replaced for all days."""

    version: OwnKpiVersion
    kpi: Kpi | None
    state: str
    may_withdraw: bool


@workspace_view(Permission.SEE_WORKSPACE)
def own_kpis(request: WorkspaceRequest) -> HttpResponse:
    entries = [
        Entry(own, newest_of(own), request.definitions.find(own.key) if own.archived_at is None else None)
        for own in own_kpi_models(request.workspace)
    ]
    context = {
        "entries": [each for each in entries if each.own.archived_at is None],
        "archived": [each for each in entries if each.own.archived_at is not None],
        "may_build": can(request.member, Permission.DEFINE_KPIS),
    }
    return render(request, "pages/kpis/own/list.html", context)


@workspace_view(Permission.SEE_WORKSPACE)
def own_kpi(request: WorkspaceRequest, key: str) -> HttpResponse:
    return _sheet(request, own_kpi_or_404(request, key))


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def own_kpi_withdraw(request: WorkspaceRequest, key: str) -> HttpResponse:
    own = own_kpi_or_404(request, key)
    number = request.POST.get("number", "")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 8):
            raise Refusal("Say which version is taken back.")
        withdraw_version(own=own, number=int(number), by=request.member, now=timezone.now(), today=request.today)
    except Refusal as refused:
        return _sheet(request, own, refused=refused.sentence)
    messages.success(request, f"Version {number} is taken back: the one before it stays in force.")
    return redirect("pages:kpi_own", request.workspace.slug, own.key)


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def own_kpi_archive(request: WorkspaceRequest, key: str) -> HttpResponse:
    own = own_kpi_or_404(request, key)
    try:
        archive_own_kpi(own=own, by=request.member, now=timezone.now())
    except Refusal as refused:
        return _sheet(request, own, refused=refused.sentence)
    messages.success(request, f"{own.name} is archived.")
    return redirect("pages:kpis_own", request.workspace.slug)


@workspace_view(Permission.DEFINE_KPIS)
@require_POST
def own_kpi_restore(request: WorkspaceRequest, key: str) -> HttpResponse:
    own = own_kpi_or_404(request, key)
    try:
        restore_own_kpi(own=own, by=request.member)
    except Refusal as refused:
        return _sheet(request, own, refused=refused.sentence)
    request_recompute(workspace=request.workspace, by=request.member)
    messages.success(request, f"{own.name} is in use again.")
    return redirect("pages:kpi_own", request.workspace.slug, own.key)


def own_kpi_or_404(request: WorkspaceRequest, key: str) -> OwnKpi:
    try:
        return own_kpi_for(request.workspace, key)
    except OwnKpi.DoesNotExist:
        raise Http404("There is no such KPI.") from None


def _sheet(request: WorkspaceRequest, own: OwnKpi, *, refused: str = "") -> HttpResponse:
    kpi = request.definitions.find(own.key) if own.archived_at is None else None
    context = {
        "own": own,
        "kpi": kpi,
        "rows": _rows(request, own, kpi),
        "uses": _uses(request, own),
        "may_build": can(request.member, Permission.DEFINE_KPIS),
        "refused": refused,
    }
    return render(request, "pages/kpis/own/kpi.html", context, status=422 if refused else 200)


def _rows(request: WorkspaceRequest, own: OwnKpi, kpi: Kpi | None) -> list[Row]:
    """Newest first."""
    used = [each for each in own.versions.all() if each.withdrawn_at is None]
    restated = max((at for at, each in enumerate(used) if each.restates), default=0)
    in_use = used[restated:]
    started = [each for at, each in enumerate(in_use) if at == 0 or each.effective_from <= request.today]
    found = []
    for version in own.versions.all():
        definitions = {each.version: each for each in (kpi.history or (kpi,))} if kpi and version in in_use else {}
        found.append(
            Row(
                version=version,
                kpi=definitions.get(version.number),
                state=_state(version, in_use, started),
                may_withdraw=version in in_use and version not in started,
            )
        )
    return found[::-1]


def _state(version: OwnKpiVersion, in_use: list[OwnKpiVersion], started: list[OwnKpiVersion]) -> str:
    if version.withdrawn_at is not None:
        return "taken back"
    if version not in in_use:
        return "replaced for all days"
    if version not in started:
        return "not in force yet"
    return "in force" if version == started[-1] else "for earlier days"


def _uses(request: WorkspaceRequest, own: OwnKpi) -> list[tuple[Use, str]]:
    """Each use with its address; goals that this member may not see are left out."""
    slug = request.workspace.slug
    seen = {goal.pk for goal in visible_goals(request.member, request.today).filter(kpi=own.key)}
    found = []
    for use in uses_of(request.workspace, own.key):
        if use.kind == "kpi":
            found.append((use, reverse("pages:kpi_own", args=[slug, use.id])))
        elif use.id in seen:
            found.append((use, reverse("pages:goal", args=[slug, use.id])))
    return found
