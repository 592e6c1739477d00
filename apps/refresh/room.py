"""What all goals of a workspace have in common while they are computed: definitions, snapshots, targets, calendar.

Recompute and consequences both get figures and verdicts here, so that a trial says what will come true.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.db.models import Q

from apps.common.calendars import WorkingCalendar
from apps.datasets.queries import snapshots
from apps.datasets.sources.late import late_tables
from apps.datasets.store import Snapshot
from apps.datasets.warehouse.tables import in_use
from apps.goals.case import Before, Kept
from apps.goals.curves import curve_of, curve_with_changes, unknown_to
from apps.goals.judging import inputs_for, inputs_of_milestones
from apps.goals.kinds import BANDS
from apps.goals.limits import limits_on
from apps.goals.models import Goal, GoalKind, Stage
from apps.goals.pace import points_until
from apps.goals.phasing import WORKING_DAYS, Curve
from apps.goals.queries import (
    Limits,
    limits_of,
    milestones_of,
    phasings_of,
    target_steps,
    targets_in_force,
    thresholds_of,
    thresholds_set_at,
)
from apps.goals.status import Verdict, judge
from apps.metrics.catalogue import Definitions, Kpi
from apps.metrics.engine import Answer, Request, compute_requests, coverage_of, has_rows
from apps.metrics.queries import context_of, definitions_of, org_of, tables_with_rows
from apps.people.models import Workspace
from apps.people.queries import calendar_of, day_in
from apps.refresh.bands import kept_of, kept_requests
from apps.refresh.outlooks import Made, Outlooks

logger = logging.getLogger(__name__)


class GoalRow(NamedTuple):
    """What a computation needs of a goal, named as on the model."""

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
    kind: str
    low: Any
    high: Any
    keep_share: Any
    phasing_id: int | None
    status_before: str | None
    leaning_before: str | None
    through_before: date | None
    target_before: Any
    known_at_before: datetime | None
    fingerprint_before: str | None

    @property
    def ref(self) -> str:
        return f"{self.kpi}:{self.variant}" if self.variant else self.kpi

    @property
    def measured_by(self) -> tuple[str, str, date]:
        """Goals with the same of these are computed with the same definition: the one in force when they began."""
        return self.kpi, self.variant, self.starts_on


class Judged(NamedTuple):
    """A goal with what came out for it; `name` is how its request names the KPI."""

    goal: GoalRow
    name: str
    answer: Answer
    verdict: Verdict


class _Band(NamedTuple):
    goal: GoalRow
    kept: Kept | None


def goal_rows(workspace: Workspace, wanted: Q) -> list[GoalRow]:
    """The goals of a workspace as they are computed, by id; one query."""
    columns = [
        f"latest__{name.removesuffix('_before')}" if name.endswith("_before") else name for name in GoalRow._fields
    ]
    published = Goal.objects.filter(wanted, workspace=workspace, stage=Stage.PUBLISHED)
    rows = published.order_by("pk").values_list(*columns)
    return [GoalRow._make(row) for row in rows]


class Room:
    """Goals of a workspace on one day. `instead` are snapshots that stand for those of the live imports."""

    def __init__(self, workspace: Workspace, now: datetime, instead: Mapping[str, Snapshot] | None = None) -> None:
        self.workspace = workspace
        self.today = day_in(workspace, now)
        self.calendar: WorkingCalendar = calendar_of(workspace)
        self.instead = instead or {}
        self.definitions: Definitions = definitions_of(workspace, self._tables_with_rows())
        self.kpis: dict[str, Kpi] = {}  # as requests name them
        self.names: dict[tuple[str, str, date], str] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.late_sources = late_tables(workspace, now)
        self.thresholds = thresholds_of(workspace)
        self.tracks: list[Made] = []  # of forecasts that were worked out anew
        self.thresholds_set_at = thresholds_set_at(workspace)

    def take(self, goals: Iterable[GoalRow]) -> list[GoalRow]:
        """The goals whose KPI the workspace has. The others keep the actual they have; so do those of a table in a
        warehouse that does not answer or cannot be used as it is now."""
        goals = list(goals)
        known = _known_kpis(self.definitions, {goal.ref for goal in goals})
        silent = set(in_use(self.workspace).exclude(last_error="").values_list("table", flat=True))
        known = {ref: kpi for ref, kpi in known.items() if not silent & set(kpi.tables)}
        for goal in {goal.measured_by: goal for goal in goals if goal.ref in known}.values():
            kpi = known[goal.ref].at(goal.starts_on)
            self.names[goal.measured_by] = self.name(kpi, f"{goal.ref} {kpi.version} {kpi.effective_from}")
        return [goal for goal in goals if goal.measured_by in self.names]

    def name(self, kpi: Kpi, name: str) -> str:
        """Have requests know the KPI by this name."""
        self.kpis[name] = kpi
        return name

    def load(self) -> None:
        """Look up the rows of all KPIs that were taken or named; call it before anything is computed."""
        tables = {table for kpi in self.kpis.values() for table in kpi.tables}
        live = snapshots(workspace=self.workspace, tables=sorted(tables - set(self.instead)))
        self.snapshots = live | {table: self.instead[table] for table in tables & set(self.instead)}

    def requests(self, goals: Iterable[GoalRow], *, with_series: bool) -> Iterator[Request]:
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        fiscal = self.workspace.fiscal
        for goal in goals:
            name = self.names[goal.measured_by]
            points = points_until(goal.starts_on, goal.ends_on, through[name], fiscal) if with_series else ()
            yield Request(
                id=goal.pk,
                kpi=name,
                scope=cast("Any", goal.scope),
                scope_id=goal.team_id or goal.person_id,
                start=goal.starts_on,
                end=goal.ends_on,
                points=points,
            )
            yield from kept_requests(goal, name, through[name], fiscal)

    def answers(self, requests: Iterable[Request]) -> dict[int, Answer]:
        org, context = org_of(self.workspace), context_of(self.workspace)
        return compute_requests(self.snapshots, requests, org, self.kpis, context)

    def judged(self, goals: Iterable[GoalRow], answers: Mapping[int, Answer]) -> Iterator[Judged]:
        """Each goal with its verdict."""
        targets = targets_in_force(self.workspace, self.today)
        through = {key: self.through(kpi) for key, kpi in self.kpis.items()}
        tables = {key: self.waits_for(kpi) for key, kpi in self.kpis.items()}
        late = {key: self.late(kpi) for key, kpi in self.kpis.items()}
        goals = list(goals)
        curves, changed = self._phased(goals)
        milestones = milestones_of(goal.pk for goal in goals if goal.kind == GoalKind.MILESTONES)
        limits = limits_of(self.workspace) if any(goal.kind in BANDS for goal in goals) else {}
        outlooks = Outlooks(self, goals, answers, curves)
        self.tracks = outlooks.made
        for goal in goals:
            name, answer = self.names[goal.measured_by], answers[goal.pk]
            if goal.kind == GoalKind.MILESTONES:
                inputs = inputs_of_milestones(
                    goal=cast("Goal", goal),
                    milestones=milestones.get(goal.pk, []),
                    today=self.today,
                    calendar=self.calendar,
                    thresholds=self.thresholds,
                    before=self._before(goal, changed),
                )
                yield Judged(goal, name, answer, judge(inputs))
                continue
            band = self._band(goal, answers, through[name], limits)
            inputs = inputs_for(
                goal=cast("Goal", band.goal),
                kpi=self.kpis[name],
                figure=answer.figure,
                target=targets.get(goal.pk),
                through=through[name],
                today=self.today,
                calendar=self.calendar,
                currency=self.workspace.currency,
                table=tables[name],
                late=late[name],
                curve=curves.get(goal.pk, WORKING_DAYS),
                thresholds=self.thresholds,
                kept=band.kept,
                before=self._before(goal, changed),
                outlook=outlooks.of(goal, targets.get(goal.pk)),
            )
            yield Judged(goal, name, answer, judge(inputs))

    def _band(
        self, goal: GoalRow, answers: Mapping[int, Answer], through: date | None, limits: Mapping[int, list[Limits]]
    ) -> "_Band":
        """The goal with the limits of the day, and how often it was kept, where it keeps a band."""
        if goal.kind not in BANDS:
            return _Band(goal, None)
        versions = limits.get(goal.pk, [])
        low, high = limits_on(goal, versions, self.today)
        kept = kept_of(goal, answers, through, self.workspace.fiscal, versions)
        return _Band(goal._replace(low=low, high=high), kept)

    def _phased(self, goals: Iterable[GoalRow]) -> tuple[dict[int, Curve], dict[int, datetime]]:
        """By goal, where one is phased otherwise than by working days: its curve, and since when it is phased so."""
        phased = [goal for goal in goals if goal.phasing_id]
        phasings = phasings_of(self.workspace, {goal.phasing_id for goal in phased if goal.phasing_id})
        steps = target_steps(self.workspace, self.today) if phased else {}
        curves = {}
        for goal in phased:
            phasing = phasings.get(goal.phasing_id or 0)
            curve = curve_of(phasing, goal.starts_on, goal.ends_on, self.workspace.fiscal)
            curves[goal.pk] = curve_with_changes(curve, unknown_to(phasing, steps.get(goal.pk, [])), self.calendar)
        return curves, {goal.pk: phasings[goal.phasing_id].created_at for goal in phased if goal.phasing_id in phasings}

    def _before(self, goal: GoalRow, changed: Mapping[int, datetime]) -> Before | None:
        """What was said last; nothing where other thresholds or another phasing have been chosen since."""
        if not goal.status_before:
            return None
        known = goal.known_at_before
        since = (self.thresholds_set_at, changed.get(goal.pk))
        if known is not None and any(moment is not None and moment > known for moment in since):
            return None
        return Before(goal.status_before, goal.leaning_before or "", goal.through_before, goal.target_before)

    def through(self, kpi: Kpi) -> date | None:
        """The last day that every table covers whose events the KPI counts; None while one of its tables is empty."""
        return coverage_of(self.snapshots, kpi).through if has_rows(self.snapshots, kpi) else None

    def waits_for(self, kpi: Kpi) -> str:
        """The table to import next: one without rows, else the one that holds the others back, else its own."""
        through = self.through(kpi)
        waiting = (table for table in kpi.tables if self.snapshots[table].complete_through == through)
        empty = (table for table in kpi.tables if self.snapshots[table].is_empty)
        return next(empty, next(waiting, kpi.tables[0]))

    def late(self, kpi: Kpi) -> tuple[date, str] | None:
        """Since when a source of one of its tables has been late, and why; of several the one late the longest."""
        sources = [self.late_sources[table] for table in kpi.tables if table in self.late_sources]
        longest = min(sources, key=lambda source: source.since, default=None)
        return (longest.since, longest.why) if longest else None

    def high_water(self, kpi: Kpi) -> int:
        return max(self.snapshots[table].high_water for table in kpi.tables)

    def _tables_with_rows(self) -> frozenset[str]:
        """By which a key without a chosen variant finds its definition."""
        filled = {table for table, snapshot in self.instead.items() if not snapshot.is_empty}
        return tables_with_rows(self.workspace) - set(self.instead) | filled


def _known_kpis(definitions: Definitions, refs: Iterable[str]) -> dict[str, Kpi]:
    """By ref; goals on a KPI that the workspace no longer has keep the actual they have."""
    found = {}
    for ref in refs:
        if kpi := definitions.find(ref):
            found[ref] = kpi
        else:
            logger.warning("Goals on the KPI %r are left as they are: the workspace does not have it.", ref)
    return found
