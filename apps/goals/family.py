"""Who carries what: a goal with the ones above and below it, what those below sum to, and how they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from apps.goals.cascade import Sum
from apps.goals.case import Status
from apps.goals.models import GapDecision, Goal, TargetVersion
from apps.goals.queries import exceptions_first, in_period, visible_goals, with_standing
from apps.metrics.catalogue import Definitions, Kind
from apps.people.models import Member

DEEPEST = 8  # levels below a goal; workspace, teams and people are three or four
MOST_ROOTS = 50  # of a page of the tree


@dataclass
class Branch:
    """One goal of the tree with those below it. `below` counts all goals under it, `off_track` those in trouble."""

    goal: Goal
    target: Decimal | None
    adds_up: bool
    children: "list[Branch]" = field(default_factory=list)
    hidden: int = 0  # goals below that this member does not see

    @property
    def parts(self) -> "list[Branch]":
        """The children that add up to the goal: the same KPI with a target. Drivers stand beside them."""
        if not self.adds_up:
            return []
        return [child for child in self.children if is_part(child.goal, self.goal) and child.target is not None]

    @property
    def sum(self) -> Sum | None:
        """None unless all parts are seen: a sum of some would tell on those that are hidden, or mislead."""
        if self.target is None or not self.parts or self.hidden:
            return None
        return Sum(self.target, sum((child.target or Decimal(0) for child in self.parts), Decimal(0)))

    @property
    def everybody_below(self) -> "list[Branch]":
        return [each for child in self.children for each in (child, *child.everybody_below)]

    @property
    def off_track(self) -> int:
        return sum(each.goal.standing == Status.OFF_TRACK for each in self.everybody_below)  # type: ignore[attr-defined]


def is_part(child: Goal, parent: Goal) -> bool:
    """Of the same number: the same KPI by the same definition."""
    return (child.kpi, child.variant) == (parent.kpi, parent.variant)


def branch_of(goal: Goal, member: Member, on: date, definitions: Definitions) -> Branch:
    """The goal with all that is below it, one query a level, and one for the targets of all."""
    return branches_of([goal], member, on, definitions)[0]


def branches_of(goals: Sequence[Goal], member: Member, on: date, definitions: Definitions) -> list[Branch]:
    levels: list[list[Goal]] = [list(goals)]
    seen = {goal.pk for goal in goals}
    while levels[-1] and len(levels) <= DEEPEST:
        found = exceptions_first(with_standing(_seen_below(levels[-1], member, on)))
        levels.append([goal for goal in found if goal.pk not in seen])
        seen |= {goal.pk for goal in levels[-1]}
    targets = targets_of(seen)
    hidden = _hidden(seen, member, on)
    made: dict[int, Branch] = {}
    for level in levels:
        for goal in level:
            made[goal.pk] = Branch(
                goal, targets.get(goal.pk), _adds_up(goal, definitions), hidden=hidden.get(goal.pk, 0)
            )
            if level is not levels[0] and goal.parent_id in made:
                made[goal.parent_id].children.append(made[goal.pk])
    return [made[goal.pk] for goal in goals]


def _seen_below(goals: Iterable[Goal], member: Member, on: date) -> QuerySet[Goal]:
    """A cancelled goal carries nothing."""
    return visible_goals(member, on).filter(parent__in=[goal.pk for goal in goals]).exclude(closed_as="cancelled")


def _hidden(ids: Iterable[int], member: Member, on: date) -> dict[int, int]:
    """How many goals under each of these this member does not see; those who see all ask nothing."""
    below = Goal.objects.filter(parent__in=list(ids)).exclude(closed_as="cancelled")
    seen = set(visible_goals(member, on).filter(parent__in=list(ids)).values_list("pk", flat=True))
    found: dict[int, int] = {}
    for pk, parent in below.order_by().values_list("pk", "parent_id"):
        if pk not in seen and parent is not None:
            found[parent] = found.get(parent, 0) + 1
    return found


def _adds_up(goal: Goal, definitions: Definitions) -> bool:
    kpi = definitions.find(goal.ref)
    return kpi is not None and kpi.kind is Kind.FLOW


def targets_of(ids: Iterable[int]) -> dict[int, Decimal]:
    """The target of each goal that was agreed last, in one query; what waits does not count yet."""
    versions = TargetVersion.objects.filter(goal__in=list(ids), state="in_force").order_by("effective_from", "pk")
    return dict(versions.values_list("goal_id", "value"))


def decision_of(goal: Goal, gap: Decimal) -> GapDecision | None:
    """What was decided about this gap. A gap that has changed since is open again."""
    newest = GapDecision.objects.filter(goal=goal).select_related("by").first()
    return newest if newest and newest.gap == gap else None


def roots_of(member: Member, on: date, page: int) -> tuple[list[Goal], int]:
    """A page of the running goals at the top of a tree, and how many such there are.

    At the top: with goals below, and none above that this member sees.
    """
    running = visible_goals(member, on).filter(in_period("running", on))
    above = running.order_by().values("pk")
    tops = running.filter(children__isnull=False).exclude(parent__in=above).distinct()
    total = tops.count()
    goals = exceptions_first(with_standing(tops))[(page - 1) * MOST_ROOTS : page * MOST_ROOTS]
    return list(goals) if total else [], total


def standing_alone(member: Member, on: date) -> int:
    """How many running goals are in no tree."""
    running = visible_goals(member, on).filter(in_period("running", on))
    return running.filter(parent__isnull=True, children__isnull=True).count()


def drivers_of(definitions: Definitions, ref: str) -> frozenset[str]:
    """Keys of the KPIs whose goals can serve a goal on this one: those of the same tables."""
    kpi = definitions.find(ref)
    if kpi is None:
        return frozenset()
    tables = set(kpi.tables)
    return frozenset(each.key for each in definitions.each() if each.key != kpi.key and tables & set(each.tables))


def possible_parents(goal: Goal, member: Member, on: date, definitions: Definitions) -> list[Goal]:
    """Goals this one can stand under: seen, open, in the same days, on the same KPI or one it drives; no ring."""
    under = {goal.pk}
    level = [goal.pk]
    for _ in range(DEEPEST):
        level = [pk for pk in Goal.objects.filter(parent__in=level).values_list("pk", flat=True) if pk not in under]
        under |= set(level)
        if not level:
            break
    overlap = Q(starts_on__lt=goal.ends_on, ends_on__gt=goal.starts_on)
    goals = visible_goals(member, on).filter(overlap, closed_at__isnull=True).exclude(pk__in=under)
    goals = goals.exclude(scope="person") if goal.scope != "person" else goals
    return [each for each in goals.order_by("scope", "title")[:500] if serves(goal, each, definitions)]


def serves(child: Goal, parent: Goal, definitions: Definitions) -> bool:
    """The same KPI, or one that works towards it."""
    return child.kpi == parent.kpi or child.kpi in drivers_of(definitions, parent.ref)
