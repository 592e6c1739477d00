"""Rankings of people by one KPI, where somebody switched one on.

Ratios of few cases are mostly chance: who has fewer than LEAST of them is on no ranking of a ratio. Ties share a rank.
Who does not want to be on any is on none, and nobody is told that they are not.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.goals.models import Goal, LeaderboardAbsence, LeaderboardChoice
from apps.goals.permissions import Reach, reach_of
from apps.goals.queries import all_people_goals
from apps.metrics.catalogue import Definitions, Direction, Kind, Kpi
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.queries import teams_of_member
from apps.people.roles import Permission

LEAST = 20
FEWEST = 2  # people; one alone is no ranking
COUNTED = (Kind.FLOW, Kind.STOCK)


@dataclass(frozen=True)
class Entry:
    """One person's number; `cases` is how many rows it rests on."""

    person: int
    name: str
    number: Decimal
    cases: int


@dataclass(frozen=True)
class Place:
    rank: int
    entry: Entry


@dataclass(frozen=True)
class Board:
    """`too_few` is how many people are left out because their ratio rests on fewer than LEAST cases."""

    choice: LeaderboardChoice
    kpi: Kpi
    name: str
    places: list[Place]
    too_few: int
    period: tuple[date, date] | None
    may_switch: bool

    @property
    def shows_value(self) -> bool:
        return self.choice.shows == LeaderboardChoice.Shows.VALUE


def ranked(entries: Iterable[Entry], *, least: int = 0, lower_is_better: bool = False) -> tuple[list[Place], int]:
    """The places, best first, and how many were left out for too few cases. After two firsts comes a third."""
    found = list(entries)
    kept = [entry for entry in found if entry.cases >= least]
    sign = 1 if lower_is_better else -1
    kept.sort(key=lambda entry: (sign * entry.number, entry.name))
    numbers = [entry.number for entry in kept]
    return [Place(numbers.index(entry.number) + 1, entry) for entry in kept], len(found) - len(kept)


def boards_for(member: Member, today: date, definitions: Definitions) -> list[Board]:
    """Those that are switched on where this member is: viewers, who see no people's goals, see none."""
    if not can(member, Permission.CHECK_IN_OWN):
        return []
    choices = list(LeaderboardChoice.objects.filter(workspace_id=member.workspace_id).select_related("team"))
    if not can(member, Permission.SEE_ALL_GOALS) and choices:
        mine = _teams_around(member, today)
        choices = [choice for choice in choices if choice.team_id is None or choice.team_id in mine]
    if not choices:
        return []
    reach = reach_of(member, today)
    hidden = set(LeaderboardAbsence.objects.filter(member__workspace_id=member.workspace_id).values_list("member_id"))
    found = []
    for choice in choices:
        kpi = definitions.find(choice.kpi)
        if kpi is None:
            continue
        goals = all_people_goals(member.workspace, choice.kpi, today, choice.team_id)
        goals = [goal for goal in goals if (goal.person_id,) not in hidden]
        found.append(_board(choice, kpi, definitions, goals, may_switch(choice.team_id, reach)))
    return found


def may_switch(team_id: int | None, reach: Reach) -> bool:
    """Leaders and admins everywhere, managers in the teams they manage."""
    return reach.everything or (team_id is not None and team_id in reach.team_ids)


def _teams_around(member: Member, today: date) -> set[int]:
    """The teams a member is in: their own, those above it, and those below."""
    found = {team.pk for team in teams_of_member(member, today)}
    for membership in member.memberships.filter(ends_on__isnull=True).select_related("team__parent"):
        team = membership.team.parent
        while team is not None and team.pk not in found:
            found.add(team.pk)
            team = team.parent
    return found


def _board(
    choice: LeaderboardChoice, kpi: Kpi, definitions: Definitions, goals: Sequence[Goal], switchable: bool
) -> Board:
    """Of the period that most of the goals have: numbers of a quarter and of a year are not compared."""
    periods = Counter((goal.starts_on, goal.ends_on) for goal in goals)
    period = max(periods, key=lambda each: (periods[each], each), default=None)
    by_value = choice.shows == LeaderboardChoice.Shows.VALUE
    entries = [entry for goal in goals if (goal.starts_on, goal.ends_on) == period for entry in _entry(goal, by_value)]
    places, too_few = ranked(
        entries,
        least=0 if kpi.kind in COUNTED else LEAST,
        lower_is_better=by_value and kpi.direction == Direction.DOWN,
    )
    return Board(choice, kpi, definitions.told(kpi), places, too_few, period, switchable)


def _entry(goal: Goal, by_value: bool) -> Iterable[Entry]:
    actual = goal.latest
    if actual is None or goal.person is None:
        return
    number = actual.value if by_value else actual.attainment
    if number is not None:
        yield Entry(goal.person.pk, goal.person.name, Decimal(str(number)), actual.count)
