"""Consequences in words: what a change of rows does to KPIs and goals, as far as the member may see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.dates import day_told, period_told
from apps.common.money import NO_VALUE, format_figure, format_pair
from apps.goals.models import Goal
from apps.goals.queries import visible_goals
from apps.metrics.catalogue import Definitions, Direction, Kpi
from apps.metrics.engine import REASONS
from apps.people.models import Member, Workspace
from apps.refresh.consequences import GOALS_KEPT

FIRST_FIGURES = 8
FIRST_GOALS = 12
Kept = Mapping[str, Any]


@dataclass(frozen=True)
class Numbers:
    """Before and after as people read them. `tone` is good or bad by the direction of the KPI."""

    before: str
    after: str
    change: str
    why: str
    tone: str


@dataclass(frozen=True)
class FigureLine:
    """`Revenue, Q4 2026: 1.24 M → 1.21 M (−2.4 %)`."""

    key: str
    name: str
    period: str
    days: int
    is_running: bool
    numbers: Numbers


@dataclass(frozen=True)
class GoalLine:
    """`before` and `after` are statuses; blank before the first verdict, and for closed goals, which keep theirs."""

    goal_id: int
    title: str
    period: str
    numbers: Numbers
    before: str
    after: str

    @property
    def flips(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Told:
    """`sentence` says it all in one line. Lists are in the order in which they are read."""

    sentence: str
    figures: list[FigureLine] = field(default_factory=list)
    flips: list[GoalLine] = field(default_factory=list)
    moves: list[GoalLine] = field(default_factory=list)
    closed_sentence: str = ""
    closed_goals: list[GoalLine] = field(default_factory=list)
    closed_figures: list[FigureLine] = field(default_factory=list)
    unseen: str = ""
    through: str = ""

    @property
    def first_flips(self) -> list[GoalLine]:
        return self.flips[:FIRST_GOALS]

    @property
    def more_flips(self) -> list[GoalLine]:
        return self.flips[FIRST_GOALS:]

    @property
    def first_figures(self) -> list[FigureLine]:
        return self.figures[:FIRST_FIGURES]

    @property
    def more_figures(self) -> list[FigureLine]:
        return self.figures[FIRST_FIGURES:]


def told(kept: Kept, member: Member, today: date, definitions: Definitions) -> Told | None:
    """What `refresh.consequences` kept, in words; None if nothing is known. Unseen goals are not named."""
    if not kept or "goals_read" not in kept:
        return None
    return _Teller(kept, member, today, definitions).told()


class _Teller:
    def __init__(self, kept: Kept, member: Member, today: date, definitions: Definitions) -> None:
        self.kept = kept
        self.workspace: Workspace = member.workspace
        self.definitions = definitions
        self.closed: Kept = kept.get("closed", {})
        ids = [each["goal"] for each in [*kept["goals"], *self.closed.get("goals", [])]]
        self.seen = {goal.pk: goal for goal in visible_goals(member, today).filter(pk__in=ids)} if ids else {}

    def told(self) -> Told:
        goals = list(self._goals(self.kept["goals"]))
        figures = sorted(self._figures(self.kept["kpis"]), key=lambda line: (not line.is_running, -line.days))
        unseen = len(self.kept["goals"]) - len(goals)
        return Told(
            sentence=self._sentence(),
            figures=figures,
            flips=[line for line in goals if line.flips],
            moves=[line for line in goals if not line.flips],
            closed_sentence=self._closed_sentence(),
            closed_goals=list(self._goals(self.closed.get("goals", []))),
            closed_figures=list(self._figures(self.closed.get("periods", []))),
            unseen=_unseen(unseen, self.kept["goals_moved"]),
            through=self._through(),
        )

    def _sentence(self) -> str:
        """`12 KPIs and 31 of 120 goals move; 2 statuses change.`"""
        kpis, goals, read = self.kept["kpis_moved"], self.kept["goals_moved"], self.kept["goals_read"]
        flips = self.kept["flips"]
        if not kpis and not goals:
            return "No KPI and no goal moves." if read or self.kept["kpis_read"] else "No KPI reads this table yet."
        parts = [_many(kpis, "KPI")] if kpis else []
        parts += [f"{goals:,} of {_many(read, 'goal')}"] if goals else []
        moves = "moves" if kpis + goals == 1 else "move"
        statuses = f"{_many(flips, 'status', 'statuses')} {'changes' if flips == 1 else 'change'}"
        return f"{' and '.join(parts)} {moves}; {statuses if flips else 'no status changes'}."

    def _closed_sentence(self) -> str:
        """`3 closed periods and 1 closed goal are touched, 2 figures by more than 0.5 %. Looked back to 1 Oct 2023.`"""
        periods, goals = self.closed.get("periods_moved", 0), self.closed.get("goals_moved", 0)
        if not periods and not goals:
            return ""
        parts = [_many(periods, "closed period")] if periods else []
        parts += [_many(goals, "closed goal")] if goals else []
        are = "is" if periods + goals == 1 else "are"
        material = self.closed["material"]
        size = f"{_many(material, 'figure')} by more than 0.5 %" if material else "none by more than 0.5 %"
        since = f" Looked back to {day_told(_day(self.closed['since']))}." if self.closed.get("since") else ""
        return f"{' and '.join(parts)} {are} touched, {size}.{since}"

    def _through(self) -> str:
        before, after = self.kept["through"]
        if before == after or not after:
            return ""
        return f"Data through {day_told(_day(after))}" + (f" instead of {day_told(_day(before))}." if before else ".")

    def _goals(self, lines: Iterable[Kept]) -> Iterable[GoalLine]:
        for line in lines:
            if goal := self.seen.get(line["goal"]):
                yield self._goal(goal, line)

    def _goal(self, goal: Goal, line: Kept) -> GoalLine:
        numbers = self._numbers(line, self.definitions.find(line["kpi"]))
        period = self._period(goal.starts_on, goal.ends_on)
        return GoalLine(goal.pk, goal.title, period, numbers, line.get("from", ""), line.get("to", ""))

    def _figures(self, lines: Iterable[Kept]) -> Iterable[FigureLine]:
        for line in lines:
            kpi = self.definitions.find(line["kpi"])
            start, end = _day(line["start"]), _day(line["end"])
            yield FigureLine(
                key=line["kpi"].partition(":")[0],
                name=self.definitions.told(kpi) if kpi else line["kpi"],
                period=self._period(start, end),
                days=(end - start).days,
                is_running=end > _day(self.kept["today"]),
                numbers=self._numbers(line, kpi),
            )

    def _period(self, start: date, end: date) -> str:
        return period_told(start, end, self.workspace.fiscal)

    def _numbers(self, line: Kept, kpi: Kpi | None) -> Numbers:
        unit = kpi.unit.value if kpi else ""
        old, new = _value(line["before"]), _value(line["after"])
        why = REASONS.get(line.get("why_after", "") if new is None else line.get("why_before", ""), "")
        if old is None or new is None:
            shown = [format_figure(each, unit, self.workspace.currency, compact=True) for each in (old, new)]
            return Numbers(_or_none(shown[0]), _or_none(shown[1]), change="", why=why, tone="")
        before, after = format_pair(old, new, unit, self.workspace.currency, compact=True)
        return Numbers(before, after, _change(old, new, unit), "", _tone(old, new, kpi))


def _change(old: Decimal, new: Decimal, unit: str) -> str:
    """`−2.4 %`; shares move by points; from zero there is no percentage."""
    if old == new:
        return ""
    sign = "+" if new > old else "−"
    if unit == "percent":
        return f"{sign}{format_figure(abs(new - old) * 100, 'points')}"
    if not old:
        return ""
    return f"{sign}{format_figure(abs((new - old) / old), 'percent')}"


def _tone(old: Decimal, new: Decimal, kpi: Kpi | None) -> str:
    if kpi is None or old == new:
        return ""
    return "good" if (new > old) == (kpi.direction is Direction.UP) else "bad"


def _unseen(unseen: int, moved: int) -> str:
    parts = []
    if unseen:
        parts.append(f"{_many(unseen, 'goal')} that you may not see {'moves' if unseen == 1 else 'move'} too")
    if (more := moved - GOALS_KEPT) > 0:
        parts.append(f"{_many(more, 'goal')} with smaller moves {'is' if more == 1 else 'are'} not listed")
    return f"{'; '.join(parts)}." if parts else ""


def _many(count: int, one: str, many: str = "") -> str:
    """`1 goal`, `1,200 goals`: in figures, as they stand beside figures."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _value(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _or_none(shown: str) -> str:
    return "no value" if shown == NO_VALUE else shown


def _day(text: str) -> date:
    return date.fromisoformat(text)
