"""Credit that several people share: `Anna Snelling 60%; Ben Ode 40%`.

One text, so that it travels in the owner column of any export. The canonical form, which is what is stored, joins
parts by SEPARATOR, each of which PART matches: the name, one blank, the percentage without needless zeros, `%`.
"""

import re
from decimal import Decimal

from apps.common.errors import Refusal
from apps.common.texts import normalised

SEPARATOR = "; "
PART = r"^(.+) ([0-9]+(?:\.[0-9]+)?)%$"
# As people write it: `Anna 60 %`, `Anna (60%)`, `Anna: 60,5%`.
_WRITTEN = re.compile(r"^(?P<name>.*?)[\s:,=(]*(?P<percent>[0-9]{1,12}(?:[.,][0-9]{1,12})?)\s*%\s*\)?$", re.DOTALL)
_BETWEEN = re.compile(r";|(?<=%)\s*[,|+&]|(?<=%\))\s*[,|+&]")
_WHOLE = Decimal(100)


def is_split(text: str) -> bool:
    """Whether it says percentages at all; `Smith; Anna` is one name."""
    return "%" in text and any(_WRITTEN.match(part) for part in _parts(text))


def parse_split(text: str) -> list[tuple[str, Decimal]]:
    """(name, share) of each, shares as fractions that sum to exactly 1; a text without percentages is one name.

    Refusal in a sentence if a part has no name or share, a name comes twice, or the sum is not 100 %.
    """
    if not is_split(text):
        return [(text.strip(), Decimal(1))]
    found = [_share(part, text) for part in _parts(text)]
    names = [normalised(name) for name, _ in found]
    twice = next((name for name, _ in found if names.count(normalised(name)) > 1), None)
    if twice is not None:
        raise Refusal(f"`{text}` names {twice} twice: write one share for each person.")
    total = sum(percent for _, percent in found)
    if total != _WHOLE:
        raise Refusal(f"The shares of `{text}` sum to {_plain(Decimal(total))} %, they must sum to exactly 100 %.")
    return [(name, percent / _WHOLE) for name, percent in found]


def names_in(text: str) -> list[str]:
    """Who is named: one, or everybody who shares; a text whose shares cannot be read is one name."""
    if "%" not in text:
        return [text.strip()]
    try:
        return [name for name, _ in parse_split(text)]
    except Refusal:
        return [text.strip()]


def told(shares: list[tuple[str, Decimal]]) -> str:
    """The canonical text; somebody who has all of it is just a name."""
    if len(shares) == 1:
        return shares[0][0]
    return SEPARATOR.join(f"{name} {_plain(share * _WHOLE)}%" for name, share in shares)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _share(part: str, text: str) -> tuple[str, Decimal]:
    found = _WRITTEN.match(part)
    if found is None:
        raise Refusal(f"`{part}` in `{text}` has no share: write it as in `Anna Snelling 60%; Ben Ode 40%`.")
    name, percent = " ".join(found["name"].split()), Decimal(found["percent"].replace(",", "."))
    if not name:
        raise Refusal(f"`{part}` in `{text}` has no name: write it as in `Anna Snelling 60%; Ben Ode 40%`.")
    if not percent:
        raise Refusal(f"`{text}` gives {name} a share of 0 %: leave {name} out.")
    return name, percent


def _plain(percent: Decimal) -> str:
    digits = f"{percent:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
