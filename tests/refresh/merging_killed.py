"""Merges the files of a workspace in worker processes that are killed with -9, and prints what people saw as JSON.

`python -m tests.refresh.merging_killed` is a process of its own, because database and folder are given by the
environment; test_merging.py judges.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.datasets.models import Import  # noqa: E402
from apps.datasets.services import receive_file, run_import  # noqa: E402
from apps.people.models import Workspace  # noqa: E402
from apps.people.queries import today_in  # noqa: E402
from apps.refresh.merging import request_compaction  # noqa: E402
from apps.refresh.models import Run  # noqa: E402
from apps.refresh.services import sweep  # noqa: E402
from tests.refresh.killing import visible  # noqa: E402

FILES, ROWS, KILLS = 53, 400, 3
WORK = "import django; django.setup(); from apps.refresh.services import execute; execute(run_id={})"
chance = random.Random(7)


def main() -> dict[str, object]:
    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.create(name="Merge", slug="merge")
    for number in range(FILES):
        path = Path(os.environ["DATA_DIR"]) / "deals.csv"
        lines = (f"{number * ROWS // 2 + i},Ann,2026-01-01,2026-02-01,won,{number}" for i in range(ROWS))
        path.write_text("\n".join(["id,owner,created_on,closed_on,outcome,amount", *lines]))
        batch = receive_file(
            workspace=workspace, table="deals", source=path, file_name=path.name, mapping=None, by=None
        )
        assert run_import(import_id=batch.pk, today=today_in(workspace)).state == "committed"
    before, seen, killed = visible(workspace), set(), 0
    run = request_compaction(workspace=workspace)
    assert run is not None
    for attempt in range(20):
        worker = subprocess.Popen([sys.executable, "-c", WORK.format(run.pk)], start_new_session=True)
        while worker.poll() is None:
            run.refresh_from_db()
            if run.state == Run.State.RUNNING and attempt < KILLS:
                time.sleep(chance.uniform(0, 0.15))
                os.killpg(worker.pid, signal.SIGKILL)
                killed += 1
                worker.wait()
            seen.add(visible(workspace))
            time.sleep(0.01)
        run.refresh_from_db()
        if run.state in (Run.State.DONE, Run.State.FAILED):
            break
        time.sleep(float(os.environ["RUN_STALE_AFTER"]) + 0.2)
        sweep(now=timezone.now())
    return {
        "killed": killed,
        "state": run.state,
        "before": [*before],
        "seen": [[*state] for state in seen | {visible(workspace)}],
        "alone": Import.objects.filter(pack=None).count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
