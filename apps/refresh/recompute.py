"""The one place that turns figures into actuals: goals in, figures, verdicts, and a row where something changed.

Nothing here costs a query per goal. What is known is compared with the newest actual by a digest, so a second recompute
of the same data on the same day adds no row.
"""

import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple, cast

from django.db import transaction
from django.db.models import F, Q

from apps.common.calendars import WorkingCalendar
from apps.datasets.queries import snapshots
from apps.datasets.store import Snapshot
from apps.goals.judging import inputs_for
from apps.goals.models import Goal
from apps.goals.pace import points_until
from apps.goals.queries import targets_in_force
from apps.goals.status import Verdict, judge
from apps.metrics.catalogue import Definitions, Kpi
from apps.metrics.engine import Answer, Request, compute_requests, coverage_of, has_rows
from apps.metrics.queries import context_of, definitions_of, org_of
from apps.people.models import Workspace
from apps.people.queries import calendar_of, day_in
from apps.refresh.store import ActualRow, append

logger = logging.getLogger(__name__)
FLIPS_KEPT = 50
JUDGED_PER_BREATH = 5_000

Progress = Callable[[str, int, int], None]


class Flip(NamedTuple):
    """A goal whose status is not what it was; `before` is empty for its first verdict."""

    goal: int
    before: str
    after: str


class Recomputed(NamedTuple):
    """What a recompute came to. `seconds` is what it took, storing included."""

    goals: int
    changed: int
    seconds: float
    flips: list[Flip]

    def as_json(self) -> dict[str, Any]:
        flips = [{"goal": flip.goal, "from": flip.before, "to": flip.after} for flip in self.flips]
        return {"goals": self.goals, "changed": self.changed, "seconds": round(self.seconds, 2), "flips": flips}


class GoalRow(NamedTuple):
    """What a recompute needs of a goal, named as on the model."""

    pk: int
    kpi: str
    variant: str
    scope: str
    team_id: int | None
    person_id: int | None
    starts_on: date
    ends_on: date
    baseline: Any
    cadence: str
    closed_as: str
    status_before: str | None
    fingerprint_before: str | None

    @property
    def ref(self) -> str:
        return f"{self.kpi}:{self.variant}" if self.variant else self.kpi

    @property
    def measured_by(self) -> tuple[str, str, date]:
        """Goals with the same of these are computed with the same definition: the one in force when they began."""
        return self.kpi, self.variant, self.starts_on


def _nothing(_step: str = "", _done: int = 0, _total: int = 0) -> None:
    return


def recompute(
    *,
    workspace: Workspace,
    now: datetime,
    progress: Progress = _nothing,
    fence: Callable[[], None] = _nothing,
    conclude: Callable[[Recomputed], None] = lambda _: None,
) -> Recomputed:
    """Compute and judge all open goals as of `now`, and store what changed, all or nothing.

    `fence` and `conclude` are called inside the transaction that stores: the first may refuse it, the second may add to
    it. Goals closed before their newest actual keep it.
    """
    with _no_collecting():
        return _recompute(_Room(workspace, now), progress, fence, conclude)


def _recompute(
    room: "_Room", progress: Progress, fence: Callable[[], None], conclude: Callable[[Recomputed], None]
) -> Recomputed:
    began = time.monotonic()
    progress("Reading goals", 0, 0)
    goals = room.goals()
    progress("Computing figures", 0, len(goals))
    answers = room.answers(goals)
    changed: list[ActualRow] = []
    flips: list[Flip] = []
    for place, (goal, row) in enumerate(room.judged(goals, answers)):
        if place % JUDGED_PER_BREATH == 0:
            progress("Judging goals", place, len(goals))
        if row is not None:
            changed.append(row)
            if row.status != (goal.status_before or ""):
                flips.append(Flip(goal.pk, goal.status_before or "", row.status))
    progress("Storing what changed", 0, len(changed))
    with transaction.atomic():
        fence()
        append(workspace=room.workspace, known_at=room.now, rows=changed)
        done = Recomputed(len(goals), len(changed), time.monotonic() - began, flips[:FLIPS_KEPT])
        conclude(done)
    return done


class _Room:
    """What all goals of a workspace have in common in one recompute."""

    def __init__(self, workspace: Workspace, now: datetime) -> None:
        self.workspace = workspace
        self.now = now
        self.today = day_in(workspace, now)
        self.calendar: WorkingCalendar = calendar_of(workspace)
        self.kpis: dict[str, Kpi] = {}  # as requests name them
        self.names: dict[tuple[str, str, date], str] = {}
        self.snapshots: dict[str, Snapshot] = {}

    def goals(self) -> list[GoalRow]:
        """Open goals, and those closed since they were last judged."""
        wanted = Q(closed_at__isnull=True) | Q(latest__isnull=True) | Q(latest__known_at__lt=F("closed_at"))
        columns = [name.removesuffix("_before") for name in GoalRow._fields]
        columns = [f"latest__{name}" if name in ("status", "fingerprint") else name for name in columns]
        rows = Goal.objects.filter(wanted, workspace=self.workspace).order_by("pk").values_list(*columns)
        goals = [GoalRow._make(row) for row in rows]
        definitions = definitions_of(self.workspace)
        known = _known_kpis(definitions, {goal.ref for goal in goals})
        for goal in {goal.measured_by: goal for goal in goals if goal.ref in known}.values():
            kpi = known[goal.ref].at(goal.starts_on)
            self.names[goal.measured_by] = name = f"{goal.ref} {kpi.version} {kpi.effective_from}"
            self.kpis[name] = kpi
        tables = {table for kpi in self.kpis.values() for table in kpi.tables}
        self.snapshots = snapshots(workspace=self.workspace, tables=sorted(tables))
        return [goal for goal in goals if goal.measured_by in self.names]

    def through(self, kpi: Kpi) -> date | None:
        """The last day that every table covers whose events the KPI counts; None while one of its tables is empty."""
        return coverage_of(self.snapshots, kpi).through if has_rows(self.snapshots, kpi) else None

    def waits_for(self, kpi: Kpi) -> str:
        """The table to import next: one without rows, else the one that holds the others back, else its own."""
        through = self.through(kpi)
        waiting = (table for table in kpi.tables if self.snapshots[table].complete_through == through)
        empty = (table for table in kpi.tables if self.snapshots[table].is_empty)
        return next(empty, next(waiting, kpi.tables[0]))

    def answers(self, goals: list[GoalRow]) -> dict[int, Answer]:
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        requests = (
            Request(
                id=goal.pk,
                kpi=self.names[goal.measured_by],
                scope=cast("Any", goal.scope),
                scope_id=goal.team_id or goal.person_id,
                start=goal.starts_on,
                end=goal.ends_on,
                points=points_until(goal.starts_on, goal.ends_on, through[self.names[goal.measured_by]]),
            )
            for goal in goals
        )
        org, context = org_of(self.workspace), context_of(self.workspace)
        return compute_requests(self.snapshots, requests, org, self.kpis, context)

    def judged(self, goals: list[GoalRow], answers: dict[int, Answer]) -> Iterator[tuple[GoalRow, ActualRow | None]]:
        """Each goal with its new actual, or None if nothing changed."""
        targets = targets_in_force(self.workspace, self.today)
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        high_water = {
            key: max(self.snapshots[table].high_water for table in kpi.tables) for key, kpi in self.kpis.items()
        }
        tables = {key: self.waits_for(kpi) for key, kpi in self.kpis.items()}
        for goal in goals:
            name = self.names[goal.measured_by]
            kpi, answer = self.kpis[name], answers[goal.pk]
            inputs = inputs_for(
                goal=cast("Goal", goal),
                kpi=kpi,
                figure=answer.figure,
                target=targets.get(goal.pk),
                through=through[name],
                today=self.today,
                calendar=self.calendar,
                currency=self.workspace.currency,
                table=tables[name],
            )
            verdict = judge(inputs)
            series = _series_json(points_until(goal.starts_on, goal.ends_on, through[name]), answer.series)
            fingerprint = _fingerprint(kpi, verdict, series)
            if fingerprint == goal.fingerprint_before:
                yield goal, None
            else:
                yield goal, ActualRow.of(goal.pk, kpi.version, high_water[name], verdict, series, fingerprint)


def _known_kpis(definitions: Definitions, refs: Iterable[str]) -> dict[str, Kpi]:
    """By ref; goals on a KPI that the workspace no longer has keep the actual they have."""
    found = {}
    for ref in refs:
        if kpi := definitions.find(ref):
            found[ref] = kpi
        else:
            logger.warning("Goals on the KPI %r are left as they are: the workspace does not have it.", ref)
    return found


def _series_json(points: tuple[date, ...], series: list[tuple[date, float | None]]) -> str:
    """As json.dumps would write it, several times as fast: a hundred thousand goals have a million points."""
    return (_template(points) % tuple([value for _, value in series])).replace("None", "null")


@lru_cache(maxsize=4096)
def _template(points: tuple[date, ...]) -> str:
    parts = [f'["{point.isoformat()}", %r]' for point in points]
    return f"[{', '.join(parts)}]"


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Millions of small objects that all live to the end: looking for garbage among them again and again finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _fingerprint(kpi: Kpi, verdict: Verdict, series: str) -> str:
    """A digest of all that is stored and shown, except what follows from it (sentence, what is needed per day)."""
    given = verdict.case.given
    facts = (
        kpi.version,
        given.through,
        given.numerator,
        given.denominator,
        given.rows,
        given.value,
        given.reason,
        given.baseline,
        given.target,
        given.currency,
        given.closed_as,
        verdict.status.value,
        verdict.rule,
        verdict.expected,
        verdict.attainment,
        verdict.pace,
        given.today if verdict.rule.startswith("stale-data") else None,  # its sentence tells the age of the data
        series,
    )
    return blake2b(repr(facts).encode(), digest_size=16).hexdigest()
