"""Which group a row belongs to when figures are grouped, and during which atoms of time.

By any column a row's group is its text there, by owner the person whom the text means (owners.py). By team it is the
team written on the row, under its name in the workspace if it has one, else its owner's team of the day.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from apps.common.texts import normalised
from apps.metrics.engine.figures import Org

ALWAYS = 2**31 - 1


class Span(NamedTuple):
    """A group (None: blank) during the atoms `lo` up to, not including, `hi`."""

    label: str | None
    lo: int
    hi: int


class Labels:
    """`keys` are the columns by which rows must be told apart; `spans` says where such rows count."""

    def __init__(
        self, by: str | None, org: Org, cuts: Sequence[date], owner_names: Mapping[str, str] | None = None
    ) -> None:
        self.by_owner = by == "owner"
        self.owner_names = owner_names or {}
        self.by_team = by == "team"
        self.keys: tuple[str, ...] = ("owner", "team") if self.by_team else (by,) if by else ()
        self._owners = dict(org.owners)
        self._known = {text: org.team_names.get(team, text) for text, team in org.teams}
        self._turns = _turns(org, cuts) if self.by_team else {}

    def spans(self, key: Sequence[str | None]) -> list[Span]:
        """`key` holds the texts of a row in the columns `keys`."""
        if self.by_owner:
            text = normalised(key[0] or "")
            return [Span(self.owner_names.get(text, key[0]) if text else None, 0, ALWAYS)]
        if not self.by_team:
            return [Span(key[0] if key else None, 0, ALWAYS)]
        owner, team = key
        if team:
            return [Span(self._known.get(normalised(team), team), 0, ALWAYS)]
        person = self._owners.get(normalised(owner or ""))
        return self._turns.get(person, [Span(None, 0, ALWAYS)]) if person is not None else [Span(None, 0, ALWAYS)]


def moves_of(org: Org) -> set[date]:
    """The days on which anybody changes team."""
    return {day for _, _, start, end in org.memberships_in_turn() for day in (start, end)}


def _turns(org: Org, cuts: Sequence[date]) -> Mapping[int, list[Span]]:
    """The teams of every person one after the other, blank in between. Cuts hold every move between the first and the
    last of them: what is outside counts for the atom it lies in."""
    names = {team: text for text, team in org.teams} | dict(org.team_names)
    found: dict[int, list[Span]] = {}
    for person, team, start, end in org.memberships_in_turn():
        turns = found.setdefault(person, [])
        lo = atom_from(start, cuts)
        hi = ALWAYS if end == date.max else atom_from(end, cuts)
        before = turns[-1].hi if turns else 0
        if lo > before:
            turns.append(Span(None, before, lo))
        if hi > lo:
            turns.append(Span(names.get(team), lo, hi))
    for turns in found.values():
        if not turns or turns[-1].hi < ALWAYS:
            turns.append(Span(None, turns[-1].hi if turns else 0, ALWAYS))
    return found


def atom_from(day: date, cuts: Sequence[date]) -> int:
    """The first atom of which all days lie on or after the day, where the day is a cut or lies outside of all cuts."""
    return bisect_right(cuts, day) if not cuts or day >= cuts[0] else 0
