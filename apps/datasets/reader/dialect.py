"""How a text table is written and laid out, as far as its first lines tell or a person has said."""

import io
import re
from collections import Counter
from dataclasses import dataclass

from apps.datasets.reader.forms import form_of
from apps.datasets.reader.layout import Layout, layout_of
from apps.datasets.reader.mending import kind_of
from apps.datasets.reader.parsing import NONE, UNPARTED, Form, records, unwrapped
from apps.datasets.reader.widths import kinds_of, usual_width


@dataclass(frozen=True)
class Reading:
    """What a person has decided about a file; None is guessed. `header`: its line, 0 for none."""

    delimiter: str | None = None
    encoding: str | None = None
    quote: str | None = None
    header: int | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Dialect:
    form: Form
    layout: Layout

    @property
    def delimiter(self) -> str:
        return self.form.delimiter

    @property
    def preamble(self) -> int:
        """Lines before the header: titles, comments, `sep=;` and blank ones."""
        return self.layout.preamble

    @property
    def header(self) -> tuple[str, ...]:
        return self.layout.header

    @property
    def header_lines(self) -> int:
        """Lines up to and including the header."""
        return self.layout.header_lines


def dialect_of(sample: str, given: Reading | None = None, *, form: Form | None = None) -> Dialect:
    """Judge by the first lines. `form`: known, as for a table that a program has just written."""
    given = given or Reading()
    declared = _declared_delimiter(sample)
    skipped = 1 if declared else 0
    lines = io.StringIO(sample, newline="").readlines()[skipped:]
    delimiter = UNPARTED if given.delimiter == NONE else given.delimiter or declared
    form = form or form_of(lines, delimiter, given.quote)
    plain = list(records(lines, form))
    width = usual_width(_unwrap_rows(plain, form))
    if width == 1 and len(plain) > 1 and not delimiter:
        form = Form(UNPARTED, form.quote, form.quote)
        plain = list(records(lines, form))
    kinds = kinds_of((cells for _, cells in plain), width)
    rows = list(records(lines, form, width, kinds))
    kinds = kinds_of((cells for _, cells in rows), width)
    rows = _first_by_blanks(lines, rows, form, width)
    ends = _line_after(rows, lines)
    layout = layout_of(rows, ends, width, kinds, skipped, given.header)
    return Dialect(form, layout)


def _line_after(rows: list[tuple[int, list[str]]], lines: list[str]) -> dict[int, int]:
    """Line on which a row begins: line on which it ends (blank lines behind it do not count)."""
    starts = [line for line, _ in rows] + [len(lines) + 1]
    ends = {}
    for (line, _), following in zip(rows, starts[1:], strict=False):
        last = following - 1
        while last > line and not lines[last - 1].strip():
            last -= 1
        ends[line] = last
    return ends


def _first_by_blanks(
    lines: list[str], rows: list[tuple[int, list[str]]], form: Form, width: int
) -> list[tuple[int, list[str]]]:
    """A header that alone is cut by blanks: names without quotes, as many as there are columns above rows of data."""
    if len(rows) < 3 or width < 3 or len(rows[0][1]) != 1 or rows[0][0] != 1:
        return rows
    names = rows[0][1][0].split(" ")
    if len(names) != width or len(rows[1][1]) != width or len(set(names)) != width:
        return rows
    following = [kind_of(cell) for cell in rows[1][1]]
    typed = sum(kind in ("number", "date") for kind in following)
    return [(1, names), *rows[1:]] if typed else rows


def _declared_delimiter(sample: str) -> str | None:
    """Excel's first line `sep=;`."""
    first = re.split(r"[\r\n]", sample[:20], maxsplit=1)[0].strip(' "')
    return first[4] if first.lower().startswith("sep=") and len(first) == 5 else None


def _unwrap_rows(rows: list[tuple[int, list[str]]], form: Form) -> list[list[str]]:
    if sum(len([c for c in cells if c.strip()]) == 1 for _, cells in rows) <= 0.5 * len(rows):
        return [cells for _, cells in rows]
    opened = []
    for _, cells in rows:
        filled = [cell for cell in cells if cell.strip()]
        inner = list(records([filled[0]], form)) if len(filled) == 1 and form.delimiter in filled[0] else []
        if not inner and len(cells) > 1 and (text := unwrapped(form.delimiter.join(cells))):
            inner = list(records([text], form))
        opened.append(inner[0][1] if len(inner) == 1 else cells)
    widths = Counter(map(len, opened))
    return opened if widths.most_common(1)[0][0] > 2 else [cells for _, cells in rows]
