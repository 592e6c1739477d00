"""Short ways to bring a text in and to see what became of it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from apps.datasets.models import Import
from apps.datasets.outcome import Outcome
from apps.datasets.queries import snapshot
from apps.datasets.services import nothing, receive_file, run_import
from apps.datasets.staging import Stage, plan_for, stage
from apps.datasets.store import connect
from apps.datasets.store.sql import names
from apps.people.models import Workspace

TODAY = date(2026, 1, 1)


def staged(folder: Path, content: str | bytes, mapping: dict[str, Any] | None = None, *, table: str = "deals",
           lookups: Mapping[str, str] | None = None, timezone: str = "UTC") -> Stage:  # fmt: skip
    """A text read, typed and checked, without any database."""
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    files = {name: folder / name for name in lookups or {}}
    for name, text in (lookups or {}).items():
        (folder / name).write_text(text)
    source, plan = plan_for(path, "file.csv", table, mapping, files, folder / "work")
    con = connect(threads=2, directories=[folder], timezone=timezone, spill=folder / "spill", ordered=False,
                  formulas=plan.has_formulas)  # fmt: skip
    return stage(con, source, plan, today=TODAY, progress=lambda step, done, total: None)


def values(of: Stage, *fields: str) -> list[Any]:
    """The committed-to-be values in file order: of one field a list, of several a list of tuples."""
    rows = of.con.execute(f"SELECT {names(fields)} FROM valid ORDER BY _line").fetchall()
    return [row[0] for row in rows] if len(fields) == 1 else rows


def messages(of: Stage) -> list[tuple[int, str, str]]:
    return [(issue.line, issue.column, issue.message) for issue in of.issues]


def receive(workspace: Workspace, folder: Path, content: str, *, table: str = "deals",
            mapping: dict[str, Any] | None = None, name: str = "file.csv") -> Import:  # fmt: skip
    path = folder / "sent.csv"
    path.write_text(content)
    return receive_file(workspace=workspace, table=table, source=path, file_name=name, mapping=mapping, by=None)


def bring_in(workspace: Workspace, folder: Path, content: str, *, table: str = "deals",
             mapping: dict[str, Any] | None = None, fence: Callable[[], None] = nothing) -> Outcome:  # fmt: skip
    batch = receive(workspace, folder, content, table=table, mapping=mapping)
    return run_import(import_id=batch.pk, today=TODAY, fence=fence)


def live_rows(workspace: Workspace, *columns: str, table: str = "deals", as_of: datetime | None = None) -> list[Any]:
    """The live rows, sorted."""
    found = snapshot(workspace=workspace, table=table, as_of=as_of)
    con = connect(threads=2, directories=[path.parent.parent for path in found.row_files])
    chosen = ", ".join(f'"{column}"' for column in columns)
    return sorted(con.execute(f"SELECT {chosen} FROM ({found.rows_sql()})").fetchall())


def last_import() -> Import:
    return Import.objects.latest("id")
