"""How well a file fits each of the standard tables, by its headers and by what its cells look like."""

from dataclasses import dataclass

from apps.datasets.hints import constants_for, file_speaks_for
from apps.datasets.looking import Looked
from apps.datasets.matching import NAME, OTHER_WORD, match
from apps.datasets.schema import TABLES, Table
from apps.datasets.wide import wide_offer

IDENTITY = ("id", "order")
FEWEST_FIELDS = 2  # an `id` alone says nothing: every table has one


@dataclass(frozen=True)
class TableFit:
    """How well the file fits a table: how many of its fields have a column, which required ones have none."""

    table: str
    matched: int
    missing: tuple[str, ...]
    weight: float
    good: bool


def fits_of(looked: Looked) -> tuple[TableFit, ...]:
    """The fit of every table, the best first. A missing required field weighs as much as two that are there."""
    found = [_fit(table, looked) for table in TABLES.values()]
    return tuple(sorted(found, key=lambda each: -each.weight))


def _fit(table: Table, looked: Looked) -> TableFit:
    wide = wide_offer(table.name, looked.headers, looked.profiles, looked.source.name)
    fed = {field for part in ("columns", "computed") for field in wide.parts.get(part, {})} if wide else set()
    taken_columns = set(wide.parts["unpivot"]["columns"]) if wide and wide.parts else set()
    used = {each.position for each in looked.profiles if each.header in taken_columns}
    matches = match(table, looked.profiles, decided=fed, used=used)
    names = {*matches.taken, *fed, *constants_for(table, matches.headers(looked.headers), looked.source.name)}
    required = [each for each in table.fields if each.required]
    missing = tuple(each.name for each in required if each.name not in names and each.month_after not in names)
    # What tells rows apart can be made of other columns or of the line; anything else that is missing weighs double.
    grave = [name for name in missing if name not in IDENTITY]
    named = file_speaks_for(table.name, looked.source.name)
    weight = sum(min(each.strength, NAME) / NAME for each in matches.taken.values()) + len(fed) + named
    weight -= len(missing) + len(grave)
    clear = sum(each.strength >= OTHER_WORD - 0.5 for each in matches.taken.values()) + len(fed)
    enough = 2 * len(missing) <= len(required) or (2 * len(grave) <= len(required) and clear >= 2 * FEWEST_FIELDS)
    good = clear >= FEWEST_FIELDS and enough
    return TableFit(table.name, len(names), missing, weight, good)
