"""From cells to standings: the running sums of every entity (workspace, person, team) at every cut.

Flows are credited where the row happened: the owner's team on the row's date. Levels are credited where the owner is at
that instant: a rep who changes team takes the open deals along, and neither team keeps half of them. What several
people share is credited to each of them by their share, and to each one's team.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.operations import DatabaseTable

from apps.common.texts import BLANKS
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.figures import Org, Scope
from apps.metrics.engine.shares import shared_out

Entity = tuple[Scope, int | None]


@dataclass(frozen=True)
class Credit:
    """Who may be credited, as small tables beside the cells. `entities` numbers the scopes that are asked for."""

    org: Org
    entities: Mapping[Entity, int]
    cuts: Sequence[date]

    def wants(self, scope: Scope) -> bool:
        return any(kind == scope for kind, _ in self.entities)

    @property
    def keys(self) -> list[str]:
        """What the cells must be grouped by."""
        if self.wants("team"):
            return ["owner", "team"]
        return ["owner"] if self.wants("person") else []

    def people(self) -> Any:
        return _memtable(("owner_key", pa.string(), "person", pa.int64()), self.org.owners)

    def teams(self) -> Any:
        return _memtable(("team_key", pa.string(), "known_team", pa.int64()), self.org.teams)

    def memberships(self) -> Any:
        rows = [
            (
                person,
                team,
                bisect_right(self.cuts, start),
                bisect_right(self.cuts, end) if end < date.max else 2**31 - 1,
            )
            for person, team, start, end in self.org.memberships_in_turn()
        ]
        columns: list[Any] = list(zip(*rows, strict=True)) or [(), (), (), ()]
        names = ("of_person", "member_team", "from_atom", "to_atom")
        return ibis.memtable(pa.table({n: pa.array(c, type=pa.int64()) for n, c in zip(names, columns, strict=True)}))

    def entities_of(self, scope: Scope) -> Any:
        """(id, entity): an id may count for several entities, as a team counts for all above it."""
        pairs = [(number, entity) for (kind, number), entity in self.entities.items() if kind == scope]
        if scope == "team":
            below = [(team, ancestor) for ancestor, team in self.org.ancestors]
            wanted = dict(pairs)
            pairs = [(team, wanted[ancestor]) for team, ancestor in below if ancestor in wanted]
        return _memtable(("id", pa.int64(), "entity", pa.int64()), pairs)


def standing_of_flows(rows: Rows, cells: Any, columns: Sequence[str], credit: Credit, name: str) -> Any:
    """(entity, atom, running sums) as a kept table."""
    owned = _owned(rows, cells, columns, credit, name)
    if credit.wants("team"):
        owned = _with_membership(owned, credit)
        owned = owned.mutate(team_id=ibis.coalesce(owned.known_team, owned.member_team))
    return rows.keep(name, _running(_by_entity(owned, columns, credit, "team_id"), columns, credit))


def standing_of_levels(rows: Rows, moves: Any, columns: Sequence[str], credit: Credit, name: str) -> Any:
    """As for flows; `moves` holds what came (plus) and what left (minus)."""
    owned = _owned(rows, moves, columns, credit, name)
    standing = _running(_by_entity(owned, columns, credit, "known_team"), columns, credit)
    if credit.wants("team"):
        carried = _carried_by_people(owned, columns, credit)
        standing = _summed(ibis.union(standing, carried.select(standing.columns)), ["entity", "atom"], columns)
    return rows.keep(name, standing)


def _carried_by_people(owned: Any, columns: Sequence[str], credit: Credit) -> Any:
    """Rows without a team of their own stand with their owner, and so with the owner's team of that instant."""
    loose = owned.filter(owned.known_team.isnull(), owned.person.notnull())
    sums = _summed(loose.mutate(entity=loose.person), ["entity", "atom"], columns)
    people = sorted({person for person, *_ in credit.org.memberships})
    standing = _accumulate(sums, columns, people, len(credit.cuts))
    placed = _with_membership(standing.rename(person="entity"), credit)
    teams = credit.entities_of("team")
    joined = placed.join(teams, placed.member_team == teams.id)
    return _summed(joined, ["entity", "atom"], columns)


def _owned(rows: Rows, cells: Any, columns: Sequence[str], credit: Credit, name: str) -> Any:
    """The cells with the ids of the person and of the team that are written on the rows, shares dealt out."""
    if "owner" in credit.keys:
        if not isinstance(cells.op(), DatabaseTable):  # they are read twice, for their owners and for their sums
            cells = rows.keep(f"{name}_cells", cells)
        cells = shared_out(rows, cells, columns)
        people = credit.people()
        cells = cells.mutate(owner_key=_normalised(cells.owner))
        cells = cells.left_join(people, cells.owner_key == people.owner_key).drop("owner_key_right")
    if "team" in credit.keys:
        teams = credit.teams()
        cells = cells.mutate(team_key=_normalised(cells.team))
        cells = cells.left_join(teams, cells.team_key == teams.team_key).drop("team_key_right")
    return cells


def _normalised(text: Any) -> Any:
    """As apps.common.texts.normalised."""
    return text.re_replace(BLANKS, " ").strip().lower()


def _with_membership(cells: Any, credit: Credit) -> Any:
    memberships = credit.memberships()
    return cells.left_join(
        memberships,
        [
            cells.person == memberships.of_person,
            cells.atom >= memberships.from_atom,
            cells.atom < memberships.to_atom,
        ],
    )


def _by_entity(owned: Any, columns: Sequence[str], credit: Credit, team: str) -> Any:
    """(entity, atom, sums): every cell once for each entity that it counts for."""
    parts = []
    workspace = credit.entities.get(("workspace", None))
    if workspace is not None:
        parts.append(owned.mutate(entity=ibis.literal(workspace, "int64")))
    for scope, column in (("person", "person"), ("team", team)):
        if credit.wants(scope):  # type: ignore[arg-type]
            ids = credit.entities_of(scope)  # type: ignore[arg-type]
            parts.append(owned.join(ids, owned[column] == ids.id))
    wanted = ["entity", "atom", *columns]
    together = reduce(ibis.union, [part.select(wanted) for part in parts])
    return _summed(together, ["entity", "atom"], columns)


def _running(sums: Any, columns: Sequence[str], credit: Credit) -> Any:
    return _accumulate(sums, columns, sorted(credit.entities.values()), len(credit.cuts))


def _accumulate(sums: Any, columns: Sequence[str], entities: Sequence[int], cuts: int) -> Any:
    """Running sums over the atoms, with a row for every entity and cut so that they can be looked up by equality."""
    grid = ibis.memtable(
        pa.table(
            {
                "entity": np.repeat(np.array(entities, dtype="int64"), cuts),
                "atom": np.tile(np.arange(cuts, dtype="int32"), len(entities)),
            }
        )
    )
    full = grid.left_join(sums, ["entity", "atom"])
    window = ibis.window(group_by=full.entity, order_by=full.atom, preceding=None, following=0)
    return full.select(
        "entity", "atom", **{c: full[c].fill_null(0).cast(sums[c].type()).sum().over(window) for c in columns}
    )


def _summed(cells: Any, keys: Sequence[str], columns: Sequence[str]) -> Any:
    return cells.group_by(list(keys)).aggregate(**{c: cells[c].sum() for c in columns})


def _memtable(names: tuple[str, Any, str, Any], pairs: Any) -> Any:
    first, first_type, second, second_type = names
    columns: list[Any] = list(zip(*pairs, strict=True)) or [(), ()]
    return ibis.memtable(
        pa.table({first: pa.array(columns[0], type=first_type), second: pa.array(columns[1], type=second_type)})
    )
