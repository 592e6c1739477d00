"""DuckDB connections that can do no more than they need."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from apps.datasets.store.sql import text


def connect(
    *,
    threads: int = 0,
    memory: str = "1600MB",
    directories: Iterable[Path] = (),
    timezone: str = "UTC",
    spill: Path | None = None,
    ordered: bool = True,
    locked: bool = True,
    formulas: bool = False,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads and writes only inside `directories`.

    threads: 0 means all cores. memory: beyond it sorting and grouping spill to `spill` (default: the machine's
    temporary folder). timezone: for time stamps that carry a zone. ordered: whether results without ORDER BY keep the
    order of their source; without it large results are written in parallel and need less memory.
    formulas: whether formulas of people are computed, which must not fail a whole file. DuckDB pulls what occurs twice
    out of the TRY around it, so then nothing that occurs twice is computed once.
    Nothing can be attached, installed or loaded, and the settings cannot be changed afterwards. `locked=False` leaves
    the lock to the caller: Ibis sets a time zone of its own first (apps/metrics/engine/cells.py).
    """
    spill = spill or Path(tempfile.gettempdir()) / f"kpitracker-spill-{os.getpid()}"
    allowed = ", ".join(text(str(folder)) for folder in [*directories, spill])
    con = duckdb.connect(":memory:")
    for statement in (
        f"SET memory_limit = {text(memory)}",
        f"SET threads = {threads or os.cpu_count() or 1}",
        f"SET temp_directory = {text(str(spill))}",
        f"SET TimeZone = {text(timezone)}",
        f"SET preserve_insertion_order = {str(ordered).lower()}",
        "SET enable_progress_bar = false",
        f"SET disabled_optimizers = '{'common_subexpressions' if formulas else ''}'",
        "SET python_enable_replacements = false",
        "SET autoload_known_extensions = false",
        "SET autoinstall_known_extensions = false",
        "SET allow_community_extensions = false",
        f"SET allowed_directories = [{allowed}]",
        "SET enable_external_access = false",
    ):
        con.execute(statement)
    if locked:
        lock(con)
    return con


def lock(con: duckdb.DuckDBPyConnection) -> None:
    """From here on no setting of this connection can be changed."""
    con.execute("SET lock_configuration = true")


def ordered_like(con: duckdb.DuckDBPyConnection, directories: Iterable[Path], spill: Path) -> duckdb.DuckDBPyConnection:
    """An ordered connection with the limits of another one."""
    ((threads, memory),) = con.execute("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
    return connect(threads=int(threads), memory=str(memory), directories=directories, spill=spill)
