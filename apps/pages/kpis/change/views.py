"""The parts as fragments, each also a page of its own; and what people say about signals."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from apps.common.errors import Refusal
from apps.common.periods import Grain, Period, period_of, previous_period
from apps.goals.permissions import can_judge_signals
from apps.metrics.analysis.numbers import NoAnswer
from apps.metrics.catalogue import Kpi, UnknownKpi
from apps.metrics.catalogue.derived import table_named
from apps.metrics.errors import KpiRefusal
from apps.metrics.models import JudgedSignal
from apps.metrics.services import judge_signal, withdraw_verdict
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.downloads import format_asked
from apps.pages.kpis.change.choices import choices, period_asked, with_asked
from apps.pages.kpis.change.compared import compared_of
from apps.pages.kpis.change.contribution import Contribution, contribution_of, factors_of, is_product
from apps.pages.kpis.change.funnel import funnel_of
from apps.pages.kpis.change.lost import lost_of
from apps.pages.kpis.change.parts import TREND, Part, part_called
from apps.pages.kpis.change.season import season_of_months
from apps.pages.kpis.change.subject import GRAINS, NOT_YOURS, Subject, abouts, grain_asked, subject_of
from apps.pages.kpis.change.trend import trend_of
from apps.pages.kpis.sight import PEOPLE, groupings
from apps.pages.kpis.tables import TAKEN, change_response
from apps.pages.kpis.views import unknown_kpi
from apps.people.permissions import can
from apps.people.roles import Permission

Context = dict[str, Any]
AS_IS = "as_is"
MOST_TRIED = 6  # columns, until one has several groups


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_change(request: WorkspaceRequest, key: str, part: str) -> HttpResponseBase:
    """One part: alone as a fragment, as a page without JavaScript."""
    try:
        kpi = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    shown = part_called(kpi, part)
    if shown is None:
        raise Http404("There is no such part of this KPI.")
    return _page(request, shown, subject_of(request, kpi))


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_signal(request: WorkspaceRequest, key: str) -> HttpResponseBase:
    """Confirm or dismiss a candidate that the trend shows now."""
    try:
        kpi = request.definitions.get(key, request.POST.get("variant"))
    except UnknownKpi as unknown:
        return unknown_kpi(request, unknown)
    subject = _judging(request, kpi)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        _judge(request, subject)
    except Refusal as refused:
        return _page(request, TREND, subject, refused=refused, status=422)
    return _judged(request, subject, "Noted.")


@workspace_view(Permission.SEE_WORKSPACE)
def kpi_signal_undo(request: WorkspaceRequest, key: str, judged_id: int) -> HttpResponseBase:
    """The signal is a candidate again."""
    judged = JudgedSignal.objects.filter(workspace=request.workspace, pk=judged_id).first()
    kpi = request.definitions.find(judged.ref) if judged else None
    if judged is None or kpi is None or kpi.key != key:
        raise Http404("There is no such signal.")
    subject = _judging(request, kpi)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if judged.scope != subject.scope_key:
        raise PermissionDenied(NOT_YOURS)
    withdraw_verdict(judged=judged, by=request.member, now=timezone.now())
    return _judged(request, subject, "Taken back: the signal is open again.")


# --- inside ----------------------------------------------------------------------------------------------------------


def _page(
    request: WorkspaceRequest, part: Part, subject: Subject, refused: Refusal | None = None, status: int = 200
) -> HttpResponseBase:
    context: Context = {
        "kpi": subject.kpi,
        "told": request.definitions.told(subject.kpi),
        "part": part,
        "subject": subject,
        "body": f"pages/kpis/change/{part.name}.html",
        "may_import": can(request.member, Permission.IMPORT_DATA),
        "refused": refused,
    }
    if not subject.live.is_empty:
        context |= _BODIES[part.name](request, subject)
        found, wanted = context.get("found"), format_asked(request)
        period = " → ".join(str(context[each]) for each in ("before", "after", "period") if each in context)
        if wanted and (taken := change_response(request, subject, part, found, period, wanted)):
            return taken
        context["can_be_taken"] = type(found) in TAKEN
    template = "pages/kpis/change/part.html"
    return render(request, f"{template}#part" if wants_fragment(request) else template, context, status=status)


def _answer(found: object) -> Context:
    """A part that cannot be told says why in its place."""
    return {"reason": found.reason} if isinstance(found, NoAnswer) else {"found": found}


def _trend(request: WorkspaceRequest, subject: Subject) -> Context:
    asked = request.POST or request.GET
    grain = grain_asked(request)
    return {
        "found": trend_of(subject, grain, season_as_is=asked.get("season") == AS_IS),
        "grain": grain,
        "grains": GRAINS,
        "abouts": abouts(subject),
        "may_judge": can_judge_signals(subject.member, subject.kpi.key, subject.kpi.variant),
        "as_is_query": _trend_query(subject, grain, season=AS_IS),
        "season_out_query": _trend_query(subject, grain),
        "note": request.POST.get("note", ""),
        "judging": request.POST.get("key", ""),
    }


def _trend_query(subject: Subject, grain: Grain, **more: str) -> str:
    return urlencode({"variant": subject.kpi.variant, "about": subject.scope_key, "grain": grain.value} | more)


def _compared(request: WorkspaceRequest, subject: Subject) -> Context:
    grain = grain_asked(request)
    context = {"grain": grain, "grains": GRAINS, "abouts": abouts(subject)}
    return context | _answer(compared_of(subject, grain))


def _contribution(request: WorkspaceRequest, subject: Subject) -> Context:
    newest = _newest(subject, Grain.QUARTER)
    after = period_asked(subject, request.GET, "after", newest)
    before = period_asked(subject, request.GET, "before", previous_period(newest, Grain.QUARTER, subject.year_start))
    listed = choices(subject, (Grain.QUARTER, Grain.MONTH, Grain.YEAR))
    for period in (after, before):
        listed = with_asked(listed, period, subject.year_start)
    context = {"after": after.label, "before": before.label, "periods": listed}
    if is_product(subject.kpi):
        return context | _answer(factors_of(subject, request.definitions, before, after))
    columns = groupings(table_named(subject.kpi.table), subject.live.columns, subject.sight)
    names = [name for name, _ in columns]
    wanted = [request.GET["by"]] if request.GET.get("by") in names else _likely(subject, names)
    context |= {"columns": columns, "by": wanted[0] if wanted else ""}
    if not wanted:
        return context | {"reason": "The data has no column by which it could be grouped."}
    if before == after:
        return context | {"reason": "Choose two different periods."}
    first = None
    for by in wanted:
        found = contribution_of(subject, before, after, by)
        if isinstance(found, Contribution) and len(found.rows) > 1:
            return context | {"by": by, "found": found}
        first = first or found
    return context | _answer(first)


def _likely(subject: Subject, names: list[str]) -> list[str]:
    """Where no column is asked for: the first of these that has more than one group. A column that names people is of
    use to who sees all of them; others see it when they ask for it."""
    people = ["team", "owner"] if subject.sight.everything else []
    many = [name for name in names if name in ("customer", "account")]  # one group a customer tells little
    few = [name for name in names if name not in many]
    likely = [
        name for name in ("region", *people, "product", "source", "plan", "segment", *few, *many) if name in names
    ]
    return (
        list(dict.fromkeys(name for name in likely if name in people or name not in PEOPLE))[:MOST_TRIED] or names[:1]
    )


def _funnel(request: WorkspaceRequest, subject: Subject) -> Context:
    return _in_period(request, subject, _newest(subject, Grain.QUARTER), funnel_of)


def _lost(request: WorkspaceRequest, subject: Subject) -> Context:
    return _in_period(request, subject, period_of(subject.through, Grain.YEAR, subject.year_start), lost_of)


def _in_period(
    request: WorkspaceRequest, subject: Subject, default: Period, of: Callable[[Subject, Period], object]
) -> Context:
    period = period_asked(subject, request.GET, "period", default)
    listed = with_asked(choices(subject, (Grain.QUARTER, Grain.YEAR)), period, subject.year_start)
    return {"period": period.label, "periods": listed} | _answer(of(subject, period))


def _season(request: WorkspaceRequest, subject: Subject) -> Context:
    return _answer(season_of_months(subject))


_BODIES: dict[str, Callable[[WorkspaceRequest, Subject], Context]] = {
    "trend": _trend,
    "compared": _compared,
    "contribution": _contribution,
    "funnel": _funnel,
    "lost": _lost,
    "season": _season,
}


def _newest(subject: Subject, grain: Grain) -> Period:
    """The newest period whose last day the data has reached; the running one where that is all there is."""
    running = period_of(subject.through, grain, subject.year_start)
    before = previous_period(running, grain, subject.year_start)
    return running if subject.through >= running.last_day or before.end <= subject.first else before


def _judging(request: WorkspaceRequest, kpi: Kpi) -> Subject:
    subject = subject_of(request, kpi)
    if not can_judge_signals(request.member, kpi.key, kpi.variant):
        raise PermissionDenied("Managers, and who owns a goal on this KPI, say what a signal means.")
    return subject


def _judge(request: WorkspaceRequest, subject: Subject) -> None:
    """Only what the trend shows at this moment can be judged, so that nothing is stored that nobody saw."""
    found = None
    if not subject.live.is_empty:
        found = trend_of(subject, grain_asked(request), season_as_is=request.POST.get("season") == AS_IS)
    candidate = found.candidate(request.POST.get("key", "")) if found else None
    if candidate is None:
        raise KpiRefusal("The trend does not show this signal any more: the data, or the usual range, has changed.")
    judge_signal(
        workspace=request.workspace,
        by=request.member,
        now=timezone.now(),
        ref=subject.kpi.ref,
        signal=candidate.signal,
        since=candidate.since,
        verdict=request.POST.get("verdict", ""),
        note=request.POST.get("note", ""),
        scope=subject.scope_key,
    )


def _judged(request: WorkspaceRequest, subject: Subject, sentence: str) -> HttpResponseBase:
    if wants_fragment(request):
        return _page(request, TREND, subject)
    messages.success(request, sentence)
    address = reverse("pages:kpi_change", args=[request.workspace.slug, subject.kpi.key, TREND.name])
    asked = {name: request.POST[name] for name in ("about", "grain", "season") if request.POST.get(name)}
    return redirect(f"{address}?{urlencode({'variant': subject.kpi.variant} | asked)}")
