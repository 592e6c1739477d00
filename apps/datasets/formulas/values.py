"""Values inside a formula: their kinds, and how one becomes another. Every SQL text here is written by us."""

from dataclasses import dataclass
from enum import StrEnum

from apps.common.errors import Refusal
from apps.datasets.expressions import moment, number
from apps.datasets.store.sql import text

DECIMAL = "DECIMAL(38,10)"
# What exports write into a number or a date that is not there.
_BLANK_WORDS = "'null', '-', '–', '—'"
# A conversion takes its text a dozen times; beyond this a formula is not worth the SQL it would become.
HEAVIEST = 4_000
LONGEST = 100_000


class Kind(StrEnum):
    RAW = "a text of the file"  # becomes whatever is needed
    TEXT = "a text"
    NUMBER = "a number"
    DATE = "a date"
    TRUTH = "a condition"
    BLANK = "a blank"


@dataclass(frozen=True)
class Value:
    """SQL of one value; `weight` is about how long it is once everything is written out.

    Any of the conditions `wrong` says that the row has no value: nothing raises for what files hold, because catching
    what is raised costs DuckDB a millisecond a row. `number` and `date` are columns that hold the text converted.
    """

    sql: str
    kind: Kind
    weight: int = 1
    wrong: tuple[str, ...] = ()
    number: str = ""
    date: str = ""


def macros() -> list[str]:
    """CREATE MACRO statements that the SQL of formulas relies on. What cannot be converted is NULL."""
    numbers = [
        f"CREATE OR REPLACE MACRO {name}(t) AS CASE WHEN {_filled('t')} THEN {number('t', how, DECIMAL)} END"
        for name, how in (("formula_number", ""), ("formula_comma", ","))
    ]
    return [
        *numbers,
        f"CREATE OR REPLACE MACRO formula_date(t) AS CASE WHEN {_filled('t')} THEN CAST({moment('t', '')} AS DATE) END",
        "CREATE OR REPLACE MACRO formula_truth(t) AS CASE"
        " WHEN lower(t) IN ('true', 't', 'yes', 'y', '1', 'x') THEN true"
        " WHEN lower(t) IN ('false', 'f', 'no', 'n', '0') THEN false END",
        "CREATE OR REPLACE MACRO formula_plain(n) AS rtrim(rtrim(CAST(n AS VARCHAR), '0'), '.')",
        # Division of decimals would go through doubles. Eleven digits are cut off, the cast to ten rounds half up.
        "CREATE OR REPLACE MACRO formula_divide(a, b) AS CAST(CAST("
        "(CAST(a * 10000000000 AS HUGEINT) * 100000000000::HUGEINT) // CAST(b * 10000000000 AS HUGEINT)"
        f" AS DECIMAL(38,0)) * 0.00000000001::DECIMAL(12,11) AS {DECIMAL})",
        "CREATE OR REPLACE MACRO formula_whole(n) AS CASE WHEN n % 1 = 0 AND abs(n) < 1000000"
        " THEN CAST(n AS INTEGER) END",
    ]


def _filled(sql: str) -> str:
    return f"{sql} IS NOT NULL AND lower({sql}) NOT IN ({_BLANK_WORDS})"


def weighed(sql: str, kind: Kind, *parts: Value, factor: int = 1, wrong: tuple[str, ...] = ()) -> Value:
    """A value made of others: where one of them is wrong, so is this."""
    weight = 1 + factor * sum(part.weight for part in parts)
    wrongs = tuple(dict.fromkeys([*(each for part in parts for each in part.wrong), *wrong]))
    if weight > HEAVIEST or len(sql) + sum(map(len, wrongs)) > LONGEST:
        raise Refusal("it converts texts inside conversions of texts: make it simpler.")
    return Value(sql, kind, weight, wrongs)


def converted(value: Value, sql: str, kind: Kind, factor: int = 15) -> Value:
    """A text read as something else; wrong where there is a text and it is no such thing."""
    return weighed(sql, kind, value, factor=factor, wrong=(f"({_filled(value.sql)} AND {sql} IS NULL)",))


def whole(value: Value) -> Value:
    sql = f"formula_whole({value.sql})"
    return weighed(sql, Kind.NUMBER, value, factor=3, wrong=(f"({value.sql} IS NOT NULL AND {sql} IS NULL)",))


def as_number(value: Value, what: str) -> Value:
    match value.kind:
        case Kind.NUMBER:
            return value
        case Kind.RAW:
            return converted(value, value.number or f"formula_number({value.sql})", Kind.NUMBER)
        case Kind.BLANK:
            return Value(f"NULL::{DECIMAL}", Kind.NUMBER)
    hint = ": write number(…) around it" if value.kind is Kind.TEXT else ""
    raise Refusal(f"{what} needs a number, but there is {value.kind}{hint}.")


def as_date(value: Value, what: str) -> Value:
    match value.kind:
        case Kind.DATE:
            return value
        case Kind.RAW:
            return converted(value, value.date or f"formula_date({value.sql})", Kind.DATE)
        case Kind.BLANK:
            return Value("NULL::DATE", Kind.DATE)
    hint = ": write date(…, '%d/%m/%Y') around it" if value.kind is Kind.TEXT else ""
    raise Refusal(f"{what} needs a date, but there is {value.kind}{hint}.")


def as_truth(value: Value, what: str) -> Value:
    if value.kind is Kind.TRUTH:
        return value
    if value.kind is Kind.RAW:
        return converted(value, f"formula_truth({value.sql})", Kind.TRUTH, 3)
    raise Refusal(f"{what} needs a condition such as a = b, but there is {value.kind}.")


def as_text(value: Value) -> Value:
    match value.kind:
        case Kind.NUMBER:
            return weighed(f"formula_plain({value.sql})", Kind.TEXT, value)
        case Kind.DATE | Kind.TRUTH:
            return weighed(f"CAST({value.sql} AS VARCHAR)", Kind.TEXT, value)
        case Kind.BLANK:
            return Value("NULL::VARCHAR", Kind.TEXT)
    return Value(value.sql, Kind.TEXT, value.weight, value.wrong)


def literal(value: str) -> Value:
    return Value(text(value), Kind.TEXT) if value else Value("NULL::VARCHAR", Kind.BLANK)


def alike(values: list[Value], what: str) -> list[Value]:
    """The values in the one kind that all of them can be; texts of the file and blanks follow the others."""
    kinds = {value.kind for value in values} - {Kind.RAW, Kind.BLANK}
    if len(kinds) > 1:
        raise Refusal(f"{what} mixes {' and '.join(sorted(kinds))}: make them alike, for example by text(…).")
    kind = next(iter(kinds), Kind.RAW)
    if kind is Kind.NUMBER:
        return [as_number(value, what) for value in values]
    if kind is Kind.DATE:
        return [as_date(value, what) for value in values]
    if kind is Kind.TRUTH:
        return [as_truth(value, what) for value in values]
    return [Value(value.sql, kind, value.weight, value.wrong) for value in values]
