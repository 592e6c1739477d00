"""How the groups by owner are called: one person has one group under all names, as goals have one person.

A member's group has the member's name, where no other member has it too, else the spelling that most rows have.
Texts that mean nobody are one group when they differ in case and blanks only, under the spelling of most rows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from apps.common.texts import normalised
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.figures import Org
from apps.metrics.engine.shares import shares_of


def group_names(rows: Rows, tables: Iterable[str], org: Org) -> Mapping[str, str]:
    """The name of the group of every text that is an owner in these tables; texts are normalised."""
    people = dict(org.owners)
    written: dict[int | str, Counter[str]] = {}
    texts = _texts(rows, tables)
    for text, many in texts.items():
        key = normalised(text)
        written.setdefault(people.get(key, key), Counter())[text] += many
    names = {who: _name(who, spellings, people, org) for who, spellings in written.items()}
    keys = {normalised(text) for text in texts}
    return {key: names[people.get(key, key)] for key in keys}


def texts_meaning(owner: str, org: Org) -> tuple[str, ...]:
    """All texts, normalised, that stand for whom this one stands for."""
    text = normalised(owner)
    people = dict(org.owners)
    return tuple(each for each, who in people.items() if who == people[text]) if text in people else (text,)


def _name(who: int | str, spellings: Counter[str], people: Mapping[str, int], org: Org) -> str:
    name = org.person_names.get(who, "") if isinstance(who, int) else ""
    if name and people.get(normalised(name)) == who:
        return name
    return min(spellings, key=lambda text: (-spellings[text], text))


def _texts(rows: Rows, tables: Iterable[str]) -> Counter[str]:
    """How many rows each name is an owner of, alone or with others."""
    found: Counter[str] = Counter()
    for table in (rows.table(name) for name in tables):
        if "owner" not in table.columns:
            continue
        named = table.filter(table.owner.notnull())
        counted = named.group_by(text=named.owner.cast("string")).aggregate(many=named.count())
        for each in rows.fetch(counted).to_pylist():
            for text in [name for name, _ in shares_of(each["text"])] or [each["text"]]:
                found[text.strip()] += each["many"]
    return found
