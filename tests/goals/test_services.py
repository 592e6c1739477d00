"""Writing goals: what is stored, what is audited, and what every bad input is answered with."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import Event
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, Goal, TargetVersion
from apps.goals.queries import target_history, target_on, targets_in_force
from apps.goals.services import (
    BenchmarkDraft,
    close_goal,
    create_goal,
    edit_goal,
    reopen_goal,
    set_benchmark,
    set_target,
)
from apps.people.models import Member, Team, Workspace
from tests.goals.conftest import NOW, TODAY, MakeGoal


def wishes(workspace: Workspace, by: Member, /, **changes: Any) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "by": by,
        "title": "Win more",
        "kpi": "win_rate",
        "scope": "workspace",
        "owner": by,
        "starts_on": date(2025, 10, 1),
        "ends_on": date(2026, 1, 1),
        "baseline": "25 %",
        "target": "30 %",
        "cadence": "monthly",
        "note": " because ",
        "today": TODAY,
    } | changes


def refused(**wish: Any) -> dict[str, str]:
    """The sentences by field, after a check that nothing at all was stored."""
    before = Goal.objects.count(), TargetVersion.objects.count(), Event.objects.count()
    with pytest.raises(GoalRefusal) as refusal:
        create_goal(**wish)
    assert (Goal.objects.count(), TargetVersion.objects.count(), Event.objects.count()) == before
    assert all(sentence[-1] in ".?" for sentence in refusal.value.problems.values())
    return refusal.value.problems


def test_a_goal_is_stored_with_its_target_benchmark_and_trail(workspace: Workspace, leader: Member) -> None:
    benchmark = BenchmarkDraft("industry", "28 %", "CRM survey 2025, n = 1500", date(2025, 6, 1))
    goal = create_goal(**wishes(workspace, leader, benchmark=benchmark))
    goal.refresh_from_db()
    assert (goal.title, goal.kpi, goal.kpi_version, goal.cadence) == ("Win more", "win_rate", 1, "monthly")
    assert (goal.baseline, goal.note, goal.created_by) == (Decimal("0.25"), "because", leader)
    assert [(t.value, t.effective_from, t.set_by) for t in goal.targets.all()] == [
        (Decimal("0.3"), date(2025, 10, 1), leader)
    ]
    assert goal.benchmarks.get().value == Decimal("0.28")
    event = Event.objects.get(action="goal.create")
    assert event.actor == leader.user
    assert event.after["target"] == "0.3"
    assert event.after["owner"] == leader.pk


def test_a_goal_without_title_is_named_after_its_kpi_and_subject(make_goal: MakeGoal, north: Team, rep: Member) -> None:
    assert make_goal().title == "Revenue, Acme"
    assert make_goal(team=north).title == "Revenue, North"
    assert make_goal(person=rep).title == "Revenue, Rita Evans"


def test_a_target_may_come_later(make_goal: MakeGoal) -> None:
    goal = make_goal(target="  ")
    assert target_on(goal, TODAY) is None
    set_target(goal=goal, by=None, value="1.2m", today=TODAY)
    version = target_on(goal, TODAY)
    assert version is not None
    assert (version.value, version.effective_from) == (1_200_000, TODAY)


def test_only_the_subject_of_the_chosen_scope_is_kept(make_goal: MakeGoal, north: Team, rep: Member) -> None:
    goal = make_goal(scope="person", person=rep, team=north)
    assert (goal.scope, goal.team, goal.person) == ("person", None, rep)


def test_a_program_may_give_numbers_as_they_are_stored(make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="win_rate", target=Decimal("0.3"), baseline=0.25)
    assert goal.baseline == Decimal("0.25")
    assert goal.targets.get().value == Decimal("0.3")


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"kpi": "win_rat"}, "kpi", "There is no KPI called “win_rat”. Did you mean win_rate"),
    ({"kpi": " "}, "kpi", "Choose the KPI"),
    ({"target": "abc"}, "target", "“abc” is not a number: write 30 % or 12.5 %."),
    ({"target": "0.3"}, "target", "could mean 0.3 % or 30 %"),
    ({"target": float("nan")}, "target", "is not a number"),
    ({"target": "9" * 25}, "target", "too large"),
    ({"kpi": "revenue", "target": "0", "baseline": None}, "target", "adds up from 0, so a target of 0 is no goal"),
    ({"kpi": "revenue", "target": "-5", "baseline": None}, "target", "set one above 0"),
    ({"kpi": "revenue", "target": "30 %", "baseline": None}, "target", "is a percentage, but this KPI is not"),
    ({"target": "25 %"}, "target", "Target and baseline are both 25 %"),
    ({"baseline": "much"}, "baseline", "“much” is not a number"),
    ({"owner": None}, "owner", "Choose one person"),
    ({"starts_on": None}, "starts_on", "Give the first day"),
    ({"ends_on": None}, "ends_on", "Give the last day"),
    ({"ends_on": date(2025, 10, 1)}, "ends_on", "The last day (30 Sep 2025) is before the first day (1 Oct 2025)"),
    ({"ends_on": date(2025, 9, 1)}, "ends_on", "choose a later one"),
    ({"ends_on": date(2027, 4, 2)}, "ends_on", "is more than 18 months"),
    ({"starts_on": date(25, 10, 1)}, "starts_on", "The year 25 is surely a slip"),
    ({"scope": "galaxy"}, "scope", "the whole company, a team or a person"),
    ({"scope": "team"}, "team", "Choose the team"),
    ({"scope": "person"}, "person", "Choose the person"),
    ({"cadence": "hourly"}, "cadence", "“hourly” is no review rhythm"),
    ({"title": "x" * 201}, "title", "201 characters; 200 is the most"),
    ({"note": "x" * 5001}, "note", "5000 is the most"),
    (
        {"benchmark": BenchmarkDraft("industry", "30 %", " ", date(2025, 1, 1))},
        "benchmark_source",
        "Say where the benchmark comes from",
    ),
    ({"benchmark": BenchmarkDraft("gossip", "30 %", "a friend", date(2025, 1, 1))}, "benchmark_kind", "Industry"),
    ({"benchmark": BenchmarkDraft("industry", "", "survey", date(2025, 1, 1))}, "benchmark_value", "Give the"),
    ({"benchmark": BenchmarkDraft("industry", "30 %", "survey", None)}, "benchmark_as_of", "undated"),
]


@pytest.mark.parametrize(("change", "field", "words"), BAD, ids=[f"{field}: {words}" for _, field, words in BAD])
def test_bad_input_gets_one_sentence_at_its_field(
    workspace: Workspace, leader: Member, change: dict[str, Any], field: str, words: str
) -> None:
    problems = refused(**wishes(workspace, leader, **change))
    assert list(problems) == [field]
    assert words in problems[field]


def test_18_months_are_allowed(workspace: Workspace, leader: Member) -> None:
    create_goal(**wishes(workspace, leader, ends_on=date(2027, 4, 1)))


def test_all_that_is_wrong_is_told_at_once(workspace: Workspace, leader: Member) -> None:
    problems = refused(**wishes(workspace, leader, kpi="x", target="y", ends_on=None, owner=None))
    assert set(problems) == {"kpi", "target", "ends_on", "owner"}


def test_an_owner_who_left_is_refused_by_name(workspace: Workspace, leader: Member, rep: Member) -> None:
    rep.left_on = date(2025, 11, 14)
    rep.save()
    problems = refused(**wishes(workspace, leader, owner=rep))
    assert problems == {"owner": "Rita Evans left on 14 Nov 2025: choose somebody who is still here."}


def test_a_person_who_left_before_the_goal_starts_is_refused(workspace: Workspace, leader: Member, rep: Member) -> None:
    rep.left_on = date(2025, 10, 1)
    rep.save()
    assert (
        "left on 1 Oct 2025, before this goal starts"
        in refused(**wishes(workspace, leader, scope="person", person=rep))["person"]
    )
    create_goal(**wishes(workspace, leader, scope="person", person=rep, starts_on=date(2025, 7, 1)))


def test_nothing_of_another_workspace_gets_in(
    workspace: Workspace, other_workspace: Workspace, leader: Member, outsider: Member
) -> None:
    foreign = Team.objects.create(workspace=other_workspace, name="Secret")
    assert set(refused(**wishes(workspace, leader, owner=outsider))) == {"owner"}
    assert set(refused(**wishes(workspace, leader, scope="person", person=outsider))) == {"person"}
    problems = refused(**wishes(workspace, leader, scope="team", team=foreign))
    assert "Secret" not in problems["team"]
    assert "may not set goals here" in refused(**wishes(workspace, leader, by=outsider))["scope"]


def test_two_open_goals_on_the_same_number_are_refused(make_goal: MakeGoal, north: Team) -> None:
    first = make_goal(team=north)
    with pytest.raises(GoalRefusal, match="“Revenue, North” is an open goal on the same KPI"):
        make_goal(team=north, title="Another")
    make_goal(team=north, ends_on=date(2025, 12, 1))
    make_goal()
    close_goal(goal=first, by=None, outcome="done", now=NOW)
    make_goal(team=north, title="Another")


def test_a_manager_sets_goals_for_own_teams_and_their_people_only(
    workspace: Workspace, manager: Member, rep: Member, other_rep: Member, north: Team, south: Team, sales: Team
) -> None:
    create_goal(**wishes(workspace, manager, scope="team", team=north))
    create_goal(**wishes(workspace, manager, scope="person", person=rep))
    for beyond in ({"scope": "team", "team": south}, {"scope": "team", "team": sales}):
        assert set(refused(**wishes(workspace, manager, **beyond))) == {"team"}
    assert set(refused(**wishes(workspace, manager, scope="person", person=other_rep))) == {"person"}
    assert "choose one of those" in refused(**wishes(workspace, manager))["scope"]


def test_a_member_sets_no_goals(workspace: Workspace, rep: Member) -> None:
    problems = refused(**wishes(workspace, rep, scope="person", person=rep))
    assert problems == {"scope": "Your role (Member) may not set goals here: ask a manager."}


# --- editing ---------------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_is_given_and_audits_only_that(make_goal: MakeGoal, leader: Member, rep: Member) -> None:
    goal = make_goal()
    edited = edit_goal(goal=goal, by=leader, title="Grow", owner=rep, today=TODAY)
    goal.refresh_from_db()
    assert (goal.title, goal.owner, goal.kpi, goal.baseline) == ("Grow", rep, "revenue", None)
    assert edited.title == "Grow"
    event = Event.objects.get(action="goal.edit")
    assert event.before == {"title": "Revenue, Acme", "owner": leader.pk}
    assert event.after == {"title": "Grow", "owner": rep.pk}


def test_an_edit_that_changes_nothing_leaves_no_trail(make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal(kpi="win_rate", target="30 %", baseline="25 %")
    edit_goal(goal=goal, by=leader, baseline="25%", title=goal.title, today=TODAY)
    assert not Event.objects.filter(action="goal.edit").exists()


def test_a_bad_edit_changes_nothing(make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal()
    with pytest.raises(GoalRefusal) as refusal:
        edit_goal(goal=goal, by=leader, title="New", ends_on=date(2025, 9, 1), today=TODAY)
    assert set(refusal.value.problems) == {"ends_on"}
    goal.refresh_from_db()
    assert goal.title == "Revenue, Acme"


def test_an_owner_who_left_since_does_not_stand_in_the_way_of_an_edit(make_goal: MakeGoal, rep: Member) -> None:
    goal = make_goal(owner=rep)
    rep.left_on = date(2025, 11, 1)
    rep.save()
    assert edit_goal(goal=goal, by=None, note="handed over soon", today=TODAY).owner == rep


def test_an_edit_may_not_make_a_second_goal_of_the_same(make_goal: MakeGoal) -> None:
    make_goal()
    other = make_goal(ends_on=date(2025, 12, 1))
    with pytest.raises(GoalRefusal, match="open goal on the same KPI"):
        edit_goal(goal=other, by=None, ends_on=date(2026, 1, 1), today=TODAY)
    edit_goal(goal=other, by=None, title="Still mine", today=TODAY)


def test_a_manager_may_not_hand_a_goal_to_another_team(
    make_goal: MakeGoal, manager: Member, north: Team, south: Team
) -> None:
    goal = make_goal(team=north)
    with pytest.raises(GoalRefusal, match="teams you belong to"):
        edit_goal(goal=goal, by=manager, team=south, today=TODAY)
    with pytest.raises(PermissionDenied):
        edit_goal(goal=make_goal(team=south), by=manager, title="Mine now", today=TODAY)


def test_an_earlier_start_is_covered_by_the_first_target(make_goal: MakeGoal) -> None:
    goal = edit_goal(goal=make_goal(), by=None, starts_on=date(2025, 9, 1), today=TODAY)
    version = target_on(goal, date(2025, 9, 1))
    assert version is not None
    assert version.value == 920_000


# --- targets ---------------------------------------------------------------------------------------------------------


def test_a_new_target_is_a_new_version_and_the_past_keeps_its_own(make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal()
    set_target(goal=goal, by=leader, value="1m", reason="new market", effective_from=date(2025, 11, 17), today=TODAY)
    in_force = [target_on(goal, day) for day in (TODAY, date(2025, 11, 16), date(2025, 11, 17), date(2026, 5, 1))]
    assert [version.value for version in in_force if version] == [920_000, 920_000, 1_000_000, 1_000_000]
    assert [version.reason for version in target_history(goal)] == ["new market", ""]
    event = Event.objects.get(action="goal.set_target")
    assert Decimal(event.before["target"]) == 920_000
    assert event.after == {"target": "1000000", "effective_from": "2025-11-17", "reason": "new market"}


def test_of_two_versions_of_one_day_the_later_one_holds(make_goal: MakeGoal) -> None:
    goal = make_goal()
    for value in ("1m", "1.1m"):
        set_target(goal=goal, by=None, value=value, reason="again", today=TODAY)
    version = target_on(goal, TODAY)
    assert version is not None
    assert version.value == 1_100_000


def test_a_target_set_before_the_start_or_after_the_end_holds_within_the_period(make_goal: MakeGoal) -> None:
    future = make_goal(starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    past = make_goal(starts_on=date(2025, 7, 1), ends_on=date(2025, 10, 1))
    assert set_target(goal=future, by=None, value="1", reason="x", today=TODAY).effective_from == date(2026, 1, 1)
    assert set_target(goal=past, by=None, value="1", reason="x", today=TODAY).effective_from == date(2025, 9, 30)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": "lots"}, "target"),
        ({"value": ""}, "target"),
        ({"value": "0"}, "target"),
        ({"value": "920k"}, "target"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"effective_from": date(2025, 9, 30)}, "effective_from"),
        ({"effective_from": date(2026, 1, 1)}, "effective_from"),
    ],
)
def test_a_bad_target_is_refused(make_goal: MakeGoal, change: dict[str, Any], field: str) -> None:
    goal = make_goal()
    with pytest.raises(GoalRefusal) as refusal:
        set_target(**{"goal": goal, "by": None, "value": "1m", "reason": "why not", "today": TODAY} | change)
    assert list(refusal.value.problems) == [field]
    assert goal.targets.count() == 1


def test_a_target_may_not_reach_back_behind_the_one_in_force(make_goal: MakeGoal) -> None:
    goal = make_goal()
    set_target(goal=goal, by=None, value="1m", reason="x", effective_from=TODAY, today=TODAY)
    with pytest.raises(GoalRefusal, match="A target is in force from 14 Nov 2025 on"):
        set_target(goal=goal, by=None, value="2m", reason="x", effective_from=date(2025, 11, 1), today=TODAY)


def test_all_targets_in_force_come_in_one_query(
    make_goal: MakeGoal, workspace: Workspace, django_assert_num_queries: Any
) -> None:
    running = make_goal()
    changed = make_goal(kpi="average_deal_size", target="9k")
    set_target(goal=changed, by=None, value="10k", reason="x", effective_from=date(2025, 11, 10), today=TODAY)
    set_target(goal=changed, by=None, value="11k", reason="x", effective_from=date(2025, 12, 1), today=TODAY)
    future = make_goal(starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 1))
    without = make_goal(kpi="win_rate", target=None)
    with django_assert_num_queries(1):
        found = targets_in_force(workspace, TODAY)
    assert found == {running.pk: 920_000, changed.pk: 10_000, future.pk: 920_000}
    assert without.pk not in found


# --- benchmarks, closing ---------------------------------------------------------------------------------------------


def test_benchmarks_are_added_and_never_replaced(make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal()
    for value in ("800k", "900k"):
        set_benchmark(
            goal=goal,
            by=leader,
            kind="historical",
            value=value,
            source="Q4 2024",
            as_of=date(2024, 12, 31),
            today=TODAY,
        )
    assert [benchmark.value for benchmark in goal.benchmarks.all()] == [800_000, 900_000]
    assert Event.objects.filter(action="goal.set_benchmark").count() == 2
    with pytest.raises(GoalRefusal):
        set_benchmark(goal=goal, by=leader, kind="historical", value="1", source="", as_of=None, today=TODAY)
    assert Benchmark.objects.count() == 2


def test_closing_and_reopening_are_kept_in_the_trail(make_goal: MakeGoal, leader: Member) -> None:
    now = datetime(2025, 11, 14, 12, tzinfo=UTC)
    goal = close_goal(goal=make_goal(), by=leader, outcome="cancelled", reason="market closed", now=now)
    assert (goal.closed_at, goal.closed_as, goal.closed_reason) == (now, "cancelled", "market closed")
    goal = reopen_goal(goal=goal, by=leader, reason="a mistake", today=TODAY)
    assert (goal.closed_at, goal.closed_as, goal.closed_reason) == (None, "", "")
    closed, opened = Event.objects.filter(action__in=["goal.close", "goal.reopen"]).order_by("pk")
    assert closed.after == {"outcome": "cancelled", "reason": "market closed"}
    assert (opened.before["outcome"], opened.after) == ("cancelled", {"reason": "a mistake"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": "cancelled"}, "reason"),
        ({"outcome": "forgotten"}, "outcome"),
        ({"outcome": "done", "reason": "x" * 301}, "reason"),
    ],
)
def test_a_bad_close_is_refused(make_goal: MakeGoal, change: dict[str, Any], field: str) -> None:
    goal = make_goal()
    with pytest.raises(GoalRefusal) as refusal:
        close_goal(goal=goal, by=None, now=NOW, **change)
    assert list(refusal.value.problems) == [field]
    goal.refresh_from_db()
    assert goal.closed_at is None


def test_a_closed_goal_stays_as_it_is(make_goal: MakeGoal) -> None:
    goal = close_goal(goal=make_goal(), by=None, outcome="done", now=NOW)
    with pytest.raises(GoalRefusal, match="closed already"):
        close_goal(goal=goal, by=None, outcome="done", now=NOW)
    with pytest.raises(GoalRefusal, match="reopen it to change it"):
        edit_goal(goal=goal, by=None, title="x", today=TODAY)
    with pytest.raises(GoalRefusal, match="reopen it to change it"):
        set_target(goal=goal, by=None, value="1m", reason="x", today=TODAY)


def test_a_goal_is_not_reopened_beside_its_successor_nor_twice(make_goal: MakeGoal) -> None:
    goal = close_goal(goal=make_goal(), by=None, outcome="done", now=NOW)
    make_goal()
    with pytest.raises(GoalRefusal) as refusal:
        reopen_goal(goal=goal, by=None, today=TODAY)
    assert list(refusal.value.problems) == [""]
    with pytest.raises(GoalRefusal, match="is open"):
        reopen_goal(goal=make_goal(kpi="win_rate", target="30 %"), by=None, today=TODAY)


def test_who_may_not_edit_may_not_write_at_all(
    make_goal: MakeGoal, rep: Member, viewer: Member, outsider: Member
) -> None:
    goal = make_goal(person=rep, owner=rep)
    for member in (rep, viewer, outsider):
        with pytest.raises(PermissionDenied):
            set_target(goal=goal, by=member, value="1", reason="easier", today=TODAY)
        with pytest.raises(PermissionDenied):
            close_goal(goal=goal, by=member, outcome="done", now=NOW)
        with pytest.raises(PermissionDenied):
            reopen_goal(goal=goal, by=member, today=TODAY)
        with pytest.raises(PermissionDenied):
            set_benchmark(goal=goal, by=member, kind="internal", value="1", source="me", as_of=TODAY, today=TODAY)
    assert not Event.objects.exclude(action="goal.create").exists()
