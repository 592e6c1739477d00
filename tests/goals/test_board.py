"""The board: what it shows, in which order, at what cost."""

from datetime import date
from typing import Any

import pytest

from apps.goals.case import Status
from apps.goals.models import Goal
from apps.goals.queries import BoardFilters, board
from apps.goals.services import close_goal
from apps.people.models import Member, Membership, Team
from tests.goals.conftest import NOW, TODAY, MakeGoal
from tests.judged import SetStatus


def titles(goals: list[Goal]) -> list[str]:
    return [goal.title for goal in goals]


def shown(member: Member, **filters: Any) -> list[str]:
    return titles(board(member, BoardFilters(**filters), on=TODAY).goals)


def test_exceptions_come_first(make_goal: MakeGoal, set_status: SetStatus, leader: Member) -> None:
    order = [
        Status.OFF_TRACK,
        Status.AT_RISK,
        Status.WAITING,
        Status.NO_DATA,
        Status.NO_TARGET,
        Status.TOO_EARLY,
        Status.ON_TRACK,
        Status.ACHIEVED,
    ]
    for number, status in enumerate(reversed(order)):
        set_status(make_goal(title=status.label, ends_on=date(2026, 1, 1 + number)), status)
    make_goal(title="Never computed", ends_on=date(2026, 2, 1))
    assert shown(leader) == [*(status.label for status in order[:4]), "Never computed", *(s.label for s in order[4:])]


def test_the_counts_are_those_under_all_other_filters(
    make_goal: MakeGoal, set_status: SetStatus, leader: Member, rep: Member, north: Team
) -> None:
    set_status(make_goal(), Status.ON_TRACK)
    set_status(make_goal(team=north), Status.AT_RISK)
    set_status(make_goal(person=rep), Status.AT_RISK)
    make_goal(kpi="win_rate", target="30 %")
    page = board(leader, BoardFilters(status="at_risk"), on=TODAY)
    assert [(count.status, count.label, count.count) for count in page.counts] == [
        ("at_risk", "At risk", 2),
        ("no_data", "No data", 1),
        ("on_track", "On track", 1),
    ]
    assert (page.total, page.all_statuses, len(page.goals)) == (2, 4, 2)
    page = board(leader, BoardFilters(status="at_risk", kpi="win_rate"), on=TODAY)
    assert (page.total, page.all_statuses, page.goals) == (0, 1, [])


def test_a_team_shows_its_sub_teams_and_the_people_it_had_in_the_period(
    make_goal: MakeGoal, leader: Member, rep: Member, other_rep: Member, sales: Team, north: Team, south: Team
) -> None:
    for subject in ({}, {"team": sales}, {"team": north}, {"team": south}, {"person": rep}, {"person": other_rep}):
        make_goal(**subject)
    assert set(shown(leader, team=sales.pk)) == {
        "Revenue, Sales",
        "Revenue, North",
        "Revenue, South",
        "Revenue, Rita Evans",
        "Revenue, Omar Faye",
    }
    assert set(shown(leader, team=north.pk)) == {"Revenue, North", "Revenue, Rita Evans"}
    Membership.objects.filter(member=rep).update(ends_on=date(2025, 10, 2))
    assert "Revenue, Rita Evans" in shown(leader, team=north.pk)
    Membership.objects.filter(member=rep).update(ends_on=date(2025, 10, 1))
    assert "Revenue, Rita Evans" not in shown(leader, team=north.pk)


def test_goals_are_found_by_title_people_team_and_kpi(
    make_goal: MakeGoal, leader: Member, rep: Member, north: Team
) -> None:
    make_goal(title="Grow the north", team=north)
    make_goal(title="Convert", kpi="win_rate", target="30 %")
    make_goal(title="Rita's", person=rep, kpi="average_deal_size", owner=rep)
    assert shown(leader, q="GROW") == ["Grow the north"]
    assert shown(leader, q="evans") == ["Rita's"]
    assert shown(leader, q="North") == ["Grow the north"]
    assert shown(leader, q="win rate") == ["Convert"]
    assert shown(leader, q="close rate") == ["Convert"]
    assert shown(leader, q="100%") == []


def test_each_goal_is_running_coming_or_past(make_goal: MakeGoal, leader: Member) -> None:
    make_goal(title="now", ends_on=date(2025, 11, 15))
    make_goal(title="tomorrow", starts_on=date(2025, 11, 15))
    make_goal(title="over", ends_on=TODAY)
    close_goal(goal=make_goal(title="closed"), by=None, outcome="done", now=NOW)
    assert shown(leader) == ["now"]
    assert shown(leader, period="coming") == ["tomorrow"]
    assert set(shown(leader, period="past")) == {"over", "closed"}
    assert set(shown(leader, period="all")) == {"now", "tomorrow", "over", "closed"}


def test_a_cancelled_goal_is_cancelled_before_the_next_recompute(
    make_goal: MakeGoal, set_status: SetStatus, leader: Member
) -> None:
    goal = make_goal()
    set_status(goal, Status.ON_TRACK)
    close_goal(goal=goal, by=None, outcome="cancelled", reason="no more", now=NOW)
    page = board(leader, BoardFilters(period="all"), on=TODAY)
    assert [count.status for count in page.counts] == ["cancelled"]


def test_a_filter_that_names_nothing_here_is_dropped_and_told(
    make_goal: MakeGoal, leader: Member, outsider: Member
) -> None:
    make_goal()
    foreign = Team.objects.create(workspace=outsider.workspace, name="Secret")
    page = board(leader, BoardFilters(team=foreign.pk, owner=outsider.pk, kpi="nope"), on=TODAY)
    assert titles(page.goals) == ["Revenue, Acme"]
    assert page.filters.ignored == (
        "There is no such team here, so all are shown.",
        "There is no goal with this owner, so all are shown.",
        "No goal measures “nope”, so all are shown.",
    )


def test_the_choices_hold_what_is_seen_and_nothing_else(
    make_goal: MakeGoal, leader: Member, rep: Member, other_rep: Member, north: Team, south: Team
) -> None:
    make_goal(kpi="win_rate", target="30 %")
    make_goal(person=rep, owner=rep)
    make_goal(person=other_rep, owner=other_rep)
    choices = board(rep, BoardFilters(), on=TODAY).choices
    assert [name for _, name in choices.owners] == ["Lena Cole", "Rita Evans"]
    assert [kpi.key for kpi in choices.kpis] == ["revenue", "win_rate"]
    assert [team.name for team in choices.teams] == ["North", "Sales", "South"]


@pytest.fixture
def many(make_goal: MakeGoal, leader: Member, rep: Member) -> None:
    template = make_goal()
    Goal.objects.bulk_create(
        Goal(
            workspace=template.workspace,
            title=f"Goal {number}",
            kpi="revenue",
            scope="person" if number % 2 else "workspace",
            person=rep if number % 2 else None,
            owner=leader,
            starts_on=template.starts_on,
            ends_on=template.ends_on,
        )
        for number in range(119)
    )


@pytest.mark.usefixtures("many")
def test_a_page_has_50_goals_and_the_last_page_the_rest(leader: Member) -> None:
    pages = [board(leader, BoardFilters(page=number), on=TODAY) for number in (1, 2, 3, 99)]
    assert [(page.page, page.pages, len(page.goals)) for page in pages] == [
        (1, 3, 50),
        (2, 3, 50),
        (3, 3, 20),
        (3, 3, 20),
    ]
    assert len({goal.pk for page in pages[:3] for goal in page.goals}) == 120


@pytest.mark.usefixtures("many")
def test_the_board_costs_the_same_queries_at_any_size(
    leader: Member, rep: Member, north: Team, django_assert_max_num_queries: Any
) -> None:
    filters = BoardFilters(team=north.pk, q="goal", kpi="revenue")
    for member, most in ((leader, 8), (rep, 10)):
        with django_assert_max_num_queries(most):
            page = board(member, filters, on=TODAY)
            assert page.goals
            for goal in page.goals:
                assert (goal.owner.name, goal.workspace.slug, str(goal.person), goal.latest) == (
                    "Lena Cole",
                    "acme",
                    "Rita Evans",
                    None,
                )
