"""What the demo workspace shows: made once for all tests of this file, which only read."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test.utils import override_settings

from apps.datasets.models import Import
from apps.demo.deals import all_deals, known_on
from apps.demo.figures import Book
from apps.demo.services import create_demo
from apps.demo.staff import day_of_the_move
from apps.goals.case import Status
from apps.goals.crediting import Crediting
from apps.goals.models import Celebration, Goal, Scope
from apps.goals.movement import changes_since
from apps.goals.queries import owed_by
from apps.metrics.queries import compute, definitions_of, org_of
from apps.people.models import User, Workspace
from apps.people.queries import demo_personas
from apps.people.roles import Role
from apps.refresh.recompute import recompute

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def made_once(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=folder), transaction.atomic():
        with time_machine.travel(NOON, tick=False):
            workspace = create_demo(now=NOON)
        yield workspace
        transaction.set_rollback(True)


@pytest.fixture
def workspace(made_once: Workspace, db: None) -> Iterator[Workspace]:
    with time_machine.travel(NOON, tick=False):
        yield made_once


def test_in_the_middle_of_a_quarter_its_own_goals_show_every_running_status(workspace: Workspace) -> None:
    shown = Counter(
        workspace.goals.filter(starts_on="2026-10-01", ends_on="2027-01-01").values_list("latest__status", flat=True)
    )
    for status in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.ACHIEVED):
        assert shown[status] >= 1


def test_the_cast_is_two_teams_with_six_reps_a_manager_each_a_leader_and_an_admin(workspace: Workspace) -> None:
    roles = Counter(workspace.members.values_list("role", flat=True))
    assert roles == {Role.MEMBER: 6, Role.MANAGER: 2, Role.LEADER: 1, Role.ADMIN: 1}
    assert set(workspace.teams.values_list("name", "parent__name")) == {
        ("Larkfield Sales", None),
        ("Team Alpine", "Larkfield Sales"),
        ("Team Harbour", "Larkfield Sales"),
    }
    personas = demo_personas()
    emails = {key: member.user.email for key, member in personas.items() if member.user}
    assert emails == {name: f"{name}@demo.example" for name in ("manager", "rep", "leader")}
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_each_persona_has_goals_of_their_own_to_look_at(workspace: Workspace) -> None:
    for persona in demo_personas().values():
        assert Goal.objects.filter(owner=persona, starts_on="2026-10-01").exists()


def test_the_deals_came_in_by_four_imports_of_which_later_ones_replace_rows(workspace: Workspace) -> None:
    imports = list(workspace.imports.filter(dataset__table="deals").order_by("pk"))
    assert [batch.state for batch in imports] == [Import.State.COMMITTED] * 4
    assert [batch.rows_rejected for batch in imports] == [0, 2, 0, 0]
    assert all((batch.rows_changed or 0) > 50 and (batch.rows_new or 0) > 20 for batch in imports[1:3])
    assert (imports[3].rows_changed or 0) > 3
    assert imports[1].issues.count() == 2
    assert [batch.created_at.date() for batch in imports] == [
        date(2026, 10, 13),
        date(2026, 11, 13),
        date(2026, 11, 19),
        date(2026, 11, 20),
    ]


def test_a_goal_was_reached_in_the_last_days(workspace: Workspace) -> None:
    celebrations = Celebration.objects.filter(goal__workspace=workspace, goal__latest__status=Status.ACHIEVED)
    recent = [each for each in celebrations.select_related("goal") if each.at.date() >= date(2026, 11, 13)]
    assert "Accelerator for the half-year." in {each.goal.note for each in recent}
    assert len(recent) <= 3


def test_something_moved_since_the_last_working_day(workspace: Workspace) -> None:
    changes = changes_since(workspace, date(2026, 11, 19))
    assert changes is not None
    movement = changes.of("workspace", None, Crediting(org_of(workspace), NOON.date()))
    assert {"won", "new", "moved"} <= {tally.what for tally in movement.tallies}


def test_an_earlier_state_can_be_computed(workspace: Workspace) -> None:
    a_month_ago = datetime(2026, 10, 20, tzinfo=UTC)
    now, then = (
        compute(workspace=workspace, kpi="pipeline_value", as_of=as_of)[0].figure.count for as_of in (None, a_month_ago)
    )
    assert now != then


def test_one_goal_had_another_target_before(workspace: Workspace) -> None:
    versions = [goal.targets.count() for goal in workspace.goals.all()]
    assert Counter(versions)[2] == 1


def test_the_engine_says_of_every_goal_what_plain_python_says(workspace: Workspace) -> None:
    today = NOON.date()
    yesterday = today - timedelta(days=1)
    book = Book(known_on(all_deals(today), yesterday), yesterday, day_of_the_move(today))
    goals = workspace.goals.filter(starts_on__lte=yesterday).select_related("latest", "team", "person")
    assert len(goals) > 40
    for goal in goals:
        assert goal.latest is not None
        subject = str(goal.team or goal.person or "")
        expected = book.value(goal.kpi, subject, goal.starts_on, goal.ends_on)
        assert goal.latest.value is not None
        assert expected is not None
        assert abs(goal.latest.value - expected) < Decimal("0.000001"), (goal, subject)


def test_the_stored_actuals_are_what_compute_says(workspace: Workspace) -> None:
    for kpi in ("revenue", "win_rate", "average_deal_size", "sales_cycle_length"):
        goal = workspace.goals.get(kpi=kpi, scope=Scope.WORKSPACE, starts_on="2026-10-01", ends_on="2027-01-01")
        assert goal.latest is not None
        (computed,) = compute(workspace=workspace, kpi=kpi, period="2026-Q4")
        stored: tuple[Any, ...] = (goal.latest.numerator, goal.latest.denominator, goal.latest.count)
        assert stored == (computed.figure.numerator, computed.figure.denominator, computed.figure.count)


def test_another_recompute_finds_nothing_new(workspace: Workspace) -> None:
    assert recompute(workspace=workspace, now=NOON).changed == 0


def test_only_the_goals_of_the_last_quarter_wait_to_be_closed(workspace: Workspace) -> None:
    ended = workspace.goals.filter(ends_on__lte=NOON.date())
    assert set(ended.filter(closed_at=None).values_list("starts_on", flat=True)) == {date(2026, 7, 1)}
    closed = ended.exclude(closed_at=None)
    assert Counter(closed.values_list("latest__status", flat=True)).keys() == {Status.ACHIEVED, Status.MISSED}
    assert all(goal.closed_as == "done" and goal.closed_at.date() > goal.ends_on for goal in closed)


def test_nobody_owes_a_wall_of_goals(workspace: Workspace) -> None:
    for persona in demo_personas().values():
        assert 0 < len(owed_by(persona, NOON.date())) <= 3


def test_kpis_of_six_tables_have_figures_for_the_quarter_before(workspace: Workspace) -> None:
    known = definitions_of(workspace)
    shown = {
        kpi.table
        for kpi in known.all()
        if compute(workspace=workspace, kpi=kpi, period="2026-Q3")[0].figure.value is not None
    }
    assert {"deals", "leads", "customers", "subscriptions", "surveys", "employees"} <= shown
    assert not workspace.imports.exclude(dataset__table="deals").filter(rows_rejected__gt=0).exists()
