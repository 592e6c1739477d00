"""A goal made ready to be shown: with its KPI, its newest actual and the status in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.common.dates import period_told
from apps.common.money import format_figure
from apps.goals.case import Status
from apps.goals.kinds import BANDS
from apps.goals.models import Actual, Goal, GoalKind, Stage
from apps.metrics.catalogue import Definitions, Direction, Kind, Kpi

NOT_COMPUTED = "Not computed yet: its first figures come with the next recompute."
NOT_PUBLISHED = "{}: not judged until it is published."
CANCELLED = "Cancelled: not judged."
GONE = "This KPI is no longer in the catalogue."


@dataclass(frozen=True)
class GoneKpi:
    """In place of a definition that the catalogue does not have any more: the goal still shows what it came to."""

    key: str
    unit: str = ""
    kind: Kind = Kind.STOCK
    direction: Direction = Direction.UP
    in_symbols: str = ""
    in_words: str = GONE
    sentence: str = GONE
    table: str = ""
    is_gone: bool = True

    @property
    def name(self) -> str:
        return self.key


@dataclass(frozen=True)
class Shown:
    """One goal as lists and cards show it."""

    goal: Goal
    kpi: Kpi | GoneKpi
    kpi_name: str  # with the table it is taken from, where there are several: `Revenue from deals`
    actual: Actual | None
    status: str
    sentence: str

    @property
    def unit(self) -> str:
        """Of a plan of milestones the share that is done, whatever KPI it is to move."""
        return "percent" if self.goal.kind == GoalKind.MILESTONES else self.kpi.unit

    @property
    def limits(self) -> str:
        """`25 % to 35 %`, `at most 70 days`: what a band is to be kept within; blank for other goals."""
        if self.goal.kind not in BANDS:
            return ""
        given = self.actual.inputs if self.actual else {}
        low, high = (given.get(name, getattr(self.goal, name)) for name in ("low", "high"))
        currency = self.goal.workspace.currency
        told = [
            None if each is None else format_figure(Decimal(str(each)), self.unit, currency) for each in (low, high)
        ]
        if told[0] and told[1]:
            return f"{told[0]} to {told[1]}"
        return f"at least {told[0]}" if told[0] else f"at most {told[1]}"

    @property
    def last_day(self) -> date:
        return self.goal.ends_on - timedelta(days=1)

    @property
    def period(self) -> str:
        """`Q4 2026`: what tells the goals of a quarter and of its year apart."""
        return period_told(self.goal.starts_on, self.goal.ends_on, self.goal.workspace.fiscal)

    @property
    def about(self) -> str:
        """Whose number it is: the company, a team or a person."""
        return str(self.goal.team or self.goal.person or "Whole company")

    @property
    def adds_up(self) -> bool:
        """A flow is read as “so much of the target”; anything else stands beside its target."""
        return self.kpi.kind == Kind.FLOW or self.goal.kind == GoalKind.MILESTONES

    @property
    def wants_reading(self) -> bool:
        """Whether the sentence is shown at once: there is trouble, or nothing else that could be read."""
        calm = (Status.ON_TRACK, Status.ACHIEVED)
        return self.status not in calm or not (self.has_expected_path or self.remedy)

    @property
    def fits_what_if(self) -> bool:
        """Whether its number is deals × win rate × size, and it is still open: revenue from deals."""
        goal = self.goal
        return (
            (goal.kpi, goal.variant) == ("revenue", "deals")
            and not goal.closed_at
            and not goal.kind.startswith("keep_")
        )

    @property
    def has_expected_path(self) -> bool:
        """Whether “expected by now” says anything beside the target."""
        return bool(self.actual and self.actual.expected is not None and self.actual.expected != self.actual.target)

    @property
    def remedy(self) -> Decimal | None:
        """What each working day must still bring; None where that is no question (any more)."""
        running = self.status in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.TOO_EARLY)
        return self.actual.needed_per_day if self.actual and running and self.actual.needed_per_day else None


def shown(goal: Goal, definitions: Definitions) -> Shown:
    """`goal` comes from one of goals.queries, which bring everything that is read here."""
    actual, kpi = goal.latest, kpi_of(goal, definitions)
    name = kpi.name if isinstance(kpi, GoneKpi) else definitions.told(kpi)
    if goal.closed_as == "cancelled":
        return Shown(goal, kpi, name, actual, Status.CANCELLED, goal.closed_reason or CANCELLED)
    if goal.stage != Stage.PUBLISHED:
        return Shown(goal, kpi, name, actual, Status.NO_DATA, NOT_PUBLISHED.format(goal.get_stage_display()))
    if actual is None:
        return Shown(goal, kpi, name, None, Status.NO_DATA, GONE if isinstance(kpi, GoneKpi) else NOT_COMPUTED)
    return Shown(goal, kpi, name, actual, actual.status, actual.sentence)


def kpi_of(goal: Goal, definitions: Definitions) -> Kpi | GoneKpi:
    return definitions.find(goal.ref) or GoneKpi(goal.kpi)


def all_shown(goals: Iterable[Goal], definitions: Definitions) -> list[Shown]:
    return [shown(goal, definitions) for goal in goals]
