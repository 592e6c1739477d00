"""How the target of a goal spreads over its period, and the percentage tables of a workspace.

A goal that is phased anew gets a phasing of its own, or the table that was chosen; earlier ones stay as they were.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.common.errors import Refusal
from apps.common.money import format_figure
from apps.goals import rules
from apps.goals.curves import slices
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, Phasing
from apps.goals.pace import Course, course_of
from apps.goals.phasing import by_amounts
from apps.goals.queries import named_phasings, target_on
from apps.goals.rules import Problems, Typed
from apps.goals.seasons import Learned, learned_linearity, learned_season
from apps.goals.services.parts import audit, lock, locked, require_edit, require_open
from apps.metrics.catalogue import Kind, Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Workspace

KINDS = Phasing.Kind


@transaction.atomic
def set_phasing(
    *,
    goal: Goal,
    by: Member | None,
    today: date,
    kind: str,
    table: Phasing | None = None,
    amounts: Sequence[Typed] = (),
    scale: bool = False,
) -> Goal:
    """Spread the target: evenly, by history, by a table of the workspace, or by `amounts` for each of curves.slices.

    Amounts have to sum to the target; with `scale` they are brought to it in proportion.
    """
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    kpi = definitions_of(goal.workspace).find(goal.ref)
    if kpi is None:
        raise GoalRefusal({"": f"“{goal.kpi}” is no longer in the catalogue: edit the goal and choose another KPI."})
    target = _target_to_spread(goal, kpi, today)
    made = _made(goal, kpi, kind, table, target, amounts, scale=scale)
    if made and not made.name:
        made.created_by = by
        made.save(update_fields=["created_by"])
    before, goal.phasing = goal.phasing, made
    goal.save(update_fields=["phasing"])
    audit(goal, by, "goal.phase", _told(before), _told(made))
    return goal


@transaction.atomic
def save_phasing_table(
    *,
    workspace: Workspace,
    by: Member | None,
    now: datetime,
    name: str,
    shares: Sequence[Typed],
    table: Phasing | None = None,
) -> Phasing:
    """Keep a percentage table: the share of each month (or period) of a fiscal year, which must sum to 100 %.

    A changed table is a new row; goals that use the old one take the new one.
    """
    lock(workspace)
    problems = Problems()
    title = name.strip()
    if not title or len(title) > 120:
        problems.add("name", "Give the table a name of up to 120 characters.")
    same = named_phasings(workspace).filter(name__iexact=title)
    if (same.exclude(pk=table.pk) if table else same).exists():
        problems.add("name", f"There is a table “{title}” already: choose another name, or change that one.")
    weights = _percentages(workspace, shares, problems)
    problems.refuse()
    made = Phasing(workspace=workspace, name=title, kind=KINDS.TABLE, weights=[str(each) for each in weights])
    made.created_by = by
    if table:
        _retire(table, now)
    made.save()
    if table:
        Goal.objects.filter(workspace=workspace, phasing=table).update(phasing=made)
    _record(made, by, "phasing.change" if table else "phasing.add", _told(table), _told(made))
    return made


@transaction.atomic
def remove_phasing_table(*, table: Phasing, by: Member | None, now: datetime) -> None:
    """Take a table off the list. Goals that are phased by it stay so."""
    _retire(table, now)
    _record(table, by, "phasing.remove", _told(table), {})


def _retire(table: Phasing, now: datetime) -> None:
    table.removed_at = now
    table.save(update_fields=["removed_at"])


def _target_to_spread(goal: Goal, kpi: Kpi, today: date) -> Decimal:
    version = target_on(goal, today)
    if version is None:
        raise GoalRefusal({"": "There is no target to spread yet: set one first."})
    course, _ = course_of(kpi.kind, kpi.direction, goal.baseline, version.value, goal.kind)
    if course is Course.LEVEL or goal.kind == "milestones":
        raise GoalRefusal({"": "This goal is at its target all along, so there is nothing to spread over its period."})
    return version.value


def _made(
    goal: Goal, kpi: Kpi, kind: str, table: Phasing | None, target: Decimal, amounts: Sequence[Typed], *, scale: bool
) -> Phasing | None:
    """The phasing, stored; None is by working days, as every goal is from the start."""
    match kind:
        case KINDS.WORKING_DAYS:
            return None
        case KINDS.LINEAR:
            return _stored(goal, kind, Learned([], {}))
        case KINDS.TABLE:
            return _of_table(goal, table)
        case KINDS.MANUAL:
            return _stored(goal, kind, _by_hand(goal, kpi, target, amounts, scale=scale))
        case KINDS.SEASONAL | KINDS.LINEARITY:
            return _stored(goal, kind, _learned(goal, kpi, kind))
    raise GoalRefusal({"kind": f"Choose how the target spreads: {', '.join(KINDS.labels)}."})


def _stored(goal: Goal, kind: str, learned: Learned) -> Phasing:
    """A phasing of this goal alone, made for the target in force."""
    made_from = learned.made_from | {"targets": goal.targets.filter(state="in_force").count()}
    return Phasing.objects.create(
        workspace=goal.workspace, kind=kind, weights=learned.weights, made_from=made_from, created_by=None
    )


def _of_table(goal: Goal, table: Phasing | None) -> Phasing:
    """The table itself; a copy where the target was changed before, for which the table knows nothing."""
    if table is None or not named_phasings(goal.workspace).filter(pk=table.pk).exists():
        raise GoalRefusal({"table": "Choose one of the percentage tables of the workspace."})
    if goal.targets.filter(state="in_force").count() <= 1:
        return table
    return _stored(goal, KINDS.TABLE, Learned(table.weights, {"table": table.name}))


def _learned(goal: Goal, kpi: Kpi, kind: str) -> Learned:
    if kpi.kind is not Kind.FLOW:
        raise GoalRefusal(
            {"kind": f"{kpi.name} does not add up, so its history has no shares: choose another phasing."}
        )
    try:
        return learned_season(goal, kpi) if kind == KINDS.SEASONAL else learned_linearity(goal, kpi)
    except GoalRefusal:
        raise
    except Refusal as refusal:
        raise GoalRefusal({"kind": refusal.sentence}) from None


def _by_hand(goal: Goal, kpi: Kpi, target: Decimal, amounts: Sequence[Typed], *, scale: bool) -> Learned:
    """[first day, share] of each part. What is typed for a glide is its part of the way."""
    problems = Problems()
    parts = slices(goal.starts_on, goal.ends_on, goal.workspace.fiscal)
    if len(amounts) != len(parts):
        raise GoalRefusal({"": f"Give an amount for each of the {len(parts)} parts of the period."})
    way = target if kpi.kind is Kind.FLOW else abs(target - (goal.baseline or Decimal(0)))
    numbers = [
        rules.the_number(typed, kpi, goal.workspace, f"part_{place}", problems) or Decimal(0)
        for place, typed in enumerate(amounts)
    ]
    problems.refuse()
    total = sum(numbers, Decimal(0))
    if total != way and not scale:
        currency = goal.workspace.currency
        gap = format_figure(abs(total - way), kpi.unit, currency)
        raise GoalRefusal(
            {
                "": f"The parts sum to {format_figure(total, kpi.unit, currency)}, {gap} {_side(total, way)} the target"
                f" of {format_figure(way, kpi.unit, currency)}: change one of them, or have them scaled to the target."
            }
        )
    try:
        made = by_amounts([part.start for part in parts], goal.ends_on, numbers)
    except Refusal as refusal:
        raise GoalRefusal({"": refusal.sentence}) from None
    return Learned([[str(part.start), str(part.share)] for part in made], {})


def _side(total: Decimal, way: Decimal) -> str:
    return "above" if total > way else "below"


def _percentages(workspace: Workspace, shares: Sequence[Typed], problems: Problems) -> list[Decimal]:
    """Fractions that sum to 1. A bare 8.5 is read as 8.5 %."""
    size = len(workspace.fiscal.periods(2025))
    if len(shares) != size:
        problems.add("", f"The fiscal year here has {size} parts: give a share for each.")
    told = [f"{each} %" if isinstance(each, str) and each.strip() and "%" not in each else each for each in shares]
    found = [rules.parsed(each, "percent", "", f"part_{n}", problems) or Decimal(0) for n, each in enumerate(told)]
    if problems.found:
        return found
    if any(share < 0 for share in found):
        problems.add("", "A share cannot be below 0 %.")
    elif (whole := sum(found, Decimal(0))) != 1:
        side = "more" if whole > 1 else "less"
        problems.add(
            "", f"The shares sum to {_percent(whole)}, {_percent(abs(whole - 1))} {side} than 100 %: change one."
        )
    return found


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _told(phasing: Phasing | None) -> dict[str, Any]:
    if phasing is None:
        return {"phasing": str(KINDS.WORKING_DAYS)}
    return {"phasing": str(phasing.kind), "name": phasing.name, "weights": phasing.weights}


def _record(table: Phasing, by: Member | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    actor = by.user if by else None
    record(workspace=table.workspace, actor=actor, action=action, subject=table, before=before, after=after)
