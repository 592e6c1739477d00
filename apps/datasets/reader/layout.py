"""Which lines of a file are its table: what stands above the header, the header itself, what stands below the rows."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.datasets.reader.mending import kind_of

_PAIR = 2  # cells of a name and its value
_FEW_ABOVE = 9
MOST_BELOW = 30  # rows that notes below a table may have
_YEARS = range(1900, 2101)
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """`header` is made up (Column 1, …) if `named` is False. `width`, `kinds`: what most rows look like."""

    preamble: int
    header: tuple[str, ...]
    header_lines: int
    width: int
    kinds: tuple[str, ...] = ()
    named: bool = True


def layout_of(
    rows: Sequence[Row], ends: Mapping[int, int], width: int, kinds: tuple[str, ...], skipped: int, given: int | None
) -> Layout:
    """`rows` as (line, cells) without blank lines, `ends` the last line of each, `skipped` lines before the first."""
    if not rows or not any(cell.strip() for _, cells in rows for cell in cells):
        return Layout(skipped, (), skipped, 0)
    if given == 0:
        return _unnamed(rows[0][0] - 1 + skipped, width or len(rows[0][1]), kinds)
    if given is not None:
        line, cells = next((row for row in rows if row[0] + skipped >= given), rows[0])
        return Layout(line - 1 + skipped, tuple(cells), ends[line] + skipped, width, kinds)
    first = _header_at(rows, ends, width, kinds)
    body = [cells for _, cells in rows[first + 1 :]]
    if _is_data(rows[first][1], body, width, kinds):
        return _unnamed(rows[first][0] - 1 + skipped, len(rows[first][1]), kinds)
    return _named(rows, ends, first, width, kinds, skipped)


def _unnamed(preamble: int, width: int, kinds: tuple[str, ...]) -> Layout:
    names = tuple(f"Column {number + 1}" for number in range(width))
    return Layout(preamble, names, preamble, width, kinds, named=False)


def _named(
    rows: Sequence[Row], ends: Mapping[int, int], first: int, width: int, kinds: tuple[str, ...], skipped: int
) -> Layout:
    last = first
    while last + 1 < len(rows) and last - first < 4 and _continues(rows, first, last + 1, width, kinds):
        last += 1
    names = _joined([rows[at][1] for at in range(first, last + 1)])
    line = rows[first][0]
    return Layout(line - 1 + skipped, names, ends[rows[last][0]] + skipped, width, kinds)


def _header_at(rows: Sequence[Row], ends: Mapping[int, int], width: int, kinds: Sequence[str]) -> int:
    """The first row that is as wide and as full as a header: titles, comments and pairs above it are not."""
    if width < 2:
        return 0
    ahead = _ahead(rows, ends, width)
    for at in range(len(rows) - 1):
        if not _is_above(rows, at, ends, ahead[at], width, kinds):
            return at
    return 0


@dataclass(frozen=True)
class _Ahead:
    """What lies between a row and the first one that is as wide as the table: `names` if that one looks like names."""

    rows: int
    narrow: bool
    gap: bool
    names: bool


def _ahead(rows: Sequence[Row], ends: Mapping[int, int], width: int) -> list[_Ahead | None]:
    """For every row; None if no row from there on is as wide as the table."""
    found: list[_Ahead | None] = [None] * len(rows)
    following: _Ahead | None = None
    for at in range(len(rows) - 1, -1, -1):
        line, cells = rows[at]
        gap = at + 1 < len(rows) and rows[at + 1][0] > ends[line] + 1
        if len(cells) == width:
            following = _Ahead(0, narrow=True, gap=False, names=is_names(cells))
        elif following is not None:
            narrow = following.narrow and (len(cells) * 2 <= width or len(cells) <= _PAIR)
            following = _Ahead(following.rows + 1, narrow, gap or following.gap, following.names)
        found[at] = following
    return found


def _is_above(
    rows: Sequence[Row], at: int, ends: Mapping[int, int], ahead: _Ahead | None, width: int, kinds: Sequence[str]
) -> bool:
    line, cells = rows[at]
    filled = sum(bool(cell.strip()) for cell in cells)
    if filled == 0 or (cells[0].lstrip().startswith("#") and len(cells) != width):
        return True
    if filled == 1 and width > _PAIR:
        return True
    if len(cells) == width:
        gap = rows[at + 1][0] > ends[line] + 1
        if gap and _is_prose(cells, rows[at + 1][1], kinds):
            return True
        return filled * 2 <= width and width > _PAIR and not _is_span(cells) and _fuller_below(rows, at, width, 2)
    # Narrower or wider than the table: above it if the rows behind a gap are all table, or it is much narrower.
    if ahead is None or not ahead.names:
        return False
    narrow = ahead.narrow and width > _PAIR and (ahead.rows > 1 or len(cells) * 2 <= width)
    return narrow or (ahead.gap and ahead.rows < _FEW_ABOVE)


def _is_span(cells: Sequence[str]) -> bool:
    """Whether names stand above groups of columns, none above the first: `,,2024,,2025,`."""
    return not cells[0].strip() and sum(bool(cell.strip()) for cell in cells) > 1


def _is_prose(cells: Sequence[str], following: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether a line with a gap below it is a sentence with delimiters in it: names stand behind the gap."""
    typed = [number for number, kind in enumerate(kinds) if kind in ("number", "date") and number < len(following)]
    if typed:
        return all(kind_of(following[number]) == "text" for number in typed)
    return any(cell[:1] == " " for cell in cells[1:]) and not any(cell[:1] == " " for cell in following)


def _fuller_below(rows: Sequence[Row], at: int, width: int, times: int) -> bool:
    """Whether the next rows are full, and the next looks like names: then this sparse one is no header."""
    below = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows[at + 1 : at + 1 + times]]
    here = sum(bool(cell.strip()) for cell in rows[at][1])
    return bool(below) and all(count > here for count in below) and is_names(rows[at + 1][1]) and here < 3


def is_names(cells: Sequence[str]) -> bool:
    """Whether a row looks like a header: at least half of its filled cells are texts."""
    kinds = [kind_of(cell) for cell in cells if cell.strip()]
    return bool(kinds) and sum(kind == "text" for kind in kinds) * 2 >= len(kinds)


def _is_data(cells: Sequence[str], body: Sequence[Sequence[str]], width: int, kinds: Sequence[str]) -> bool:
    """Whether the first row is one of the table and no header: it holds what its columns hold."""
    even = [row for row in body if len(row) == len(cells) and list(row) != list(cells)]
    if len(cells) != width or not even:
        return False
    found = [_kind_of_name(cell) for cell in cells]
    typed = [(each, kind) for each, kind in zip(found, kinds, strict=False) if kind in ("number", "date")]
    if any(each == "text" for each, _ in typed) or _are_years(cells, even):
        return False
    if typed:
        return sum(each == kind for each, kind in typed) * 2 > len(typed)
    seen = [{row[column] for row in even[:500]} for column in range(width)]
    known = sum(cell in values and bool(cell.strip()) for cell, values in zip(cells, seen, strict=False))
    few = [column for column in range(width) if len(seen[column]) * 2 <= len(even)]
    return known > 0 and known * 2 >= len(few)


def _are_years(cells: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the numbers of a header are years over columns that hold other numbers."""
    columns = [column for column, cell in enumerate(cells) if kind_of(cell) == "number"]
    if not columns or len(columns) == len(cells) or not all(_is_year(cells[column]) for column in columns):
        return False
    return any(row[column].strip() and not _is_year(row[column]) for row in body[:50] for column in columns)


def _kind_of_name(cell: str) -> str:
    """As kind_of, but Q1 and M01 are names."""
    kind = kind_of(cell)
    return "text" if kind == "number" and cell.strip()[0].isalpha() else kind


def _is_year(cell: str) -> bool:
    return cell.strip().isdecimal() and len(cell.strip()) == 4 and int(cell) in _YEARS


def _continues(rows: Sequence[Row], first: int, at: int, width: int, kinds: Sequence[str]) -> bool:
    """Whether this row belongs to the header: the same names again, or texts where all rows below have numbers."""
    cells = rows[at][1]
    if len(cells) != width or at + 2 > len(rows):
        return False
    if [cell.strip() for cell in cells] == [cell.strip() for cell in rows[first][1]]:
        return True
    typed = [column for column, kind in enumerate(kinds) if kind in ("number", "date")]
    if not typed or at + 3 > len(rows):
        return False
    here = [kind_of(cells[column]) for column in typed]
    below = [row for _, row in rows[at + 1 : at + 20] if len(row) == width]
    agree = below and sum(
        kind_of(row[column]) in (kinds[column], "blank") for row in below for column in typed
    ) >= 0.9 * len(below) * len(typed)
    sparse = any(not cell.strip() for cell in rows[first][1])
    if not agree or any(kind not in ("text", "blank") for kind in here):
        return False
    if "blank" not in here:
        return len(typed) > 1 or sparse
    return _are_units([cells[column] for column in typed])


def _are_units(cells: Sequence[str]) -> bool:
    """Whether the filled ones are units of measurement, as people write them: (mm), [V]."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(cell[0] + cell[-1] in ("()", "[]") for cell in filled)


def _joined(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name for each column; what stands above several columns is written above the first of them only."""
    if len(lines) == 1:
        return tuple(lines[0])
    parts: list[list[str]] = [[] for _ in lines[-1]]
    for number, cells in enumerate(lines):
        above = ""
        for column in range(len(parts)):
            name = cells[column].strip() if column < len(cells) else ""
            below = any(line[column].strip() for line in lines[number + 1 :] if column < len(line))
            if below and not name:
                name = above
            above = name
            if name and name not in parts[column]:
                parts[column].append(name)
    return tuple(" ".join(part) for part in parts)


def without_notes_below(
    rows: Iterable[Row], width: int, kinds: Sequence[str], left_out: list[Row] | None = None
) -> Iterator[Row]:
    """The rows up to the notes at the end of a file: sources and remarks in one cell of a table of several columns.

    `left_out` holds them at the end, without blank rows.
    """
    held: deque[Row] = deque()
    notes = 0
    before: Row | None = None  # the row before, to see a gap
    gap = False
    for row in rows:
        cells = row[1]
        if width > 1 and notes < MOST_BELOW and not (len(cells) > 1 and any(map(str.strip, cells[1:]))):
            blank = not any(map(str.strip, cells))
            gap = gap or blank or _is_gap(before, row)
            if blank or (width > _PAIR and may_be_note(cells, kinds, gap=gap)):
                notes += not blank
                held.append(row)
                before = row
                continue
        while held:
            yield held.popleft()
        notes, gap, before = 0, False, row
        yield row
    if notes >= MOST_BELOW:
        yield from held
    elif left_out is not None:
        left_out[:] = [row for row in held if any(map(str.strip, row[1]))]


def _is_gap(before: Row | None, row: Row) -> bool:
    """Whether blank lines stand between two rows."""
    if before is None:
        return False
    return row[0] > before[0] + 1 + sum(cell.count("\n") for cell in before[1])


def may_be_note(cells: Sequence[str], kinds: Sequence[str], *, gap: bool = False) -> bool:
    """Whether a line at the end speaks about the table and is no row of it, cut off or sparse."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return True
    if len(filled) > 1 or cells[0].strip() != filled[0]:
        return False
    note = filled[0]
    told = note.count(" ") > 1 or not (note[0].isalnum() or note[0] in "-+('\"")
    return gap or told or (kind_of(note) == "text" and bool(kinds) and kinds[0] in ("number", "date"))
