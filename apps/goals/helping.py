"""Who needs help, why, and where to look first: said from a person's goals and their deals. Pure.

People are ranked by how far they are from what is expected of them, never by how many goals are red: somebody with one
goal far behind needs help more than somebody with three that are almost there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.common.money import format_figure
from apps.goals.case import Status
from apps.goals.pipeline import RECENT_DAYS, Held

BEHIND = (Status.OFF_TRACK, Status.AT_RISK)
SILENT = (Status.WAITING, Status.NO_DATA, Status.NO_TARGET)
WEIGHT = {Status.OFF_TRACK: 2, Status.AT_RISK: 1, Status.MISSED: 1}
ONE_DEAL_CARRIES = Fraction(1, 2)  # of all that is open
MANY_STALL = Fraction(1, 3)
FEW_NEW = Fraction(7, 10)  # of the usual


@dataclass(frozen=True)
class Standing:
    """One goal of a person, as far as help is concerned. `sentence` is its stored reason."""

    status: str
    pace: float | None
    sentence: str

    @property
    def gap(self) -> float:
        """How far behind the pace it is, 0 to 1; what has no pace but is red counts by its status."""
        if self.status not in WEIGHT:
            return 0.0
        return max(0.0, 1 - self.pace) if self.pace is not None else 0.15 * WEIGHT[Status(self.status)]


def urgency(goals: Sequence[Standing]) -> tuple[int, float]:
    """The larger, the sooner: the worst status first, then the widest gap; silence comes after trouble."""
    worst = max((WEIGHT.get(Status(goal.status), 0) for goal in goals), default=0)
    gap = max((goal.gap for goal in goals), default=0.0)
    silent = any(goal.status in SILENT for goal in goals)
    return worst, gap if worst else (0.01 if silent else 0.0)


def needs_help(goals: Sequence[Standing]) -> bool:
    return any(goal.status in BEHIND for goal in goals)


def reason(goals: Sequence[Standing]) -> str:
    """The sentence of the goal that is furthest behind."""
    behind = [goal for goal in goals if goal.status in BEHIND]
    return max(behind, key=lambda goal: (WEIGHT[Status(goal.status)], goal.gap)).sentence if behind else ""


def next_look(held: Held | None, missing: Fraction | None, currency: str) -> str:
    """Where to look first, from the deals: the first of these that is true.

    `missing` is what the target still lacks, in money; None where the goals at stake are about something else.
    """
    if held is None or not (held.open or held.decided or held.new_in_window):
        return "There are no deals in this name: look at whose name they are in."
    if not held.open:
        return "Nothing is open: look at where new deals should come from."
    for found in (_stalled(held, currency), _few_new(held), _one_carries(held, currency)):
        if found:
            return found
    if missing is not None and held.likely is not None and missing > 0 and held.likely < missing:
        return (
            f"What is open will probably bring {_money(held.likely, currency)} of the {_money(missing, currency)} "
            "missing: look at how to add pipeline."
        )
    return _largest(held, currency)


def _stalled(held: Held, currency: str) -> str:
    if held.stalled < MANY_STALL * held.open or held.stalled < 1:
        return ""
    return (
        f"{_count(held.stalled)} of {_count(held.open)} open deals stall ({_money(held.stalled_amount, currency)}): "
        "their day of closing is over, or nobody gave one. Go through them."
    )


def _few_new(held: Held) -> str:
    if held.new_usual < 1 or held.new_now >= FEW_NEW * held.new_usual:
        return ""
    return (
        f"Few new deals: {_count(held.new_now)} in the last {RECENT_DAYS} days, usually {_count(held.new_usual)}. "
        "Look at where new ones should come from."
    )


def _one_carries(held: Held, currency: str) -> str:
    if held.largest is None or held.open < 2 or Fraction(held.largest) < ONE_DEAL_CARRIES * held.open_amount:
        return ""
    share = format_figure(Decimal(str(float(Fraction(held.largest) / held.open_amount))), "percent", compact=True)
    return f"One deal is {share} of all that is open: {held.largest_name}. Look at what it needs."


def _largest(held: Held, currency: str) -> str:
    if held.largest is None:
        return f"{_count(held.open)} deals are open, without amounts: ask for them."
    return f"The largest open deal is {held.largest_name} ({_money(Fraction(held.largest), currency)}): start there."


def _money(amount: Fraction, currency: str) -> str:
    return format_figure(Decimal(amount.numerator) / Decimal(amount.denominator), "money", currency, compact=True)


def _count(number: Fraction) -> str:
    return str(round(number))
