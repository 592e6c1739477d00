"""An absence is allowed for in a target; the rest of one goes to somebody else. Offered, never done silently."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.db import transaction

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.approvals import newest_in_force
from apps.goals.cascade import quantum_of
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, Scope, TargetVersion
from apps.goals.prorating import days_away, handed_over, prorated
from apps.goals.services.parts import audit, locked, plain, require_edit, require_open
from apps.goals.services.setting import create_goal
from apps.goals.services.targets import kpi_of_goal, set_target
from apps.goals.sharing import children_by_subject
from apps.metrics.catalogue import Kind, Kpi
from apps.people.models import Absence, Member
from apps.people.queries import calendar_of


@dataclass(frozen=True)
class Offer:
    """What an absence would do to a target. `question` is what is asked."""

    away: int
    total: int
    before: Decimal
    after: Decimal
    question: str


def offer_for(goal: Goal, kpi: Kpi) -> Offer | None:
    """None unless the goal is a person's, adds up, and working days away are not in its target yet."""
    current = newest_in_force(goal)
    if goal.scope != Scope.PERSON or goal.person is None or kpi.kind is not Kind.FLOW or current is None:
        return None
    if goal.closed_at:
        return None
    calendar = calendar_of(goal.workspace)
    spans = Absence.objects.filter(member=goal.person).values_list("starts_on", "ends_on")
    away = days_away(calendar, goal.starts_on, goal.ends_on, spans)
    total, allowed = calendar.count(goal.starts_on, goal.ends_on), current.days_away or 0
    if away == allowed or away >= total:
        return None
    after = prorated(current.value, total, away, allowed, quantum_of(current.value, 1, kpi.unit))
    currency = goal.workspace.currency
    told = [format_figure(value, kpi.unit, currency) for value in (current.value, after)]
    question = f"{goal.person.name} is away {away} of {total} working days: pro-rate {told[0]} to {told[1]}?"
    if allowed:
        question = question.replace(" days:", f" days, and {allowed} are in the target already:")
    return Offer(away, total, current.value, after, question)


@transaction.atomic
def prorate_target(*, goal: Goal, by: Member | None, today: date) -> TargetVersion:
    """Take the offer. The lower target is a change like any other, so a second person agrees to it."""
    goal = locked(goal)
    require_edit(goal, by, today)
    offer = offer_for(goal, kpi_of_goal(goal))
    if offer is None:
        raise GoalRefusal({"": "There are no days away that this target does not allow for already."})
    reason = f"Away {offer.away} of {offer.total} working days."
    return set_target(goal=goal, by=by, today=today, value=offer.after, reason=reason, days_away=offer.away)


@dataclass(frozen=True)
class Handover:
    """What stays and what goes over on a day, by working days; the two sum to the target exactly."""

    kept: Decimal
    given: Decimal
    on: date


def handover_of(goal: Goal, kpi: Kpi, on: date) -> Handover:
    """How the target would be divided from that day on. Refused for what does not add up: a rate stays a rate."""
    if kpi.kind is not Kind.FLOW:
        raise GoalRefusal({"": f"{kpi.name} does not add up over days, so it is not divided: set a goal of its own."})
    current = newest_in_force(goal)
    if current is None:
        raise GoalRefusal({"": "The goal has no target that could be divided: set one first."})
    if not goal.starts_on < on < goal.ends_on:
        raise GoalRefusal({"on": f"Choose a day within the goal's period, after {day_told(goal.starts_on)}."})
    quantum = quantum_of(current.value, 2, kpi.unit)
    kept, given = handed_over(current.value, calendar_of(goal.workspace), goal.starts_on, goal.ends_on, on, quantum)
    return Handover(kept, given, on)


@transaction.atomic
def hand_over(*, goal: Goal, to: Member, on: date, by: Member, today: date) -> Goal:
    """The rest of a person's or team's target goes to somebody else from a day on; returns the goal that carries it.

    Of a person: `to` gets a goal for the days that are left, under the same parent. The one who had it keeps the part
    of the days before; that lower target waits for a second person like any other.
    """
    goal = locked(goal)
    require_edit(goal, by, today)
    require_open(goal)
    if goal.scope != Scope.PERSON or to.pk == goal.person_id:
        raise GoalRefusal({"to": "Choose another person than the one whose goal it is."})
    kpi = kpi_of_goal(goal)
    parts = handover_of(goal, kpi, on)
    if parts.given <= 0 or parts.kept <= 0:
        raise GoalRefusal({"on": "There is nothing to divide on this day: choose one with working days on both sides."})
    reason = f"{to.name} takes over from {day_told(on)} on."
    child = create_goal(
        workspace=goal.workspace, by=by, today=today, kpi=goal.ref, scope=Scope.PERSON, person=to, owner=to,
        starts_on=on, ends_on=goal.ends_on, target=parts.given, cadence=goal.cadence, parent=goal.parent,
        note=f"Taken over from {goal.person}: the working days from {day_told(on)} on.",
    )  # fmt: skip
    set_target(goal=goal, by=by, today=today, value=parts.kept, reason=reason)
    told = {"on": str(on), "to": to.name, "kept": plain(parts.kept), "given": plain(parts.given)}
    audit(goal, by, "goal.hand_over", {}, told)
    return child


@dataclass(frozen=True)
class Move:
    """A person changed teams within the period: what of their target the team they left would give to the other."""

    person: Member
    on: date
    old: Goal
    new: Goal | None
    amount: Decimal

    @property
    def told(self) -> str:
        return f"{self.person.name} changed to another team on {day_told(self.on)}"


def moves_of(goal: Goal, kpi: Kpi) -> list[Move]:
    """For a person's goal that adds up: the changes of team within its period, with both teams' goals."""
    if goal.scope != Scope.PERSON or goal.person is None or kpi.kind is not Kind.FLOW or goal.closed_at:
        return []
    spells = list(goal.person.memberships.select_related("team").order_by("starts_on"))
    pairs = [
        (left, right)
        for left, right in pairwise(spells)
        if goal.starts_on < right.starts_on < goal.ends_on and left.team_id != right.team_id
    ]
    if not pairs or newest_in_force(goal) is None:
        return []
    there = children_by_subject(goal)
    found = []
    for left, right in pairs:
        old, new = there.get((Scope.TEAM.value, left.team_id)), there.get((Scope.TEAM.value, right.team_id))
        if old is not None:
            found.append(Move(goal.person, right.starts_on, old, new, handover_of(goal, kpi, right.starts_on).given))
    return found


@transaction.atomic
def move_share(*, goal: Goal, on: date, by: Member, today: date) -> list[TargetVersion]:
    """Take a person's share for the days that are left from the old team's target and add it to the new team's.

    The person's own goal stays as it is, and so does the sum of the two teams. The old team's lower target waits for
    a second person; the new team's higher one does not, so until then the gap above shows the difference.
    """
    goal = locked(goal)
    kpi = kpi_of_goal(goal)
    move = next((each for each in moves_of(goal, kpi) if each.on == on), None)
    if move is None or move.new is None:
        raise GoalRefusal({"": "Both teams need a goal on this KPI for these days before a share can move."})
    reason = f"{move.told}: share of the working days from then on."
    made = []
    for team, sign in ((move.old, -1), (move.new, 1)):
        current = newest_in_force(team)
        if current is None:
            raise GoalRefusal({"": f"“{team.title}” has no target yet: set one first."})
        if team.targets.filter(reason=reason).exclude(state="refused").exists():
            raise GoalRefusal({"": "This share has been moved already."})
        made.append(set_target(goal=team, by=by, today=today, value=current.value + sign * move.amount, reason=reason))
    return made
