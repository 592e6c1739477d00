"""Background work from asking to done, and what becomes of it when something goes wrong."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.datasets.errors import ImportRefusal
from apps.datasets.models import Import
from apps.goals.models import Actual, Goal
from apps.people.models import Workspace
from apps.refresh import services
from apps.refresh.errors import LeaseLost
from apps.refresh.lease import claim
from apps.refresh.models import Run
from tests.refresh.conftest import HEADER, Receive

TODAY = date(2026, 11, 20)

Committed = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The runs the bell was rung for."""
    heard: list[int] = []
    monkeypatch.setattr(services, "ring", heard.append)
    return heard


def silent_since_long(run: Run) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=long_ago, rung_at=long_ago)


def raising(error: Exception) -> Callable[..., None]:
    def fails(**_: Any) -> None:
        raise error

    return fails


# --- asking ------------------------------------------------------------------------------------------------


def test_the_bell_is_rung_after_the_commit_and_carries_the_run(
    workspace: Workspace, rung: list[int], django_capture_on_commit_callbacks: Committed
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = services.request_recompute(workspace=workspace)
        assert rung == []
    assert run is not None
    assert rung == [run.pk]


def test_asking_twice_for_an_import_gives_the_same_run(receive: Receive) -> None:
    batch = receive()
    assert services.request_import(batch=batch, by=None) == services.request_import(batch=batch, by=None)


def test_ten_changes_in_a_row_wait_for_one_recompute(workspace: Workspace) -> None:
    assert services.request_recompute(workspace=workspace) is not None
    assert services.request_recompute(workspace=workspace) is None
    assert Run.objects.count() == 1


def test_a_broker_that_is_away_does_not_fail_the_request(
    workspace: Workspace,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise OSError("no route")

    monkeypatch.setattr("celery.current_app.send_task", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        run = services.request_recompute(workspace=workspace)
    assert run is not None
    assert Run.objects.get(pk=run.pk).state == Run.State.QUEUED


# --- doing -------------------------------------------------------------------------------------------------


def test_an_import_brings_its_rows_in_and_asks_for_a_recompute(receive: Receive, goal: Goal) -> None:
    run = services.request_import(batch=receive(), by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert Import.objects.get().state == Import.State.COMMITTED
    recompute = Run.objects.get(kind=Run.Kind.RECOMPUTE)
    assert recompute.state == Run.State.QUEUED

    services.execute(run_id=recompute.pk)
    recompute.refresh_from_db()
    goal.refresh_from_db()
    assert recompute.state == Run.State.DONE
    assert recompute.result["goals"] == recompute.result["changed"] == 1
    assert recompute.result["flips"] == [{"goal": goal.pk, "from": "", "to": goal.latest.status}]
    assert recompute.result["heads"] == {"deals": 1}
    assert goal.latest.value == 350


def test_a_message_that_arrives_twice_does_nothing_twice(receive: Receive, goal: Goal) -> None:
    run = services.request_import(batch=receive(), by=None)
    for _ in range(3):
        services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.attempts == 1
    assert Run.objects.filter(kind=Run.Kind.RECOMPUTE).count() == 1


def test_a_message_without_a_run_does_nothing(db: None) -> None:
    services.execute(run_id=4711)


def test_a_refused_file_ends_in_its_sentence_and_recomputes_nothing(receive: Receive) -> None:
    batch = receive(HEADER + "1,Rita,2026-10-01,2026-10-15,won,not a number\n")
    run = services.request_import(batch=batch, by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    batch.refresh_from_db()
    assert (run.state, batch.state) == (Run.State.FAILED, Import.State.REFUSED)
    assert run.error == batch.sentence != ""
    assert not Run.objects.filter(kind=Run.Kind.RECOMPUTE).exists()


def test_an_expected_refusal_is_told_word_by_word(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "run_import", raising(ImportRefusal("The upload is gone; send the file again.")))
    run = services.request_import(batch=receive(), by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, "The upload is gone; send the file again.")


def test_an_unexpected_error_shows_no_traceback_and_is_logged(
    receive: Receive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services, "run_import", raising(ZeroDivisionError("secret detail")))
    batch = receive()
    run = services.request_import(batch=batch, by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    batch.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, services.UNEXPECTED)
    assert (batch.state, batch.sentence) == (Import.State.FAILED, services.UNEXPECTED)
    assert "secret detail" in caplog.text


def test_a_database_that_is_away_leaves_the_run_to_the_sweeper(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "run_import", raising(OperationalError("the database is locked")))
    run = services.request_import(batch=receive(), by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.RUNNING


def test_what_the_database_refuses_is_not_tried_again(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "run_import", raising(IntegrityError("a check failed")))
    run = services.request_import(batch=receive(), by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.FAILED, services.UNEXPECTED)


def test_a_worker_that_lost_its_run_leaves_it_alone(receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "run_import", raising(LeaseLost("run 1")))
    run = services.request_import(batch=receive(), by=None)
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (Run.State.RUNNING, "")


def test_an_import_whose_run_was_taken_away_commits_nothing(receive: Receive) -> None:
    batch = receive()
    run = services.request_import(batch=batch, by=None)
    slow = claim(run.pk)
    assert slow is not None
    silent_since_long(run)
    services.sweep(now=timezone.now())
    with pytest.raises(LeaseLost):
        services.run_import(import_id=batch.pk, today=TODAY, fence=slow.fence)
    assert not batch.live_times.exists()


def test_a_recompute_that_waited_for_another_is_rung_when_that_ends(workspace: Workspace, rung: list[int]) -> None:
    first = services.request_recompute(workspace=workspace)
    assert first is not None
    lease = claim(first.pk)
    assert lease is not None
    second = services.request_recompute(workspace=workspace)
    assert second is not None
    services.execute(run_id=second.pk)
    assert Run.objects.get(pk=second.pk).state == Run.State.QUEUED
    services._recompute(Run.objects.get(pk=first.pk), lease)
    assert rung == [second.pk]


# --- the sweeper -------------------------------------------------------------------------------------------


def test_the_run_of_a_dead_worker_is_done_by_another(receive: Receive, rung: list[int]) -> None:
    run = services.request_import(batch=receive(), by=None)
    claim(run.pk)
    silent_since_long(run)
    services.sweep(now=timezone.now())
    assert rung == [run.pk]
    services.execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (Run.State.DONE, 2)


def test_a_run_that_breathes_is_left_to_its_worker(receive: Receive, rung: list[int]) -> None:
    run = services.request_import(batch=receive(), by=None)
    claim(run.pk)
    services.sweep(now=timezone.now())
    run.refresh_from_db()
    assert (run.state, rung) == (Run.State.RUNNING, [])


def test_a_run_that_kills_every_worker_is_given_up(receive: Receive, settings: Settings) -> None:
    settings.RUN_MAX_ATTEMPTS = 3
    batch = receive()
    run = services.request_import(batch=batch, by=None)
    for _ in range(3):
        claim(run.pk)
        silent_since_long(run)
        services.sweep(now=timezone.now())
    run.refresh_from_db()
    batch.refresh_from_db()
    assert (run.state, run.attempts) == (Run.State.FAILED, 3)
    assert "3 attempts" in run.error
    assert (batch.state, batch.sentence) == (Import.State.FAILED, run.error)
    assert claim(run.pk) is None


def test_a_lost_message_is_sent_again_but_not_at_every_tick(workspace: Workspace, rung: list[int]) -> None:
    run = services.request_recompute(workspace=workspace)
    assert run is not None
    services.sweep(now=timezone.now())
    assert rung == []
    silent_since_long(run)
    services.sweep(now=timezone.now())
    services.sweep(now=timezone.now())
    assert rung == [run.pk]


def test_a_dead_recompute_makes_way_for_the_one_that_waits(workspace: Workspace, rung: list[int]) -> None:
    dead = services.request_recompute(workspace=workspace)
    assert dead is not None
    claim(dead.pk)
    waiting = services.request_recompute(workspace=workspace)
    assert waiting is not None
    silent_since_long(dead)
    silent_since_long(waiting)
    services.sweep(now=timezone.now())
    dead.refresh_from_db()
    assert (dead.state, dead.error) == (Run.State.FAILED, services.OVERTAKEN)
    assert rung == [waiting.pk]
    assert claim(waiting.pk) is not None


def test_a_file_received_but_never_asked_for_is_imported(receive: Receive) -> None:
    batch = receive()
    services.sweep(now=timezone.now())
    assert not Run.objects.filter(kind=Run.Kind.IMPORT).exists()  # a command may be about to do it itself
    services.sweep(now=timezone.now() + timedelta(hours=1))
    assert Run.objects.get(kind=Run.Kind.IMPORT).subject == batch


def test_an_import_left_behind_by_a_killed_command_is_done_after_an_hour(receive: Receive) -> None:
    batch = receive()
    Import.objects.filter(pk=batch.pk).update(state=Import.State.RUNNING)
    services.sweep(now=timezone.now() + timedelta(minutes=50))
    assert not Run.objects.filter(kind=Run.Kind.IMPORT).exists()  # it may be a large file
    services.sweep(now=timezone.now() + timedelta(minutes=70))
    run = Run.objects.get(kind=Run.Kind.IMPORT)
    services.execute(run_id=run.pk)
    batch.refresh_from_db()
    assert batch.state == Import.State.COMMITTED


def test_an_import_that_failed_for_no_fault_of_its_file_can_be_asked_for_again(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = receive()
    with monkeypatch.context() as patched:
        patched.setattr(services, "run_import", raising(ZeroDivisionError()))
        services.execute(run_id=services.request_import(batch=batch, by=None).pk)
    batch.refresh_from_db()
    again = services.request_import(batch=batch, by=None)
    assert (again.state, again.error) == (Run.State.QUEUED, "")
    services.execute(run_id=again.pk)
    batch.refresh_from_db()
    assert batch.state == Import.State.COMMITTED


def test_a_refused_file_is_not_tried_again(receive: Receive) -> None:
    batch = receive(HEADER + "1,Rita,2026-10-01,2026-10-15,won,not a number\n")
    services.execute(run_id=services.request_import(batch=batch, by=None).pk)
    batch.refresh_from_db()
    assert services.request_import(batch=batch, by=None).state == Run.State.FAILED


def test_recompute_now_gives_the_finished_run(receive: Receive, goal: Goal) -> None:
    services.run_import(import_id=receive().pk, today=TODAY)
    run = services.recompute_now(workspace=goal.workspace)
    assert (run.state, run.result["changed"]) == (Run.State.DONE, 1)
    assert Actual.objects.count() == 1


def test_recompute_now_takes_over_from_a_dead_worker(receive: Receive, goal: Goal) -> None:
    services.run_import(import_id=receive().pk, today=TODAY)
    dead = services.request_recompute(workspace=goal.workspace)
    assert dead is not None
    claim(dead.pk)
    silent_since_long(dead)
    assert services.recompute_now(workspace=goal.workspace).state == Run.State.DONE
