"""What the cells of each column look like, by a bounded sample: dates, numbers, people, e-mails, codes, yes and no."""

# ruff: noqa: S608 - names are c0, c1, … and our own view

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import duckdb

from apps.datasets.expressions import trimmed
from apps.datasets.meanings import fold
from apps.datasets.months import MONTHS
from apps.people.currencies import CURRENCIES

SAMPLE_ROWS = 1000
_TIME = r"([T ,]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?( ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
_DATE = re.compile(
    rf"(\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2(\d{{4}}|\d{{2}})|(19|20)\d{{2}}[01]\d[0-3]\d){_TIME}"
)
_MONTH = re.compile(r"(19|20)\d{2}[-/.](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[/.](19|20)\d{2}")
_NUMBER = re.compile(
    r"\(?[+-]?\s*([A-Z]{3}|[A-Z]{0,2}[$€£¥₹])?\s*[+-]?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)([eE][+-]?\d+)?\s*"
    r"([A-Z]{3}|[$€£¥₹%])?\s*-?\)?"
)
_MONEY = re.compile(r"[$€£¥₹]|(^|\d ?)(" + "|".join(("EUR", "USD", "GBP", "CHF")) + r")")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PERSON = re.compile(r"[^\W\d_][^\W\d_'’.-]+(,? +[^\W\d_][^\W\d_'’.-]*){1,3}\.?")
_TRUTH = {"true", "false", "yes", "no", "y", "n", "ja", "nein", "oui", "non", "si", "vrai", "faux", "wahr", "falsch"}
_NOTHING = {"", "null", "none", "n/a", "na", "-", "nan", "#n/a"}


@dataclass(frozen=True)
class Profile:
    """A column of the sample. `texts` are its distinct cells that say something, with how often they occur."""

    header: str
    position: int
    rows: int
    texts: Counter[str]

    @cached_property
    def filled(self) -> int:
        return self.texts.total()

    @cached_property
    def dates(self) -> float:
        return self._share(_is_date)

    @cached_property
    def numbers(self) -> float:
        return self._share(lambda cell: bool(_NUMBER.fullmatch(cell)))

    @cached_property
    def money_signs(self) -> float:
        return self._share(lambda cell: bool(_MONEY.search(cell)))

    @cached_property
    def percents(self) -> float:
        return self._share(lambda cell: cell.endswith("%"))

    @cached_property
    def emails(self) -> float:
        return self._share(lambda cell: bool(_EMAIL.fullmatch(cell)))

    @cached_property
    def persons(self) -> float:
        return self._share(lambda cell: bool(_PERSON.fullmatch(cell)) and len(cell) < 50)

    @cached_property
    def truths(self) -> float:
        return self._share(lambda cell: fold(cell) in _TRUTH)

    @cached_property
    def currencies(self) -> float:
        return self._share(lambda cell: cell.upper() in CURRENCIES)

    @property
    def unique(self) -> bool:
        """No cell is blank or comes twice."""
        return self.rows > 1 and self.filled == self.rows and len(self.texts) == self.rows

    @property
    def is_text(self) -> bool:
        return self.filled > 0 and self.numbers < 0.5 and self.dates < 0.5

    def _share(self, holds: Callable[[str], bool]) -> float:
        if not self.filled:
            return 0.0
        return sum(count for cell, count in self.texts.items() if holds(cell)) / self.filled


def _is_date(cell: str) -> bool:
    if _DATE.fullmatch(cell) or _MONTH.fullmatch(cell):
        return True
    words = fold(cell).split()
    return 2 <= len(words) <= 9 and any(each in _MONTH_WORDS for each in words) and any(w[0].isdigit() for w in words)


_MONTH_WORDS = {fold(each) for each in MONTHS}


def profiles_of(con: duckdb.DuckDBPyConnection, view: str, headers: tuple[str, ...]) -> list[Profile]:
    """The profile of each column c0, c1, … of a view, from rows all over it."""
    cells = ", ".join(f"{trimmed(f'c{number}')} AS c{number}" for number in range(len(headers)))
    rows = con.execute(
        f"SELECT {cells} FROM (SELECT * FROM {view} USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE (7))"
    ).fetchall()
    found = []
    for position, header in enumerate(headers):
        texts = Counter(str(row[position]) for row in rows if str(row[position] or "").lower() not in _NOTHING)
        found.append(Profile(header, position, len(rows), texts))
    return found
