"""A target that becomes easier or changes late needs four eyes; owners propose; nothing is overwritten."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.audit.models import Event
from apps.goals.approvals import changed_targets, to_decide
from apps.goals.changing import Aim, asks_of, is_easier
from apps.goals.errors import GoalRefusal
from apps.goals.models import Actual, Goal, TargetVersion
from apps.goals.permissions import reach_of
from apps.goals.queries import target_on, targets_in_force
from apps.goals.services import (
    approve_target,
    counter_target,
    edit_goal,
    propose_target,
    refuse_target,
    set_target,
    withdraw_target,
)
from apps.people.models import Member, Team, Workspace
from apps.people.roles import Role
from tests.cast import make_member
from tests.goals.conftest import NOW, TODAY, MakeGoal

LATE = date(2025, 12, 20)


def lowered(goal: Goal, by: Member | None, value: object = "800k", today: date = TODAY) -> TargetVersion:
    return set_target(goal=goal, by=by, today=today, value=str(value), reason="The market shrank.")


def approve(version: TargetVersion, by: Member, today: date = TODAY) -> TargetVersion:
    return approve_target(version=version, by=by, today=today, now=NOW)


@pytest.mark.parametrize(
    ("direction", "before", "after", "easier"),
    [
        ("up", Aim(Decimal(100)), Aim(Decimal(99)), True),
        ("up", Aim(Decimal(100)), Aim(Decimal(101)), False),
        ("down", Aim(Decimal(30)), Aim(Decimal(31)), True),
        ("down", Aim(Decimal(30)), Aim(Decimal(29)), False),
        ("up", Aim(Decimal(5), Decimal(4), Decimal(6)), Aim(Decimal(5), Decimal(3), Decimal(6)), True),
        ("up", Aim(Decimal(5), Decimal(4), Decimal(6)), Aim(Decimal(5), Decimal(4), Decimal(7)), True),
        ("up", Aim(Decimal(5), Decimal(4), Decimal(6)), Aim(Decimal(5), Decimal(5), Decimal(6)), False),
        ("up", Aim(Decimal(5), Decimal(4), Decimal(6)), Aim(Decimal(5), Decimal(4), None), True),
    ],
)
def test_easier_is_what_asks_for_less(direction: str, before: Aim, after: Aim, easier: bool) -> None:
    assert is_easier(direction, before, after) is easier


def test_a_change_is_late_after_the_part_of_the_target_that_the_workspace_chose() -> None:
    def asks(due: Fraction) -> tuple[str, ...]:
        higher = {"direction": "up", "before": Aim(Decimal(1)), "after": Aim(Decimal(2))}
        return asks_of(**higher, due=due, late_from=Decimal("0.75"))  # type: ignore[arg-type]

    assert asks(Fraction(3, 4)) == ()
    assert asks(Fraction(76, 100)) == ("late",)


def test_a_lower_target_is_not_in_force_until_a_second_person_agrees(
    make_goal: MakeGoal, leader: Member, admin: Member, workspace: Workspace
) -> None:
    goal = make_goal()
    version = lowered(goal, leader)
    assert (version.state, version.asks) == ("waiting", "down")
    assert targets_in_force(workspace, TODAY)[goal.pk] == Decimal(920_000)
    approve(version, admin)
    assert targets_in_force(workspace, TODAY)[goal.pk] == Decimal(800_000)
    version.refresh_from_db()
    assert (version.set_by, version.decided_by, version.decided_at) == (leader, admin, NOW)


def test_days_before_the_approval_stay_judged_by_the_target_they_had(
    make_goal: MakeGoal, leader: Member, admin: Member
) -> None:
    goal = make_goal()
    version = lowered(goal, leader)
    approve(version, admin, today=date(2025, 11, 20))
    assert target_on(goal, date(2025, 11, 19)).value == Decimal(920_000)  # type: ignore[union-attr]
    assert target_on(goal, date(2025, 11, 20)).value == Decimal(800_000)  # type: ignore[union-attr]


def test_a_higher_target_early_on_needs_nobody_else_and_late_it_does(
    make_goal: MakeGoal, leader: Member, admin: Member
) -> None:
    assert lowered(make_goal(), leader, "1m").state == "in_force"
    late = lowered(make_goal(kpi="win_rate", target="30 %"), leader, "40 %", today=LATE)
    assert (late.state, late.asks) == ("waiting", "late")


def test_nobody_approves_what_they_proposed(make_goal: MakeGoal, leader: Member, admin: Member) -> None:
    version = lowered(make_goal(), leader)
    with pytest.raises(PermissionDenied, match="second person"):
        approve(version, leader)
    with pytest.raises(PermissionDenied):
        counter_target(version=version, by=leader, today=TODAY, now=NOW, value="1", note="mine")
    version.refresh_from_db()
    assert version.state == "waiting"


def test_a_new_role_does_not_make_a_second_person_of_the_first(
    make_goal: MakeGoal, north: Team, rep: Member, manager: Member
) -> None:
    goal = make_goal(person=rep, owner=rep)
    version = propose_target(goal=goal, by=rep, today=TODAY, value="800k", reason="Too much.")
    rep.role = Role.ADMIN
    rep.save()
    with pytest.raises(PermissionDenied, match="second person"):
        approve(version, rep)


def test_only_those_who_manage_the_goal_decide(
    make_goal: MakeGoal, leader: Member, admin: Member, manager: Member, rep: Member, south: Team, outsider: Member
) -> None:
    version = lowered(make_goal(team=south), leader)
    for stranger in (manager, rep, outsider):
        with pytest.raises(PermissionDenied):
            approve(version, stranger)


def test_an_edit_of_a_band_is_no_way_around_the_second_person(
    make_goal: MakeGoal, leader: Member, admin: Member
) -> None:
    goal = make_goal(kpi="win_rate", kind="keep_above", low="40 %", target=None)
    edit_goal(goal=goal, by=leader, today=TODAY, kind="keep_above", low="30 %")
    assert goal.targets.last().state == "waiting"  # type: ignore[union-attr]
    assert target_on(goal, TODAY).low == Decimal("0.4")  # type: ignore[union-attr]


def test_taking_a_goal_back_to_a_draft_is_no_way_around_it_once_it_was_judged(
    make_goal: MakeGoal, leader: Member, admin: Member
) -> None:
    draft = make_goal(stage="draft")
    assert lowered(draft, leader).state == "in_force"
    draft.latest = Actual.objects.create(
        goal=draft, known_at=NOW, kpi_version=1, status="on_track", rule="", sentence=""
    )
    draft.save()
    assert lowered(draft, leader, "700k").state == "waiting"


def test_whoever_is_alone_waits_for_nobody_and_the_history_says_so(make_goal: MakeGoal, leader: Member) -> None:
    version = lowered(make_goal(), leader)
    assert version.state == "in_force"
    assert version.decision_note == "Nobody else could approve it then."


def test_two_questions_are_not_open_at_once(make_goal: MakeGoal, leader: Member, admin: Member) -> None:
    goal = make_goal()
    version = lowered(goal, leader)
    with pytest.raises(GoalRefusal, match="decide on that one first"):
        lowered(goal, admin, "1m")
    withdraw_target(version=version, by=leader, now=NOW)
    assert lowered(goal, admin, "1m").state == "in_force"


def test_a_change_is_decided_once(make_goal: MakeGoal, leader: Member, admin: Member) -> None:
    version = lowered(make_goal(), leader)
    refuse_target(version=version, by=admin, today=TODAY, now=NOW, note="We keep it.")
    with pytest.raises(GoalRefusal, match="decided on already"):
        approve(version, admin)


def test_a_refusal_says_why(make_goal: MakeGoal, leader: Member, admin: Member) -> None:
    version = lowered(make_goal(), leader)
    with pytest.raises(GoalRefusal, match="Say why not"):
        refuse_target(version=version, by=admin, today=TODAY, now=NOW, note=" ")


def test_an_owner_proposes_and_the_manager_accepts(make_goal: MakeGoal, rep: Member, manager: Member) -> None:
    goal = make_goal(person=rep, owner=rep)
    version = propose_target(goal=goal, by=rep, today=TODAY, value="1m", reason="I can do more.")
    assert (version.state, version.asks) == ("waiting", "proposed")
    approve(version, manager)
    assert target_on(goal, TODAY).value == Decimal(1_000_000)  # type: ignore[union-attr]


def test_a_counter_is_a_change_like_any_other(
    make_goal: MakeGoal, rep: Member, manager: Member, leader: Member
) -> None:
    goal = make_goal(person=rep, owner=rep)
    version = propose_target(goal=goal, by=rep, today=TODAY, value="700k", reason="Too much.")
    made = counter_target(version=version, by=manager, today=TODAY, now=NOW, value="900k", note="Half way.")
    assert (made.state, made.asks) == ("waiting", "down")  # lower than what is in force: the leader agrees too
    assert made in to_decide(leader, TODAY, reach_of(leader, TODAY))
    assert made not in to_decide(manager, TODAY, reach_of(manager, TODAY))


def test_only_the_owner_proposes(make_goal: MakeGoal, rep: Member, other_rep: Member, viewer: Member) -> None:
    goal = make_goal(person=rep, owner=rep)
    for stranger in (other_rep, viewer):
        with pytest.raises(PermissionDenied):
            propose_target(goal=goal, by=stranger, today=TODAY, value="1", reason="x")


def test_what_was_changed_is_there_for_the_next_review(
    make_goal: MakeGoal, leader: Member, admin: Member, workspace: Workspace, rep: Member
) -> None:
    goal, started = make_goal(), timezone.now()
    version = lowered(goal, leader)
    assert list(changed_targets(workspace, started, seen_by=leader, on=TODAY)) == [version]
    assert not changed_targets(workspace, timezone.now(), seen_by=leader, on=TODAY)
    team_goal = make_goal(team=make_team(workspace))
    lowered(team_goal, leader)
    assert list(changed_targets(workspace, started, seen_by=rep, on=TODAY)) == [version]


def make_team(workspace: Workspace) -> Team:
    return Team.objects.create(workspace=workspace, name="Elsewhere")


def test_every_step_is_in_the_trail(make_goal: MakeGoal, leader: Member, admin: Member) -> None:
    goal = make_goal()
    approve(lowered(goal, leader), admin)
    refuse_target(version=lowered(goal, leader, "700k"), by=admin, today=TODAY, now=NOW, note="No.")
    actions = list(Event.objects.order_by("pk").values_list("action", flat=True))[-4:]
    assert actions == ["goal.propose_target", "goal.approve_target", "goal.propose_target", "goal.refuse_target"]


def test_a_second_account_in_the_workspace_is_a_second_person(
    make_goal: MakeGoal, leader: Member, workspace: Workspace
) -> None:
    other = make_member(workspace, "Lars Hill", Role.LEADER)
    assert approve(lowered(make_goal(), leader), other).state == "in_force"
