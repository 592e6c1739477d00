"""On which columns a second file agrees with this one, and which fields it gives."""

# ruff: noqa: S608 - names are c0, c1, … and our own views

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from apps.datasets.expressions import trimmed
from apps.datasets.matching import OTHER_WORD, match
from apps.datasets.plan import unique
from apps.datasets.profiling import Profile, profiles_of
from apps.datasets.reader import open_source
from apps.datasets.schema import Table
from apps.datasets.schema.fields import normal

AGREES = 0.6  # this share of our values must be known over there
MOST_COLUMNS = 40
_NAMED = {"owner", "product", "customer", "team", "region"}  # fields for which people want names, not keys
_NEVER = {"id"}  # what tells our rows apart is not for another file to say


@dataclass(frozen=True)
class LookupOffer:
    """A second file that agrees with this one: `part` is what would stand under `lookups` of the mapping.

    `instead`: fields that the file itself feeds with mere keys and the other file with names. To take those, their
    column is set to null under `columns`; the rest of the offer holds without it.
    """

    file: str
    part: dict[str, Any]
    sentence: str
    instead: tuple[str, ...] = ()


def lookup_offer(
    con: duckdb.DuckDBPyConnection, table: Table, ours: Sequence[Profile], fed: AnyMapping[str, str | None],
    name: str, path: Path, folder: Path,
) -> LookupOffer | None:  # fmt: skip
    """What a second file could give; None if none of its columns agrees with one of ours.

    `fed`: the fields that have a source, with their column of the file if it is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = open_source(path, folder, name)
    source.load(con, "beside")
    headers = unique(source.header)
    theirs = profiles_of(con, "beside", headers)
    best = _best_pair(con, ours, theirs)
    if best is None:
        return None
    our, their, share = best
    keys = {field for field, header in fed.items() if header == our.header and field in _NAMED}
    matches = match(table, theirs, decided={*fed, *_NEVER} - keys, used={their.position})
    taken = {name: each for name, each in matches.taken.items() if each.strength >= OTHER_WORD - 0.5}
    columns = {
        name: headers[each.position]
        for name, each in taken.items()
        if name not in keys or theirs[each.position].is_text
    }
    gives = ", ".join(columns) or "no field by itself: choose them"
    instead = tuple(sorted(keys & set(columns)))
    more = f" Its {', '.join(instead)} is a name instead of a key." if instead else ""
    return LookupOffer(
        name,
        {"file": name, "on": {our.header: their.header}, "columns": columns},
        f"{share:.0%} of the values of `{our.header}` are in `{their.header}` of `{name}`. It gives {gives}.{more}",
        instead,
    )


def _best_pair(
    con: duckdb.DuckDBPyConnection, ours: Sequence[Profile], theirs: Sequence[Profile]
) -> tuple[Profile, Profile, float] | None:
    """The pair of columns that agrees best, where the other file has each value once."""
    found = []
    for their in theirs[:MOST_COLUMNS]:
        if not their.filled or their.dates > 0.5 or not _once(con, their):
            continue
        for our in ours[:MOST_COLUMNS]:
            alike = normal(our.header) == normal(their.header)
            if our.filled and our.dates < 0.5 and (alike or our.numbers < 0.5):
                share = _share(con, our, their)
                # The other file may hold a few of ours only, as deals do of leads.
                if share >= AGREES or (alike and share >= AGREES / 20):
                    found.append((share + alike, len(our.texts), share, our, their))
    if not found:
        return None
    _, _, share, our, their = max(found, key=lambda each: each[:3])
    return our, their, share


def _once(con: duckdb.DuckDBPyConnection, their: Profile) -> bool:
    cell = f"lower({trimmed(f'c{their.position}')})"
    rows, values = con.execute(f"SELECT count({cell}), count(DISTINCT {cell}) FROM beside").fetchall()[0]
    return bool(rows) and rows == values


def _share(con: duckdb.DuckDBPyConnection, our: Profile, their: Profile) -> float:
    """The share of the rows looked at whose value is in the other file."""
    cell = f"lower({trimmed(f'c{their.position}')})"
    wanted = [each.lower() for each in our.texts]
    known = {
        each
        for (each,) in con.execute(
            f"SELECT DISTINCT {cell} FROM beside WHERE list_contains(?::VARCHAR[], {cell})", [wanted]
        ).fetchall()
    }
    return sum(count for each, count in our.texts.items() if each.lower() in known) / our.filled
