"""A formula in words and in symbols, derived from the formula itself so that they cannot say something else."""

from collections.abc import Callable, Iterator

from apps.metrics.catalogue.formulas import Change, Count, Difference, Formula, Level, Mean, Product, Quotient, Total
from apps.metrics.catalogue.rows import (
    Both,
    Column,
    Condition,
    Days,
    Either,
    InOrder,
    Known,
    Named,
    OneOf,
    Opposite,
    Value,
)

Say = Callable[[Formula], str]


def in_words(formula: Formula) -> str:
    """`number of won deals ÷ number of won or lost deals`."""
    match formula:
        case Count(where=where, name=name):
            return name or f"number of {_rows(where)}"
        case Total(value=value, where=where):
            return f"sum of {value_in_words(value)} of {_rows(where)}"
        case Level(value=value, where=where):
            what = f"sum of {value_in_words(value)}" if value is not None else "number"
            return f"{what} of {formula.where.table} that are {condition_in_words(where)} at the end of the period"
        case Mean(value=value, where=where):
            return f"mean of {value_in_words(value)} of {_rows(where)}"
        case Change(of=of, since=since):
            inner = _operand(of, in_words)
            return f"({inner} − {inner} of the {since.value}) ÷ {inner} of the {since.value}"
    return _arithmetic(formula, in_words)


def in_symbols(formula: Formula) -> str:
    """`n[won] ÷ n[won or lost]`."""
    match formula:
        case Count(where=where, name=name):
            return name or f"n[{condition_in_words(where)}]"
        case Total(value=value, where=where):
            return f"Σ {_symbol(value)}[{condition_in_words(where)}]"
        case Level(value=value, where=where):
            what = f"Σ {value.name}" if value is not None else "n"
            return f"{what}[{condition_in_words(where)}, at the end]"
        case Mean(value=value, where=where):
            rows = condition_in_words(where)
            return f"Σ {_symbol(value)}[{rows}] ÷ n[{rows}]"
        case Change(of=of):
            name = _operand(of, in_symbols)
            return f"({name} − {name}₋₁) ÷ {name}₋₁"
    return _arithmetic(formula, in_symbols)


def condition_in_words(condition: Condition) -> str:
    """`won or lost`."""
    match condition:
        case Named(name=name):
            return name
        case OneOf(column=column, values=values):
            return f"{column_in_words(column.name)} {' or '.join(values)}"
        case Known(column=column):
            return f"with {column_in_words(column.name)}"
        case InOrder(first=first, second=second):
            return f"{column_in_words(first.name)} not after {column_in_words(second.name)}"
        case Either(first=first, second=second):
            return f"{condition_in_words(first)} or {condition_in_words(second)}"
        case Both(first=first, second=second):
            return f"{condition_in_words(first)} and {condition_in_words(second)}"
        case Opposite(condition=inner):
            return f"not {condition_in_words(inner)}"
    raise TypeError(f"no words for {type(condition).__name__}")


def value_in_words(value: Value) -> str:
    if isinstance(value, Days):
        return f"days from {column_in_words(value.since.name)} to {column_in_words(value.until.name)}"
    return column_in_words(value.name)


def column_in_words(name: str) -> str:
    """A standard column inside a sentence, where a day is called a date: `closed_on` is said as `closed date`."""
    return heading(f"{name.removesuffix('_on')} date") if name.endswith("_on") else heading(name)


def heading(name: str) -> str:
    """A column by itself, also one of the workspace's own: `lost_reason` is read as `lost reason`."""
    return name.replace("_", " ")


def columns_of(measure: Count | Total | Level) -> Iterator[Column]:
    """The columns a measure reads."""
    if not isinstance(measure, Count) and measure.value is not None:
        yield from measure.value.columns()
    if isinstance(measure, Level):
        yield from (measure.since, measure.until)
    yield from measure.where.columns()


def _arithmetic(formula: Formula, say: Say) -> str:
    match formula:
        case Quotient(above=above, below=below):
            return f"{_operand(above, say)} ÷ {_operand(below, say, closed=True)}"
        case Product(first=first, second=second):
            return f"{_operand(first, say)} × {_operand(second, say)}"
        case Difference(first=first, second=second):
            return f"{_operand(first, say)} − {_operand(second, say, closed=True)}"
    return str(formula)  # a KPI is called by its name


def _operand(formula: Formula, say: Say, *, closed: bool = False) -> str:
    text = say(formula)
    needs_brackets = isinstance(formula, Difference) or (closed and isinstance(formula, Quotient | Product))
    return f"({text})" if needs_brackets else text.lower() if not text.isupper() and _is_name(formula) else text


def _is_name(formula: Formula) -> bool:
    return not isinstance(formula, Count | Total | Level | Quotient | Product | Difference | Change)


def _rows(where: Condition) -> str:
    """`won deals`; a condition with a comma of its own goes behind the noun."""
    if isinstance(where, Both):
        return f"{_rows(where.first)} {condition_in_words(where.second)}"
    return f"{condition_in_words(where)} {where.table}"


def _symbol(value: Value) -> str:
    return f"({value.until.name} − {value.since.name})" if isinstance(value, Days) else value.name
