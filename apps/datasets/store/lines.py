"""The line of a stored row: a plain line of the file, or a line with the number of one of the rows made from it.

One line of a wide file, or one that stands for several, becomes several rows. Each needs a number of its own, in the
order of the file, and people still see the line of the file. Plain lines are stored as they are.
"""

PART_BITS = 12
PARTS = 1 << PART_BITS  # parts are numbered from 1
_MARK = 1 << 40  # lines of files stay far below; with parts they stay below 2^28
# A stored line needs one bit more than the mark; 22 bits remain for the import beside it in one BIGINT.
LINE_BITS = 41


def line_of(stored: int) -> int:
    """The line of the file that people see."""
    return (stored - _MARK) >> PART_BITS if stored >= _MARK else stored


def part_of(stored: int) -> int:
    """The number of the part of its line (1, 2, …); 0 for a plain line."""
    return (stored - _MARK) & (PARTS - 1) if stored >= _MARK else 0


def line_of_sql(stored: str) -> str:
    return f"(CASE WHEN {stored} >= {_MARK} THEN ({stored} - {_MARK}) >> {PART_BITS} ELSE {stored} END)"


def part_sql(line: str, part: str) -> str:
    """What is stored for one part (1, 2, …) of a line."""
    return f"({_MARK} + ({line} << {PART_BITS}) + {part})::BIGINT"
