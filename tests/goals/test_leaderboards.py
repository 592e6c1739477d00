"""Leaderboards: off until switched on, fair to few cases and to ties, and nobody has to be on one."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import Event
from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.leaderboards import Board, Entry, boards_for, ranked
from apps.goals.models import LeaderboardChoice
from apps.goals.services.leaderboards import come_back, stay_off, switch_off, switch_on
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Team
from tests.goals.conftest import TODAY, MakeGoal
from tests.judged import SetStatus


def boards(member: Member) -> list[Board]:
    return boards_for(member, TODAY, definitions_of(member.workspace))


def told(board: Board) -> list[tuple[int, str]]:
    return [(place.rank, place.entry.name) for place in board.places]


@pytest.fixture
def three(make_goal: MakeGoal, set_status: SetStatus, rep: Member, other_rep: Member, manager: Member) -> None:
    for person, attainment, value in ((rep, 0.5, 900), (other_rep, 0.8, 100), (manager, 0.5, 50)):
        set_status(make_goal(person=person), Status.OFF_TRACK, attainment=attainment, value=value, count=30)


def test_there_is_none_until_somebody_switches_one_on(three: None, rep: Member, leader: Member) -> None:
    assert boards(rep) == []
    choice = switch_on(by=leader, kpi="revenue", team=None, shows="attainment", today=TODAY)
    assert told(boards(rep)[0]) == [(1, "Omar Faye"), (2, "Mara Dietz"), (2, "Rita Evans")]
    switch_off(choice=choice, by=leader, today=TODAY)
    assert boards(rep) == []
    assert list(Event.objects.order_by("pk").values_list("action", flat=True))[-2:] == [
        "leaderboard.on",
        "leaderboard.off",
    ]


def test_it_can_show_the_number_itself(three: None, rep: Member, leader: Member) -> None:
    switch_on(by=leader, kpi="revenue", team=None, shows="attainment", today=TODAY)
    switch_on(by=leader, kpi="revenue", team=None, shows="value", today=TODAY)
    (board,) = boards(rep)
    assert told(board) == [(1, "Rita Evans"), (2, "Omar Faye"), (3, "Mara Dietz")]


def test_ties_share_a_rank_and_the_next_one_counts_on() -> None:
    entries = [
        Entry(n, name, Decimal(value), 1) for n, (name, value) in enumerate([("A", 3), ("B", 5), ("C", 3), ("D", 1)])
    ]
    places, left_out = ranked(entries)
    assert [(place.rank, place.entry.name) for place in places] == [(1, "B"), (2, "A"), (2, "C"), (4, "D")]
    assert left_out == 0
    assert ranked(entries, lower_is_better=True)[0][0].entry.name == "D"


def test_a_ratio_of_fewer_than_twenty_cases_ranks_nobody(
    make_goal: MakeGoal, set_status: SetStatus, rep: Member, other_rep: Member, manager: Member, leader: Member
) -> None:
    for person, cases in ((rep, 20), (other_rep, 19), (manager, 40)):
        goal = make_goal(person=person, kpi="win_rate:deals", target="30 %")
        set_status(goal, Status.ON_TRACK, attainment=1.0, value=0.3, count=cases)
    switch_on(by=leader, kpi="win_rate", team=None, shows="value", today=TODAY)
    (board,) = boards(rep)
    assert told(board) == [(1, "Mara Dietz"), (1, "Rita Evans")]
    assert board.too_few == 1


def test_who_wants_to_stay_off_is_on_none(three: None, rep: Member, leader: Member) -> None:
    switch_on(by=leader, kpi="revenue", team=None, shows="attainment", today=TODAY)
    stay_off(member=rep)
    assert told(boards(leader)[0]) == [(1, "Omar Faye"), (2, "Mara Dietz")]
    come_back(member=rep)
    assert len(boards(leader)[0].places) == 3


def test_a_team_has_its_own_and_others_do_not_see_it(
    three: None, rep: Member, other_rep: Member, manager: Member, viewer: Member, north: Team
) -> None:
    switch_on(by=manager, kpi="revenue", team=north, shows="attainment", today=TODAY)
    assert told(boards(rep)[0]) == [(1, "Mara Dietz"), (1, "Rita Evans")]
    assert boards(other_rep) == []
    assert boards(viewer) == []


def test_numbers_of_different_periods_are_not_compared(
    three: None, make_goal: MakeGoal, set_status: SetStatus, rep: Member, leader: Member
) -> None:
    year = make_goal(person=rep, starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 1))
    set_status(year, Status.ON_TRACK, attainment=9.0, value=9000, count=90)
    switch_on(by=leader, kpi="revenue", team=None, shows="attainment", today=TODAY)
    assert [place.entry.number for place in boards(rep)[0].places] == [Decimal("0.8"), Decimal("0.5"), Decimal("0.5")]


def test_only_who_manages_people_switches_and_only_theirs(
    rep: Member, manager: Member, leader: Member, north: Team, south: Team, outsider: Member
) -> None:
    for by, team in ((rep, north), (manager, None), (manager, south)):
        with pytest.raises(PermissionDenied):
            switch_on(by=by, kpi="revenue", team=team, shows="value", today=TODAY)
    with pytest.raises(GoalRefusal, match="no such team"):
        switch_on(by=outsider, kpi="revenue", team=north, shows="value", today=TODAY)
    with pytest.raises(GoalRefusal, match="There is no KPI"):
        switch_on(by=leader, kpi="reds", team=None, shows="value", today=TODAY)
    assert not LeaderboardChoice.objects.exists()
