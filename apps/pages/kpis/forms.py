"""What can be asked of a KPI page by its address. A wrong word falls back to the default instead of an error page."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from apps.common.periods import Fiscal, Grain, Period, period_of, previous_period

# How many periods fit on a page, ending with the last one that has data.
SHOWN = {Grain.DAY: 14, Grain.WEEK: 13, Grain.MONTH: 12, Grain.QUARTER: 8, Grain.YEAR: 6}
SHOWN_BY_GROUP = {Grain.DAY: 7, Grain.WEEK: 6, Grain.MONTH: 6, Grain.QUARTER: 6, Grain.YEAR: 5}
GRAIN_CHOICES = [
    (Grain.DAY, "day"),
    (Grain.WEEK, "week"),
    (Grain.MONTH, "month"),
    (Grain.QUARTER, "quarter"),
    (Grain.YEAR, "year"),
    (Grain.ALL, "all time"),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Grain and grouping of the table, and the day before which it ends (None: where the data ends)."""

    grain: Grain
    by: str | None
    before: date | None


def asked(query: QueryDict, groupings: list[str]) -> Asked:
    grain = query.get("grain", "")
    by = query.get("by", "")
    return Asked(
        grain=Grain(grain) if grain in list(Grain) else Grain.QUARTER,
        by=by if by in groupings else None,
        before=_day(query.get("before", "")),
    )


def window(what: Asked, covers_from: date, covers_to: date, fiscal: Fiscal) -> list[Period]:
    """The periods to show, oldest first; empty for all time, which is one figure without bounds."""
    if what.grain is Grain.ALL:
        return []
    last = covers_to
    if what.before is not None and what.before > covers_from:
        last = min(covers_to, what.before - timedelta(days=1))
    period = period_of(last, what.grain, fiscal)
    found = [period]
    most = (SHOWN_BY_GROUP if what.by else SHOWN)[what.grain]
    while len(found) < most and period.start > covers_from:
        period = previous_period(period, what.grain, fiscal)
        found.append(period)
    return found[::-1]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
