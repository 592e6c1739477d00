"""Where running goals will probably end: their histories in a few scans, what was known at earlier moments included.

Goals with the same KPI, subject, period and curve share one history. What came of it is kept with each goal
(TrackRecord), and as long as data and day are the same nothing is read again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from django.db import connection

from apps.datasets.queries import snapshots
from apps.datasets.store import Snapshot
from apps.goals import pace
from apps.goals.case import Outlook
from apps.goals.forecast.cuts import Origin, Past, origins_of, past_of
from apps.goals.forecast.known import Array, Known
from apps.goals.judging import is_share
from apps.goals.models import GoalKind, TrackRecord
from apps.goals.outlook import Then, Track, outlook_of, tracks_of
from apps.goals.phasing import WORKING_DAYS, Curve, passed
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Answer, Context, Org
from apps.metrics.engine.courses import Course, compute_courses
from apps.metrics.queries import context_of, org_of
from apps.people.queries import day_in
from apps.refresh.moments import Moments

if TYPE_CHECKING:
    from apps.refresh.room import GoalRow, Room

ONE_DAY = timedelta(days=1)
TODAYS = "on today's data"

RENEWED = ("made_at", "fingerprint", "method", "errors", "told")
Made = tuple[int, str, Track]  # a goal, of what its track was made, and the track


class Subject(NamedTuple):
    """What a history is about; goals that agree in it share it."""

    name: str  # of the KPI in requests
    scope: str
    scope_id: int | None
    start: date
    end: date
    curve: Curve
    to_date: Decimal

    @property
    def alike(self) -> tuple[str, date, date, Curve]:
        """Subjects that are forecast together: the same windows and shares."""
        return self.name, self.start, self.end, self.curve


class Outlooks:
    """The forecasts of goals in a room. `made` are the track records to be kept, by goal."""

    def __init__(self, room: "Room", goals: Iterable["GoalRow"], answers: Mapping[int, Answer],
                 curves: Mapping[int, Curve]) -> None:  # fmt: skip
        self.room = room
        self.through = {name: _closed_through(room.through(kpi), room.today) for name, kpi in room.kpis.items()}
        self._data: dict[str, str] = {}
        self._ways = {name: (kpi.direction.value == "down", is_share(kpi)) for name, kpi in room.kpis.items()}
        self.subject_of: dict[int, Subject] = {}
        for goal in goals:
            if subject := self._subject(goal, answers, curves):
                self.subject_of[goal.pk] = subject
        self.prints = {each: self._fingerprint(each) for each in set(self.subject_of.values())}
        self.tracks = self._kept()
        missing = [each for each in dict.fromkeys(self.subject_of.values()) if each not in self.tracks]
        self.tracks |= _Histories(room, missing, self.through).tracks() if missing else {}
        fresh = set(missing)
        self.made: list[Made] = [
            (pk, self.prints[subject], self.tracks[subject])
            for pk, subject in self.subject_of.items()
            if subject in fresh and subject in self.tracks
        ]

    def of(self, goal: "GoalRow", target: Decimal | None) -> Outlook | None:
        subject = self.subject_of.get(goal.pk)
        track = self.tracks.get(subject) if subject else None
        if track is None or subject is None:
            return None
        lower_is_better, share = self._ways[subject.name]
        return outlook_of(track, target, lower_is_better=lower_is_better, is_share=share)

    def _subject(self, goal: "GoalRow", answers: Mapping[int, Answer], curves: Mapping[int, Curve]) -> Subject | None:
        """Of a goal that runs and has a value; what is to be kept, or done step by step, has no end to forecast."""
        name = self.room.names[goal.measured_by]
        through, today = self.through[name], self.room.today
        runs = goal.starts_on <= today < goal.ends_on and not goal.closed_as
        if not runs or through is None or through < goal.starts_on:
            return None
        if goal.kind == GoalKind.MILESTONES or goal.kind.startswith("keep_"):
            return None
        value = answers[goal.pk].figure.value
        if value is None or not pace.days(self.room.calendar, goal.starts_on, goal.ends_on, through).closed:
            return None
        curve = curves.get(goal.pk, WORKING_DAYS)
        return Subject(name, goal.scope, goal.team_id or goal.person_id, goal.starts_on, goal.ends_on, curve, value)

    def _fingerprint(self, subject: Subject) -> str:
        facts = (tuple(subject), self.through[subject.name], self._data_of(subject.name))
        return blake2b(repr(facts).encode(), digest_size=16).hexdigest()

    def _data_of(self, name: str) -> str:
        """Rows, day, and who is off when: of what histories are made."""
        found = self._data.get(name)
        if found is None:
            tables = [self.room.snapshots[table] for table in self.room.kpis[name].tables]
            facts = [(each.table, each.batches, each.rates, each.complete_through) for each in tables]
            facts_told = repr((facts, self.room.today, self.room.calendar, self.room.workspace.fiscal))
            found = self._data[name] = blake2b(facts_told.encode(), digest_size=16).hexdigest()
        return found

    def _kept(self) -> dict[Subject, Track]:
        """Tracks made today of the same data. Trials and tables in a warehouse are always looked at anew."""
        names = {each.name for each in self.prints}
        tables = {table for name in names for table in self.room.kpis[name].tables}
        if self.room.instead or any(self.room.snapshots[table].in_place is not None for table in tables):
            return {}
        stored = TrackRecord.objects.filter(goal__workspace=self.room.workspace, goal__closed_at__isnull=True)
        found: dict[Subject, Track] = {}
        for pk, fingerprint, method, errors, told in stored.values_list(
            "goal_id", "fingerprint", "method", "errors", "told"
        ):
            subject = self.subject_of.get(pk)
            if subject is not None and fingerprint == self.prints[subject]:
                found[subject] = Track.stored(method, errors, told)
        return found


def keep(*, made: Sequence[Made], now: datetime) -> None:
    """Store the track records; call it inside the transaction of the recompute."""
    if not made:
        return
    rows = [
        (pk, now, fingerprint, track.method, json.dumps(track.errors), json.dumps(track.as_json()))
        for pk, fingerprint, track in made
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("goal_id", *RENEWED))
    renewed = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in RENEWED)
    statement = (
        f"INSERT INTO {quote(TrackRecord._meta.db_table)} ({columns}) VALUES (%s, %s, %s, %s, %s, %s)"  # noqa: S608
        f" ON CONFLICT ({quote('goal_id')}) DO UPDATE SET {renewed}"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(pk, _moment(at), *rest) for pk, at, *rest in rows])


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


class _Group(NamedTuple):
    """Subjects that are forecast together, with how their past is cut."""

    kpi: Kpi
    subjects: list[Subject]
    past: Past
    origins: tuple[Origin, ...]
    share: float

    @property
    def windows(self) -> tuple[tuple[date, date], ...]:
        """The sub-periods; for each origin what came to date and what came in the end."""
        whole = [(each.start, each.end) for each in self.origins]
        return (*self.past.parts, *((each.start, each.point) for each in self.origins), *whole)

    def windows_at(self, origin: Origin) -> tuple[tuple[date, date], ...]:
        """What is asked of the data as it was known at an origin."""
        return (*self.past.parts[: origin.before], (origin.start, origin.point))


class _Histories:
    """Values of the past of many subjects, now and as known at each origin."""

    def __init__(self, room: "Room", subjects: Sequence[Subject], through: Mapping[str, date | None]) -> None:
        self.room, self.through = room, through
        self.org: Org = org_of(room.workspace)
        self.context: Context = context_of(room.workspace)
        self.moments = Moments(room.workspace, {table for kpi in room.kpis.values() for table in kpi.tables})
        alike: dict[tuple[Any, ...], list[Subject]] = {}
        for each in subjects:
            alike.setdefault(each.alike, []).append(each)
        self.groups = [self._group(each) for each in alike.values()]

    def _group(self, subjects: list[Subject]) -> _Group:
        first, calendar = subjects[0], self.room.calendar
        kpi, through = self.room.kpis[first.name], self.through[first.name]
        past = past_of(first.start, first.end, self.room.workspace.fiscal, whole=kpi.kind.value != "flow")
        days = pace.days(calendar, first.start, first.end, through)
        share = float(passed(first.curve, calendar, first.start, first.end, through))
        origins = origins_of(past, calendar, days.closed, days.total)
        if first.curve.parts or first.curve.steps or first.curve.by_calendar:
            origins = tuple(replace(each, share=share) for each in origins)
        return _Group(kpi, subjects, past, origins, share)

    def tracks(self) -> dict[Subject, Track]:
        found: dict[Subject, Track] = {}
        values = self._values([(group, group.windows) for group in self.groups], self.room.snapshots)
        then = self._as_then_known()
        for place, group in enumerate(self.groups):
            now = _known(group, values[place], np.array([float(each.to_date) for each in group.subjects]))
            thens = [
                _then(group, number, values[place], then.get((place, number), TODAYS))
                for number in range(len(group.origins))
            ]
            flow = group.kpi.kind.value == "flow"
            begins = self.moments.begin(group.kpi.tables)
            made = tracks_of(now, thens, adds_up=flow, words=group.past.words, begins=begins)
            found |= dict(zip(group.subjects, made, strict=True))
        return found

    def _values(
        self, wanted: Sequence[tuple[_Group, tuple[tuple[date, date], ...]]], rows: Mapping[str, Snapshot]
    ) -> list[Array]:
        """For each wanted group an array [subject, window]; one batch for all."""
        courses = [
            Course(each.name, cast("Any", each.scope), each.scope_id, windows)
            for group, windows in wanted
            for each in group.subjects
        ]
        found = iter(compute_courses(rows, courses, self.org, self.room.kpis, self.context))
        return [np.stack([next(found) for _ in group.subjects]) for group, _ in wanted]

    def _as_then_known(self) -> dict[tuple[int, int], Array | None]:
        """By group and origin: the values as they were known then; None where those are the ones of today."""
        found: dict[tuple[int, int], Array | None] = {}
        by_moment: dict[datetime, list[tuple[int, int]]] = {}
        for place, group in enumerate(self.groups):
            for number, origin in enumerate(group.origins):
                moment = self.moments.when_known(group.kpi.tables, origin.point - ONE_DAY)
                if moment is not None and day_in(self.room.workspace, moment) < origin.end:
                    by_moment.setdefault(moment, []).append((place, number))
        for moment, places in by_moment.items():
            tables = {table for place, _ in places for table in self.groups[place].kpi.tables}
            rows = snapshots(workspace=self.room.workspace, tables=sorted(tables), as_of=moment)
            if all(_same(rows[table], self.room.snapshots[table]) for table in tables):
                found |= dict.fromkeys(places)
                continue
            wanted = [
                (self.groups[place], self.groups[place].windows_at(self.groups[place].origins[number]))
                for place, number in places
            ]
            found |= dict(zip(places, self._values(wanted, rows), strict=True))
        return found


def _same(one: Snapshot, other: Snapshot) -> bool:
    return (one.batches, one.rates) == (other.batches, other.rates)


def _known(group: _Group, values: Array, to_date: Array) -> Known:
    count, past = len(group.subjects), group.past
    nobody = np.full(count, np.nan)
    before = _since_begun(values[:, : len(past.parts)])
    return Known(to_date, np.full(count, group.share), before, past.seasons, past.ahead, nobody)


def _then(group: _Group, number: int, values: Array, at: Array | str | None) -> Then:
    """`at` as `_as_then_known` has it; TODAYS where nobody can say what was known."""
    origin, parts, count = group.origins[number], len(group.past.parts), len(group.subjects)
    came = values[:, parts + len(group.origins) + number]
    known_then = at if isinstance(at, np.ndarray) else None
    before = values[:, : origin.before] if known_then is None else known_then[:, :-1]
    to_date = values[:, parts + number] if known_then is None else known_then[:, -1]
    nobody = np.full(count, np.nan)
    known = Known(
        to_date, np.full(count, origin.share), _since_begun(before), group.past.seasons, group.past.ahead, nobody
    )
    return Then(origin, known, came, as_known_then=at is not TODAYS)


def _since_begun(before: Array) -> Array:
    """Without the sub-periods of which nobody has any value: the data begins after them."""
    there = ~np.isnan(before).all(axis=0)
    first = int(there.argmax()) if there.any() else before.shape[1]
    return before[:, first:]


def _closed_through(through: date | None, today: date) -> date | None:
    return None if through is None else min(through, today - ONE_DAY)
