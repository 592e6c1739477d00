"""Forecasts of ten thousand series with their track records: figures and methods, alone and within a recompute.

All goals run: every KPI for every person in the newest quarter, on the day after the last row.
"""

import time
from datetime import UTC, datetime
from datetime import time as clock
from typing import Any

import numpy as np

from apps.goals.forecast.known import Known
from apps.goals.forecast.ladder import totals
from apps.goals.models import Goal, TrackRecord
from apps.people.models import Member, Workspace
from apps.refresh.recompute import recompute
from tests.bench.data import KPIS, LAST_DAY, OWNERS, set_goals

SERIES = len(KPIS) * OWNERS


def forecast_goals(workspace: Workspace, members: list[Member], rows: int) -> dict[str, Any]:
    """A recompute in which every goal has a forecast, the same again on the same day, and one without any forecast."""
    set_goals(workspace, members, SERIES)
    at = datetime.combine(LAST_DAY, clock(12), UTC)
    after_the_end = datetime(2031, 1, 1, tzinfo=UTC)
    seconds = [_recomputed(workspace, when) for when in (after_the_end, at, at)]
    made = TrackRecord.objects.filter(goal__workspace=workspace).count()
    assert made, "no goal of the benchmark was forecast"
    forecast = Goal.objects.filter(workspace=workspace, latest__forecast__isnull=False).count()
    TrackRecord.objects.filter(goal__workspace=workspace).delete()
    return {
        "what": "forecasts",
        "rows": rows,
        "series": made,
        "with_a_forecast": forecast,
        "seconds_of_methods_alone": _methods_alone(),
        "seconds_recompute_without": seconds[0],
        "seconds_recompute_with": seconds[1],
        "seconds_again_the_same_day": seconds[2],
    }


def _recomputed(workspace: Workspace, now: datetime) -> float:
    started = time.perf_counter()
    recompute(workspace=workspace, now=now)
    return time.perf_counter() - started


def _methods_alone() -> float:
    """The whole ladder for ten thousand series of seven years of months, once."""
    dice = np.random.default_rng(5)
    months = dice.gamma(3, 1000, (SERIES, 84))
    known = Known(dice.gamma(3, 1000, SERIES), np.full(SERIES, 0.4), months, 12, 3, np.full(SERIES, np.nan))
    started = time.perf_counter()
    totals(known)
    return time.perf_counter() - started
