"""Target plans by their services: what is stored, what is refused, and that sums stay exact whatever is done."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.common.calendars import WorkingCalendar
from apps.common.periods import custom_period
from apps.goals import planning
from apps.goals.curves import curve_of
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal, PlanStep, Stage, TargetPlan
from apps.goals.permissions import reach_of
from apps.goals.phasing import spread
from apps.goals.planning import Cell, Sheet
from apps.goals.plans import RowState, may_see_total, plans_seen, sheet_of, talks
from apps.goals.services import agreeing, plans
from apps.goals.services.plan_parts import PlanMoved
from apps.goals.services.publishing import publish_plan
from apps.goals.suggestions import working_capacity
from apps.people.models import Member, Membership, Team, Workspace
from apps.people.roles import Role
from tests.cast import make_member
from tests.goals.conftest import NOW, TODAY

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MakePlan = Callable[..., TargetPlan]


@pytest.fixture
def second_rep(north: Team) -> Member:
    return make_member(north.workspace, "Theo Hart", Role.MEMBER, team=north)


@pytest.fixture
def make_plan(workspace: Workspace, manager: Member, rep: Member, second_rep: Member, north: Team) -> MakePlan:
    """Revenue of North by month over the first quarter of 2026, drafted by its manager."""

    def make(**changes: Any) -> TargetPlan:
        wanted = {"kpi": "revenue:deals", "period": "2026-Q1", "team": north, "target": "300k"}
        return plans.create_plan(workspace=workspace, by=manager, today=TODAY, **wanted | changes)

    return make


@pytest.fixture
def plan(make_plan: MakePlan) -> TargetPlan:
    return make_plan()


def fill(plan: TargetPlan, by: Member, value: str = "50k") -> None:
    values = dict.fromkeys(sheet_of(plan).places, value)
    plans.set_cells(plan=plan, by=by, today=TODAY, version=plan.version, values=values)


def numbers(plan: TargetPlan, person: Member) -> list[int | None]:
    return [None if cell.value is None else int(cell.value) for cell in sheet_of(plan).row(person.pk)]


# --- a plan begins ------------------------------------------------------------------------------------


def test_a_plan_has_an_empty_row_for_each_rep_of_the_team_and_a_column_a_month(
    plan: TargetPlan, rep: Member, second_rep: Member
) -> None:
    sheet = sheet_of(plan)
    assert sheet.people == (rep.pk, second_rep.pk)  # not the manager, nobody of South
    assert sheet.starts == (JAN, FEB, MAR)
    assert sheet.total == 0
    assert plan.title == "Revenue, North, Q1 2026"
    assert (plan.stage, plan.target) == (Stage.DRAFT, 300_000)
    assert Event.objects.filter(action="plan.create", subject_id=str(plan.pk)).count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"kpi": "win_rate"}, "kpi", "does not add up over people and months"),
        ({"kpi": "nonsense"}, "kpi", "There is no KPI"),
        ({"period": "soon"}, "period", "is not a period"),
        ({"period": "2026-W12"}, "period", "a month, a quarter or a year"),
        ({"grain": "week"}, "grain", "a month or of a quarter"),
        ({"target": "-5"}, "target", "above 0"),
        ({"target": "much"}, "target", "is not a number"),
        ({"team": None}, "team", "teams you belong to"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(
    make_plan: MakePlan, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(GoalRefusal) as refusal:
        make_plan(**changes)
    assert words in refusal.value.problems[field]
    assert not TargetPlan.objects.exists()


def test_columns_follow_the_fiscal_calendar(make_plan: MakePlan, workspace: Workspace) -> None:
    workspace.year_pattern = "4-4-5"
    workspace.save()
    starts = sheet_of(make_plan(period="2026-Q1")).starts
    assert [(later - earlier).days for earlier, later in pairwise(starts)] == [28, 28]


# --- cells ------------------------------------------------------------------------------------------------


def test_cells_are_typed_as_people_write_numbers(plan: TargetPlan, manager: Member, rep: Member) -> None:
    values = {(rep.pk, JAN): "1.2m", (rep.pk, FEB): "12k", (rep.pk, MAR): "1,200.50"}
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=0, values=values)
    assert [cell.value for cell in sheet_of(plan).row(rep.pk)] == [1_200_000, 12_000, Decimal("1200.5")]
    assert plan.version == 1


def test_one_wrong_cell_stores_none_and_is_named(plan: TargetPlan, manager: Member, rep: Member) -> None:
    values = {(rep.pk, JAN): "12k", (rep.pk, FEB): "a lot", (rep.pk, MAR): "-3"}
    with pytest.raises(GoalRefusal) as refusal:
        plans.set_cells(plan=plan, by=manager, today=TODAY, version=0, values=values)
    assert "is not a number" in refusal.value.problems[f"{rep.pk}:{FEB}"]
    assert "below 0" in refusal.value.problems[f"{rep.pk}:{MAR}"]
    plan.refresh_from_db()
    assert (plan.version, sheet_of(plan).total) == (0, 0)


def test_who_saves_over_somebody_elses_change_is_told_who_it_was(
    plan: TargetPlan, manager: Member, leader: Member, rep: Member
) -> None:
    hers, his = TargetPlan.objects.get(pk=plan.pk), TargetPlan.objects.get(pk=plan.pk)
    plans.set_cells(plan=hers, by=leader, today=TODAY, version=0, values={(rep.pk, JAN): "10k"})
    with pytest.raises(PlanMoved, match=r"Lena Cole changed this plan at \d\d:\d\d.*nothing of yours was stored"):
        plans.set_cells(plan=his, by=manager, today=TODAY, version=0, values={(rep.pk, JAN): "20k", (rep.pk, FEB): "5"})
    assert numbers(plan, rep) == [10_000, None, None]


def test_the_same_numbers_again_make_no_step(plan: TargetPlan, manager: Member) -> None:
    fill(plan, manager)
    fill(plan, manager)
    assert plan.version == 1
    assert plan.steps.count() == 1


def test_a_year_of_two_hundred_people_is_stored_in_one_call(workspace: Workspace, leader: Member, north: Team) -> None:
    people = Member.objects.bulk_create(Member(workspace=workspace, name=f"Rep {n:03d}") for n in range(200))
    Membership.objects.bulk_create(Membership(member=each, team=north, starts_on=JAN) for each in people)
    big = plans.create_plan(workspace=workspace, by=leader, today=TODAY, kpi="revenue:deals", period="2026", team=north)
    values = {key: str(number) for number, key in enumerate(sheet_of(big).places, 1)}
    plans.set_cells(plan=big, by=leader, today=TODAY, version=0, values=values)
    assert len(values) == 2400
    assert sheet_of(big).total == 2400 * 2401 // 2


def test_nobody_but_who_manages_the_team_writes(
    plan: TargetPlan, rep: Member, viewer: Member, outsider: Member, south: Team
) -> None:
    other_manager = make_member(south.workspace, "Sol Moon", Role.MANAGER, team=south)
    for member in (rep, viewer, outsider, other_manager):
        with pytest.raises(PermissionDenied):
            plans.set_cells(plan=plan, by=member, today=TODAY, version=0, values={(rep.pk, JAN): "1"})


# --- filling, scaling, splitting: whatever is done, sums are exact ---------------------------------------------

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
amounts = st.decimals(min_value=0, max_value=10**9, places=2)
cells = st.builds(Cell, st.none() | amounts, st.booleans())
STARTS = (JAN, FEB, MAR)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    people = tuple(range(1, draw(st.integers(1, 6)) + 1))
    return Sheet(people, STARTS, {(each, start): draw(cells) for each in people for start in STARTS})


@unhurried
@given(
    sheets(),
    st.decimals(min_value=1, max_value=10**10, places=2),
    st.lists(st.integers(0, 50), min_size=18, max_size=18),
)
def test_a_split_sums_to_the_target_exactly_and_leaves_locked_cells(
    sheet: Sheet, target: Decimal, weights: list[int]
) -> None:
    by_place = dict(zip(sheet.places, weights, strict=False))
    held = {key: cell for key, cell in sheet.cells.items() if cell.locked}
    try:
        after = sheet.with_changes(planning.split(sheet, target, lambda key: by_place[key]))
    except planning.Refusal:
        over = sum((cell.value or Decimal(0) for cell in held.values()), Decimal(0)) > target
        assert over or not any(by_place[key] for key in by_place if key not in held)
        return
    assert after.total == target
    assert {key: after.cells[key] for key in held} == held


@unhurried
@given(sheets(), st.decimals(min_value=0, max_value=10, places=3))
def test_scaling_multiplies_the_open_sum_exactly(sheet: Sheet, factor: Decimal) -> None:
    held = sum((cell.value or Decimal(0) for cell in sheet.cells.values() if cell.locked), Decimal(0))
    try:
        after = sheet.with_changes(planning.scaled(sheet, factor, sheet.people))
    except planning.Refusal:
        assert sheet.total == held
        return
    assert after.total - held == (sheet.total - held) * factor


@unhurried
@given(sheets())
def test_rows_and_columns_sum_to_the_same_total(sheet: Sheet) -> None:
    rows = sum((sheet.row_total(person) for person in sheet.people), Decimal(0))
    columns = sum((sheet.column_total(start) for start in sheet.starts), Decimal(0))
    assert rows == columns == sheet.total


def test_a_target_is_split_evenly_to_the_last_unit(make_plan: MakePlan, manager: Member, rep: Member) -> None:
    plan = make_plan(target="100")
    plans.split_target(plan=plan, by=manager, today=TODAY, version=0, way="even")
    assert numbers(plan, rep) == [17, 17, 16]
    assert sheet_of(plan).total == 100


def test_locked_rows_stay_and_the_rest_is_split_anew(
    plan: TargetPlan, manager: Member, rep: Member, second_rep: Member
) -> None:
    fill(plan, manager, "30k")
    plans.lock_row(plan=plan, by=manager, today=TODAY, version=1, person=rep.pk, lock=True)
    plans.split_target(plan=plan, by=manager, today=TODAY, version=2, way="even")
    assert numbers(plan, rep) == [30_000] * 3
    assert numbers(plan, second_rep) == [70_000] * 3


def test_capacity_counts_working_days_ramp_and_absence() -> None:
    calendar, january = WorkingCalendar(), custom_period(JAN, FEB)
    assert working_capacity(calendar, january, None, None, []) == 22
    assert working_capacity(calendar, january, JAN, None, []) == Decimal("5.5")  # a quarter in the first month
    assert working_capacity(calendar, january, date(2025, 1, 1), date(2026, 1, 12), []) == 7
    away = [(date(2026, 1, 5), date(2026, 1, 12)), (date(2026, 1, 7), date(2026, 1, 14))]
    assert working_capacity(calendar, january, None, None, away) == 15  # days in both absences count once


def test_a_split_by_capacity_gives_somebody_new_less(
    plan: TargetPlan, manager: Member, rep: Member, second_rep: Member
) -> None:
    second_rep.joined_on = JAN
    second_rep.save()
    plans.split_target(plan=plan, by=manager, today=TODAY, version=0, way="capacity")
    sheet = sheet_of(plan)
    assert sheet.total == 300_000
    assert numbers(plan, second_rep)[0] < numbers(plan, second_rep)[2]  # type: ignore[operator]
    assert sheet.row_total(second_rep.pk) * 10 < sheet.row_total(rep.pk) * 6


def test_filling_right_copies_the_first_column(plan: TargetPlan, manager: Member, rep: Member) -> None:
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=0, values={(rep.pk, JAN): "10k"})
    plans.fill_right(plan=plan, by=manager, today=TODAY, version=1, first=JAN, person=rep.pk)
    assert numbers(plan, rep) == [10_000] * 3


@pytest.mark.parametrize(("typed", "factor"), [("10", "1.1"), ("+10 %", "1.1"), ("-2.5%", "0.975"), ("−5", "0.95")])
def test_a_percentage_is_read_as_people_write_it(typed: str, factor: str) -> None:
    assert plans.factor_of(typed)[0] == Decimal(factor)


def test_no_history_is_said_and_not_filled_with_zeros(plan: TargetPlan, manager: Member) -> None:
    with pytest.raises(GoalRefusal, match="tells nothing about these people"):
        plans.suggest(plan=plan, by=manager, today=TODAY, version=0, percent="10")


# --- undo ------------------------------------------------------------------------------------------------


def test_undo_returns_exactly_and_redo_does_it_again(plan: TargetPlan, manager: Member) -> None:
    states = [dict(sheet_of(plan).cells)]
    fill(plan, manager, "10k")
    states.append(dict(sheet_of(plan).cells))
    plans.split_target(plan=plan, by=manager, today=TODAY, version=plan.version, way="even")
    states.append(dict(sheet_of(plan).cells))
    plans.scale(plan=plan, by=manager, today=TODAY, version=plan.version, percent="7")
    states.append(dict(sheet_of(plan).cells))
    for state in reversed(states[:-1]):
        plans.undo(plan=plan, by=manager, today=TODAY, version=plan.version)
        assert dict(sheet_of(plan).cells) == state
    with pytest.raises(GoalRefusal, match="nothing to take back"):
        plans.undo(plan=plan, by=manager, today=TODAY, version=plan.version)
    for state in states[1:]:
        plans.redo(plan=plan, by=manager, today=TODAY, version=plan.version)
        assert dict(sheet_of(plan).cells) == state


def test_after_a_new_change_what_was_taken_back_is_gone(plan: TargetPlan, manager: Member) -> None:
    fill(plan, manager, "10k")
    plans.undo(plan=plan, by=manager, today=TODAY, version=plan.version)
    fill(plan, manager, "20k")
    with pytest.raises(GoalRefusal, match="nothing to do again"):
        plans.redo(plan=plan, by=manager, today=TODAY, version=plan.version)


# --- proposing and agreeing ------------------------------------------------------------------------------


@pytest.fixture
def proposed(plan: TargetPlan, manager: Member) -> TargetPlan:
    fill(plan, manager)
    agreeing.propose_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    return plan


def state_of(plan: TargetPlan, person: Member) -> RowState:
    found = talks(plan, sheet_of(plan)).get(person.pk)
    return found.state if found else RowState.OPEN


def test_a_draft_exists_only_for_those_who_manage_it(
    plan: TargetPlan, manager: Member, leader: Member, rep: Member, other_rep: Member, viewer: Member
) -> None:
    seen = {each.name: list(plans_seen(each, reach_of(each, TODAY))) for each in (manager, leader, rep, other_rep)}
    assert seen == {"Mara Dietz": [plan], "Lena Cole": [plan], "Rita Evans": [], "Omar Faye": []}


def test_once_proposed_reps_see_it_and_others_do_not(proposed: TargetPlan, rep: Member, other_rep: Member) -> None:
    assert list(plans_seen(rep, reach_of(rep, TODAY))) == [proposed]
    assert list(plans_seen(other_rep, reach_of(other_rep, TODAY))) == []
    assert not may_see_total(rep, proposed, TODAY)


def test_an_empty_plan_is_not_proposed(plan: TargetPlan, manager: Member) -> None:
    with pytest.raises(GoalRefusal, match="no number in the plan"):
        agreeing.propose_plan(plan=plan, by=manager, today=TODAY, version=plan.version)


def test_a_rep_proposes_and_the_manager_accepts(proposed: TargetPlan, manager: Member, rep: Member) -> None:
    agreeing.propose_row(plan=proposed, by=rep, values={JAN: "40k"}, text="January is short.", today=TODAY)
    assert numbers(proposed, rep) == [50_000] * 3  # nothing changes by asking
    assert state_of(proposed, rep) is RowState.PROPOSED
    agreeing.accept_row(plan=proposed, by=manager, person=rep, version=proposed.version, today=TODAY)
    assert numbers(proposed, rep) == [40_000, 50_000, 50_000]
    assert state_of(proposed, rep) is RowState.AGREED
    assert [(step.kind, step.by) for step in proposed.steps.filter(person=rep)] == [
        ("propose", rep),
        ("accept", manager),
    ]


def test_a_manager_counters_and_the_rep_accepts(proposed: TargetPlan, manager: Member, rep: Member) -> None:
    agreeing.propose_row(plan=proposed, by=rep, values={JAN: "40k"}, today=TODAY)
    agreeing.counter_row(
        plan=proposed, by=manager, person=rep, version=proposed.version, values={JAN: "45k"}, today=TODAY
    )
    assert state_of(proposed, rep) is RowState.COUNTERED
    agreeing.accept_row(plan=proposed, by=rep, person=rep, version=proposed.version, today=TODAY)
    assert numbers(proposed, rep) == [45_000, 50_000, 50_000]
    assert state_of(proposed, rep) is RowState.AGREED


def test_the_plan_is_agreed_with_its_last_row_and_open_again_with_a_changed_number(
    proposed: TargetPlan, manager: Member, rep: Member, second_rep: Member
) -> None:
    for each in (rep, second_rep):
        assert proposed.stage == Stage.PROPOSED
        agreeing.accept_row(plan=proposed, by=each, person=each, version=proposed.version, today=TODAY)
    assert proposed.stage == Stage.AGREED
    plans.set_cells(plan=proposed, by=manager, today=TODAY, version=proposed.version, values={(rep.pk, JAN): "51k"})
    assert proposed.stage == Stage.PROPOSED
    assert state_of(proposed, rep) is RowState.OPEN
    assert state_of(proposed, second_rep) is RowState.AGREED


def test_reps_speak_about_their_own_row_only(proposed: TargetPlan, rep: Member, second_rep: Member) -> None:
    agreeing.comment(plan=proposed, by=rep, person=rep, text="Fine by me.", today=TODAY)
    with pytest.raises(PermissionDenied):
        agreeing.comment(plan=proposed, by=rep, person=second_rep, text="He can do more.", today=TODAY)
    with pytest.raises(PermissionDenied):
        agreeing.accept_row(plan=proposed, by=rep, person=second_rep, version=proposed.version, today=TODAY)


def test_a_manager_cannot_agree_for_somebody_who_said_nothing(
    proposed: TargetPlan, manager: Member, rep: Member
) -> None:
    with pytest.raises(GoalRefusal, match="has not proposed anything"):
        agreeing.accept_row(plan=proposed, by=manager, person=rep, version=proposed.version, today=TODAY)


def test_undo_does_not_reach_behind_an_agreement(proposed: TargetPlan, manager: Member, rep: Member) -> None:
    agreeing.accept_row(plan=proposed, by=rep, person=rep, version=proposed.version, today=TODAY)
    with pytest.raises(GoalRefusal, match="nothing to take back"):
        plans.undo(plan=proposed, by=manager, today=TODAY, version=proposed.version)


# --- publishing ------------------------------------------------------------------------------------------


def test_publishing_makes_a_goal_a_person_phased_as_the_row_under_the_goal_of_the_team(
    plan: TargetPlan, manager: Member, rep: Member, north: Team
) -> None:
    fill(plan, manager)
    odd = {(rep.pk, JAN): "33333.33", (rep.pk, FEB): "10", (rep.pk, MAR): "66666.67"}
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=plan.version, values=odd)
    done = publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    assert done == (2, 0, 0)
    goal = Goal.objects.get(person=rep)
    assert (goal.stage, goal.plan, goal.owner, goal.starts_on, goal.ends_on) == (
        Stage.PUBLISHED, plan, rep, JAN, date(2026, 4, 1),
    )  # fmt: skip
    target = goal.targets.get().value
    assert target == Decimal("100010")
    curve = curve_of(goal.phasing, goal.starts_on, goal.ends_on, goal.workspace.fiscal)
    assert spread(target, curve.parts) == [Decimal("33333.33"), Decimal("10"), Decimal("66666.67")]
    assert goal.parent is not None
    assert (goal.parent.team, goal.parent.targets.get().value) == (north, 300_000)
    assert may_see_total(rep, plan, TODAY)


def test_publishing_again_adds_a_version_with_a_reason_and_overwrites_nothing(
    plan: TargetPlan, manager: Member, rep: Member
) -> None:
    fill(plan, manager)
    publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    values = {(rep.pk, MAR): "80k"}
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=plan.version, values=values)
    with pytest.raises(GoalRefusal, match="Say why the targets change"):
        publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    done = publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version, reason="A new product in March.")
    assert done == (0, 1, 1)
    goal = Goal.objects.get(person=rep)
    assert [(each.value, each.reason) for each in goal.targets.order_by("pk")] == [
        (150_000, ""),
        (180_000, "A new product in March."),
    ]
    assert Goal.objects.filter(plan=plan).count() == 2


def test_a_goal_that_is_there_already_is_taken_up(
    plan: TargetPlan, manager: Member, rep: Member, make_goal: Callable[..., Goal]
) -> None:
    there = make_goal(person=rep, starts_on=JAN, ends_on=date(2026, 4, 1), target="120k")
    fill(plan, manager)
    publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    there.refresh_from_db()
    assert there.plan == plan
    assert [each.value for each in there.targets.order_by("pk")] == [120_000, 150_000]


def test_a_row_without_numbers_makes_no_goal(
    plan: TargetPlan, manager: Member, rep: Member, second_rep: Member
) -> None:
    plans.set_cells(plan=plan, by=manager, today=TODAY, version=0, values={(rep.pk, JAN): "10k"})
    publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    assert not Goal.objects.filter(person=second_rep).exists()


def test_one_person_who_cannot_have_a_goal_stops_all_of_it(
    plan: TargetPlan, manager: Member, second_rep: Member
) -> None:
    fill(plan, manager)
    second_rep.left_on = TODAY
    second_rep.save()
    with pytest.raises(GoalRefusal, match=r"Theo Hart: .*Nothing was published"):
        publish_plan(plan=plan, by=manager, today=TODAY, version=plan.version)
    assert not Goal.objects.exists()


# --- the next period -------------------------------------------------------------------------------------


def test_the_next_quarter_begins_as_a_copy_without_who_left_and_with_who_is_new(
    plan: TargetPlan, manager: Member, rep: Member, second_rep: Member, north: Team
) -> None:
    fill(plan, manager)
    second_rep.left_on = date(2026, 3, 15)
    second_rep.save()
    new = make_member(north.workspace, "Nora Quist", Role.MEMBER)
    Membership.objects.create(member=new, team=north, starts_on=date(2026, 4, 1))
    copy = plans.copy_plan(plan=plan, by=manager, today=TODAY)
    assert (copy.starts_on, copy.ends_on, copy.stage) == (date(2026, 4, 1), date(2026, 7, 1), Stage.DRAFT)
    assert copy.title == "Revenue, North, Q2 2026"
    assert numbers(copy, rep) == [50_000] * 3
    assert sheet_of(copy).people == (new.pk, rep.pk)
    assert numbers(copy, new) == [None] * 3


def test_people_come_and_go_and_a_plan_is_removed(
    plan: TargetPlan, manager: Member, rep: Member, other_rep: Member
) -> None:
    with pytest.raises(GoalRefusal, match="in none of your teams"):
        plans.add_person(plan=plan, by=manager, today=TODAY, version=0, person=other_rep)
    plans.add_person(plan=plan, by=manager, today=TODAY, version=0, person=manager)
    assert manager.pk in sheet_of(plan).people
    plans.drop_person(plan=plan, by=manager, today=TODAY, version=1, person=rep)
    assert rep.pk not in sheet_of(plan).people
    plans.remove_plan(plan=plan, by=manager, today=TODAY, version=2, now=NOW)
    assert list(plans_seen(manager, reach_of(manager, TODAY))) == []


def test_every_write_is_in_the_trail(proposed: TargetPlan, rep: Member) -> None:
    agreeing.accept_row(plan=proposed, by=rep, person=rep, version=proposed.version, today=TODAY)
    actions = set(Event.objects.filter(subject_id=str(proposed.pk)).values_list("action", flat=True))
    assert {"plan.create", "plan.change", "plan.stage", "plan.accept"} <= actions
    assert PlanStep.objects.filter(plan=proposed, by=None).count() == 0
