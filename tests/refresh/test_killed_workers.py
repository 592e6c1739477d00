"""Workers killed with -9 in the middle of imports and recomputes: nothing lost, doubled, or seen by halves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.refresh.services import OVERTAKEN
from tests.refresh.services import need, surroundings

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = {
    "DJANGO_SETTINGS_MODULE": "kpitracker.settings.test",
    "RUN_HEARTBEAT_EVERY": "0.2",
    "RUN_STALE_AFTER": "1.5",
    "RUN_TICK_EVERY": "0.5",
    "RUN_MAX_ATTEMPTS": "100",
    "C_FORCE_ROOT": "true",
}


@pytest.mark.worker
@pytest.mark.parametrize(
    ("database", "broker"),
    [
        ("sqlite", "embedded"),
        pytest.param("postgresql", "rabbitmq", marks=pytest.mark.services),
        pytest.param("postgresql", "redis", marks=pytest.mark.services),
    ],
)
def test_killing_workers_loses_doubles_and_halves_nothing(database: str, broker: str, tmp_path: Path) -> None:
    if database == "postgresql":
        need("PostgreSQL", 5432)
        need("RabbitMQ", 5672) if broker == "rabbitmq" else need("Redis", 6379)
    with surroundings(database, broker, tmp_path) as environment:
        done = subprocess.run(
            [sys.executable, "-m", "tests.refresh.killing"],
            cwd=ROOT, env=os.environ | QUICK | environment | {"SEED": broker},
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    saw = json.loads(done.stdout)

    assert saw["killed"]["import"] >= 3
    assert saw["killed"]["recompute"] >= 1

    # Nothing lost: all rows of all files count, every goal is judged by them, and every run has ended well.
    assert saw["visible"] == saw["allowed"][-1]
    assert saw["runs"] == ["import done"] * 3
    assert saw["unfinished"] == 0
    assert saw["errors"] == [] or saw["errors"] == [OVERTAKEN]
    assert saw["without_actual"] == 0
    assert saw["total_of_goals"] == saw["visible"][1]
    assert saw["latest_is_newest"]

    # Nothing doubled.
    assert saw["live"] == 3
    assert saw["doubled_actuals"] == saw["unchanged_actuals"] == 0
    assert saw["changed_once_more"] == 0

    # Never half of anything: of rows only whole imports, of actuals none or all.
    assert saw["samples"] > 50
    assert [state for state in saw["seen"] if state not in saw["allowed"]] == []
    assert set(saw["goals_judged"]) <= {0, saw["goals"]}
