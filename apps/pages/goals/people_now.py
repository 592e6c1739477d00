"""The team now: people by their goals as a map, who needs help and where to look first, and whose capacity is short."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.http import HttpResponse
from django.shortcuts import render

from apps.goals import helping
from apps.goals.crediting import Crediting
from apps.goals.helping import Standing
from apps.goals.models import Goal
from apps.goals.pipeline import Held, held_by
from apps.goals.queries import people_goals
from apps.metrics.catalogue import Definitions, Direction
from apps.metrics.queries import org_of
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.present import Shown, all_shown
from apps.people.models import Absence, Member, Team
from apps.people.queries import calendar_of, teams_of
from apps.people.roles import Permission
from apps.people.trees import below


@dataclass(frozen=True)
class Cell:
    """What a person's goals on one KPI show: the most urgent of them, and how many more there are."""

    shown: Shown
    more: int

    @property
    def gap(self) -> Decimal | None:
        """How far ahead (+) or behind (−), as a share: of what is expected by now, or, where a forecast with a track
        record decided, of the target."""
        actual = self.shown.actual
        if actual is None:
            return None
        if actual.rule.startswith("chance") and actual.forecast is not None and actual.target:
            ahead = (actual.forecast - actual.target) / abs(actual.target)
            return -ahead if self.shown.kpi.direction == Direction.DOWN else ahead
        return None if actual.pace is None else Decimal(str(actual.pace)) - 1


@dataclass(frozen=True)
class Capacity:
    """Whether what is open will do. Money; `likely` is open × own win rate, `days_away` of `days_left` working days."""

    missing: Fraction
    open: Fraction
    win_rate: Fraction | None
    decided: int
    likely: Fraction | None
    days_left: int
    days_away: int

    @property
    def cover(self) -> Fraction | None:
        return self.likely / self.missing if self.likely is not None and self.missing > 0 else None


@dataclass
class Person:
    """One row of the map."""

    member: Member
    goals: list[Shown]
    cells: list[Cell | None] = field(default_factory=list)
    reason: str = ""
    look: str = ""
    capacity: Capacity | None = None
    revenue_goal: Goal | None = None

    @property
    def standings(self) -> list[Standing]:
        return [Standing(each.status, each.actual.pace if each.actual else None, each.sentence) for each in self.goals]


@dataclass(frozen=True)
class TeamNow:
    """`people` by who needs help first; `columns` are the KPIs of their goals."""

    people: list[Person]
    columns: list[str]
    has_deals: bool

    @property
    def need_help(self) -> list[Person]:
        return [person for person in self.people if person.reason]


@workspace_view(Permission.SEE_ALL_GOALS)
def team_now(request: WorkspaceRequest) -> HttpResponse:
    teams = list(teams_of(request.workspace))
    chosen = _chosen(request, teams)
    context = {"teams": teams, "chosen": chosen, "now": now_of(request, chosen.pk if chosen else None)}
    return render(request, "pages/goals/team_now.html", context)


def now_of(request: WorkspaceRequest, team_id: int | None) -> TeamNow:
    """Of a team with its sub-teams, or of everybody; the same few queries and one scan for any number of people."""
    workspace, today = request.workspace, request.today
    team_ids = below(dict(workspace.teams.values_list("pk", "parent_id")), [team_id]) if team_id else None
    shown = all_shown(people_goals(request.member, today, team_ids), request.definitions)
    people = _people(shown)
    credit = Crediting(org_of(workspace), today)
    held = held_by(workspace, [("person", each.member.pk) for each in people], credit, today)
    columns = _columns(shown, request.definitions)
    capacities = _capacities(request, people, held or {})
    for person in people:
        mine = (held or {}).get(("person", person.member.pk))
        person.cells = [_cell([goal for goal in person.goals if goal.kpi_name == column]) for column in columns]
        person.revenue_goal, person.capacity = capacities.get(person.member.pk, (None, None))
        person.reason = helping.reason(person.standings)
        if person.reason and held is not None:
            missing = person.capacity.missing if person.capacity else None
            person.look = helping.next_look(mine, missing, workspace.currency)
    people.sort(key=lambda person: (*(-part for part in helping.urgency(person.standings)), person.member.name))
    return TeamNow(people, columns, held is not None)


def _chosen(request: WorkspaceRequest, teams: Sequence[Team]) -> Team | None:
    """The team in the address, else the member's own; `all` is everybody."""
    wanted = request.GET.get("team", "")
    if wanted == "all":
        return None
    if not wanted:
        own = request.member.memberships.filter(ends_on__isnull=True).values_list("team_id", flat=True).first()
        wanted = str(own or "")
    return next((team for team in teams if str(team.pk) == wanted), None)


def _people(shown: Iterable[Shown]) -> list[Person]:
    found: dict[int, Person] = {}
    for each in shown:
        person = each.goal.person
        assert person is not None
        found.setdefault(person.pk, Person(person, [])).goals.append(each)
    return list(found.values())


def _columns(shown: Iterable[Shown], definitions: Definitions) -> list[str]:
    """The KPIs that most people have first."""
    people: dict[str, set[int | None]] = {}
    for each in shown:
        people.setdefault(each.kpi_name, set()).add(each.goal.person_id)
    return sorted(people, key=lambda name: (-len(people[name]), name))


def _cell(goals: Sequence[Shown]) -> Cell | None:
    """Goals come exceptions first: the first is the most urgent."""
    return Cell(goals[0], len(goals) - 1) if goals else None


def _capacities(
    request: WorkspaceRequest, people: Sequence[Person], held: dict[tuple[str, int | None], Held]
) -> dict[int, tuple[Goal, Capacity]]:
    """Of everybody with a running goal on revenue from deals: of several the one that ends first."""
    goals = {}
    for person in people:
        mine = [each for each in person.goals if each.fits_what_if and each.actual and each.actual.target]
        if mine and ("person", person.member.pk) in held:
            goals[person.member.pk] = min(mine, key=lambda each: each.goal.ends_on)
    away = _away(request.today, goals)
    calendar = calendar_of(request.workspace)
    found = {}
    for pk, each in goals.items():
        theirs, actual, start = held["person", pk], each.actual, request.today
        assert actual is not None
        spans = [(max(a.starts_on, start), min(a.ends_on, each.goal.ends_on)) for a in away.get(pk, [])]
        found[pk] = (
            each.goal,
            Capacity(
                missing=max(Fraction(actual.target or 0) - Fraction(actual.value or 0), Fraction(0)),
                open=theirs.open_amount,
                win_rate=theirs.win_rate,
                decided=round(theirs.decided),
                likely=theirs.likely,
                days_left=calendar.count(start, each.goal.ends_on),
                days_away=sum(calendar.count(first, last) for first, last in spans),
            ),
        )
    return found


def _away(today: date, people: Iterable[int]) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = {}
    for each in Absence.objects.filter(member__in=list(people), ends_on__gt=today):
        found.setdefault(each.member_id, []).append(each)
    return found
