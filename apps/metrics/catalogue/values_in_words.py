"""What is said about one row, in words and in symbols: columns, values, conditions."""

from apps.metrics.catalogue.rows import (
    Arithmetic,
    Both,
    Column,
    Compare,
    Condition,
    Constant,
    Days,
    Either,
    Every,
    FirstKnown,
    InOrder,
    Known,
    Named,
    OneOf,
    Opposite,
    Truth,
    Value,
)

# What the rows of a table are called in a sentence, where it is not the name of the table.
_ROWS = {
    "orders": "order lines",
    "whole_orders": "orders",
    "ledger": "postings",
    "inventory": "stock counts",
    "surveys": "answers",
}
_SIGNS = {"+": "+", "-": "−", "*": "×", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
# A condition that begins like this stands behind the noun: `deals with account`.
_BEHIND = ("with ", "not ")


def rows_of(table: str) -> str:
    return _ROWS.get(table, table)


def rows_in_words(where: Condition, *, bare: bool = False) -> str:
    """`won deals`; what stands behind the noun goes behind it; `bare` leaves out the condition."""
    noun = rows_of(where.table)
    if bare or isinstance(where, Every):
        return noun
    if isinstance(where, Both):
        if isinstance(where.first, Every):
            return rows_in_words(where.second)
        and_ = " and" if _stands_behind(where.first) else ""
        return f"{rows_in_words(where.first)}{and_} {condition_in_words(where.second)}"
    said = f"with {condition_in_words(where)}" if isinstance(where, Compare | InOrder) else condition_in_words(where)
    return f"{noun} {said}" if _stands_behind(where) else f"{said} {noun}"


def _stands_behind(where: Condition) -> bool:
    return condition_in_words(where).startswith(_BEHIND)


def condition_in_words(condition: Condition) -> str:
    """`won or lost`."""
    if isinstance(condition, Named | Every):
        return condition.name if isinstance(condition, Named) else "all"
    match condition:
        case OneOf(column=column, values=values):
            return f"{value_in_words(column)} {' or '.join(values)}"
        case Known(column=column):
            return f"with {value_in_words(column)}"
        case Truth(column=column):
            return value_in_words(column)
        case Compare() | InOrder():
            return _comparison_in_words(condition)
        case Either(first=first, second=second) | Both(first=first, second=second):
            joint = "or" if isinstance(condition, Either) else "and"
            return f"{condition_in_words(first)} {joint} {condition_in_words(second)}"
        case Opposite(condition=inner):
            return f"not {condition_in_words(inner)}"
    raise TypeError(f"no words for {type(condition).__name__}")


def _comparison_in_words(condition: Compare | InOrder) -> str:
    sign = "not after" if isinstance(condition, InOrder) else _SIGNS[condition.sign]
    return f"{value_in_words(condition.first)} {sign} {value_in_words(condition.second)}"


def value_in_words(value: Value) -> str:
    match value:
        case Column(name=name):
            return column_in_words(name)
        case Constant(value=constant):
            return str(constant)
        case Days(since=since, until=until):
            return f"days from {column_in_words(since.name)} to {column_in_words(until.name)}"
        case Arithmetic(sign=sign, first=first, second=second):
            return f"{_side(first, sign)} {_SIGNS[sign]} {_side(second, '')}"
        case FirstKnown(name=name):
            return name or first_known_in_words(value)
    raise TypeError(f"no words for {type(value).__name__}")


def first_known_in_words(value: FirstKnown) -> str:
    """`net, where blank gross − discount − refund`; what is blank and counts as nothing needs no word."""
    first, *others = (value_in_words(each) for each in value.values if not _is_nothing(each))
    return ", where blank ".join([first, *others])


def _is_nothing(value: Value) -> bool:
    return isinstance(value, Constant) and value.value == 0


def symbol(value: Value) -> str:
    match value:
        case Column(name=name):
            return name
        case Constant(value=constant):
            return str(constant)
        case Days(since=since, until=until):
            return f"({until.name} − {since.name})"
        case Arithmetic(sign=sign, first=first, second=second):
            before = symbol(first)
            chained = isinstance(first, Arithmetic) and sign in "+-" and first.sign in "+-"
            return f"({before[1:-1] if chained else before} {_SIGNS[sign]} {symbol(second)})"
        case FirstKnown(values=values):
            others = [each for each in values if not _is_nothing(each)]
            said = " else ".join(symbol(each) for each in others)
            return said if len(others) == 1 else f"({said})"
    raise TypeError(f"no symbol for {type(value).__name__}")


def terms_of_condition(condition: Condition) -> dict[str, str]:
    """The names in a condition and what each stands for, where the name does not say it already."""
    if isinstance(condition, Named):
        said = condition_in_words(condition.condition)
        mine = {} if said in (condition.name, "all") else {condition.name: said}
        return mine | terms_of_condition(condition.condition)
    found: dict[str, str] = {}
    for part in condition.parts():
        found |= terms_of_condition(part)
    for value in (getattr(condition, name, None) for name in ("column", "first", "second")):
        found |= terms_of_value(value) if isinstance(value, Value) else {}
    return found


def terms_of_value(value: Value) -> dict[str, str]:
    if isinstance(value, FirstKnown) and value.name:
        return {value.name: first_known_in_words(value)}
    return {}


def column_in_words(name: str) -> str:
    """A standard column inside a sentence, where a day is called a date: `closed_on` is said as `closed date`."""
    return heading(f"{name.removesuffix('_on')} date") if name.endswith("_on") else heading(name)


def heading(name: str) -> str:
    """A column by itself, also one of the workspace's own: `lost_reason` is read as `lost reason`."""
    return name.replace("_", " ")


def _side(value: Value, sign: str) -> str:
    text = value_in_words(value)
    mixed = isinstance(value, Arithmetic) and value.sign not in (sign, "*")
    return f"({text})" if mixed or (isinstance(value, FirstKnown) and ", " in text) else text
