"""How dates and numbers of a file are written, judged by all its rows, never by the first ones."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import typed
from apps.datasets.formulas import Kind
from apps.datasets.plan import Plan
from apps.datasets.schema import Field, FieldType
from apps.datasets.store.sql import as_text, text

# Date formats in the order in which equals are preferred. ISO 8601 is asked first, on its own; dots are day first.
FORMATS = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%m-%d-%Y", "%d-%m-%Y", "%m-%d-%y",
    "%d-%m-%y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%b %d %Y", "%d. %B %Y",
)  # fmt: skip
# Beyond this share of rows that only the other reading understands, a file is called mixed.
MIXED = 0.02
_EITHER_ORDER = (("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"))


@dataclass(frozen=True)
class _Reading:
    format: str
    understood: int


def guess_formats(con: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, str]:
    """`formats` for the fields that the mapping says nothing about; Refusal if day and month cannot be told apart."""
    derived = {each.name: other for each in plan.fields if (other := plan.derived_from(each))}
    open_fields = [
        each
        for each in plan.fields
        if each.name not in plan.formats and plan.has_source(each.name) and each.name not in derived
    ]
    # What a formula gives as a number or a date is written in one way only.
    sure = {name for name, each in plan.computed.items() if each.kind in {Kind.NUMBER, Kind.DATE}}
    sure -= {*plan.mapping.values, *plan.mapping.constants}
    open_fields = [each for each in open_fields if each.name not in sure]
    formats = _guess_dates(con, [each for each in open_fields if each.type.is_time])
    for each in open_fields:
        if each.type.is_number:
            found = _number_style(con, each)
            if found:
                formats[each.name] = found
    known = {**formats, **plan.formats}
    return formats | {name: known[other] for name, other in derived.items() if other in known}


def wrong_guesses(con: duckdb.DuckDBPyConnection, plan: Plan) -> list[str]:
    """Optional choices whose header fits while most of its texts do not: another thing of the same name."""
    found = []
    for each in plan.fields:
        closed = each.type in {FieldType.CHOICE, FieldType.BOOLEAN}
        if closed and not each.required and each.name in plan.guessed and each.name not in plan.mapping.values:
            column = as_text(each.name)
            given, fitting = _row(con, f"SELECT count({column}), count({typed(each, column, '')}) FROM texts")
            if fitting * 2 < given:
                found.append(each.name)
    return found


def _guess_dates(con: duckdb.DuckDBPyConnection, fields: Sequence[Field]) -> dict[str, str]:
    decided: dict[str, str] = {}
    undecided: dict[str, list[str]] = {}
    for each in fields:
        candidates = _date_formats(con, each)
        if len(candidates) == 1:
            decided[each.name] = candidates[0]
        elif candidates:
            undecided[each.name] = candidates
    for field, candidates in undecided.items():
        # One program wrote the file: another date column that can only be read one way decides this one too.
        likely = [each for each in candidates if each in decided.values()]
        if len(likely) != 1:
            raise _cannot_decide(con, next(each for each in fields if each.name == field), candidates)
        decided[field] = likely[0]
    return decided


def _date_formats(con: duckdb.DuckDBPyConnection, field: Field) -> list[str]:
    """The formats that fit best: one if it is clear, several if all rows fit both; ['iso'] for no dates at all."""
    column = as_text(field.name)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE dates AS SELECT {column} AS t, count(*) AS n FROM texts"
        f" WHERE {column} IS NOT NULL GROUP BY ALL"
    )
    (total,) = _row(con, "SELECT coalesce(sum(n), 0) FROM dates")
    as_iso = _understood(con, field, "iso", "dates")
    if as_iso == total:
        return ["iso"]
    likely = [each for each in FORMATS if _understood(con, field, each, "(SELECT * FROM dates LIMIT 2000)")]
    readings = [_Reading("iso", as_iso)]
    readings += [_Reading(each, _understood(con, field, each, "dates")) for each in likely]
    best = max(reading.understood for reading in readings)
    fitting = [reading.format for reading in readings if reading.understood == best]
    for reading in readings:
        if reading.format not in fitting:
            _refuse_mixed(con, field, fitting[0], reading.format, total)
    return _different(con, field, fitting)


def _understood(con: duckdb.DuckDBPyConnection, field: Field, how: str, rows: str) -> int:
    """How many rows this format can read."""
    return _row(con, f"SELECT coalesce(sum(n) FILTER ({typed(field, 't', how)} IS NOT NULL), 0) FROM {rows}")[0]


def _different(con: duckdb.DuckDBPyConnection, field: Field, formats: list[str]) -> list[str]:
    """Of several fitting formats, those that read some value differently than the first."""
    first = typed(field, "t", formats[0])
    others = [
        each
        for each in formats[1:]
        if _row(con, f"SELECT count(*) FROM dates WHERE {typed(field, 't', each)} IS DISTINCT FROM {first}")[0]
    ]
    return [formats[0], *others]


def _refuse_mixed(con: duckdb.DuckDBPyConnection, field: Field, best: str, other: str, total: int) -> None:
    """Refusal if a good part of the values is only readable with day and month the other way round."""
    if (best, other) not in _swaps():
        return
    only_other = f"{typed(field, 't', other)} IS NOT NULL AND {typed(field, 't', best)} IS NULL"
    (count,) = _row(con, f"SELECT coalesce(sum(n), 0) FROM dates WHERE {only_other}")
    if count > MIXED * total:
        example = con.execute(f"SELECT t FROM dates WHERE {only_other} ORDER BY t LIMIT 1").fetchall()[0][0]
        raise ImportRefusal(
            f"The dates of `{field.name}` are mixed: most are written {best}, but {count} like {example} can only be"
            f" {other}. Bring them into one form, or map the two kinds to two files."
        )


def _swaps() -> set[tuple[str, str]]:
    pairs = set()
    for one, other in _EITHER_ORDER:
        for year in ("%Y", "%y"):
            sign = one[2]
            pairs |= {(one + sign + year, other + sign + year), (other + sign + year, one + sign + year)}
    return pairs


def _cannot_decide(con: duckdb.DuckDBPyConnection, field: Field, candidates: list[str]) -> ImportRefusal:
    """No format reads all of the texts, or several read all of them differently."""
    column = as_text(field.name)
    best = typed(field, column, candidates[0])
    example, other = con.execute(
        f"SELECT min({column}) FILTER ({best} IS NOT NULL), min({column}) FILTER ({best} IS NULL) FROM texts"
    ).fetchall()[0]
    how = f'"formats": {{"{field.name}": "{candidates[0]}"}}'
    if other is not None:
        return ImportRefusal(
            f"The dates of `{field.name}` are mixed: `{example}` can be read as {candidates[0]}, but not `{other}`."
            f" Bring them into one form, or say in the mapping which is right: {how}; the others are then rejected."
        )
    return ImportRefusal(
        f"The dates of `{field.name}`, such as {example}, can be read as {' or as '.join(candidates)};"
        f" no row decides it. Say which in the mapping: {how}."
    )


def _number_style(con: duckdb.DuckDBPyConnection, field: Field) -> str:
    """',' if the decimal sign is a comma, 'percent' for shares written as 75; '' for the usual way."""
    column = as_text(field.name)
    comma, point = (f"regexp_matches({column}, {text(_evidence(sign))})" for sign in (",", "."))
    commas, points = _row(con, f"SELECT count(*) FILTER ({comma}), count(*) FILTER ({point}) FROM texts")
    if min(commas, points) > MIXED * max(commas, points):
        raise ImportRefusal(
            f"The numbers of `{field.name}` are mixed: {commas} have a decimal comma and {points} a decimal point."
            f' Say which is right in the mapping: "formats": {{"{field.name}": "."}}; the others are then rejected.'
        )
    style = "," if commas > points else ""
    if field.name == "probability" and _is_percent(con, column, style):
        style += "percent"
    return style


def _evidence(sign: str) -> str:
    """What only numbers with this decimal sign look like: 1,5 · 1234,5678 · 1.234,5 · 1.234.567."""
    own, other = ("[,]", "[.]") if sign == "," else ("[.]", "[,]")
    alone = f"^[^.,]*{own}([0-9]{{1,2}}|[0-9]{{4,}})[^0-9.,]*$"
    return f"{alone}|{other}[0-9]{{3}}{own}|{other}[0-9]{{3}}{other}[0-9]{{3}}"


def _is_percent(con: duckdb.DuckDBPyConnection, column: str, style: str) -> bool:
    value = typed(Field("probability", FieldType.NUMBER), column, style)
    largest = con.execute(f"SELECT max({value}) FROM texts").fetchall()[0][0]
    return largest is not None and 1 < largest <= 100


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return tuple(con.execute(query).fetchall()[0])
