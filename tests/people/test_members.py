"""Who is here, in which role, under which names, until when."""

from datetime import date

import pytest

from apps.common.texts import normalised
from apps.people import queries, services
from apps.people.errors import PeopleRefusal
from apps.people.roles import Role

LAST = date(2026, 4, 1)


def test_the_last_admin_is_neither_demoted_nor_removed(admin, leader):
    with pytest.raises(PeopleRefusal, match="the last admin"):
        services.change_role(member=admin, role=Role.LEADER, by=admin)
    with pytest.raises(PeopleRefusal, match="the last admin"):
        services.member_leaves(member=admin, on=LAST, by=admin)
    admin.refresh_from_db()
    assert (admin.role, admin.left_on) == (Role.ADMIN, None)


def test_one_of_two_admins_may_go(admin, leader):
    services.change_role(member=leader, role=Role.ADMIN, by=admin)
    services.member_leaves(member=admin, on=LAST, by=leader)
    with pytest.raises(PeopleRefusal, match="the last admin"):
        services.change_role(member=leader, role=Role.MEMBER, by=leader)


def test_an_admin_who_cannot_sign_in_does_not_count(admin, leader):
    services.change_role(member=leader, role=Role.ADMIN, by=admin)
    leader.user.is_active = False
    leader.user.save()
    with pytest.raises(PeopleRefusal, match="the last admin"):
        services.member_leaves(member=admin, on=LAST, by=admin)


def test_a_role_that_does_not_exist_is_refused(rep, admin):
    with pytest.raises(PeopleRefusal, match="There is no role “boss”"):
        services.change_role(member=rep, role="boss", by=admin)


def test_a_leaver_is_gone_from_the_first_day_away(rep, admin, time_machine):
    services.member_leaves(member=rep, on=LAST, by=admin)
    assert rep.memberships.get().ends_on == LAST
    time_machine.move_to("2026-03-31T12:00:00+00:00")
    assert queries.member_of(user=rep.user, slug="acme") == rep
    time_machine.move_to("2026-04-01T00:00:00+00:00")
    assert queries.member_of(user=rep.user, slug="acme") is None
    assert rep not in queries.members_of(rep.workspace, on=LAST)
    assert rep in queries.members_of(rep.workspace, on=date(2026, 3, 31))
    assert rep in queries.members_of(rep.workspace)


def test_leaving_twice_or_before_joining_is_refused(rep, admin):
    with pytest.raises(PeopleRefusal, match="joined on 1 Jan 2020"):
        services.member_leaves(member=rep, on=date(2019, 1, 1), by=admin)
    services.member_leaves(member=rep, on=LAST, by=admin)
    with pytest.raises(PeopleRefusal, match="has left on 1 Apr 2026 already"):
        services.member_leaves(member=rep, on=date(2026, 5, 1), by=admin)


def test_a_leaver_is_not_moved_after_the_last_day(rep, south, admin):
    services.member_leaves(member=rep, on=LAST, by=admin)
    with pytest.raises(PeopleRefusal, match="leaves on 1 Apr 2026"):
        services.move_member(member=rep, team=south, on=LAST, by=admin)


def test_nobody_leaves_before_a_move_that_is_planned(rep, south, admin):
    services.move_member(member=rep, team=south, on=LAST, by=admin)
    with pytest.raises(PeopleRefusal, match="in South from 1 Apr 2026"):
        services.member_leaves(member=rep, on=date(2026, 3, 1), by=admin)


def test_data_knows_a_member_by_name_address_and_aliases_in_any_case(rep, admin):
    services.edit_member(member=rep, name="Rita Evans", aliases=[" R.  Evans ", "r. evans", "crm-77", ""], by=admin)
    assert rep.aliases == ["R. Evans", "crm-77"]
    for text in ("rita evans", "RITA@acme.example", "r.  EVANS", "CRM-77"):
        assert queries.owner_texts(rep.workspace)[normalised(text)] == rep.pk
    assert "rita" not in queries.owner_texts(rep.workspace)


def test_one_name_cannot_mean_two_people(rep, other_rep, admin):
    services.edit_member(member=rep, name=rep.name, aliases=["RE"], by=admin)
    with pytest.raises(PeopleRefusal, match="“re” means another member") as refused:
        services.edit_member(member=other_rep, name=other_rep.name, aliases=["re"], by=admin)
    assert refused.value.field == "aliases"
    with pytest.raises(PeopleRefusal, match="called “rita evans” already"):
        services.add_member(workspace=rep.workspace, name="rita evans", by=admin)


def test_a_name_of_two_people_means_nobody(rep, other_rep):
    other_rep.aliases = ["Rita Evans"]
    other_rep.save()
    assert "rita evans" not in queries.owner_texts(rep.workspace)


def test_another_workspace_does_not_lend_its_names(rep, other_workspace, outsider):
    assert "rita evans" not in queries.owner_texts(other_workspace)
    services.add_member(workspace=other_workspace, name="Rita Evans", by=outsider)


def test_a_user_is_a_member_of_a_workspace_once(rep, admin):
    with pytest.raises(PeopleRefusal, match="member of this workspace already"):
        services.add_member(workspace=rep.workspace, name="Second", user=rep.user, by=admin)


def test_the_door_asks_the_database_once(rep, django_assert_num_queries):
    with django_assert_num_queries(1):
        member = queries.member_of(user=rep.user, slug="acme")
        assert member.workspace.name == "Acme"
        assert member.user.email == "rita@acme.example"


def test_the_members_and_their_teams_come_in_two_queries(manager, rep, other_rep, django_assert_num_queries):
    with django_assert_num_queries(2):
        teams = {member.name: queries.team_on(member, date(2026, 1, 1)) for member in queries.members_of(rep.workspace)}
    assert {name: team.name for name, team in teams.items()} == {
        "Mara Dietz": "North",
        "Omar Faye": "South",
        "Rita Evans": "North",
    }
