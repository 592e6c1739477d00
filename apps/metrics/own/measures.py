"""Rows of one table made a number: what can be chosen, checked and turned into the catalogue's own dataclasses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce

from apps.common.errors import Refusal
from apps.common.money import parse_figure, plain_number
from apps.common.spelling import did_you_mean
from apps.datasets.schema import TABLES, FieldType
from apps.metrics.catalogue.formulas import Count, Formula, Holds, Mean, Number, PerEntity, Total
from apps.metrics.catalogue.kpi import Unit
from apps.metrics.catalogue.rows import Both, Column, Compare, Condition, Constant, Every, Known, OneOf, Truth
from apps.metrics.catalogue.words import heading
from apps.metrics.own.definition import CHOICES, FILTERS, LONGEST_VALUE, Filter, Measure
from apps.metrics.own.problems import Problems

TEXT, NUMBER, DAY, TRUTH = "text", "number", "day", "truth"
OwnColumns = Mapping[str, Sequence[str]]  # the workspace's own columns, by table


@dataclass(frozen=True)
class Test:
    """`kinds` of columns it is for; `values`: how many it takes, "", "one" or "many"."""

    label: str
    kinds: frozenset[str]
    values: str = "one"


_ANY = frozenset({TEXT, NUMBER, DAY, TRUTH})
TESTS = {
    "is": Test("is", frozenset({TEXT, NUMBER})),
    "is_not": Test("is not", frozenset({TEXT})),
    "one_of": Test("is one of", frozenset({TEXT}), "many"),
    "none_of": Test("is none of", frozenset({TEXT}), "many"),
    "at_least": Test("is at least", frozenset({NUMBER})),
    "at_most": Test("is at most", frozenset({NUMBER})),
    "from": Test("is on or after", frozenset({DAY})),
    "before": Test("is before", frozenset({DAY})),
    "yes": Test("is yes", frozenset({TRUTH}), ""),
    "no": Test("is no", frozenset({TRUTH}), ""),
    "known": Test("is not blank", _ANY, ""),
    "blank": Test("is blank", _ANY, ""),
}
AGGREGATES = {
    "count": "Number of rows",
    "sum": "Sum of a column",
    "mean": "Mean of a column",
    "distinct": "Number of different values of a column",
}
_ONE = Number(Decimal(1))
_LARGEST = Decimal(10) ** 14  # what a column of amounts can hold


def kind_of(table: str, column: str, own: OwnColumns) -> str | None:
    """What can be asked of a column: own columns are texts. None if the table has no such column."""
    found = TABLES[table]
    if not found.has(column):
        return TEXT if column in own.get(table, ()) else None
    of = found.field(column).type
    if of.is_number:
        return NUMBER
    return DAY if of.is_time else TRUTH if of is FieldType.BOOLEAN else TEXT


def columns_of(table: str, own: OwnColumns) -> list[str]:
    return [*TABLES[table].names, *own.get(table, ())]


def dates_of(table: str) -> list[str]:
    """The columns that can place a row in a period, the table's main date first."""
    of = TABLES[table]
    days = [field.name for field in of.fields if field.type is FieldType.DATE]
    return sorted(days, key=lambda name: name != of.main_date)


def aggregable(table: str, aggregate: str, own: OwnColumns) -> list[str]:
    """The columns of which there is a sum or mean, or a number of different values."""
    if aggregate in ("sum", "mean"):
        return [field.name for field in TABLES[table].fields if field.type.is_number]
    if aggregate == "distinct":
        return [name for name in columns_of(table, own) if kind_of(table, name, own) == TEXT]
    return []


def check_measure(measure: Measure, own: OwnColumns, problems: Problems, field: str = "") -> None:
    """Adds a sentence for each wrong input; `field` stands before the names of this measure's inputs."""
    if measure.table not in TABLES:
        hint = did_you_mean(measure.table, TABLES) if measure.table else ""
        problems.add(
            f"{field}table", f"There is no table “{measure.table}”.{hint}" if measure.table else "Choose a table."
        )
        return
    title = TABLES[measure.table].title.lower()
    if measure.aggregate not in AGGREGATES:
        problems.add(f"{field}aggregate", "Choose what is made of the rows: their number, a sum, a mean.")
    elif measure.aggregate != "count":
        _check_column(measure, own, problems, field, title)
    dates = dates_of(measure.table)
    if measure.date not in dates:
        said = (
            f"“{measure.date}” is no date column of {title}; choose {' or '.join(dates)}."
            if measure.date
            else f"Choose the date that places {title} in a period."
        )
        problems.add(f"{field}date", said)
    if measure.match not in ("all", "any"):
        problems.add(f"{field}match", "Choose whether all conditions must hold, or any of them.")
    if len(measure.filters) > FILTERS:
        problems.add(f"{field}filter_{FILTERS}_column", f"A measure has at most {FILTERS} conditions.")
    for at, each in enumerate(measure.filters):
        _check_filter(each, measure.table, own, problems, f"{field}filter_{at}_")


def _check_column(measure: Measure, own: OwnColumns, problems: Problems, field: str, title: str) -> None:
    known = aggregable(measure.table, measure.aggregate, own)
    name = measure.column
    if name in known:
        return
    what = "a number" if measure.aggregate in ("sum", "mean") else "a text"
    if not name:
        sentence = f"Choose the column of {title}."
    elif kind_of(measure.table, name, own) is None:
        near = did_you_mean(name, columns_of(measure.table, own))
        sentence = f"There is no column “{name}” in {title}.{near}"
    else:
        sentence = f"“{heading(name)}” of {title} is not {what}; choose {', '.join(known) or 'another table'}."
    problems.add(f"{field}column", sentence)


def _check_filter(given: Filter, table: str, own: OwnColumns, problems: Problems, field: str) -> None:
    title = TABLES[table].title.lower()
    kind = kind_of(table, given.column, own)
    if kind is None:
        near = did_you_mean(given.column, columns_of(table, own)) if given.column else ""
        said = f"There is no column “{given.column}” in {title}.{near}" if given.column else "Choose a column."
        problems.add(f"{field}column", said)
        return
    test = TESTS.get(given.test)
    if test is None or kind not in test.kinds:
        fitting = ", ".join(each.label for each in TESTS.values() if kind in each.kinds)
        problems.add(f"{field}test", f"“{heading(given.column)}” can be asked: {fitting}.")
        return
    if test.values and not given.values:
        problems.add(f"{field}value", f"Say what “{heading(given.column)}” {test.label}.")
    if len(given.values) > CHOICES:
        problems.add(f"{field}value", f"One condition takes at most {CHOICES} values.")
    try:
        for value in given.values:
            _check_value(value, kind)
    except Refusal as refused:
        problems.add(f"{field}value", refused.sentence)
        return
    choices = TABLES[table].field(given.column).choices if TABLES[table].has(given.column) else ()
    wrong = [value for value in given.values if choices and value not in choices]
    if wrong:
        problems.add(f"{field}value", f"“{wrong[0]}” is no {heading(given.column)}; there is {', '.join(choices)}.")


def _check_value(value: str, kind: str) -> None:
    if kind == NUMBER:
        number_in(value)
    elif kind == DAY:
        day_in(value)
    elif len(value) > LONGEST_VALUE:
        raise Refusal(f"A value has at most {LONGEST_VALUE} characters, this one {len(value)}.")
    elif any(ord(sign) < ord(" ") for sign in value):
        raise Refusal("A value is one line of text, without signs that cannot be seen.")


def number_in(text: str) -> Decimal:
    """A number as people type it. Raises Refusal."""
    number = plain_number(parse_figure(text))
    if abs(number) >= _LARGEST:
        raise Refusal(f"“{text[:40]}” is too large to compare with.")
    return round(number, 4)


def day_in(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"“{text[:40]}” is not a day. Write it like 2026-03-31.") from None


def is_always_empty(measure: Measure) -> bool:
    """No row can satisfy these conditions: a column would have to be two things at once."""
    if measure.match != "all":
        return False
    allowed: dict[str, set[str]] = {}
    for each in measure.filters:
        if each.test in ("is", "one_of"):
            allowed[each.column] = allowed.get(each.column, set(each.values)) & set(each.values)
    if any(not values for values in allowed.values()):
        return True
    if any(each.test in ("is_not", "none_of") and allowed.get(each.column, {""}) <= {*each.values}
           for each in measure.filters):  # fmt: skip
        return True
    blank = {each.column for each in measure.filters if each.test == "blank"}
    return any(each.column in blank and each.test not in ("blank", "is_not", "none_of") for each in measure.filters)


# --- a checked measure as part of a formula --------------------------------------------------------------


def formula_of(measure: Measure, dated_by: Column | None = None) -> Formula:
    """`dated_by` is the date of the KPI, where this measure is not what decides it."""
    where = condition_of(measure)
    own_date = Column(measure.table, measure.date)
    same = dated_by is None or (dated_by.table, dated_by.name) == (own_date.table, own_date.name)
    on = None if same else own_date
    column = Column(measure.table, measure.column) if measure.column else None
    if measure.aggregate == "sum" and column:
        return Total(column, where, on)
    if measure.aggregate == "mean" and column:
        having = Both(where, Known(column))
        return Mean(Total(column, having, on), Count(having, on=on), column, where)
    if measure.aggregate == "distinct" and column:
        return PerEntity(column.name, (Holds(Count(Both(where, Known(column)), on=on), ">=", _ONE),))
    return Count(where, on=on)


def unit_of(measure: Measure) -> tuple[Unit, bool]:
    """What it is counted in, and whether that is only a guess: a number column may stand for anything."""
    if measure.aggregate in ("sum", "mean"):
        is_money = TABLES[measure.table].field(measure.column).type is FieldType.MONEY
        return (Unit.MONEY, False) if is_money else (Unit.COUNT, True)
    return Unit.COUNT, False


def condition_of(measure: Measure) -> Condition:
    """One condition for all filters. Choices (won, lost) come first: they say what kind of row it is."""
    every = Every(measure.table)
    if not measure.filters:
        return every
    ordered = sorted(measure.filters, key=lambda each: not _names_rows(each, measure.table))
    conditions = [_condition(each, measure.table) for each in ordered]
    if measure.match == "any" and len(conditions) > 1:
        return Both(every, reduce(lambda one, other: one | other, conditions))
    if not _names_rows(ordered[0], measure.table):
        conditions = [every, *conditions]
    return reduce(lambda one, other: one & other, conditions)


def _names_rows(each: Filter, table: str) -> bool:
    of = TABLES[table]
    return each.test in ("is", "one_of") and of.has(each.column) and bool(of.field(each.column).choices)


def _condition(each: Filter, table: str) -> Condition:
    column = Column(table, each.column)
    name = heading(each.column)
    if each.test in ("is", "one_of", "is_not", "none_of"):
        if kind_of(table, each.column, {table: (each.column,)}) == NUMBER:
            number = Constant(number_in(each.values[0]))
            same = Both(Compare(column, ">=", number), Compare(column, "<=", number))
            return same.called(f"with {name} {each.values[0]}")
        values = " or ".join(each.values)
        if each.test in ("is_not", "none_of"):
            return (~OneOf(column, each.values)).called(f"with {name} other than {values}")
        said = values if _names_rows(each, table) else f"with {name} {values}"
        return OneOf(column, each.values).called(said)
    if each.test in ("at_least", "at_most"):
        sign = ">=" if each.test == "at_least" else "<="
        words = "at least" if sign == ">=" else "at most"
        return Compare(column, sign, Constant(number_in(each.values[0]))).called(
            f"with {name} of {words} {each.values[0]}"
        )
    if each.test in ("from", "before"):
        sign, words = (">=", "from") if each.test == "from" else ("<", "before")
        return Compare(column, sign, Constant(day_in(each.values[0]))).called(f"with {name} {words} {each.values[0]}")
    return _yes_no(each, column, name)


def _yes_no(each: Filter, column: Column, name: str) -> Condition:
    if each.test == "known":
        return Known(column).called(f"with {name}")
    if each.test == "blank":
        return (~Known(column)).called(f"without {name}")
    if each.test == "yes":
        return Truth(column).called(f"with {name} yes")
    return Both(Known(column), ~Truth(column)).called(f"with {name} no")
