"""The mapping file: which column of a file feeds which field, and how its texts are to be understood.

    {"table": "deals",
     "key": ["id"],
     "columns": {"field": "Source header"},
     "values": {"field": {"Source value": "field value"}},
     "constants": {"field": "value"},
     "formats": {"field": "%d/%m/%y"},
     "lookups": [{"file": "products.csv", "on": {"Source header": "Lookup header"},
                  "columns": {"field": "Lookup header"}}],
     "unpivot": {"columns": {"M01": "1", "M02": "2"}, "name": "Month", "value": "Target"},
     "repeat": {"times": "New customers", "number": "Copy"},
     "computed": {"field": "price * quantity * (1 - discount)"},
     "where": "[Order status] != 'test'",
     "mode": "append",
     "description": "what people should know about this mapping"}

Every part may be left out; what is missing is guessed from the content and shown (guessing.py).

Rules, in the order in which they are applied to one row:
1. A field takes the first text that is not blank: its column, then the lookups in their order. So a lookup fills what
   the file itself leaves blank: with `"amount": "close_value"` under `columns` and `"amount": "sales_price"` in a
   lookup on the products, won deals keep their closing value and open deals get the list price.
2. `values` of the field replace that text: `""` stands for blank, `"*"` for any other value (blank too, unless `""` is
   listed); case does not matter unless two listed values differ by case alone. A value not listed stays as it is.
3. `constants` fill what is still blank.
4. The text becomes a date by `formats` (strptime; `"iso"` for 2017-03-31 with or without a time; a time after the date
   is accepted, names of months may be English, German, French or Spanish; `"excel"`, `"unix"` and `"unix_ms"` for the
   days of a workbook, for seconds and for milliseconds since 1970) or a number (`formats` names the decimal sign,
   `"."` or `","`; `"percent"` for 75 meaning 0.75).

Before that the rows themselves are made, in this order:
a. `unpivot`: each of the named columns becomes a row of its own. `name` and `value` are two new columns beside those of
   the file: what the row is called (the header, or what the object says for it) and the cell.
b. lookups, which may be on these new columns.
c. `repeat`: a line stands for as many rows as its cell `times` says; `number` is a new column that counts from 1.
d. `computed`: the text of a field from a formula (common.formula) over the columns of the file, of the lookups and of a
   and c, instead of a column. What cannot be computed is an issue of that row; blanks give blanks. `file()` is the name
   of the file without its suffix, `line()` the number of the line; the functions are in formulas/functions.py.
e. `where`: only rows for which the formula holds are read; the others are counted as left out, not as rejected.

A lookup finds its row by the text of the source column, or, if that finds none, by the text after the `values` of the
text field which that column feeds: `"values": {"product": {"GTXPro": "GTX Pro"}}` both shows `GTX Pro` and finds its
price. A lookup may also be on a header that an earlier lookup has brought. One source column may feed several fields;
`null` as a source header leaves the field empty and stops the guessing. A name in `columns` (of the file or a lookup)
that is no standard field becomes the workspace's own text column; columns of the file that nobody mentions do too.
`key` replaces the key of the table; an empty one means rows without identity. `mode` says how the rows join those that
are there (modes.py), unless whoever imports says otherwise.
"""

import json
import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any

from apps.common.spelling import did_you_mean
from apps.datasets.errors import ImportRefusal
from apps.datasets.expressions import COUNTED, is_strptime
from apps.datasets.parts import (
    Formula,
    Repeat,
    Unpivot,
    computed_of,
    mode_of,
    reading_of,
    repeat_of,
    unpivot_of,
    where_of,
)
from apps.datasets.reader import Reading
from apps.datasets.schema import FieldType, Table, table
from apps.datasets.schema.fields import normal

PARTS = (
    "table", "key", "columns", "values", "constants", "formats", "lookups", "computed", "where", "unpivot", "repeat",
    "reading", "mode", "description",
)  # fmt: skip
_NUMBER_FORMATS = (".", ",", "percent", ",percent", ".percent")
ORIGIN = ("import_id", "file_name", "line")  # told beside the columns of a row: where it came from
_OWN_NAME = re.compile(r"[^\W\d_]\w{0,62}")


@dataclass(frozen=True)
class Lookup:
    file: str
    on: dict[str, str]
    columns: dict[str, str]


@dataclass(frozen=True)
class Mapping:
    """A mapping as given: its shape and names are right, its headers are not yet compared with a file."""

    table: Table
    key: tuple[str, ...] | None
    columns: dict[str, str | None]
    values: dict[str, dict[str, str]]
    constants: dict[str, str]
    formats: dict[str, str]
    lookups: tuple[Lookup, ...]
    computed: dict[str, Formula] = dataclass_field(default_factory=dict)
    where: Formula | None = None
    unpivot: Unpivot | None = None
    repeat: Repeat | None = None
    reading: Reading = dataclass_field(default_factory=Reading)
    mode: str = ""

    @property
    def fields(self) -> set[str]:
        """Every field that the mapping gives a source."""
        brought = {field for lookup in self.lookups for field in lookup.columns}
        return {field for field, header in self.columns.items() if header} | brought | {*self.constants, *self.computed}

    @property
    def makes_rows(self) -> bool:
        """Whether one line of the file can become several rows."""
        return self.unpivot is not None or self.repeat is not None


def load(path: Path) -> dict[str, Any]:
    """The JSON of a mapping file; Refusal if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_without_repeats)
    except OSError as error:
        raise ImportRefusal(f"The mapping file `{path}` cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ImportRefusal(f"The mapping file `{path}` is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise ImportRefusal(
            f"The mapping file `{path}` is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    if not isinstance(found, dict):
        raise ImportRefusal(f"The mapping file `{path}` must be one JSON object with {', '.join(PARTS[:4])}, ….")
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets the last of two equal names win in silence; here one of them is a slip."""
    found = dict(pairs)
    for name, _ in pairs:
        if len(found) < len(pairs) and sum(name == other for other, _ in pairs) > 1:
            raise ImportRefusal(f"The mapping file names `{name}` twice in one place: leave one of them.")
    return found


def parse(given: AnyMapping[str, Any] | None, table_name: str) -> Mapping:
    """Check shape and names. Refusal names the part, the field and what would be right."""
    given = given or {}
    into = table(table_name)
    for part in given:
        if part not in PARTS:
            raise ImportRefusal(f"The mapping has an unknown part `{part}`.{did_you_mean(part, PARTS)}")
    if given.get("table", table_name) != table_name:
        raise ImportRefusal(f"The mapping is for the table `{given['table']}`, but the file goes into `{table_name}`.")
    values = _part(given, "values")
    mapping = Mapping(
        table=into,
        key=_key(given),
        columns=_texts(_part(given, "columns"), "columns", nullable=True),
        values={field: _known(_texts(pairs, f"values of `{field}`")) for field, pairs in values.items()},
        constants=_known(_texts(_part(given, "constants"), "constants")),
        formats=_known(_texts(_part(given, "formats"), "formats")),
        lookups=tuple(_lookup(each) for each in _list(given, "lookups")),
        computed=computed_of(given.get("computed", {})),
        where=where_of(given.get("where")),
        unpivot=unpivot_of(given.get("unpivot")),
        repeat=repeat_of(given.get("repeat")),
        reading=reading_of(given.get("reading")),
        mode=mode_of(given.get("mode")),
    )
    _check_computed(mapping)
    _check_names(mapping)
    _check_formats(mapping)
    return mapping


def _part(given: AnyMapping[str, Any], part: str) -> dict[str, Any]:
    found = given.get(part, {})
    if not isinstance(found, dict):
        raise ImportRefusal(f'`{part}` of the mapping must be an object such as {{"field": …}}.')
    return found


def _list(given: AnyMapping[str, Any], part: str) -> list[Any]:
    found = given.get(part, [])
    if not isinstance(found, list):
        raise ImportRefusal(f"`{part}` of the mapping must be a list.")
    return found


def _texts(pairs: object, where: str, *, nullable: bool = False) -> dict[str, str | None]:
    if not isinstance(pairs, dict):
        raise ImportRefusal(f"The {where} of the mapping must be an object of texts.")
    found: dict[str, str | None] = {}
    for key, value in pairs.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise ImportRefusal(f"The {where} of the mapping: the value of `{key}` must be a text.")
        if value is None and not nullable:
            raise ImportRefusal(f'The {where} of the mapping: the value of `{key}` is null; write "" for blank.')
        if "\x00" in f"{key}{value}":
            raise ImportRefusal(f"The {where} of the mapping hold a zero byte, which is no text: take it out.")
        found[key] = None if value is None else str(value)
    return found


def _known(pairs: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in pairs.items() if value is not None}


def _key(given: AnyMapping[str, Any]) -> tuple[str, ...] | None:
    if given.get("key") is None:
        return None
    fields = [given["key"]] if isinstance(given["key"], str) else _list(given, "key")
    if not all(isinstance(field, str) for field in fields):
        raise ImportRefusal("`key` of the mapping must be a list of field names.")
    return tuple(fields)


def _lookup(given: object) -> Lookup:
    if not isinstance(given, dict) or not isinstance(given.get("file"), str):
        raise ImportRefusal('A lookup of the mapping needs a "file", "on" and "columns".')
    if not given.get("on"):
        raise ImportRefusal(f'The lookup `{given["file"]}` of the mapping needs "on".')
    if "columns" not in given:  # empty ones are fine: formulas and further lookups can use them all the same
        raise ImportRefusal(f'The lookup `{given["file"]}` of the mapping needs "columns".')
    unknown = set(given) - {"file", "on", "columns"}
    if unknown:
        raise ImportRefusal(f"The lookup `{given['file']}` of the mapping has an unknown part `{min(unknown)}`.")
    where = f"columns of the lookup {given['file']}"
    return Lookup(given["file"], _known(_texts(given["on"], where)), _known(_texts(given["columns"], where)))


def _check_computed(mapping: Mapping) -> None:
    brought = {field for lookup in mapping.lookups for field in lookup.columns}
    for field in mapping.computed:
        if mapping.columns.get(field) or field in brought:
            raise ImportRefusal(
                f"The mapping says twice where `{field}` comes from, by a column and by `computed`: leave one of them;"
                " coalesce(a, b) in a formula takes the first that is not blank."
            )


def _check_names(mapping: Mapping) -> None:
    for field in mapping.fields:
        _check_own(field, mapping)
    known = {*mapping.table.names, *mapping.fields}
    for part, fields in (("values", mapping.values), ("formats", mapping.formats), ("key", mapping.key or ())):
        for field in fields:
            if field not in known:
                raise ImportRefusal(
                    f"`{part}` of the mapping: {mapping.table.title.lower()} have no field `{field}`."
                    f"{did_you_mean(field, sorted(known))}"
                )


def _check_formats(mapping: Mapping) -> None:
    for field, how in mapping.formats.items():
        kind = mapping.table.field(field).type if mapping.table.has(field) else FieldType.TEXT
        if kind.is_time and how not in {"iso", *COUNTED} and not is_strptime(how):
            raise ImportRefusal(
                f"The format `{how}` of `{field}` in the mapping is not understood: write the parts of a date as in"
                " %d/%m/%Y or %Y-%m-%d %H:%M, or `iso`; numbers are `excel`, `unix` (seconds) or `unix_ms`."
            )
        if kind.is_number and how not in _NUMBER_FORMATS:
            raise ImportRefusal(
                f"The format `{how}` of `{field}` in the mapping is not understood: for a number it is the decimal"
                " sign, `.` or `,`, or `percent`."
            )


def _check_own(field: str, mapping: Mapping) -> None:
    """A name that is no standard field is an own column, unless it is plainly meant to be a standard one."""
    if mapping.table.has(field):
        return
    title = mapping.table.title.lower()
    for standard in mapping.table.fields:
        meant = {normal(standard.name), *map(normal, standard.synonyms)}
        if standard.name not in mapping.fields and (normal(field) in meant or is_slip(field, standard.name)):
            raise ImportRefusal(
                f"The mapping names `{field}`, but {title} have no such field. Did you mean `{standard.name}`?"
            )
    if field in ORIGIN:
        raise ImportRefusal(
            f"The mapping names a column `{field}`, but that word says where a row came from: call it `source_{field}`."
        )
    if not _OWN_NAME.fullmatch(field) or field != field.lower():
        raise ImportRefusal(
            f"The mapping names `{field}`, but {title} have no such field.{did_you_mean(field, mapping.table.names)}"
            " A column of your own is named with small letters, digits and underscores."
        )


def is_slip(word: str, meant: str) -> bool:
    """Whether one letter is wrong, missing, too much, or two neighbours are swapped."""
    if abs(len(word) - len(meant)) > 1 or word == meant:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    rest, right = word[start:], meant[start:]
    return rest[1:] == right[1:] or rest[1:] == right or rest == right[1:] or (rest[1::-1] + rest[2:]) == right
