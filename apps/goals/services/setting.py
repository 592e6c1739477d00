"""A goal is set, and edited while it is open."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction

from apps.goals import kinds, rules
from apps.goals.changing import Aim
from apps.goals.kinds import Numbers
from apps.goals.models import Benchmark, Goal, GoalKind, Phasing, Scope, TargetVersion
from apps.goals.queries import target_on
from apps.goals.rules import BenchmarkDraft, Draft, Problems, Typed
from apps.goals.services.parts import (
    FIELDS,
    as_json,
    audit,
    checked_benchmark,
    draft_of,
    lock,
    locked,
    plain,
    require_edit,
    require_open,
)
from apps.goals.services.versions import day_within, put_version
from apps.metrics.catalogue import Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Team, Workspace

OF_KPI = ("kpi", "variant", "kpi_version")
OF_NUMBERS = ("baseline", "change", "low", "high", "keep_share")
COPIED = tuple(name for name in FIELDS if name not in (*OF_NUMBERS, "title", "note"))


class Meant(TypedDict, total=False):
    """What a goal can be besides a KPI with a target in a period; what is left out is as usual (goals.kinds)."""

    kind: str
    ambition: str
    stage: str
    change: Typed  # of change_percent (a fraction) and change_points (in the unit of the KPI)
    low: Typed  # of keep_above and keep_between
    high: Typed  # of keep_below and keep_between
    keep_share: Typed
    baseline_from: date | None
    baseline_to: date | None  # first day after the window
    compares: str
    parent: Goal | None
    reviewer: Member | None
    phasing: Phasing | None


class Changes(Meant, total=False):
    """What of a goal can be edited; what is left out stays."""

    title: str
    kpi: str
    scope: str
    team: Team | None
    person: Member | None
    owner: Member | None
    starts_on: date | None
    ends_on: date | None
    baseline: Typed
    cadence: str
    note: str


@transaction.atomic
def create_goal(
    *,
    workspace: Workspace,
    by: Member | None,
    today: date,
    kpi: str,
    scope: str,
    owner: Member | None,
    starts_on: date | None,
    ends_on: date | None,
    title: str = "",
    team: Team | None = None,
    person: Member | None = None,
    baseline: Typed = None,
    target: Typed = None,
    cadence: str = "weekly",
    note: str = "",
    benchmark: BenchmarkDraft | None = None,
    **meant: Unpack[Meant],
) -> Goal:
    """A new goal. `kpi` is a key, of which the variant that the workspace takes is kept, or key and variant.

    `ends_on` is the first day after its period; without a title it gets one; a target may come later. A change by
    percent or points has its target from the baseline; a band to keep has limits instead.
    """
    problems = Problems()
    draft = _without_other_subject(
        Draft(workspace, kpi, scope, owner, starts_on, ends_on, title, team, person, baseline, cadence, note, **meant)
    )
    definition = rules.the_kpi(kpi, definitions_of(workspace), problems)
    numbers = kinds.numbers_of(draft, definition, target, problems)
    goal = _checked(draft, definition, numbers, by, today, problems)
    number = numbers.target
    if goal.kind not in kinds.BANDS:
        rules.check_target(number, definition, problems)
    compared = checked_benchmark(benchmark, definition, workspace, problems) if benchmark else None
    lock(workspace)
    rules.check_duplicate(replace(draft, kpi=goal.ref), problems)
    problems.refuse()
    return _stored(goal, by, number, compared)


@transaction.atomic
def edit_goal(*, goal: Goal, by: Member | None, today: date, **changes: Unpack[Changes]) -> Goal:
    """Change what is given. The target has its own service, because its history is kept."""
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    before = as_json(goal)
    if changes.get("kpi") == goal.kpi:
        changes["kpi"] = goal.ref  # the same KPI stays what it was when the goal was set
    draft = _without_other_subject(replace(draft_of(goal), **changes))
    problems = Problems()
    definition = rules.the_kpi(draft.kpi, definitions_of(goal.workspace), problems)
    current = target_on(goal, date.max)
    follows = draft.kind in (*kinds.CHANGES, *kinds.BANDS, GoalKind.MILESTONES)
    numbers = kinds.numbers_of(draft, definition, None if follows or not current else current.value, problems)
    edited = _checked(draft, definition, numbers, by, today, problems, goal)
    rules.check_duplicate(replace(draft, kpi=edited.ref), problems, but_not=goal)
    problems.refuse()
    for name in (*FIELDS, *OF_KPI):
        setattr(goal, name, getattr(edited, name))
    goal.save(update_fields=[*FIELDS, *OF_KPI])
    _cover_new_start(goal, by)
    if draft.kind in (*kinds.CHANGES, *kinds.BANDS):
        _follow(goal, current, numbers, by, today)
    after = as_json(goal)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        audit(goal, by, "goal.edit", {name: before[name] for name in changed}, {name: after[name] for name in changed})
    return goal


def _checked(
    draft: Draft,
    kpi: Kpi | None,
    numbers: Numbers,
    by: Member | None,
    today: date,
    problems: Problems,
    old: Goal | None = None,
) -> Goal:
    """The goal that a draft describes, unsaved; meaningless if problems were found. Keeps an owner who left since."""
    workspace = draft.workspace
    kinds.check_kind(draft, kpi, problems)
    kinds.check_window(draft, problems)
    kinds.check_company(draft, today, problems, old)
    rules.check_words(draft, problems)
    rules.check_period(draft, problems)
    rules.check_scope(draft, kpi, problems)
    if old is None or old.owner != draft.owner:
        rules.check_owner(draft.owner, workspace, today, problems)
    rules.check_reach(draft, by, today, problems)
    if draft.kind not in kinds.BANDS:
        rules.check_distance(numbers.target, numbers.baseline, kpi, problems)
    return _made(draft, kpi, numbers)


def _made(draft: Draft, kpi: Kpi | None, numbers: Numbers) -> Goal:
    goal = Goal(workspace=draft.workspace, baseline=numbers.baseline)
    goal.change, goal.low, goal.high, goal.keep_share = numbers[2:]
    if kpi:
        goal.kpi, goal.variant = kpi.key, kpi.variant
        goal.kpi_version = kpi.at(draft.starts_on).version if draft.starts_on else kpi.version
    for name in COPIED:
        if not (name == "owner" and draft.owner is None):
            setattr(goal, name, getattr(draft, name))
    goal.note = draft.note.strip()
    goal.title = draft.title.strip() or _title_for(draft, kpi)
    return goal


def _stored(goal: Goal, by: Member | None, target: Decimal | None, benchmark: Benchmark | None) -> Goal:
    """A new goal with what it starts with; its first target is in force from the first day on."""
    goal.created_by = by
    goal.save()
    if target is not None:
        TargetVersion.objects.create(
            goal=goal, value=target, low=goal.low, high=goal.high, effective_from=goal.starts_on, set_by=by
        )
    if benchmark:
        benchmark.goal = goal
        benchmark.save()
    audit(goal, by, "goal.create", {}, as_json(goal) | {"target": plain(target)})
    return goal


def _without_other_subject(draft: Draft) -> Draft:
    """A form sends team and person along; only the one of the chosen scope is meant."""
    return replace(
        draft,
        team=draft.team if draft.scope == Scope.TEAM else None,
        person=draft.person if draft.scope == Scope.PERSON else None,
    )


def _title_for(draft: Draft, kpi: Kpi | None) -> str:
    subject = draft.team or draft.person or draft.workspace
    return f"{kpi.name if kpi else ''}, {subject}"[:200]


def _cover_new_start(goal: Goal, by: Member | None) -> None:
    """A period moved to an earlier start is judged against the first target from there on."""
    first = goal.targets.filter(state="in_force").first()
    if first and first.effective_from > goal.starts_on:
        TargetVersion.objects.create(
            goal=goal,
            value=first.value,
            low=first.low,
            high=first.high,
            effective_from=goal.starts_on,
            reason="The period was moved.",
            set_by=by,
        )


def _follow(goal: Goal, current: TargetVersion | None, numbers: Numbers, by: Member | None, today: date) -> None:
    """A change or a band that was edited has another target from that day on; what was before stays.

    It is a change of the target like any other: late or easier, it waits for a second person.
    """
    if numbers.target is None:
        return
    if current and (current.value, current.low, current.high) == (numbers.target, numbers.low, numbers.high):
        return
    put_version(
        goal=goal,
        kpi=definitions_of(goal.workspace).get(goal.ref),
        by=by,
        today=today,
        aim=Aim(numbers.target, numbers.low, numbers.high),
        day=day_within(goal, today, current) if current else goal.starts_on,
        reason="The goal was edited." if current else "",
    )
