"""Whose deal a deal is today: the person its owner text means, the team written on it or its owner's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from apps.common.texts import normalised
from apps.metrics.engine.figures import Org
from apps.metrics.engine.shares import shares_of

ONE, NONE = Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Crediting:
    """Who is who, on one day. As the engine credits rows, for lists of a few of them."""

    org: Org
    today: date

    def people(self, owner: str | None) -> list[tuple[int, Decimal]]:
        """(person, share) of everybody the text means; nobody for a text that means no member."""
        if not owner:
            return []
        shares = shares_of(owner) or [(owner, ONE)]
        found = [(self._owners.get(normalised(name)), share) for name, share in shares]
        return [(person, share) for person, share in found if person is not None]

    def share(self, scope: str, scope_id: int | None, owner: str | None, team: str | None = None) -> Decimal:
        """Which part of a deal belongs to the company, team or person, 0 to 1."""
        if scope == "workspace":
            return ONE
        people = self.people(owner)
        if scope == "person":
            return sum((share for person, share in people if person == scope_id), NONE)
        written = self._teams.get(normalised(team)) if team else None
        if written is not None:
            return ONE if (scope_id, written) in self._above else NONE
        mine = self.members_of(scope_id)
        return sum((share for person, share in people if person in mine), NONE)

    def members_of(self, team_id: int | None) -> frozenset[int]:
        """The people in the team and its sub-teams today."""
        return frozenset(person for person, team in self.team_of.items() if (team_id, team) in self._above)

    @cached_property
    def team_of(self) -> Mapping[int, int]:
        """The team each person is in today."""
        turns = self.org.memberships_in_turn()
        return {person: team for person, team, start, end in turns if start <= self.today < end}

    @cached_property
    def _owners(self) -> dict[str, int]:
        return dict(self.org.owners)

    @cached_property
    def _teams(self) -> dict[str, int]:
        return dict(self.org.teams)

    @cached_property
    def _above(self) -> frozenset[tuple[int | None, int]]:
        return frozenset(self.org.ancestors)
