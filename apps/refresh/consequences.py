"""What a change of one table's rows does to KPIs and goals: everything computed with the rows before and after.

The figures come from the same room as those of a recompute, so what is told before a commit is what comes true. What is
kept is small: ids and plain numbers; names, units and whether somebody may see a goal are looked up where it is shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from apps.common.periods import Period
from apps.datasets.store import Snapshot
from apps.goals.models import Goal
from apps.metrics.engine import Figure, Request
from apps.metrics.engine.figures import NO_DATA
from apps.people.models import Workspace
from apps.refresh.recompute import no_collecting
from apps.refresh.room import GoalRow, Room, goal_rows
from apps.refresh.watched import Watched, watched

GOALS_KEPT = 200
FIGURES_KEPT = 120
MATERIAL = Decimal("0.005")  # a share of the former value; smaller moves of a closed period are only counted

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Moved:
    """A number that is another one afterwards. `value` is None where there is none, for the engine's `reason`."""

    before: Figure
    after: Figure

    @property
    def size(self) -> Decimal:
        """How far it moved, as a share of what it was or is; a value that comes or goes is the largest move."""
        old, new = self.before.value, self.after.value
        if old is None or new is None:
            return Decimal(2) if old != new else Decimal(0)
        return abs(new - old) / max(abs(old), abs(new)) if old != new else Decimal(0)

    @property
    def is_material(self) -> bool:
        old, new = self.before.value, self.after.value
        return old is None or new is None or abs(new - old) > MATERIAL * abs(old)

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"before": _number(self.before.value), "after": _number(self.after.value)}
        reasons = {"why_before": self.before.reason, "why_after": self.after.reason}
        return told | {name: reason for name, reason in reasons.items() if reason}


@dataclass(frozen=True)
class GoalMoved:
    """An open goal with its status before and after; of a closed one only the number would be another."""

    goal: int
    kpi: str
    moved: Moved
    status_before: str
    status_after: str

    @property
    def flips(self) -> bool:
        return self.status_before != self.status_after

    def as_json(self) -> dict[str, Any]:
        statuses = {"from": self.status_before, "to": self.status_after} if self.status_after else {}
        return {"goal": self.goal, "kpi": self.kpi} | statuses | self.moved.as_json()


@dataclass(frozen=True)
class PeriodMoved:
    """The total of the workspace in one period."""

    kpi: str
    period: Period
    moved: Moved

    def as_json(self) -> dict[str, Any]:
        days = {"start": self.period.start.isoformat(), "end": self.period.end.isoformat()}
        return {"kpi": self.kpi, **days} | self.moved.as_json()


@dataclass(frozen=True)
class Consequences:
    """Biggest moves first. `goals_read` is how many open goals were computed, moved or not."""

    table: str
    today: date
    through: tuple[date | None, date | None]
    goals_read: int = 0
    kpis_read: int = 0
    goals: list[GoalMoved] = field(default_factory=list)
    kpis: list[PeriodMoved] = field(default_factory=list)
    closed_goals: list[GoalMoved] = field(default_factory=list)
    closed_periods: list[PeriodMoved] = field(default_factory=list)
    since: date | None = None

    def as_json(self) -> dict[str, Any]:
        closed = [each.moved for each in self.closed_goals] + [each.moved for each in self.closed_periods]
        return {
            "table": self.table,
            "today": self.today.isoformat(),
            "through": [day.isoformat() if day else None for day in self.through],
            "goals_read": self.goals_read,
            "kpis_read": self.kpis_read,
            "goals_moved": len(self.goals),
            "flips": sum(goal.flips for goal in self.goals),
            "goals": [each.as_json() for each in self.goals[:GOALS_KEPT]],
            "kpis_moved": len({each.kpi for each in self.kpis}),
            "kpis": [each.as_json() for each in self.kpis[:FIGURES_KEPT]],
            "closed": {
                "since": self.since.isoformat() if self.since else None,
                "goals_moved": len(self.closed_goals),
                "periods_moved": len({each.period for each in self.closed_periods}),
                "figures_moved": len(self.closed_periods),
                "material": sum(moved.is_material for moved in closed),
                "goals": [each.as_json() for each in self.closed_goals[:GOALS_KEPT]],
                "periods": [each.as_json() for each in self.closed_periods[:FIGURES_KEPT]],
            },
        }


def consequences(
    *,
    workspace: Workspace,
    now: datetime,
    table: str,
    before: Snapshot,
    after: Snapshot,
    progress: Progress = lambda *_: None,
    others: Mapping[str, Snapshot] | None = None,
) -> Consequences:
    """What the workspace's figures and verdicts are with `after` instead of `before`; stores nothing.

    Only goals and KPIs that read the table are computed. The other tables are as they are now, or as in `others`.
    """
    with no_collecting():
        return _Comparison(workspace, now, table, (before, after), others or {}).made(progress)


class _Comparison:
    """The two rooms, and what is asked of both."""

    def __init__(
        self,
        workspace: Workspace,
        now: datetime,
        table: str,
        snapshots: tuple[Snapshot, Snapshot],
        others: Mapping[str, Snapshot],
    ) -> None:
        self.table = table
        self.through = (snapshots[0].complete_through, snapshots[1].complete_through)
        self.rooms = [Room(workspace, now, {**others, table: snapshot}) for snapshot in snapshots]
        self.today = self.rooms[0].today
        self.goals = self._goals(workspace)
        last = max((day for day in self.through if day), default=None)
        start = workspace.fiscal
        self.watched: Watched = watched(today=self.today, through=last, fiscal=start)
        self.keys = [kpi.key for kpi in self.rooms[0].definitions.all() if self._is_read(kpi.key)]

    def made(self, progress: Progress) -> Consequences:
        sides = []
        for name, room in zip(("as it is", "as it would be"), self.rooms, strict=True):
            progress(f"Computing KPIs and goals {name}", 0, len(self.goals))
            sides.append(_Side(room, self.goals, self.keys, self.watched.periods))
        progress("Comparing", 0, 0)
        old, new = sides
        open_goals, closed_goals = _told(self._goals_moved(old, new))
        figures = list(self._figures_moved(old, new))
        headline, closed = set(self.watched.headline), set(self.watched.closed)
        return Consequences(
            table=self.table,
            today=self.today,
            through=self.through,
            goals_read=sum(not goal.closed_as for goal in self.goals),
            kpis_read=len(self.keys),
            goals=open_goals,
            kpis=[each for each in figures if each.period in headline],
            closed_goals=[each for each in closed_goals if _was_known(each.moved)],
            closed_periods=[each for each in figures if each.period in closed and _was_known(each.moved)],
            since=self.watched.since,
        )

    def _goals(self, workspace: Workspace) -> list[GoalRow]:
        """Open and closed ones whose KPI reads the table, with either rows; cancelled ones are never judged again."""
        refs = Goal.objects.filter(workspace=workspace).order_by().values_list("kpi", "variant").distinct()
        keys = {kpi for kpi, variant in refs if self._is_read(f"{kpi}:{variant}" if variant else kpi)}
        rows = goal_rows(workspace, Q(kpi__in=keys) & ~Q(closed_as="cancelled"))
        return [row for row in rows if self._is_read(row.ref)]

    def _is_read(self, ref: str) -> bool:
        found = [room.definitions.find(ref) for room in self.rooms]
        return any(kpi is not None and self.table in kpi.tables for kpi in found)

    def _goals_moved(self, old: "_Side", new: "_Side") -> Iterator[tuple[bool, GoalMoved]]:
        """Each goal that is another one afterwards, with whether it is open."""
        for goal in self.goals:
            if goal.pk not in old.figures or goal.pk not in new.figures:
                continue
            is_open, moved = not goal.closed_as, Moved(old.figures[goal.pk], new.figures[goal.pk])
            statuses = (old.statuses[goal.pk], new.statuses[goal.pk]) if is_open else ("", "")
            each = GoalMoved(goal.pk, goal.ref, moved, *statuses)
            if moved.size or each.flips:
                yield is_open, each

    def _figures_moved(self, old: "_Side", new: "_Side") -> list[PeriodMoved]:
        found = []
        for key in self.keys:
            kpi = self.rooms[1].definitions.default(key)
            for period in self.watched.periods:
                moved = Moved(old.totals[key, period], new.totals[key, period])
                if moved.size:
                    found.append(PeriodMoved(kpi.ref, period, moved))
        return sorted(found, key=lambda each: (-each.moved.size, each.kpi, -each.period.start.toordinal()))


class _Side:
    """All figures with one state of the rows, from one computation."""

    def __init__(self, room: Room, goals: Iterable[GoalRow], keys: list[str], periods: list[Period]) -> None:
        taken = room.take(goals)
        numbers = {-(place + 1): each for place, each in enumerate((key, p) for key in keys for p in periods)}
        names = {key: room.name(room.definitions.default(key), f"total {key}") for key in keys}
        room.load()
        totals = (
            Request(id=number, kpi=names[key], scope="workspace", scope_id=None, start=period.start, end=period.end)
            for number, (key, period) in numbers.items()
        )
        answers = room.answers([*room.requests(taken, with_series=False), *totals])
        self.figures = {goal.pk: answers[goal.pk].figure for goal in taken}
        self.totals = {each: answers[number].figure for number, each in numbers.items()}
        still_open = [goal for goal in taken if not goal.closed_as]
        self.statuses = {each.goal.pk: each.verdict.status.value for each in room.judged(still_open, answers)}


def frozen_touched(told: Mapping[str, Any]) -> bool:
    """Whether consequences, as kept, change what may have been reported: closed goals, or totals of past periods."""
    closed = told.get("closed", {})
    return bool(closed.get("goals_moved") or closed.get("figures_moved"))


def _told(moved: Iterable[tuple[bool, GoalMoved]]) -> tuple[list[GoalMoved], list[GoalMoved]]:
    """The open ones and the closed ones: those that flip first, then the biggest moves."""
    found = sorted(moved, key=lambda each: (not each[1].flips, -each[1].moved.size, each[1].goal))
    return [each for is_open, each in found if is_open], [each for is_open, each in found if not is_open]


def _was_known(moved: Moved) -> bool:
    """A period that the data did not cover before is told for the first time, not told otherwise."""
    return moved.before.reason != NO_DATA


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")
