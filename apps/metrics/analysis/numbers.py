"""Numbers of an analysis: exact inside, so that parts add up to their whole and a tie is a tie.

Units are the words of the KPI catalogue; shares and rates are fractions (0.632).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.common.money import NO_VALUE, format_figure

Number = Decimal | int | float | Fraction

_WORDS_FOR_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class NoAnswer:
    """Why there is nothing to show, as a sentence that can stand in its place."""

    reason: str


def exact(value: Number) -> Fraction:
    """The number without rounding; a float is the decimal number it is written as (0.1 is a tenth)."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def decimal(value: Number) -> Decimal:
    """The number as pages and charts take it, to 28 digits."""
    if isinstance(value, Decimal):
        return value
    fraction = exact(value)
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def figure(value: Number | None, unit: str = "", currency: str = "") -> str:
    """`USD 14.2 k`, `63.2 %`: as everywhere else."""
    return NO_VALUE if value is None else format_figure(decimal(value), unit, currency, compact=True)


def difference(value: Number, unit: str = "", currency: str = "") -> str:
    """With its sign, and percentage points where the figures are percentages: `+USD 14.2 k`, `−3.1 pp`."""
    number = decimal(value)
    sign = "+" if number > 0 else "−" if number < 0 else "±"
    text = format_figure(abs(number), unit, currency, compact=True)
    return sign + (f"{text.removesuffix(' %')} pp" if unit == "percent" else text)


def counted(number: int, one: str, many: str = "") -> str:
    """`three points`, `one point`, `24 points`."""
    said = _WORDS_FOR_SMALL[number] if 0 <= number < len(_WORDS_FOR_SMALL) else f"{number:,}"
    return f"{said} {one if number == 1 else many or one + 's'}"


def listed(texts: list[str]) -> str:
    """`East, West and North`."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""
