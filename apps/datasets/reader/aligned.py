"""Columns that stand under each other, as programs print them: no sign parts the cells, their places do."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, zip_longest

from apps.datasets.reader.mending import kind_of

ALIGNED = "aligned"  # what a person writes instead of a delimiter
_SLIPS = 0.02  # lines that may reach over a gap
_LEAST, _SHARE = 3, 0.6  # lines with such gaps: how many, and of all


def columns_of(lines: Iterable[str]) -> tuple[int, ...]:
    """Where each column but the first begins; nothing if these are no such lines."""
    filled = [line.rstrip("\r\n ") for line in lines if line.strip()]
    gapped = [line for line in filled if "  " in line.strip()]
    if len(gapped) < _LEAST or len(gapped) < _SHARE * len(filled) or any("\t" in line for line in gapped):
        return ()
    width = max(map(len, gapped))
    taken = [0] * width
    for line in gapped:
        for place, sign in enumerate(line):
            taken[place] += sign != " "
    head = "".join(" " if {*signs} <= {" "} else "x" for signs in zip_longest(*gapped[:_LEAST], fillvalue=" "))
    free = [count <= _SLIPS * len(gapped) and head[place : place + 1] in ("", " ") for place, count in enumerate(taken)]
    starts, gaps = _columns(free)
    return tuple(start for start, gap in zip(starts, gaps, strict=True) if gap > 1 or _parts(gapped, start, starts))


def _columns(free: Sequence[bool]) -> tuple[list[int], list[int]]:
    """Where columns begin behind a gap, and how wide that gap is."""
    starts, gaps, gap, seen = [], [], 0, False
    for place, blank in enumerate(free):
        if blank:
            gap += 1
            continue
        if gap and seen:
            starts.append(place)
            gaps.append(gap)
        seen, gap = True, 0
    return starts, gaps


def _parts(lines: Sequence[str], start: int, starts: Sequence[int]) -> bool:
    """Whether a gap of one blank lies between two columns of numbers, not between two words."""
    before = max((each for each in starts if each < start), default=0)
    after = min((each for each in starts if each > start), default=None)
    first, body = lines[0], lines[1:]
    if not (first[before:start].strip() and first[start:after].strip()):
        return False  # one name above both
    figures = sum(kind_of(line[before:start]) == kind_of(line[start:after]) == "number" for line in body)
    return 2 * figures > len(body)


def cut_at(text: str, columns: Sequence[int]) -> list[str]:
    """The cells of a line, without the blanks that fill them up."""
    edges = [0, *columns, max(len(text), columns[-1])]
    return [text[start:end].strip() for start, end in pairwise(edges)]
