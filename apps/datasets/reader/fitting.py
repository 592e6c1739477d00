"""Rows brought to the width of their header: mended where a text was cut, with a note where they are not as they were.

Notes are 'quotes FOUND WIDTH', 'mended FOUND WIDTH COLUMN WHOLE', 'short FOUND WIDTH' and 'long FOUND WIDTH'.
"""

from collections.abc import Callable, Iterable, Iterator

from apps.datasets.reader.mending import Mender
from apps.datasets.reader.parsing import Repaired

Row = tuple[int, list[str]]
Noted = tuple[int, str, list[str]]


def mended(rows: Callable[[], Iterable[Row]], width: int, delimiter: str) -> Iterator[Noted]:
    """(line, note, cells) of all rows; what cannot be mended keeps its cells. `rows`: begins anew with every call."""
    mender: Mender | None = None
    for line, cells in rows():
        if len(cells) == width:
            yield line, f"quotes {width} {width}" if isinstance(cells, Repaired) else "", cells
        elif len(cells) < width:
            yield line, f"short {len(cells)} {width}", cells
        elif not any(cell.strip() for cell in cells[width:]):
            yield line, "", cells
        else:
            mender = mender or Mender((row for _, row in rows()), width, delimiter)
            found = mender.mend(cells)
            if found is None:
                yield line, f"long {len(cells)} {width}", cells
            else:
                yield line, f"mended {len(cells)} {width} {found.column} {found.whole}", found.cells


def fitted(rows: Callable[[], Iterable[Row]], width: int, delimiter: str) -> Iterator[Noted]:
    """As `mended`, every row as wide as the header."""
    for line, note, cells in mended(rows, width, delimiter):
        yield line, note, (cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))])
