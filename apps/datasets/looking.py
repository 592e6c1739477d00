"""A file opened to be looked at: its cells as a view, its columns as profiles, and the files beside it."""

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from apps.datasets.formulas import macros
from apps.datasets.parts import reading_of
from apps.datasets.plan import Plan, unique
from apps.datasets.profiling import Profile, profiles_of
from apps.datasets.reader import Progress, Source, open_source, quiet
from apps.datasets.store import connect


@dataclass(frozen=True)
class Looked:
    """The view `grid` of `con` has the cells of all rows. `beside` are the other files by their names."""

    con: duckdb.DuckDBPyConnection
    source: Source
    headers: tuple[str, ...]
    profiles: list[Profile]
    rows: int
    lookup_files: AnyMapping[str, Path]
    folder: Path
    timezone: str = "UTC"

    @contextmanager
    def ready_for(self, plan: Plan) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the cells as the view `grid`, in which what the plan needs can be computed."""
        for_formulas = plan.has_formulas
        con = self.con
        if for_formulas:
            ((view,),) = con.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'grid'").fetchall()
            folders = [self.folder, self.source.origin.parent]
            con = connect(directories=folders, timezone=self.timezone, spill=self.folder / "spill", ordered=False,
                          formulas=True)  # fmt: skip
            con.execute(view)
            for macro in macros():
                con.execute(macro)
        try:
            yield con
        finally:
            if for_formulas:
                con.close()

    @cached_property
    def beside(self) -> dict[str, Source]:
        found = {}
        for number, (name, path) in enumerate(self.lookup_files.items()):
            folder = self.folder / f"lookup{number}"
            folder.mkdir(parents=True, exist_ok=True)
            found[name] = open_source(path, folder, name)
        return found


@contextmanager
def look(
    path: Path,
    file_name: str,
    reading: Any,
    lookup_files: AnyMapping[str, Path],
    folder: Path,
    timezone: str,
    progress: Progress = quiet,
) -> Iterator[Looked]:
    """Open a file and read its cells once. Refusal if it holds no table."""
    inside = folder / "file"
    inside.mkdir(parents=True, exist_ok=True)
    progress("Reading the file", 0, 0)
    source = open_source(path, inside, file_name, reading_of(reading), progress)
    con = connect(directories=[folder, path.parent], timezone=timezone, spill=folder / "spill", ordered=False)
    try:
        rows = source.load(con, "grid", progress)
        progress("Finding out what its columns are", 0, 0)
        headers = unique(source.header)
        profiles = profiles_of(con, "grid", headers)
        yield Looked(con, source, headers, profiles, rows, lookup_files, folder, timezone)
    finally:
        con.close()
