"""Processes that import, replace, run again, undo, redo or merge, and are killed with -9 before each of their writes.

`python -m tests.datasets.breaking FOLDER WHAT EVERY` works on copies of a small SQLite database and its files under
FOLDER and prints as JSON what it saw; test_broken.py judges. Every EVERY-th write is tried: to files, to the database,
and each commit of a transaction. After each kill a new process looks at what counts, does the work again as a worker
would, and sweeps. WHAT full is a disk without space instead.
"""

import json
import os
import random
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.dateparse import parse_datetime  # noqa: E402

from apps.common.errors import Refusal  # noqa: E402
from apps.datasets.models import Dataset, Import  # noqa: E402
from apps.datasets.queries import snapshot  # noqa: E402
from apps.datasets.repairs import Repairs  # noqa: E402
from apps.datasets.services import (  # noqa: E402
    compact,
    receive_file,
    redo_import,
    rerun_import,
    run_import,
    sweep_orphans,
    undo_import,
)
from apps.datasets.store import compaction  # noqa: E402
from apps.datasets.store.snapshot import open_for_reading  # noqa: E402
from apps.people.models import Workspace  # noqa: E402

TODAY = date(2026, 1, 1)
YEAR = (date(2025, 1, 1), date(2026, 1, 1))
MOST = 3_000_000  # bytes: more than the database has, less than the rows of the large file
STAGES = ("receive", "run")
WAYS = ("import", "replace", "rerun", "undo", "redo", "compact")
compaction.FEWEST = 2


def work_in(folder: Path) -> None:
    """From here on this process reads and writes there and nowhere else."""
    connection.close()
    connection.settings_dict["NAME"] = str(folder / "db.sqlite3")
    settings.DATA_DIR = folder / "data"


def deals(first: int, last: int, amount: int) -> str:
    rows = "".join(f"{key},Ann,won,2025-01-01,2025-02-0{1 + key % 9},{amount}\n" for key in range(first, last))
    return f"id,owner,outcome,created_on,closed_on,amount\n{rows}{last},Ann,won,2025-01-01,someday,1\n"


def take_in(content: str, **how: Any) -> None:
    source = settings.DATA_DIR / "sent.csv"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(content)
    batch = receive_file(
        workspace=Workspace.objects.get(), table="deals", source=source, file_name="f.csv", mapping=None, by=None, **how
    )
    run_import(import_id=batch.pk, today=TODAY)


def prepare(what: str) -> None:
    """Two imports, of which the second replaces rows of the first."""
    call_command("migrate", verbosity=0)
    Workspace.objects.create(name="Broken", slug="broken")
    take_in(deals(0, 20, 1))
    take_in(deals(10, 30, 2))
    if what == "redo":
        undo_import(batch=Import.objects.earliest("pk"), by=None)
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def work(what: str) -> None:
    first = Import.objects.earliest("pk")
    if what == "import":
        take_in(deals(25, 40, 4))
    elif what == "replace":
        take_in(deals(25, 40, 8), mode="replace", replaces=YEAR)
    elif what == "rerun":
        batch = rerun_import(batch=first, by=None, repairs=Repairs(cells={(2, "amount"): "100"}))
        run_import(import_id=batch.pk, today=TODAY)
    elif what == "compact":
        compact(dataset=Dataset.objects.get())
    else:
        (undo_import if what == "undo" else redo_import)(batch=first, by=None)


def seen(as_of: str = "") -> list[int]:
    """How many rows count, and their total amount."""
    found = snapshot(workspace=Workspace.objects.get(), table="deals", as_of=parse_datetime(as_of) if as_of else None)
    with open_for_reading([found]) as con:
        rows = con.execute(f"SELECT count(*), coalesce(sum(amount), 0) FROM ({found.rows_sql()})").fetchall()
    return [int(each) for each in rows[0]]


def dying(step: int) -> list[int]:
    """Kills this process before its write number `step`; returns a list whose one item counts the writes."""
    made = [0]

    def before() -> None:
        made[0] += 1
        if made[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if writes or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir"):
            before()

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(("SELECT", "PRAGMA")):
            before()
        return execute(sql, *rest)

    sqlite: Any = connection
    commit = sqlite._commit

    def watched_commit() -> None:
        before()
        commit()

    sys.addaudithook(audit)
    connection.ensure_connection()
    connection.execute_wrappers.append(watch)
    sqlite._commit = watched_commit
    return made


def again(what: str, as_of: str, was: list[int]) -> dict[str, Any]:
    """What a process that comes after sees, and what it makes of it."""
    visible = seen()
    begun = Import.objects.filter(state__in=[Import.State.WAITING, Import.State.RUNNING])
    if begun.exists():
        run_import(import_id=begun.get().pk, today=TODAY)
    elif visible == was:
        work(what)
    sweep_orphans(now=timezone.now() + timedelta(days=2))
    known = {path for table in [snapshot(workspace=Workspace.objects.get(), table="deals")] for path in table.row_files}
    files = {*settings.DATA_DIR.glob("columns/*/*/rows/*.parquet")}
    kept = {settings.DATA_DIR / batch.stored_path for batch in Import.objects.all()}
    return {
        "visible": visible,
        "after": seen(),
        "then": seen(as_of),
        "missing": len(known - files),
        "rubbish": len([*settings.DATA_DIR.glob("work/*")]) + len({*settings.DATA_DIR.glob("uploads/*/*")} - kept),
    }


def copied(template: Path, place: Path) -> Path:
    shutil.copytree(template, place)
    return place


def in_child(folder: Path, job: Callable[[], Any]) -> Any:
    """What the job gives in a process of its own; None if that was killed."""
    told = folder / "told.json"
    told.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        try:
            work_in(folder)
            told.write_text(json.dumps(job()))
        except BaseException as error:
            told.write_text(json.dumps({"error": repr(error)}))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return None if os.WIFSIGNALED(status) else json.loads(told.read_text())


def counted(what: str) -> list[Any]:
    made = dying(0)
    work(what)
    return [made[0], seen()]


def prepared(what: str) -> list[Any]:
    prepare(what)
    return [seen(), timezone.now().isoformat()]


def killed(what: str, step: int) -> str:
    dying(step)
    work(what)
    return "lived"


def out_of_space(stage: str) -> dict[str, Any]:
    """No file may grow beyond MOST bytes, from receiving it on or after that: the system refuses to write on."""
    cells = random.Random(1)
    many = "".join(f"{key},{cells.getrandbits(400):x},won,2025-01-01,2025-02-02,{key}\n" for key in range(100, 80_100))
    source = settings.DATA_DIR / "sent.csv"
    source.write_text("id,owner,outcome,created_on,closed_on,amount\n" + many)
    said: dict[str, Any] = {"workspace": Workspace.objects.get(), "table": "deals", "file_name": "f.csv"}
    limited = (resource.RLIMIT_FSIZE, (MOST, resource.RLIM_INFINITY))
    if stage == "receive":
        resource.setrlimit(*limited)
    try:
        batch = receive_file(source=source, mapping=None, by=None, **said)
        resource.setrlimit(*limited)
        outcome = run_import(import_id=batch.pk, today=TODAY)
        told = [str(outcome.state), outcome.sentence]
    except Refusal as refusal:
        told = ["refused", refusal.sentence]
    full = {"told": told, "visible": seen(), "files": len([*settings.DATA_DIR.glob("work/*")])}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    full["uploads"] = len([*settings.DATA_DIR.glob("uploads/*/*")])
    if stage == "run":
        run_import(import_id=batch.pk, today=TODAY)
    return full | {"after": seen()}


def main(folder: Path, what: str, every: int) -> dict[str, Any]:
    template = folder / "template"
    template.mkdir(parents=True)
    was, moment = in_child(template, lambda: prepared(what))
    if what == "full":
        return {stage: in_child(copied(template, folder / stage), partial(out_of_space, stage)) for stage in STAGES}
    trials = []
    for step in [0, *range(1, 1000, every)]:
        place = copied(template, folder / str(step))
        if not step:
            writes, after = in_child(place, lambda: counted(what))
            continue
        if step > writes:
            break
        fate = in_child(place, lambda step=step: killed(what, step))  # type: ignore[misc]
        trials.append({"step": step, "fate": fate, **in_child(place, lambda: again(what, moment, was))})
        shutil.rmtree(place)
    return {"was": was, "after": after, "writes": writes, "trials": trials}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
