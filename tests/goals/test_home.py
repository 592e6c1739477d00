"""What a person finds at home: their goals, their team's, the company's, and what they owe."""

from datetime import date

from apps.goals.case import Status
from apps.goals.queries import goals_of_mine, goals_of_my_teams, goals_of_the_company, owed_by
from apps.goals.services import close_goal
from apps.people.models import Member, Team
from tests.goals.conftest import NOW, TODAY, MakeGoal
from tests.judged import SetStatus


def test_mine_are_those_i_own_and_those_about_me(
    make_goal: MakeGoal, set_status: SetStatus, rep: Member, other_rep: Member
) -> None:
    make_goal()
    set_status(make_goal(title="about me", person=rep), Status.ON_TRACK)
    set_status(make_goal(title="owned", kpi="win_rate", target="30 %", owner=rep), Status.OFF_TRACK)
    make_goal(title="last quarter", person=rep, starts_on=date(2025, 7, 1), ends_on=date(2025, 10, 1))
    make_goal(person=other_rep)
    assert [goal.title for goal in goals_of_mine(rep, TODAY)] == ["owned", "about me"]


def test_my_teams_are_with_their_people_as_far_as_i_may_see_them(
    make_goal: MakeGoal, manager: Member, rep: Member, other_rep: Member, north: Team, south: Team, sales: Team
) -> None:
    make_goal()
    for subject in ({"team": north}, {"team": south}, {"team": sales}, {"person": rep}, {"person": manager}):
        make_goal(**subject)
    assert {goal.title for goal in goals_of_my_teams(manager, TODAY)} == {
        "Revenue, North",
        "Revenue, Rita Evans",
        "Revenue, Mara Dietz",
    }
    assert {goal.title for goal in goals_of_my_teams(rep, TODAY)} == {"Revenue, North", "Revenue, Rita Evans"}


def test_the_company_s_goals_are_seen_by_all(
    make_goal: MakeGoal, viewer: Member, outsider: Member, north: Team
) -> None:
    make_goal()
    make_goal(team=north)
    assert [goal.title for goal in goals_of_the_company(viewer, TODAY)] == ["Revenue, Acme"]
    assert goals_of_the_company(outsider, TODAY) == []


def test_i_owe_what_nobody_can_steer_by(
    make_goal: MakeGoal, set_status: SetStatus, rep: Member, leader: Member
) -> None:
    set_status(make_goal(owner=rep, title="fine"), Status.ON_TRACK)
    set_status(make_goal(owner=rep, kpi="win_rate", target=None), Status.NO_TARGET)
    set_status(
        make_goal(owner=rep, kpi="average_deal_size", ends_on=date(2026, 2, 1)), Status.WAITING, sentence="Waiting: x."
    )
    make_goal(owner=rep, kpi="sales_velocity", ends_on=date(2026, 3, 1))
    past = {"owner": rep, "starts_on": date(2025, 7, 1), "ends_on": date(2025, 10, 1)}
    set_status(make_goal(**past), Status.MISSED)
    close_goal(goal=make_goal(**past, kpi="win_rate", target="30 %"), by=None, outcome="done", now=NOW)
    make_goal(owner=rep, starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    set_status(make_goal(title="not mine", kpi="sales_growth", target=None, owner=leader), Status.NO_TARGET)
    assert [owed.why for owed in owed_by(rep, TODAY)] == [
        "The period ended on 30 Sep 2025, missed: close the goal.",
        "Win rate has no target: set one.",
        "Waiting: x.",
        "Sales velocity has not been computed yet.",
    ]
