"""How a text table is written (delimiter, quotes, escapes) and laid out, judged by its first lines.

Every plausible form cuts the lines; the one with the most even rows wins, whose columns each hold one kind of cell and
whose cells hold no other delimiter. (The idea of G. J. J. van den Burg et al., Wrangling messy CSV files, 2019.)
"""

import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.datasets.reader.layout import Layout, layout_of
from apps.datasets.reader.mending import kind_of
from apps.datasets.reader.parsing import Form, records, unwrapped

# How much a delimiter is believed: blanks and colons stand in many texts.
DELIMITERS = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "^": 0.9, "~": 0.9, "§": 0.9, ":": 0.55, " ": 0.45}
_JUDGED_CHARACTERS, _JUDGED_ROWS = 60_000, 300  # at the beginning, and again at the end
_EDGES = frozenset("\"',;|\t")  # signs at which cells seldom begin or end
_PAIR, _RUN, _NAMES = 2, 3, 5
_FOREIGN = {",": ";\t|^~§", ";": "\t|^~§", "\t": "|^~§;", "|": ";\t^~§", "^": ";\t|", "~": ";\t|", "§": ";\t|"}


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
    form = form or form_of(lines, given.delimiter or declared, given.quote)
    plain = list(records(lines, form))
    width = _usual_width(_unwrap_rows(plain, form))
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


def form_of(lines: list[str], delimiter: str | None = None, quote: str | None = None) -> Form:
    """The form whose rows are most even and whose columns hold one kind of cell each."""
    judged = _judged(lines)
    if not any(line.strip() for line in judged):
        return Form(delimiter or ",", quote or '"')
    text = "".join(judged)
    opened = [
        inner if inner is not None else line for line in judged if (inner := unwrapped(line.rstrip("\r\n"))) or line
    ]
    best, best_score = Form(delimiter or ",", quote or '"'), -1.0
    for form in _candidates(text, delimiter, quote):
        score = _score(judged, form)
        if score < 0.05:
            score = max(score, 0.8 * _score(opened, form, least=3))
        if score > best_score + 1e-9:
            best, best_score = form, score
    return best


def _judged(lines: list[str]) -> list[str]:
    """The first lines and the last: what stands above a table may be long."""
    first = _some(lines)
    return first + _some(lines[: len(first) - 1 : -1])[::-1] if len(first) < len(lines) else first


def _some(lines: Iterable[str]) -> list[str]:
    found, size = [], 0
    for line in lines:
        found.append(line)
        size += len(line)
        if size > _JUDGED_CHARACTERS or len(found) >= _JUDGED_ROWS:
            break
    return found


def _candidates(text: str, delimiter: str | None, quote: str | None) -> Iterable[Form]:
    for each in [delimiter] if delimiter else [each for each in DELIMITERS if each in text] or [","]:
        sign = re.escape(each)
        for mark in [quote] if quote else ['"', "'"]:
            if mark == "'" and not quote and not _quotes_cells(text, sign):
                continue
            form = Form(each, mark, mark)
            if each in ",;" and len(re.findall(sign + " ", text)) > 0.5 * text.count(each):
                yield replace(form, spaced=True)
                yield replace(form, delimiter=each + " ")
            yield form
            if each in "\t|:" and text.count(2 * each) > 0.45 * text.count(each):
                yield replace(form, delimiter=2 * each)
            if "\\" + mark in text:
                yield replace(form, escape="\\")


def _quotes_cells(text: str, sign: str) -> bool:
    """Whether apostrophes stand around cells, more often than quotation marks do."""
    around = rf"(?:^|{sign} ?)%s[^%s]*%s(?=$|[\r\n]|{sign})"
    single = len(re.findall(around % ("'", "'", "'"), text, re.MULTILINE))
    return single > 2 and single > len(re.findall(around % ('"', '"', '"'), text, re.MULTILINE))


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


def _usual_width(rows: list[list[str]]) -> int:
    """The cells that most rows have; of widths that are as frequent, that of the first row.

    Names and values above a table, two cells each, may be more than its rows: then the wider rows at the end count.
    """
    rows = [cells for cells in rows if sum(map(bool, map(str.strip, cells))) > 1] or rows  # no titles, no notes
    widths = Counter(len(cells) for cells in rows)
    if not widths:
        return 0
    most = max(widths.values())
    usual = [width for width, times in widths.items() if times == most]
    several = [width for width in usual if width > 1] or usual
    found = next((len(cells) for cells in rows if len(cells) in several), several[0])
    return max(found, _last_width(rows)) if found <= _PAIR else found


def _last_width(rows: list[list[str]]) -> int:
    """The cells of the rows that end the file, notes apart; 0 if they are not even."""
    ending = [len(cells) for cells in rows[-_JUDGED_ROWS:]]
    while ending and ending[-1] == 1:
        ending.pop()
    last = ending[-1] if ending else 0
    run = 0
    for width in reversed(ending):
        if width != last:
            break
        run += 1
    return last if run >= _RUN else 0


def kinds_of(rows: Iterable[list[str]], width: int) -> tuple[str, ...]:
    """What each column holds: the kind of most of its filled cells ("blank" if it has none)."""
    counts: list[Counter[str]] = [Counter() for _ in range(width)]
    even = [cells for cells in rows if len(cells) == width]
    names = min((len(even) + (len(even) > _RUN)) // 2, _NAMES)  # the first rows may be names and units
    for cells in even[names:]:
        for column, cell in enumerate(cells):
            counts[column][kind_of(cell)] += 1
    kinds = []
    for count in counts:
        filled = Counter({kind: times for kind, times in count.items() if kind != "blank"})
        kind, times = filled.most_common(1)[0] if filled else ("blank", 0)
        kinds.append(kind if times >= 0.7 * sum(filled.values()) else "text")
    return tuple(kinds)


def _score(lines: list[str], form: Form, least: int = 2) -> float:
    rows = [cells for _, cells in records(lines, form)]
    width = _usual_width(rows)
    at = [place for place, cells in enumerate(rows) if len(cells) == width]
    even = [rows[place] for place in at]
    filled = sum(any(cells[column].strip() for cells in even) for column in range(width))
    if width < least or filled < 2 or len(even) < min(3, 0.3 * len(rows)):
        return 0.01 * DELIMITERS.get(form.delimiter[:1], 0.9)
    # What stands above and below the table is written in another way and says little of how the table is.
    around = [*rows[: at[0]], *rows[at[-1] + 1 :]]
    consistent = len(even) / (len(rows) - len(around))
    covered = len(even) / (len(even) + sum(_weight(len(cells), width) for cells in around))
    body = even[1:] or even
    pure = sum(_purity([cells[column] for cells in body]) for column in range(width)) / width
    sound = _soundness(even, form) * (0.5 + 0.5 * covered)
    return DELIMITERS.get(form.delimiter[:1], 0.9) * consistent**2 * (0.4 + 0.6 * pure) * sound * (1 - 0.5 / filled)


def _weight(cells: int, width: int) -> float:
    """How much a line around the table speaks against it: one that is nearly as wide may be its header."""
    return 5.0 if 2 * cells > width > _PAIR else 1.0


def _purity(cells: list[str]) -> float:
    kinds = Counter(map(kind_of, cells))
    blank = kinds.pop("blank", 0)
    return (max(kinds.values()) + blank) / len(cells) if kinds else 0.9


def _soundness(rows: list[list[str]], form: Form) -> float:
    """The share of cells that hold no other delimiter and no mark or delimiter at their edge."""
    foreign = frozenset(_FOREIGN.get(form.delimiter[:1], ""))
    cells = [cell for row in rows for cell in row]
    strange = 0.0
    for cell in cells:
        if cell[:1] in _EDGES or cell[-1:] in _EDGES - {"'"}:
            strange += bool(cell)
        elif not foreign.isdisjoint(cell):
            strange += 0.5
        elif cell[:1] == " ":
            strange += 0.2
    return 1 - strange / len(cells)
