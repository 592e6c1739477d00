"""Days away and changes of hands by working days: offered, exact, only for what adds up."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal
from apps.goals.prorating import days_away, handed_over, prorated
from apps.goals.queries import target_on
from apps.goals.services import approve_target, hand_over, move_share, prorate_target
from apps.goals.services.handing import moves_of, offer_for
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Team
from apps.people.services import add_absence, move_member, remove_absence
from tests.goals.conftest import NOW, TODAY, MakeGoal

CALENDAR = WorkingCalendar()
START, END = date(2025, 10, 1), date(2026, 1, 1)


def test_eight_of_sixty_five_days_make_of_100_k_what_they_should() -> None:
    assert prorated(Decimal(100_000), 65, 8) == Decimal("87692.31")
    once = prorated(Decimal(100_000), 65, 8)
    assert prorated(once, 65, 0, allowed=8) == pytest.approx(Decimal(100_000), abs=Decimal("0.01"))


def test_days_in_two_absences_count_once_and_weekends_never() -> None:
    spans = [(date(2025, 11, 3), date(2025, 11, 10)), (date(2025, 11, 7), date(2025, 11, 12))]
    assert days_away(CALENDAR, START, END, spans) == 7
    assert days_away(CALENDAR, START, END, [(date(2025, 9, 1), date(2025, 10, 3))]) == 2


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False), st.dates(START, END))
def test_what_is_kept_and_what_goes_over_is_the_whole(target: Decimal, on: date) -> None:
    assert sum(handed_over(target, CALENDAR, START, END, on)) == target


def kpi_of(goal: Goal):  # type: ignore[no-untyped-def]
    return definitions_of(goal.workspace).get(goal.ref)


def away(member: Member, by: Member | None = None) -> None:
    add_absence(member=member, by=by, today=TODAY, starts_on=date(2025, 11, 17), last_day=date(2025, 11, 26))


def test_an_absence_is_offered_and_changes_nothing_by_itself(
    make_goal: MakeGoal, rep: Member, manager: Member, leader: Member
) -> None:
    goal = make_goal(person=rep, owner=rep, target=Decimal(100_000))
    assert offer_for(goal, kpi_of(goal)) is None
    away(rep)
    offer = offer_for(goal, kpi_of(goal))
    assert offer is not None
    assert offer.question == "Rita Evans is away 8 of 66 working days: pro-rate USD 100,000 to USD 87,879?"
    assert goal.targets.count() == 1
    version = prorate_target(goal=goal, by=manager, today=TODAY)
    assert version.state == "waiting"
    approve_target(version=version, by=leader, today=TODAY, now=NOW)
    assert target_on(goal, TODAY).value == Decimal(87_879)  # type: ignore[union-attr]
    assert offer_for(goal, kpi_of(goal)) is None  # the same days are not offered again


def test_days_taken_back_are_offered_back(make_goal: MakeGoal, rep: Member) -> None:
    goal = make_goal(person=rep, owner=rep, target=Decimal(100_000))
    away(rep)
    prorate_target(goal=goal, by=None, today=TODAY)
    remove_absence(absence=rep.absences.get(), by=None, today=TODAY)
    offer = offer_for(goal, kpi_of(goal))
    assert offer is not None
    assert offer.after == Decimal(100_000)


def test_rates_are_neither_pro_rated_nor_handed_over(
    make_goal: MakeGoal, rep: Member, manager: Member, leader: Member
) -> None:
    goal = make_goal(person=rep, owner=rep, kpi="win_rate", target="30 %")
    away(rep)
    assert offer_for(goal, kpi_of(goal)) is None
    with pytest.raises(GoalRefusal, match="does not add up"):
        hand_over(goal=goal, to=manager, on=date(2025, 12, 1), by=leader, today=TODAY)


def test_the_rest_goes_to_somebody_else_and_both_sum_to_the_target(
    make_goal: MakeGoal, rep: Member, manager: Member, leader: Member
) -> None:
    parent = make_goal(target=Decimal(500_000))
    goal = make_goal(person=rep, owner=rep, target=Decimal(66_000), parent=parent)
    other = hand_over(goal=goal, to=manager, on=date(2025, 12, 1), by=leader, today=TODAY)
    assert (other.person, other.starts_on, other.parent) == (manager, date(2025, 12, 1), parent)
    kept = goal.targets.last()
    assert kept is not None
    assert (kept.value, target_on(other, TODAY).value) == (43_000, 23_000)  # type: ignore[union-attr]
    assert kept.reason == "Mara Dietz takes over from 1 Dec 2025 on."


def test_a_change_of_team_proposes_which_share_moves_and_the_sum_stays(
    make_goal: MakeGoal, rep: Member, north: Team, south: Team, leader: Member
) -> None:
    goal = make_goal(person=rep, owner=rep, target=Decimal(66_000))
    old, new = make_goal(team=north, target=Decimal(100_000)), make_goal(team=south, target=Decimal(80_000))
    move_member(member=rep, team=south, on=date(2025, 12, 1), by=None)
    (move,) = moves_of(goal, kpi_of(goal))
    assert (move.old, move.new, move.amount) == (old, new, 23_000)
    less, more = move_share(goal=goal, on=date(2025, 12, 1), by=leader, today=TODAY)
    assert (less.value, more.value) == (77_000, 103_000)
    with pytest.raises(GoalRefusal, match=r"moved already|decide on that one first"):
        move_share(goal=goal, on=date(2025, 12, 1), by=leader, today=TODAY)
