"""The parts of a mapping that make rows and values out of others: computed, where, unpivot, repeat (see mapping.py)."""

from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.common.errors import Refusal
from apps.common.formula import Node
from apps.common.formula import parse as parse_formula
from apps.datasets.errors import ImportRefusal
from apps.datasets.reader import Reading
from apps.datasets.store.lines import PARTS

MOST_UNPIVOTED = 400
MODES = ("upsert", "append", "replace")
_UNPIVOT = '"unpivot": {"columns": {"Jan": "1", "Feb": "2"}, "name": "Month", "value": "Target"}'
_READING = '"reading": {"delimiter": ";", "encoding": "cp1252", "quote": "\'", "header": 3, "sheet": "Deals"}'
_REPEAT = '"repeat": {"times": "New customers", "number": "Copy"}'


@dataclass(frozen=True)
class Formula:
    """A formula as typed, and its tree."""

    text: str
    tree: Node


@dataclass(frozen=True)
class Unpivot:
    """Each of `columns` (header: what its rows are called) becomes a row, told in `name`, with its cell in `value`."""

    columns: dict[str, str]
    name: str
    value: str

    def as_json(self) -> dict[str, Any]:
        return {"columns": self.columns, "name": self.name, "value": self.value}


@dataclass(frozen=True)
class Repeat:
    """A line stands for as many rows as its cell `times` says; `number` counts them from 1."""

    times: str
    number: str

    def as_json(self) -> dict[str, str]:
        return {"times": self.times, "number": self.number}


def computed_of(given: object) -> dict[str, Formula]:
    if not isinstance(given, dict):
        raise ImportRefusal('`computed` of the mapping must be an object such as {"net": "price * quantity"}.')
    return {field: formula_of(text, f"`computed` of the mapping, `{field}`") for field, text in given.items()}


def where_of(given: object) -> Formula | None:
    return None if given is None else formula_of(given, "`where` of the mapping")


def formula_of(given: object, where: str) -> Formula:
    if not isinstance(given, str):
        raise ImportRefusal(f"{where}: a formula is a text in quotation marks.")
    try:
        return Formula(given, parse_formula(given))
    except Refusal as refusal:
        raise ImportRefusal(f"{where}: {refusal.sentence}") from refusal


def unpivot_of(given: object) -> Unpivot | None:
    if given is None:
        return None
    found = _texts(given, {"columns", "name", "value"}, _UNPIVOT)
    columns = found["columns"]
    if isinstance(columns, list) and all(isinstance(each, str) for each in columns):
        columns = {each: each for each in columns}
    if not isinstance(columns, dict) or not columns or not all(_is_text(each) for each in columns.values()):
        raise ImportRefusal(f"`unpivot` of the mapping needs the columns that become rows: {_UNPIVOT}.")
    if len(columns) > MOST_UNPIVOTED:
        raise ImportRefusal(f"`unpivot` of the mapping names {len(columns)} columns; {MOST_UNPIVOTED} are possible.")
    return Unpivot({header: str(label) for header, label in columns.items()}, found["name"], found["value"])


def repeat_of(given: object) -> Repeat | None:
    if given is None:
        return None
    found = _texts(given, {"times", "number"}, _REPEAT)
    return Repeat(found["times"], found["number"])


def reading_of(given: object) -> Reading:
    """What the mapping says about the file itself; what it leaves out is guessed."""
    if given is None:
        return Reading()
    fields = ("delimiter", "encoding", "quote", "header", "sheet")
    if not isinstance(given, dict) or not set(given) <= set(fields):
        raise ImportRefusal(f"`reading` of the mapping must be written like this, in parts: {_READING}.")
    header = given.get("header")
    if header is not None and (isinstance(header, bool) or not isinstance(header, int) or header < 0):
        raise ImportRefusal("`reading` of the mapping: `header` is the line of the header, 0 if there is none.")
    for name in ("delimiter", "encoding", "quote", "sheet"):
        if not isinstance(given.get(name, ""), str) or "\x00" in given.get(name, "") or given.get(name) == "":
            raise ImportRefusal(f"`reading` of the mapping: `{name}` must be a text: {_READING}.")
    delimiter = {"tab": "\t", "\\t": "\t"}.get(given.get("delimiter", ""), given.get("delimiter"))
    quote = given.get("quote")
    signs = delimiter if delimiter not in (None, "none", "aligned") else ""  # the words: no sign parts the columns
    if len(signs) > 3 or set(signs) & {"\n", "\r", quote or '"'}:
        raise ImportRefusal("`reading` of the mapping: `delimiter` is one to three signs, such as `;` or `tab`.")
    if quote is not None and (len(quote) != 1 or quote in "\r\n"):
        raise ImportRefusal("`reading` of the mapping: `quote` is one sign, such as `'`.")
    return Reading(delimiter, given.get("encoding"), quote, header, given.get("sheet"))


def reading_as_json(reading: Reading) -> dict[str, Any]:
    """Only what was decided; the first line may be 0."""
    return {name: value for name, value in asdict(reading).items() if value is not None}


def _texts(given: object, needed: set[str], shown: str) -> AnyMapping[str, Any]:
    part = shown.split('"')[1]
    if not isinstance(given, dict) or set(given) != needed:
        raise ImportRefusal(f"`{part}` of the mapping must be written like this: {shown}.")
    for name in needed - {"columns"}:
        if not isinstance(given[name], str) or not given[name].strip() or "\x00" in given[name]:
            raise ImportRefusal(f"`{part}` of the mapping: `{name}` must be the name of a column: {shown}.")
    return given


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and "\x00" not in str(value)


def most_copies(unpivot: Unpivot | None) -> int:
    """How many rows one line can stand for, so that each has a number (store.lines)."""
    return PARTS // (len(unpivot.columns) if unpivot else 1) - 1


def mode_of(given: object) -> str:
    """One of MODES, or nothing. The days that `replace` is about are said with each file, not in its mapping."""
    if given in (None, ""):
        return ""
    if not isinstance(given, str) or given not in MODES:
        raise ImportRefusal(f"`mode` of the mapping must be one of {', '.join(MODES)}.")
    return given
