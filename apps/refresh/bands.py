"""How often a band was kept: the figures of the closed sub-periods of goals that keep something within limits."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol, cast

from apps.common.fiscal import FiscalYear
from apps.goals.case import Kept
from apps.goals.limits import limits_on
from apps.goals.pace import series_points
from apps.goals.queries import Limits
from apps.metrics.engine import Answer, Request

MOST = 128  # sub-periods of a goal
ONE_DAY = timedelta(days=1)


class BandGoal(Protocol):
    """What is asked of a goal here."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def team_id(self) -> int | None: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def low(self) -> Decimal | None: ...
    @property
    def high(self) -> Decimal | None: ...


def kept_requests(goal: BandGoal, kpi: str, through: date | None, fiscal: FiscalYear) -> Iterator[Request]:
    """One request for each sub-period that the data covers whole; none for other kinds of goals."""
    for place, (start, end) in enumerate(_closed(goal, through, fiscal)):
        yield Request(
            id=_id(goal.pk, place),
            kpi=kpi,
            scope=cast("Any", goal.scope),
            scope_id=goal.team_id or goal.person_id,
            start=start,
            end=end,
        )


def kept_of(
    goal: BandGoal, answers: Mapping[int, Answer], through: date | None, fiscal: FiscalYear, limits: Sequence[Limits]
) -> Kept | None:
    """Each sub-period against the limits in force on its last day. One without a value says nothing and is not counted.

    None for goals that keep no band.
    """
    if not goal.kind.startswith("keep_"):
        return None
    closed = _closed(goal, through, fiscal)
    values = [(answers[_id(goal.pk, place)].figure.value, end - ONE_DAY) for place, (_, end) in enumerate(closed)]
    told = [(value, last_day) for value, last_day in values if value is not None]
    inside = sum(_inside(value, limits_on(goal, limits, last_day)) for value, last_day in told)
    silent = len(values) - len(told)
    return Kept(inside, len(told), len(_parts(goal.starts_on, goal.ends_on, fiscal)) - silent)


def _inside(value: Decimal, limits: tuple[Decimal | None, Decimal | None]) -> bool:
    low, high = limits
    return (low is None or value >= low) and (high is None or value <= high)


def _closed(goal: BandGoal, through: date | None, fiscal: FiscalYear) -> list[tuple[date, date]]:
    if through is None or not goal.kind.startswith("keep_"):
        return []
    return [part for part in _parts(goal.starts_on, goal.ends_on, fiscal) if part[1] <= through + ONE_DAY]


@lru_cache(maxsize=4096)
def _parts(start: date, end: date, fiscal: FiscalYear) -> tuple[tuple[date, date], ...]:
    """The sub-periods that the chart of the goal has: days, weeks or months by its length."""
    ends = series_points(start, end, fiscal)[:MOST]
    return tuple(zip((start, *ends[:-1]), ends, strict=True))


def _id(goal: int, place: int) -> int:
    """Below 0, where no goal's own request is."""
    return -(goal * MOST + place) - 1
