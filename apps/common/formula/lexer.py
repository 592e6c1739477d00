"""The words of a formula, each with its position."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from apps.common.errors import Refusal

DIGITS = 30
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_SIGN = re.compile(r"!=|<=|>=|[-+*/&=<>(),]")
_BLANKS = " \t\r\n\u00a0"
_KEYWORDS = ("and", "or", "not")
# They turn the reading order around: what a person sees would not be what is read.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What people write out of another habit, and what it is here.
_HABITS = {
    "==": "write `=`", "<>": "write `!=`", "&&": "write `and`", "||": "write `or`, or `&` to join texts",
    "**": "powers are not known: multiply", "//": "write `/`", "!": "write `not` or `!=`", "%": "write 0.12 for 12 %",
    ";": "arguments are divided by a comma",
}  # fmt: skip


class FormulaRefusal(Refusal):
    """`at` is where in the formula, from 0; the sentence counts from 1, as people do."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(f"The formula cannot be read at position {at + 1}: {what}.")
        self.at = at


class Kind(Enum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"  # also and, or, not
    END = "end"


@dataclass(frozen=True)
class Token:
    kind: Kind
    text: str
    at: int
    in_brackets: bool = False

    @property
    def told(self) -> str:
        return "its end" if self.kind is Kind.END else f"`{self.text[:40]}`"


def tokens(text: str) -> Iterator[Token]:
    """The words and an end mark. FormulaRefusal for a sign that has no place in a formula."""
    _refuse_hidden(text)
    at = 0
    while at < len(text):
        if text[at] in _BLANKS:
            at += 1
            continue
        token, at = _next(text, at)
        yield token
    yield Token(Kind.END, "", len(text))


def _refuse_hidden(text: str) -> None:
    for at, sign in enumerate(text):
        hidden = unicodedata.category(sign) in {"Cc", "Cs"} and sign not in _BLANKS
        if hidden or sign in _TURNING:
            raise FormulaRefusal(f"the sign U+{ord(sign):04X} cannot be seen and has no place in a formula", at)


def _next(text: str, at: int) -> tuple[Token, int]:
    sign = text[at]
    if sign in "'\"[":
        return _quoted(text, at)
    if found := _NUMBER.match(text, at):
        return _number(text, at, found.group())
    if _begins_name(sign):
        end = at + 1
        while end < len(text) and _continues_name(text[end]):
            end += 1
        word = text[at:end]
        keyword = word.lower() in _KEYWORDS
        return Token(Kind.SIGN if keyword else Kind.NAME, word.lower() if keyword else word, at), end
    habit = _HABITS.get(text[at : at + 2]) or _HABITS.get(sign if text[at : at + 2] != "!=" else "")
    found = None if habit else _SIGN.match(text, at)
    if found is None:
        raise FormulaRefusal(f"`{sign}` has no place in a formula{f', {habit}' if habit else ''}", at)
    return Token(Kind.SIGN, found.group(), at), found.end()


def _number(text: str, at: int, digits: str) -> tuple[Token, int]:
    if len(digits.replace(".", "")) > DIGITS:
        raise FormulaRefusal(f"a number has at most {DIGITS} digits", at)
    end = at + len(digits)
    if end < len(text) and (text[end] == "." or _continues_name(text[end])):
        raise FormulaRefusal("a number consists of digits and one decimal point, such as 1200.50", at)
    return Token(Kind.NUMBER, digits, at), end


def _quoted(text: str, at: int) -> tuple[Token, int]:
    """A text in quotes, or a name in square brackets; the closing sign twice stands for itself."""
    opening = text[at]
    closing = "]" if opening == "[" else opening
    found: list[str] = []
    end = at + 1
    while end < len(text):
        if text[end] != closing:
            found.append(text[end])
        elif text[end + 1 : end + 2] == closing:
            found.append(closing)
            end += 1
        else:
            return _closed("".join(found), opening, at), end + 1
        end += 1
    raise FormulaRefusal(f"`{opening}` opens here and is never closed by `{closing}`", at)


def _closed(inside: str, opening: str, at: int) -> Token:
    if opening != "[":
        return Token(Kind.TEXT, inside, at)
    if not inside.strip():
        raise FormulaRefusal("a name is expected between the square brackets", at)
    return Token(Kind.NAME, inside.strip(), at, in_brackets=True)


def _begins_name(sign: str) -> bool:
    return sign == "_" or unicodedata.category(sign).startswith("L")


def _continues_name(sign: str) -> bool:
    return _begins_name(sign) or unicodedata.category(sign) in {"Nd", "Mn", "Mc"}
