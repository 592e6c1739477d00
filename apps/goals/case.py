"""One goal on the table: what is known about it, and the measures that the rules of `status` ask about. Pure."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from apps.common.calendars import WorkingCalendar
from apps.goals import pace
from apps.goals.pace import Course, Days

ON_TRACK_FROM = Decimal("0.95")
AT_RISK_FROM = Decimal("0.85")
EARLY_UNTIL = Decimal("0.10")  # no verdict on pace before this part of the working days has closed

# Days of age beyond which data says nothing about a running period: one review interval and a few days of grace.
FRESH_FOR_DAYS = {"weekly": 10, "fortnightly": 18, "monthly": 38, "quarterly": 38}


class Status(StrEnum):
    """Silence is never green: each way of not knowing has a status of its own."""

    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"
    NO_TARGET = "no_target"
    NO_DATA = "no_data"
    WAITING = "waiting"
    TOO_EARLY = "too_early"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    ACHIEVED = "achieved"
    MISSED = "missed"

    @property
    def label(self) -> str:
        return "Waiting for data" if self is Status.WAITING else self.value.replace("_", " ").capitalize()


# Exceptions first: the order in which a board shows goals.
BY_URGENCY = (
    Status.OFF_TRACK,
    Status.AT_RISK,
    Status.MISSED,
    Status.WAITING,
    Status.NO_DATA,
    Status.NO_TARGET,
    Status.TOO_EARLY,
    Status.ON_TRACK,
    Status.ACHIEVED,
    Status.NOT_STARTED,
    Status.CANCELLED,
)


class Inputs(NamedTuple):
    """Everything a status depends on. Shares are fractions, money is in `currency`, durations are days."""

    kind: str  # flow | ratio | mean | stock | composite
    direction: str  # up | down: which way is better
    unit: str
    starts_on: date
    ends_on: date  # first day after the period
    today: date
    calendar: WorkingCalendar
    target: Decimal | None
    through: date | None  # last day the data covers; None: nothing has been imported
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    rows: int = 0  # how many count
    reason: str = ""  # why there is no value
    baseline: Decimal | None = None
    min_n: int = 0  # fewer rows than this tell nothing (not for flows and stocks)
    closed_as: str = ""  # "" | done | cancelled
    fresh_for_days: int = 10
    currency: str = ""
    table: str = "data"  # the table the KPI is computed from, as a word for the sentence
    is_share: bool = False  # cannot exceed 1 (won of decided, not growth)
    ripe_after: int = 0  # days after the period until which its figure still grows: a cohort has that time
    late_since: date | None = None  # day on which a source was due to bring newer data, and has not
    late_why: str = ""  # source “CRM nightly” failed: the address cannot be reached


class Case:
    """One goal on the table: its inputs and the measures that the rules ask about."""

    __slots__ = ("attainment", "base", "course", "days", "expected", "given", "met", "pace", "scale", "shortfall")

    def __init__(self, given: Inputs) -> None:
        self.given = given
        self.days: Days = pace.days(given.calendar, given.starts_on, given.ends_on, closed_through(given))
        self.course: Course = Course.LEVEL
        self.base = pace.ZERO
        self.expected: Decimal | None = None
        self.attainment: float | None = None
        self.pace: float | None = None
        self.met = False
        self.shortfall = self.scale = pace.ZERO
        if given.target is not None:
            self._measure(given.target)

    def _measure(self, target: Decimal) -> None:
        given, passed = self.given, self.days
        self.course, self.base = pace.course_of(given.kind, given.direction, given.baseline, target)
        level = self.course is Course.LEVEL
        self.expected = target if level else pace.expected(target, self.base, passed)
        value = given.value
        if value is None:
            return
        self.met = pace.is_met(value, target, given.direction)
        self.attainment = self._attainment(value, target)
        # Both multiplied by all days of the period instead of divided by them: the comparison stays exact.
        if level:
            ahead, self.scale = value - target, abs(target)
        else:
            way = (target - self.base) * passed.closed
            ahead, self.scale = (value - self.base) * passed.total - way, abs(way)
        self.shortfall = ahead if given.direction == "down" else -ahead
        if self.scale:
            self.pace = float(1 - self.shortfall / self.scale)

    def _attainment(self, value: Decimal, target: Decimal) -> float | None:
        """None for “lower is better” without a baseline: no place from which it came down is known."""
        given = self.given
        baseline = pace.ZERO if given.kind == "flow" else given.baseline
        if baseline is None or not pace.is_ahead(target, baseline, given.direction):
            baseline = pace.ZERO
            if given.direction == "down" or target <= 0:
                return None
        reached = pace.attainment(value, baseline, target)
        return None if reached is None else float(reached)

    def reaches(self, share: Decimal) -> bool:
        """Whether progress is at least this share of what is expected."""
        return self.shortfall <= (1 - share) * self.scale

    @property
    def is_over(self) -> bool:
        """The period has ended on the calendar, or somebody closed the goal."""
        return self.given.closed_as != "" or self.given.today >= self.given.ends_on

    @property
    def is_complete(self) -> bool:
        """The data covers the period to its last day, or to its last working day."""
        given = self.given
        assert given.through is not None
        return given.closed_as != "" or given.through >= given.ends_on - pace.ONE_DAY or self.days.left == 0

    @property
    def ripe_on(self) -> date:
        """The day that the data must reach before the figure of the whole period is final."""
        return self.given.ends_on - pace.ONE_DAY + timedelta(days=self.given.ripe_after)

    def needed_per_day(self) -> Decimal | None:
        given = self.given
        if self.course is not Course.CUMULATIVE or given.value is None or given.target is None or self.is_over:
            return None
        return pace.needed_per_day(given.value, given.target, self.days)

    def as_json(self) -> dict[str, Any]:
        given = self.given
        kept = {name: _plain(value) for name, value in given._asdict().items() if name != "calendar"}
        return kept | {
            "course": self.course.value,
            "base": _plain(self.base),
            "closed_days": self.days.closed,
            "all_days": self.days.total,
            "on_track_from": str(ON_TRACK_FROM),
            "at_risk_from": str(AT_RISK_FROM),
            "early_until": str(EARLY_UNTIL),
        }


def closed_through(given: Inputs) -> date | None:
    """The last day that counts as closed: covered by data, and over (a day in progress is not held against anybody)."""
    if given.through is None:
        return None
    return min(given.through, given.today - pace.ONE_DAY, given.ends_on - pace.ONE_DAY)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value
