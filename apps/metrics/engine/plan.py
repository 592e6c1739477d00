"""From formulas to what must be read: needs, tallies (columns of sums), and the scans that fill them.

Every leaf of a formula is one need. Most needs add up and are read from a tally: one additive column of the cells, a
sum or a count of rows, dated by one column. A flow over [start, end) is the difference of two running sums; a level at
an instant is the running sum of what came less what left; the days that a level stood are a flow again. Equal tallies
of different KPIs are one tally; tallies with the same table and date column are filled by one scan. What does not add
up (entities, levels with a due date, spans, stocktakes) has no tally and an evaluation of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from apps.metrics.catalogue.formulas import (
    Allotted,
    Base,
    Change,
    Count,
    Formula,
    Gain,
    Given,
    Instant,
    Length,
    Lesser,
    Level,
    MeanLevel,
    Measure,
    Measured,
    Number,
    Overall,
    PerEntity,
    Stocktake,
    ThenKnown,
    Total,
    WhileAllotted,
    sample,
)
from apps.metrics.catalogue.kpi import Kpi
from apps.metrics.catalogue.rows import Arithmetic, Column, Condition, Value

When = Base | None  # the period itself, or what it is compared with
Term = tuple[str, When]


@dataclass(frozen=True, eq=False)
class DayNumber(Value):
    """The days from 1 January 1970 to a date: how the engine measures how long a level stood."""

    date: Column

    __hash__ = Value.__hash__

    def columns(self) -> Iterator[Column]:
        yield self.date

    @property
    def key(self) -> str:
        return f"day number of {self.date.name}"


@dataclass(frozen=True, eq=False)
class Side:
    """One column of one scan: the sum of `value` (None: the number) of rows where `where`, dated by `dated_by`."""

    dated_by: Column
    value: Value | None
    where: Condition
    blank_is_ever: bool = False  # rows without this date have been there since ever

    @property
    def scan(self) -> tuple[str, str]:
        return (self.dated_by.table, self.dated_by.name)


@dataclass(frozen=True, eq=False)
class Tally:
    """What a measure needs. A flow has one side, a level one for what comes and one for what leaves."""

    key: str
    comes: Side
    leaves: Side | None = None

    @property
    def is_level(self) -> bool:
        return self.leaves is not None

    @property
    def table(self) -> str:
        return self.comes.dated_by.table

    def sides(self) -> Iterator[tuple[Side, int]]:
        """Each side with its sign."""
        yield self.comes, 1
        if self.leaves is not None:
            yield self.leaves, -1


class Reads(Enum):
    """How a need is read."""

    FLOW = "between two cuts"
    AT_END = "at the end"
    AT_START = "at the start"
    STOOD = "days stood"
    ALONE = "by an evaluation of its own"


@dataclass(frozen=True, eq=False)
class Need:
    """One leaf of a formula. `tally` and, for days stood, `moments` are what is read; else `leaf` is evaluated."""

    key: str
    leaf: Formula
    dated_by: Column
    reads: Reads
    tally: Tally | None = None
    moments: Tally | None = None  # amounts times day numbers


def need_of(leaf: Formula, dated_by: Column) -> Need:
    match leaf:
        case Count() | Total():
            tally = tally_of(leaf, dated_by)
            return Need(tally.key, leaf, dated_by, Reads.FLOW, tally)
        case Overall(of=of):
            return Need(key_of(leaf, dated_by), leaf, dated_by, Reads.FLOW, tally_of(of, dated_by))
        case Level(due=None, at=at):
            tally = tally_of(leaf, dated_by)
            if at is Instant.START:
                return Need(f"{tally.key} at start", leaf, dated_by, Reads.AT_START, tally)
            return Need(tally.key, leaf, dated_by, Reads.AT_END, tally)
        case MeanLevel(level=level):
            tally = tally_of(level, dated_by)
            return Need(f"{tally.key} stood", leaf, dated_by, Reads.STOOD, tally, _moments(level, tally))
    return Need(key_of(leaf, dated_by), leaf, dated_by, Reads.ALONE)


def days_of(mean: MeanLevel, dated_by: Column) -> Need:
    """The days over which a mean level is taken."""
    return need_of(Length(Measured.DAYS), dated_by)


def tally_of(measure: Measure, dated_by: Column) -> Tally:
    """Where the KPI that uses the measure says which column dates its rows; levels bring their own two dates."""
    if isinstance(measure, Level):
        value = measure.value
        key = f"level {value.key if value is not None else 1} {measure.enters.key} {measure.leaves.key}"
        return Tally(
            f"{measure.since.table} {key} {measure.since.name} {measure.until.name}",
            Side(measure.since, value, measure.enters, blank_is_ever=True),
            Side(measure.until, value, measure.leaves),
        )
    dated = measure.on or dated_by
    summed = measure.value if isinstance(measure, Total) else None
    key = f"{dated.table} {dated.name} {summed.key if summed is not None else 1} {measure.where.key}"
    return Tally(key, Side(dated, summed, measure.where))


def _moments(level: Level, tally: Tally) -> Tally:
    came, left = DayNumber(level.since), DayNumber(level.until)
    if level.value is None:
        came_value: Value = came
        left_value: Value = left
    else:
        came_value, left_value = Arithmetic("*", level.value, came), Arithmetic("*", level.value, left)
    assert tally.leaves is not None
    return Tally(
        f"moments of {tally.key}", replace(tally.comes, value=came_value), replace(tally.leaves, value=left_value)
    )


def key_of(leaf: Formula, dated_by: Column) -> str:
    """The same text for leaves that always have the same number."""
    match leaf:
        case Count() | Total():
            return tally_of(leaf, dated_by).key
        case Level(at=at, due=due):
            return f"{tally_of(leaf, dated_by).key} at {at} due {due.name if due is not None else None}"
        case Overall(of=of, column=column):
            return f"over all {column.name}: {key_of(of, dated_by)}"
        case ThenKnown(of=of):
            return f"then known: {key_of(of, dated_by)}"
        case WhileAllotted(of=of, allotted=allotted):
            return f"{key_of(of, dated_by)} while {key_of(allotted, dated_by)}"
        case Lesser(first=first, second=second) | Gain(first=first, second=second):
            return f"{type(leaf).__name__}({key_of(first, dated_by)}; {key_of(second, dated_by)})"
        case PerEntity(entity=entity, having=having, value=value):
            holds = "; ".join(f"{key_of(h.first, dated_by)} {h.sign} {key_of(h.second, dated_by)}" for h in having)
            return f"per {entity} [{holds}] {key_of(value, dated_by) if value is not None else 1}"
    return _plain_key_of(leaf)


def _plain_key_of(leaf: Formula) -> str:
    """Of leaves that bring their own dates, or need none."""
    match leaf:
        case Number(value=number):
            return str(number)
        case Length(unit=unit):
            return f"length in {unit}"
        case Given(name=name):
            return f"given {name}"
        case Stocktake(value=value, counted_on=day):
            return f"stocktake {day.table} {day.name} {value.key}"
        case Allotted(value=value, since=since, until=until):
            return f"allotted {since.table} {value.name} {since.name} {until.name}"
    raise TypeError(f"{type(leaf).__name__} is not measured")


def wanted_of(kpi: Kpi) -> Iterator[tuple[Need, When]]:
    """Every need of a KPI's figure with the period it is wanted of; what counts the observations comes last."""
    yield from _wanted(kpi, kpi.dated_by, None)
    yield need_of(sample(kpi), kpi.dated_by), None


def _wanted(formula: Formula, dated_by: Column, when: When) -> Iterator[tuple[Need, When]]:
    match formula:
        case Number():
            return
        case MeanLevel():
            yield need_of(formula, dated_by), when
            yield days_of(formula, dated_by), when
        case _ if is_leaf(formula):
            yield need_of(formula, dated_by), when
        case Change(of=of, since=since):
            yield from _wanted(of, dated_by, when)
            yield from _wanted(of, dated_by, since)
            yield need_of(sample(of), dated_by_of(of, dated_by)), since
        case _:
            here = dated_by_of(formula, dated_by)
            for part in formula.parts():
                yield from _wanted(part, here, when)


_LEAVES = Count | Total | Level | MeanLevel | Length | Given | Stocktake | Overall | ThenKnown | Allotted
_MORE_LEAVES = WhileAllotted | PerEntity


def is_leaf(formula: Formula) -> bool:
    return isinstance(formula, _LEAVES | _MORE_LEAVES)


def dated_by_of(formula: Formula, otherwise: Column) -> Column:
    return formula.dated_by if isinstance(formula, Kpi) else otherwise


def needs_of(kpi: Kpi) -> dict[str, Need]:
    return {need.key: need for need, _ in wanted_of(kpi)}


def bases_of(kpi: Kpi) -> tuple[Base, ...]:
    """What the KPI is compared with."""
    return tuple(dict.fromkeys(when for _, when in wanted_of(kpi) if when is not None))


def tallies_of(kpi: Kpi) -> dict[str, Tally]:
    """Everything additive that a KPI's figure needs, its row count included."""
    found = (tally for need in needs_of(kpi).values() for tally in (need.tally, need.moments))
    return {tally.key: tally for tally in found if tally is not None}


def tallies_of_all(kpis: Iterable[Kpi]) -> dict[str, Tally]:
    """The tallies of all these KPIs, each once."""
    found: dict[str, Tally] = {}
    for kpi in kpis:
        found |= tallies_of(kpi)
    return found
