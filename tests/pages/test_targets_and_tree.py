"""The pages on which a goal is shared out, stands in the tree, and has its target changed, proposed and decided."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from apps.goals.models import Goal, TargetVersion
from apps.goals.services import set_target
from apps.people.models import Absence, Member, Team
from tests.cast import ClientOf
from tests.pages.conftest import TODAY, MakeGoal

HTMX = {"HX-Request": "true"}


def lowered(goal: Goal, by: Member) -> TargetVersion:
    return set_target(goal=goal, by=by, value="80k", reason="The market shrank.", today=TODAY)


@pytest.fixture
def sales_goal(make_goal: MakeGoal, sales: Team, north: Team, south: Team) -> Goal:
    return make_goal(team=sales, target=Decimal(90_000), title="Sales sells")


def test_what_is_kept_stays_and_the_rest_is_shared_out_live(
    client_of: ClientOf, leader: Member, sales_goal: Goal, north: Team, south: Team
) -> None:
    address = f"/w/acme/goals/{sales_goal.pk}/split/"
    form = {"to": "team", "shown": "team", "method": "even", f"part-{north.pk}": "60k", f"keep-{north.pk}": "on"}
    page = client_of(leader).post(address, form | {"fill": "1"}, headers=HTMX).content.decode()
    assert 'value="30,000"' in page
    assert "The parts add up." in page
    assert not sales_goal.children.exists()
    short = client_of(leader).post(address, form | {f"part-{south.pk}": "20k"}, headers=HTMX).content.decode()
    assert "USD 10,000" in short
    client_of(leader).post(address, form | {f"part-{south.pk}": "30k", "save": "1"})
    assert sorted(child.targets.get().value for child in sales_goal.children.all()) == [30_000, 60_000]


def test_a_sharing_out_can_be_taken_back_on_the_page(
    client_of: ClientOf, leader: Member, sales_goal: Goal, north: Team
) -> None:
    form = {"to": "team", "shown": "team", "method": "manual", f"part-{north.pk}": "60k", "save": "1"}
    client_of(leader).post(f"/w/acme/goals/{sales_goal.pk}/split/", form)
    assert "Take it back" in client_of(leader).get(f"/w/acme/goals/{sales_goal.pk}/split/").content.decode()
    client_of(leader).post(f"/w/acme/goals/{sales_goal.pk}/split/undo/")
    assert not sales_goal.children.exists()


def test_a_number_that_is_none_is_told_at_its_row(
    client_of: ClientOf, leader: Member, sales_goal: Goal, north: Team
) -> None:
    form = {"to": "team", "shown": "team", "method": "even", f"part-{north.pk}": "plenty", "save": "1"}
    answer = client_of(leader).post(f"/w/acme/goals/{sales_goal.pk}/split/", form)
    assert answer.status_code == 422
    assert "is not a number" in answer.content.decode()


def test_a_rate_says_why_it_is_not_shared_out(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, sales: Team
) -> None:
    goal = make_goal(team=sales, kpi="win_rate", target="30 %")
    assert "does not add up" in client_of(leader).get(f"/w/acme/goals/{goal.pk}/split/").content.decode()


def test_the_goal_page_tells_who_carries_what_and_the_gap(
    client_of: ClientOf, leader: Member, sales_goal: Goal, north: Team, make_goal: MakeGoal
) -> None:
    make_goal(team=north, target=Decimal(60_000), parent=sales_goal)
    page = client_of(leader).get(f"/w/acme/goals/{sales_goal.pk}/").content.decode()
    assert "None of 1 below is off track." in page
    assert "a gap of" in page
    client_of(leader).post(f"/w/acme/goals/{sales_goal.pk}/gap/", {"state": "planned", "note": "Two hires."})
    page = client_of(leader).get(f"/w/acme/goals/{sales_goal.pk}/").content.decode()
    assert "closed by a plan by Lena Cole (Two hires.)" in page


def test_what_rates_of_parts_mean_for_the_whole_is_told_by_their_volumes(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, north: Team, with_deals: Callable[[], None]
) -> None:
    whole = make_goal(kpi="win_rate", target="30 %", starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    make_goal(
        kpi="win_rate", target="40 %", team=north, parent=whole, starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1)
    )
    with_deals()
    page = client_of(leader).get(f"/w/acme/goals/{whole.pk}/").content.decode()
    assert "With the volumes of the last period" in page


def test_the_tree_costs_the_same_queries_however_many_goals_stand_in_it(
    client_of: ClientOf, leader: Member, sales_goal: Goal, north: Team, south: Team, rep: Member, make_goal: MakeGoal,
    queries_of: Callable[..., int],
) -> None:  # fmt: skip
    below = make_goal(team=north, parent=sales_goal)
    make_goal(person=rep, owner=rep, parent=below)
    few = queries_of(client_of(leader), "/w/acme/goals/tree/")
    make_goal(team=south, parent=sales_goal)
    for kpi in ("sales_cycle_length", "win_rate", "average_deal_size"):
        make_goal(team=north, kpi=kpi, target="30 %" if kpi == "win_rate" else "30", parent=below)
    assert queries_of(client_of(leader), "/w/acme/goals/tree/") <= few + 1
    assert "Sales sells" in client_of(leader).get("/w/acme/goals/tree/").content.decode()


def test_a_tree_that_is_empty_says_how_one_begins(client_of: ClientOf, viewer: Member) -> None:
    assert "No goal has others below it yet" in client_of(viewer).get("/w/acme/goals/tree/").content.decode()


def test_a_change_waits_on_the_home_of_those_who_may_decide_and_not_of_the_proposer(
    client_of: ClientOf, leader: Member, admin: Member, make_goal: MakeGoal
) -> None:
    version = lowered(make_goal(title="The quarter"), leader)
    door = f"/w/acme/goals/{version.goal_id}/target/{version.pk}/"
    assert door in client_of(admin).get("/w/acme/").content.decode()
    assert door not in client_of(leader).get("/w/acme/").content.decode()
    assert client_of(leader).post(door, {"decision": "approve"}).status_code == 403
    assert "waits for a second person" in client_of(admin).get(f"/w/acme/goals/{version.goal_id}/").content.decode()
    assert client_of(admin).post(door, {"decision": "approve"}).status_code == 302
    version.refresh_from_db()
    assert version.state == "in_force"


def test_a_refusal_without_a_word_is_asked_for_one(
    client_of: ClientOf, leader: Member, admin: Member, make_goal: MakeGoal
) -> None:
    version = lowered(make_goal(), leader)
    door = f"/w/acme/goals/{version.goal_id}/target/{version.pk}/"
    answer = client_of(admin).post(door, {"decision": "refuse"})
    assert (answer.status_code, "Say why not" in answer.content.decode()) == (422, True)
    assert client_of(leader).post(door, {"decision": "withdraw"}).status_code == 302


def test_an_owner_finds_where_to_propose_a_target(
    client_of: ClientOf, rep: Member, manager: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(person=rep, owner=rep)
    assert "Propose another target" in client_of(rep).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    client_of(rep).post(f"/w/acme/goals/{goal.pk}/target/", {"target": "95k", "reason": "I can do more."})
    assert goal.targets.last().state == "waiting"  # type: ignore[union-attr]


def test_attainment_stands_side_by_side_by_the_first_and_the_current_target(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    set_target(goal=goal, by=None, value="188k", reason="More.", today=TODAY)
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    first, current = page.index("Of the first target"), page.index("Of the current one")
    assert "51 %" in page[first:current]  # 47,000.50 of 92,000
    assert "25 %" in page[current : current + 300]


def test_days_away_are_noted_by_the_manager_and_offered_at_the_goal(
    client_of: ClientOf, manager: Member, rep: Member, other_rep: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(person=rep, owner=rep)
    away = {"starts_on": "2025-11-17", "last_day": "2025-11-26", "note": ""}
    assert client_of(other_rep).post(f"/w/acme/people/{rep.pk}/away/", away).status_code == 403
    assert client_of(manager).post(f"/w/acme/people/{rep.pk}/away/", away).status_code == 302
    assert client_of(manager).post(f"/w/acme/people/{rep.pk}/away/", away).status_code == 422
    assert "is away 8 of 66 working days" in client_of(manager).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    client_of(manager).post(f"/w/acme/goals/{goal.pk}/days-away/")
    assert goal.targets.last().days_away == 8  # type: ignore[union-attr]
    client_of(manager).post(f"/w/acme/people/{rep.pk}/away/{Absence.objects.get().pk}/remove/")
    assert not Absence.objects.exists()


def test_what_waits_is_marked_in_the_history_of_the_target(
    client_of: ClientOf, leader: Member, admin: Member, make_goal: MakeGoal
) -> None:
    version = lowered(make_goal(), leader)
    told = client_of(leader).get(f"/w/acme/goals/{version.goal_id}/").content.decode()
    assert "Waiting" in told
