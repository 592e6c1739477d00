"""A first look at a file: its header, its first rows, and what would feed which field. Nothing is typed or checked."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from apps.datasets.plan import Plan
from apps.datasets.reader import Guess
from apps.datasets.staging import plan_for

ROWS_SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """`lines` are (line of the file, cells) as written there; `plan` says what feeds each field."""

    lines: tuple[tuple[int, tuple[str, ...]], ...]
    plan: Plan
    guessed: tuple[Guess, ...] = ()
    sheets: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return self.plan.headers

    @property
    def missing(self) -> tuple[str, ...]:
        """Required fields that nothing feeds yet."""
        return tuple(name for name in self.plan.required if not self.plan.has_source(name))


def preview(
    *,
    path: Path,
    file_name: str,
    table: str,
    mapping: AnyMapping[str, Any],
    lookup_files: AnyMapping[str, Path],
    folder: Path,
) -> Preview:
    """Look into a file and its lookups; `folder` is for working copies.

    Refusal if one is no text table or the mapping names what they do not have. A required field without a column is no
    refusal here: it is what the preview is for (Preview.missing).
    """
    source, plan = plan_for(path, file_name, table, mapping, lookup_files, folder, complete=False)
    width = len(plan.headers)
    rows = ((line, tuple((cells + [""] * width)[:width])) for line, cells in source.rows())
    return Preview(tuple(islice(rows, ROWS_SHOWN)), plan, source.guessed, source.content.sheets)
