"""A target is shared out exactly, its gap is shown and decided on, and nothing changes by itself."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import Refusal
from apps.goals.cascade import Sum, implied, quantum_of, split
from apps.goals.errors import GoalRefusal
from apps.goals.family import branch_of, decision_of
from apps.goals.models import Goal, Split, TargetVersion
from apps.goals.services import approve_target, decide_gap, link_goal, set_target, split_goal, undo_split
from apps.goals.sharing import Subject, by_capacity, periods_before, subjects_below, why_not
from apps.metrics.queries import definitions_of
from apps.people.models import Absence, Member, Team
from tests.goals.conftest import NOW, TODAY, MakeGoal

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False)


@given(
    target=st.decimals(min_value=1, max_value=10**9, places=2, allow_nan=False),
    weights=st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any),
    kept=st.lists(st.fractions(0, 1), max_size=5),
)
def test_parts_sum_to_the_goal_exactly_and_what_is_kept_stays(
    target: Decimal, weights: list[int], kept: list[Fraction]
) -> None:
    locked: dict[int, Decimal] = {}
    rest = target
    for place, share in enumerate(kept[: len(weights) - 1]):
        locked[place] = (rest * Decimal(share.numerator) / Decimal(share.denominator)).quantize(
            Decimal("0.01"), "ROUND_DOWN"
        )
        rest -= locked[place]
    shares = {place: Fraction(weight) for place, weight in enumerate(weights)}
    if rest and not any(share for place, share in shares.items() if place not in locked):
        with pytest.raises(Refusal, match="nothing to split by"):
            split(target, shares, locked)
        return
    parts = split(target, shares, locked)
    assert sum(parts.values()) == target
    assert all(parts[place] == value for place, value in locked.items())
    assert all(value >= 0 for value in parts.values())


@given(st.lists(st.integers(1, 50), min_size=2, max_size=8, unique=True), st.randoms())
def test_the_order_of_the_parts_does_not_change_what_each_gets(weights: list[int], random: object) -> None:
    total = sum(weights)
    target = Decimal(1000 * total)  # without a remainder nothing depends on who comes first
    shuffled = sorted(weights, key=lambda _: random.random())  # type: ignore[attr-defined]
    first = split(target, {weight: Fraction(weight) for weight in weights}, {})
    assert first == split(target, {weight: Fraction(weight) for weight in shuffled}, {})


def test_the_published_splits_come_out() -> None:
    even = split(Decimal(100), dict.fromkeys((1, 2, 3), Fraction(1)), {}, Decimal(1))
    assert list(even.values()) == [34, 33, 33]
    weighed = split(Decimal(1_000_000), {1: Fraction(3), 2: Fraction(5), 3: Fraction(7)}, {}, Decimal(1))
    assert list(weighed.values()) == [200_000, 333_333, 466_667]


def test_kept_parts_that_are_too_much_or_too_few_are_refused() -> None:
    with pytest.raises(Refusal, match="more than the goal already"):
        split(Decimal(100), {1: Fraction(1), 2: Fraction(1)}, {1: Decimal(101)})
    with pytest.raises(Refusal, match="do not add up"):
        split(Decimal(100), {1: Fraction(1)}, {1: Decimal(99)})


def test_deals_are_never_given_in_fractions() -> None:
    assert quantum_of(Decimal(7), 3, "count") == 1
    assert quantum_of(Decimal("1000.50"), 3, "money") == Decimal("0.01")


def test_rates_of_parts_mean_what_their_volumes_make_of_them() -> None:
    assert implied([(Decimal("0.1"), Decimal(900)), (Decimal("0.5"), Decimal(100))]) == Decimal("0.14")
    assert implied([(Decimal("0.1"), Decimal(0))]) is None


def test_over_assignment_and_gap_tell_the_same_difference() -> None:
    over = Sum(Decimal(1_500_000), Decimal(1_750_000))
    assert over.gap == -250_000
    assert over.over == pytest.approx(1 / 6)
    assert Sum(Decimal(100), Decimal(80)).gap == 20


def test_history_looks_at_whole_months_before() -> None:
    goal = Goal(starts_on=date(2025, 10, 1), ends_on=date(2026, 1, 1))
    assert periods_before(goal, 2) == [
        (date(2025, 7, 1), date(2025, 10, 1)), (date(2025, 4, 1), date(2025, 7, 1))
    ]  # fmt: skip


# --- with goals ------------------------------------------------------------------------------------------------------


def shared_out(goal: Goal, by: Member, amounts: list[int], to: str = "team") -> Split:
    parts = list(zip(subjects_below(goal, to, TODAY), map(Decimal, amounts), strict=True))
    return split_goal(goal=goal, by=by, today=TODAY, method="manual", parts=parts)


def gap_seen(goal: Goal, member: Member) -> Decimal | None:
    whole = branch_of(goal, member, TODAY, definitions_of(goal.workspace)).sum
    return whole.gap if whole else None


def test_a_team_goal_becomes_a_goal_of_each_team_below(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, manager: Member, leader: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    shared_out(goal, leader, [500, 400])
    children = list(goal.children.order_by("team__name"))
    assert [child.team for child in children] == [north, south]
    assert [child.owner for child in children] == [manager, leader]  # South has no manager: who owns the goal above
    assert gap_seen(goal, leader) == 0


def test_changing_a_child_never_changes_the_goal_and_shows_the_gap(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, leader: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    shared_out(goal, leader, [500, 400])
    child = goal.children.get(team=north)
    set_target(goal=child, by=leader, today=TODAY, value="450", reason="Too much.")
    assert goal.targets.count() == 1
    assert gap_seen(goal, leader) == 50
    set_target(goal=goal, by=leader, today=TODAY, value="1000", reason="More.")
    assert child.targets.last().value == 450  # type: ignore[union-attr]
    assert gap_seen(goal, leader) == 150


def test_a_decision_holds_for_the_gap_it_was_made_for(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, leader: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    shared_out(goal, leader, [500, 300])
    decided = decide_gap(goal=goal, by=leader, today=TODAY, state="planned", note="Two hires in May.")
    assert decided.gap == 100
    assert decision_of(goal, Decimal(100)) == decided
    assert decision_of(goal, Decimal(120)) is None
    with pytest.raises(GoalRefusal, match="Say why"):
        decide_gap(goal=goal, by=leader, today=TODAY, state="accepted", note="")


def test_a_sharing_out_is_taken_back_on_its_day(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, leader: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    there = make_goal(team=north, target=Decimal(100))
    made = shared_out(goal, leader, [500, 400])
    undo_split(split=made, by=leader, today=TODAY, now=NOW)
    there.refresh_from_db()
    assert there.parent is None
    assert there.targets.filter(state="in_force").last().value == 100  # type: ignore[union-attr]
    assert Goal.objects.get(team=south).closed_as == "cancelled"
    assert not goal.children.exists()
    shared_out(goal, leader, [500, 400])  # and it can be done again


def test_it_is_not_taken_back_later_or_after_two_have_agreed(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, leader: Member, admin: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    make_goal(team=north, target=Decimal(600))
    made = shared_out(goal, leader, [500, 400])
    with pytest.raises(GoalRefusal, match="on its own day"):
        undo_split(split=made, by=leader, today=date(2025, 11, 15), now=NOW)
    approve_target(version=TargetVersion.objects.get(state="waiting"), by=admin, today=TODAY, now=NOW)
    with pytest.raises(GoalRefusal, match="changed since"):
        undo_split(split=made, by=leader, today=TODAY, now=NOW)


def test_sharing_out_a_lower_number_waits_for_a_second_person(
    make_goal: MakeGoal, sales: Team, north: Team, south: Team, leader: Member, admin: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    there = make_goal(team=north, target=Decimal(600))
    shared_out(goal, leader, [500, 400])
    assert there.targets.last().state == "waiting"  # type: ignore[union-attr]
    assert gap_seen(goal, leader) == -100  # until then 600 and 400 stand against 900


def test_a_manager_shares_out_only_what_they_manage(
    make_goal: MakeGoal, north: Team, south: Team, sales: Team, manager: Member, rep: Member
) -> None:
    with pytest.raises(PermissionDenied):
        shared_out(make_goal(team=sales, target=Decimal(900)), manager, [500, 400])
    shared_out(make_goal(team=north, target=Decimal(900)), manager, [500, 400], to="person")


def test_rates_and_levels_do_not_split(make_goal: MakeGoal, leader: Member, sales: Team) -> None:
    goal = make_goal(team=sales, kpi="win_rate", target="30 %")
    kpi = definitions_of(goal.workspace).get(goal.ref)
    assert "does not add up" in why_not(goal, kpi)
    with pytest.raises(GoalRefusal, match="does not add up"):
        split_goal(goal=goal, by=leader, today=TODAY, method="even", parts=[])


def test_capacity_counts_days_here_ramp_and_days_away(
    make_goal: MakeGoal, north: Team, manager: Member, rep: Member
) -> None:
    goal = make_goal(team=north, target=Decimal(900))
    rep.joined_on = date(2025, 10, 1)
    rep.save()
    whole = by_capacity(goal, [Subject("person", manager.pk, "", person=manager)])[manager.pk]
    new = by_capacity(goal, [Subject("person", rep.pk, "", person=rep)])[rep.pk]
    assert whole == 66
    assert new == Fraction(23, 4) + Fraction(20, 2) + Fraction(23 * 3, 4)
    Absence.objects.create(member=manager, starts_on=date(2025, 11, 3), ends_on=date(2025, 11, 10))
    assert by_capacity(goal, [Subject("person", manager.pk, "", person=manager)])[manager.pk] == 61


def test_goals_stand_under_goals_of_their_days_and_never_in_a_ring(
    make_goal: MakeGoal, leader: Member, north: Team, rep: Member
) -> None:
    company, team = make_goal(), make_goal(team=north)
    link_goal(goal=team, parent=company, by=leader, today=TODAY)
    with pytest.raises(GoalRefusal, match="serves this goal already"):
        link_goal(goal=company, parent=team, by=leader, today=TODAY)
    other = make_goal(starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    with pytest.raises(GoalRefusal, match="other days"):
        link_goal(goal=team, parent=other, by=leader, today=TODAY)
    link_goal(goal=team, parent=None, by=leader, today=TODAY)
    assert not company.children.exists()


def test_no_sum_is_told_to_those_who_do_not_see_all_parts(
    make_goal: MakeGoal, leader: Member, north: Team, south: Team, sales: Team, rep: Member
) -> None:
    goal = make_goal(team=sales, target=Decimal(900))
    shared_out(goal, leader, [500, 400])
    branch = branch_of(goal, rep, TODAY, definitions_of(goal.workspace))
    assert branch.hidden == 1
    assert branch.sum is None
