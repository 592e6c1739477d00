"""Goals of every kind, from rows in the column store to the stored status: the numbers are counted by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.datasets.queries import snapshots
from apps.datasets.services import run_import
from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Actual, Goal, Milestone, Stage
from apps.goals.services import create_goal, edit_goal, set_target
from apps.metrics.catalogue import Kpi
from apps.people.models import Member
from apps.refresh.consequences import consequences
from apps.refresh.recompute import recompute
from tests.refresh.conftest import HEADER, Receive

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
START, END = date(2026, 11, 2), date(2026, 11, 30)  # four weeks from a Monday

# Won and lost by week: 1 of 2, 2 of 2, 1 of 3; the fourth has not come.
WEEKS = HEADER + (
    "1,Rita Evans,2026-10-01,2026-11-03,won,100\n"
    "2,Rita Evans,2026-10-01,2026-11-04,lost,100\n"
    "3,Rita Evans,2026-10-01,2026-11-10,won,100\n"
    "4,Rita Evans,2026-10-01,2026-11-11,won,100\n"
    "5,Rita Evans,2026-10-01,2026-11-17,won,100\n"
    "6,Rita Evans,2026-10-01,2026-11-18,lost,100\n"
    "7,Rita Evans,2026-10-01,2026-11-22,lost,100\n"
)

Make = Callable[..., Goal]


@pytest.fixture
def make(leader: Member) -> Make:
    def made(**given: Any) -> Goal:
        usual: dict[str, Any] = {
            "workspace": leader.workspace, "by": None, "kpi": "win_rate:deals", "scope": "workspace", "owner": leader,
            "starts_on": START, "ends_on": END, "today": START,
        }  # fmt: skip
        return create_goal(**usual | given)

    return made


def brought_in(receive: Receive, text: str = WEEKS) -> None:
    run_import(import_id=receive(text).pk, today=date(2026, 11, 23))


def actual_of(goal: Goal, now: datetime = NOW) -> Actual:
    recompute(workspace=goal.workspace, now=now)
    goal.refresh_from_db()
    assert goal.latest is not None
    return goal.latest


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven deals are fewer than a win rate asks for; what is tested here is something else."""
    at = Kpi.at

    def with_few(self: Kpi, day: date) -> Kpi:
        return replace(at(self, day), min_n=0)

    monkeypatch.setattr(Kpi, "at", with_few)


def test_a_band_is_kept_by_its_weeks(receive: Receive, make: Make) -> None:
    """Weeks of 50 %, 100 % and 33 %; two of them lie in 30 % to 60 %, and two of three are enough for 60 %."""
    goal = make(kind="keep_between", low="30 %", high="60 %", keep_share="60 %")
    brought_in(receive)
    actual = actual_of(goal, NOW + timedelta(days=3))
    assert actual.inputs["kept"] == {"inside": 2, "closed": 3, "total": 4}
    assert (actual.status, actual.rule, actual.attainment) == (Status.ON_TRACK, "band@1", pytest.approx(2 / 3))
    assert actual.expected is None
    assert "inside 30 % to 60 %; 2 of 3 parts of the period were inside (60 % have to be)" in actual.sentence


def test_a_band_that_can_no_longer_be_kept_is_off_track(receive: Receive, make: Make) -> None:
    goal = make(kind="keep_between", low="30 %", high="60 %", keep_share="90 %")
    brought_in(receive)
    assert actual_of(goal, NOW + timedelta(days=3)).status == Status.OFF_TRACK, "three of four are 75 %"


def test_a_part_of_the_period_is_held_against_the_limits_then_in_force(receive: Receive, make: Make) -> None:
    goal = make(kind="keep_above", low="60 %", keep_share="60 %")
    brought_in(receive)
    assert actual_of(goal, NOW + timedelta(days=3)).inputs["kept"]["inside"] == 1
    edit_goal(goal=goal, by=None, today=date(2026, 11, 16), low="30 %")
    kept = actual_of(goal, NOW + timedelta(days=3)).inputs["kept"]
    assert kept["inside"] == 2, "the week of 16 November only: 50 % of the first was too little then"


def test_milestones_are_judged_by_what_is_done_and_due_without_any_data(make: Make) -> None:
    goal = make(kind="milestones")
    for title, day, done in (("List", 6, date(2026, 11, 5)), ("Offer", 13, None), ("Contract", 27, None)):
        Milestone.objects.create(
            goal=goal, title=title, due_on=date(2026, 11, day), weight=2 if done else 1, done_on=done
        )
    actual = actual_of(goal)
    assert (actual.value, actual.expected, actual.status) == (Decimal("0.5"), Decimal("0.75"), Status.OFF_TRACK)
    assert actual.needed_per_day is None
    assert actual.sentence == (
        "Off track: 50 % done by weight against 75 % due by Thu 19 Nov (67 % of expected; at risk from 85 %, on track"
        " from 95 %). Overdue: “Offer”, due Fri 13 Nov."
    )
    Milestone.objects.filter(goal=goal).update(done_on=date(2026, 11, 18))
    assert actual_of(goal).sentence == ("Achieved: all milestones are done, before the period ends on Sun 29 Nov.")


def test_a_change_by_percent_has_its_target_from_the_frozen_baseline(receive: Receive, make: Make) -> None:
    goal = make(
        kpi="revenue:deals", kind="change_percent", change="10 %", baseline=1000,
        baseline_from=date(2026, 8, 1), baseline_to=date(2026, 11, 1), compares="before",
    )  # fmt: skip
    assert goal.targets.get().value == 1100
    edit_goal(goal=goal, by=None, today=START, change="20 %")
    assert [each.value for each in goal.targets.all()][-1] == 1200
    edit_goal(goal=goal, by=None, today=START, title="Grow")
    assert goal.targets.count() == 2, "nothing that the target follows from was changed"
    brought_in(receive)
    assert actual_of(goal).target == 1200


def test_a_change_by_points_of_a_rate(receive: Receive, make: Make) -> None:
    goal = make(kind="change_points", change="+5 points", baseline="40 %")
    assert goal.targets.get().value == Decimal("0.45")
    brought_in(receive)
    actual = actual_of(goal, NOW + timedelta(days=3))
    assert actual.attainment == pytest.approx(float((Decimal(4) / 7 - Decimal("0.4")) / Decimal("0.05")))


def test_less_is_a_change_below_zero_where_less_is_better(make: Make) -> None:
    goal = make(kpi="sales_cycle_length", kind="change_percent", change="-10 %", baseline=60)
    assert goal.targets.get().value == 54


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"kind": "change_percent", "change": "10 %", "baseline": "20 %"}, "kind", "choose a change by points"),
        ({"kind": "change_points", "change": "", "baseline": "20 %"}, "change", "by how much"),
        ({"kind": "change_points", "change": "-2 pp", "baseline": "20 %"}, "change", "better higher"),
        ({"kind": "change_points", "change": "2 pp"}, "baseline", "counted from"),
        ({"kind": "cumulative", "target": "20 %"}, "kind", "does not add up"),
        ({"kind": "snapshot", "target": "20 %"}, "kind", "and not to a date"),
        ({"kind": "keep_between", "low": "20 %", "high": "10 %"}, "high", "not above the lower one"),
        ({"kind": "keep_above"}, "low", "must not fall below"),
        ({"kind": "best"}, "kind", "no kind of goal"),
        ({"kind": "milestones", "target": "20 %"}, "target", "leave the target empty"),
        ({"kind": "keep_above", "low": "20 %", "keep_share": "130 %"}, "keep_share", "up to 100 %"),
        ({"baseline_from": date(2026, 9, 1), "baseline": "20 %"}, "baseline_to", "both the first and the last"),
        ({"baseline_from": date(2026, 9, 1), "baseline_to": END, "baseline": "2 %"}, "baseline_to", "before"),
        ({"baseline_from": date(2026, 9, 1), "baseline_to": date(2026, 10, 1)}, "baseline", "came to"),
        ({"ambition": "wild"}, "ambition", "how it is meant"),
        ({"stage": "maybe"}, "stage", "no stage"),
    ],
)  # fmt: skip
def test_what_a_kind_cannot_be_is_refused_at_its_field(
    make: Make, given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(GoalRefusal) as refused:
        make(**given)
    assert words in refused.value.problems[field]


def test_a_change_by_percent_of_nothing_is_refused(make: Make) -> None:
    with pytest.raises(GoalRefusal, match="needs a baseline above 0"):
        make(kpi="revenue:deals", kind="change_percent", change="10 %", baseline=0)


def test_a_sum_cannot_be_kept_within_limits(make: Make) -> None:
    with pytest.raises(GoalRefusal, match="adds up from 0"):
        make(kpi="revenue:deals", kind="keep_above", low=10)


def test_a_parent_or_reviewer_of_elsewhere_and_a_circle_are_refused(
    make: Make, outsider: Member, leader: Member
) -> None:
    top = make(kpi="revenue:deals", target=10)
    below = make(target="20 %", parent=top)
    with pytest.raises(GoalRefusal, match="serves this goal already"):
        edit_goal(goal=top, by=None, today=START, parent=below)
    with pytest.raises(GoalRefusal, match="not in the workspace"):
        edit_goal(goal=top, by=None, today=START, reviewer=outsider)
    with pytest.raises(GoalRefusal, match="owns this goal"):
        edit_goal(goal=top, by=None, today=START, reviewer=leader)


def test_a_goal_that_is_not_published_is_not_judged(receive: Receive, make: Make) -> None:
    goal = make(target="50 %", stage=Stage.PROPOSED)
    brought_in(receive)
    assert recompute(workspace=goal.workspace, now=NOW).goals == 0
    edit_goal(goal=goal, by=None, today=START, stage=Stage.PUBLISHED)
    assert actual_of(goal).status != ""


# --- hysteresis ------------------------------------------------------------------------------------------------------


def won(day: int, amount: int) -> str:
    return f"{HEADER}d{day},Rita Evans,2026-10-01,2026-11-{day:02d},won,{amount}\n"


@pytest.fixture
def sums(receive: Receive, make: Make) -> Goal:
    """2000 in twenty working days: 100 a day. On Friday of the first week all is well."""
    goal = make(kpi="revenue:deals", target=2000)
    brought_in(receive, won(6, 500))
    assert actual_of(goal, datetime(2026, 11, 7, 12, tzinfo=UTC)).status == Status.ON_TRACK
    return goal


def test_a_colour_changes_when_data_of_a_second_day_confirms_it(receive: Receive, sums: Goal) -> None:
    brought_in(receive, won(9, 40))
    first = actual_of(sums, datetime(2026, 11, 10, 12, tzinfo=UTC))
    assert (first.status, first.leaning) == (Status.ON_TRACK, Status.AT_RISK), "540 of 600"
    again = actual_of(sums, datetime(2026, 11, 10, 18, tzinfo=UTC))
    assert again.pk == first.pk, "the same data again confirms nothing"
    brought_in(receive, won(10, 80))
    second = actual_of(sums, datetime(2026, 11, 11, 12, tzinfo=UTC))
    assert (second.status, second.leaning) == (Status.AT_RISK, ""), "620 of 700"


def test_a_colour_stays_where_the_second_day_says_otherwise(receive: Receive, sums: Goal) -> None:
    brought_in(receive, won(9, 40))
    actual_of(sums, datetime(2026, 11, 10, 12, tzinfo=UTC))
    brought_in(receive, won(10, 200))
    second = actual_of(sums, datetime(2026, 11, 11, 12, tzinfo=UTC))
    assert (second.status, second.leaning) == (Status.ON_TRACK, "")


def test_a_change_of_the_target_counts_at_once(receive: Receive, sums: Goal) -> None:
    set_target(
        goal=sums, by=None, today=date(2026, 11, 7), value=2200, reason="More reps", effective_from=date(2026, 11, 2)
    )
    assert actual_of(sums, datetime(2026, 11, 7, 18, tzinfo=UTC)).status == Status.AT_RISK, "500 of 550"


def test_a_trial_says_what_comes_true_also_where_a_colour_is_held_back(receive: Receive, sums: Goal) -> None:
    """The trial of rows of another day leans where the recompute then leans."""
    batch = receive(won(9, 40))
    now = datetime(2026, 11, 10, 12, tzinfo=UTC)
    run_import(import_id=batch.pk, today=now.date())
    live = snapshots(workspace=sums.workspace, tables=["deals"])["deals"]
    told = consequences(workspace=sums.workspace, now=now, table="deals", before=live, after=live)
    assert actual_of(sums, now).status == Status.ON_TRACK
    assert not [each for each in told.goals if each.flips]
