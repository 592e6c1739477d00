"""Three ways to look at the goals that run now: mine, my team's, the company's."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from apps.goals.case import BY_URGENCY
from apps.goals.queries import (
    goals_of_mine,
    goals_of_my_teams,
    goals_of_the_company,
    in_period,
    visible_goals,
    with_standing,
)
from apps.metrics.catalogue import Definitions
from apps.pages.goals.present import Shown, all_shown
from apps.pages.goals.today import Today, with_today
from apps.people.models import Member
from apps.people.roles import Role

MINE, TEAM, COMPANY = "mine", "team", "company"
DEFAULTS = {Role.MEMBER: MINE, Role.MANAGER: TEAM, Role.LEADER: COMPANY, Role.ADMIN: COMPANY, Role.VIEWER: COMPANY}
TITLES = {MINE: "Mine", TEAM: "My team’s", COMPANY: "The company’s"}
GOALS = {MINE: goals_of_mine, TEAM: goals_of_my_teams, COMPANY: goals_of_the_company}
MOST_CARDS = 12


@dataclass(frozen=True)
class Perspective:
    """`cards` are the first few goals, exceptions first; `counts` are of all of them."""

    key: str
    cards: list[tuple[Shown, Today]]
    total: int
    counts: list[tuple[str, int]]


def default_view(member: Member) -> str:
    return DEFAULTS[Role(member.role)]


def perspective(member: Member, key: str, today: date, definitions: Definitions) -> Perspective:
    """The company's view counts every goal the member sees, the others the goals they show."""
    goals = GOALS[key](member, today)
    shown = with_today(member.workspace, all_shown(goals[:MOST_CARDS], definitions), today)
    counted = _all_visible(member, today) if key == COMPANY else Counter(_standing(goal) for goal in goals)
    counts = [(str(status), counted[str(status)]) for status in BY_URGENCY if counted[str(status)]]
    return Perspective(key, shown, len(goals), counts)


def _standing(goal: object) -> str:
    return str(goal.standing)  # type: ignore[attr-defined]


def _all_visible(member: Member, today: date) -> Counter[str]:
    goals = with_standing(visible_goals(member, today).filter(in_period("running", today)))
    return Counter(dict(goals.order_by().values_list("standing").annotate(number=Count("pk"))))  # type: ignore[misc]
