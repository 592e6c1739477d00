"""Kills real workers at random moments and watches what people would see.

`python -m tests.refresh.killing` is a process of its own, because database and broker are given by the environment. It
prints what it saw as JSON; test_killed_workers.py judges. SEED is that of the random moments, KILLS how often at most
each import is interrupted, one after the other; the recompute that follows each is interrupted once.

One import after the other is asked for, and while a worker is at it, or at the recompute that follows, its whole
process group is killed with -9. A sampler reads the visible rows all the time, as a page would.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from apps.datasets.models import LiveBatch  # noqa: E402
from apps.datasets.queries import snapshot  # noqa: E402
from apps.datasets.services import receive_file  # noqa: E402
from apps.datasets.store import connect  # noqa: E402
from apps.goals.models import Actual, Goal, TargetVersion  # noqa: E402
from apps.people.models import Member, Workspace  # noqa: E402
from apps.refresh.bell import ring  # noqa: E402
from apps.refresh.models import Run  # noqa: E402
from apps.refresh.services import recompute_now, request_import, request_recompute  # noqa: E402

ROWS = 60_000  # of the first file; each later one changes half of them and adds as many
GOALS = 3_000
FILES = 3
LOOK_EVERY = 0.08  # seconds between two samples
PATIENCE = 100  # seconds for one run, kills included
KILLS = [int(number) for number in os.environ.get("KILLS", "2 1 1").split()]
chance = random.Random(os.environ.get("SEED", "1"))


class Celery:
    """A worker, or the beat, as a process group of its own."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "-A", "kpitracker", *self.arguments]
        return subprocess.Popen(command, start_new_session=True, stdout=LOG, stderr=LOG)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.process = self._start()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()


LOG = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the process)


def write_deals(path: Path, first: int, last: int, amount: int) -> None:
    with path.open("w") as file:
        file.write("id,owner,created_on,closed_on,outcome,amount\n")
        for i in range(first, last):
            day = f"2026-{i % 9 + 1:02d}-{i % 27 + 1:02d}"
            file.write(f"{i},Owner {i % 50},2026-01-01,{day},won,{amount}\n")


def set_the_stage() -> tuple[Workspace, list[Path]]:
    """A workspace with people and goals, and files that are not imported yet."""
    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Kill", slug="kill")
    people = Member.objects.bulk_create([Member(workspace=workspace, name=f"Owner {i}") for i in range(50)])
    goals = Goal.objects.bulk_create(
        Goal(
            workspace=workspace, title=f"Goal {i}", kpi="revenue:deals", scope="person", person=people[i % 50],
            owner=people[i % 50], starts_on=date(2026, 1 + i // 50 % 9, 1), ends_on=date(2026, 2 + i // 50 % 9, 1),
        )
        for i in range(GOALS)
    )  # fmt: skip
    TargetVersion.objects.bulk_create(TargetVersion(goal=g, value=1000, effective_from=g.starts_on) for g in goals)
    files = []
    for number in range(FILES):
        files.append(Path(os.environ["DATA_DIR"]) / f"deals-{number}.csv")
        start = number * ROWS // 2
        write_deals(files[-1], start, start + ROWS, amount=number + 1)
    return workspace, files


def visible(workspace: Workspace) -> tuple[int, int]:
    """Rows and total amount that count now."""
    now = snapshot(workspace=workspace, table="deals")
    folders = {path.parent for path in (*now.row_files, *now.superseded_files)}
    with connect(threads=1, directories=folders) as store:
        rows = store.execute(f"SELECT count(*), coalesce(sum(amount), 0) FROM ({now.rows_sql()})").fetchall()
    return int(rows[0][0]), int(rows[0][1])


def whole_imports() -> list[tuple[int, int]]:
    """What may be visible: nothing, or the first so many files."""
    states, amounts = [(0, 0)], {}
    for number in range(FILES):
        start = number * ROWS // 2
        amounts |= dict.fromkeys(range(start, start + ROWS), number + 1)
        states.append((len(amounts), sum(amounts.values())))
    return states


@contextmanager
def watching(workspace: Workspace, seen: dict[Any, int]) -> Iterator[None]:
    """Meanwhile count, for goals and rows, every state that a reader gets to see."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_EVERY):
            try:
                state = visible(workspace)
                judged = Goal.objects.filter(latest__isnull=False).count()
            except Error:
                connection.close()
                continue
            seen[state] = seen.get(state, 0) + 1
            seen[judged] = seen.get(judged, 0) + 1
        connection.close()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def interrupt(run: Run, worker: Celery, kills: int) -> int:
    """Kill the worker while it is at this run, `kills` times if it does not finish before; then let it be done."""
    deadline = time.monotonic() + PATIENCE
    killed = 0
    while time.monotonic() < deadline:
        run.refresh_from_db()
        if run.state in (Run.State.DONE, Run.State.FAILED):
            return killed
        if run.state == Run.State.RUNNING and killed < kills and run.attempts > killed:
            time.sleep(chance.uniform(0, 0.25))
            run.refresh_from_db()
            if run.state == Run.State.RUNNING:
                worker.kill()
                worker.restart()
                killed += 1
        time.sleep(0.01)
    raise SystemExit(f"{run} is still {run.state} after {PATIENCE} s, attempt {run.attempts}\n{log()}")


def log() -> str:
    LOG.seek(0)
    return LOG.read().decode()[-8000:]


def main() -> dict[str, Any]:
    workspace, files = set_the_stage()
    worker = Celery("worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    beat = Celery("beat", "--scheduler", "celery.beat:Scheduler", "--pidfile=", "--loglevel", "WARNING")
    seen: dict[Any, int] = {}
    killed = {"import": 0, "recompute": 0}
    try:
        with watching(workspace, seen):
            for path, kills in zip(files, KILLS, strict=True):
                with path.open("rb") as source:
                    batch = receive_file(
                        workspace=workspace, table="deals", source=source, file_name=path.name,
                        mapping={"table": "deals", "key": ["id"]}, by=None,
                    )  # fmt: skip
                run = request_import(batch=batch, by=None)
                killed["import"] += interrupt(run, worker, kills)
                killed["recompute"] += interrupt_recomputes(workspace, worker)
            doubled = list(Run.objects.values_list("pk", flat=True))
            for run_id in doubled:
                ring(run_id)
            settle(workspace)
        attempts = sum(Run.objects.values_list("attempts", flat=True))
        time.sleep(1)
        assert attempts == sum(Run.objects.values_list("attempts", flat=True)), "a doubled message was worked on"
    finally:
        worker.stop()
        beat.stop()
    return report(workspace, seen, killed)


def interrupt_recomputes(workspace: Workspace, worker: Celery) -> int:
    """Kill the worker once in a recompute; if the import's own was too quick for that, in another one."""
    killed = 0
    while under_way := (waiting_recompute(workspace) or (None if killed else request_recompute(workspace=workspace))):
        killed += interrupt(under_way, worker, 1 - killed)
    return killed


def waiting_recompute(workspace: Workspace) -> Run | None:
    states = [Run.State.QUEUED, Run.State.RUNNING]
    runs = Run.objects.filter(workspace=workspace, kind=Run.Kind.RECOMPUTE, state__in=states)
    return runs.order_by("pk").first()


def settle(workspace: Workspace) -> None:
    """Until nothing waits and nothing runs: what a recompute asks for afterwards is work, too."""
    deadline = time.monotonic() + PATIENCE
    while unfinished(workspace) and time.monotonic() < deadline:
        time.sleep(0.1)


def unfinished(workspace: Workspace) -> int:
    return Run.objects.filter(workspace=workspace).exclude(state__in=[Run.State.DONE, Run.State.FAILED]).count()


def report(workspace: Workspace, seen: dict[Any, int], killed: dict[str, int]) -> dict[str, Any]:
    left = unfinished(workspace)  # the recompute below may ask for more, and no worker is there any more
    once_more = recompute_now(workspace=workspace)
    same_moment = Actual.objects.values("goal", "known_at").annotate(rows=Count("pk")).filter(rows__gt=1)
    unchanged = sum(
        before == after
        for goal in Goal.objects.order_by("pk")[:200]
        for before, after in pairwise(list(goal.actuals.order_by("pk").values_list("fingerprint", flat=True)))
    )
    return {
        "killed": killed,
        "seen": sorted([*key] for key in seen if isinstance(key, tuple)),
        "samples": sum(count for key, count in seen.items() if isinstance(key, tuple)),
        "allowed": [[*state] for state in whole_imports()],
        "goals_judged": sorted(key for key in seen if isinstance(key, int)),
        "visible": [*visible(workspace)],
        "live": LiveBatch.objects.count(),
        "runs": sorted(f"{run.kind} {run.state}" for run in Run.objects.filter(kind=Run.Kind.IMPORT)),
        "unfinished": left,
        "errors": sorted(set(Run.objects.exclude(error="").values_list("error", flat=True))),
        "goals": GOALS,
        "without_actual": Goal.objects.filter(latest=None).count(),
        "latest_is_newest": all(
            goal.latest_id == max(goal.actuals.values_list("pk", flat=True)) for goal in Goal.objects.all()[:200]
        ),
        "doubled_actuals": same_moment.count(),
        "unchanged_actuals": unchanged,
        "changed_once_more": once_more.result["changed"],
        "total_of_goals": int(sum(Goal.objects.filter(pk__lte=first_goals()).values_list("latest__value", flat=True))),
    }


def first_goals() -> int:
    """The last of the first 450 goals, which are every person in every month once."""
    return Goal.objects.order_by("pk")[449].pk


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
