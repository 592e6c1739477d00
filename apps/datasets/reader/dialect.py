"""Delimiter, quotes and header of a text table, from its first lines."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
# A cell beyond this is a quotation mark that never closes, not data. (A setting of the whole csv module.)
CELL_LIMIT = 1_000_000
csv.field_size_limit(CELL_LIMIT)


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    preamble: int  # lines before the header: `sep=;` and blank ones
    header: tuple[str, ...]
    header_lines: int  # lines up to and including the header


def records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, its cells); blank lines are left out."""
    reader = csv.reader(lines, delimiter=delimiter)
    line = 1
    for cells in reader:
        if len(cells) > 1 or (cells and cells[0].strip()):
            yield line, cells
        line = reader.line_num + 1


def dialect_of(sample: str) -> Dialect:
    """Judge by the first lines: the delimiter that cuts header and rows into equally many cells wins."""
    declared = _declared_delimiter(sample)
    delimiter = declared or max(DELIMITERS, key=lambda each: _score(sample, each))
    body, preamble = sample, 0
    if declared:
        body, preamble = sample.split("\n", 1)[-1], 1
    stream = io.StringIO(body, newline="")
    reader = csv.reader(stream, delimiter=delimiter)
    before = preamble
    for cells in reader:
        if any(cell.strip() for cell in cells):
            return Dialect(delimiter, before, tuple(cells), preamble + reader.line_num)
        before = preamble + reader.line_num
    return Dialect(delimiter, preamble, (), preamble)


def _declared_delimiter(sample: str) -> str | None:
    """Excel's first line `sep=;`."""
    first = sample[:20].split("\n", 1)[0].strip().strip('"')
    return first[4] if first.lower().startswith("sep=") and len(first) == 5 else None


def _score(sample: str, delimiter: str) -> tuple[bool, float, int]:
    widths = []
    try:
        for number, (_, cells) in enumerate(records(io.StringIO(sample, newline=""), delimiter)):
            widths.append(len(cells))
            if number >= 200:
                break
    except csv.Error:
        return False, 0.0, 0
    if not widths:
        return False, 0.0, 0
    usual, times = Counter(widths).most_common(1)[0]
    return usual > 1 and widths[0] == usual, times / len(widths) if usual > 1 else 0.0, usual
