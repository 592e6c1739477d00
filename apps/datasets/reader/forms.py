"""How the cells of a text table are written (delimiter, quotes, escapes), judged by its lines.

Every plausible form cuts the lines; the one with the most even rows wins, whose columns each hold one kind of cell and
whose cells hold no other delimiter. (The idea of G. J. J. van den Burg et al., Wrangling messy CSV files, 2019.)
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from apps.datasets.reader.aligned import ALIGNED, columns_of
from apps.datasets.reader.layout import MOST_BELOW, is_names
from apps.datasets.reader.mending import kind_of
from apps.datasets.reader.parsing import Form, records, unwrapped
from apps.datasets.reader.widths import PAIR, kinds_of, padded, usual_width

# How much a delimiter is believed: blanks and colons stand in many texts.
DELIMITERS = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0, "^": 0.9, "~": 0.9, "§": 0.9, ":": 0.55, " ": 0.45}
_JUDGED_CHARACTERS, _JUDGED_ROWS = 60_000, 300  # at the beginning, and again at the end
_FEW_LINES = 20
_DOUBTFUL = 0.12  # what a delimiter scores that cuts texts at random
_EDGES = frozenset("\"',;|\t")  # signs at which cells seldom begin or end
_LONG = re.compile(r"(?<![|~^;:#$@*§¦])[|~^;:#$@*§¦]{2,3}(?![|~^;:#$@*§¦])")
_DOUBLED = ("::", ";;", "||", "~~", "^^")
_FOREIGN = {",": ";\t|^~§", ";": "\t|^~§", "\t": "|^~§;", "|": ";\t^~§", "^": ";\t|", "~": ";\t|", "§": ";\t|"}


def form_of(lines: list[str], delimiter: str | None = None, quote: str | None = None) -> Form:
    """The form whose rows are most even and whose columns hold one kind of cell each."""
    judged = _judged(lines)
    if delimiter == ALIGNED and (columns := columns_of(judged)):
        return Form(columns=columns)
    if not any(line.strip() for line in judged):
        return Form(delimiter or ",", quote or '"')
    text = "".join(judged)
    opened = [
        inner if inner is not None else line for line in judged if (inner := unwrapped(line.rstrip("\r\n"))) or line
    ]
    scored = [(_form_score(judged, opened, form), form) for form in _candidates(text, delimiter, quote)]
    best_score, best = max(scored, key=lambda each: round(each[0], 9))
    if delimiter:
        return best
    columns = columns_of(judged)
    score = 0.9 * _score(judged, Form(columns=columns)) if columns else 0.0
    if score > max(best_score, _DOUBTFUL):
        return Form(columns=columns)
    return Form(quote=quote or '"') if best_score < _DOUBTFUL and best.delimiter in " :" else best


def _form_score(lines: list[str], opened: list[str], form: Form) -> float:
    """`opened`: the lines without the quotation marks around them as a whole."""
    score = _score(lines, form)
    return score if score >= 0.05 else max(score, 0.8 * _score(opened, form, least=3))


def _judged(lines: list[str]) -> list[str]:
    """The first lines and the last: what stands above a table may be long."""
    first = _some(lines)
    return first + _some(lines[: len(first) - 1 : -1])[::-1] if len(first) < len(lines) else first


def _some(lines: Iterable[str]) -> list[str]:
    found, size = [], 0
    for line in lines:
        found.append(line)
        size += len(line)
        if (size > _JUDGED_CHARACTERS and len(found) > _FEW_LINES) or len(found) >= _JUDGED_ROWS:
            break
    return found


def _candidates(text: str, delimiter: str | None, quote: str | None) -> Iterable[Form]:
    for each in [delimiter] if delimiter else [each for each in DELIMITERS if each in text] or [","]:
        sign = re.escape(each)
        for mark in [quote] if quote else ['"', "'"]:
            if mark == "'" and not quote and not _quotes_cells(text, sign):
                continue
            form = Form(each, mark, mark)
            yield form
            if each in ",;" and len(re.findall(sign + " ", text)) > 0.5 * text.count(each):
                yield replace(form, spaced=True)
                yield replace(form, delimiter=each + " ")
            if each in "\t|:" and text.count(2 * each) > 0.45 * text.count(each):
                yield replace(form, delimiter=2 * each)
            if "\\" + mark in text:
                yield replace(form, escape="\\")
    if not delimiter:
        yield from (Form(each) for each in _long_delimiters(text))


def _long_delimiters(text: str) -> list[str]:
    """Groups of signs that are the most frequent, like `||` or `|~|`."""
    found = Counter(_LONG.findall(text)).most_common(2)
    return [each for each, times in found if times > 2 and (len(set(each)) > 1 or each in _DOUBLED)]


def _quotes_cells(text: str, sign: str) -> bool:
    """Whether apostrophes stand around cells, more often than quotation marks do."""
    around = rf"(?:^|{sign} ?)%s[^%s]*%s(?=$|[\r\n]|{sign})"
    single = len(re.findall(around % ("'", "'", "'"), text, re.MULTILINE))
    return single > 2 and single > len(re.findall(around % ('"', '"', '"'), text, re.MULTILINE))


def _score(lines: list[str], form: Form, least: int = 2) -> float:
    rows = [cells for _, cells in records(lines, form)]
    width = usual_width(rows)
    rows = padded(rows, width)
    at = [place for place, cells in enumerate(rows) if len(cells) == width]
    even = [rows[place] for place in at]
    filled = sum(any(cells[column].strip() for cells in even) for column in range(width))
    belief = DELIMITERS.get(form.delimiter[:1], 0.9)
    if width < least or filled < 2 or len(even) < min(3, 0.3 * len(rows)):
        return 0.01 * belief
    # What stands above and below the table is written in another way and says little of how the table is.
    above, below = rows[: at[0]], rows[at[-1] + 1 :]
    around = [*above, *below]
    consistent = len(even) / (len(rows) - len(above) - len(below))
    covered = len(even) / (len(even) + sum(_weight(len(cells), width) for cells in around))
    body = even[1:] or even
    pure = sum(_purity([cells[column] for cells in body]) for column in range(width)) / width
    sound = _soundness(even, form) * (0.5 + 0.5 * covered)
    if at[0] == 1 and _is_lone_name(rows[0], even[0], width, form.delimiter):
        belief *= 0.1  # what looks like several columns is one: the delimiter is part of texts or dates
    if sum(len(cells) == 1 for cells in below) > MOST_BELOW:
        belief *= 0.5  # so many lines are no notes: what was cut stands above the table
    if form.delimiter in (" ", ":") and not form.columns and form.quote not in lines[-1]:
        belief *= _typed(body, width)
    return belief * consistent**2 * (0.4 + 0.6 * pure) * sound * (1 - 0.5 / filled)


def _is_lone_name(cells: list[str], below: list[str], width: int, delimiter: str) -> bool:
    """Whether a row above others is one name, in one word or, for a delimiter that is a blank, in another number."""
    if delimiter in (" ", ":"):
        return len(cells) not in ((width,) if width <= PAIR else (width, width - 1))
    return len(cells) == 1 and not is_names(below) and not any(sign in cells[0] for sign in ',;\t|"')


def _typed(rows: list[list[str]], width: int) -> float:
    """How much a blank or a colon may part cells: between words it seldom does, between numbers often."""
    kinds = kinds_of(rows, width)
    return 1.0 if any(kind in ("number", "date") for kind in kinds) else 0.1


def _weight(cells: int, width: int) -> float:
    """How much a line around the table speaks against it: one that is nearly as wide may be its header."""
    return 5.0 if 2 * cells > width and cells > PAIR else 1.0


def _purity(cells: list[str]) -> float:
    kinds = Counter(map(kind_of, cells))
    blank = kinds.pop("blank", 0)
    return (max(kinds.values()) + blank) / len(cells) if kinds else 0.9


def _soundness(rows: list[list[str]], form: Form) -> float:
    """The share of cells that hold no other delimiter and no mark or delimiter at their edge."""
    foreign = frozenset(_FOREIGN.get(form.delimiter[:1], ""))
    long = len(form.delimiter) == 1 and _LONG.search(form.delimiter.join(rows[-1])) is not None
    cells = [cell for row in rows for cell in row]
    strange = 0.0
    for cell in cells:
        if cell[:1] in _EDGES or cell[-1:] in _EDGES - {"'"}:
            strange += bool(cell)
        elif not foreign.isdisjoint(cell) or (long and _LONG.search(cell)):
            strange += 0.5
        elif cell[:1] == " ":
            strange += 0.2
    return 1 - strange / len(cells)
