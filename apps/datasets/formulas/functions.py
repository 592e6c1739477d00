"""The functions that a formula may call: what each takes and the SQL it becomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from apps.common.errors import Refusal
from apps.common.formula import Node, Number, Text
from apps.datasets.expressions import is_strptime, parsed
from apps.datasets.formulas.values import (
    DECIMAL,
    Kind,
    Value,
    alike,
    as_date,
    as_number,
    as_text,
    as_truth,
    converted,
    weighed,
    whole,
)
from apps.datasets.store.sql import text

Build = Callable[[Sequence[Value], Sequence[Node]], Value]


@dataclass(frozen=True)
class Function:
    """`shown` is how it is called; `least` and `most` are how many arguments it takes."""

    shown: str
    least: int
    most: int
    build: Build


def _if(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    condition = as_truth(values[0], "the first part of if(…)")
    chosen = [*values[1:], *([Value("NULL::VARCHAR", Kind.BLANK)] if len(values) == 2 else [])]
    yes, no = alike(chosen, "if(…)")
    sql = f"CASE WHEN {condition.sql} THEN {yes.sql} ELSE {no.sql} END"
    # Only the branch that is taken can be wrong.
    wrong = [f"({' OR '.join(each.wrong)})" if each.wrong else "false" for each in (yes, no)]
    wrongs = (f"CASE WHEN {condition.sql} THEN {wrong[0]} ELSE {wrong[1]} END",) if yes.wrong or no.wrong else ()
    right = [replace(each, wrong=()) for each in (yes, no)]
    return weighed(sql, yes.kind, condition, *right, wrong=wrongs)


def _coalesce(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    found = alike(list(values), "coalesce(…)")
    return weighed(f"coalesce({_all(found)})", found[0].kind, *found)


def _extreme(sql: str, shown: str) -> Build:
    def build(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
        dates = any(value.kind is Kind.DATE for value in values)
        found = [as_date(each, shown) if dates else as_number(each, shown) for each in values]
        return weighed(f"{sql}({_all(found)})", found[0].kind, *found)

    return build


def _round(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    places = _digits(nodes[1]) if len(nodes) > 1 else 0
    value = as_number(values[0], "round(…)")
    return weighed(f"CAST(round({value.sql}, {places}) AS {DECIMAL})", Kind.NUMBER, value)


def _digits(node: Node) -> int:
    if not isinstance(node, Number) or node.value % 1 or node.value > 10:
        raise Refusal("round(x, n) needs a whole number from 0 to 10 as n.")
    return int(node.value)


def _abs(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    value = as_number(values[0], "abs(…)")
    return weighed(f"abs({value.sql})", Kind.NUMBER, value)


def _number(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    if len(nodes) > 1 and not (isinstance(nodes[1], Text) and nodes[1].value in {",", "."}):
        raise Refusal("number(text, sign) needs the decimal sign, ',' or '.', as its second part.")
    comma = len(nodes) > 1 and isinstance(nodes[1], Text) and nodes[1].value == ","
    if values[0].kind is Kind.NUMBER:
        return values[0]
    value = as_text(values[0])
    return converted(value, f"{'formula_comma' if comma else 'formula_number'}({value.sql})", Kind.NUMBER)


def _date(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    """date(text) in ISO form, date(text, '%d/%m/%Y'), or date(year, month, day)."""
    if len(values) == 3:
        parts = [as_number(each, "date(year, month, day)") for each in values]
        wholes = [whole(part) for part in parts]
        sql = f"try_cast(printf('%04d-%02d-%02d', {_all(wholes)}) AS DATE)"
        filled = " AND ".join(f"{part.sql} IS NOT NULL" for part in parts)
        return weighed(sql, Kind.DATE, *wholes, wrong=(f"({filled} AND {sql} IS NULL)",))
    if len(values) == 1:
        return as_date(replace(values[0], kind=_raw(values[0].kind)), "date(…)")
    how = nodes[1].value if isinstance(nodes[1], Text) else ""
    if not is_strptime(how):
        raise Refusal("date(text, format) needs a format with the parts of a date, such as '%d/%m/%Y'.")
    value = as_text(values[0])
    return converted(value, f"CAST({parsed(value.sql, how)} AS DATE)", Kind.DATE, 3)


def _raw(kind: Kind) -> Kind:
    return Kind.RAW if kind is Kind.TEXT else kind


def _later(unit: str, shown: str) -> Build:
    def build(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
        day, count = as_date(values[0], shown), whole(as_number(values[1], shown))
        return weighed(f"CAST({day.sql} + {unit}({count.sql}) AS DATE)", Kind.DATE, day, count)

    return build


def _part_of_date(part: str) -> Build:
    def build(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
        day = as_date(values[0], f"{part}(…)")
        return weighed(f"CAST({part}({day.sql}) AS {DECIMAL})", Kind.NUMBER, day)

    return build


def _of_text(sql: str) -> Build:
    def build(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
        found = [as_text(each) for each in values]
        return weighed(f"{sql}({_all(found)})", Kind.TEXT, *found)

    return build


def _cut(sql: str) -> Build:
    def build(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
        value, count = as_text(values[0]), whole(as_number(values[1], f"{sql}(text, n)"))
        return weighed(f"{sql}({value.sql}, greatest({count.sql}, 0))", Kind.TEXT, value, count)

    return build


def _replace(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    if not all(isinstance(node, Text) for node in nodes[1:]):
        raise Refusal("replace(text, 'old', 'new') needs two texts in quotes.")
    old, new = (text(node.value) for node in nodes[1:] if isinstance(node, Text))
    value = as_text(values[0])
    return weighed(f"replace({value.sql}, {old}, {new})", Kind.TEXT, value)


def _contains(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    found, part = (as_text(each) for each in values)
    return weighed(f"contains(coalesce({found.sql}, ''), coalesce({part.sql}, ''))", Kind.TRUTH, found, part)


def _text(values: Sequence[Value], nodes: Sequence[Node]) -> Value:
    return as_text(values[0])


def _all(values: Sequence[Value]) -> str:
    return ", ".join(value.sql for value in values)


FUNCTIONS: dict[str, Function] = {
    "if": Function("if(condition, a, b)", 2, 3, _if),
    "coalesce": Function("coalesce(a, b, …)", 1, 20, _coalesce),
    "min": Function("min(a, b, …)", 2, 20, _extreme("least", "min(…)")),
    "max": Function("max(a, b, …)", 2, 20, _extreme("greatest", "max(…)")),
    "round": Function("round(x, n)", 1, 2, _round),
    "abs": Function("abs(x)", 1, 1, _abs),
    "number": Function("number(text)", 1, 2, _number),
    "date": Function("date(year, month, day) or date(text, '%d/%m/%Y')", 1, 3, _date),
    "add_months": Function("add_months(date, n)", 2, 2, _later("to_months", "add_months(…)")),
    "add_days": Function("add_days(date, n)", 2, 2, _later("to_days", "add_days(…)")),
    "year": Function("year(date)", 1, 1, _part_of_date("year")),
    "month": Function("month(date)", 1, 1, _part_of_date("month")),
    "text": Function("text(x)", 1, 1, _text),
    "left": Function("left(text, n)", 2, 2, _cut("left")),
    "right": Function("right(text, n)", 2, 2, _cut("right")),
    "lower": Function("lower(text)", 1, 1, _of_text("lower")),
    "upper": Function("upper(text)", 1, 1, _of_text("upper")),
    "trim": Function("trim(text)", 1, 1, _of_text("trim")),
    "replace": Function("replace(text, 'old', 'new')", 3, 3, _replace),
    "contains": Function("contains(text, part)", 2, 2, _contains),
}
