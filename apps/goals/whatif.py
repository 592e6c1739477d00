"""What if: revenue still to come is deals × win rate × size, and each of the three may be another one. Pure.

Everything is exact (fractions), so that the lines of the explanation add up to the result to the cent: the levers are
turned one after the other, and what each adds is the difference it made.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from apps.common.calendars import WorkingCalendar

MOST_POINTS, MOST_SIZE, MOST_DEALS = 50, 100, 500
LONGEST_SEARCH = 3 * 366  # days past today in which a target reached later is looked for


@dataclass(frozen=True)
class Pipeline:
    """Own figures of a trailing window: deals decided in so many working days, of which won, worth together."""

    decided: Fraction
    won: Fraction
    won_amount: Fraction
    working_days: int

    @property
    def is_enough(self) -> bool:
        """Without a won deal there is neither a rate nor a size to go by."""
        return self.won > 0 and self.working_days > 0

    @property
    def win_rate(self) -> Fraction:
        return self.won / self.decided

    @property
    def size(self) -> Fraction:
        return self.won_amount / self.won

    @property
    def deals_a_day(self) -> Fraction:
        return self.decided / self.working_days


@dataclass(frozen=True)
class Levers:
    """`points` of win rate on top (3: from 20 % to 23 %), `size` in percent, `deals` more that are decided in time."""

    points: Fraction = Fraction(0)
    size: Fraction = Fraction(0)
    deals: Fraction = Fraction(0)


@dataclass(frozen=True)
class Position:
    """Where the goal stands: won so far, its target, and the days left up to `ends_on` (not included)."""

    value: Fraction
    target: Fraction
    today: date
    ends_on: date
    calendar: WorkingCalendar

    @property
    def days_left(self) -> int:
        return self.calendar.count(self.today, self.ends_on)


@dataclass(frozen=True)
class Step:
    """What one lever adds at the end of the period."""

    lever: str  # win_rate | size | deals
    adds: Fraction


@dataclass(frozen=True)
class Answer:
    """`forecast` = value + deals × win_rate × size; `as_is` is the same with no lever turned.

    `reached_on` is the day the target is met at this pace, also after the period; None: not within three years.
    """

    as_is: Fraction
    forecast: Fraction
    steps: tuple[Step, ...]
    deals: Fraction
    win_rate: Fraction
    size: Fraction
    reached_on: date | None
    is_in_time: bool


def what_if(position: Position, pipeline: Pipeline, levers: Levers) -> Answer:
    """The period's end if the figures of the window go on, with the levers turned in the order rate, size, deals."""
    turned, steps, before = Levers(), [], _forecast(position, pipeline, Levers())
    as_is = before
    for lever, name in (("points", "win_rate"), ("size", "size"), ("deals", "deals")):
        turned = replace(turned, **{lever: getattr(levers, lever)})
        after = _forecast(position, pipeline, turned)
        if after != before:
            steps.append(Step(name, after - before))
        before = after
    rate, size, deals = _factors(position, pipeline, levers)
    reached = _reached_on(position, deals * rate * size)
    return Answer(
        as_is=as_is,
        forecast=before,
        steps=tuple(steps),
        deals=deals,
        win_rate=rate,
        size=size,
        reached_on=reached,
        is_in_time=reached is not None and reached < position.ends_on,
    )


def points_needed(position: Position, pipeline: Pipeline) -> Fraction | None:
    """By how many points the win rate alone would have to rise (or may fall); None if no rate would do."""
    deals, _, size = _as_is(position, pipeline)
    if deals * size <= 0:
        return None
    needed = (position.target - position.value) / (deals * size)
    return (needed - pipeline.win_rate) * 100 if needed <= 1 else None


def exact(value: Decimal | int | Fraction) -> Fraction:
    return Fraction(value)


def _as_is(position: Position, pipeline: Pipeline) -> tuple[Fraction, Fraction, Fraction]:
    return pipeline.deals_a_day * position.days_left, pipeline.win_rate, pipeline.size


def _factors(position: Position, pipeline: Pipeline, levers: Levers) -> tuple[Fraction, Fraction, Fraction]:
    """(win rate, size, deals) with the levers turned; a rate stays between 0 and 1, deals and size above 0."""
    deals, rate, size = _as_is(position, pipeline)
    return (
        min(max(rate + levers.points / 100, Fraction(0)), Fraction(1)),
        max(size * (1 + levers.size / 100), Fraction(0)),
        max(deals + levers.deals, Fraction(0)),
    )


def _forecast(position: Position, pipeline: Pipeline, levers: Levers) -> Fraction:
    rate, size, deals = _factors(position, pipeline, levers)
    return position.value + deals * rate * size


def _reached_on(position: Position, still_to_come: Fraction) -> date | None:
    """The working day on which value and an even flow of what is to come meet the target."""
    if position.value >= position.target:
        return position.today
    if still_to_come <= 0 or not position.days_left:
        return None
    a_day = still_to_come / position.days_left
    missing = (position.target - position.value) / a_day
    wanted = -(-missing.numerator // missing.denominator)  # whole working days, rounded up
    day = position.today
    for _ in range(LONGEST_SEARCH):
        wanted -= position.calendar.is_working(day)
        if wanted <= 0:
            return day
        day += timedelta(days=1)
    return None
