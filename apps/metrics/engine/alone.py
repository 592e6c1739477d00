"""Needs that do not add up, each worked out by an evaluation of its own: one call for all numbers that are wanted."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction as Ratio

import numpy as np

from apps.common.calendars import WorkingCalendar
from apps.common.periods import add_months
from apps.metrics.catalogue.formulas import (
    Allotted,
    Formula,
    Given,
    Length,
    Level,
    Measured,
    PerEntity,
    Stocktake,
    ThenKnown,
    WhileAllotted,
)
from apps.metrics.catalogue.rows import Column
from apps.metrics.engine import expressions
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.due import DueLevels
from apps.metrics.engine.entities import Asked, Entities, Family, spells_of
from apps.metrics.engine.evaluate import Outcome
from apps.metrics.engine.figures import NO_DENOMINATOR, NOT_GIVEN, NOT_THEN_KNOWN, Context, Org
from apps.metrics.engine.placed import text_of
from apps.metrics.engine.places import Places
from apps.metrics.engine.plan import Need

_ONE = Decimal(1)
Number = Decimal | Outcome


def span_days(rows: Rows, needs: Iterable[Need]) -> set[date]:
    """The first and last days of allotments that bound what is counted: they must be cuts."""
    found: set[date] = set()
    for allotted in {id(each): each for need in needs for each in _bounding(need.leaf)}.values():
        found |= {day for _, since, until in spells_of(rows, allotted, {}) for day in (since, until)}
    return found


def _bounding(leaf: Formula) -> list[Allotted]:
    inner = leaf.inner() if isinstance(leaf, PerEntity) else (leaf,)
    return [each.allotted for each in inner if isinstance(each, WhileAllotted)]


def _per_entity(need: Need) -> PerEntity | None:
    """Allotments are those of owners."""
    match need.leaf:
        case PerEntity() as per:
            return per
        case Allotted() | WhileAllotted() as leaf:
            return PerEntity("owner", (), leaf)
    return None


class Alone:
    """`places(by_owner)` says where rows count; `all_time` whether any window has no bounds."""

    def __init__(
        self,
        rows: Rows,
        context: Context,
        org: Org,
        cuts: Sequence[date],
        places: Callable[[bool], Places],
        needs: Iterable[Need],
        *,
        all_time: bool,
    ) -> None:
        self.rows, self.context, self.org, self.cuts = rows, context, org, cuts
        self.places = places
        self.all_time = all_time
        self._count = 0
        self._per = [(per, need.dated_by) for need in needs if (per := _per_entity(need)) is not None]
        self._families: dict[str, Family] = {}

    def evaluation(self, need: Need) -> Callable[[Asked], Sequence[Number]]:
        """Puts the rows of a need in place once; what comes back gives the number of every slot."""
        match need.leaf:
            case Length(unit=unit):
                return lambda asked: [_length(unit, *days, self.context.calendar) for days in self._days(asked)]
            case Given(name=name):
                return lambda asked: self._given(name, asked)
            case Stocktake() as leaf:
                return self._stocktake(leaf)
            case ThenKnown(of=level):
                return lambda asked: self._then_known(level, need.dated_by, asked)
            case Level() as level:
                return self._due(self.rows, level, need.dated_by)
            case PerEntity() | Allotted() | WhileAllotted():
                return self._entities(need)
        raise TypeError(f"{type(need.leaf).__name__} has no evaluation of its own")

    def _name(self) -> str:
        self._count += 1
        return f"alone{self._count}"

    def _entities(self, need: Need) -> Callable[[Asked], Sequence[Number]]:
        per = _per_entity(need)
        assert per is not None
        if per.entity not in self._families:
            mine = [each for each in self._per if each[0].entity == per.entity]
            places, people = self.places(per.entity == "owner"), dict(self.org.owners)
            self._families[per.entity] = Family(
                self.rows, self._name(), per.entity, mine, places, self.cuts, people, all_time=self.all_time
            )
        return Entities(self._families[per.entity], per, need.dated_by).values

    def _due(self, rows: Rows, level: Level, dated_by: Column) -> Callable[[Asked], Sequence[Number]]:
        places = self.places(False)
        return DueLevels(rows, self._name(), level, dated_by, places, self.cuts, all_time=self.all_time).values

    def _days(self, asked: Asked) -> Iterator[tuple[date, date]]:
        for since, reach in zip(asked.since.tolist(), asked.reach.tolist(), strict=True):
            yield (self.cuts[since], self.cuts[reach]) if self.cuts else (date.min, date.min)

    def _given(self, name: str, asked: Asked) -> list[Number]:
        """The number in force on the last day of each period; of all time on the last day that the data covers."""
        known = sorted(self.context.given.get(name, ()))
        days = [day for day, _ in known]
        found: list[Number] = []
        for first, last, instant in zip(asked.first.tolist(), asked.last.tolist(), asked.instant.tolist(), strict=True):
            end = instant if first < 0 else last
            place = bisect_left(days, self.cuts[end]) if end < len(self.cuts) else len(days)
            found.append(known[place - 1][1] if place else NOT_GIVEN)
        return found

    def _stocktake(self, leaf: Stocktake) -> Callable[[Asked], Sequence[Number]]:
        """The counts of every scope, day by day, are few: they are added up here."""
        counts = self._counts(leaf)

        def values(asked: Asked) -> list[Number]:
            found: list[Number] = []
            for scope, first, last in zip(asked.scope.tolist(), asked.first.tolist(), asked.last.tolist(), strict=True):
                days, sums = counts.get(scope, ([], []))
                start = bisect_left(days, self.cuts[first]) if first >= 0 else 0
                end = bisect_left(days, self.cuts[last]) if last < len(self.cuts) else len(days)
                counted = sums[max(start - 1, 0) : end]
                found.append((sum(counted, Decimal(0)), Decimal(len(counted))) if counted else NO_DENOMINATOR)
            return found

        return values

    def _counts(self, leaf: Stocktake) -> Mapping[int, tuple[list[date], list[Decimal]]]:
        places = self.places(False)
        table = self.rows.table(leaf.counted_on.table)
        value = expressions.value(leaf.value, table)
        day = table[leaf.counted_on.name].cast("date")
        keys = {f"key{i}": text_of(name)(table) for i, name in enumerate(places.keys)}
        found = table.filter(value.notnull(), day.notnull()).group_by(**keys, day=day).aggregate(amount=value.sum())
        by_scope: dict[int, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for each in self.rows.fetch(found).to_pylist():
            atom = bisect_right(self.cuts, each["day"])
            for place in places.of([each[key] for key in keys]):
                if place.lo <= atom < place.hi:
                    by_scope[place.scope][each["day"]] += each["amount"] * place.share
        listed = {scope: sorted(days.items()) for scope, days in by_scope.items()}
        return {scope: ([day for day, _ in each], [amount for _, amount in each]) for scope, each in listed.items()}

    def _then_known(self, level: Level, dated_by: Column, asked: Asked) -> list[Number]:
        """The level at the start of each period, from the rows that were live then."""
        found: list[Number] = [NOT_THEN_KNOWN] * len(asked)
        starts: dict[int, list[int]] = defaultdict(list)
        for place, first in enumerate(asked.first.tolist()):
            if first >= 0:
                starts[first].append(place)
        for first, mine in starts.items():
            then = self.context.then(self.cuts[first]) if self.context.then else {}
            table = level.since.table
            if table not in then or then[table].is_empty:
                continue
            with Rows([then[table]]) as rows:
                part = asked.part(np.array(mine, dtype="int64"))
                at_start = Asked(part.scope, part.first, part.last, part.since, part.reach, part.first)
                for place, number in zip(mine, self._due(rows, level, dated_by)(at_start), strict=True):
                    found[place] = number
        return found


def _length(unit: Measured, start: date, end: date, calendar: WorkingCalendar) -> Number:
    match unit:
        case Measured.WORKING_DAYS:
            return Decimal(calendar.count(start, end))
        case Measured.MONTHS:
            months = months_between(start, end)
            return Decimal(months.numerator), Decimal(months.denominator)
    return Decimal((end - start).days)


def months_between(start: date, end: date) -> Ratio:
    """Calendar months in [start, end): a whole month is one, a part of one its share of the days of that month."""
    months = Ratio(0)
    month = start.replace(day=1)
    while month < end:
        following = add_months(month, 1)
        inside = (min(end, following) - max(start, month)).days
        months += Ratio(inside, (following - month).days)
        month = following
    return months
