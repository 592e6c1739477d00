"""What somebody owes: the few things that wait for them. Done is gone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from apps.goals.approvals import to_decide
from apps.goals.case import Status
from apps.goals.models import Goal
from apps.goals.permissions import Reach, can_edit_goal, reach_of
from apps.goals.queries import goals_of_mine, in_period, visible_goals
from apps.goals.queries import owed_by as goals_owed_by
from apps.metrics.catalogue import Definitions
from apps.pages.goals.present import Shown, shown
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.roles import Permission
from apps.refresh.models import Run
from apps.refresh.queries import runs_of

MOST = 5
FAILED_RUNS_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Debt:
    """One thing to do: what, why, and the door to doing it."""

    what: str
    why: str
    url: str
    action: str
    period: str = ""
    status: str = ""


@dataclass(frozen=True)
class Debts:
    """The first few, how many more there are, and the board that shows those."""

    first: list[Debt]
    more: int = 0
    more_url: str = ""


def debts_of(member: Member, today: date, definitions: Definitions) -> Debts:
    """Failed imports first, then goals off track, then goals that nobody can steer by."""
    reach = reach_of(member, today)
    found = [
        *_failures(member),
        *_to_decide(member, today, reach),
        *_off_track(member, today),
        *_silent(member, today, reach, definitions),
        *_to_close_for_others(member, today, reach),
    ]
    hidden = found[MOST:]
    return Debts(found[:MOST], len(hidden), _board_of(member, hidden) if hidden else "")


def _board_of(member: Member, hidden: list[Debt]) -> str:
    """The member's goals, narrowed to the period and status that all the hidden debts have in common."""
    filters = {"owner": str(member.pk), "period": _common(debt.period for debt in hidden) or "all"}
    if status := _common(debt.status for debt in hidden):
        filters["status"] = status
    return f"{reverse('pages:board', args=[member.workspace.slug])}?{urlencode(filters)}"


def _common(values: Iterable[str]) -> str:
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _failures(member: Member) -> list[Debt]:
    if not can(member, Permission.IMPORT_DATA):
        return []
    failed = runs_of(member.workspace).filter(
        requested_by=member, state=Run.State.FAILED, finished_at__gte=timezone.now() - FAILED_RUNS_FOR
    )
    return [_failure(member, run) for run in failed[:2]]


def _failure(member: Member, run: Run) -> Debt:
    if run.subject:
        url = reverse("pages:import", args=[member.workspace.slug, run.subject.pk])
        return Debt(f"The import of {run.subject.file_name} failed", run.error, url, "See why")
    return Debt("A recompute failed", run.error, reverse("pages:runs", args=[member.workspace.slug]), "See the run")


def _to_decide(member: Member, today: date, reach: Reach) -> list[Debt]:
    """Changes of targets that wait for a second person, whom this member may be."""
    return [
        Debt(
            f"{version.goal.title}: another target",
            f"{version.set_by.name if version.set_by else 'The application'} proposed it: {version.reason}",
            reverse("pages:target_decide", args=[member.workspace.slug, version.goal_id, version.pk]),
            "Decide",
        )
        for version in to_decide(member, today, reach)
    ]


def _off_track(member: Member, today: date) -> list[Debt]:
    mine = [goal for goal in goals_of_mine(member, today) if goal.owner_id == member.pk]
    behind = [goal for goal in mine if goal.latest and goal.latest.status == Status.OFF_TRACK]
    return [_behind(goal) for goal in behind]


def _behind(goal: Goal) -> Debt:
    assert goal.latest is not None
    return Debt(
        f"{goal.title} is off track",
        goal.latest.sentence,
        _door("goal", goal),
        "Look into it",
        period="running",
        status=Status.OFF_TRACK,
    )


def _silent(member: Member, today: date, reach: Reach, definitions: Definitions) -> list[Debt]:
    """Who owns a goal but may not close it does not owe that: whoever manages them does."""
    return [
        _silence(member, shown(thing.goal, definitions), thing.why, today, reach)
        for thing in goals_owed_by(member, today, definitions)
        if thing.goal.ends_on > today or can_edit_goal(member, thing.goal, reach)
    ]


def _to_close_for_others(member: Member, today: date, reach: Reach) -> list[Debt]:
    """One line for all that ended for the people somebody manages; leaders leave it to their managers."""
    if reach.everything or not reach:
        return []
    number = (
        visible_goals(member, today)
        .filter(in_period("to_close", today), person_id__in=reach.person_ids)
        .exclude(owner_id=member.pk)
        .count()
    )
    if not number:
        return []
    goals, them = ("1 goal", "it") if number == 1 else (f"{number} goals", "them")
    why = f"{goals} of your people ended: look at the result and close {them}."
    board = reverse("pages:board", args=[member.workspace.slug])
    return [Debt("Goals to close", why, f"{board}?period=to_close", "See them", period="to_close")]


def _silence(member: Member, seen: Shown, why: str, today: date, reach: Reach) -> Debt:
    goal = seen.goal
    view, action = "goal", "Open it"
    if can_edit_goal(member, goal, reach):
        if goal.ends_on <= today:
            view, action = "goal_close", "Close it"
        elif goal.latest and goal.latest.status == Status.NO_TARGET:
            view, action = "goal_target", "Set a target"
    ended = goal.ends_on <= today
    return Debt(
        f"{goal.title}, {seen.period}",
        why,
        _door(view, goal),
        action,
        period="to_close" if ended else "running",
        status="" if ended else seen.status,
    )


def _door(view: str, goal: Goal) -> str:
    return reverse(f"pages:{view}", args=[goal.workspace.slug, goal.pk])
