"""The language of KPI formulas. It reads like the textbook:

    win_rate = count(won) / count(won | lost)
    average_deal_size = total(deals.amount, where=won) / count(won)
    sales_velocity = opportunities * win_rate * average_deal_size / sales_cycle_length
    sales_growth = change(revenue, since=previous_period)
    employee_turnover_rate = count(left) / ((staff.at_start + staff) / 2)
    repeat_purchase_rate = number_of("customer", having=[orders_placed >= 2]) / distinct("customer", bought)
    net_revenue_retention = total_of("customer", mrr_held, having=[mrr_held.at_start > 0]) / mrr_held.at_start

A formula is data. Its leaves are measures, everything above them is arithmetic on finished sums. Most measures (counts
and totals of rows, levels) add up over rows, groups and days, which is why the engine needs only one pass over the
rows. Those of a thing with several rows (a customer, an owner: PerEntity) do not add up and are counted anew for every
scope and period. A KPI is itself a formula, so KPIs are used in formulas by their name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from apps.metrics.catalogue.nodes import (
    Allotted,
    Base,
    Change,
    Count,
    Difference,
    Formula,
    Gain,
    Given,
    Holds,
    Instant,
    Leaf,
    Length,
    Lesser,
    Level,
    Mean,
    MeanLevel,
    Measure,
    Measured,
    Number,
    Overall,
    PerEntity,
    Positive,
    Product,
    Quotient,
    Size,
    Stocktake,
    Sum,
    ThenKnown,
    Total,
    WhileAllotted,
)
from apps.metrics.catalogue.rows import Column, Condition, DateIf, InOrder, Value

__all__ = [
    "Allotted",
    "Base",
    "Change",
    "Count",
    "Difference",
    "Formula",
    "Gain",
    "Given",
    "Holds",
    "Instant",
    "Leaf",
    "Length",
    "Lesser",
    "Level",
    "Mean",
    "MeanLevel",
    "Measure",
    "Measured",
    "Number",
    "Overall",
    "PerEntity",
    "Positive",
    "Product",
    "Quotient",
    "Size",
    "Stocktake",
    "Sum",
    "ThenKnown",
    "Total",
    "WhileAllotted",
    "change",
    "columns_of",
    "count",
    "distinct",
    "leaves",
    "level",
    "mean",
    "number_of",
    "positive",
    "previous_period",
    "sample",
    "table_of",
    "total",
    "total_of",
    "walk",
    "year_before",
]

previous_period = Base.PREVIOUS_PERIOD
year_before = Base.YEAR_BEFORE


def count(where: Condition, *, on: Column | None = None) -> Count:
    return Count(where, on=on)


def total(value: Value, where: Condition, *, on: Column | None = None) -> Total:
    return Total(value, where, on)


def mean(value: Value, where: Condition) -> Mean:
    """The mean over the rows that have the value: sum over number, so that it rolls up."""
    having = where & value.known
    return Mean(Total(value, having), Count(having), value, where)


def distinct(entity: str, where: Condition) -> PerEntity:
    """How many different entities the rows are of."""
    return PerEntity(entity, (Holds(Count(where), ">=", Number(Decimal(1))),))


def number_of(entity: str, *, having: Sequence[Holds]) -> PerEntity:
    return PerEntity(entity, tuple(having))


def total_of(entity: str, value: Formula, *, having: Sequence[Holds] = ()) -> PerEntity:
    return PerEntity(entity, tuple(having), value)


def level(value: Value | None, *, since: Column, until: DateIf, where: Condition, due: Column | None = None) -> Level:
    """What is there at the end of the period.

    Rows that have left at an unknown time, or left before they came, are nowhere: counting them would make the level
    wrong for ever.
    """
    left_in_order = until.column.known & (~since.known | InOrder(since, until.column))
    enters = where & (~until.condition | left_in_order)
    leaves = where & until.condition & left_in_order
    return Level(value, since, until.column, enters, leaves, where, due=due)


def positive(of: Formula) -> Positive:
    return Positive(of)


def change(of: Formula, *, since: Base) -> Change:
    return Change(of, since)


def walk(formula: Formula) -> Iterator[Formula]:
    """The formula and everything it is made of, KPIs it uses included."""
    yield formula
    for part in formula.parts():
        yield from walk(part)


def leaves(formula: Formula) -> Iterator[Formula]:
    """Everything the formula measures, also inside entities and levels; KPIs it uses included."""
    for part in walk(formula):
        match part:
            case PerEntity():
                for inner in part.inner():
                    yield from leaves(inner)
            case MeanLevel(level=inner) | WhileAllotted(of=inner):
                yield inner
                if isinstance(part, WhileAllotted):
                    yield part.allotted
            case Count() | Total() | Level() | Allotted() | Stocktake():
                yield part


def columns_of(measure: Formula) -> Iterator[Column]:
    """The columns one of `leaves` reads, dates of its own included."""
    match measure:
        case Count(where=where, on=on):
            yield from (*where.columns(), *((on,) if on else ()))
        case Total(value=value, where=where, on=on):
            yield from (*value.columns(), *where.columns(), *((on,) if on else ()))
        case Level(value=value, since=since, until=until, where=where, due=due):
            yield from (*(value.columns() if value else ()), since, until, *where.columns(), *((due,) if due else ()))
        case Allotted(value=column, since=since, until=until):
            yield from (column, since, until)
        case Stocktake(value=value, counted_on=counted_on):
            yield from (*value.columns(), counted_on)


def table_of(measure: Formula) -> str:
    """The table whose rows one of `leaves` measures."""
    if isinstance(measure, Count | Total):
        return measure.where.table
    return next(columns_of(measure)).table


def sample(formula: Formula) -> Measure | PerEntity:
    """The measure that counts what is behind the number: how many observations it rests on.

    Of a division that is what stands below the line where that is counted, else what stands above it.
    """
    match formula:
        case Count():
            return formula
        case Allotted():
            return PerEntity("owner", (Holds(formula, ">", Number(Decimal(0))),))
        case Total(where=where, on=on):
            return Count(where, on=on)
        case PerEntity():
            return _sample_of_entities(formula)
        case Level() | MeanLevel(level=Level()) | ThenKnown():
            return replace(_level_of(formula), value=None)
        case Stocktake(value=value, counted_on=day):
            return Count(value.known, on=day)
        case Quotient(below=Count() | PerEntity() | Overall() as below):
            return sample(below)
    inner = (formula.of,) if isinstance(formula, WhileAllotted) else formula.parts()
    return sample(next(part for part in inner if not isinstance(part, Number | Length | Given)))


def _level_of(formula: Level | MeanLevel | ThenKnown) -> Level:
    if isinstance(formula, Level):
        return formula
    return formula.level if isinstance(formula, MeanLevel) else formula.of


def _sample_of_entities(formula: PerEntity) -> Measure | PerEntity:
    """The entities; of a sum over all of them, whatever holds of them, what is summed."""
    if formula.having or formula.value is None:
        return replace(formula, value=None)
    value = formula.value
    return sample(value.first if isinstance(value, Lesser | Gain) else value)
