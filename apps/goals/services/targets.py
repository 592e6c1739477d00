"""What a goal is measured against: the versions of its target, and benchmarks to compare it with."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals import kinds, rules
from apps.goals.approvals import aim_of, newest_in_force
from apps.goals.changing import Aim
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, Goal, GoalKind, TargetVersion
from apps.goals.rules import BenchmarkDraft, Problems, Typed
from apps.goals.services.parts import (
    audit,
    check_reason,
    checked_benchmark,
    draft_of,
    locked,
    plain,
    require_edit,
    require_open,
)
from apps.goals.services.versions import day_within, put_version
from apps.metrics.catalogue import Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member


@transaction.atomic
def set_target(
    *,
    goal: Goal,
    by: Member | None,
    today: date,
    value: Typed = None,
    reason: str = "",
    effective_from: date | None = None,
    low: Typed = None,
    high: Typed = None,
    days_away: int | None = None,
) -> TargetVersion:
    """A new version of the target from a day on (default: today, or the start). Earlier versions stay as they are.

    The first target needs no reason; every later one does, for it is read in reviews. A change that is late or makes
    the goal easier waits for a second person (services.versions). Of a band to keep `low` and `high` are given.
    """
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    kpi = kpi_of_goal(goal)
    day = effective_from or day_within(goal, today, newest_in_force(goal))
    aim = checked_change(goal, kpi, (value, low, high), day, reason)
    return put_version(goal=goal, kpi=kpi, by=by, today=today, aim=aim, day=day, reason=reason, days_away=days_away)


def checked_change(goal: Goal, kpi: Kpi, typed: tuple[Typed, Typed, Typed], day: date, reason: str) -> Aim:
    """What was typed (target, low, high) as numbers. GoalRefusal with a sentence per field."""
    problems, current = Problems(), newest_in_force(goal)
    if goal.kind in kinds.BANDS:
        aim = _limits(goal, kpi, typed, current, problems)
    else:
        number = rules.the_number(typed[0], kpi, goal.workspace, "target", problems)
        if number is None:
            problems.add("target", "Give the new target.")
        rules.check_target(number, kpi, problems)
        rules.check_distance(number, goal.baseline, kpi, problems)
        aim = Aim(number or Decimal(0))
    _check_version(goal, current, aim, kpi, day, reason, problems)
    problems.refuse()
    return aim


def _limits(
    goal: Goal, kpi: Kpi, typed: tuple[Typed, Typed, Typed], current: TargetVersion | None, problems: Problems
) -> Aim:
    """A band of one side may be given as its one number; what is left out stays."""
    value, low, high = typed
    if current:
        low, high = _given(low, current.low), _given(high, current.high)
    draft = replace(draft_of(goal), low=low, high=high)
    if goal.kind == GoalKind.KEEP_ABOVE and not _is_blank(value):
        draft = replace(draft, low=value)
    elif goal.kind == GoalKind.KEEP_BELOW and not _is_blank(value):
        draft = replace(draft, high=value)
    numbers = kinds.numbers_of(draft, kpi, None, problems)
    return Aim(numbers.target or Decimal(0), numbers.low, numbers.high)


def _given(typed: Typed, otherwise: Decimal | None) -> Typed:
    return otherwise if _is_blank(typed) else typed


def _is_blank(typed: Typed) -> bool:
    return typed is None or (isinstance(typed, str) and not typed.strip())


@transaction.atomic
def set_benchmark(
    *, goal: Goal, by: Member | None, today: date, kind: str, value: Typed, source: str, as_of: date | None
) -> Benchmark:
    """A number to compare the goal with. The newest of a kind is the one shown; older ones stay."""
    require_edit(goal, by, today)
    require_open(goal)
    problems = Problems()
    kpi = kpi_of_goal(goal)
    benchmark = checked_benchmark(BenchmarkDraft(kind, value, source, as_of), kpi, goal.workspace, problems)
    problems.refuse()
    benchmark.goal = goal
    benchmark.save()
    after = {"kind": kind, "value": plain(benchmark.value), "source": benchmark.source, "as_of": str(as_of)}
    audit(goal, by, "goal.set_benchmark", {}, after)
    return benchmark


def _check_version(
    goal: Goal,
    current: TargetVersion | None,
    aim: Aim,
    kpi: Kpi,
    day: date,
    reason: str,
    problems: Problems,
) -> None:
    check_reason(reason, problems)
    if not goal.starts_on <= day < goal.ends_on:
        problems.add(
            "effective_from", f"Choose a day of the goal's period, which starts on {day_told(goal.starts_on)}."
        )
    if current is None:
        return
    if day < current.effective_from:
        problems.add(
            "effective_from",
            f"A target is in force from {day_told(current.effective_from)} on: choose that day or a later one,"
            " so that the past stays as it was agreed.",
        )
    if aim == aim_of(current):
        shown = format_figure(aim.value, kpi.unit, goal.workspace.currency)
        problems.add("target", f"{shown} is the target already.")
    if not reason.strip():
        problems.add("reason", "Say why the target changes: it is read in the next review.")


def kpi_of_goal(goal: Goal) -> Kpi:
    kpi = definitions_of(goal.workspace).find(goal.ref)
    if kpi is None:
        raise GoalRefusal({"": f"“{goal.kpi}” is no longer in the catalogue: edit the goal and choose another KPI."})
    return kpi
