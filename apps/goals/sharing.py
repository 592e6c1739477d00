"""To whom a goal can be shared out, and by which weights: their history by the engine, or their capacity."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import cast

from apps.common.periods import Period, add_months
from apps.datasets.queries import snapshots
from apps.goals.cascade import implied
from apps.goals.family import is_part
from apps.goals.models import Goal, Scope
from apps.goals.suggestions import working_capacity
from apps.metrics.catalogue import Kind, Kpi
from apps.metrics.engine import Request, compute_requests
from apps.metrics.engine.figures import Figure
from apps.metrics.engine.figures import Scope as EngineScope
from apps.metrics.queries import context_of, org_of
from apps.people.models import Absence, Member, Membership, Team
from apps.people.queries import calendar_of, present_on, team_subtree_ids

PERIODS = 4  # how many earlier periods make up a history
TO = {Scope.TEAM.value: "Teams", Scope.PERSON.value: "People"}


@dataclass(frozen=True)
class Subject:
    """A team or a person that can carry a part."""

    scope: str
    pk: int
    name: str
    team: Team | None = None
    person: Member | None = None


def why_not(goal: Goal, kpi: Kpi) -> str:
    """A sentence why this goal's number cannot be shared out; empty if it can."""
    if goal.scope == Scope.PERSON:
        return "A person’s goal has nobody below it to carry a part."
    if goal.closed_at:
        return f"“{goal.title}” is closed: reopen it to share it out."
    if kpi.kind is Kind.STOCK:
        return (
            f"{kpi.name} is a level: what is there at the start and what is to be added would have to be shared out"
            " one by one. Set the goals below by hand and put them under this one."
        )
    if kpi.kind is not Kind.FLOW:
        return (
            f"{kpi.name} does not add up, so it cannot be shared out: give each part a target of its own."
            " Beside them stands what they mean for the whole."
        )
    return ""


def ways_down(goal: Goal, kpi: Kpi, today: date) -> list[str]:
    """`team`, `person` or both: whom there is below, as far as the KPI can be told of them."""
    return [to for to in TO if to in kpi.scopes and subjects_below(goal, to, today)]


def subjects_below(goal: Goal, to: str, today: date) -> list[Subject]:
    """The teams right below, or the people in all teams below, on the first day of the goal or today."""
    if to == Scope.TEAM:
        teams = Team.objects.filter(workspace_id=goal.workspace_id, parent=goal.team).order_by("name")
        return [Subject(Scope.TEAM.value, team.pk, team.name, team=team) for team in teams]
    day = min(max(today, goal.starts_on), goal.ends_on)
    people = Member.objects.filter(present_on(day), workspace_id=goal.workspace_id)
    if goal.team:
        people = people.filter(pk__in=[pk for pk, *_ in _memberships(goal, [goal.team.pk])])
    else:
        people = people.filter(memberships__isnull=False)
    return [Subject(Scope.PERSON.value, each.pk, each.name, person=each) for each in people.distinct().order_by("name")]


def children_by_subject(goal: Goal) -> dict[tuple[str, int], Goal]:
    """The open goals on the same number and days, by whose they are, wherever they stand."""
    same = Goal.objects.filter(
        workspace_id=goal.workspace_id, kpi=goal.kpi, variant=goal.variant, starts_on=goal.starts_on,
        ends_on=goal.ends_on, closed_at__isnull=True,
    ).exclude(pk=goal.pk).select_related("workspace", "team", "person", "owner")  # fmt: skip
    return {(each.scope, each.team_id or each.person_id or 0): each for each in same.filter(scope__in=list(TO))}


def by_history(goal: Goal, kpi: Kpi, subjects: Sequence[Subject]) -> dict[int, Fraction]:
    """What each brought in over the last periods of this length before the goal; what fell below 0 counts as 0."""
    sums: dict[int, Fraction] = {subject.pk: Fraction(0) for subject in subjects}
    for (pk, _), figure in _figures(goal, kpi, subjects, PERIODS).items():
        if figure.value is not None and figure.value > 0:
            sums[pk] += Fraction(figure.value)
    return sums


def by_capacity(goal: Goal, subjects: Sequence[Subject]) -> dict[int, Fraction]:
    """Working days in the period by ramp, without absences; of a team those of everybody while in it."""
    calendar = calendar_of(goal.workspace)
    teams = {subject.pk: subject.pk for subject in subjects if subject.scope == Scope.TEAM}
    spells = _memberships(goal, teams) if teams else []
    people = {subject.pk: subject.person for subject in subjects if subject.person}
    if spells:
        people = dict(Member.objects.in_bulk([pk for pk, *_ in spells]))
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for pk, first, back in Absence.objects.filter(member__in=list(people)).values_list(
        "member_id", "starts_on", "ends_on"
    ):
        away[pk].append((first, back))

    def days(pk: int, start: date, end: date) -> Fraction:
        member = people[pk]
        part = Period(max(start, goal.starts_on), min(end, goal.ends_on), "")
        return working_capacity(calendar, part, member.joined_on, member.left_on, away[pk])

    if not teams:
        return {subject.pk: days(subject.pk, goal.starts_on, goal.ends_on) for subject in subjects}
    found = {subject.pk: Fraction(0) for subject in subjects}
    for pk, team, start, end in spells:
        found[team] += days(pk, start, end)
    return found


def implied_of(goal: Goal, kpi: Kpi, children: Sequence[tuple[Goal, Decimal]]) -> Decimal | None:
    """What the targets of the parts of a rate mean for the whole, by the volumes of their last period."""
    if kpi.kind not in (Kind.RATIO, Kind.MEAN):
        return None
    parts = [(child, target) for child, target in children if is_part(child, goal)]
    subjects = [
        Subject(child.scope, child.team_id or child.person_id or 0, "")
        for child, _ in parts
        if child.scope != Scope.WORKSPACE
    ]
    volumes = {pk: figure.denominator for (pk, _), figure in _figures(goal, kpi, subjects, 1).items()}
    told = [
        (target, volume)
        for child, target in parts
        if (volume := volumes.get(child.team_id or child.person_id or 0)) is not None
    ]
    return implied(told) if len(told) == len(parts) and parts else None


def periods_before(goal: Goal, number: int) -> list[tuple[date, date]]:
    """The last periods of the same length before the goal, the latest first: months where it begins with one."""
    start, end = goal.starts_on, goal.ends_on
    months = (end.year - start.year) * 12 + end.month - start.month
    if months and add_months(start, months) == end:
        return [(add_months(start, -months * k), add_months(start, -months * (k - 1))) for k in range(1, number + 1)]
    length = end - start
    return [(start - length * k, start - length * (k - 1)) for k in range(1, number + 1)]


def _figures(goal: Goal, kpi: Kpi, subjects: Sequence[Subject], periods: int) -> dict[tuple[int, int], Figure]:
    """By subject and how many periods back; one computation for all."""
    keys = [(subject, back) for subject in subjects for back in range(periods)]
    spans = periods_before(goal, periods)
    requests = [
        Request(number, kpi.ref, cast("EngineScope", subject.scope), subject.pk, *spans[back])
        for number, (subject, back) in enumerate(keys)
    ]
    if not requests:
        return {}
    live = snapshots(workspace=goal.workspace, tables=kpi.tables)
    answers = compute_requests(live, requests, org_of(goal.workspace), {kpi.ref: kpi}, context_of(goal.workspace))
    return {(keys[number][0].pk, keys[number][1]): answer.figure for number, answer in answers.items()}


def _memberships(goal: Goal, teams: Sequence[int] | dict[int, int]) -> list[tuple[int, int, date, date]]:
    """Who is in which of these teams (with all below) from when until when within the goal's period."""
    found = []
    for team in teams:
        spells = Membership.objects.filter(
            team__in=team_subtree_ids(goal.workspace, team), starts_on__lt=goal.ends_on
        ).exclude(ends_on__lte=goal.starts_on)
        for member, start, end in spells.values_list("member_id", "starts_on", "ends_on"):
            found.append((member, team, start, end or date.max))
    return found
