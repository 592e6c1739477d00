"""What a goal is measured against: the versions of its target, and benchmarks to compare it with."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals import rules
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, Goal, TargetVersion
from apps.goals.rules import BenchmarkDraft, Problems, Typed
from apps.goals.services.parts import (
    audit,
    check_reason,
    checked_benchmark,
    locked,
    plain,
    require_edit,
    require_open,
)
from apps.metrics.catalogue import Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member


@transaction.atomic
def set_target(
    *,
    goal: Goal,
    by: Member | None,
    today: date,
    value: Typed,
    reason: str = "",
    effective_from: date | None = None,
) -> TargetVersion:
    """A new version of the target from a day on (default: today, or the start). Earlier versions stay as they are.

    The first target needs no reason; every later one does, for it is read in reviews.
    """
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    kpi, current = _kpi_of(goal), goal.targets.last()
    day = effective_from or _day_within(goal, today, current)
    problems = Problems()
    number = rules.the_number(value, kpi, goal.workspace, "target", problems)
    if number is None:
        problems.add("target", "Give the new target.")
    rules.check_target(number, kpi, problems)
    rules.check_distance(number, goal.baseline, kpi, problems)
    _check_version(goal, current, number, kpi, day, reason, problems)
    problems.refuse()
    assert number is not None
    version = TargetVersion.objects.create(
        goal=goal, value=number, effective_from=day, reason=reason.strip(), set_by=by
    )
    before = {"target": plain(current.value), "effective_from": str(current.effective_from)} if current else {}
    audit(
        goal,
        by,
        "goal.set_target",
        before,
        {"target": plain(number), "effective_from": str(day), "reason": version.reason},
    )
    return version


@transaction.atomic
def set_benchmark(
    *, goal: Goal, by: Member | None, today: date, kind: str, value: Typed, source: str, as_of: date | None
) -> Benchmark:
    """A number to compare the goal with. The newest of a kind is the one shown; older ones stay."""
    require_edit(goal, by, today)
    require_open(goal)
    problems = Problems()
    kpi = _kpi_of(goal)
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
    number: Decimal | None,
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
    if number == current.value:
        shown = format_figure(number, kpi.unit, goal.workspace.currency)
        problems.add("target", f"{shown} is the target already.")
    if not reason.strip():
        problems.add("reason", "Say why the target changes: it is read in the next review.")


def _kpi_of(goal: Goal) -> Kpi:
    kpi = definitions_of(goal.workspace).find(goal.ref)
    if kpi is None:
        raise GoalRefusal({"": f"“{goal.kpi}” is no longer in the catalogue: edit the goal and choose another KPI."})
    return kpi


def _day_within(goal: Goal, today: date, current: TargetVersion | None) -> date:
    """Today, but a day of the period, and not before the version in force."""
    day = min(max(today, goal.starts_on), goal.ends_on - timedelta(days=1))
    return max(day, current.effective_from) if current else day
