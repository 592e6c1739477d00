"""A file end to end, beside the least that could be done with it, each in a process of its own to know its memory.

    .venv/bin/python -m tests.bench.imports --rows 1000000 10000000

*bare* is DuckDB's read_csv into Parquet, the same columns, zstd: once in the order of the file, once ordered by the
main date as the column store keeps them. *pandas* is a plain read_csv. *import* is what a person waits for: the file is
received (copied, its checksum taken), read, mapped, every row validated, committed, and 1,000 goals are computed.
Then 10,000 rows, half of them known and changed, come on top.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

Row = dict[str, Any]
GOALS, UPSERTED = 1000, 10_000
COLUMNS = "id, owner, team, region, product, created_on, closed_on, outcome, amount"
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Imports end to end, beside bare reads of the same file.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=sorted(WORK), help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        found = WORK[options.only](options.scratch, options.rows[0])
        found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    for rows in options.rows:
        print(json.dumps(measured(rows, options.rounds), indent=2))


def measured(rows: int, rounds: int = ROUNDS) -> Row:
    """The least of each of some rounds; every round does all of them in turn, so that all meet the same machine."""
    scratch = Path(tempfile.mkdtemp(prefix="kpitracker-bench-"))
    try:
        _child("file", scratch, rows)
        found = [{name: _child(name, scratch, rows) for name in ("bare", "pandas", "import")} for _ in range(rounds)]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    best: dict[str, Row] = {
        name: min((each[name] for each in found), key=lambda one: one["seconds"]) for name in found[0]
    }
    ours = best["import"]
    return {
        "what": "import end to end",
        "rows": rows,
        "load": os.getloadavg()[0],
        "times_bare": ours["seconds"] / best["bare"]["seconds"],
        "times_bare_ordered": ours["seconds"] / best["bare"]["seconds_ordered"],
        "times_pandas": ours["seconds"] / best["pandas"]["seconds"],
        **{f"{name}_{key}": value for name, each in best.items() for key, value in each.items()},
    }


def _child(name: str, scratch: Path, rows: int) -> Row:
    var = scratch / "var"
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir()
    environment = os.environ | {
        "DATA_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": "kpitracker.settings.local",
    }
    command = [sys.executable, "-m", "tests.bench.imports", "--only", name, "--scratch", str(scratch), "--rows"]
    done = subprocess.run([*command, str(rows)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: Row = json.loads(done.stdout.strip().splitlines()[-1])
    return found


# --- what runs in a process of its own ---------------------------------------------------------------------------


def file(scratch: Path, rows: int) -> Row:
    import django

    django.setup()
    from tests.bench.data import write_deals

    write_deals(scratch / "deals.csv", rows)
    return {}


def bare(scratch: Path, rows: int) -> Row:
    import duckdb

    path, into = (scratch / "deals.csv").as_posix(), (scratch / "var" / "bare.parquet").as_posix()
    seconds = []
    for order in ("", "order by closed_on nulls last"):
        started = time.perf_counter()
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select {COLUMNS} from read_csv('{path}') {order}) to '{into}'"
                " (format parquet, compression zstd)"
            )
        seconds.append(time.perf_counter() - started)
    return {"seconds": seconds[0], "seconds_ordered": seconds[1]}


def pandas(scratch: Path, rows: int) -> Row:
    import pandas as pd

    started = time.perf_counter()
    assert len(pd.read_csv(scratch / "deals.csv")) == rows
    return {"seconds": time.perf_counter() - started}


def whole_import(scratch: Path, rows: int) -> Row:
    import django

    django.setup()
    import logging

    from django.core.management import call_command
    from django.utils import timezone

    from apps.datasets.services import receive_file, run_import
    from apps.people.queries import today_in
    from apps.people.services import create_workspace
    from apps.refresh.recompute import recompute
    from tests.bench.data import people_of, set_goals

    logging.disable(logging.WARNING)
    call_command("migrate", verbosity=0)
    workspace = create_workspace(name="Bench", owner_email="bench@bench.example", password=None)
    set_goals(workspace, people_of(workspace), GOALS)
    mapping = {"table": "deals", "key": ["id"]}

    def come_in(path: Path, name: str) -> tuple[float, float, Steps]:
        steps, started = Steps(), time.perf_counter()
        batch = receive_file(workspace=workspace, table="deals", source=path, file_name=name, mapping=mapping, by=None)
        received = time.perf_counter() - started
        outcome = run_import(import_id=batch.pk, today=today_in(workspace), progress=steps)
        steps("end")
        assert outcome.state == "committed", outcome.sentence
        return received, time.perf_counter() - started, steps

    received, imported, steps = come_in(scratch / "deals.csv", "deals.csv")
    started = time.perf_counter()
    recompute(workspace=workspace, now=timezone.now())
    computed = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _write_changed(scratch, rows)
    _, upserted, upsert_steps = come_in(scratch / "var" / "changed.csv", "changed.csv")
    return {
        "seconds": imported + computed,
        "seconds_received": received,
        "seconds_imported": imported - received,
        "seconds_1000_goals": computed,
        "steps": steps.seconds(),
        "peak_mb_of_import": peak,
        "seconds_upsert_10k": upserted,
        "steps_upsert": upsert_steps.seconds(),
    }


class Steps:
    """What a run says about its progress, with the moment of it."""

    def __init__(self) -> None:
        self.said: list[tuple[float, str]] = [(time.perf_counter(), "begin")]

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        self.said.append((time.perf_counter(), step))

    def seconds(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for (at, step), (end, _) in pairwise(self.said):
            found[step] = round(found.get(step, 0) + end - at, 2)
        return found


def _write_changed(scratch: Path, rows: int) -> None:
    """Half of them known and changed, half of them new."""
    import duckdb

    source, into = (scratch / "deals.csv").as_posix(), (scratch / "var" / "changed.csv").as_posix()
    half, step = UPSERTED // 2, max(rows // (UPSERTED // 2), 1)
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
              with picked as (select * from read_csv('{source}') where substr(id, 3)::bigint % {step} = 0 limit {half})
              select * replace (amount + 1 as amount) from picked
              union all select * replace ('N' || id as id) from picked
            ) to '{into}' (header)
            """
        )


WORK: dict[str, Callable[[Path, int], Row]] = {"file": file, "bare": bare, "pandas": pandas, "import": whole_import}

if __name__ == "__main__":
    main()
