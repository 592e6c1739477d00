"""Whether forecasts that were told came true: over all actuals with a chance of goals that ended here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from apps.goals.case import Status
from apps.goals.forecast.calibration import Bin, brier, covered, reliability
from apps.goals.models import Actual
from apps.people.models import Workspace

MOST = 50_000  # the newest; more change no line
THIRDS = ("First third of the period", "Middle third", "Last third")
BAND_TOLD = 0.8


class Told(NamedTuple):
    """One forecast that was told, and what came of it. `passed` is the part of the period then over, by calendar."""

    method: str
    chance: float
    low: float
    high: float
    came: float
    reached: bool
    passed: float


@dataclass(frozen=True)
class Line:
    """How a group of forecasts did. `brier` 0 is perfect, 0.25 a coin; `inside` is meant to be BAND_TOLD."""

    name: str
    count: int
    brier: float | None
    inside: float | None


@dataclass(frozen=True)
class Calibration:
    forecasts: int
    goals: int
    overall: Line
    bins: list[Bin]
    by_method: list[Line]
    by_third: list[Line]


def calibration_of(workspace: Workspace, today: date) -> Calibration | None:
    """Over goals whose period has ended and is decided; None before there is any. One query."""
    rows = _rows(workspace, today)
    told = [told for _, told in rows]
    if not told:
        return None
    return Calibration(
        forecasts=len(told),
        goals=len({goal for goal, _ in rows}),
        overall=_line("All forecasts", told),
        bins=reliability([(each.chance, each.reached) for each in told]),
        by_method=_grouped(told, lambda each: each.method),
        by_third=[line for name in THIRDS for line in _grouped(told, _third) if line.name == name],
    )


def _rows(workspace: Workspace, today: date) -> list[tuple[int, Told]]:
    actuals = Actual.objects.filter(
        goal__workspace=workspace,
        goal__ends_on__lte=today,
        goal__latest__status__in=(Status.ACHIEVED, Status.MISSED),
        goal__latest__value__isnull=False,
        chance__isnull=False,
        forecast_low__isnull=False,
        forecast_high__isnull=False,
        through__isnull=False,
    )
    columns = ("goal_id", "goal__starts_on", "goal__ends_on", "through", "method", "chance", "forecast_low",
               "forecast_high", "goal__latest__value", "goal__latest__status")  # fmt: skip
    return [
        (goal, Told(method, chance, float(low), float(high), float(came), status == Status.ACHIEVED,
                    (through - start).days / (end - start).days))
        for goal, start, end, through, method, chance, low, high, came, status in actuals.order_by(
            "-pk"
        ).values_list(*columns)[:MOST]
    ]  # fmt: skip


def _third(told: Told) -> str:
    return THIRDS[min(max(int(told.passed * 3), 0), 2)]


def _grouped(told: Iterable[Told], name: Callable[[Told], str]) -> list[Line]:
    groups: dict[str, list[Told]] = {}
    for each in told:
        groups.setdefault(name(each), []).append(each)
    return [_line(key, groups[key]) for key in sorted(groups)]


def _line(name: str, told: list[Told]) -> Line:
    return Line(
        name=name,
        count=len(told),
        brier=brier([(each.chance, each.reached) for each in told]),
        inside=covered([(each.low, each.high, each.came) for each in told]),
    )


def score_told(score: float | None) -> str:
    """`0.12`: a score, not a share."""
    return "–" if score is None else format(Decimal(score), ".2f")
