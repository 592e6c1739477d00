"""The rejected rows as a file: line, reasons, warnings, and the cells as they were, ready to be mended and imported."""

# ruff: noqa: S608 - the only names put into SQL are raw.c0, raw.c1, …

import csv
from collections.abc import Iterator, Set
from itertools import groupby
from pathlib import Path
from typing import Any

from apps.datasets.returning import EXCLUDED, harmless, names_for, ours
from apps.datasets.stages import Stage
from apps.datasets.store.lines import line_of, line_of_sql
from apps.datasets.telling import bad_rows, issues_of

ALL_AT_ONCE = 5000
CELL_SHOWN = 80


def write_rejects(staged: Stage, path: Path, *, excluded_by: str = "") -> None:
    """Every rejected line once, then those that somebody excluded; importing the file corrected gives the rest.

    A line of which several rows are made comes whole, with the reasons of each.
    """
    before = ours(staged.plan.headers)  # what comes back a second time has no columns of ours twice
    headers = staged.plan.headers[before : staged.plan.width]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names_for(headers), *headers])
        for (line, reasons, warnings), original in zip(_why(staged), _originals(staged, before), strict=True):
            writer.writerow([line, reasons, warnings, *map(harmless, original)])
        if staged.excluded:
            who = f"{EXCLUDED}{excluded_by or 'hand'}."
            for line, *cells in _excluded(staged, before):
                writer.writerow([line, who, "", *map(harmless, cells)])


def cells_of(staged: Stage, lines: Set[int]) -> dict[int, list[str]]:
    """The cells of some lines of the file, put right where somebody did; long ones cut."""
    if not lines:
        return {}
    cells = ", ".join(f"left(coalesce(c{number}, ''), {CELL_SHOWN})" for number in range(staged.plan.width))
    wanted = ", ".join(str(line) for line in sorted(lines))
    found = staged.con.execute(f"SELECT _line, {cells} FROM raw WHERE _line IN ({wanted})").fetchall()
    return {line: list(row) for line, *row in found}


def _why(staged: Stage) -> Iterator[tuple[int, str, str]]:
    """(line, reasons, warnings) of each rejected line."""
    rows = ((line_of(line), issues_of(staged, line, mask, row)) for line, mask, row in bad_rows(staged, warnings=False))
    for line, parts in groupby(rows, key=lambda each: each[0]):
        issues = [issue for _, found in parts for issue in found]
        told = [dict.fromkeys(each.message for each in issues if each.rejects is wanted) for wanted in (True, False)]
        yield line, " ".join(filter(None, told[0])), " ".join(filter(None, told[1]))


def _originals(staged: Stage, first: int) -> Iterator[tuple[Any, ...]]:
    cells = ", ".join(f"c{number}" for number in range(first, staged.plan.width))
    lines = f"SELECT {line_of_sql('_line')} FROM typed WHERE _mask & {staged.error_mask} <> 0"
    raw = staged.con.cursor()
    raw.execute(f"SELECT {cells} FROM raw WHERE _line IN ({lines}) ORDER BY _line")
    while chunk := raw.fetchmany(ALL_AT_ONCE):
        yield from chunk


def _excluded(staged: Stage, first: int) -> list[tuple[Any, ...]]:
    cells = ", ".join(f"c{number}" for number in range(first, staged.plan.width))
    return staged.con.execute(f"SELECT _line, {cells} FROM taken_out ORDER BY _line").fetchall()
