"""Who sees and who changes which goal, as one table."""

from datetime import date

import pytest

from apps.goals.models import Goal
from apps.goals.permissions import can_edit_goal, can_see_goal, reach_of
from apps.goals.queries import goal_for, visible_goals
from apps.people.models import Member, Membership, Team
from tests.goals.conftest import TODAY, MakeGoal

GOALS = ["company", "sales", "north", "south", "rep", "other_rep", "owned by rep"]
MEMBERS = ["admin", "leader", "manager", "rep", "other_rep", "viewer", "outsider"]

SEEN = {
    "admin": set(GOALS),
    "leader": set(GOALS),
    "manager": set(GOALS),
    "rep": {"company", "sales", "north", "rep", "owned by rep"},
    "other_rep": {"company", "sales", "south", "other_rep", "owned by rep"},
    "viewer": {"company"},
    "outsider": set(),
}
EDITED = {
    "admin": set(GOALS),
    "leader": set(GOALS),
    "manager": {"north", "rep"},
    "rep": set(),
    "other_rep": set(),
    "viewer": set(),
    "outsider": set(),
}


@pytest.fixture
def cast(
    admin: Member,
    leader: Member,
    manager: Member,
    rep: Member,
    other_rep: Member,
    viewer: Member,
    outsider: Member,
) -> dict[str, Member]:
    return dict(zip(MEMBERS, (admin, leader, manager, rep, other_rep, viewer, outsider), strict=True))


@pytest.fixture
def goals(make_goal: MakeGoal, cast: dict[str, Member], sales: Team, north: Team, south: Team) -> dict[str, Goal]:
    """One goal of every kind; the last one is the south team's second, owned by the rep of the north."""
    return {
        "company": make_goal(),
        "sales": make_goal(team=sales),
        "north": make_goal(team=north),
        "south": make_goal(team=south),
        "rep": make_goal(person=cast["rep"]),
        "other_rep": make_goal(person=cast["other_rep"]),
        "owned by rep": make_goal(team=south, kpi="win_rate", target="30 %", owner=cast["rep"]),
    }


@pytest.mark.parametrize("who", MEMBERS)
def test_everybody_sees_what_the_table_says(who: str, cast: dict[str, Member], goals: dict[str, Goal]) -> None:
    seen = set(visible_goals(cast[who], TODAY))
    assert {name for name, goal in goals.items() if goal in seen} == SEEN[who]
    assert {name for name, goal in goals.items() if can_see_goal(cast[who], goal, TODAY)} == SEEN[who]


@pytest.mark.parametrize("who", MEMBERS)
def test_everybody_changes_what_the_table_says(who: str, cast: dict[str, Member], goals: dict[str, Goal]) -> None:
    reach = reach_of(cast[who], TODAY)
    assert {name for name, goal in goals.items() if can_edit_goal(cast[who], goal, reach)} == EDITED[who]


def test_a_goal_one_may_not_see_does_not_exist(cast: dict[str, Member], goals: dict[str, Goal]) -> None:
    assert goal_for(cast["rep"], goals["north"].pk, TODAY) == goals["north"]
    for member, goal in (("rep", "south"), ("viewer", "north"), ("outsider", "company")):
        with pytest.raises(Goal.DoesNotExist):
            goal_for(cast[member], goals[goal].pk, TODAY)


def test_a_transfer_changes_what_is_seen_and_managed_from_its_day_on(
    cast: dict[str, Member], goals: dict[str, Goal], north: Team, south: Team
) -> None:
    Membership.objects.filter(member=cast["rep"]).update(ends_on=TODAY)
    Membership.objects.create(member=cast["rep"], team=south, starts_on=TODAY)
    before, after = date(2025, 11, 13), TODAY
    assert can_see_goal(cast["rep"], goals["north"], on=before)
    assert not can_see_goal(cast["rep"], goals["north"], on=after)
    assert can_see_goal(cast["rep"], goals["south"], on=after)
    assert reach_of(cast["manager"], before).person_ids == {cast["rep"].pk, cast["manager"].pk}
    assert reach_of(cast["manager"], after).person_ids == {cast["manager"].pk}


def test_a_manager_of_the_upper_team_manages_the_teams_below(
    cast: dict[str, Member], goals: dict[str, Goal], sales: Team
) -> None:
    Membership.objects.filter(member=cast["manager"]).update(team=sales)
    reach = reach_of(cast["manager"], TODAY)
    edited = {name for name, goal in goals.items() if can_edit_goal(cast["manager"], goal, reach)}
    assert edited == {"sales", "north", "south", "rep", "other_rep", "owned by rep"}
