"""What a KPI lacks in a workspace, and the words for it. Pure; what is lacking is found by readiness.py."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """One thing to bring: a column of a table, a whole table (`column` empty), or a given number (`table` empty)."""

    table: str = ""
    column: str = ""
    number: str = ""

    @property
    def sentence(self) -> str:
        """`first_response_at in leads`; a table and a number by their names."""
        if self.number:
            return self.number.replace("_", " ")
        return f"`{self.column}` in {self.table}" if self.column else self.table


def needs_told(ways: Iterable[Iterable[Missing]]) -> str:
    """`needs orders or ledger`: what each of the variants lacks; empty if one of them lacks nothing.

    A way that lacks all that another one lacks, and more, is not worth telling.
    """
    found = list(dict.fromkeys(tuple(way) for way in ways))
    shortest = [way for way in found if not any(set(other) < set(way) for other in found)]
    return (
        f"needs {' or '.join(_listed([each.sentence for each in way]) for way in shortest)}"
        if shortest and all(shortest)
        else ""
    )


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
