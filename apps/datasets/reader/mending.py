"""Lines with more cells than the header, because a text holds the delimiter and no quotation marks.

Such a line is put together again where the other lines leave no doubt which text was cut: every cell must be what its
column usually holds (a number, a date, a text, nothing), a value known from other lines speaks for a place, and so does
the blank that people write behind a comma.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

SOUND_LINES = 5_000  # how many of them are looked at
MOST_SURPLUS = 5
_USUAL = 0.01  # a kind that rarer cells of a column have is a slip there
_NUMBER = re.compile(r"[-+(]?[^\d\s]{0,3}\d[\d.,' ]*(?:[eE][-+]?\d{1,3}|[)%])?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")
_CUT_DATE = re.compile(r"[^\W\d]{3,9}\.? \d{1,2}, ?\d{4}\b.*|[^\W\d]{6,9}, .*\d{4}\b.*")
_CUT_NUMBER = re.compile(r"[-+]?[^\d\s]?\d+,\d{2}")
_SLIPS = 0.6  # cut rows for each sound one, at most
_MOST = 20  # cut rows for each sound one, if a column is cut everywhere
_BLANKS = frozenset({"", "null", "n/a", "na", "-", "none"})
_FITS, _KNOWN, _JOINED = 2, 1, 3


@dataclass(frozen=True)
class Mended:
    """`column` (from 0) holds `whole`, which had been cut into several cells."""

    cells: list[str]
    column: int
    whole: str


class Mender:
    """Knows what the columns of a file hold from `rows`, its lines of the right length."""

    def __init__(self, rows: Iterable[Sequence[str]], width: int, delimiter: str) -> None:
        self.width, self.delimiter = width, delimiter
        self.kinds: list[Counter[str]] = [Counter() for _ in range(width)]
        self.known: list[set[str]] = [set() for _ in range(width)]
        self.seen = 0
        long = []
        for row in islice(rows, 2 * SOUND_LINES):
            if len(row) == width:
                self._learn(row)
            elif len(row) > width:
                long.append(row)
            if self.seen >= SOUND_LINES:
                break
        self.everywhere = self._column_cut_in_all(long) if len(long) > _MOST * self.seen else None
        self.slips = len(long) < _SLIPS * self.seen  # more of them are another table

    def _column_cut_in_all(self, rows: Sequence[Sequence[str]]) -> int | None:
        """The one column whose cell, a date like `May 3, 2024` or a number like `9,50`, was cut in every row."""
        if any(len(row) != self.width + 1 for row in rows):
            return None
        for cut in (_CUT_DATE, _CUT_NUMBER):
            found = [
                column
                for column in range(self.width)
                if all(cut.fullmatch(self.delimiter.join(row[column : column + 2]).strip()) for row in rows)
            ]
            if found:
                return found[0] if len(found) == 1 else None
        return None

    def _learn(self, row: Sequence[str]) -> None:
        self.seen += 1
        for column, cell in enumerate(row):
            self.kinds[column][kind_of(cell)] += 1
            self.known[column].add(cell)

    def mend(self, cells: list[str]) -> Mended | None:
        """The line in the width of the header; None if no place, or more than one, is the likeliest."""
        surplus = len(cells) - self.width
        if surplus == 1 and self.everywhere is not None:
            at = self.everywhere
            whole = self.delimiter.join(cells[at : at + 2])
            fits = _CUT_DATE.fullmatch(whole.strip()) or _CUT_NUMBER.fullmatch(whole.strip())
            return Mended([*cells[:at], whole, *cells[at + 2 :]], at, whole) if fits else None
        if not self.slips or not 0 < surplus <= MOST_SURPLUS:
            return None
        # How well the first k cells stand where they are, and the last k cells `surplus` places further left.
        left = [0, *accumulate(self._fit(column, cells[column]) for column in range(self.width))]
        moved = [self._fit(column, cells[column + surplus]) for column in range(self.width)]
        right = [0, *accumulate(reversed(moved))]
        scores = []
        for column in range(self.width):
            parts = cells[column : column + surplus + 1]
            middle = self._fit(column, self.delimiter.join(parts)) + _JOINED * sum(
                part[:1] == " " for part in parts[1:]
            )
            scores.append(left[column] + middle + right[self.width - 1 - column])
        best = max(scores)
        column = scores.index(best)
        if best < _FITS * self.width or scores.count(best) != 1 or not self._is_text(column):
            return None  # a cut number is as likely as a cut text: 9,00 behind a name
        whole = self.delimiter.join(cells[column : column + surplus + 1])
        return Mended([*cells[:column], whole, *cells[column + surplus + 1 :]], column, whole)

    def _fit(self, column: int, cell: str) -> int:
        """Below zero for what the column does not hold."""
        if self.kinds[column][kind_of(cell)] < max(_USUAL * self.seen, 1):
            return -_FITS * self.width
        return _FITS + (_KNOWN if cell in self.known[column] else 0)

    def _is_text(self, column: int) -> bool:
        kinds = self.kinds[column]
        return 2 * kinds["text"] > self.seen - kinds["blank"]


def kind_of(cell: str) -> str:
    stripped = cell.strip()
    if stripped.lower() in _BLANKS:
        return "blank"
    if _DATE.fullmatch(stripped):
        return "date"
    return "number" if _NUMBER.fullmatch(stripped) else "text"
