"""Reads about goals. Every one starts from a member or a workspace; what a member may not see is not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from apps.common.dates import day_told
from apps.goals import models
from apps.goals.case import BY_URGENCY, USUAL, Status, Thresholds
from apps.goals.curves import Step
from apps.goals.filters import PERIODS, BoardFilters
from apps.goals.models import Benchmark, Goal, Milestone, Phasing, Scope, Stage, TargetVersion
from apps.goals.permissions import visible_to
from apps.metrics.catalogue import Definitions, Kpi
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Membership, Team, Workspace
from apps.people.queries import in_force, team_subtree_ids, teams_of_member
from apps.people.trees import below

__all__ = ["Board", "BoardFilters", "board", "goal_for", "visible_goals"]

PAGE_SIZE = 50
PUBLISHED = Q(stage=Stage.PUBLISHED)


def visible_goals(member: Member, on: date) -> QuerySet[Goal]:
    """The goals this member may see, each with its subject, owner and newest actual."""
    goals = Goal.objects.filter(visible_to(member, on))
    return goals.select_related("workspace", "team", "person", "owner", "latest", "phasing")


def goal_for(member: Member, goal_id: int, on: date) -> Goal:
    """Raises Goal.DoesNotExist also for goals that exist but are not this member's to see."""
    return visible_goals(member, on).get(pk=goal_id)


# --- targets and actuals ---------------------------------------------------------------------------------------------


def target_on(goal: Goal, day: date) -> TargetVersion | None:
    """The version in force on a day; before the period begins, the one it will begin with."""
    return goal.targets.filter(state="in_force", effective_from__lte=max(day, goal.starts_on)).last()


def target_history(goal: Goal) -> list[TargetVersion]:
    """Every version, the newest first, with who set it."""
    return list(goal.targets.select_related("set_by", "decided_by").order_by("-effective_from", "-pk"))


def newest_benchmarks(goal: Goal) -> list[Benchmark]:
    """The newest of each kind, the newest first: what a goal is compared with now."""
    newest: dict[str, Benchmark] = {}
    for each in goal.benchmarks.order_by("-pk"):
        newest.setdefault(each.kind, each)
    return list(newest.values())


def targets_in_force(workspace: Workspace, day: date) -> dict[int, Decimal]:
    """By goal id, in one query for all goals: `target_on` for a recompute. Goals without a target are left out."""
    in_force = Q(effective_from__lte=day) | Q(effective_from__lte=F("goal__starts_on"))
    versions = TargetVersion.objects.filter(in_force, goal__workspace=workspace, state="in_force").order_by(
        "effective_from", "pk"
    )
    return dict(versions.values_list("goal_id", "value"))  # the last one of a goal stays


class Limits(NamedTuple):
    """A dated version of the limits of a band; where only one side was changed, as a target, that is `value`."""

    effective_from: date
    value: Decimal
    low: Decimal | None
    high: Decimal | None


def limits_of(workspace: Workspace) -> dict[int, list[Limits]]:
    """The versions in force of goals that keep a band, by goal, the oldest first; one query."""
    found: dict[int, list[Limits]] = {}
    versions = TargetVersion.objects.filter(
        goal__workspace=workspace, goal__kind__startswith="keep_", state="in_force"
    ).order_by("effective_from", "pk")
    for goal_id, *limits in versions.values_list("goal_id", *Limits._fields):
        found.setdefault(goal_id, []).append(Limits(*limits))
    return found


def thresholds_of(workspace: Workspace) -> Thresholds:
    """Where statuses begin here: what the workspace chose, or the usual."""
    chosen = models.Thresholds.objects.filter(workspace=workspace).values(*Thresholds._fields).first()
    return Thresholds(**chosen) if chosen else USUAL


def thresholds_set_at(workspace: Workspace) -> datetime | None:
    """When the workspace last chose where statuses begin."""
    return models.Thresholds.objects.filter(workspace=workspace).values_list("set_at", flat=True).first()


def phasings_of(workspace: Workspace, ids: Iterable[int]) -> dict[int, Phasing]:
    return Phasing.objects.filter(workspace=workspace).in_bulk(list(ids))


def target_steps(workspace: Workspace, day: date) -> dict[int, list[Step]]:
    """Of goals that are phased: the targets in force until a day, by goal, the oldest first; one query."""
    found: dict[int, list[Step]] = {}
    versions = TargetVersion.objects.filter(
        Q(effective_from__lte=day) | Q(effective_from__lte=F("goal__starts_on")),
        goal__workspace=workspace,
        goal__phasing__isnull=False,
        state="in_force",
    ).order_by("effective_from", "pk")
    for goal_id, *step in versions.values_list("goal_id", *Step._fields):
        found.setdefault(goal_id, []).append(Step(*step))
    return found


def named_phasings(workspace: Workspace) -> QuerySet[Phasing]:
    """The percentage tables of the workspace, by name."""
    return Phasing.objects.filter(workspace=workspace, removed_at__isnull=True).exclude(name="")


def milestones_of(ids: Iterable[int]) -> dict[int, list[Milestone]]:
    """By goal, in order; one query."""
    found: dict[int, list[Milestone]] = {}
    for each in Milestone.objects.filter(goal__in=list(ids)):
        found.setdefault(each.goal_id, []).append(each)
    return found


def open_goals_by_variant(workspace: Workspace, key: str) -> dict[str, int]:
    """How many open goals measure the KPI by each of its definitions."""
    goals = Goal.objects.filter(workspace=workspace, kpi=key, closed_at__isnull=True)
    return dict(goals.order_by("variant").values_list("variant").annotate(number=Count("pk")))


def open_goals_of(person: Member, but_not: Goal | None = None) -> int:
    """How many open goals somebody has: owned by them, or about them."""
    goals = Goal.objects.filter(Q(owner=person) | Q(person=person), closed_at__isnull=True)
    return (goals.exclude(pk=but_not.pk) if but_not else goals).count()


# --- the board -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusCount:
    """One tab of the board: how many goals have this status under all other filters."""

    status: str
    label: str
    count: int


@dataclass(frozen=True)
class Choices:
    """What the board can be filtered by: every team, and the owners and KPIs of the goals that are seen."""

    teams: list[Team]
    owners: list[tuple[int, str]]
    kpis: list[Kpi]
    periods: dict[str, str]


@dataclass(frozen=True)
class Board:
    """One page of goals. `total` counts all that match, `all_statuses` those that match without the status filter."""

    goals: list[Goal]
    counts: list[StatusCount]
    total: int
    all_statuses: int
    page: int
    pages: int
    filters: BoardFilters
    choices: Choices
    definitions: Definitions


def board(member: Member, filters: BoardFilters, on: date) -> Board:
    """Goals, exceptions first, in the same few queries at any number of goals.

    Annotates `standing` on each goal: its status, or `no_data` before it was ever computed.
    """
    definitions = definitions_of(member.workspace)
    matching, choices, filters = _asked_for(member, filters, on, definitions)
    counts = _counts(matching)
    all_statuses = sum(count.count for count in counts)
    total = _total(counts, filters.status) if filters.status else all_statuses
    if filters.status:
        matching = matching.filter(Q(standing=filters.status))
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(filters.page, pages)
    goals = list(exceptions_first(matching)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]) if total else []
    return Board(goals, counts, total, all_statuses, page, pages, filters, choices, definitions)


def all_on_board(member: Member, filters: BoardFilters, on: date) -> QuerySet[Goal]:
    """Every goal that the pages of the board would show together, in their order."""
    matching, _, filters = _asked_for(member, filters, on, definitions_of(member.workspace))
    return exceptions_first(matching.filter(Q(standing=filters.status)) if filters.status else matching)


def _asked_for(
    member: Member, filters: BoardFilters, on: date, definitions: Definitions
) -> tuple[QuerySet[Goal], Choices, BoardFilters]:
    """What matches all filters but the status, with its standing; what can be chosen; filters that name something."""
    seen = visible_goals(member, on)
    choices, team_ids, filters = _choices(member, seen, filters, definitions)
    matching = _matching(seen, filters, team_ids, on)
    if filters.q:
        matching = matching.filter(_found_by(filters.q, definitions))
    return with_standing(matching), choices, filters


def with_standing(goals: QuerySet[Goal]) -> QuerySet[Goal]:
    """Annotate `standing`: a cancelled goal is cancelled at once, even before the next recompute says so."""
    cancelled = When(closed_as="cancelled", then=Value(str(Status.CANCELLED)))
    return goals.annotate(standing=Case(cancelled, default=Coalesce("latest__status", Value(str(Status.NO_DATA)))))


def exceptions_first(goals: QuerySet[Goal]) -> QuerySet[Goal]:
    """What needs somebody comes first; then what ends first. Needs `standing`."""
    places = [When(standing=status.value, then=Value(place)) for place, status in enumerate(BY_URGENCY)]
    return goals.order_by(Case(*places, default=Value(len(BY_URGENCY)), output_field=IntegerField()), "ends_on", "pk")


def in_period(period: str, today: date) -> Q:
    """Published goals. Running, coming and past are about open goals and the calendar; a closed goal is past.

    What ended and was not closed yet is past, and also to close. What is still drafted or agreed on is on no list.
    """
    ended = Q(ends_on__lte=today) | Q(closed_at__isnull=False)
    if period == "past":
        return PUBLISHED & ended
    if period == "to_close":
        return PUBLISHED & Q(ends_on__lte=today, closed_at__isnull=True)
    if period == "coming":
        return PUBLISHED & ~ended & Q(starts_on__gt=today)
    return PUBLISHED & ~ended & Q(starts_on__lte=today) if period == "running" else PUBLISHED


def _matching(goals: QuerySet[Goal], filters: BoardFilters, team_ids: set[int], today: date) -> QuerySet[Goal]:
    goals = goals.filter(in_period(filters.period, today))
    if filters.team:
        goals = goals.filter(Q(team_id__in=team_ids) | _people_of(team_ids))
    if filters.owner:
        goals = goals.filter(owner_id=filters.owner)
    if filters.kpi:
        goals = goals.filter(kpi=filters.kpi)
    return goals


def _people_of(team_ids: set[int]) -> Q:
    """Goals of people who were in one of the teams on some day of the goal's period."""
    then = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=OuterRef("starts_on")),
        member_id=OuterRef("person_id"),
        team_id__in=team_ids,
        starts_on__lt=OuterRef("ends_on"),
    )
    return Q(Exists(then))


def _found_by(text: str, definitions: Definitions) -> Q:
    """Title, owner, team or person, and the KPI by its name or a synonym."""
    named = ((kpi.key, (kpi.name, *kpi.synonyms)) for kpi in definitions.each())
    keys = {key for key, names in named if any(text.lower() in name.lower() for name in names)}
    people = Q(owner__name__icontains=text) | Q(person__name__icontains=text) | Q(team__name__icontains=text)
    return Q(title__icontains=text) | people | Q(kpi__in=keys)


def _counts(goals: QuerySet[Goal]) -> list[StatusCount]:
    by_status = dict(goals.order_by().values_list("standing").annotate(number=Count("pk")))  # type: ignore[misc]
    return [StatusCount(status.value, status.label, by_status[status]) for status in BY_URGENCY if status in by_status]


def _total(counts: Iterable[StatusCount], status: str) -> int:
    return sum(count.count for count in counts if count.status == status)


def _choices(
    member: Member, seen: QuerySet[Goal], filters: BoardFilters, definitions: Definitions
) -> tuple[Choices, set[int], BoardFilters]:
    """The filter lists, and the filters without those that name nothing here. Three queries."""
    teams = list(Team.objects.filter(workspace_id=member.workspace_id))
    owners = list(seen.order_by("owner__name", "owner_id").values_list("owner_id", "owner__name").distinct())
    keys = set(seen.order_by().values_list("kpi", flat=True).distinct())
    if filters.team and filters.team not in {team.pk for team in teams}:
        filters = filters.without("team", "There is no such team here, so all are shown.")
    if filters.owner and filters.owner not in {pk for pk, _ in owners}:
        filters = filters.without("owner", "There is no goal with this owner, so all are shown.")
    if filters.kpi and filters.kpi not in keys:
        filters = filters.without("kpi", f"No goal measures “{filters.kpi}”, so all are shown.")
    kpis = [kpi for kpi in definitions.all() if kpi.key in keys]
    team_ids = below({team.pk: team.parent_id for team in teams}, [filters.team]) if filters.team else set()
    return Choices(teams, owners, kpis, PERIODS), team_ids, filters


# --- home ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owed:
    """A goal of mine that waits for somebody, and what for."""

    goal: Goal
    why: str


def goals_of_mine(member: Member, on: date) -> list[Goal]:
    """Running goals that the member owns or that are about them, exceptions first."""
    return _running(member, Q(owner_id=member.pk) | Q(person_id=member.pk), on)


def goals_of_my_teams(member: Member, on: date) -> list[Goal]:
    """Running goals of the teams the member is in, their sub-teams, and the people in those now; as far as visible."""
    team_ids = {team.pk for team in teams_of_member(member, on)}
    return _running(member, Q(team_id__in=team_ids) | (Q(scope=Scope.PERSON) & _people_of(team_ids)), on)


def goals_of_the_company(member: Member, on: date) -> list[Goal]:
    """Running goals of the whole company."""
    return _running(member, Q(scope=Scope.WORKSPACE), on)


def people_goals(member: Member, on: date, team_ids: Iterable[int] | None = None) -> list[Goal]:
    """Running goals of people, exceptions first; with `team_ids` of those who are in one of these teams on that day."""
    which = Q(scope=Scope.PERSON)
    if team_ids is not None:
        there = Membership.objects.filter(in_force(on), team_id__in=list(team_ids)).values("member_id")
        which &= Q(person_id__in=there)
    return _running(member, which, on)


def all_people_goals(workspace: Workspace, kpi: str, on: date, team_id: int | None = None) -> list[Goal]:
    """Running goals of people on one KPI, whoever asks: for a leaderboard. With a team: of those who are in it now."""
    goals = Goal.objects.filter(in_period("running", on), workspace=workspace, kpi=kpi, scope=Scope.PERSON)
    if team_id is not None:
        there = Membership.objects.filter(in_force(on), team_id__in=team_subtree_ids(workspace, team_id))
        goals = goals.filter(person_id__in=there.values("member_id"))
    return list(goals.select_related("person", "latest"))


def owed_by(member: Member, on: date, definitions: Definitions | None = None) -> list[Owed]:
    """Open goals of mine that nobody can steer by: without target or data, or ended and not closed."""
    goals = with_standing(visible_goals(member, on)).filter(
        PUBLISHED, owner_id=member.pk, closed_at__isnull=True, starts_on__lte=on
    )
    silent = [Status.NO_TARGET, Status.NO_DATA, Status.WAITING]
    goals = goals.filter(Q(ends_on__lte=on) | Q(standing__in=silent)).order_by("ends_on", "pk")
    definitions = definitions or definitions_of(member.workspace)
    return [Owed(goal, _why_owed(goal, on, definitions)) for goal in goals]


def _why_owed(goal: Goal, day: date, definitions: Definitions) -> str:
    standing = Status(goal.standing)  # type: ignore[attr-defined]
    kpi = definitions.find(goal.ref)
    if kpi is None and goal.ends_on > day:
        return f"{goal.kpi} is no longer in the catalogue: choose another KPI, or close the goal."
    name = kpi.name if kpi else goal.kpi
    if standing is Status.NO_TARGET:
        return f"{name} has no target: set one."
    if standing in (Status.NO_DATA, Status.WAITING):
        return goal.latest.sentence if goal.latest else f"{name} has not been computed yet."
    last_day = goal.ends_on - timedelta(days=1)
    return f"The period ended on {day_told(last_day)}, {standing.label.lower()}: close the goal."


def _running(member: Member, which: Q, on: date) -> list[Goal]:
    goals = visible_goals(member, on).filter(in_period("running", on), stage=Stage.PUBLISHED).filter(which)
    return list(exceptions_first(with_standing(goals)))
