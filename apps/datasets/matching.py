"""Which column feeds which field: by its name, by other words for it, and by what its cells look like.

Sure is what a name says and the cells do not contradict, and what cells alone leave no other choice for. Everything
else is an offer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cached_property, lru_cache

from apps.datasets.contents import by_content, fits
from apps.datasets.meanings import fold, words_of
from apps.datasets.profiling import Profile
from apps.datasets.schema import Field, Table
from apps.datasets.schema.fields import normal
from apps.datasets.synonyms import ENTITIES, meaningful, words_for

NAME, OTHER_WORD, WITHIN = 3.0, 2.5, 1.5  # how strongly a header speaks for a field
MOST_OFFERS = 3


@dataclass(frozen=True)
class Match:
    """A column that feeds a field, or could."""

    field: str
    position: int
    strength: float
    reason: str


@dataclass
class Matches:
    """`taken` is sure, `offered` likely; `refused` says of which field a header speaks while its cells do not fit."""

    taken: dict[str, Match] = dataclass_field(default_factory=dict)
    offered: dict[str, list[Match]] = dataclass_field(default_factory=dict)
    refused: dict[str, str] = dataclass_field(default_factory=dict)

    def headers(self, headers: Sequence[str]) -> dict[str, str]:
        """The header that each field was matched with."""
        return {name: headers[each.position] for name, each in self.taken.items()}


def match(
    table: Table, profiles: Sequence[Profile], *, decided: Iterable[str] = (), used: Iterable[int] = ()
) -> Matches:
    """Columns for the fields of a table. `decided` fields and `used` columns are not asked for again."""
    open_fields = [each for each in table.fields if each.name not in set(decided)]
    free = {each.position for each in profiles} - set(used)
    found = Matches()
    _by_name(table, open_fields, profiles, free, found)
    for each in open_fields:
        if each.name not in found.taken:
            _by_content(table, each, profiles, free, found)
    return found


def _by_name(
    table: Table, fields: Sequence[Field], profiles: Sequence[Profile], free: set[int], found: Matches
) -> None:
    """Take what names say, the strongest first; equal ones in the order of the fields and of their words."""
    candidates = []
    for order, each in enumerate(fields):
        words = _words(table.name, each)
        for profile in profiles:
            if profile.position in free and (said := words.said_by(profile.header)):
                strength, rank, reason = said
                candidates.append((-strength, order, rank, profile.position, each, profile, reason))
    open_ones = {each.name for each in fields}
    for strength, _, _, position, each, profile, reason in sorted(candidates, key=lambda c: c[:4]):
        possible = each.name in open_ones and (position in free or _may_share(table, each, profile))
        if possible and _take(table, each, profile, Match(each.name, position, -strength, reason), found):
            open_ones.discard(each.name)
            free.discard(position)


def _take(table: Table, each: Field, profile: Profile, said: Match, found: Matches) -> bool:
    """Whether the column is taken; else it is offered or refused."""
    if not fits(table.name, each, profile):
        if not each.required or said.strength < OTHER_WORD:
            found.refused.setdefault(each.name, profile.header)
            return False
        said = replace(said, reason=f"{said.reason}, but its cells look like something else")
    if said.strength <= WITHIN and not _speaks_clearly(each, profile):
        found.offered.setdefault(each.name, []).append(said)
        return False
    found.taken[each.name] = said
    return True


def _speaks_clearly(each: Field, profile: Profile) -> bool:
    """Whether cells confirm a header that only holds the words: dates for a date, numbers for a number."""
    if each.type.is_time:
        return profile.dates > 0.9
    return each.type.is_number and profile.numbers > 0.9


def _may_share(table: Table, each: Field, profile: Profile) -> bool:
    """One column is two things only where exports do that: a deal's stage and outcome."""
    return table.name == "deals" and each.name in {"stage", "outcome"} and fits(table.name, each, profile)


def _by_content(table: Table, each: Field, profiles: Sequence[Profile], free: set[int], found: Matches) -> None:
    open_ones = [profile for profile in profiles if profile.position in free]
    stage = found.taken.get("stage") if each.name == "outcome" else None
    if stage:
        open_ones += [profile for profile in profiles if profile.position == stage.position]
    likely = []
    for profile in open_ones:
        if said := by_content(table.name, each, profile):
            likely.append((said, profile))
    likely.sort(key=lambda pair: (-pair[0].strength, pair[1].position))
    if not likely:
        return
    best, profile = likely[0]
    alone = len(likely) == 1 or likely[1][0].strength < best.strength
    if each.name not in found.refused and best.sure and alone and (each.required or best.always):
        found.taken[each.name] = Match(each.name, profile.position, best.strength, best.reason)
        free.discard(profile.position)
        return
    offers = found.offered.setdefault(each.name, [])
    offers += [Match(each.name, p.position, said.strength, said.reason) for said, p in likely[:MOST_OFFERS]]


@dataclass(frozen=True)
class _Words:
    """All that a field is called, the official names first."""

    title: str
    names: tuple[str, ...]
    others: tuple[str, ...]

    @cached_property
    def joined(self) -> list[str]:
        return [word.replace(" ", "") for word in self.others]

    @classmethod
    def of(cls, table: str, each: Field) -> "_Words":
        return cls(
            each.name.replace("_", " "),
            tuple(normal(word) for word in (each.name, *each.synonyms)),
            words_for(table, each.name),
        )

    def said_by(self, header: str) -> tuple[float, int, str] | None:
        """(strength, rank among the words, reason) if a header speaks for this field."""
        if normal(header) in self.names:
            rank = self.names.index(normal(header))
            return NAME, rank, f"`{header}` is {'its name' if rank == 0 else f'a usual name of {self.title}'}"
        folded = words_of(header)
        bare = _without_entity(folded)
        for rank, each in enumerate((folded.replace(" ", ""), bare.replace(" ", ""))):
            if each in self.joined:
                return OTHER_WORD - rank / 4, self.joined.index(each), f"`{header}` is another word for {self.title}"
            if each in self.names and rank:
                return OTHER_WORD - 0.25, self.names.index(each), f"`{header}` says {self.title}"
        return self._within(header, folded)

    def _within(self, header: str, folded: str) -> tuple[float, int, str] | None:
        words = meaningful(folded)
        for rank, each in enumerate((*(fold(self.title),), *self.others)):
            wanted = meaningful(each)
            if wanted and wanted < words and (len(wanted) > 1 or len(min(wanted)) > 4):
                return WITHIN, rank, f"`{header}` holds the words “{each}”"
        return None


@lru_cache(maxsize=512)
def _words(table: str, each: Field) -> _Words:
    return _Words.of(table, each)


@lru_cache(maxsize=4096)
def _without_entity(folded: str) -> str:
    """`deal close date utc` becomes `close date`."""
    words = [word for word in folded.split() if word not in {"utc", "metadata"}]
    if len(words) > 1 and words[0] in ENTITIES:
        words = words[1:]
    return " ".join(words)
