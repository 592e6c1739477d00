"""Giving a goal a phasing: the parts sum to the target, after every edit, and the history behind a season is told."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.common.calendars import WorkingCalendar
from apps.datasets.services import receive_file, run_import
from apps.goals.case import USUAL
from apps.goals.errors import GoalRefusal
from apps.goals.models import Goal
from apps.goals.phasing import passed
from apps.goals.queries import thresholds_of
from apps.goals.services import edit_goal, set_target
from apps.goals.services.phasing import remove_phasing_table, save_phasing_table, set_phasing
from apps.goals.services.thresholds import set_thresholds
from apps.goals.spreading import Spread, curve_of_goal, spread_of
from apps.metrics.queries import definitions_of
from apps.people.models import Member, Workspace
from tests.goals.conftest import NOW, TODAY, MakeGoal

OFFICE = WorkingCalendar()
TWELFTHS = [*["8"] * 11, "12"]


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def spread(goal: Goal, day: date = TODAY) -> Spread:
    goal = Goal.objects.select_related("workspace", "phasing").get(pk=goal.pk)
    kpi = definitions_of(goal.workspace).get(goal.ref)
    found = spread_of(goal, kpi, day, OFFICE)
    assert found is not None
    assert sum(part.adds for part in found.parts) == found.target - found.base
    return found


def adds(goal: Goal, day: date = TODAY) -> list[Decimal]:
    return [part.adds for part in spread(goal, day).parts]


def sales(workspace: Workspace, first: date, last: date) -> None:
    """One deal of 100 on the first of each month, of 300 in December; the last row makes the data reach its day."""
    rows, day = ["id,owner,created_on,closed_on,outcome,amount"], first
    while day <= last:
        rows.append(f"{day},Rita,2020-01-01,{day},won,{300 if day.month == 12 else 100}")
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    rows.append(f"last,Rita,2020-01-01,{last},lost,1")

    source = io.BytesIO("\n".join(rows).encode())
    batch = receive_file(
        workspace=workspace, table="deals", source=source, file_name="deals.csv", mapping=None, by=None
    )
    run_import(import_id=batch.pk, today=TODAY)


def test_amounts_by_hand_are_the_parts(make_goal: MakeGoal) -> None:
    goal = make_goal(target=900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "300", "500"])
    assert adds(goal) == [100, 300, 500]
    assert Event.objects.filter(action="goal.phase").exists()


def test_amounts_that_sum_to_something_else_are_refused_with_the_gap_or_scaled(make_goal: MakeGoal) -> None:
    goal = make_goal(target=900)
    with pytest.raises(GoalRefusal, match="sum to USD 850, USD 50 below the target of USD 900"):
        set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "250", "500"])
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["50", "150", "250"], scale=True)
    assert adds(goal) == [100, 300, 500]


def test_a_changed_target_leaves_what_was_due_and_scales_the_rest(make_goal: MakeGoal) -> None:
    """October's 100 stay; what was left, 800, becomes 1,600 over November and December as they stood to each other."""
    goal = make_goal(target=900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "300", "500"])
    set_target(goal=goal, by=None, today=date(2025, 11, 1), value=1700, reason="More", effective_from=date(2025, 11, 1))
    assert adds(goal) == [100, 600, 1000]
    curve = curve_of_goal(Goal.objects.get(pk=goal.pk), TODAY, OFFICE)
    assert passed(curve, OFFICE, goal.starts_on, goal.ends_on, date(2025, 10, 31)) * 1700 == 100
    assert adds(goal, date(2025, 10, 20)) == [100, 300, 500], "before it is in force the plan is the old one"


def test_amounts_given_after_a_change_are_not_scaled_again(make_goal: MakeGoal) -> None:
    goal = make_goal(target=900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "300", "500"])
    set_target(goal=goal, by=None, today=TODAY, value=1700, reason="More", effective_from=date(2025, 11, 1))
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["200", "700", "800"])
    assert adds(goal) == [200, 700, 800]


def test_a_season_comes_from_two_full_years_and_says_so(make_goal: MakeGoal, workspace: Workspace) -> None:
    """Twelve months of 100 with 300 in December: a quarter of 100, 100, 300 takes a fifth, a fifth and three."""
    sales(workspace, date(2023, 1, 1), date(2025, 10, 31))
    goal = make_goal(target=1000)
    set_phasing(goal=goal, by=None, today=TODAY, kind="seasonal")
    assert adds(goal) == [pytest.approx(Decimal(share), abs=Decimal("0.01")) for share in (200, 200, 600)]
    assert spread(goal).made_from == "from 2 years: 2023, 2024"


def test_a_season_of_one_year_is_refused(make_goal: MakeGoal, workspace: Workspace) -> None:
    sales(workspace, date(2024, 1, 1), date(2025, 10, 31))
    with pytest.raises(GoalRefusal, match="needs two full years of Revenue before the goal begins, and only 2024"):
        set_phasing(goal=make_goal(), by=None, today=TODAY, kind="seasonal")


def test_the_usual_way_in_comes_from_the_quarters_before(make_goal: MakeGoal, workspace: Workspace) -> None:
    """A deal on the first of each month: a third of a quarter is in at once, two thirds after a third of it."""
    sales(workspace, date(2024, 1, 1), date(2025, 10, 31))
    goal = make_goal(target=900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="linearity")
    told = spread(goal)
    assert told.made_from.startswith("from 7 periods: 2024-Q1, 2024-Q2")
    assert told.parts[0].adds == 300
    curve = curve_of_goal(Goal.objects.select_related("phasing").get(pk=goal.pk), TODAY, OFFICE)
    assert passed(curve, OFFICE, goal.starts_on, goal.ends_on, date(2025, 10, 6)) == pytest.approx(1 / 3, abs=0.03)


def test_the_usual_way_in_needs_four_periods(make_goal: MakeGoal, workspace: Workspace) -> None:
    sales(workspace, date(2025, 1, 1), date(2025, 10, 31))
    with pytest.raises(GoalRefusal, match="needs four earlier periods like this one, and the data covers 3"):
        set_phasing(goal=make_goal(), by=None, today=TODAY, kind="linearity")


def test_a_table_sums_to_a_hundred_and_many_goals_follow_it(
    make_goal: MakeGoal, workspace: Workspace, leader: Member, north
) -> None:
    with pytest.raises(GoalRefusal, match=r"sum to 99\.5 %, 0\.5 % less than 100 %"):
        save_phasing_table(workspace=workspace, by=leader, now=NOW, name="Trade", shares=[*TWELFTHS[:-1], "11.5"])
    table = save_phasing_table(workspace=workspace, by=leader, now=NOW, name="Trade", shares=TWELFTHS)
    one, other = make_goal(target=1400), make_goal(target=2800, team=north)
    for goal in (one, other):
        set_phasing(goal=goal, by=None, today=TODAY, kind="table", table=table)
    assert (adds(one), adds(other)) == ([400, 400, 600], [800, 800, 1200])
    changed = [*["5"] * 9, "5", "10", "40"]
    table = save_phasing_table(workspace=workspace, by=leader, now=NOW, name="Trade", shares=changed, table=table)
    assert adds(one)[2] == pytest.approx(Decimal(1400) * 40 / 55, abs=Decimal("0.01"))
    remove_phasing_table(table=table, by=leader, now=NOW)
    assert adds(one)[2] > 1000, "a goal keeps what it was phased by"
    with pytest.raises(GoalRefusal, match="Choose one of the percentage tables"):
        set_phasing(goal=one, by=None, today=TODAY, kind="table", table=table)


def test_two_tables_of_one_name_are_refused(workspace: Workspace, leader: Member) -> None:
    save_phasing_table(workspace=workspace, by=leader, now=NOW, name="Trade", shares=TWELFTHS)
    with pytest.raises(GoalRefusal, match="There is a table “trade” already"):
        save_phasing_table(workspace=workspace, by=leader, now=NOW, name="trade", shares=TWELFTHS)


def test_a_table_of_periods_has_as_many_parts_as_the_year(workspace: Workspace, leader: Member) -> None:
    workspace.year_pattern = "13x4"
    workspace.save()
    with pytest.raises(GoalRefusal, match="has 13 parts"):
        save_phasing_table(workspace=workspace, by=leader, now=NOW, name="Trade", shares=TWELFTHS)


def test_a_rate_has_nothing_to_spread(make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="win_rate", target="30 %")
    with pytest.raises(GoalRefusal, match="at its target all along"):
        set_phasing(goal=goal, by=None, today=TODAY, kind="linear")


def test_a_glide_is_phased_by_its_way(make_goal: MakeGoal) -> None:
    goal = make_goal(kpi="pipeline_value", baseline=1000, target=1900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "300", "500"])
    assert [part.by_then for part in spread(goal).parts] == [1100, 1400, 1900]


def test_thresholds_are_checked_kept_and_audited(workspace: Workspace, admin: Member) -> None:
    with pytest.raises(GoalRefusal, match="has to be below the 95 %"):
        set_thresholds(workspace=workspace, by=admin, at_risk_from="96 %")
    with pytest.raises(GoalRefusal, match="from 1 % to 100 %"):
        set_thresholds(workspace=workspace, by=admin, on_track_from="120")
    set_thresholds(workspace=workspace, by=admin, on_track_from="98", at_risk_from=Decimal("0.9"))
    assert thresholds_of(workspace) == USUAL._replace(on_track_from=Decimal("0.98"), at_risk_from=Decimal("0.9"))
    event = Event.objects.get(action="workspace.thresholds")
    assert event.after == {"on_track_from": "0.98", "at_risk_from": "0.9"}


def test_an_edited_period_keeps_a_phasing_that_says_nothing_of_it_harmless(make_goal: MakeGoal) -> None:
    """Amounts by hand are of the months of a period; another period has others."""
    goal = make_goal(target=900)
    set_phasing(goal=goal, by=None, today=TODAY, kind="manual", amounts=["100", "300", "500"])
    edit_goal(goal=goal, by=None, today=TODAY, starts_on=date(2025, 11, 1))
    assert len(adds(goal)) == 2
