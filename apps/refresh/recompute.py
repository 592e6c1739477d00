"""The one place that turns figures into actuals: goals in, figures, verdicts, and a row where something changed.

Nothing here costs a query per goal. What is known is compared with the newest actual by a digest, so a second recompute
of the same data on the same day adds no row.
"""

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q

from apps.datasets.services.warehouse import look_at_all
from apps.goals.services.kudos import celebrate
from apps.goals.status import Verdict
from apps.metrics.catalogue import Kpi
from apps.people.models import Workspace
from apps.refresh.celebrating import crossed_lately, is_crossing
from apps.refresh.outlooks import keep
from apps.refresh.room import Judged, Room, goal_rows
from apps.refresh.store import ActualRow, append

FLIPS_KEPT = 50
JUDGED_PER_BREATH = 5_000
OPEN = Q(closed_at__isnull=True)
SINCE_CLOSED = Q(latest__isnull=True) | Q(latest__known_at__lt=F("closed_at"))

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
    with no_collecting():
        look_at_all(workspace=workspace, now=now)
        return _recompute(Room(workspace, now), now, progress, fence, conclude)


def _recompute(
    room: Room, now: datetime, progress: Progress, fence: Callable[[], None], conclude: Callable[[Recomputed], None]
) -> Recomputed:
    began = time.monotonic()
    progress("Reading goals", 0, 0)
    goals = room.take(goal_rows(room.workspace, OPEN | SINCE_CLOSED))
    room.load()
    progress("Computing figures", 0, len(goals))
    answers = room.answers(room.requests(goals, with_series=True))
    changed: list[ActualRow] = []
    flips: list[Flip] = []
    crossings: list[Judged] = []
    high_water = {name: room.high_water(kpi) for name, kpi in room.kpis.items()}
    for place, judged in enumerate(room.judged(goals, answers)):
        if place % JUDGED_PER_BREATH == 0:
            progress("Judging goals", place, len(goals))
        goal, row = judged.goal, _row_of(room.kpis[judged.name], judged, high_water[judged.name])
        if row is not None:
            changed.append(row)
            if row.status != (goal.status_before or ""):
                flips.append(Flip(goal.pk, goal.status_before or "", row.status))
                if is_crossing(judged):
                    crossings.append(judged)
    reached = crossed_lately(room, crossings) if crossings else []
    progress("Storing what changed", 0, len(changed))
    with transaction.atomic():
        fence()
        append(workspace=room.workspace, known_at=now, rows=changed)
        keep(made=room.tracks, now=now)
        if reached:
            celebrate(workspace=room.workspace, goal_ids=reached, now=now)
        done = Recomputed(len(goals), len(changed), time.monotonic() - began, flips[:FLIPS_KEPT])
        conclude(done)
    return done


def _row_of(kpi: Kpi, judged: Judged, high_water: int) -> ActualRow | None:
    """The goal's new actual, or None if nothing changed."""
    series = _series_json(judged.answer.points, judged.answer.series)
    fingerprint = _fingerprint(kpi, judged.verdict, series)
    if fingerprint == judged.goal.fingerprint_before:
        return None
    return ActualRow.of(judged.goal.pk, kpi.version, high_water, judged.verdict, series, fingerprint)


def _series_json(points: tuple[date, ...], series: list[tuple[date, float | None]]) -> str:
    """As json.dumps would write it, several times as fast: a hundred thousand goals have a million points."""
    return (_template(points) % tuple([value for _, value in series])).replace("None", "null")


@lru_cache(maxsize=4096)
def _template(points: tuple[date, ...]) -> str:
    parts = [f'["{point.isoformat()}", %r]' for point in points]
    return f"[{', '.join(parts)}]"


@contextlib.contextmanager
def no_collecting() -> Iterator[None]:
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
        verdict.leaning,
        verdict.case.due,
        given.goal_kind,
        (given.low, given.high, given.keep_share, given.kept) if given.goal_kind else None,
        given.plan,
        given.outlook,
        given.thresholds,
        given.late_since,
        given.late_why,
        given.today if verdict.rule.startswith("stale-data") else None,  # its sentence tells the age of the data
        series,
    )
    return blake2b(repr(facts).encode(), digest_size=16).hexdigest()
