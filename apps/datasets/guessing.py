"""How dates and numbers of a file are written, judged by all its rows, never by the first ones."""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

import duckdb

from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import typed, with_zone
from apps.datasets.formulas import Kind
from apps.datasets.months import has_month_name, names_month, with_month_numbers, without_month_name
from apps.datasets.plan import Plan
from apps.datasets.schema import Field, FieldType
from apps.datasets.store.lines import line_of
from apps.datasets.store.sql import as_text, text

# Date formats in the order in which equals are preferred. ISO 8601 is asked first, on its own; dots are day first.
FORMATS = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%m-%d-%Y", "%d-%m-%Y", "%m-%d-%y",
    "%d-%m-%y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y",
    "%B %d, %Y", "%b %d %Y", "%d. %B %Y", "%d de %B de %Y", "%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%b %Y", "%B %Y",
    "%b-%Y", "%b %y", "%b-%y", "excel", "unix", "unix_ms",
)  # fmt: skip
# Beyond this share of rows that only the other reading understands, a file is called mixed.
MIXED = 0.02
_EITHER_ORDER = (("%d/%m", "%m/%d"), ("%d-%m", "%m-%d"))


@dataclass(frozen=True)
class Open:
    """What the rows of a field leave open. `kind`: date_order, mixed_dates, other_dates, decimal_sign, mixed_numbers.

    `candidates` are formats that could be right, `example` a text that they read differently. With `refusal` an import
    that is not told which is refused; without one it takes the first candidate.
    """

    field: str
    kind: str
    example: str
    candidates: tuple[str, ...]
    refusal: ImportRefusal | None = None


@dataclass(frozen=True)
class Judged:
    """`formats` are decided, `reasons` say by what; `open` is what the rows do not decide."""

    formats: dict[str, str] = dataclass_field(default_factory=dict)
    reasons: dict[str, str] = dataclass_field(default_factory=dict)
    open: list[Open] = dataclass_field(default_factory=list)


def guess_formats(con: duckdb.DuckDBPyConnection, plan: Plan) -> dict[str, str]:
    """`formats` for the fields that the mapping says nothing about; Refusal if day and month cannot be told apart."""
    judged = judge_formats(con, plan)
    for each in judged.open:
        if each.refusal:
            raise each.refusal
    return judged.formats


def judge_formats(con: duckdb.DuckDBPyConnection, plan: Plan) -> Judged:
    """How dates and numbers are written, and why; all rows of the view `texts` are asked."""
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
    judged = Judged()
    judge_dates(con, [each for each in open_fields if each.type.is_time], judged)
    judge_numbers(con, [each for each in open_fields if each.type.is_number], judged)
    known = {**judged.formats, **plan.formats}
    judged.formats.update({name: known[other] for name, other in derived.items() if other in known})
    return judged


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


def judge_dates(con: duckdb.DuckDBPyConnection, fields: Sequence[Field], judged: Judged) -> None:
    """Add what all rows of these fields say about how dates are written."""
    undecided: dict[str, list[str]] = {}
    for each in fields:
        try:
            candidates = _date_formats(con, each)
        except _Mixed as mixed:
            judged.open.append(mixed.open)
            continue
        if len(candidates) == 1:
            judged.formats[each.name] = candidates[0]
            judged.reasons[each.name] = _why_date(con, each, candidates[0])
        elif candidates:
            undecided[each.name] = candidates
    decided = {name: judged.formats[name] for name in judged.formats}
    for field, candidates in undecided.items():
        # One program wrote the file: another date column that can only be read one way decides this one too.
        likely = [each for each in candidates if each in decided.values()]
        if len(likely) == 1:
            judged.formats[field] = likely[0]
            other = next(name for name, how in decided.items() if how == likely[0])
            judged.reasons[field] = f"the dates are written like those of `{other}`"
        else:
            judged.open.append(_cannot_decide(con, next(each for each in fields if each.name == field), candidates))


class _Mixed(Exception):
    """No error: the way out of the search for a format."""

    def __init__(self, found: Open) -> None:
        self.open = found


def _date_formats(con: duckdb.DuckDBPyConnection, field: Field) -> list[str]:
    """The formats that fit best: one if it is clear, several if all rows fit both; ['iso'] for no dates at all."""
    column = as_text(field.name)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE dates AS SELECT {column} AS t, count(*) AS n, min(_line) AS line FROM texts"
        f" WHERE {column} IS NOT NULL GROUP BY 1"
    )
    (total,) = _row(con, "SELECT coalesce(sum(n), 0) FROM dates")
    as_iso = _understood(con, field, "iso", "dates")
    if as_iso == total:
        return ["iso"]
    (worded,) = _row(con, f"SELECT count(*) FROM dates WHERE {names_month('t')}")
    # Names of months are made numbers once, not anew for each format that is tried.
    numbered = with_month_numbers("t") if worded else "NULL::VARCHAR"
    con.execute(f"CREATE OR REPLACE TEMP TABLE dates AS SELECT *, {numbered} AS m FROM dates")
    possible = [each for each in FORMATS if worded or not has_month_name(each)]
    likely = [each for each in possible if _understood(con, field, each, "(SELECT * FROM dates LIMIT 2000)")]
    readings = {"iso": as_iso, **{each: _understood(con, field, each, "dates") for each in likely}}
    best = max(readings.values())
    fitting = [how for how, understood in readings.items() if understood == best]
    for how in readings:
        if how not in fitting:
            _refuse_mixed(con, field, fitting[0], how, total)
    return _different(con, field, fitting)


def _why_date(con: duckdb.DuckDBPyConnection, field: Field, how: str) -> str:
    """By what it was decided, from the table `dates` of the last field that was asked."""
    (total,) = _row(con, "SELECT coalesce(sum(n), 0) FROM dates")
    if not total:
        return ""
    other = next((two for one, two in _swaps() if one == how), None)
    if other is None:
        return _told_plainly(con, field, how, total)
    read, swapped = typed(field, "t", how), typed(field, "t", other)
    found = con.execute(
        f"SELECT t, line FROM dates WHERE {read} IS NOT NULL AND {swapped} IS NULL ORDER BY line LIMIT 1"
    ).fetchall()
    first = "the day comes first" if how.startswith("%d") else "the month comes first"
    if not found:
        return "day and month are the same number in all of them"
    return f"{first}: `{found[0][0]}` in line {line_of(found[0][1])} can be no other"


def _told_plainly(con: duckdb.DuckDBPyConnection, field: Field, how: str, total: int) -> str:
    example = str(con.execute("SELECT t FROM dates ORDER BY line LIMIT 1").fetchall()[0][0])
    zones = _row(con, f"SELECT count(*) FROM dates WHERE {with_zone('t')}")[0] if how == "iso" else 0
    numbers = {
        "excel": f"numbers like {example} are days as a workbook counts them",
        "unix": f"numbers like {example} are seconds since 1970",
        "unix_ms": f"numbers like {example} are milliseconds since 1970",
    }
    zone = "; times with a zone are brought to the time of the workspace" if zones or how.startswith("unix") else ""
    understood = _understood(con, field, how, "dates")
    if how in numbers:
        return numbers[how] + zone
    if "%d" not in how and how != "iso":
        return f"months such as {example} are taken as their first day"
    if understood == total:
        return f"all {total:,} values are dates such as {example}{zone}" if total > 1 else f"{example} is a date{zone}"
    return f"{understood:,} of {total:,} values are dates{zone}"


def _understood(con: duckdb.DuckDBPyConnection, field: Field, how: str, rows: str) -> int:
    """How many rows this format can read."""
    return _row(con, f"SELECT coalesce(sum(n) FILTER ({_read(field, how)} IS NOT NULL), 0) FROM {rows}")[0]


def _read(field: Field, how: str) -> str:
    """The value of a text of the table `dates`."""
    return typed(field, "m", without_month_name(how)) if has_month_name(how) else typed(field, "t", how)


def _different(con: duckdb.DuckDBPyConnection, field: Field, formats: list[str]) -> list[str]:
    """Of several fitting formats, those that read some value differently than the first."""
    first = _read(field, formats[0])
    others = [
        each
        for each in formats[1:]
        if _row(con, f"SELECT count(*) FROM dates WHERE {_read(field, each)} IS DISTINCT FROM {first}")[0]
    ]
    return [formats[0], *others]


def _refuse_mixed(con: duckdb.DuckDBPyConnection, field: Field, best: str, other: str, total: int) -> None:
    """Raise _Mixed if a good part of the values is only readable with day and month the other way round."""
    if (best, other) not in _swaps():
        return
    only_other = f"{typed(field, 't', other)} IS NOT NULL AND {typed(field, 't', best)} IS NULL"
    (count,) = _row(con, f"SELECT coalesce(sum(n), 0) FROM dates WHERE {only_other}")
    if count > MIXED * total:
        example = con.execute(f"SELECT t FROM dates WHERE {only_other} ORDER BY t LIMIT 1").fetchall()[0][0]
        refusal = ImportRefusal(
            f"The dates of `{field.name}` are mixed: most are written {best}, but {count} like {example} can only be"
            f" {other}. Bring them into one form, or map the two kinds to two files."
        )
        raise _Mixed(Open(field.name, "mixed_dates", example, (best, other), refusal))


def _swaps() -> set[tuple[str, str]]:
    pairs = set()
    for one, other in _EITHER_ORDER:
        for year in ("%Y", "%y"):
            sign = one[2]
            pairs |= {(one + sign + year, other + sign + year), (other + sign + year, one + sign + year)}
    return pairs


def _cannot_decide(con: duckdb.DuckDBPyConnection, field: Field, candidates: list[str]) -> Open:
    """No format reads all of the texts, or several read all of them differently."""
    column = as_text(field.name)
    best = typed(field, column, candidates[0])
    # What none of them reads is no date: a cell to be put right, and no question about the others.
    elsewhere = " OR ".join(f"{typed(field, column, each)} IS NOT NULL" for each in candidates[1:])
    example, other = con.execute(
        f"SELECT min({column}) FILTER ({best} IS NOT NULL), min({column}) FILTER ({best} IS NULL AND ({elsewhere}))"
        " FROM texts"
    ).fetchall()[0]
    how = f'"formats": {{"{field.name}": "{candidates[0]}"}}'
    if other is not None:
        refusal = ImportRefusal(
            f"The dates of `{field.name}` are mixed: `{example}` can be read as {candidates[0]}, but not `{other}`."
            f" Bring them into one form, or say in the mapping which is right: {how}; the others are then rejected."
        )
        swapped = tuple(candidates[:2]) in _swaps()
        return Open(field.name, "mixed_dates" if swapped else "other_dates", other, tuple(candidates), refusal)
    refusal = ImportRefusal(
        f"The dates of `{field.name}`, such as {example}, can be read as {' or as '.join(candidates)};"
        f" no row decides it. Say which in the mapping: {how}."
    )
    second = typed(field, column, candidates[1])
    apart = con.execute(f"SELECT min({column}) FILTER ({best} <> {second}) FROM texts").fetchall()[0][0]
    return Open(field.name, "date_order", apart or example, tuple(candidates), refusal)


def judge_numbers(con: duckdb.DuckDBPyConnection, fields: Sequence[Field], judged: Judged) -> None:
    """Add the decimal sign of these fields, and whether a probability is told in hundredths.

    ',' if the decimal sign is a comma, 'percent' for shares written as 75; no format for the usual way.
    """
    signs: dict[str, str] = {}
    unclear: list[tuple[Field, str]] = []
    for each in fields:
        found = _evidence_of(con, each)
        if found.mixed:
            judged.open.append(_mixed_numbers(each, found))
        elif found.sign:
            signs[each.name] = found.sign
            judged.reasons[each.name] = f"the decimal sign is {_SIGN_NAMES[found.sign]}: {found.example}"
        elif found.unclear:
            unclear.append((each, found.unclear))
    _follow_others(unclear, signs, judged)
    for each in fields:
        style = "," if signs.get(each.name) == "," else ""
        if each.name == "probability" and _is_percent(con, as_text(each.name), style):
            style += "percent"
        if style:
            judged.formats[each.name] = style


def _follow_others(unclear: list[tuple[Field, str]], signs: dict[str, str], judged: Judged) -> None:
    """One program wrote the file: what other numbers of it tell counts here too."""
    for each, example in unclear:
        if len(set(signs.values())) == 1:
            other, sign = next(iter(signs.items()))
            signs[each.name] = sign
            judged.reasons[each.name] = f"the decimal sign is {_SIGN_NAMES[sign]}, as in `{other}`"
        else:
            judged.open.append(_which_sign(each, example))


_SIGN_NAMES = {",": "a comma", ".": "a point"}


@dataclass(frozen=True)
class _Evidence:
    commas: int
    points: int
    sign: str  # blank if no row tells it
    example: str
    unclear: str  # a text like 1.234, where all that have a sign look like it

    @property
    def mixed(self) -> bool:
        return min(self.commas, self.points) > MIXED * max(self.commas, self.points)


def _evidence_of(con: duckdb.DuckDBPyConnection, field: Field) -> _Evidence:
    column = as_text(field.name)
    # A million amounts have some hundred shapes: 9,909.99. Only 0 and other digits make a difference, and what is
    # written like 1234.5 or 0.25, as most are, need not be looked at digit by digit: all show a decimal point.
    shape = f"CASE WHEN regexp_full_match(written, {text(_POINTED)}) THEN '9.99' ELSE {_SHAPE} END"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE shapes AS"
        " SELECT t, count(*) AS n, (min(_line), arg_min(written, _line)) AS first"
        f" FROM (SELECT _line, {column} AS written, {shape} AS t FROM texts"
        " WHERE contains(written, ',') OR contains(written, '.')) GROUP BY t"
    )
    comma, point = (f"regexp_matches(t, {text(_evidence(sign))})" for sign in (",", "."))
    commas, points, first_comma, first_point, first_unclear = con.execute(
        f"SELECT coalesce(sum(n) FILTER ({comma}), 0), coalesce(sum(n) FILTER ({point}), 0),"
        f" min(first) FILTER ({comma}), min(first) FILTER ({point}),"
        f" min(first) FILTER (regexp_matches(t, {text(_UNCLEAR)})) FROM shapes"
    ).fetchall()[0]
    if not commas and not points:
        return _Evidence(0, 0, "", "", first_unclear[1] if first_unclear else "")
    sign, (line, example) = (",", first_comma) if commas > points else (".", first_point)
    return _Evidence(commas, points, sign, f"`{example}` in line {line_of(line)}", "")


def _mixed_numbers(field: Field, found: _Evidence) -> Open:
    refusal = ImportRefusal(
        f"The numbers of `{field.name}` are mixed: {found.commas} have a decimal comma and {found.points} a decimal"
        f' point. Say which is right in the mapping: "formats": {{"{field.name}": "."}}; the others are then rejected.'
    )
    signs = (",", ".") if found.commas > found.points else (".", ",")
    return Open(field.name, "mixed_numbers", found.example, signs, refusal)


def _which_sign(field: Field, example: str) -> Open:
    """Amounts with exactly three decimals in every row hardly exist, so an import must not take 1.234 for little."""
    refusal = ImportRefusal(
        f"The numbers of `{field.name}`, such as {example}, can be read with a decimal point or with points between the"
        f' thousands; no row decides it. Say the decimal sign in the mapping: "formats": {{"{field.name}": ","}}'
        ' or ".".'
    )
    return Open(field.name, "decimal_sign", example, (".", ","), refusal if field.type is FieldType.MONEY else None)


# 1.234: a decimal number, or a thousand and more. A comma there is taken for what divides the thousands.
_SHAPE = "translate(written, '12345678', '99999999')"
_POINTED = r"[+-]?[0-9]+[.][0-9]{1,2}"
_UNCLEAR = r"^[^.,0-9]*[1-9][0-9]{0,2}[.][0-9]{3}[^0-9.,]*$"


def _evidence(sign: str) -> str:
    """What only numbers with this decimal sign look like: 1,5 · 0,125 · 1234,5678 · 1.234,5 · 1.234.567."""
    own, other = ("[,]", "[.]") if sign == "," else ("[.]", "[,]")
    alone = f"^[^.,]*{own}([0-9]{{1,2}}|[0-9]{{4,}})[^0-9.,]*$"
    small = f"^[^.,1-9]*0{own}[0-9]+[^0-9.,]*$|^[^.,]*[0-9]{{4,}}{own}[0-9]+[^0-9.,]*$"
    return f"{alone}|{small}|{other}[0-9]{{3}}{own}|{other}[0-9]{{3}}{other}[0-9]{{3}}"


def _is_percent(con: duckdb.DuckDBPyConnection, column: str, style: str) -> bool:
    value = typed(Field("probability", FieldType.NUMBER), column, style)
    largest = con.execute(f"SELECT max({value}) FROM texts").fetchall()[0][0]
    return largest is not None and 1 < largest <= 100


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return tuple(con.execute(query).fetchall()[0])
