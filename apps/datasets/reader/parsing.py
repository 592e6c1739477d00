"""Lines cut into cells: strictly where a file keeps to its form, else by the width of its other rows."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from apps.datasets.reader.aligned import cut_at
from apps.datasets.reader.mending import kind_of

# A cell beyond this is a quotation mark that never closes, not data. (A setting of the whole csv module.)
CELL_LIMIT = 1_000_000
csv.field_size_limit(CELL_LIMIT)
MOST_LINES = 2_000  # that one row may go over
_BATCH = 500
_FEW = 20  # lines of one row that are believed even if it has another width
_STAND_IN = "\x1f"  # for a delimiter of several characters, which the csv module does not know
UNPARTED = "\x1c"  # a delimiter that no text has: one column
NONE = "none"  # what a person writes for it
_STEPS = 400  # ways tried to cut one line
_OTHERS = (";", "\t", "|", ",", " ")
_WRAPPED = re.compile(r'"(.*)"[;,|\t ]*', re.DOTALL)


class Repaired(list[str]):
    """The cells of a row that was not written like the rest of its file: its quotation marks did not pair."""


@dataclass(frozen=True)
class Form:
    """How cells are written. `escape`: '"' doubles the quotes, a backslash stands before them. `spaced`: `a, b`.

    `columns`: where each but the first begins, if places part the cells and no delimiter does.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    spaced: bool = False
    columns: tuple[int, ...] = ()


def strictly(text: str, form: Form) -> list[str] | None:
    """The cells of one row; None if a quotation mark is open or has text behind it."""
    if form.columns:
        return cut_at(text, form.columns)
    backslash = form.escape == "\\"
    several = len(form.delimiter) > 1
    if several:
        text = text.replace(form.delimiter, _STAND_IN)
    try:
        found = list(
            csv.reader(
                (text,),
                delimiter=_STAND_IN if several else form.delimiter,
                quotechar=form.quote,
                doublequote=True,
                escapechar="\\" if backslash and ("\\" + form.quote) in text else None,
                skipinitialspace=form.spaced,
                strict=True,
            )
        )
    except csv.Error:
        return None
    if len(found) != 1:
        return None if found else []
    return [cell.replace(_STAND_IN, form.delimiter) for cell in found[0]] if several else found[0]


def cut_to(text: str, form: Form, width: int) -> list[str] | None:
    """The likeliest `width` cells of a line whose quotation marks do not pair; None if there is no such way."""
    steps = [_STEPS]
    return _cut(text, 0, form, width, steps)


def _cut(text: str, at: int, form: Form, need: int, steps: list[int]) -> list[str] | None:
    steps[0] -= 1
    if steps[0] < 0:
        return None
    for cell, after in _ways(text, at, form):
        if need == 1:
            if after > len(text):
                return [cell]
            continue
        if after > len(text):
            continue
        rest = _cut(text, after, form, need - 1, steps)
        if rest is not None:
            return [cell, *rest]
    return None


def _ways(text: str, at: int, form: Form) -> Iterator[tuple[str, int]]:
    """(cell, where the next begins), the likeliest first. Beyond the end of the text: it was the last."""
    delimiter, quote = form.delimiter, form.quote
    while form.spaced and text.startswith(" ", at):
        at += 1
    if quote and text.startswith(quote, at):
        pairs = []
        for end in _closings(text, at + 1, form):
            run = len(text[at + 1 : end]) - len(text[at + 1 : end].rstrip(quote))
            found = text[at + 1 : end].replace(quote + quote, quote), end + 1 + len(delimiter)
            if run % 2:
                pairs.append(found)
            else:
                yield found
        yield from pairs
    end = text.find(delimiter, at)
    end = len(text) if end < 0 else end
    yield text[at:end], end + len(delimiter)


def _closings(text: str, start: int, form: Form) -> Iterator[int]:
    at = text.find(form.quote, start)
    while at >= 0:
        escaped = form.escape == "\\" and text[at - 1] == "\\"
        if not escaped and (at + 1 == len(text) or text.startswith(form.delimiter, at + 1)):
            yield at
        at = text.find(form.quote, at + 1)


def loosely(text: str, form: Form) -> list[str]:
    """Cells wherever a delimiter stands outside quotation marks; an open one is part of the text."""
    if text.count(form.quote) % 2 or len(form.delimiter) > 1:
        return text.split(form.delimiter)
    try:
        return next(csv.reader((text,), delimiter=form.delimiter, quotechar=form.quote, strict=False), [])
    except csv.Error:
        return text.split(form.delimiter)


def unwrapped(text: str) -> str | None:
    """A line that was put into quotation marks as a whole, without them; None if it was not."""
    match = _WRAPPED.fullmatch(text)
    if match is None or '"' in match[1].replace('""', ""):
        return None
    return match[1].replace('""', '"')


def records(
    lines: Iterable[str], form: Form, width: int | None = None, kinds: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, its cells); blank lines are left out. `width`: the cells that most rows have."""
    reading = _Lines(lines)
    while reading.ahead(0) is not None:
        batch = reading.some(_BATCH) if width is not None else []
        found = _in_bulk(batch, form) if batch else None
        end = reading.number + max(len(batch), 1)
        if found is not None and width is not None:
            for place, cut in enumerate(found):
                cells = cut
                if cut and len(cut) != width:
                    cells = _repaired(batch[place].rstrip("\r\n"), cut, form, width, kinds) or cut
                if len(cells) > 1 or (cells and cells[0].strip()):
                    yield reading.number + place + 1, cells
            reading.take(len(batch))
        while reading.number < end and reading.ahead(0) is not None:
            start = reading.number + 1
            cells = _next_row(reading, form, width, kinds)
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield start, cells


def _in_bulk(batch: list[str], form: Form) -> list[list[str]] | None:
    """The rows of lines that are one row each; None if a line is not."""
    if form.escape == "\\" or len(form.delimiter) > 1 or form.columns:
        return None
    try:
        found = list(
            csv.reader(
                batch,
                delimiter=form.delimiter,
                quotechar=form.quote,
                skipinitialspace=form.spaced,
                strict=True,
            )
        )
    except csv.Error:
        return None
    return found if len(found) == len(batch) else None


def _next_row(reading: "_Lines", form: Form, width: int | None, kinds: Sequence[str]) -> list[str]:
    """The cells of the next row; none for a blank line."""
    line = reading.next() or ""
    text = line.rstrip("\r\n")
    if not text or (not text.strip() and form.delimiter not in text):
        return []
    if form.columns:
        return cut_at(text, form.columns)
    if form.quote not in text and not form.spaced:
        cells = text.split(form.delimiter)
    else:
        cells = strictly(text, form) or _with_quotes(line, reading, form, width)
    if width is not None and len(cells) != width:
        cells = _repaired(text, cells, form, width, kinds) or cells
    return cells


class _Lines:
    """Lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self.number = 0

    def next(self) -> str | None:
        line = self._ahead.popleft() if self._ahead else next(self._lines, None)
        self.number += line is not None
        return line

    def ahead(self, place: int) -> str | None:
        """The line `place` (from 0) lines further on."""
        return self._ahead[place] if self._fill(place + 1) > place else None

    def some(self, count: int) -> list[str]:
        """The next lines, at most `count`."""
        self._fill(count)
        return list(islice(self._ahead, count))

    def take(self, count: int) -> None:
        for _ in range(count):
            self._ahead.popleft()
        self.number += count

    def _fill(self, count: int) -> int:
        if len(self._ahead) < count:
            self._ahead.extend(islice(self._lines, count - len(self._ahead)))
        return len(self._ahead)


def _with_quotes(line: str, reading: _Lines, form: Form, width: int | None) -> list[str]:
    """A row whose line alone is no row: it goes on over line ends, or its marks do not pair."""
    text = line.rstrip("\r\n")
    if width is not None:
        whole = _whole(text, form, width) or _all_quoted(text, form, width)
        if whole:
            return whole
    longer, count = _over_lines(line, reading, form)
    if longer is not None and (width is None or count <= _FEW or len(longer) == width):
        reading.take(count)
        return longer
    found, more = _unpaired(line, reading, form, width) if width is not None else (None, 0)
    if found is not None:
        reading.take(more)
        return Repaired(found)
    if longer is not None:
        reading.take(count)
        return longer
    return Repaired(loosely(text, form))


def _unpaired(line: str, reading: _Lines, form: Form, width: int) -> tuple[list[str] | None, int]:
    """The way to `width` cells that leaves the fewest marks alone, over a few lines if need be."""
    best: tuple[int, list[str] | None, int] = (1_000, None, 0)
    for more in range(6):
        joined = _joined(line, reading, more)
        found = cut_to(joined, form, width) if joined is not None else None
        if found:
            alone = sum(_alone(cell, form.quote) for cell in found)
            if alone < best[0]:
                best = (alone, found, more)
        if joined is None or best[0] < 2:
            break
    return best[1], best[2]


def _alone(cell: str, quote: str) -> int:
    """Marks that a cell was left with: at its beginning, or among several lines."""
    rest = cell.lstrip(quote)
    return len(cell) - len(rest) + 2 * (quote in rest and "\n" in rest)


def _whole(text: str, form: Form, width: int) -> list[str] | None:
    inner = unwrapped(text)
    found = strictly(inner, form) if inner is not None else None
    return found if found and len(found) == width else None


def _all_quoted(text: str, form: Form, width: int) -> list[str] | None:
    """A row of quoted cells that is cut by another delimiter than the others."""
    if text.count(form.quote) < 2 * width or width < 3:
        return None
    for delimiter in _OTHERS:
        if delimiter != form.delimiter and form.quote + delimiter + form.quote in text:
            found = strictly(text, Form(delimiter, form.quote, form.escape))
            if found and len(found) == width:
                return found
    return None


def _over_lines(line: str, reading: _Lines, form: Form) -> tuple[list[str] | None, int]:
    """The row that goes on over line ends in quotation marks, and over how many more lines."""
    parts, size = [line], len(line)
    if not _is_open(line, form):
        return None, 0
    for place in range(MOST_LINES):
        more = reading.ahead(place)
        if more is None or size > CELL_LIMIT:
            return None, 0
        parts.append(more)
        size += len(more)
        if form.quote in more:
            text = "".join(parts)
            found = strictly(text.rstrip("\r\n"), form)
            if found is not None:
                return found, place + 1
            if not _is_open(text, form):
                return None, 0
    return None, 0


def _is_open(text: str, form: Form) -> bool:
    """Whether only the end of a quotation is missing."""
    return strictly(text + form.quote, form) is not None


def _joined(line: str, reading: _Lines, more: int) -> str | None:
    parts = [line]
    for place in range(more):
        ahead = reading.ahead(place)
        if ahead is None:
            return None
        parts.append(ahead)
    return "".join(parts).rstrip("\r\n")


def _inner(cells: list[str], form: Form, width: int) -> list[str] | None:
    """The row that stands as a whole in one cell."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) != 1 or form.delimiter not in filled[0]:
        return None
    found = strictly(filled[0], form)
    return found if found and len(found) == width else None


def _repaired(text: str, cells: list[str], form: Form, width: int, kinds: Sequence[str]) -> list[str] | None:
    """A row of another width: quoted as a whole, or cut by another delimiter than the others."""
    if found := _inner(cells, form, width):
        return found
    if found := _whole(text, form, width):
        return found
    if len(cells) < width and width > 2:
        for delimiter in _OTHERS:
            if delimiter != form.delimiter and text.count(delimiter) >= width - 1:
                found = strictly(text, Form(delimiter, form.quote, form.escape))
                if found and len(found) == width and _fits(found, text, delimiter, kinds, form):
                    return found
    return None


def _fits(cells: list[str], text: str, delimiter: str, kinds: Sequence[str], form: Form) -> bool:
    """Whether these are cells of such columns; a few words in a line are not."""
    if text.count(form.quote) >= 2 * len(cells):
        return True
    typed = [(kind_of(cell), kind) for cell, kind in zip(cells, kinds, strict=False) if kind not in ("text", "blank")]
    if not typed:
        return delimiter != " "
    good = sum(found in (kind, "blank") for found, kind in typed)
    return good == len(typed) or (delimiter != " " and all(kind_of(cell) == "text" for cell in cells))
