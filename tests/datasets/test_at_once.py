"""Several processes that import into one table at the same moment: as if one had come after the other."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.refresh.services import need, surroundings

ROOT = Path(__file__).resolve().parent.parent.parent
Table = dict[str, str]


def start(environment: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT, env=os.environ | {"DJANGO_SETTINGS_MODULE": "kpitracker.settings.local"} | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(process: "subprocess.Popen[str]") -> str:
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    return out


def counted(environment: dict[str, str], *words: str) -> Any:
    return json.loads(told(start(environment, "-m", "tests.datasets.counting", *words)))


@pytest.mark.worker
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def test_imports_at_once_count_as_if_one_came_after_the_other(database: str, tmp_path: Path) -> None:
    if database == "postgresql":
        need("PostgreSQL", 5432)
    with surroundings(database, "embedded", tmp_path) as environment:
        told(start(environment, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"))
        owner = ("--owner", "admin@acme.test", "--password", "s3cret-enough-for-us")
        told(start(environment, "manage.py", "create_workspace", "Acme", *owner))
        keyed_ones_come_one_after_the_other(environment, tmp_path)
        keyless_ones_come_once(environment, tmp_path)


def keyed_ones_come_one_after_the_other(environment: dict[str, str], folder: Path) -> None:
    """Two replace the first quarter, two update by key; all have some keys in common."""
    brought: dict[str, Table] = {}
    running = []
    for number, mode in enumerate(["replace", "replace", "upsert", "upsert"]):
        name = f"{mode}{number}.csv"
        brought[name] = {f"k{key}": f"2025-0{1 + key % 3}-0{number + 1}" for key in range(number, number + 9)}
        rows = "".join(f"{key},Ann,won,2025-01-01,{day}\n" for key, day in brought[name].items())
        (folder / name).write_text(f"id,owner,outcome,created_on,closed_on\n{rows}")
        how = ["--mode", mode, *(["--period", "2025-Q1"] if mode == "replace" else [])]
        words = ["import_data", "deals", str(folder / name), "--workspace", "acme", *how]
        running.append(start(environment, "manage.py", *words))
    for process in running:
        told(process)
    saw = counted(environment, "deals", "id", "closed_on")
    expected: Table = {}
    for name in saw["order"]:
        expected = brought[name] if name.startswith("replace") else expected | brought[name]
    assert len(saw["order"]) == 4
    assert saw["rows"] == sorted([key, day] for key, day in expected.items())


def keyless_ones_come_once(environment: dict[str, str], folder: Path) -> None:
    """The same file by two at once counts once, beside one that replaces its month."""
    (folder / "same.csv").write_text("posted_on,account_class,amount\n" + "2025-01-31,revenue,5\n" * 3)
    (folder / "month.csv").write_text("posted_on,account_class,amount\n" + "2025-01-15,revenue,7\n" * 2)
    same = ["import_data", "ledger", str(folder / "same.csv"), "--workspace", "acme"]
    month = ["import_data", "ledger", str(folder / "month.csv"), "--workspace", "acme", "--mode", "replace"]
    for process in [
        start(environment, "manage.py", *same),
        start(environment, "manage.py", *same),
        start(environment, "manage.py", *month, "--period", "2025-01"),
    ]:
        told(process)
    saw = counted(environment, "ledger", "posted_on", "amount::INT")
    assert saw["states"] == ["committed", "committed", "unchanged"]
    added, replacing = [["2025-01-31", "5"]] * 3, [["2025-01-15", "7"]] * 2
    assert saw["rows"] == (replacing if saw["order"][-1] == "month.csv" else replacing + added)
