"""People, teams, settings and tokens, as an admin and the others meet them."""

import re
from datetime import date

import pytest
from django.urls import reverse

from apps.people import queries, services
from apps.people.models import ApiToken, Member, Team
from apps.people.roles import Role


@pytest.fixture
def ask(admin, client_of):
    client = client_of(admin)

    def open_or_send(name, *arguments, data=None, **query):
        url = reverse(f"pages:{name}", args=["acme", *arguments])
        response = client.get(url, query) if data is None else client.post(url, data)
        return response, response.content.decode()

    return open_or_send


def test_the_list_shows_who_is_here_in_which_role_and_team(ask, rep, manager, viewer):
    _, text = ask("people")
    row = re.search(r"Rita Evans</a>.*?</tr>", text, re.DOTALL).group()
    assert "Member" in row
    assert "North" in row
    assert "1 Jan 2020" in row


def test_leavers_are_in_a_list_of_their_own(ask, rep, admin):
    services.member_leaves(member=rep, on=queries.today_in(rep.workspace), by=admin)
    assert "Rita Evans" not in ask("people")[1]
    assert "Rita Evans" in ask("people", who="left")[1]


def test_addresses_and_invitations_are_for_those_who_manage_people(ask, rep, manager, client_of):
    ask("invite", data={"email": "nina@new.example", "role": "member"})
    assert "nina@new.example" in ask("people")[1]
    seen = client_of(rep).get(reverse("pages:people", args=["acme"])).content.decode()
    other = client_of(rep).get(reverse("pages:member", args=["acme", manager.pk])).content.decode()
    assert "nina@new.example" not in seen
    assert manager.user.email not in other
    assert "<form" not in other.partition("<main")[2]


def test_the_list_costs_the_same_for_ten_more_people(ask, workspace, north, django_assert_max_num_queries):
    for number in range(10):
        services.add_member(workspace=workspace, name=f"Person {number}", team=north, by=None)
    with django_assert_max_num_queries(12):  # three of them ask for owners that nobody is called like
        ask("people")


def test_a_role_is_changed_and_the_last_admin_stays(ask, rep, admin):
    assert ask("member_role", rep.pk, data={"role": "manager"})[0].status_code == 302
    rep.refresh_from_db()
    assert rep.role == Role.MANAGER
    response, text = ask("member_role", admin.pk, data={"role": "viewer"})
    assert response.status_code == 422
    assert "Ada Berg is the last admin" in text


def test_a_move_is_dated_and_its_refusal_stands_at_the_day(ask, rep, south):
    response, text = ask("member_move", rep.pk, data={"team": south.pk, "on": "2019-01-01"})
    assert response.status_code == 422
    assert "joined on 1 Jan 2020" in re.search(r'id="move_on_error">.*?</div>', text, re.DOTALL).group()
    assert ask("member_move", rep.pk, data={"team": south.pk, "on": "2026-02-01"})[0].status_code == 302
    _, text = ask("member", rep.pk)
    assert re.search(r"North, from .*1 Jan 2020.* until .*1 Feb 2026", text)
    assert re.search(r"South, from .*1 Feb 2026", text)


def test_names_of_the_data_are_saved_one_a_line(ask, rep):
    ask("member_edit", rep.pk, data={"name": "Rita Evans", "aliases": "R. Evans\r\ncrm-77\r\n"})
    rep.refresh_from_db()
    assert rep.aliases == ["R. Evans", "crm-77"]


def test_a_date_that_is_none_gets_a_sentence(ask, rep):
    response, text = ask("member_leave", rep.pk, data={"on": "soon"})
    assert response.status_code == 422
    assert "This is not a date; write it like 2026-01-31." in text


def test_somebody_without_sign_in_is_added_and_later_invited(ask, workspace, north):
    ask("member_new", data={"name": "Nina New", "team": north.pk, "joined_on": ""})
    nina = Member.objects.get(name="Nina New")
    assert (nina.user, nina.memberships.get().team) == (None, north)
    assert "Invite to sign in" in ask("member", nina.pk)[1]
    assert ask("member_invite", nina.pk, data={"email": "nina@new.example", "role": "member"})[0].status_code == 302
    assert workspace.invitations.get().member == nina


def test_a_team_of_another_workspace_cannot_be_chosen(ask, other_workspace):
    elsewhere = Team.objects.create(workspace=other_workspace, name="Elsewhere")
    response, text = ask("member_new", data={"name": "Nina New", "team": elsewhere.pk})
    assert response.status_code == 422
    assert "This team is not in the workspace" in text
    assert not Member.objects.filter(name="Nina New").exists()


def test_the_tree_shows_who_was_where_on_a_day(ask, rep, manager, other_rep, south, admin):
    services.move_member(member=rep, team=south, on=date(2026, 2, 1), by=admin)
    before, after = ask("teams", on="2026-01-31")[1], ask("teams", on="2026-02-01")[1]
    assert before.index("Rita Evans") < before.index("<strong>South")
    assert after.index("Rita Evans") > after.index("<strong>South")


def test_an_unreadable_day_shows_today_and_says_so(ask, rep):
    response, text = ask("teams", on="yesterday")
    assert response.status_code == 200
    assert "This is not a date" in text
    assert "Rita Evans" in text


def test_a_team_is_added_renamed_and_hung_elsewhere_but_not_below_itself(ask, sales, north, south):
    assert ask("team_new", data={"name": "East", "parent": sales.pk})[0].status_code == 302
    assert Team.objects.get(name="East").parent == sales
    assert ask("team_edit", north.pk, data={"name": "Far North", "parent": south.pk})[0].status_code == 302
    response, text = ask("team_edit", sales.pk, data={"name": "Everything", "parent": north.pk})
    assert response.status_code == 422
    assert "cannot stand below" in text
    sales.refresh_from_db()
    assert sales.name == "Sales", "the new name went with the refused move"


SETTINGS = {
    "name": "Acme",
    "currency": "usd",
    "timezone": "UTC",
    "fiscal_year_start": "4",
    "weekmask": [0, 1, 2, 5],
}


def test_settings_are_saved_and_goals_recomputed(ask, workspace):
    assert ask("workspace_settings", data=SETTINGS)[0].status_code == 302
    workspace.refresh_from_db()
    assert (workspace.fiscal_year_start, workspace.weekmask, workspace.currency) == (4, "1110010", "USD")
    assert workspace.runs.get().kind == "recompute"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"currency": "EURO"}, "is not a currency"),
        ({"timezone": "Berlin"}, "There is no time zone “Berlin”"),
        ({"weekmask": []}, "A week needs at least one working day"),
        ({"name": " "}, "Write the name of the workspace."),
    ],
)
def test_wrong_settings_get_a_sentence_and_change_nothing(ask, workspace, wrong, sentence):
    response, text = ask("workspace_settings", data=SETTINGS | wrong)
    assert response.status_code == 422
    assert sentence in text
    workspace.refresh_from_db()
    assert workspace.fiscal_year_start == 1
    assert not workspace.runs.exists()


def test_holidays_come_and_go(ask, workspace):
    ask("holiday_add", data={"day": "2026-12-25", "name": "Christmas"})
    assert "Christmas" in ask("workspace_settings")[1]
    response, text = ask("holiday_add", data={"day": "2026-12-25"})
    assert (response.status_code, "holiday already" in text) == (422, True)
    ask("holiday_remove", workspace.holidays.get().pk, data={})
    assert not workspace.holidays.exists()


def test_a_token_is_shown_once(ask, admin):
    _, text = ask("tokens", data={"name": "nightly export"})
    secret = re.search(r"kpit_[\w-]+", text).group()
    assert queries.member_by_token(secret)[0] == admin
    _, later = ask("tokens")
    assert "nightly export" in later
    assert secret not in later


def test_a_member_revokes_own_tokens_and_not_those_of_others(rep, other_rep, client_of):
    token, secret = services.create_token(member=other_rep, name="other")
    url = reverse("pages:token_revoke", args=["acme", token.pk])
    assert client_of(rep).post(url).status_code == 404
    assert queries.member_by_token(secret)
    assert client_of(other_rep).post(url).status_code == 302
    assert queries.member_by_token(secret) is None
    assert ApiToken.objects.get().revoked_at
