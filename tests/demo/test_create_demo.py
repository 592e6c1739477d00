"""The demo workspace shows every status on any day, by the numbers that the engine computes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from apps.audit.models import Event
from apps.demo.services import create_demo, remove_demo
from apps.goals.case import Status
from apps.goals.models import Scope
from apps.people.models import Member, User, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# The first days of a quarter and of a year, a leap day, the last day of a quarter, a Sunday, an ordinary day.
DAYS = ["2026-01-01", "2026-07-03", "2028-02-29", "2026-03-31", "2026-05-17", "2026-11-20"]


def make(now: datetime = NOON) -> Workspace:
    with time_machine.travel(now, tick=False):
        return create_demo(now=now)


def statuses(workspace: Workspace) -> Counter[str]:
    return Counter(workspace.goals.values_list("latest__status", flat=True))


@pytest.mark.parametrize("day", DAYS)
def test_every_status_occurs_on_any_day_of_the_year(day: str) -> None:
    workspace = make(datetime.fromisoformat(f"{day}T09:00:00+00:00"))
    shown = statuses(workspace)
    for status in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.ACHIEVED, Status.MISSED):
        assert shown[status] >= 1, (status, shown)
    assert shown[Status.NOT_STARTED] == 1
    assert not shown[Status.NO_TARGET]
    waiting = [goal.latest for goal in workspace.goals.filter(latest__status=Status.WAITING)]
    assert all(latest and latest.rule.startswith("data-before-start") for latest in waiting)


@pytest.mark.parametrize("day", ["2026-07-03", "2026-10-06"])
def test_on_the_first_days_of_a_quarter_its_goals_are_too_early(day: str) -> None:
    today = date.fromisoformat(day)
    workspace = make(datetime.fromisoformat(f"{day}T09:00:00+00:00"))
    revenue = workspace.goals.filter(starts_on=today.replace(day=1), kpi="revenue", scope=Scope.WORKSPACE)
    assert revenue.get(ends_on__lt=today + timedelta(days=100)).latest.status == Status.TOO_EARLY


def test_the_same_day_makes_the_same_demo() -> None:
    def told(workspace: Workspace) -> list[Any]:
        goals = workspace.goals.order_by("pk").select_related("latest")
        return [
            (goal.title, goal.latest and (goal.latest.status, goal.latest.value, goal.latest.target)) for goal in goals
        ]

    first = told(make())
    remove_demo()
    assert told(make(NOON + timedelta(hours=3))) == first


def test_the_command_makes_the_demo_once() -> None:
    out = StringIO()
    with time_machine.travel(NOON, tick=False):
        call_command("create_demo", stdout=out)
        first = Workspace.objects.get(is_demo=True)
        call_command("create_demo", stdout=out)
    assert Workspace.objects.get(is_demo=True) == first
    assert "larkfield-instruments: 10 people" in out.getvalue()
    assert "is there; --reset makes it anew" in out.getvalue()


def test_reset_takes_everything_of_the_demo_away_and_nothing_else(tmp_path: Path, rep: Member) -> None:
    old = make()
    events = Event.objects.exclude(workspace=old).count()
    with time_machine.travel(NOON, tick=False):
        call_command("create_demo", "--reset", stdout=StringIO())
    assert [folder.name for folder in (tmp_path / "columns").iterdir()] == [str(Workspace.objects.get(is_demo=True).pk)]
    assert not Workspace.objects.filter(pk=old.pk).exists()
    assert Workspace.objects.filter(is_demo=True).count() == 1
    assert User.objects.filter(email__endswith="@demo.example").count() == 10
    assert Member.objects.filter(pk=rep.pk).exists()
    assert Event.objects.exclude(workspace__is_demo=True).count() == events
    assert remove_demo()
    assert not remove_demo()
    assert list(User.objects.values_list("pk", flat=True)) == [rep.user_id]


def test_a_demo_that_fails_half_way_leaves_no_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr("apps.demo.services.recompute", fail)
    with pytest.raises(RuntimeError):
        make()
    assert not Workspace.objects.filter(is_demo=True).exists()
