"""Programs that read as somebody, and something to read."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.goals.case import Status
from apps.goals.models import Actual, Goal, Scope, TargetVersion
from apps.people.models import Member, Team, Workspace
from apps.people.services import create_token

Reader = Callable[..., Any]
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _forget_how_many_calls_there_were() -> None:
    cache.clear()


@pytest.fixture
def reads_as() -> Callable[[Member], Client]:
    """A client that shows a token of this member."""

    def make(member: Member) -> Client:
        _token, secret = create_token(member=member, name="a program")
        return Client(headers={"authorization": f"Bearer {secret}"})

    return make


def make_goal(
    workspace: Workspace,
    owner: Member,
    *,
    title: str = "Revenue",
    kpi: str = "revenue",
    team: Team | None = None,
    person: Member | None = None,
    status: Status | None = Status.ON_TRACK,
    value: str = "412000.5",
    starts_on: date = date(2026, 1, 1),
    ends_on: date = date(2026, 4, 1),
) -> Goal:
    """A goal with one target and, with a status, one actual."""
    scope = Scope.TEAM if team else Scope.PERSON if person else Scope.WORKSPACE
    goal = Goal.objects.create(
        workspace=workspace, title=title, kpi=kpi, scope=scope, team=team, person=person, owner=owner,
        starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
    TargetVersion.objects.create(goal=goal, value=Decimal("1000000"), effective_from=starts_on, set_by=owner)
    if status:
        goal.latest = make_actual(goal, status=status, value=value)
        goal.save()
    return goal


def make_actual(goal: Goal, *, status: Status, value: str) -> Actual:
    number = Decimal(value)
    return Actual.objects.create(
        goal=goal, known_at=NOW, through=date(2026, 2, 13), numerator=number, value=number, count=31, kpi_version=1,
        high_water=3, target=Decimal("1000000"), expected=Decimal("500000"), attainment=0.412, pace=0.824,
        needed_per_day=Decimal("17818.1666666667"), status=status, rule="pace@2", sentence="It goes its way.",
        inputs={"kind": "flow"}, series=[["2026-01-05", 12.5]],
    )  # fmt: skip
