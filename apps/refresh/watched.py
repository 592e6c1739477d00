"""Which periods of a KPI are looked at when its rows change: those that run, the last closed, and the past. Pure."""

from dataclasses import dataclass
from datetime import date

from apps.common.periods import Fiscal, Grain, Period, add_months, period_of, periods_between, previous_period

GRAINS = (Grain.QUARTER, Grain.MONTH)
LOOK_BACK_MONTHS = 36


@dataclass(frozen=True)
class Watched:
    """`headline` are the running and the last closed quarter and month; `closed` all closed ones back to `since`."""

    headline: tuple[Period, ...]
    closed: tuple[Period, ...]
    since: date

    @property
    def periods(self) -> list[Period]:
        return list(dict.fromkeys([*self.headline, *self.closed]))


def watched(*, today: date, through: date | None, fiscal: Fiscal) -> Watched:
    """The periods to look at on a day, for data that goes up to `through`.

    Data that ends long ago has its running period where it ends: an export of 2017 is told by the quarters of 2017.
    """
    last = min(today, through) if through else today
    headline = []
    for grain in GRAINS:
        running = period_of(today, grain, fiscal)
        closed = previous_period(running, grain, fiscal)
        if last < closed.start:
            running = period_of(last, grain, fiscal)
            closed = previous_period(running, grain, fiscal)
        headline += [running, closed]
    since = add_months(period_of(last, Grain.QUARTER, fiscal).start, -LOOK_BACK_MONTHS)
    past = [each for grain in GRAINS for each in periods_between(since, today, grain, fiscal)]
    return Watched(tuple(headline), tuple(each for each in past if each.end <= today and each.start <= last), since)
