"""What somebody put right in a file before it was taken in: single cells, and lines that are to stay out.

Keys are the line of the file, as every message tells it, and the header of the column. The file itself stays as it
came; its repairs are kept beside it and applied each time it is read.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from apps.datasets.errors import ImportRefusal

MOST_REPAIRS = 5000
LONGEST_CELL = 10_000  # characters


@dataclass(frozen=True)
class Repairs:
    """`cells`: (line, header) and the text that stands there instead; `excluded`: lines that stay out."""

    cells: AnyMapping[tuple[int, str], str] = field(default_factory=dict)
    excluded: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.cells or self.excluded)

    @property
    def lines(self) -> frozenset[int]:
        """Every line that something was put right in."""
        return self.excluded | {line for line, _ in self.cells}

    @classmethod
    def parse(cls, json: AnyMapping[str, Any] | None) -> "Repairs":
        """From what as_json gives, as kept in Import.repairs and Draft.repairs. Refusal for anything else."""
        given = json or {}
        cells, excluded = given.get("cells", []), given.get("excluded", [])
        if not isinstance(cells, list) or not isinstance(excluded, list) or set(given) - {"cells", "excluded"}:
            raise ImportRefusal('Repairs look like {"cells": [[line, header, text], …], "excluded": [line, …]}.')
        if len(cells) + len(excluded) > MOST_REPAIRS:
            raise ImportRefusal(
                f"{len(cells) + len(excluded):,} repairs are more than the {MOST_REPAIRS:,} that can be made here:"
                " correct the file itself, or say in the mapping what its values stand for."
            )
        return cls(dict(_cell(each) for each in cells), frozenset(_line(each) for each in excluded))

    def as_json(self) -> dict[str, Any]:
        """Sorted, so that the same repairs are the same JSON."""
        if not self:
            return {}
        cells = [[line, header, text] for (line, header), text in sorted(self.cells.items())]
        return {"cells": cells, "excluded": sorted(self.excluded)}


NO_REPAIRS = Repairs()


def _cell(given: Any) -> tuple[tuple[int, str], str]:
    if not isinstance(given, list | tuple) or len(given) != 3 or not all(isinstance(each, str) for each in given[1:]):
        raise ImportRefusal("A repaired cell is a list of its line, its header and the text that is to stand there.")
    line, header, text = given
    if len(text) > LONGEST_CELL:
        raise ImportRefusal(f"The repair of line {line}, `{header[:60]}`, is longer than {LONGEST_CELL:,} characters.")
    return (_line(line), header), text


def _line(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given < 1 << 40:
        raise ImportRefusal(f"`{str(given)[:20]}` is no number of a line.")
    return given
