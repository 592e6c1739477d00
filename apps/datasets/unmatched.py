"""Owners in the live rows who are no member: nobody gets their results, but no row of theirs is lost.

Their rows count in the totals of the workspace. What a text means is decided by people.queries alone; here it is only
counted, once for each state of a table.
"""

# ruff: noqa: S608 - names are ours

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache

from apps.common.splits import names_in
from apps.common.texts import normalised, unaccented
from apps.datasets.queries import snapshots
from apps.datasets.schema import TABLES
from apps.datasets.store import Snapshot
from apps.datasets.store.snapshot import open_for_reading
from apps.people.models import Member, Workspace
from apps.people.queries import owner_texts, texts_of_nobody

OWNED = tuple(table for table in TABLES.values() if table.has("owner"))
AMOUNTS = {"deals": "amount", "orders": "coalesce(net, gross)", "quotas": "amount"}
_ALIKE = 0.72  # of difflib: `Jon Smith` and `John Smyth` are, `Ann Lee` and `Ann Kay` are not
_SUGGESTED = 3


@dataclass(frozen=True)
class InTable:
    """The rows of one owner in one table, with their amount in the workspace's currency and their newest day."""

    table: str
    title: str
    rows: int
    amount: Decimal | None
    last: date | None


@dataclass(frozen=True)
class Suggestion:
    """A member who may be meant, and why."""

    member: int
    name: str
    why: str


@dataclass(frozen=True)
class Unmatched:
    """A text in the owner column, as most rows write it, that means no member."""

    text: str
    tables: tuple[InTable, ...]
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables)

    @property
    def last(self) -> date | None:
        return max((each.last for each in self.tables if each.last), default=None)


def unmatched(workspace: Workspace) -> list[Unmatched]:
    """Everybody, most rows first, with whom they may be."""
    people = _People.of(workspace)
    return [Unmatched(text, tables, people.like(text)) for text, tables in _found(workspace)]


def how_many_unmatched(workspace: Workspace) -> tuple[int, int]:
    """How many texts mean nobody, and how many rows they have."""
    found = _found(workspace)
    return len(found), sum(each.rows for _, tables in found for each in tables)


def unmatched_of_import(workspace: Workspace, table: str, batch: int) -> list[tuple[str, int]]:
    """The texts that mean nobody in the live rows of one import, and their rows, most first."""
    if not TABLES[table].has("owner"):
        return []
    snapshot = snapshots(workspace=workspace, tables=[table])[table]
    if batch not in snapshot.batches:
        return []
    unknown = _unknown(workspace)
    found: Counter[str] = Counter()
    for written, rows in _owners_of_import(snapshot, batch):
        for name in names_in(written):
            if unknown(name):
                found[name] += rows
    return found.most_common()


def _found(workspace: Workspace) -> list[tuple[str, tuple[InTable, ...]]]:
    unknown = _unknown(workspace)
    by_key: dict[str, list[tuple[str, InTable]]] = defaultdict(list)
    for snapshot in snapshots(workspace=workspace, tables=[table.name for table in OWNED]).values():
        for written, rows, amount, last in _owners(snapshot):
            for name in names_in(written):
                if unknown(name):
                    table = InTable(snapshot.table, TABLES[snapshot.table].title, rows, amount, last)
                    by_key[normalised(name)].append((name, table))
    found = [
        (max(each, key=lambda one: one[1].rows)[0], _together(table for _, table in each)) for each in by_key.values()
    ]
    return sorted(found, key=lambda each: (-sum(table.rows for table in each[1]), each[0]))


def _unknown(workspace: Workspace) -> "_Unknown":
    return _Unknown(frozenset(owner_texts(workspace)) | texts_of_nobody(workspace))


@dataclass(frozen=True)
class _Unknown:
    settled: frozenset[str]

    def __call__(self, name: str) -> bool:
        return bool(name) and normalised(name) not in self.settled


def _together(tables: Iterable[InTable]) -> tuple[InTable, ...]:
    """One for each table, however differently the name is written in it."""
    by_table: dict[str, list[InTable]] = defaultdict(list)
    for each in tables:
        by_table[each.table].append(each)
    return tuple(
        InTable(
            table,
            same[0].title,
            sum(each.rows for each in same),
            sum((each.amount for each in same if each.amount is not None), Decimal(0)) if table in AMOUNTS else None,
            max((each.last for each in same if each.last), default=None),
        )
        for table, same in by_table.items()
    )


@lru_cache(maxsize=64)
def _owners(snapshot: Snapshot) -> tuple[tuple[str, int, Decimal | None, date | None], ...]:
    """(text, rows, amount, newest day) of each owner. Files never change, so it is read once for each list of them."""
    if not snapshot.row_files:
        return ()
    amount = f"sum({AMOUNTS[snapshot.table]})" if snapshot.table in AMOUNTS else "NULL"
    with open_for_reading([snapshot]) as con:
        return tuple(
            con.execute(
                f"SELECT owner, count(*), {amount}, max({TABLES[snapshot.table].main_date})"
                f" FROM ({snapshot.counted_sql()}) WHERE owner IS NOT NULL GROUP BY 1"
            ).fetchall()
        )


@lru_cache(maxsize=64)
def _owners_of_import(snapshot: Snapshot, batch: int) -> tuple[tuple[str, int], ...]:
    with open_for_reading([snapshot]) as con:
        return tuple(
            con.execute(
                f"SELECT owner, count(*) FROM ({snapshot.rows_sql()})"
                f" WHERE owner IS NOT NULL AND _batch = {int(batch)} GROUP BY 1"
            ).fetchall()
        )


@dataclass(frozen=True)
class _People:
    """Who may be meant: name and e-mail of each member."""

    members: Mapping[int, tuple[str, str]]

    @classmethod
    def of(cls, workspace: Workspace) -> "_People":
        rows = Member.objects.filter(workspace=workspace).values_list("pk", "name", "user__email")
        return cls({pk: (name, email or "") for pk, name, email in rows})

    def like(self, text: str) -> tuple[Suggestion, ...]:
        """The members whose name or address is most like the text."""
        found = [
            (score, Suggestion(pk, name, why))
            for pk, (name, email) in self.members.items()
            for score, why in [_likeness(text, name, email)]
            if score >= _ALIKE
        ]
        return tuple(each for _, each in sorted(found, key=lambda one: (-one[0], one[1].name))[:_SUGGESTED])


def _likeness(text: str, name: str, email: str) -> tuple[float, str]:
    """0 to 1, and what is alike. Initials are enough only where they are all that is written."""
    written, called = _plain(text), _plain(name)
    local = _plain(email.partition("@")[0])
    if written == called or sorted(written.split()) == sorted(called.split()):
        return 1.0, "the same name"
    if local and local == _plain(text.partition("@")[0]):
        return 0.95, "the same address"
    if _by_initials(written, called):
        return 0.9, "the same initials"
    score = SequenceMatcher(None, " ".join(sorted(written.split())), " ".join(sorted(called.split()))).ratio()
    return score, "a similar name"


def _plain(text: str) -> str:
    """Letters and digits in words, without accents: `m.dietz` and `Dietz, M.` are words too."""
    return " ".join("".join(each if each.isalnum() else " " for each in unaccented(normalised(text))).split())


def _by_initials(written: str, called: str) -> bool:
    """`J Smith`, `JS`, `jsmith` for `John Smith`."""
    words, names = written.split(), called.split()
    if len(names) < 2:
        return False
    initials = "".join(name[0] for name in names)
    together = {initials, names[0][0] + names[-1], names[0] + names[-1][0]}
    if len(words) == 1:
        return written in together
    pairs = [(words, names), (words[::-1], names)]
    return len(words) == len(names) and any(
        all(word == name or word == name[0] for word, name in zip(theirs, ours, strict=True))
        and any(word == name and len(word) > 1 for word, name in zip(theirs, ours, strict=True))
        for theirs, ours in pairs
    )
