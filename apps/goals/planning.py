"""The arithmetic of a target grid: cells of people and parts in, the cells that change out. Pure, exact, no clock.

A locked cell is left as it is by everything that fills, scales or splits; only a person who types into it changes it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from apps.common.apportion import apportion
from apps.common.errors import Refusal

Key = tuple[int, date]  # person, first day of the part
Weight = Decimal | Fraction | int


class Cell(NamedTuple):
    value: Decimal | None = None
    locked: bool = False


EMPTY = Cell()
Changes = dict[Key, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows are people, columns the first days of the parts."""

    people: tuple[int, ...]
    starts: tuple[date, ...]
    cells: Mapping[Key, Cell]

    def at(self, person: int, start: date) -> Cell:
        return self.cells.get((person, start), EMPTY)

    def row(self, person: int) -> list[Cell]:
        return [self.at(person, start) for start in self.starts]

    def row_total(self, person: int) -> Decimal:
        return _sum(self.row(person))

    def column_total(self, start: date) -> Decimal:
        return _sum([self.at(person, start) for person in self.people])

    @property
    def total(self) -> Decimal:
        return _sum(list(self.cells.values()))

    @property
    def places(self) -> list[Key]:
        return [(person, start) for person in self.people for start in self.starts]

    def changed(self, wanted: Mapping[Key, Cell]) -> Changes:
        """Of what is wanted only that which differs."""
        return {key: cell for key, cell in wanted.items() if self.cells.get(key, EMPTY) != cell}

    def with_changes(self, changes: Mapping[Key, Cell]) -> "Sheet":
        return Sheet(self.people, self.starts, {**self.cells, **changes})


def over_assignment(assigned: Decimal, target: Decimal | None) -> Fraction | None:
    """By how much the people together have more than the plan needs: Σ ÷ target − 1; None without a target."""
    return Fraction(assigned) / Fraction(target) - 1 if target else None


def filled_right(sheet: Sheet, people: Collection[int], first: date) -> Changes:
    """What stands in the column `first` in every later column of these rows."""
    wanted: Changes = {}
    for person in people:
        value = sheet.at(person, first).value
        for start in sheet.starts:
            if start > first and not sheet.at(person, start).locked:
                wanted[person, start] = Cell(value)
    return sheet.changed(wanted)


def scaled(sheet: Sheet, factor: Decimal, people: Collection[int]) -> Changes:
    """The open cells of these rows times `factor`; they sum to exactly the factor times what they summed to."""
    keys = [key for key in sheet.places if key[0] in people and _open(sheet, key) and sheet.at(*key).value]
    values = [sheet.at(*key).value or Decimal(0) for key in keys]
    if not keys:
        raise Refusal("There is no open number to change here: type some first, or unlock them.")
    total = round(sum(values, Decimal(0)) * factor, 6)
    return sheet.changed(_apportioned(keys, total, values))


def split(sheet: Sheet, target: Decimal, weight: Callable[[Key], Weight]) -> Changes:
    """The target over people, and of each over their parts, by weight; locked cells stay and the rest fills up.

    Largest remainder twice, so that all cells sum to the target and no row differs from its share by more than one.
    """
    rest = target - _sum([cell for cell in sheet.cells.values() if cell.locked])
    if rest < 0:
        raise Refusal("The locked cells alone are more than the target: unlock some, or raise the target.")
    places = {person: [key for key in _row_keys(sheet, person) if _open(sheet, key)] for person in sheet.people}
    weights = {key: Fraction(weight(key)) for keys in places.values() for key in keys}
    if not any(weights.values()):
        raise Refusal("There is nothing to split by: every weight is 0. Choose another way to split.")
    shares = apportion(rest, [sum((weights[key] for key in places[person]), Fraction(0)) for person in sheet.people])
    wanted: Changes = {}
    for person, share in zip(sheet.people, shares, strict=True):
        keys = places[person]
        if any(weights[key] for key in keys):
            wanted |= _apportioned(keys, share, [weights[key] for key in keys])
        else:
            wanted |= {key: Cell(Decimal(0)) for key in keys}
    return sheet.changed(wanted)


def raised(sheet: Sheet, history: Mapping[Key, Decimal], factor: Decimal, quantum: Decimal = Decimal(1)) -> Changes:
    """What each open cell came to a year before, times `factor`; cells without a history stay."""
    wanted = {
        key: Cell(max((history[key] * factor).quantize(quantum), Decimal(0)))
        for key in sheet.places
        if key in history and _open(sheet, key)
    }
    return sheet.changed(wanted)


def locked(sheet: Sheet, people: Collection[int], lock: bool) -> Changes:
    wanted = {key: sheet.at(*key)._replace(locked=lock) for key in sheet.places if key[0] in people}
    return sheet.changed(wanted)


def _open(sheet: Sheet, key: Key) -> bool:
    return not sheet.at(*key).locked


def _row_keys(sheet: Sheet, person: int) -> list[Key]:
    return [(person, start) for start in sheet.starts]


def _apportioned(keys: list[Key], total: Decimal, weights: "list[Decimal] | list[Fraction]") -> Changes:
    return {key: Cell(part) for key, part in zip(keys, apportion(total, weights), strict=True)}


def _sum(cells: list[Cell]) -> Decimal:
    return sum((cell.value for cell in cells if cell.value is not None), Decimal(0))
