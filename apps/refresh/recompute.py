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
from apps.metrics.catalogue import Kpi, UnknownKpi, get_kpi
from apps.metrics.engine import Answer, Request, compute_requests
from apps.metrics.engine.plan import tallies_of
from apps.metrics.queries import org_of
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
        self.kpis: dict[str, Kpi] = {}
        self.snapshots: dict[str, Snapshot] = {}

    def goals(self) -> list[GoalRow]:
        """Open goals, and those closed since they were last judged."""
        wanted = Q(closed_at__isnull=True) | Q(latest__isnull=True) | Q(latest__known_at__lt=F("closed_at"))
        columns = [name.removesuffix("_before") for name in GoalRow._fields]
        columns = [f"latest__{name}" if name in ("status", "fingerprint") else name for name in columns]
        rows = Goal.objects.filter(wanted, workspace=self.workspace).order_by("pk").values_list(*columns)
        self.kpis = _known_kpis({row[1] for row in rows})
        self.snapshots = snapshots(workspace=self.workspace, tables=sorted(_tables(self.kpis.values())))
        return [goal for goal in map(GoalRow._make, rows) if goal.kpi in self.kpis]

    def through(self, kpi: Kpi) -> date | None:
        """The last day that every table of the KPI covers."""
        ends = [self.snapshots[table].complete_through for table in _tables([kpi])]
        known = [end for end in ends if end is not None]
        return min(known) if len(known) == len(ends) else None

    def answers(self, goals: list[GoalRow]) -> dict[int, Answer]:
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        requests = (
            Request(
                id=goal.pk,
                kpi=goal.kpi,
                scope=cast("Any", goal.scope),
                scope_id=goal.team_id or goal.person_id,
                start=goal.starts_on,
                end=goal.ends_on,
                points=points_until(goal.starts_on, goal.ends_on, through[goal.kpi]),
            )
            for goal in goals
        )
        return compute_requests(self.snapshots, requests, org_of(self.workspace))

    def judged(self, goals: list[GoalRow], answers: dict[int, Answer]) -> Iterator[tuple[GoalRow, ActualRow | None]]:
        """Each goal with its new actual, or None if nothing changed."""
        targets = targets_in_force(self.workspace, self.today)
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        high_water = {
            key: max(self.snapshots[table].high_water for table in _tables([kpi])) for key, kpi in self.kpis.items()
        }
        for goal in goals:
            kpi, answer = self.kpis[goal.kpi], answers[goal.pk]
            inputs = inputs_for(
                goal=cast("Goal", goal),
                kpi=kpi,
                figure=answer.figure,
                target=targets.get(goal.pk),
                through=through[goal.kpi],
                today=self.today,
                calendar=self.calendar,
                currency=self.workspace.currency,
            )
            verdict = judge(inputs)
            series = _series_json(points_until(goal.starts_on, goal.ends_on, through[goal.kpi]), answer.series)
            fingerprint = _fingerprint(kpi, verdict, series)
            if fingerprint == goal.fingerprint_before:
                yield goal, None
            else:
                yield goal, ActualRow.of(goal.pk, kpi.version, high_water[goal.kpi], verdict, series, fingerprint)


def _known_kpis(keys: Iterable[str]) -> dict[str, Kpi]:
    """The definitions; goals on a KPI that the catalogue no longer has keep the actual they have."""
    found = {}
    for key in keys:
        try:
            found[key] = get_kpi(key)
        except UnknownKpi:
            logger.warning("Goals on the KPI %r are left as they are: the catalogue does not have it.", key)
    return found


def _tables(kpis: Iterable[Kpi]) -> set[str]:
    return {tally.table for kpi in kpis for tally in tallies_of(kpi).values()}


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
