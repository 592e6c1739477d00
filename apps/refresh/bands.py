"""How often a band was kept: the figures of the closed sub-periods of goals that keep something within limits."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol, cast

from apps.goals.case import Kept
from apps.goals.pace import series_points
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


def kept_requests(goal: BandGoal, kpi: str, through: date | None) -> Iterator[Request]:
    """One request for each sub-period that the data covers whole; none for other kinds of goals."""
    for place, (start, end) in enumerate(_closed(goal, through)):
        yield Request(
            id=_id(goal.pk, place),
            kpi=kpi,
            scope=cast("Any", goal.scope),
            scope_id=goal.team_id or goal.person_id,
            start=start,
            end=end,
        )


def kept_of(goal: BandGoal, answers: Mapping[int, Answer], through: date | None) -> Kept | None:
    """A sub-period without a value says nothing and is not counted. None for goals that keep no band."""
    if not goal.kind.startswith("keep_"):
        return None
    closed = [answers[_id(goal.pk, place)].figure.value for place, _ in enumerate(_closed(goal, through))]
    values = [value for value in closed if value is not None]
    silent = len(closed) - len(values)
    inside = sum(_inside(value, goal.low, goal.high) for value in values)
    return Kept(inside, len(values), len(_parts(goal.starts_on, goal.ends_on)) - silent)


def _inside(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _closed(goal: BandGoal, through: date | None) -> list[tuple[date, date]]:
    if through is None or not goal.kind.startswith("keep_"):
        return []
    return [(start, end) for start, end in _parts(goal.starts_on, goal.ends_on) if end <= through + ONE_DAY]


@lru_cache(maxsize=4096)
def _parts(start: date, end: date) -> tuple[tuple[date, date], ...]:
    """The sub-periods that the chart of the goal has: days, weeks or months by its length."""
    ends = series_points(start, end)[:MOST]
    return tuple(zip((start, *ends[:-1]), ends, strict=True))


def _id(goal: int, place: int) -> int:
    """Below 0, where no goal's own request is."""
    return -(goal * MOST + place) - 1
