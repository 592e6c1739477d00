"""The newest figure of every KPI for the catalogue page: one request each, answered in one go by the engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.periods import Fiscal, Grain, Period, period_of
from apps.datasets.store.in_place import NotAnswered
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Figure, Request, compute_requests
from apps.metrics.engine.coverage import ran_in
from apps.metrics.queries import context_of, org_of
from apps.pages.kpis.live import Live, live_of_all
from apps.people.models import Workspace


@dataclass(frozen=True, slots=True)
class Latest:
    """A figure of the quarter that the data of its tables has reached."""

    period: Period
    figure: Figure


def latest_figures(workspace: Workspace, kpis: Iterable[Kpi]) -> dict[str, Latest]:
    """By ref; a KPI of which a table has no data is left out."""
    periods, requests, wanted = {}, [], {}
    lives = live_of_all(workspace, kpis)
    for number, live in enumerate(lives):
        if not live.is_empty:
            period = _quarter_reached(live, workspace.fiscal)
            kpi = live.kpi.at(period.start)
            periods[number], wanted[kpi.ref] = period, kpi
            requests.append(Request(number, kpi.ref, "workspace", None, period.start, period.end))
    if not requests:
        return {}
    snapshots, org, context = lives[0].snapshots, org_of(workspace), context_of(workspace)
    try:
        answers = compute_requests(snapshots, requests, org, wanted, context)
    except NotAnswered:  # the others are told without those that a warehouse does not tell now
        requests = [each for each in requests if not ran_in(snapshots, wanted[each.kpi])]
        answers = compute_requests(snapshots, requests, org, wanted, context)
    return {lives[number].kpi.ref: Latest(periods[number], answer.figure) for number, answer in answers.items()}


def _quarter_reached(live: Live, fiscal: Fiscal) -> Period:
    assert live.complete_through is not None
    return period_of(live.complete_through, Grain.QUARTER, fiscal)
