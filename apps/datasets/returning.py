"""A file of rejected rows that comes back: how it is told from any other, and what makes its cells harmless.

It has three columns of ours in front: the line, why it was rejected, what was only warned about. They are not data.
A text that a spreadsheet would run as a formula gets an apostrophe in front, which is taken off when the file returns;
numbers are left alone.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from apps.datasets.reader.dialect import Reading

OURS = ("line", "reasons", "warnings")
EXCLUDED = "Excluded by "  # how the reason of a line begins that somebody took out: it stays out
_FIRST_LINE = re.compile(rb'^(?:\xef\xbb\xbf)?"?line_*"?([,;\t|])"?reasons_*"?\1"?warnings_*"?(?:\1|\r?\n|$)')
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,' ]*%?")
_RISKY = re.compile(r"'*[=+\-@\t\r]")


def names_for(headers: Sequence[str]) -> tuple[str, ...]:
    """What our columns are called beside these: `line_` if the file has a `line` of its own."""
    taken = {each.strip().lower() for each in headers}
    suffix = ""
    while any(name + suffix in taken for name in OURS):
        suffix += "_"
    return tuple(name + suffix for name in OURS)


def ours(headers: Sequence[str]) -> int:
    """How many of the first columns are ours: all three or none."""
    first = [each.strip() for each in headers[: len(OURS)]]
    suffix = first[0].removeprefix(OURS[0]) if first else "-"
    return len(OURS) if not suffix.strip("_") and first == [name + suffix for name in OURS] else 0


def reading_of(path: Path, given: Reading) -> Reading:
    """What a mapping says of the form of its file is not true of the rows that were rejected from it."""
    if not path.is_file():
        return given
    with path.open("rb") as file:
        found = _FIRST_LINE.match(file.read(200))
    return Reading(delimiter=found[1].decode(), quote='"', header=1) if found else given


def harmless(cell: str | None) -> str | None:
    if cell and _RISKY.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def as_it_was_sql(sql: str) -> str:
    """SQL of the cell without the apostrophe that `harmless` put in front."""
    return rf"(CASE WHEN regexp_matches({sql}, '^''+[=+\-@\t\r]') THEN {sql}[2:] ELSE {sql} END)"
