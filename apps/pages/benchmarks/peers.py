"""People beside each other without a league table: a funnel for rates, a band of percentiles for the rest."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render

from apps.common.money import format_figure
from apps.common.periods import Grain, Period, PeriodError, parse_period, period_of
from apps.goals.judging import is_share
from apps.goals.peers import FEWEST, NAMED_FROM, Band, Funnel, Peer, band, funnel
from apps.metrics.catalogue import Kpi, UnknownKpi
from apps.metrics.engine import Answer, Request, compute_requests
from apps.metrics.queries import context_of, org_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.benchmarks.scale import PADDING, WIDTH
from apps.pages.kpis.live import live_of
from apps.people.roles import Permission

HEIGHT = 240
STEPS = 40  # of the limits' curve


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    name: str
    told: str
    side: str


@dataclass(frozen=True)
class Drawn:
    """The funnel as places of an SVG; `low` and `high` are the points of its limits."""

    dots: list[Dot]
    low: str
    high: str
    middle: float
    rate: str
    most: str


@workspace_view(Permission.SEE_ALL_GOALS)
def peers(request: WorkspaceRequest, key: str) -> HttpResponse:
    try:
        kpi = request.definitions.get(key, request.GET.get("variant"))
    except UnknownKpi as unknown:
        raise Http404(unknown.sentence) from unknown
    period, refused = _period(request, kpi)
    found = _peers(request, kpi, period) if period else []
    context: dict[str, object] = {
        "kpi": kpi,
        "period": period,
        "refused": refused,
        "people": len(found),
        "fewest": FEWEST,
        "named_from": NAMED_FROM,
        "is_rate": is_share(kpi),
    }
    if is_share(kpi):
        drawn = funnel(found)
        context |= {"funnel": drawn, "drawn": _drawn(drawn) if drawn else None}
    else:
        context |= _in_band(request, kpi, found, band(found))
    return render(request, "pages/benchmarks/peers.html", context)


def _period(request: WorkspaceRequest, kpi: Kpi) -> tuple[Period | None, str]:
    """What is asked for, else the quarter that the data has reached."""
    if label := request.GET.get("period", ""):
        try:
            return parse_period(label, request.workspace.fiscal), ""
        except PeriodError as wrong:
            return None, wrong.sentence
    live = live_of(request.workspace, kpi)
    if live.complete_through is None:
        return None, ""
    return period_of(live.complete_through, Grain.QUARTER, request.workspace.fiscal), ""


def _peers(request: WorkspaceRequest, kpi: Kpi, period: Period) -> list[Peer]:
    """Everybody who owns a row that counts; one pass of the engine."""
    live = live_of(request.workspace, kpi)
    if live.is_empty or "person" not in kpi.scopes:
        return []
    members = {member.pk: member.name for member in request.workspace.members.all()}
    requests = [Request(pk, kpi.ref, "person", pk, period.start, period.end) for pk in members]
    answers: dict[int, Answer] = compute_requests(
        live.snapshots, requests, org_of(request.workspace), {kpi.ref: kpi}, context_of(request.workspace)
    )
    return [
        Peer(
            person=pk,
            name=members[pk],
            value=float(figure.value),
            hits=float(figure.numerator or 0),
            cases=float(figure.denominator or 0),
        )
        for pk, answer in answers.items()
        if (figure := answer.figure).value is not None and figure.count
    ]


def _in_band(request: WorkspaceRequest, kpi: Kpi, found: list[Peer], made: Band | None) -> dict[str, object]:
    """Each person's place in words; nobody is ranked."""
    if made is None:
        return {"band": None}
    currency, unit = request.workspace.currency, kpi.unit.value

    def told(value: float) -> str:
        return format_figure(value, unit, currency, compact=True)

    lines = [(peer.name, told(peer.value), made.words(peer.value)) for peer in sorted(found, key=lambda p: p.name)]
    ends = {name: told(getattr(made, name)) for name in ("low", "quarter", "middle", "three_quarters", "high")}
    return {"band": made, "ends": ends, "lines": lines}


def _drawn(found: Funnel) -> Drawn:
    most = max(point.cases for point in found.points)
    fewest = max(min(point.cases for point in found.points), 1)
    top = max([found.limits(fewest)[1], *(point.value for point in found.points)])

    def x(cases: float) -> float:
        return round(PADDING + cases / most * (WIDTH - 2 * PADDING), 1)

    def y(value: float) -> float:
        return round(HEIGHT - PADDING - value / top * (HEIGHT - 2 * PADDING), 1)

    cases = [fewest + (most - fewest) * step / STEPS for step in range(STEPS + 1)]
    low, high = (" ".join(f"{x(each)},{y(found.limits(each)[side])}" for each in cases) for side in (0, 1))
    dots = [
        Dot(x(each.cases), y(each.value), each.name, f"{each.value:.1%} of {each.cases:,.0f}", each.side)
        for each in found.points
    ]
    return Drawn(dots, low, high, y(found.rate), f"{found.rate:.1%}", f"{most:,.0f}")
