from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from apps.goals.case import Status
from apps.goals.models import Goal, TargetVersion
from apps.goals.queries import visible_goals
from apps.goals.services import set_target
from apps.people.models import Member, Team
from tests.api.conftest import make_actual, make_goal

ReadsAs = Callable[[Member], Client]
AT_WORK = date(2026, 2, 14)


@pytest.fixture
def goals(admin: Member, manager: Member, rep: Member, other_rep: Member, north: Team, south: Team) -> dict[str, Goal]:
    """One goal of the company, each team and each rep."""
    workspace = admin.workspace
    return {
        "company": make_goal(workspace, admin, title="Company", status=Status.AT_RISK),
        "north": make_goal(workspace, manager, title="North", team=north),
        "south": make_goal(workspace, admin, title="South", team=south, kpi="win_rate", value="0.6315"),
        "rep": make_goal(workspace, rep, title="Rita", person=rep, status=Status.OFF_TRACK),
        "other": make_goal(workspace, other_rep, title="Omar", person=other_rep, status=None),
    }


def titles(client: Client, query: str = "") -> set[str]:
    answer = client.get(f"/api/v1/goals/{query}")
    assert answer.status_code == 200, answer.content
    return {goal["title"] for goal in answer.json()["results"]}


@pytest.mark.parametrize("who", ["admin", "leader", "manager", "rep", "other_rep", "viewer"])
@time_machine.travel(AT_WORK, tick=False)
def test_a_token_sees_exactly_the_goals_that_its_member_sees_on_the_pages(
    goals: dict[str, Goal], who: str, request: pytest.FixtureRequest, reads_as: ReadsAs
) -> None:
    member = request.getfixturevalue(who)
    program = reads_as(member)
    seen = set(visible_goals(member, AT_WORK).values_list("title", flat=True))
    assert titles(program) == seen
    assert "Company" in seen
    for goal in goals.values():
        expected = 200 if goal.title in seen else 404
        assert program.get(f"/api/v1/goals/{goal.pk}/").status_code == expected
        assert program.get(f"/api/v1/goals/{goal.pk}/actuals/").status_code == expected


def test_a_rep_does_not_see_the_goals_of_another_team(goals: dict[str, Goal], rep: Member, reads_as: ReadsAs) -> None:
    assert titles(reads_as(rep)) == {"Company", "North", "Rita"}


def test_a_goal_of_another_workspace_is_not_there(goals: dict[str, Goal], outsider: Member, reads_as: ReadsAs) -> None:
    program = reads_as(outsider)
    assert titles(program) == set()
    answer = program.get(f"/api/v1/goals/{goals['company'].pk}/")
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"There is no goal {goals['company'].pk} that you can see."}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?kpi=win_rate", {"South"}),
        ("?status=at_risk", {"Company"}),
        ("?status=no_data", {"Omar"}),
        ("?scope=team", {"North", "South"}),
        ("?team={north}", {"North"}),
        ("?person={rep}", {"Rita"}),
        ("?owner={admin}", {"Company", "South"}),
        ("?owner={admin}&status=at_risk", {"Company"}),
        ("?period=2026-Q1", {"Company", "North", "South", "Rita", "Omar"}),
        ("?period=2026-03-31..2026-05-01", {"Company", "North", "South", "Rita", "Omar"}),
        ("?period=2026-Q2", set()),
        ("?period=2025", set()),
        ("?period=running", {"Company", "North", "South", "Rita", "Omar"}),
        ("?period=past", set()),
        ("?owner=123456", set()),
    ],
)
@time_machine.travel(AT_WORK, tick=False)
def test_goals_can_be_narrowed(
    goals: dict[str, Goal], admin: Member, rep: Member, north: Team, reads_as: ReadsAs, query: str, expected: set[str]
) -> None:
    query = query.format(north=north.pk, rep=rep.pk, admin=admin.pk)
    assert titles(reads_as(admin), query) == expected


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?period=Q3-2026", "“Q3-2026” is not a period. Write 2017, 2017-Q3"),
        ("?period=2026-05-01..2026-04-01", "ends (2026-04-01) before it starts"),
        ("?status=green", "status: "),
        ("?owner=Ada", "owner: Enter a whole number."),
        ("?owner=1e9", "owner: Enter a whole number."),
        ("?team=1.5", "team: Enter a whole number."),
        ("?team=99999999999999999999999999", "team: There is no such number."),
        ("?page=77", "There is no such page"),
    ],
)
def test_a_filter_that_cannot_be_read_is_answered_with_a_sentence(
    goals: dict[str, Goal], admin: Member, reads_as: ReadsAs, query: str, told: str
) -> None:
    answer = reads_as(admin).get(f"/api/v1/goals/{query}")
    assert answer.status_code == (404 if "page" in query else 400)
    assert told in answer.json()["detail"]


def test_a_goal_comes_with_its_newest_actual_as_exact_numbers(
    goals: dict[str, Goal], admin: Member, reads_as: ReadsAs
) -> None:
    told = reads_as(admin).get(f"/api/v1/goals/{goals['company'].pk}/").json()
    assert told["status"] == "at_risk"
    assert told["starts_on"] == "2026-01-01"
    assert told["owner"] == {"id": admin.pk, "name": "Ada Berg"}
    latest = told["latest"]
    assert (latest["value"], latest["target"], latest["count"]) == ("412000.5", "1000000", 31)
    assert latest["needed_per_day"] == "17818.1666666667"
    assert latest["denominator"] is None
    assert latest["through"] == "2026-02-13"
    assert latest["series"] == [["2026-01-05", 12.5]]
    assert latest["inputs"] == {"kind": "flow"}


def test_a_goal_that_was_never_computed_has_no_data(goals: dict[str, Goal], admin: Member, reads_as: ReadsAs) -> None:
    told = reads_as(admin).get(f"/api/v1/goals/{goals['other'].pk}/").json()
    assert told["latest"] is None
    assert told["status"] == "no_data"


def test_a_goal_tells_every_target_it_has_had(goals: dict[str, Goal], admin: Member, reads_as: ReadsAs) -> None:
    set_target(
        goal=goals["company"], by=admin, value=Decimal(900_000), reason="Two people left.",
        effective_from=date(2026, 2, 1), today=AT_WORK,
    )  # fmt: skip
    targets = reads_as(admin).get(f"/api/v1/goals/{goals['company'].pk}/").json()["targets"]
    assert [(each["value"], each["effective_from"], each["reason"]) for each in targets] == [
        ("1000000", "2026-01-01", ""),
        ("900000", "2026-02-01", "Two people left."),
    ]
    assert targets[1]["set_by"]["name"] == "Ada Berg"


def test_every_actual_ever_stored_can_be_read_newest_first(
    goals: dict[str, Goal], admin: Member, reads_as: ReadsAs
) -> None:
    make_actual(goals["company"], status=Status.OFF_TRACK, value="398000")
    told = reads_as(admin).get(f"/api/v1/goals/{goals['company'].pk}/actuals/").json()["results"]
    assert [(each["value"], each["status"]) for each in told] == [("398000", "off_track"), ("412000.5", "at_risk")]


def test_long_lists_come_in_pages(admin: Member, reads_as: ReadsAs) -> None:
    for number in range(105):
        make_goal(admin.workspace, admin, title=f"Goal {number}", status=None)
    program = reads_as(admin)
    first = program.get("/api/v1/goals/").json()
    assert (first["count"], len(first["results"])) == (105, 100)
    assert len(program.get(first["next"]).json()["results"]) == 5
    assert len(program.get("/api/v1/goals/?page_size=9999").json()["results"]) == 105


@pytest.mark.parametrize("address", ["/api/v1/goals/", "/api/v1/goals/{goal}/", "/api/v1/goals/{goal}/actuals/"])
def test_the_number_of_queries_does_not_grow_with_the_number_of_goals(
    admin: Member, north: Team, rep: Member, reads_as: ReadsAs, address: str, django_assert_max_num_queries: object
) -> None:
    program = reads_as(admin)
    goal = make_goal(admin.workspace, admin)
    for number in range(30):
        make_goal(admin.workspace, rep, title=f"Goal {number}", team=north)
        make_actual(goal, status=Status.ON_TRACK, value="1")
        TargetVersion.objects.create(goal=goal, value=number, effective_from=AT_WORK, set_by=rep)
    program.get("/api/v1/")  # notes the use of the token
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        assert program.get(address.format(goal=goal.pk)).status_code == 200
