"""Who may work on a run, and who may no longer."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.people.models import Workspace
from apps.refresh.errors import LeaseLost
from apps.refresh.lease import Lease, claim
from apps.refresh.models import Run


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Run.objects.create(workspace=workspace, kind=Run.Kind.RECOMPUTE)


def claimed(run: Run) -> Lease:
    lease = claim(run.pk)
    assert lease is not None
    return lease


def taken_by_another(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())


def test_a_queued_run_is_taken_once(run: Run) -> None:
    assert claimed(run).run_id == run.pk
    assert claim(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.attempts) == (Run.State.RUNNING, 1)
    assert run.heartbeat_at is not None
    assert run.started_at is not None


def test_a_run_that_has_ended_is_not_taken_again(run: Run) -> None:
    claimed(run).end(Run.State.DONE)
    assert claim(run.pk) is None


def test_a_second_recompute_of_a_workspace_waits_until_the_first_has_ended(run: Run) -> None:
    first = claimed(run)
    second = Run.objects.create(workspace=run.workspace, kind=Run.Kind.RECOMPUTE)
    assert claim(second.pk) is None
    first.end(Run.State.DONE)
    assert claim(second.pk) is not None


def test_recomputes_of_two_workspaces_run_side_by_side(run: Run, other_workspace: Workspace) -> None:
    elsewhere = Run.objects.create(workspace=other_workspace, kind=Run.Kind.RECOMPUTE)
    assert claim(run.pk) is not None
    assert claim(elsewhere.pk) is not None


def test_the_fence_refuses_a_commit_once_another_worker_has_the_run(run: Run) -> None:
    lease = claimed(run)
    lease.fence()
    taken_by_another(run)

    def commit() -> None:
        with transaction.atomic():
            Workspace.objects.filter(pk=run.workspace_id).update(name="Overwritten")
            lease.fence()

    with pytest.raises(LeaseLost):
        commit()
    assert Workspace.objects.get(pk=run.workspace_id).name == "Acme"


@pytest.mark.parametrize("act", ["fence", "progress", "note", "end"])
def test_nothing_is_written_without_the_token(run: Run, act: str) -> None:
    lease = claimed(run)
    taken_by_another(run)
    before = Run.objects.filter(pk=run.pk).values().get()
    arguments = {"fence": (), "progress": ("Reading", 1, 2), "note": ({"a": 1},), "end": (Run.State.DONE,)}[act]
    with pytest.raises(LeaseLost):
        getattr(lease, act)(*arguments)
    assert Run.objects.filter(pk=run.pk).values().get() == before


def test_progress_is_written_for_every_step_but_not_for_every_row(run: Run) -> None:
    lease = claimed(run)
    lease.progress("Reading", 1, 1000)
    lease.progress("Reading", 2, 1000)
    run.refresh_from_db()
    assert (run.step, run.done, run.total) == ("Reading", 1, 1000)
    lease.progress("Checking", 5, 1000)
    run.refresh_from_db()
    assert (run.step, run.done) == ("Checking", 5)
    lease.progress("Checking", 1000, 1000)
    run.refresh_from_db()
    assert run.done == 1000


def test_an_ended_run_says_how_and_when(run: Run) -> None:
    claimed(run).end(Run.State.FAILED, error="The file has no rows.")
    run.refresh_from_db()
    assert (run.state, run.error, run.token) == (Run.State.FAILED, "The file has no rows.", None)
    assert run.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_working_run_breathes(workspace: Workspace, settings: Settings) -> None:
    settings.RUN_HEARTBEAT_EVERY = 0.05
    run = Run.objects.create(workspace=workspace, kind=Run.Kind.RECOMPUTE)
    lease = claimed(run)
    long_ago = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(heartbeat_at=long_ago)
    with lease.breathing():
        deadline = timezone.now() + timedelta(seconds=5)
        while Run.objects.get(pk=run.pk).heartbeat_at == long_ago and timezone.now() < deadline:
            pass
    assert Run.objects.get(pk=run.pk).heartbeat_at > long_ago
