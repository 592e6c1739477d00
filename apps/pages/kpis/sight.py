"""Whose numbers a member may see on the KPI pages.

With SEE_ALL_GOALS everything. Without: the company's numbers, those of one's own teams, and one's own; never another
person's, neither as a group of a table nor as the owner of a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.common.texts import normalised
from apps.datasets.schema import Table
from apps.metrics.catalogue.words import heading
from apps.people.models import Member
from apps.people.permissions import can
from apps.people.queries import owner_texts, teams_of_member
from apps.people.roles import Permission

# Fields that tell rows apart, or name them: grouping by them would only list the rows.
NO_GROUPS = frozenset({"id", "name", "order", "currency", "deal", "respondent"})
# Fields that name people or teams: shown to a member only where they are one's own.
PEOPLE = frozenset({"owner", "team"})
WITHHELD = "(withheld)"  # in place of a colleague's name, for who may not see other people's numbers


@dataclass(frozen=True, slots=True)
class Sight:
    everything: bool
    person_id: int
    person_names: frozenset[str]
    team_ids: frozenset[int]
    team_names: frozenset[str]

    def shows_group(self, by: str | None, group: str | None) -> bool:
        """May the line of this group be in a table grouped by this column?"""
        if self.everything or by not in PEOPLE:
            return True
        mine = self.person_names if by == "owner" else self.team_names
        return normalised(group or "") in mine

    def shows_scope(self, scope: str, scope_id: int | None) -> bool:
        """May the rows of this scope be listed?"""
        if self.everything or scope == "workspace":
            return True
        return scope_id == self.person_id if scope == "person" else scope_id in self.team_ids

    def columns(self, table: Table, names: Iterable[str]) -> list[str]:
        """A workspace's own columns may name people under any heading: only who sees everything sees them."""
        return [name for name in names if self.everything or table.has(name)]

    def cell(self, name: str, value: Any) -> Any:
        """The value of one column of a row, or that it is withheld."""
        return WITHHELD if name in PEOPLE and value and not self.shows_group(name, value) else value


def sight_of(member: Member, today: date) -> Sight:
    if can(member, Permission.SEE_ALL_GOALS):
        return Sight(True, member.pk, frozenset(), frozenset(), frozenset())
    teams = teams_of_member(member, today)
    names = owner_texts(member.workspace)
    return Sight(
        everything=False,
        person_id=member.pk,
        person_names=frozenset(text for text, pk in names.items() if pk == member.pk),
        team_ids=frozenset(team.pk for team in teams),
        team_names=frozenset(normalised(team.name) for team in teams),
    )


def groupings(table: Table, columns: tuple[str, ...], sight: Sight) -> list[tuple[str, str]]:
    """Which of `columns` values may be grouped by, as (name, label): standard ones first, then the workspace's own.

    A workspace's own columns may name people under any heading, so only who sees everything may group by them.
    """
    standard = [
        field.name
        for field in table.fields
        if field.name not in NO_GROUPS
        and not (field.type.is_number or field.type.is_time)
        and (field.name in columns or (field.name == "team" and "owner" in columns))
    ]
    own = [name for name in columns if not table.has(name) and not name.startswith("_")] if sight.everything else []
    return [(name, heading(name)) for name in (*sorted(standard, key=_people_first), *own)]


def _people_first(name: str) -> bool:
    return name not in PEOPLE
