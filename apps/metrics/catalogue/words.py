"""A formula in words and in symbols, derived from the formula itself so that they cannot say something else."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from apps.metrics.catalogue.formulas import (
    Allotted,
    Base,
    Change,
    Count,
    Difference,
    Formula,
    Gain,
    Given,
    Holds,
    Length,
    Lesser,
    Level,
    Mean,
    MeanLevel,
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
    columns_of,
)
from apps.metrics.catalogue.rows import Condition, Value
from apps.metrics.catalogue.values_in_words import (
    column_in_words,
    condition_in_words,
    heading,
    rows_in_words,
    symbol,
    terms_of_condition,
    terms_of_value,
    value_in_words,
)

__all__ = [
    "column_in_words",
    "condition_in_words",
    "heading",
    "in_symbols",
    "in_words",
    "terms_of",
    "value_in_words",
]

Say = Callable[[Formula], str]


def in_words(formula: Formula) -> str:
    """`number of won deals ÷ number of won or lost deals`."""
    say = _WORDS.get(type(formula))
    return say(formula) if say else _arithmetic(formula, in_words)


def in_symbols(formula: Formula) -> str:
    """`n[won] ÷ n[won or lost]`."""
    say = _SYMBOLS.get(type(formula))
    return say(formula) if say else _arithmetic(formula, in_symbols)


def terms_of(formula: Formula) -> dict[str, str]:
    """What the names in the formula stand for: `won or lost` is `outcome won or lost`. KPIs it uses explain theirs."""
    found: dict[str, str] = {}
    for part in _walk_own(formula):
        match part:
            case PerEntity(name=name) if name:
                found[name] = _entities_in_words(part)
            case Count(where=where, name=name) if name:
                found[name] = f"number of {rows_in_words(where)}"
        for condition in _conditions(part):
            found |= terms_of_condition(condition)
        if isinstance(part, Total | Level) and part.value is not None:
            found |= terms_of_value(part.value)
    return found


def _walk_own(formula: Formula) -> Iterator[Formula]:
    """The formula and all it is made of, inside entities and means too, but not the KPIs it uses."""
    yield formula
    match formula:
        case PerEntity():
            inner = tuple(formula.inner())
        case MeanLevel(level=level):
            inner = (level,)
        case WhileAllotted(of=of):
            inner = (of,)
        case _:
            inner = formula.parts()
    for part in inner:
        if not _is_kpi(part):
            yield from _walk_own(part)


def _conditions(part: Formula) -> tuple[Condition, ...]:
    return (part.where,) if isinstance(part, Count | Total | Level) else ()


def _level_in_words(level: Level, when: str | None = None) -> str:
    what = f"sum of {value_in_words(level.value)}" if level.value is not None else "number"
    of = f"{what} of {rows_in_words(level.where, bare=True)} that are {condition_in_words(level.where)}"
    due = f", due in it by {column_in_words(level.due.name)} or undated" if level.due is not None else ""
    if when is None:
        when = f" at the {level.at.value} of the period"
    return f"{of}{when}{due}"


def _level_in_symbols(level: Level, when: str) -> str:
    what = f"Σ {symbol(level.value)}" if level.value is not None else "n"
    due = ", due in it" if level.due is not None else ""
    return f"{what}[{condition_in_words(level.where)}, {when}{due}]"


def _entities_in_words(formula: PerEntity) -> str:
    """`number of customers with subscription at the start and without at the end`."""
    conditions = " and ".join(_holds_in_words(each, formula) for each in formula.having)
    which = f"{_plural(formula)} {conditions}" if conditions else _plural(formula)
    if formula.value is None:
        return f"number of {which}"
    return f"sum of {_of_one_in_words(formula.value)} over {which}"


def _holds_in_words(holds: Holds, entities: PerEntity) -> str:
    once, none = holds.sign == ">=" and holds.second == _ONE, holds.sign == "<" and holds.second == _ONE
    match holds.first:
        case Level(value=None, where=where, at=at) if once or none:
            if entities.entity == "id":
                return f"{'' if once else 'not '}{condition_in_words(where)} at the {at.value}"
            return f"{'with' if once else 'without'} {rows_in_words(where)} at the {at.value}"
        case Count(where=where) if once:
            return f"with {rows_in_words(where)}"
        case Count(where=where) if holds.sign == ">=":
            return f"with {_of_one_in_words(holds.second)} or more {rows_in_words(where)}"
        case Level() | Allotted() if holds.sign == ">" and holds.second == _NOTHING:
            return f"with {_of_one_in_words(holds.first)}"
    return f"with {_of_one_in_words(holds.first)} {_SIGNS[holds.sign]} {_of_one_in_words(holds.second)}"


def _of_one_in_words(measure: Formula) -> str:
    match measure:
        case Lesser(first=first, second=second):
            return f"the lesser of {_of_one_in_words(first)} and {_of_one_in_words(second)}"
        case Gain(first=first, second=second):
            return f"{_of_one_in_words(first)} beyond {_of_one_in_words(second)}"
        case Level(value=Value() as value, at=at):
            return f"{value_in_words(value)} at the {at.value}"
        case Allotted():
            return _allotment(measure)
        case Total(value=value, where=where):
            return f"{value_in_words(value)} of {rows_in_words(where)}"
        case WhileAllotted(of=of, allotted=allotted):
            return f"{_of_one_in_words(of)} on days with a {_allotment(allotted)} of the same owner"
    return in_words(measure)


def _entities_in_symbols(formula: PerEntity) -> str:
    conditions = ", ".join(
        f"{_of_one_in_symbols(each.first)} {_SIGN_SYMBOLS[each.sign]} {_of_one_in_symbols(each.second)}"
        for each in formula.having
    )
    which = f" | {conditions}" if conditions else ""
    if formula.value is None:
        return f"#{{{_entity(formula)}{which}}}"
    return f"Σ over {_entity(formula)} {{{_of_one_in_symbols(formula.value)}{which}}}"


def _of_one_in_symbols(measure: Formula) -> str:
    match measure:
        case Lesser(first=first, second=second):
            return f"min({in_symbols(first)}, {in_symbols(second)})"
        case Gain(first=first, second=second):
            return f"max(0, {in_symbols(first)} − {in_symbols(second)})"
    return in_symbols(measure)


_ONE, _NOTHING = Number(Decimal(1)), Number(Decimal(0))
_SIGNS = {">": "above", ">=": "of at least", "<": "below"}
_SIGN_SYMBOLS = {">": ">", ">=": "≥", "<": "<"}


def _plural(formula: PerEntity) -> str:
    return f"{_entity(formula)}s"


def _entity(formula: PerEntity) -> str:
    """What the entities are: the rows themselves where they are told apart by their id."""
    if formula.entity != "id":
        return heading(formula.entity)
    return next(columns_of(next(formula.inner()))).table.rstrip("s")


def _change_in_words(change: Change) -> str:
    inner = _operand(change.of, in_words)
    return f"({inner} − {inner} of the {change.since.value}) ÷ {inner} of the {change.since.value}"


def _change_in_symbols(change: Change) -> str:
    now = _operand(change.of, in_symbols)
    base = f"{now}₋₁" if change.since is Base.PREVIOUS_PERIOD else f"{now} a year before"
    return f"({now} − {base}) ÷ {base}"


def _allotment(of: Allotted) -> str:
    return of.value.table.rstrip("s")


_WORDS: Mapping[type[Formula], Callable[[Any], str]] = {
    Count: lambda it: it.name or f"number of {rows_in_words(it.where)}",
    Total: lambda it: f"sum of {value_in_words(it.value)} of {rows_in_words(it.where)}",
    Mean: lambda it: f"mean of {value_in_words(it.value)} of {rows_in_words(it.where)}",
    Level: _level_in_words,
    MeanLevel: lambda it: f"mean over the days of the {_level_in_words(it.level, when='')}",
    Length: lambda it: f"{it.unit.value} of the period",
    Given: lambda it: f"{heading(it.name)}, as the workspace gives it",
    Stocktake: lambda it: (
        f"mean of {value_in_words(it.value)} over the stocktakes of the period and the last one before"
    ),
    Overall: lambda it: f"{in_words(it.of)} of all groups",
    ThenKnown: lambda it: f"{in_words(it.of)}, as it was known then",
    Size: lambda it: f"size of ({in_words(it.of)})",
    Allotted: lambda it: f"{_allotment(it)} {value_in_words(it.value)} that falls on the period",
    WhileAllotted: lambda it: f"{in_words(it.of)} on days with a {_allotment(it.allotted)} of the same owner",
    PerEntity: lambda it: it.name or _entities_in_words(it),
    Change: _change_in_words,
}
_SYMBOLS: Mapping[type[Formula], Callable[[Any], str]] = {
    Count: lambda it: it.name or f"n[{condition_in_words(it.where)}]",
    Total: lambda it: f"Σ {symbol(it.value)}[{condition_in_words(it.where)}]",
    Mean: lambda it: f"Σ {symbol(it.value)}[{condition_in_words(it.where)}] ÷ n[{condition_in_words(it.where)}]",
    Level: lambda it: _level_in_symbols(it, f"at the {it.at.value}"),
    MeanLevel: lambda it: f"mean {_level_in_symbols(it.level, 'each day')}",
    Length: lambda it: it.unit.value,
    Given: lambda it: heading(it.name),
    Stocktake: lambda it: f"mean {symbol(it.value)}[stocktakes]",
    Overall: lambda it: f"{in_symbols(it.of)} over all",
    ThenKnown: lambda it: f"{in_symbols(it.of)} as then known",
    Size: lambda it: f"|{in_symbols(it.of)}|",
    Allotted: lambda it: f"{_allotment(it)} {it.value.name}",
    WhileAllotted: lambda it: f"{in_symbols(it.of)} on days with a {_allotment(it.allotted)}",
    PerEntity: _entities_in_symbols,
    Change: _change_in_symbols,
}


def _arithmetic(formula: Formula, say: Say) -> str:
    match formula:
        case Number(value=value):
            return _plain(value)
        case Positive(of=of):
            return say(of)
        case Quotient(above=above, below=below):
            return f"{_operand(above, say)} ÷ {_operand(below, say, closed=True)}"
        case Product(first=first, second=second):
            return f"{_operand(first, say)} × {_operand(second, say)}"
        case Sum(first=first, second=second):
            return f"{_operand(first, say, sum_of=True)} + {_operand(second, say, sum_of=True)}"
        case Difference(first=first, second=second):
            return f"{_operand(first, say, sum_of=True)} − {_operand(second, say, closed=True)}"
    return str(formula)  # a KPI is called by its name


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value % 1 else f"{int(value):,}"


def _operand(formula: Formula, say: Say, *, closed: bool = False, sum_of: bool = False) -> str:
    """A part of an arithmetic: in brackets where it would be read wrongly, KPIs in lower case unless abbreviated."""
    text, inner = say(formula), formula.of if isinstance(formula, Positive) else formula
    sums, parts = isinstance(inner, Difference | Sum), isinstance(inner, Quotient | Product)
    if (sums and not sum_of) or (closed and parts and not isinstance(inner, Mean)):
        return f"({text})"
    return _lower(text) if _is_kpi(inner) else text


def _is_kpi(formula: Formula) -> bool:
    return hasattr(formula, "ref")


def _lower(name: str) -> str:
    """`Win rate` inside a sentence; `LTV to CAC` and `MRR churn rate` keep their capitals."""
    return name if name[:2].isupper() else name[0].lower() + name[1:]
