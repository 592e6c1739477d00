"""One goal on the table: what is known about it, and the measures that the rules of `status` ask about. Pure."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from apps.common.calendars import WorkingCalendar
from apps.goals import pace
from apps.goals.pace import Course, Days
from apps.goals.phasing import WORKING_DAYS, Curve, part_at, passed


class Thresholds(NamedTuple):
    """Where statuses begin. A workspace may choose others (models.Thresholds); these are the usual ones."""

    on_track_from: Decimal = Decimal("0.95")  # of what is expected
    at_risk_from: Decimal = Decimal("0.85")
    early_until: Decimal = Decimal("0.10")  # no verdict on pace before this part of the phased target is due
    likely_from: Decimal = Decimal("0.70")  # chance of reaching the target from which it is on track
    possible_from: Decimal = Decimal("0.40")  # … and at risk
    late_change_from: Decimal = Decimal("0.75")  # a change of target after this part of the period is late


USUAL = Thresholds()


class Outlook(NamedTuple):
    """Where the period will probably end. `chance` of reaching the target only with a qualified track record.

    `record` tells how the method did before: “missed by ±7 % at this point in the last 8 quarters”.
    """

    value: Decimal
    low: Decimal | None
    high: Decimal | None
    method: str
    chance: float | None
    record: str


class Kept(NamedTuple):
    """Of a band to keep: sub-periods inside it, those that have closed, and all of the period."""

    inside: int
    closed: int
    total: int


class Before(NamedTuple):
    """The status of the last actual, what the rules leaned to then, and the day its data reached."""

    status: str
    leaning: str
    through: date | None
    target: Decimal | None = None


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
    goal_kind: str = ""  # models.GoalKind; blank: as the KPI's kind suggests
    low: Decimal | None = None  # of a band to keep
    high: Decimal | None = None
    kept: Kept | None = None
    keep_share: Decimal = Decimal("0.9")  # of the sub-periods must lie in the band
    curve: Curve = WORKING_DAYS  # how the target spreads over the period
    thresholds: Thresholds = USUAL
    outlook: Outlook | None = None
    before: Before | None = None
    late_since: date | None = None  # day on which a source was due to bring newer data, and has not
    plan: str = ""  # of milestones: what is overdue, or due next
    late_why: str = ""  # source “CRM nightly” failed: the address cannot be reached


class Case:
    """One goal on the table: its inputs and the measures that the rules ask about."""

    __slots__ = (
        "attainment",
        "base",
        "course",
        "days",
        "due",
        "expected",
        "given",
        "met",
        "pace",
        "scale",
        "shortfall",
    )

    def __init__(self, given: Inputs) -> None:
        self.given = given
        through = closed_through(given)
        self.days: Days = pace.days(given.calendar, given.starts_on, given.ends_on, through)
        self.due: Days = self._due(through)
        self.course: Course = Course.LEVEL
        self.base = pace.ZERO
        self.expected: Decimal | None = None
        self.attainment: float | None = None
        self.pace: float | None = None
        self.met = False
        self.shortfall = self.scale = pace.ZERO
        if given.target is not None:
            self._measure(given.target)

    def _due(self, through: date | None) -> Days:
        """How much of the target is due by its curve, as a fraction; by working days that is the days themselves."""
        given = self.given
        if given.curve == WORKING_DAYS:
            return self.days
        share = passed(given.curve, given.calendar, given.starts_on, given.ends_on, through)
        return Days(share.numerator, share.denominator)

    def _measure(self, target: Decimal) -> None:
        given, due = self.given, self.due
        if self.is_band:
            self.met = self.in_band
            self.attainment = self._kept_so_far()
            return
        self.course, self.base = pace.course_of(given.kind, given.direction, given.baseline, target, given.goal_kind)
        level = self.course is Course.LEVEL
        self.expected = target if level else pace.expected(target, self.base, due)
        value = given.value
        if value is None:
            return
        self.met = pace.is_met(value, target, given.direction)
        self.attainment = self._attainment(value, target)
        # Both multiplied by what is due in the whole period instead of divided by it: the comparison stays exact.
        if level:
            ahead, self.scale = value - target, abs(target)
        else:
            way = (target - self.base) * due.closed
            ahead, self.scale = (value - self.base) * due.total - way, abs(way)
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

    def _kept_so_far(self) -> float | None:
        """Of a band: the share of its closed sub-periods that lay in it; None before the first has closed."""
        kept = self.given.kept
        return kept.inside / kept.closed if kept is not None and kept.closed else None

    def reaches(self, share: Decimal) -> bool:
        """Whether progress is at least this share of what is expected."""
        return self.shortfall <= (1 - share) * self.scale

    @property
    def is_band(self) -> bool:
        """Whether the goal is to keep something within limits, not to get somewhere."""
        return self.given.goal_kind.startswith("keep_")

    @property
    def in_band(self) -> bool:
        """Inclusive and unrounded; a limit that is not given holds for everything."""
        given = self.given
        if given.value is None:
            return False
        return (given.low is None or given.value >= given.low) and (given.high is None or given.value <= given.high)

    @property
    def has_kept(self) -> bool:
        """Enough of the closed sub-periods lay in the band; before the first has closed, the value so far decides."""
        kept = self.given.kept
        if kept is None or not kept.closed:
            return self.in_band
        return kept.inside >= self.given.keep_share * kept.closed

    @property
    def can_still_keep(self) -> bool:
        """Whether enough sub-periods can lie in the band if all that are left do."""
        kept = self.given.kept
        if kept is None:
            return not self.is_over
        return kept.inside + kept.total - kept.closed >= self.given.keep_share * kept.total

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
        if self.is_plan:
            return None
        if not self.is_phased or given.direction == "down":
            return pace.needed_per_day(given.value, given.target, self.days)
        _, until = self.part
        step, days_left = self._running(until)
        return pace.needed_on_plan(given.value, given.target, self.rest, step, days_left)

    def _running(self, until: date) -> tuple[Fraction, int]:
        """Of the running part: the share of the target still due in it, and the working days it has left."""
        given = self.given
        here = pace.days(given.calendar, given.starts_on, until, closed_through(given))
        through = passed(given.curve, given.calendar, given.starts_on, given.ends_on, until - pace.ONE_DAY)
        return through - Fraction(self.due.closed, self.due.total), here.left

    @property
    def is_plan(self) -> bool:
        """Whether it is a plan of milestones, which wait for no data."""
        return self.given.goal_kind == "milestones"

    @property
    def is_phased(self) -> bool:
        """Whether the target spreads over its period in parts of their own size."""
        return bool(self.given.curve.parts)

    @property
    def rest(self) -> Fraction:
        """Which share of a phased target is not due yet."""
        return 1 - Fraction(self.due.closed, self.due.total)

    @property
    def part(self) -> tuple[date, date]:
        """The part of the phasing that the next working day lies in."""
        given = self.given
        day = (closed_through(given) or given.starts_on - pace.ONE_DAY) + pace.ONE_DAY
        while day < given.ends_on and not given.calendar.is_working(day):
            day += pace.ONE_DAY
        return part_at(given.curve, given.starts_on, given.ends_on, max(day, given.starts_on))

    def as_json(self) -> dict[str, Any]:
        given = self.given
        kept = {name: _plain(value) for name, value in given._asdict().items() if name not in NOT_STORED}
        return kept | {
            "due": self._due_told(),
            "course": self.course.value,
            "base": _plain(self.base),
            "closed_days": self.days.closed,
            "all_days": self.days.total,
            **_lines(given.thresholds),
        }

    def _due_told(self) -> str:
        """A share of a phased target in its lowest terms, else days of days; of 100 k goals most are the latter."""
        if self.due is self.days:
            return f"{self.due.closed}/{self.due.total}"
        return str(Fraction(self.due.closed, self.due.total))


@lru_cache(maxsize=64)
def _lines(thresholds: Thresholds) -> dict[str, str]:
    return {name: str(value) for name, value in thresholds._asdict().items()}


def closed_through(given: Inputs) -> date | None:
    """The last day that counts as closed: covered by data, and over (a day in progress is not held against anybody)."""
    if given.through is None:
        return None
    return min(given.through, given.today - pace.ONE_DAY, given.ends_on - pace.ONE_DAY)


# Long, or stored in parts: the share that is due says what the curve and the calendar came to.
NOT_STORED = ("calendar", "curve", "thresholds", "before")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (Outlook, Kept)):
        return {name: _plain(each) for name, each in value._asdict().items()}
    return value.isoformat() if isinstance(value, date) else value
