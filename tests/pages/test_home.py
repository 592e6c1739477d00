"""Home: everybody lands where their question is answered."""

from collections.abc import Callable
from datetime import date

from django.test import Client
from django.utils import timezone

from apps.goals.case import Status
from apps.people.models import Member, Team, User, Workspace
from apps.people.roles import Role
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.judged import SetStatus
from tests.pages.conftest import MakeGoal

HOME = "/w/acme/"


def text_of(client: Client, path: str = HOME) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_somebody_signed_out_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_the_one_workspace_somebody_has_opens_at_once(client_of: ClientOf, rep: Member) -> None:
    assert client_of(rep).get("/")["Location"] == HOME


def test_somebody_in_two_workspaces_chooses(client_of: ClientOf, rep: Member, other_workspace: Workspace) -> None:
    Member.objects.create(workspace=other_workspace, user=rep.user, name="Rita", role=Role.VIEWER)
    page = text_of(client_of(rep), "/")
    assert 'href="/w/acme/"' in page
    assert 'href="/w/globex/"' in page


def test_somebody_in_no_workspace_is_told_how_to_get_into_one(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("new@nowhere.example", "correct horse battery"))
    page = text_of(client, "/")
    assert "You are in no workspace yet" in page
    assert "new@nowhere.example" in page


def test_a_rep_sees_what_is_needed_per_working_day_on_arrival(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal(person=rep, owner=rep, title="My quarter")
    set_status(
        goal, Status.AT_RISK, value=20_000, target=92_000, expected=43_000, needed_per_day=2250, attainment=0.217
    )
    page = text_of(client_of(rep))
    assert "Where I stand" in page
    assert "My quarter" in page
    assert "USD 20.0 k" in page
    assert "USD 2.25 k" in page
    assert "USD 43.0 k" in page
    assert "At risk." in page


def test_a_rep_does_not_find_the_goal_of_a_colleague(
    client_of: ClientOf, rep: Member, other_rep: Member, make_goal: MakeGoal
) -> None:
    make_goal(person=other_rep, owner=other_rep, title="Not for Rita")
    for view in ("mine", "team", "company"):
        assert "Not for Rita" not in text_of(client_of(rep), f"{HOME}?view={view}")


def test_a_manager_lands_on_the_team_exceptions_first(
    client_of: ClientOf, manager: Member, rep: Member, north: Team, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    set_status(make_goal(team=north, title="All is well"), Status.ON_TRACK)
    set_status(make_goal(person=rep, title="In trouble"), Status.OFF_TRACK)
    page = text_of(client_of(manager))
    assert "Where my team stands" in page
    assert page.index("In trouble") < page.index("All is well")


def test_a_leader_lands_on_the_company_and_counts_every_goal(
    client_of: ClientOf, leader: Member, north: Team, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    set_status(make_goal(title="The company’s year"), Status.ON_TRACK)
    set_status(make_goal(team=north, title="A team"), Status.OFF_TRACK)
    page = text_of(client_of(leader))
    assert "The company’s year" in page
    assert "A team</a>" not in page  # the team's goal is counted, not shown
    assert "<b>1</b> off track" in page
    assert "<b>1</b> on track" in page


def test_an_unknown_view_is_the_one_of_the_role(client_of: ClientOf, leader: Member) -> None:
    assert "Where the company stands" in text_of(client_of(leader), f"{HOME}?view=universe")


def test_an_empty_home_teaches_and_offers_only_what_the_role_may_do(
    client_of: ClientOf, rep: Member, manager: Member
) -> None:
    mine = text_of(client_of(rep))
    assert "No goal is yours yet" in mine
    assert "Set a goal" not in mine
    assert "Import a file" not in mine
    team = text_of(client_of(manager))
    assert "Three steps to the first number" in team
    assert "Set a goal" in team
    assert "Import a file" in team
    assert "Invite people" not in team  # that is an admin's


def test_once_there_is_data_the_next_step_is_a_goal(
    client_of: ClientOf, manager: Member, with_deals: Callable[[], None]
) -> None:
    page = text_of(client_of(manager))
    assert "Three steps" not in page
    assert "No goal of your team yet" in page


def test_what_i_owe_names_goals_off_track_and_periods_to_close(
    client_of: ClientOf, manager: Member, north: Team, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    set_status(make_goal(team=north, owner=manager, title="Slipping"), Status.OFF_TRACK)
    over = {"starts_on": date(2025, 7, 1), "ends_on": date(2025, 10, 1)}
    ended = make_goal(team=north, owner=manager, title="Summer", **over)
    set_status(ended, Status.MISSED)
    page = text_of(client_of(manager))
    assert "Slipping is off track" in page
    assert f'href="/w/acme/goals/{ended.pk}/close/"' in page


def test_what_a_rep_may_not_close_is_owed_by_the_manager_instead(
    client_of: ClientOf, rep: Member, manager: Member, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    ended = make_goal(person=rep, owner=rep, starts_on=date(2025, 7, 1), ends_on=date(2025, 10, 1))
    set_status(ended, Status.ACHIEVED)
    assert "Nothing waits for you" in text_of(client_of(rep))
    page = text_of(client_of(manager))
    assert "1 goal of your people ended: look at the result and close it." in page
    assert 'href="/w/acme/goals/?period=to_close"' in page
    assert "Nothing waits for you" in text_of(client_of(leader))


def test_a_failed_recompute_waits_for_who_asked_for_it(client_of: ClientOf, manager: Member, leader: Member) -> None:
    Run.objects.create(
        workspace=manager.workspace,
        kind="recompute",
        state="failed",
        error="The disk is full.",
        requested_by=manager,
        finished_at=timezone.now(),
    )
    assert "The disk is full." in text_of(client_of(manager))
    assert "The disk is full." not in text_of(client_of(leader))


def test_home_costs_the_same_queries_at_any_number_of_goals(
    client_of: ClientOf, manager: Member, rep: Member, make_goal: MakeGoal, set_status: SetStatus, queries_of: object
) -> None:
    client = client_of(manager)
    for number in range(3):
        set_status(make_goal(person=rep, title=f"Goal {number}", ends_on=date(2026, 1, 2 + number)), Status.ON_TRACK)
    few = queries_of(client, HOME)  # type: ignore[operator]
    for number in range(3, 40):
        days = {"starts_on": date(2025, 9, 1 + number // 20), "ends_on": date(2026, 1, 2 + number % 20)}
        set_status(make_goal(person=rep, title=f"Goal {number}", **days), Status.ON_TRACK)
    assert queries_of(client, HOME) == few <= 42  # type: ignore[operator]


def test_a_long_list_of_debts_is_cut_and_the_rest_is_on_the_board(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    for month in range(1, 9):
        goal = make_goal(title=f"Month {month}", starts_on=date(2025, month, 1), ends_on=date(2025, month + 1, 1))
        set_status(goal, Status.ACHIEVED)
    client = client_of(leader)
    page = text_of(client)
    assert page.count(">Close it<") == 5
    assert "Month 1, Jan 2025" in page
    assert f'<a href="/w/acme/goals/?owner={leader.pk}&amp;period=to_close">and 3 more</a>' in page
    board = text_of(client, f"/w/acme/goals/?owner={leader.pk}&period=to_close")
    assert "<b>8</b> all" in board


def test_goals_of_a_quarter_and_of_its_year_can_be_told_apart(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    make_goal()
    make_goal(starts_on=date(2025, 1, 1))
    for path in (HOME, "/w/acme/goals/"):
        page = text_of(client_of(leader), path)
        assert "Q4 2025 · Whole company" in page
        assert "2025 · Whole company" in page.replace("Q4 2025", "")
