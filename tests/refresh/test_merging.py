"""Small files are merged by themselves: asked for by the tick, once, safe to be killed, and no number changes."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.datasets.models import Import, Pack
from apps.datasets.queries import snapshot
from apps.datasets.services import run_import
from apps.people.models import Member, Workspace
from apps.people.queries import today_in
from apps.refresh import due
from apps.refresh.merging import request_compaction
from apps.refresh.models import Run
from apps.refresh.services import execute, sweep
from tests.refresh.conftest import HEADER, Receive
from tests.refresh.services import surroundings
from tests.refresh.test_killed_workers import QUICK, ROOT


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch, workspace: Workspace, rep: Member, receive: Receive) -> Workspace:
    """Ten imports of a deal each, where more than eight files are many."""
    monkeypatch.setattr(due, "MANY_FILES", 8)
    for number in range(10):
        batch = receive(f"{HEADER}{number},Rita Evans,2026-10-01,2026-10-15,won,{number}\n", f"{number}.csv")
        assert run_import(import_id=batch.pk, today=today_in(workspace)).state == "committed"
    return workspace


def compactions() -> list[Run]:
    return list(Run.objects.filter(kind=Run.Kind.COMPACT))


def test_the_tick_asks_for_a_merge_where_many_small_files_lie(crowded: Workspace) -> None:
    sweep(now=timezone.now())
    sweep(now=timezone.now())
    (run,) = compactions()
    execute(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.result) == (Run.State.DONE, {"merged": 10})
    assert Pack.objects.count() == 1
    assert Import.objects.filter(pack=None).count() == 0
    now = snapshot(workspace=crowded, table="deals")
    assert len(now.row_files) == 1


def test_what_is_merged_is_not_merged_again(crowded: Workspace) -> None:
    run = request_compaction(workspace=crowded)
    assert run is not None
    execute(run_id=run.pk)
    sweep(now=timezone.now() + timedelta(days=3))
    assert len(compactions()) == 1


def test_few_files_are_left_alone(crowded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "MANY_FILES", 10)
    sweep(now=timezone.now())
    assert compactions() == []


def test_files_that_cannot_be_merged_are_tried_once_a_day(crowded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.datasets.store.compaction.FEWEST", 100)
    sweep(now=timezone.now())
    (run,) = compactions()
    execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.result == {"merged": 0}
    sweep(now=timezone.now() + timedelta(hours=23))
    assert len(compactions()) == 1
    sweep(now=timezone.now() + timedelta(hours=25))
    assert len(compactions()) == 2


def test_asking_twice_gives_one_run(crowded: Workspace) -> None:
    assert request_compaction(workspace=crowded) is not None
    assert request_compaction(workspace=crowded) is None


@pytest.mark.worker
def test_killing_a_merge_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with surroundings("sqlite", "embedded", tmp_path) as environment:
        done = subprocess.run(
            [sys.executable, "-m", "tests.refresh.merging_killed"],
            cwd=ROOT, env=os.environ | QUICK | environment, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    saw = json.loads(done.stdout.splitlines()[-1])
    assert saw["killed"] >= 1
    assert saw["state"] == Run.State.DONE
    assert saw["seen"] == [saw["before"]]
    assert saw["alone"] == 0
