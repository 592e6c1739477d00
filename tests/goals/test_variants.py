"""A goal measures one definition of its KPI, whatever tables get rows later and whatever the workspace chooses."""

from datetime import date
from typing import Any

import pytest

from apps.audit.models import Event
from apps.datasets.models import Dataset, Import, LiveBatch
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal
from apps.goals.services import edit_goal
from apps.metrics.catalogue import Definitions, Kpi, get_kpi
from apps.metrics.services import choose_variant
from apps.people.models import Member, Team, Workspace
from tests.goals.conftest import NOW, TODAY, MakeGoal


def has_rows(workspace: Workspace, table: str) -> None:
    dataset = Dataset.objects.create(workspace=workspace, table=table)
    batch = Import.objects.create(workspace=workspace, dataset=dataset, file_name="f.csv", stored_path="f", size=1)
    LiveBatch.objects.create(dataset=dataset, batch=batch, live_from=NOW)


def test_a_goal_is_on_the_first_table_that_has_rows_and_stays_there(
    workspace: Workspace, make_goal: MakeGoal, admin: Member
) -> None:
    has_rows(workspace, "deals")
    goal = make_goal(kpi="revenue")
    assert (goal.kpi, goal.variant, goal.ref) == ("revenue", "deals", "revenue:deals")
    has_rows(workspace, "orders")
    choose_variant(workspace=workspace, by=admin, key="revenue", variant="ledger")
    goal.refresh_from_db()
    assert goal.variant == "deals"
    edit_goal(goal=goal, by=None, today=TODAY, kpi="revenue", title="The same, renamed")
    goal.refresh_from_db()
    assert goal.variant == "deals", "the same KPI stays what it was"


def test_a_new_goal_takes_what_the_workspace_chose(workspace: Workspace, make_goal: MakeGoal, admin: Member) -> None:
    has_rows(workspace, "deals")
    choose_variant(workspace=workspace, by=admin, key="revenue", variant="ledger")
    assert make_goal(kpi="revenue").variant == "ledger"
    assert make_goal(kpi="revenue:deals").variant == "deals"


def test_two_variants_of_a_kpi_are_two_numbers_and_the_same_one_twice_is_refused(make_goal: MakeGoal) -> None:
    make_goal(kpi="revenue:deals")
    make_goal(kpi="revenue:ledger")
    with pytest.raises(GoalRefusal, match="is an open goal on the same KPI"):
        make_goal(kpi="revenue:ledger")


def test_changing_the_table_of_a_goal_is_in_its_trail(make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal(kpi="revenue:deals")
    edit_goal(goal=goal, by=leader, today=TODAY, kpi="revenue:ledger")
    event = Event.objects.filter(action="goal.edit").get()
    assert (event.before, event.after) == ({"variant": "deals"}, {"variant": "ledger"})


def test_a_table_that_a_kpi_cannot_come_from_is_refused_with_those_it_can(make_goal: MakeGoal) -> None:
    with pytest.raises(GoalRefusal, match=r"Revenue has no variant “surveys”; there is: .*deals"):
        make_goal(kpi="revenue:surveys")
    assert not Goal.objects.exists()


def only_of_the_company(**_: Any) -> Kpi:
    win_rate = get_kpi("win_rate")
    return Kpi(
        **{
            name: getattr(win_rate, name) for name in ("key", "name", "sentence", "formula", "dated_by", "kind", "unit")
        },
        direction=win_rate.direction,
        category=win_rate.category,
        scopes=("workspace",),
    )


def test_a_kpi_that_says_nothing_about_people_is_refused_for_them(
    make_goal: MakeGoal, north: Team, rep: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.metrics.queries.BUILT_IN", Definitions([only_of_the_company()]))
    with pytest.raises(GoalRefusal) as refused:
        make_goal(kpi="win_rate", team=north, target="30 %")
    assert refused.value.problems == {
        "scope": "Win rate says nothing about a team: set this goal for the whole company."
    }
    with pytest.raises(GoalRefusal, match="says nothing about a person"):
        make_goal(kpi="win_rate", person=rep, target="30 %")
    assert make_goal(kpi="win_rate", target="30 %", starts_on=date(2025, 11, 1)).scope == "workspace"
