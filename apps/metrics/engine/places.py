"""Where rows count: for which scope or group, during which atoms of time, to which share, as whose.

One rule for everything that is not additive. The few different texts by which rows are credited are looked up here, in
plain Python; the rows themselves are joined with what comes out. Flows count in the atom of their date, levels for as
long as their owner is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple, Protocol

from apps.common.texts import normalised
from apps.metrics.engine.figures import Org, Scope
from apps.metrics.engine.labels import ALWAYS, Labels, atom_from
from apps.metrics.engine.shares import shares_of

Texts = Sequence[str | None]
_WHOLE = Decimal(1)


class Place(NamedTuple):
    """A scope during the atoms `lo` up to, not including, `hi`, by a share; `owner` says who it is if that matters."""

    scope: int
    lo: int
    hi: int
    share: Decimal
    owner: str


class Places(Protocol):
    """`keys` are the columns by which rows must be told apart."""

    keys: tuple[str, ...]

    def of(self, texts: Texts) -> list[Place]:
        """Where rows count that have these texts in the columns `keys`."""


class ByGroup:
    """Groups of a column; `numbers` grows with every group that is met."""

    def __init__(self, labels: Labels, org: Org, numbers: dict[str | None, int], *, by_owner: bool) -> None:
        self._labels = labels
        self._people = dict(org.owners)
        self._by_owner = by_owner
        self.numbers = numbers
        self.keys = tuple(dict.fromkeys((*labels.keys, *(("owner",) if by_owner else ()))))

    def of(self, texts: Texts) -> list[Place]:
        found = []
        for name, share in _owners(self.keys, texts):
            named = [name if key == "owner" else text for key, text in zip(self.keys, texts, strict=True)]
            who = identity(name, self._people) if self._by_owner else ""
            for label, lo, hi in self._labels.spans(named[: len(self._labels.keys)]):
                found.append(Place(self.numbers.setdefault(label, len(self.numbers)), lo, hi, share, who))
        return together(found)


class ByScope:
    """The workspace, people and teams that requests are about. `scopes` numbers them."""

    def __init__(
        self, scopes: Mapping[tuple[Scope, int | None], int], org: Org, cuts: Sequence[date], *, by_owner: bool
    ) -> None:
        self._scopes = scopes
        self._by_owner = by_owner
        self._people = dict(org.owners)
        self._teams = dict(org.teams)
        self._above: dict[int, list[int]] = {}
        for above, team in org.ancestors:
            if ("team", above) in scopes:
                self._above.setdefault(team, []).append(scopes["team", above])
        self._turns: dict[int, list[tuple[int, int, int]]] = {}
        for person, team, start, end in org.memberships_in_turn():
            hi = ALWAYS if end == date.max else atom_from(end, cuts)
            self._turns.setdefault(person, []).append((team, atom_from(start, cuts), hi))
        kinds = {scope for scope, _ in scopes}
        needed = {"owner", "team"} if "team" in kinds else {"owner"} if "person" in kinds or by_owner else set()
        self.keys = tuple(sorted(needed))

    def of(self, texts: Texts) -> list[Place]:
        found = []
        for name, share in _owners(self.keys, texts):
            person = self._people.get(normalised(name or ""))
            team = self._teams.get(normalised(_text("team", self.keys, texts)))
            who = identity(name, self._people) if self._by_owner else ""
            for scope, lo, hi in self._spans(person, team):
                if hi > lo:
                    found.append(Place(scope, lo, hi, share, who))
        return together(found)

    def _spans(self, person: int | None, team: int | None) -> Iterable[tuple[int, int, int]]:
        if ("workspace", None) in self._scopes:
            yield self._scopes["workspace", None], 0, ALWAYS
        if person is not None and ("person", person) in self._scopes:
            yield self._scopes["person", person], 0, ALWAYS
        turns = [(team, 0, ALWAYS)] if team is not None else self._turns.get(person, []) if person is not None else []
        for member_of, lo, hi in turns:
            for scope in self._above.get(member_of, ()):
                yield scope, lo, hi


def identity(name: str | None, people: Mapping[str, int]) -> str:
    """Who an owner is: the same text for all names of one person; empty for nobody."""
    text = normalised(name or "")
    return f"#{people[text]}" if text in people else text


def _owners(keys: Sequence[str], texts: Texts) -> list[tuple[str | None, Decimal]]:
    """Everybody who shares a row, with the share."""
    owner = _text("owner", keys, texts)
    return list(shares_of(owner)) or [(owner or None, _WHOLE)]


def _text(key: str, keys: Sequence[str], texts: Texts) -> str:
    return (texts[keys.index(key)] if key in keys else None) or ""


def together(places: list[Place]) -> list[Place]:
    """The same without overlap: the shares of several people of one team add up, and the row is there once."""
    if len(places) < 2:
        return places
    by_scope: dict[tuple[int, str], list[Place]] = {}
    for place in places:
        by_scope.setdefault((place.scope, place.owner), []).append(place)
    found: list[Place] = []
    for (scope, owner), mine in by_scope.items():
        if len(mine) == 1:
            found += mine
            continue
        edges = sorted({edge for place in mine for edge in (place.lo, place.hi)})
        for lo, hi in pairwise(edges):
            share = sum((place.share for place in mine if place.lo <= lo and hi <= place.hi), Decimal(0))
            if share:
                found.append(Place(scope, lo, hi, share, owner))
    return found
