"""What the board is filtered by, read from a query string and written back into one. Pure.

A value that makes no sense is left out and told: a link somebody mangled shows a board and a sentence, never an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from apps.goals.case import Status

PERIODS = {"running": "Running", "coming": "Coming", "to_close": "To close", "past": "Past", "all": "All"}
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class BoardFilters:
    """None and "" filter nothing. `ignored` says what of the query string was left out, and why."""

    team: int | None = None
    owner: int | None = None
    kpi: str = ""
    status: str = ""
    period: str = "running"
    q: str = ""
    page: int = 1
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> "BoardFilters":
        """From a query string (a QueryDict or any mapping of text)."""
        ignored: list[str] = []
        texts = {name: str(mapping.get(name) or "").strip().replace("\x00", "") for name in _NAMES}
        return cls(
            team=_id(texts["team"], "team", ignored),
            owner=_id(texts["owner"], "owner", ignored),
            kpi=texts["kpi"][:60],
            status=_one_of(texts["status"], list(Status), "status", "", ignored),
            period=_one_of(texts["period"], list(PERIODS), "period", "running", ignored),
            q=" ".join(texts["q"].split())[:LONGEST_SEARCH],
            page=_page(texts["page"]),
            ignored=tuple(ignored),
        )

    def but(self, **changes: Any) -> "BoardFilters":
        """The same with some filters changed, from the first page unless a page is named."""
        return replace(self, **({"page": 1} | changes))

    def without(self, name: str, why: str) -> "BoardFilters":
        """The same without one filter that turned out to mean nothing here."""
        nothing: dict[str, Any] = {name: getattr(BoardFilters(), name)}
        return replace(self, ignored=(*self.ignored, why), **nothing)

    @property
    def query(self) -> str:
        """The query string that leads back here; what is at its default is left out."""
        default = BoardFilters()
        return urlencode(
            {name: getattr(self, name) for name in _NAMES if getattr(self, name) != getattr(default, name)}
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the period is filtered: an empty board then means “nothing matches”."""
        return any((self.team, self.owner, self.kpi, self.status, self.q))


_NAMES = ("team", "owner", "kpi", "status", "period", "q", "page")


def _id(text: str, what: str, ignored: list[str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    ignored.append(f"“{text[:40]}” is no {what}, so all are shown.")
    return None


def _one_of(text: str, choices: list[str], what: str, otherwise: str, ignored: list[str]) -> str:
    if not text or text in choices:
        return text or otherwise
    ignored.append(f"“{text[:40]}” is no {what}: choose {', '.join(choices)}.")
    return otherwise


def _page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 9 else 1
