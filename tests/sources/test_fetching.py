"""The chain: due by cadence, fetched in the background, received, imported, told; and what goes wrong on the way."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError

from apps.datasets.models import Fetch, Import, Source
from apps.datasets.services import sources as services
from apps.datasets.sources.late import late_tables
from apps.goals.models import Goal
from apps.goals.services import create_goal
from apps.people.models import Member, Workspace
from apps.refresh import fetching
from apps.refresh.models import Run
from apps.refresh.services import execute, recompute_now, sweep
from tests.sources.conftest import DEALS, MORE, MakeSource, Web, drop

SECRET = "-".join(["s3cret", "s3cret"])
FRIDAY = datetime(2026, 11, 20, 6, tzinfo=UTC)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(FRIDAY - timedelta(hours=1), tick=True) as traveller:
        yield traveller


def work(clock: Any) -> None:
    """A tick, and all that follows from it; recomputes are not the point here."""
    sweep(now=datetime.now(UTC))
    for _ in range(20):
        queued = Run.objects.filter(state=Run.State.QUEUED).exclude(kind=Run.Kind.RECOMPUTE).order_by("pk").first()
        if queued is None:
            return
        execute(run_id=queued.pk)
    raise AssertionError("it never ends")


def fresh(source: Source) -> Source:
    source.refresh_from_db()
    return source


def test_a_new_file_in_the_folder_becomes_an_import(clock: Any, make_source: MakeSource, dropped: Path) -> None:
    source = make_source()
    drop(dropped, "deals.csv")
    work(clock)
    batch = Import.objects.get()
    assert (batch.state, batch.source, batch.rows_new) == ("committed", source, 1)
    fetch = source.fetches.get()
    assert (fetch.state, fetch.batch) == ("imported", batch)
    assert fresh(source).last_success_at == batch.finished_at
    assert source.next_run_at == FRIDAY  # every day at six


def test_several_files_come_in_one_after_the_other_in_their_order(
    clock: Any, make_source: MakeSource, dropped: Path
) -> None:
    make_source()
    drop(dropped, "2.csv", MORE, age=100)
    drop(dropped, "1.csv", DEALS, age=200)
    work(clock)
    assert list(Import.objects.order_by("pk").values_list("file_name", "state")) == [
        ("1.csv", "committed"),
        ("2.csv", "committed"),
    ]


def test_the_next_file_waits_until_the_one_before_is_in(clock: Any, make_source: MakeSource, dropped: Path) -> None:
    source = make_source()
    drop(dropped, "1.csv", DEALS, age=200)
    drop(dropped, "2.csv", MORE, age=100)
    sweep(now=datetime.now(UTC))
    execute(run_id=Run.objects.get(kind=Run.Kind.FETCH).pk)  # the import itself has not run yet
    sweep(now=datetime.now(UTC))
    assert Run.objects.filter(kind=Run.Kind.FETCH).count() == 1
    assert fetching.request_fetch(source=source, by=None) is None


def test_nothing_happens_before_it_is_due_nor_while_paused(clock: Any, make_source: MakeSource, dropped: Path) -> None:
    source = make_source()
    work(clock)
    assert source.fetches.count() == 1
    clock.shift(timedelta(minutes=50))
    work(clock)
    assert source.fetches.count() == 1
    services.pause_source(source=fresh(source), by=None, now=datetime.now(UTC))
    clock.shift(timedelta(days=2))
    work(clock)
    assert source.fetches.count() == 1
    services.resume_source(source=fresh(source), by=None, now=datetime.now(UTC))
    work(clock)
    assert source.fetches.count() == 2


def test_a_failing_source_is_tried_again_after_1_5_15_and_60_minutes(clock: Any, make_source: MakeSource) -> None:
    source = make_source(config={"folder": "missing"})
    waits = []
    for _ in range(6):
        work(clock)
        now = datetime.now(UTC)
        waits.append(round((fresh(source).next_run_at - now) / timedelta(minutes=1)))  # type: ignore[operator]
        clock.move_to(source.next_run_at + timedelta(seconds=1))  # type: ignore[operator]
    assert waits[:2] == [1, 5]
    assert waits[2:4] == [15, 39]  # by then it is due: at six
    assert waits[4] == 24 * 60
    assert source.failures == 6
    assert "“missing” is not there" in source.last_error
    assert set(source.fetches.values_list("state", flat=True)) == {"failed"}


def test_after_a_failure_success_clears_it(clock: Any, make_source: MakeSource, web: Web) -> None:
    source = make_source("url", {"address": web.url()}, allow_private=True)
    work(clock)
    assert fresh(source).last_error.startswith("There is nothing at the address")
    web.serve(DEALS)
    clock.shift(timedelta(minutes=2))
    work(clock)
    assert (fresh(source).last_error, source.failures) == ("", 0)
    web.serve(DEALS)
    clock.shift(timedelta(days=1))
    work(clock)
    assert source.fetches.first().state == "nothing_new"  # type: ignore[union-attr]
    assert fresh(source).last_success_at > FRIDAY  # type: ignore[operator]
    assert Import.objects.count() == 1


def test_a_file_that_cannot_be_imported_is_a_failure_of_the_source(
    clock: Any, make_source: MakeSource, dropped: Path
) -> None:
    source = make_source()
    drop(dropped, "deals.csv", "id,owner,created_on,outcome\n1,Ann,2026-13-45,won\n")
    work(clock)
    assert "deals.csv" in fresh(source).last_error
    assert source.last_success_at is None


def test_a_folder_into_which_nothing_comes_is_late_and_an_import_mends_it(
    clock: Any, make_source: MakeSource, dropped: Path, workspace: Workspace
) -> None:
    make_source()
    drop(dropped, "deals.csv")
    work(clock)
    clock.move_to(FRIDAY + timedelta(hours=5))
    work(clock)
    assert late_tables(workspace, datetime.now(UTC)) == {}
    clock.move_to(FRIDAY + timedelta(days=2))
    work(clock)
    late = late_tables(workspace, datetime.now(UTC))["deals"]
    assert (late.since, late.why) == (FRIDAY.date(), "source “CRM nightly” has brought nothing since then")
    (dropped / "deals.csv").unlink()
    drop(dropped, "deals.csv", MORE)
    clock.shift(timedelta(days=1))
    work(clock)
    clock.shift(timedelta(minutes=1))
    work(clock)
    assert late_tables(workspace, datetime.now(UTC)) == {}


def test_a_late_source_that_failed_says_why(
    clock: Any, make_source: MakeSource, web: Web, workspace: Workspace
) -> None:
    make_source("url", {"address": web.url()}, allow_private=True)
    work(clock)
    clock.move_to(FRIDAY + timedelta(hours=7))
    work(clock)
    why = late_tables(workspace, datetime.now(UTC))["deals"].why
    assert why == "source “CRM nightly” failed: there is nothing at the address (404)"


def test_a_worker_that_dies_after_receiving_is_followed_by_one_that_takes_the_same_import(
    clock: Any, make_source: MakeSource, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    drop(dropped, "deals.csv")
    sweep(now=datetime.now(UTC))
    run = Run.objects.get(kind=Run.Kind.FETCH)

    def die(**_: Any) -> None:
        raise OperationalError("the process is gone")

    with monkeypatch.context() as broken:
        broken.setattr(services, "fetch_brought", die)
        execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, Import.objects.count()) == ("running", 1)
    clock.shift(timedelta(minutes=5))
    work(clock)
    assert [(batch.state, batch.rows_new) for batch in Import.objects.all()] == [("committed", 1)]
    assert list(source.fetches.order_by("pk").values_list("state", flat=True)) == ["failed", "imported"]
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("done", 2)


def test_a_worker_that_was_taken_its_run_moves_nothing(
    clock: Any, make_source: MakeSource, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source()
    drop(dropped, "deals.csv")
    sweep(now=datetime.now(UTC))
    run = Run.objects.get(kind=Run.Kind.FETCH)
    receive = fetching.receive_file

    def slowly(**given: Any) -> Import:
        Run.objects.filter(pk=run.pk).update(state=Run.State.QUEUED, token=None)  # as the sweep does
        return receive(**given)

    with monkeypatch.context() as slow:
        slow.setattr(fetching, "receive_file", slowly)
        execute(run_id=run.pk)
    assert fresh(source).state == {}
    work(clock)
    assert Import.objects.count() == 1
    assert Fetch.objects.filter(state="imported").count() == 1


def test_something_unexpected_is_logged_without_its_text(
    clock: Any, make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = make_source()

    def broken(_: Any) -> None:
        raise ValueError(f"https://example.com/?key={SECRET}")

    monkeypatch.setattr(fetching, "fetch", broken)
    work(clock)
    assert fresh(source).last_error == fetching.UNEXPECTED
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


def test_a_goal_says_since_when_it_waits_and_for_what(
    clock: Any, make_source: MakeSource, web: Web, rep: Member
) -> None:
    goal = create_goal(
        workspace=rep.workspace, by=None, kpi="revenue:deals", scope="person", person=rep, owner=rep,
        starts_on=date(2026, 10, 1), ends_on=date(2027, 1, 1), target=Decimal(1000), today=date(2026, 10, 1),
    )  # fmt: skip
    make_source("url", {"address": web.url()}, allow_private=True)
    web.serve(DEALS)
    work(clock)
    recompute_now(workspace=rep.workspace)
    assert "“CRM nightly”" not in told(goal)
    web.pages.clear()
    clock.move_to(FRIDAY + timedelta(days=1))
    work(clock)  # the tick asks, and is told 404
    clock.shift(timedelta(hours=13))
    sweep(now=datetime.now(UTC))
    assert Run.objects.filter(kind=Run.Kind.RECOMPUTE, state=Run.State.QUEUED).exists()
    recompute_now(workspace=rep.workspace)
    assert told(goal).startswith(
        "Waiting for data since Fri 20 Nov (source “CRM nightly” failed: there is nothing at the address (404)): "
    )
    clock.shift(timedelta(hours=1))
    web.serve(MORE)
    services.change_source(source=Source.objects.get(), by=None, wishes={}, now=datetime.now(UTC))
    work(clock)
    recompute_now(workspace=rep.workspace)
    assert "“CRM nightly”" not in told(goal)


def told(goal: Goal) -> str:
    goal.refresh_from_db()
    assert goal.latest is not None
    return goal.latest.sentence
