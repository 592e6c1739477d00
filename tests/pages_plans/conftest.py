"""A proposed plan of North over the first quarter of 2026. The day is Friday, 14 November 2025."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from apps.goals.models import TargetPlan
from apps.goals.plans import sheet_of
from apps.goals.services import agreeing, plans
from apps.people.models import Member, Team

NOW = datetime(2025, 11, 14, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def draft(north: Team, manager: Member, rep: Member) -> TargetPlan:
    plan = plans.create_plan(
        workspace=north.workspace,
        by=manager,
        today=TODAY,
        kpi="revenue:deals",
        period="2026-Q1",
        team=north,
        target="90k",
    )
    values = dict.fromkeys(sheet_of(plan).places, "40k")
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=0, values=values)
    return plan


@pytest.fixture
def proposed(draft: TargetPlan, manager: Member) -> TargetPlan:
    agreeing.propose_plan(plan=draft, by=manager, today=TODAY, version=draft.version)
    return draft
