"""DuckDB expressions that turn the texts of a file into typed values; NULL where a text is not such a value.

Everything from files and mappings enters the SQL through store.sql (quoted), never as it is.
"""

# ruff: noqa: S608 - names and texts are quoted by store.sql

from collections.abc import Mapping as AnyMapping

from apps.datasets.plan import LookupPlan, Plan
from apps.datasets.schema import Field, FieldType
from apps.datasets.store.sql import as_text, text

_BLANKS = "' \t\r\n\u00a0\u200b\ufeff'"
# A zone is an offset or says that it is UTC; what PST or IST stands for is a guess, so such texts are no dates.
_ZONE = r"' ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$'"
_UTC = r"' ?(Z|UTC|GMT)$'"
_OFFSET = r"' ([+-][0-9:]+)$'"
_ISO = r"'[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9][0-9:.]*( ?(Z|UTC|GMT|[+-][0-9:]+))?)?'"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_PLAIN = r"'[+-]?[0-9]{1,14}(\.[0-9]*)?'"
# Grouped by thousands (1,234,567) or Indian style (12,34,567); the decimal sign at the end is optional.
_GROUPED = {
    ".": r"'[+-]?([0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}|[0-9]*)(\.[0-9]*)?'",
    ",": r"'[+-]?([0-9]{1,3}(\.[0-9]{2,3})*\.[0-9]{3}|[0-9]*)(,[0-9]*)?'",
}
_CODES = (
    "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|RUB|UAH|TRY|BRL|MXN|ARS|CLP|COP|PEN|ZAR|"
    "NGN|KES|EGP|ILS|AED|SAR|QAR|KRW|HKD|SGD|TWD|THB|MYR|IDR|PHP|VND|PKR"
)
# Currency codes and signs (US$, R$), spaces, and the apostrophe that groups thousands in Switzerland.
_SIGNS = rf"'(^({_CODES})|({_CODES})$|^[A-Z]{{1,2}}[$]|[\p{{Sc}}\s\x{{00a0}}\x{{202f}}''’])'"
_IN_BRACKETS = r"'[^0-9()]*\([^()]*\)[^0-9()]*'"
_HUNDREDTH = "0.01::DECIMAL(3,2)"  # a division would go through doubles
_TRUE = "'true', 't', 'yes', 'y', '1', 'x'"
_FALSE = "'false', 'f', 'no', 'n', '0'"


def trimmed(sql: str) -> str:
    return f"nullif(trim({sql}, {_BLANKS}), '')"


def text_of(field: str, plan: Plan) -> str:
    """The text of a field after columns, lookups, values and constants; NULL for blank."""
    found = [trimmed(place.sql) for place in plan.places.get(field, ())]
    sql = "NULL::VARCHAR" if not found else found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"
    values = plan.mapping.values.get(field)
    if values:
        sql = replaced(sql, values)
    constant = plan.mapping.constants.get(field)
    return f"coalesce({sql}, {trimmed(text(constant))})" if constant else sql


def replaced(sql: str, values: AnyMapping[str, str]) -> str:
    """`values` of a mapping applied to a trimmed text."""
    keys = [key.strip() for key in values]
    folded = len({key.lower() for key in keys}) == len(keys)
    subject = f"lower({sql})" if folded else sql
    whens = []
    for key, value in values.items():
        if key not in {"", "*"}:
            wanted = key.strip().lower() if folded else key.strip()
            whens.append(f"WHEN {subject} = {text(wanted)} THEN {_or_null(value)}")
    if "" in values:
        whens.append(f"WHEN {sql} IS NULL THEN {_or_null(values[''])}")
    other = _or_null(values["*"]) if "*" in values else sql
    return f"CASE {' '.join(whens)} ELSE {other} END" if whens else other


def _or_null(value: str) -> str:
    return text(value.strip()) if value.strip() else "NULL"


def _join(number: int, plan: LookupPlan) -> tuple[str, str]:
    """The LEFT JOIN of one lookup, and its columns as lk<number>_c0, lk<number>_c1, …"""
    width = len(plan.source.header)
    direct, mapped = f"d{number}", f"m{number}"
    keys = [(trimmed(place.sql), column) for place, column in plan.on]
    on = " AND ".join(f"{direct}.k{column} = {lookup_key(number, sql)}" for sql, column in keys)
    if not plan.values:
        columns = ", ".join(f"{direct}.c{column} AS lk{number}_c{column}" for column in range(width))
        return f"LEFT JOIN lookup{number} {direct} ON {on}", columns
    sql, column = keys[0]
    other = f"{mapped}.k{column} = {lookup_key(number, replaced(sql, plan.values))}"
    columns = ", ".join(
        f"CASE WHEN {direct}._line IS NOT NULL THEN {direct}.c{each} ELSE {mapped}.c{each} END AS lk{number}_c{each}"
        for each in range(width)
    )
    return f"LEFT JOIN lookup{number} {direct} ON {on} LEFT JOIN lookup{number} {mapped} ON {other}", columns


def lookup_key(number: int, sql: str) -> str:
    """The text by which lookup<number> is asked: staging decides whether case matters and makes the macro."""
    return f"lookup_key{number}({sql})"


def typed(field: Field, sql: str, how: str) -> str:
    """The value of a text. `how` is the field's entry of `formats`, or ''."""
    match field.type:
        case FieldType.TEXT:
            return sql
        case FieldType.CHOICE:
            return _choice(field, sql)
        case FieldType.BOOLEAN:
            return f"CASE WHEN lower({sql}) IN ({_TRUE}) THEN true WHEN lower({sql}) IN ({_FALSE}) THEN false END"
        case FieldType.DATE:
            return f"CAST({_moment(sql, how)} AS DATE)"
        case FieldType.TIMESTAMP:
            return _moment(sql, how)
        case FieldType.MONEY | FieldType.NUMBER:
            return number(sql, how)
        case FieldType.INTEGER:
            return f"CASE WHEN {number(sql, how)} % 1 = 0 THEN CAST({number(sql, how)} AS BIGINT) END"


def _choice(field: Field, sql: str) -> str:
    pairs = {**dict(field.meanings), **{choice: choice for choice in field.choices}}
    whens = " ".join(f"WHEN {text(word)} THEN {text(choice)}" for word, choice in pairs.items())
    return f"CASE lower({sql}) {whens} END"


def _moment(sql: str, how: str) -> str:
    """A TIMESTAMP in the time of the workspace (the session's time zone); years outside 1900..2199 are slips."""
    if how in {"", "iso"}:
        local = (
            f"CASE WHEN len({sql}) > 10 AND regexp_matches({sql}, {_ZONE}) THEN"
            f" CAST(try_cast({_with_offset(sql)} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE try_cast({sql} AS TIMESTAMP) END"
        )
        value = f"CASE WHEN regexp_full_match({sql}, {_ISO}) THEN {local} END"
    else:
        value = f"CAST({parsed(sql, how)} AS TIMESTAMP)"
    return f"CASE WHEN year({value}) BETWEEN 1900 AND 2199 THEN {value} END"


def _with_offset(sql: str) -> str:
    """`… 03:00 UTC` and `… 03:00 +0000` as the engine reads them: `… 03:00+00`."""
    return f"regexp_replace(regexp_replace({sql}, {_UTC}, '+00'), {_OFFSET}, '\\1')"


def parsed(sql: str, how: str) -> str:
    """try_strptime; a format without a time also takes the times that exports write behind a date."""
    has_time = any(directive in how for directive in ("%H", "%I", "%X", "%c", "%s"))
    formats = [how] if has_time else [how + time for time in _TIMES]
    return f"try_strptime({sql}, [{', '.join(map(text, formats))}])"


def number(sql: str, how: str) -> str:
    """A DECIMAL(18,4): thousands separators, currency signs and codes, (1,234) and 1,234- for negatives, 12 %.

    how: '.' (default) or ',' is the decimal sign; 'percent' (perhaps after the sign) divides by 100.
    """
    sign = "," if how.startswith(",") else "."
    clean = f"regexp_replace(replace(replace(replace(upper({sql}), '(', ''), ')', ''), '%', ''), {_SIGNS}, '', 'g')"
    trailing = f"CASE WHEN {clean} LIKE '%-' THEN '-' || left({clean}, -1) ELSE {clean} END"
    bare = f"replace({trailing}, {text('.' if sign == ',' else ',')}, '')"
    bare = f"replace({bare}, ',', '.')" if sign == "," else bare
    matches = f"regexp_full_match({trailing}, {_GROUPED[sign]}) AND regexp_matches({clean}, '[0-9]')"
    value = f"CASE WHEN {matches} THEN try_cast({bare} AS DECIMAL(18,4)) END"
    value = (
        f"CASE WHEN regexp_full_match({sql}, {_IN_BRACKETS}) THEN -({value})"
        f" WHEN contains({sql}, '(') OR contains({sql}, ')') THEN NULL"
        f" WHEN suffix({sql}, '%') THEN ({value}) * {_HUNDREDTH} ELSE {value} END"
    )
    if sign == ".":
        value = f"CASE WHEN regexp_full_match({sql}, {_PLAIN}) THEN try_cast({sql} AS DECIMAL(18,4)) ELSE {value} END"
    return f"CAST(({value}) {'* ' + _HUNDREDTH if 'percent' in how else ''} AS DECIMAL(18,4))"


def view_of_texts(plan: Plan) -> str:
    """CREATE VIEW texts: _line, _note and the text of each field that has a source, as _t_<field>."""
    source = "SELECT * FROM raw"
    for number_, each in enumerate(plan.lookups):
        join, columns = _join(number_, each)
        source = f"SELECT r.*, {columns} FROM ({source}) r {join}"
    picked = ", ".join(f"{text_of(field.name, plan)} AS {as_text(field.name)}" for field in plan.fields)
    return f"CREATE OR REPLACE VIEW texts AS SELECT r._line, r._note, {picked} FROM ({source}) r"
