"""The team tree, and dated membership."""

from datetime import date

import pytest

from apps.audit.models import Event
from apps.people import queries, services
from apps.people.errors import PeopleRefusal
from tests.cast import JOINED


def memberships(member):
    return list(member.memberships.values_list("team__name", "starts_on", "ends_on"))


def test_a_transfer_closes_one_membership_and_opens_the_next_on_the_same_day(rep, south, admin):
    services.move_member(member=rep, team=south, on=date(2026, 4, 1), by=admin)
    assert memberships(rep) == [("North", JOINED, date(2026, 4, 1)), ("South", date(2026, 4, 1), None)]
    assert [team.name for team in queries.teams_of_member(rep, date(2026, 3, 31))] == ["North"]
    assert [team.name for team in queries.teams_of_member(rep, date(2026, 4, 1))] == ["South"]


def test_a_second_move_on_the_same_day_corrects_the_first(rep, sales, south, admin):
    services.move_member(member=rep, team=south, on=date(2026, 4, 1), by=admin)
    services.move_member(member=rep, team=sales, on=date(2026, 4, 1), by=admin)
    assert memberships(rep) == [("North", JOINED, date(2026, 4, 1)), ("Sales", date(2026, 4, 1), None)]


def test_leaving_a_team_without_a_next_one_keeps_the_history(rep, admin):
    assert services.move_member(member=rep, team=None, on=date(2026, 4, 1), by=admin) is None
    assert memberships(rep) == [("North", JOINED, date(2026, 4, 1))]
    assert queries.teams_of_member(rep, date(2026, 4, 1)) == []


def test_history_is_not_rewritten_by_a_move_into_the_past(rep, sales, south, admin):
    services.move_member(member=rep, team=south, on=date(2026, 4, 1), by=admin)
    before = memberships(rep)
    with pytest.raises(PeopleRefusal, match="in South since 1 Apr 2026") as refused:
        services.move_member(member=rep, team=sales, on=date(2026, 3, 1), by=admin)
    assert refused.value.field == "on"
    assert memberships(rep) == before


def test_a_closed_time_in_a_team_is_not_overlapped(rep, south, admin):
    services.move_member(member=rep, team=None, on=date(2026, 4, 1), by=admin)
    with pytest.raises(PeopleRefusal, match="in North until 1 Apr 2026"):
        services.move_member(member=rep, team=south, on=date(2026, 3, 1), by=admin)


def test_moving_to_the_team_one_is_in_is_refused(rep, north, admin):
    with pytest.raises(PeopleRefusal, match="in North already"):
        services.move_member(member=rep, team=north, on=date(2026, 4, 1), by=admin)


def test_a_team_of_another_workspace_is_refused(rep, admin, other_workspace):
    elsewhere = services.add_team(workspace=other_workspace, name="Elsewhere", by=None)
    with pytest.raises(PeopleRefusal, match="not in this workspace"):
        services.move_member(member=rep, team=elsewhere, on=date(2026, 4, 1), by=admin)
    with pytest.raises(PeopleRefusal, match="not in this workspace"):
        services.add_team(workspace=rep.workspace, name="Below", parent=elsewhere, by=admin)


def test_a_move_is_audited_with_both_teams(rep, south, admin):
    services.move_member(member=rep, team=south, on=date(2026, 4, 1), by=admin)
    event = Event.objects.get(action="member.move")
    assert (event.before, event.after) == ({"team": "North"}, {"team": "South", "on": "2026-04-01"})


def test_a_team_cannot_stand_below_itself(sales, north, admin):
    for parent in (sales, north):
        with pytest.raises(PeopleRefusal, match="cannot stand below"):
            services.move_team(team=sales, parent=parent, by=admin)
    sales.refresh_from_db()
    assert sales.parent is None


def test_a_team_moves_with_everything_below_it(workspace, sales, north, south, admin):
    services.move_team(team=north, parent=south, by=admin)
    assert queries.team_subtree_ids(workspace, south.pk) == {south.pk, north.pk}
    assert queries.team_subtree_ids(workspace, sales.pk) == {sales.pk, south.pk, north.pk}


def test_the_subtree_of_a_team_of_another_workspace_is_empty(other_workspace, sales):
    assert queries.team_subtree_ids(other_workspace, sales.pk) == set()


def test_two_teams_of_one_workspace_cannot_share_a_name_in_any_case(workspace, north, admin):
    with pytest.raises(PeopleRefusal, match="called “NORTH” already"):
        services.add_team(workspace=workspace, name=" NORTH ", by=admin)
    renamed = services.rename_team(team=north, name="north", by=admin)
    assert renamed.name == "north"


def test_whoever_belongs_to_a_team_belongs_to_those_below_it(sales, north, south, leader, admin):
    services.move_member(member=leader, team=sales, on=JOINED, by=admin)
    assert [team.name for team in queries.teams_of_member(leader, date(2026, 1, 1))] == ["North", "Sales", "South"]


def test_the_team_tree_takes_two_queries_however_deep(rep, django_assert_num_queries):
    with django_assert_num_queries(2):
        queries.teams_of_member(rep, date(2026, 1, 1))
