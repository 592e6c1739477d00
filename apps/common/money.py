"""Numbers as people read and write them: `14.2 k`, `USD 1,234`, `63.2 %`, `51.8 days`. Nothing computes on the texts.

Units are the words of the KPI catalogue (money, percent, count, days, money_per_day, times, points). Shares and rates
are fractions inside (0.632) and percent outside (63.2 %). Money carries its ISO currency.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from apps.common.errors import Refusal

Number = Decimal | int | float

NO_VALUE = "–"
MOST_EXTRA_DIGITS = 9  # enough to tell apart any two stored values that differ visibly
LARGEST = Decimal(10) ** 18  # what a goal's target can hold

_TOO_LARGE = "“{}” is too large: the largest number possible has 18 digits."

_SCALES = ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " M"), (Decimal(10) ** 3, " k"))
_ONE = (Decimal(1), "")


class NumberRefused(Refusal, ValueError):
    """A number somebody typed that cannot be understood; the text says how to write it."""


def format_figure(value: Number | None, unit: str, currency: str = "", *, compact: bool = False) -> str:
    """The value with its unit: `USD 1,234`, compact `USD 14.2 k`; an en dash where there is no value."""
    if value is None:
        return NO_VALUE
    return _show(_decimal(value), unit, currency, compact, None, 0)[0]


def format_against(
    value: Number | None,
    target: Number | None,
    unit: str,
    currency: str = "",
    *,
    compact: bool = False,
    decimals: int | None = None,
) -> str:
    """The value with as many digits as it takes to stand on its true side of the target.

    94.96 % beside a line at 95 % is never shown as 95 %: the rounded number must not contradict the status.
    """
    if value is None:
        return NO_VALUE
    number = _decimal(value)
    if target is None:
        return _show(number, unit, currency, compact, decimals, 0)[0]
    line = _decimal(target)
    true_side = _side(number, line)
    for extra in range(MOST_EXTRA_DIGITS + 1):
        text, shown = _show(number, unit, currency, compact, decimals, extra)
        if _side(shown, line) == true_side:
            break
    return text


def format_pair(
    value: Number, other: Number, unit: str, currency: str = "", *, compact: bool = False
) -> tuple[str, str]:
    """Two numbers that are read beside each other, both with enough digits to show which is larger."""
    first, second = _decimal(value), _decimal(other)
    true_side = _side(first, second)
    for extra in range(MOST_EXTRA_DIGITS + 1):
        first_text, first_shown = _show(first, unit, currency, compact, None, extra)
        second_text, second_shown = _show(second, unit, currency, compact, None, extra)
        if _side(first_shown, second_shown) == true_side:
            break
    return first_text, second_text


def parse_figure(text: str, unit: str = "", currency: str = "") -> Decimal:
    """What somebody typed, as the number that is stored: `1.2m`, `1,200,000`, `USD 250k`, `30 %` (0.3).

    For a unit of percent a bare 30 means 30 %; a bare number up to 1 could mean either and is refused.
    Raises NumberRefused with a sentence that shows how to write it.
    """
    cleaned = _strip_currency(text.strip(), currency)
    match = _TYPED.fullmatch(cleaned)
    if match is None:
        raise NumberRefused(f"“{_short(text)}” is not a number: write {_example(unit)}.")
    number = _grouped(match["number"], text) * _SUFFIXES[match["suffix"].lower()]
    if match["sign"] in ("-", "−"):
        number = -number
    if match["percent"]:
        if unit not in ("", "percent"):
            raise NumberRefused(f"“{_short(text)}” is a percentage, but this KPI is not: write {_example(unit)}.")
        number /= 100
    elif unit == "percent":
        number = _bare_percent(number, text)
    if abs(number) >= LARGEST:
        raise NumberRefused(_TOO_LARGE.format(_short(text)))
    return number


def plain_number(value: Number) -> Decimal:
    """A number as a program gives it, exact. Raises NumberRefused for what is not finite or too large to store."""
    if isinstance(value, bool) or not _decimal(value).is_finite():
        raise NumberRefused(f"“{value}” is not a number: write {_example('')}.")
    number = _decimal(value)
    if abs(number) >= LARGEST:
        raise NumberRefused(_TOO_LARGE.format(_short(str(value))))
    return number


# --- showing ---------------------------------------------------------------------------------------------------------


def _show(
    value: Decimal, unit: str, currency: str, compact: bool, decimals: int | None, extra: int
) -> tuple[str, Decimal]:
    """The text, and the number which that text says (for comparing what is shown)."""
    factor = Decimal(100) if unit == "percent" else Decimal(1)
    scaled = value * factor
    size, suffix = _scale(scaled) if compact and unit != "percent" else _ONE
    places = _places(scaled / size, unit, bool(suffix), decimals) + extra
    rounded = _round(scaled / size, places)
    if suffix and abs(rounded) >= 1000 and size < _SCALES[0][0]:  # 999.96 k rounds up to the next word
        size, suffix = next(scale for scale in reversed(_SCALES) if scale[0] > size)
        places = 2 + extra
        rounded = _round(scaled / size, places)
    text = f"{abs(rounded):,.{places}f}{suffix}"
    if rounded < 0:
        text = f"−{text}"
    return _with_unit(text, rounded, unit, currency), rounded * size / factor


def _scale(value: Decimal) -> tuple[Decimal, str]:
    size = abs(value)
    for scale in _SCALES:
        if size >= scale[0]:
            return scale
    return _ONE


def _places(value: Decimal, unit: str, scaled: bool, decimals: int | None) -> int:
    """Three significant digits for scaled numbers; otherwise none for whole numbers and what the unit deserves."""
    if decimals is not None:
        return decimals
    size = abs(value)
    if scaled:
        return 2 if size < 10 else 1 if size < 100 else 0
    if value == value.to_integral_value():
        return 0
    if unit in ("money", "money_per_day"):
        return 2 if size < 100 else 0
    return 2 if unit in ("times", "count") and size < 10 else 1


def _with_unit(text: str, shown: Decimal, unit: str, currency: str) -> str:
    return _UNIT_TEXTS.get(unit, _bare)(text, shown, currency)


def _bare(text: str, shown: Decimal, currency: str) -> str:
    return text


def _money(text: str, shown: Decimal, currency: str) -> str:
    return f"{currency} {text}" if currency else text


def _money_per_day(text: str, shown: Decimal, currency: str) -> str:
    return f"{_money(text, shown, currency)} per day"


def _percent(text: str, shown: Decimal, currency: str) -> str:
    return f"{text} %"


def _days(text: str, shown: Decimal, currency: str) -> str:
    return f"{text} day" if abs(shown) == 1 else f"{text} days"


def _points(text: str, shown: Decimal, currency: str) -> str:
    return f"{text} point" if abs(shown) == 1 else f"{text} points"


def _times(text: str, shown: Decimal, currency: str) -> str:
    return f"{text} ×"


_UNIT_TEXTS: dict[str, Callable[[str, Decimal, str], str]] = {
    "money": _money,
    "money_per_day": _money_per_day,
    "percent": _percent,
    "days": _days,
    "points": _points,
    "times": _times,
}


def _round(value: Decimal, places: int) -> Decimal:
    """Commercial rounding, as people check it by hand; a number too long to be cut is left as it is."""
    try:
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return value


def _side(value: Decimal, line: Decimal) -> int:
    return (value > line) - (value < line)


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


# --- reading ---------------------------------------------------------------------------------------------------------

_SUFFIXES = {
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "m": Decimal(10) ** 6,
    "mio": Decimal(10) ** 6,
    "bn": Decimal(10) ** 9,
    "b": Decimal(10) ** 9,
}
_TYPED = re.compile(
    r"(?P<sign>[+\-−]?)\s*(?P<number>[0-9][0-9., '’\u00a0\u202f]*|\.[0-9]+)"
    r"\s*(?P<suffix>k|mio|m|bn|b|)\.?\s*(?P<percent>%?)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")
_COMMA_GROUPS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_SPACE_GROUPS = re.compile(r"[0-9]{1,3}([ '’][0-9]{3})+(\.[0-9]*)?")
_DOT_GROUPS = re.compile(r"[0-9]{1,3}(\.[0-9]{3}){2,}(,[0-9]*)?|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")


def _grouped(digits: str, typed: str) -> Decimal:
    """Undo thousands separators: `1,200,000`, `1 200 000`, `1'200'000`, `1.200.000`; one comma alone is ambiguous."""
    digits = digits.replace("\u00a0", " ").replace("\u202f", " ").strip()
    if _PLAIN.fullmatch(digits):
        return Decimal(digits)
    if _COMMA_GROUPS.fullmatch(digits):
        return Decimal(digits.replace(",", ""))
    if _SPACE_GROUPS.fullmatch(digits):
        return Decimal(re.sub(r"[ '’]", "", digits))
    if _DOT_GROUPS.fullmatch(digits):
        return Decimal(digits.replace(".", "").replace(",", "."))
    raise NumberRefused(f"“{_short(typed)}” can be read in several ways: write 1200.5 or 1,200.5.")


def _bare_percent(number: Decimal, typed: str) -> Decimal:
    if 0 < abs(number) <= 1:
        low, high = format_figure(number / 100, "percent"), format_figure(number, "percent")
        raise NumberRefused(f"“{_short(typed)}” could mean {low} or {high}: write it with the % sign.")
    return number / 100


def _strip_currency(text: str, currency: str) -> str:
    """A currency sign, or the workspace's own code, before or behind the number."""
    signs = ["$", "€", "£", "¥", "₹"] + ([currency] if currency else [])
    for sign in signs:
        if text.upper().startswith(sign.upper()):
            return text[len(sign) :].strip()
        if text.upper().endswith(sign.upper()):
            return text[: -len(sign)].strip()
    return text


def _example(unit: str) -> str:
    return {
        "percent": "30 % or 12.5 %",
        "days": "45 or 12.5",
        "times": "3 or 2.5",
        "points": "30 or -5",
        "count": "120, 1,200 or 1.2k",
        "money": "250000, 250k or 1.2m",
        "money_per_day": "12500 or 12.5k",
    }.get(unit, "250000, 250k or 30 %")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
