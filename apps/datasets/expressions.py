"""DuckDB expressions that turn the texts of a file into typed values; NULL where a text is not such a value.

Everything from files and mappings enters the SQL through store.sql (quoted), never as it is.
"""

import re
from collections.abc import Mapping as AnyMapping

from apps.datasets.months import has_month_name, with_month_numbers, without_month_name
from apps.datasets.schema import Field, FieldType
from apps.datasets.store.sql import text, texts

_BLANKS = "' \t\r\n\u00a0\u200b\ufeff'"
# A zone is an offset or says that it is UTC; what PST or IST stands for is a guess, so such texts are no dates.
_ZONE = r"' ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$'"
_UTC = r"' ?(Z|UTC|GMT)$'"
_OFFSET = r"' ([+-][0-9:]+)$'"
_ISO = r"'[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9][0-9:.]*( ?(Z|UTC|GMT|[+-][0-9:]+))?)?'"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
_SCIENTIFIC = r"'[+-]?[0-9](\.[0-9]+)?[eE][+-][0-9]{1,3}'"  # how programs write very small and very large numbers
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
# Dates that are numbers, by their names in `formats`: days of a workbook, seconds and milliseconds since 1970.
COUNTED = {
    "excel": r"'[1-7][0-9]{4}([.,][0-9]+)?'",
    "unix": r"'[0-9]{9,10}([.][0-9]+)?'",
    "unix_ms": r"'[0-9]{12,13}'",
}
_HUNDREDTH = "0.01::DECIMAL(3,2)"  # a division would go through doubles
_DIRECTIVES = frozenset("aAbBdfHIjmMpSyYzZ%")
_TRUE = "'true', 't', 'yes', 'y', '1', 'x'"
_FALSE = "'false', 'f', 'no', 'n', '0'"


def trimmed(sql: str) -> str:
    """Without blanks around it; NULL if nothing is left.

    Nearly all texts begin and end with a visible sign, which is known four times as fast as they are trimmed.
    """
    visible = f"ascii({sql}) BETWEEN 33 AND 126 AND ascii(({sql})[-1]) BETWEEN 33 AND 126"
    return f"CASE WHEN {visible} THEN {sql} ELSE nullif(trim({sql}, {_BLANKS}), '') END"


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


def typed(field: Field, sql: str, how: str) -> str:
    """The value of a text. `how` is the field's entry of `formats`, or ''."""
    match field.type:
        case FieldType.TEXT:
            return f"CASE WHEN upper({sql}) IN ({texts(field.codes)}) THEN upper({sql}) END" if field.codes else sql
        case FieldType.CHOICE:
            return _choice(field, sql)
        case FieldType.BOOLEAN:
            return f"CASE WHEN lower({sql}) IN ({_TRUE}) THEN true WHEN lower({sql}) IN ({_FALSE}) THEN false END"
        case FieldType.DATE:
            return f"CAST({moment(sql, how)} AS DATE)"
        case FieldType.TIMESTAMP:
            return moment(sql, how)
        case FieldType.MONEY | FieldType.NUMBER:
            return number(sql, how)
        case FieldType.INTEGER:
            return f"CASE WHEN {number(sql, how)} % 1 = 0 THEN CAST({number(sql, how)} AS BIGINT) END"


def _choice(field: Field, sql: str) -> str:
    pairs = {**dict(field.meanings), **{choice: choice for choice in field.choices}}
    whens = " ".join(f"WHEN {text(word)} THEN {text(choice)}" for word, choice in pairs.items())
    return f"CASE lower({sql}) {whens} END"


def moment(sql: str, how: str) -> str:
    """A TIMESTAMP in the time of the workspace (the session's time zone); years outside 1900..2199 are slips."""
    if how in {"", "iso"}:
        local = (
            f"CASE WHEN {with_zone(sql)} THEN"
            f" CAST(try_cast({_with_offset(sql)} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE try_cast({sql} AS TIMESTAMP) END"
        )
        value = f"CASE WHEN regexp_full_match({sql}, {_ISO}) THEN {local} END"
    elif how in COUNTED:
        value = _counted(sql, how)
    else:
        value = f"CAST({parsed(sql, how)} AS TIMESTAMP)"
    return f"CASE WHEN year({value}) BETWEEN 1900 AND 2199 THEN {value} END"


def _counted(sql: str, how: str) -> str:
    """A moment told as a number: days since 1899-12-30 as workbooks count, or (milli)seconds since 1970 in UTC."""
    number_ = f"try_cast(replace({sql}, ',', '.') AS DOUBLE)"
    if how == "excel":
        found = f"TIMESTAMP '1899-12-30' + to_seconds(CAST(round({number_} * 86400) AS BIGINT))"
    else:
        found = f"CAST(to_timestamp({number_} / {1000 if how == 'unix_ms' else 1}) AS TIMESTAMP)"
    return f"CASE WHEN regexp_full_match({sql}, {COUNTED[how]}) THEN {found} END"


def with_zone(sql: str) -> str:
    """Whether a text tells the zone of its time."""
    return f"len({sql}) > 10 AND regexp_matches({sql}, {_ZONE})"


def _with_offset(sql: str) -> str:
    """`… 03:00 UTC` and `… 03:00 +0000` as the engine reads them: `… 03:00+00`."""
    return f"regexp_replace(regexp_replace({sql}, {_UTC}, '+00'), {_OFFSET}, '\\1')"


def is_strptime(how: str) -> bool:
    """Whether it has a year, and every % begins a directive that the engine knows."""
    directives = re.findall(r"%(-?.?)", how)
    known = all(each.lstrip("-") in _DIRECTIVES for each in directives)
    return known and any(each in {"Y", "y"} for each in directives)


def parsed(sql: str, how: str) -> str:
    """try_strptime; a format without a time also takes the times that exports write behind a date.

    Names of months may be English, German, French or Spanish.
    """
    if has_month_name(how):
        sql, how = with_month_numbers(sql), without_month_name(how)
    has_time = any(directive in how for directive in ("%H", "%I", "%X", "%c", "%s"))
    formats = [how] if has_time else [how + time for time in _TIMES]
    return f"try_strptime({sql}, [{', '.join(map(text, formats))}])"


def number(sql: str, how: str, kind: str = "DECIMAL(18,4)") -> str:
    """A decimal: thousands separators, currency signs and codes, (1,234) and 1,234- for negatives, 12 %.

    how: '.' (default) or ',' is the decimal sign; 'percent' (perhaps after the sign) divides by 100.
    """
    sign = "," if how.startswith(",") else "."
    clean = f"regexp_replace(replace(replace(replace(upper({sql}), '(', ''), ')', ''), '%', ''), {_SIGNS}, '', 'g')"
    trailing = f"CASE WHEN {clean} LIKE '%-' THEN '-' || left({clean}, -1) ELSE {clean} END"
    bare = f"replace({trailing}, {text('.' if sign == ',' else ',')}, '')"
    bare = f"replace({bare}, ',', '.')" if sign == "," else bare
    matches = f"regexp_full_match({trailing}, {_GROUPED[sign]}) AND regexp_matches({clean}, '[0-9]')"
    value = f"CASE WHEN {matches} THEN try_cast({bare} AS {kind}) END"
    # A product has more digits: left so, each value is brought to them and back, and that takes most of the time.
    share = f"({value}) * {_HUNDREDTH}" if "percent" in how else f"CAST(({value}) * {_HUNDREDTH} AS {kind})"
    value = (
        f"CASE WHEN regexp_full_match({sql}, {_IN_BRACKETS}) THEN -({value})"
        f" WHEN contains({sql}, '(') OR contains({sql}, ')') THEN NULL"
        f" WHEN regexp_full_match({sql}, {_SCIENTIFIC}) THEN try_cast({sql} AS {kind})"
        f" WHEN suffix({sql}, '%') THEN {share} ELSE {value} END"
    )
    if sign == ".":
        value = f"CASE WHEN regexp_full_match({sql}, {_PLAIN}) THEN try_cast({sql} AS {kind}) ELSE {value} END"
    return f"CAST(({value}) {'* ' + _HUNDREDTH if 'percent' in how else ''} AS {kind})"
