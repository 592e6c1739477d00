"""Which goals the demo has, and which target makes each one what it shall show. Pure.

Targets are set beside the data: a goal that shall be at risk gets the target of which the actual is 90 % of what is
expected by now. Early in a quarter there is nothing to set them beside, so they are last quarter's result and a bit;
two-quarter goals, which are half over at least, then carry the statuses that need a pace.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Grain, Period, add_months, period_of
from apps.demo.cast import ALPINE, HARBOUR, REPS

ENOUGH_TO_JUDGE = 0.25  # share of a period from which its own data says what a target should be
HALF_WAY = 0.5
PLANNED_GROWTH = Decimal("1.06")
CUMULATIVE = {"revenue"}
TEAMS = (ALPINE, HARBOUR)
PEOPLE = tuple(rep.name for rep in REPS)
THE_LAST_WEEK = timedelta(days=7)
# the rep whom visitors sign in as has revenue alone: the first thing on their phone is what a working day must bring
WITH_A_RATE = tuple(rep.name for rep in REPS if rep.mailbox != "rep")
LESS_IS_BETTER = {"sales_cycle_length"}


class Wish(StrEnum):
    """What a goal shall show."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    ACHIEVED = "achieved"
    JUST_REACHED = "just_reached"  # in the last week, so that there is something to celebrate
    MISSED = "missed"
    NONE = "none"  # whatever comes


# From the best to the worst of the six reps.
RUNNING = (Wish.ACHIEVED, Wish.ON_TRACK, Wish.ON_TRACK, Wish.AT_RISK, Wish.AT_RISK, Wish.OFF_TRACK)
MIXED = (Wish.ON_TRACK, Wish.ON_TRACK, Wish.ON_TRACK, Wish.AT_RISK, Wish.OFF_TRACK)
FINISHED = (Wish.ACHIEVED, Wish.ACHIEVED, Wish.ACHIEVED, Wish.ACHIEVED, Wish.MISSED, Wish.MISSED)

# Actual beside what is expected by now (beside the whole target for what is over or reached): from, to.
RATIO = {
    Wish.ON_TRACK: (0.99, 1.07),
    Wish.AT_RISK: (0.88, 0.92),
    Wish.OFF_TRACK: (0.66, 0.80),
    Wish.ACHIEVED: (1.02, 1.12),
    Wish.MISSED: (0.85, 0.97),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A goal to be made. `subject` is a person's or team's name; empty for the whole company."""

    kpi: str
    subject: str
    period: Period
    wish: Wish
    cadence: str = "weekly"
    note: str = ""
    was_raised: bool = False  # its target was lower once


# (kpi, subject, first day, first day after) -> the number the deals come to
Value = Callable[[str, str, date, date], Decimal | None]


def plans(today: date, value: Value) -> list[Plan]:
    """The goals of this quarter, the last four, the running two quarters, and the next quarter."""
    this = period_of(today, Grain.QUARTER)
    past = [period_of(add_months(this.start, -3 * back), Grain.QUARTER) for back in range(1, 5)]
    two_quarters = Period(past[0].start, this.end, f"{past[0].label} and {this.label}")
    coming = period_of(this.end, Grain.QUARTER)
    return [
        *_this_quarter(this, value),
        *_two_quarters(two_quarters, value, today),
        *(plan for number, period in enumerate(past) for plan in _past_quarter(period, number, value)),
        Plan("revenue", "", coming, Wish.NONE, note="Set early, so that pipeline can be built for it."),
    ]


def _this_quarter(period: Period, value: Value) -> Iterator[Plan]:
    yield Plan("revenue", "", period, Wish.ON_TRACK, note="The number the board has been promised.")
    yield from _by_result("revenue", TEAMS, period, (Wish.ON_TRACK, Wish.AT_RISK), value)
    yield from _by_result("revenue", PEOPLE, period, RUNNING, value)
    yield from _by_result("win_rate", WITH_A_RATE, period, MIXED, value, "monthly")
    yield Plan("win_rate", "", period, Wish.ON_TRACK, "monthly")
    yield from _by_result("win_rate", TEAMS, period, (Wish.ON_TRACK, Wish.AT_RISK), value, "monthly")
    yield Plan("average_deal_size", "", period, Wish.ON_TRACK, "monthly")
    yield Plan("sales_cycle_length", "", period, Wish.AT_RISK, "monthly")
    note = "Enough for the next quarter."
    yield Plan("pipeline_value", "", period, Wish.ON_TRACK, "fortnightly", note, was_raised=True)
    yield Plan("pipeline_value", HARBOUR, period, Wish.OFF_TRACK, "fortnightly")


def _two_quarters(period: Period, value: Value, today: date) -> Iterator[Plan]:
    note = "Half-year plan."
    yield Plan("revenue", "", period, Wish.ON_TRACK, "monthly", note)
    yield from _by_result("revenue", TEAMS, period, (Wish.ON_TRACK, Wish.AT_RISK), value, "monthly", note)
    yield Plan("sales_cycle_length", HARBOUR, period, Wish.OFF_TRACK, "monthly", "Shorten the Lab line cycle.")
    lately = max(PEOPLE, key=lambda person: _gain(person, today - THE_LAST_WEEK, today, value))
    yield Plan("revenue", lately, period, Wish.JUST_REACHED, "monthly", "Accelerator for the half-year.")


def _gain(person: str, start: date, end: date, value: Value) -> Decimal:
    return value("revenue", person, start, end) or Decimal(0)


def _past_quarter(period: Period, back: int, value: Value) -> Iterator[Plan]:
    """`back` 0 is the last quarter: its goals are complete; older quarters keep company and teams."""
    yield Plan("revenue", "", period, Wish.MISSED if back == 2 else Wish.ACHIEVED)
    both = (Wish.ACHIEVED, Wish.ACHIEVED) if back == 3 else (Wish.ACHIEVED, Wish.MISSED)
    yield from _by_result("revenue", TEAMS, period, both, value)
    yield Plan("win_rate", "", period, Wish.ACHIEVED if back % 2 else Wish.MISSED, "monthly")
    if back == 0:
        yield from _by_result("revenue", PEOPLE, period, FINISHED, value)


def _by_result(
    kpi: str,
    subjects: Sequence[str],
    period: Period,
    wishes: Sequence[Wish],
    value: Value,
    cadence: str = "weekly",
    note: str = "",
) -> Iterator[Plan]:
    """The best wish for whoever stands best beside the plan, so that nobody gets a target out of this world."""

    def standing(subject: str) -> Decimal:
        actual = value(kpi, subject, period.start, period.end) or Decimal(0)
        return actual / _as_planned(Plan(kpi, subject, period, Wish.NONE), value)

    ranked = sorted(subjects, key=standing, reverse=True)
    for subject, wish in zip(ranked, wishes, strict=True):
        yield Plan(kpi, subject, period, wish, cadence, note)


def target_for(plan: Plan, *, value: Value, through: date, calendar: WorkingCalendar) -> Decimal:
    """The target that makes the plan come true, with three significant digits."""
    start, end = plan.period.start, plan.period.end
    share = calendar.share(start, end, through)
    actual = value(plan.kpi, plan.subject, start, end)
    if plan.wish is Wish.NONE or share < ENOUGH_TO_JUDGE or not actual:
        return _rounded(_as_planned(plan, value))
    if plan.wish is Wish.JUST_REACHED:
        return _between_last_week_and_now(plan, actual, value, through)
    wish = Wish.ON_TRACK if plan.wish is Wish.ACHIEVED and share < HALF_WAY else plan.wish
    counted = 1.0 if wish in (Wish.ACHIEVED, Wish.MISSED) else share
    return _rounded(_beside(plan.kpi, actual, _ratio(plan, wish), Decimal(counted)))


def _between_last_week_and_now(plan: Plan, actual: Decimal, value: Value, through: date) -> Decimal:
    """Not yet reached a week ago, reached now; what there was a week ago and a bit if the week brought nothing."""
    gain = _gain(plan.subject, through + timedelta(days=1) - THE_LAST_WEEK, through + timedelta(days=1), value)
    return Decimal(f"{actual - gain * Decimal('0.4'):.4g}") if gain else _rounded(actual * Decimal("1.1"))


def _ratio(plan: Plan, wish: Wish) -> Decimal:
    """Not the same for everybody, but always the same for this goal."""
    random = Random(f"{plan.kpi} {plan.subject} {plan.period.label}")  # noqa: S311
    return Decimal(f"{random.uniform(*RATIO[wish]):.3f}")


def _beside(kpi: str, actual: Decimal, ratio: Decimal, share: Decimal) -> Decimal:
    """The target of which the actual is `ratio` of what is expected once `share` of the period is over."""
    if kpi in CUMULATIVE:
        return actual / share / ratio
    return actual / (2 - ratio) if kpi in LESS_IS_BETTER else actual / ratio


def _as_planned(plan: Plan, value: Value) -> Decimal:
    """A bit better than the same number of months before."""
    months = round((plan.period.end - plan.period.start).days / 30.4)
    before = value(plan.kpi, plan.subject, add_months(plan.period.start, -months), plan.period.start)
    growth = 1 / PLANNED_GROWTH if plan.kpi in LESS_IS_BETTER else PLANNED_GROWTH
    return (before or Decimal(1)) * growth


def _rounded(target: Decimal) -> Decimal:
    """People set 412 000, not 411 873.25."""
    return Decimal(f"{target:.3g}")
