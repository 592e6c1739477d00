"""The newest figure of every KPI for the catalogue page: one request each, answered in one go by the engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.common.periods import Grain, Period, period_of
from apps.datasets.queries import snapshots
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Figure, Request, compute_requests
from apps.metrics.queries import org_of
from apps.people.models import Workspace


@dataclass(frozen=True, slots=True)
class Latest:
    """A figure of the quarter that the data of its table has reached."""

    period: Period
    figure: Figure


def latest_figures(workspace: Workspace, kpis: Iterable[Kpi]) -> dict[str, Latest]:
    """By key; a KPI whose table has no data is left out."""
    wanted = list(kpis)
    live = snapshots(workspace=workspace, tables={kpi.table for kpi in wanted})
    requests, periods = [], {}
    for number, kpi in enumerate(wanted):
        period = _quarter_reached(live[kpi.table], workspace.fiscal_year_start)
        if period is not None:
            periods[number] = period
            requests.append(_request(number, kpi, period))
    if not requests:
        return {}
    answers = compute_requests(live, requests, org_of(workspace))
    return {wanted[number].key: Latest(periods[number], answer.figure) for number, answer in answers.items()}


def _quarter_reached(live: Snapshot, fiscal_year_start: int) -> Period | None:
    if live.is_empty or live.complete_through is None:
        return None
    return period_of(live.complete_through, Grain.QUARTER, fiscal_year_start)


def _request(number: int, kpi: Kpi, period: Period) -> Request:
    return Request(
        id=number, kpi=kpi.key, scope="workspace", scope_id=None, start=period.start, end=period.end, points=()
    )
