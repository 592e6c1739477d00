"""What was found out about a file, in the words in which it is shown and can be overruled."""

from dataclasses import dataclass

from apps.datasets.reader.aligned import ALIGNED
from apps.datasets.reader.containers import Content
from apps.datasets.reader.dialect import Dialect
from apps.datasets.reader.parsing import NONE, UNPARTED, Form

_NAMES = {
    ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank", ":": "colon", "^": "^", "~": "~",
    ", ": "comma and blank", ALIGNED: "none: columns stand under each other", NONE: "none: one column",
}  # fmt: skip
_QUOTES = {'"': '"', "'": "'"}
_CODECS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 with mark", "cp1252": "Windows-1252", "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE", "utf-32": "UTF-32", "iso8859-1": "Latin-1",
    "cp1250": "Windows-1250", "cp1251": "Windows-1251", "mac-roman": "Mac Roman", "cp437": "DOS",
    "shift_jis": "Shift JIS", "gb18030": "GB 18030", "big5": "Big5", "euc_kr": "EUC-KR",
}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """`part` is the name under `reading` in a mapping, `value` what would be written there."""

    part: str
    what: str
    shown: str
    value: str | int
    choices: tuple[tuple[str, str], ...] = ()  # (value, name) of what else it could be


def guesses(dialect: Dialect, encoding: str, content: Content) -> tuple[Guess, ...]:
    """Sheet, delimiter, quotes, encoding, header: of a workbook only the first and the last."""
    found = []
    if content.sheet is not None:
        others = f" (of {len(content.sheets)})" if len(content.sheets) > 1 else ""
        choices = tuple((each, each) for each in content.sheets)
        found.append(Guess("sheet", "sheet", f"{content.sheet}{others}", content.sheet, choices))
    if not content.written:
        form = dialect.form
        found.append(_one_of("delimiter", "delimiter", _delimiter(form), _NAMES))
        found.append(_one_of("quote", "quotation mark", form.quote, _QUOTES))
        found.append(_one_of("encoding", "encoding", encoding, _CODECS))
    found.append(_header(dialect))
    return tuple(found)


def _delimiter(form: Form) -> str:
    if form.columns:
        return ALIGNED
    return NONE if form.delimiter == UNPARTED else form.delimiter


def _one_of(part: str, what: str, value: str, names: dict[str, str]) -> Guess:
    known = names if value in names else {value: value, **names}
    return Guess(part, what, known[value], value, tuple(known.items()))


def _header(dialect: Dialect) -> Guess:
    first, last = dialect.preamble + 1, dialect.header_lines
    if not dialect.layout.named:
        return Guess("header", "header", "none: the columns are numbered", 0)
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    return Guess("header", "header", lines, first)
