"""Goals for the tests of services and reads, made by the services themselves. The day is 14 November 2025."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace

TODAY = date(2025, 11, 14)
NOW = datetime(2025, 11, 14, 9, tzinfo=UTC)

MakeGoal = Callable[..., Goal]


@pytest.fixture
def make_goal(workspace: Workspace, leader: Member) -> MakeGoal:
    """A running goal of the company on revenue, owned by the leader, unless told otherwise."""

    def make(**changes: Any) -> Goal:
        given: dict[str, Any] = {
            "workspace": workspace,
            "by": None,
            "kpi": "revenue:deals",
            "scope": "workspace",
            "owner": leader,
            "starts_on": date(2025, 10, 1),
            "ends_on": date(2026, 1, 1),
            "target": Decimal(920_000),
            "today": TODAY,
        }
        if "person" in changes:
            given["scope"] = "person"
        elif "team" in changes:
            given["scope"] = "team"
        return create_goal(**given | changes)

    return make
