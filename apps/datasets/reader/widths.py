"""How many cells the rows of a table have, and what its columns hold."""

from collections import Counter
from collections.abc import Iterable

from apps.datasets.reader.mending import kind_of

PAIR = 2  # cells of a name and its value
_LAST, _RUN, _NAMES = 300, 3, 5


def usual_width(rows: list[list[str]]) -> int:
    """The cells that most rows have; of widths that are as frequent, that of the first row.

    Names and values above a table, two cells each, may be more than its rows: then the wider rows at the end count.
    """
    rows = _inside(rows)
    widths = Counter(len(cells) for cells in rows)
    if not widths:
        return 0
    most = max(widths.values())
    usual = [width for width, times in widths.items() if times == most]
    several = [width for width in usual if width > 1] or usual
    found = next((len(cells) for cells in rows if len(cells) in several), several[0])
    if found <= PAIR:
        return max(found, _last_width(rows))
    first = max((len(cells) for cells in rows[:_NAMES]), default=0)
    return first if first > found and _are_cut_short(rows, first) else found


def _are_cut_short(rows: list[list[str]], width: int) -> bool:
    """Whether rows of all lengths stand below a header of this width: their last cells are blank and left out."""
    start = next(place for place, cells in enumerate(rows) if len(cells) == width)
    below = [len(cells) for cells in rows[start + 1 :]]
    full = below.count(width)
    return (
        max(below, default=width + 1) <= width
        and all(2 * cells >= width for cells in below)
        and len(set(below)) > 1
        and 0 < full < len(below)
        and all(cell.strip() for cell in rows[start])
    )


def padded(rows: list[list[str]], width: int) -> list[list[str]]:
    """Rows that were cut short, brought to the width of their header; else the rows as they are."""
    if width <= PAIR or not any(len(cells) == width for cells in rows) or not _are_cut_short(rows, width):
        return rows
    start = next(place for place, cells in enumerate(rows) if len(cells) == width)
    return [*rows[:start], *([*cells, *[""] * (width - len(cells))] for cells in rows[start:])]


def _inside(rows: list[list[str]]) -> list[list[str]]:
    """Without titles above, notes below and blank rows; all if there are no others."""
    at = [place for place, cells in enumerate(rows) if sum(map(bool, map(str.strip, cells))) > 1]
    if len(at) < min(_RUN, 0.3 * len(rows)):
        return rows
    return [cells for cells in rows[at[0] : at[-1] + 1] if any(map(str.strip, cells))] if at else rows


def _last_width(rows: list[list[str]]) -> int:
    """The cells of the rows that end the file, notes apart; 0 if they are not even."""
    ending = [len(cells) for cells in rows[-_LAST:]]
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
