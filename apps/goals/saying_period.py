"""Periods as sentences name them: next quarter, by the end of Q3, until 31 March, in the next 90 days. Pure.

“By” a day says when it ends and not when it begins: then there is no start, and it is asked.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from apps.common.periods import (
    Fiscal,
    Grain,
    Period,
    PeriodError,
    add_months,
    next_period,
    parse_period,
    period_of,
    periods_between,
)

ONE_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Where it stands in the sentence, and the days [start, end) it means; without a start it has to be asked."""

    at: int
    until: int
    start: date | None
    end: date


_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "nine": 9, "twelve": 12}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r")\.?"
_LED = (
    r"(?:(?:by|until|till|before|within|in|during|over|for|through|throughout) )?(?:the )?(?:end of )?(?:the )?"
    r"(?:(?:of|in|for) )?"
)
_GRAIN = r"(?P<grain>week|month|quarter|year)"


def spans_in(text: str, today: date, fiscal: Fiscal) -> list[Span]:
    """Every period that the sentence names, the most exact first; `text` is in lower case."""
    found: list[Span] = []
    for pattern, meaning in _PATTERNS:
        for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text):
            try:
                days = meaning(match, today, fiscal)
            except (PeriodError, ValueError, OverflowError):
                continue
            if days is not None and not any(match.start() < other.until and other.at < match.end() for other in found):
                found.append(Span(*match.span(), *days))
    return found


Days = tuple[date | None, date] | None


def _from_to(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    start, last = _day(match["first"], today), _day(match["last"], today)
    return (start, last + ONE_DAY) if start and last and last >= start else None


def _by_day(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    day = _day(match["day"], today)
    return (None, day + ONE_DAY) if day else None


def _labelled(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    """Q3, Q3 2027: without a year the first that is not over."""
    number, year = int(match["quarter"]), match["year"]
    if year:
        return _days(parse_period(f"{year}-Q{number}", fiscal))
    coming = periods_between(today, add_months(today, 15), Grain.QUARTER, fiscal)
    return _days(next(period for period in coming if period.label.endswith(f"Q{number}")))


def _month_named(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    number = _month_number(match["month"])
    if match["year"]:
        return _days(period_of(date(int(match["year"]), number, 1), Grain.MONTH, fiscal))
    year = today.year + (number < today.month)
    return _days(period_of(date(year, number, 1), Grain.MONTH, fiscal))


def _year_named(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    return _days(parse_period(match["year"], fiscal))


def _relative(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    grain = Grain(match["grain"])
    running = period_of(today, grain, fiscal)
    return _days(next_period(running, grain, fiscal) if match["which"] in ("next", "coming", "following") else running)


def _year_end(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    return _days(period_of(today, Grain(match["grain"]), fiscal))


def _so_many(match: re.Match[str], today: date, fiscal: Fiscal) -> Days:
    """The next three months begin with the next whole one, weeks and quarters too; days begin today."""
    typed = match["number"]
    number, unit = int(typed) if typed.isdecimal() else _NUMBERS[typed], match["grain"]
    if unit == "day":
        return today, today + timedelta(days=number)
    grain = Grain(unit)
    first = last = next_period(period_of(today, grain, fiscal), grain, fiscal)
    for _ in range(min(number, 60) - 1):
        last = next_period(last, grain, fiscal)
    return first.start, last.end


_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ANY_DAY = (
    r"(?:\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)?(?: of)? [a-z]{3,9}\.?(?: \d{4})?"
    r"|[a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?(?: \d{4})?)"
)
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], date, Fiscal], Days]], ...] = (
    (rf"(?:from|between) (?P<first>{_ANY_DAY}) (?:to|until|and|through) (?P<last>{_ANY_DAY})", _from_to),
    (rf"(?:by|until|till|before|on|due) (?:the )?(?P<day>{_ANY_DAY})", _by_day),
    (rf"{_LED}q(?P<quarter>[1-4])(?:[ /-]*(?:fy ?)?{_YEAR})?", _labelled),
    (rf"{_LED}{_MONTH}(?: {_YEAR})?", _month_named),
    (rf"{_LED}(?:fy ?|fiscal year |year ){_YEAR}", _year_named),
    (rf"{_LED}{_YEAR}", _year_named),
    (rf"{_LED}(?P<which>next|coming|following|this|current|running) (?:fiscal )?{_GRAIN}", _relative),
    (
        rf"(?:within|in|over|during|for) (?:the )?(?:next )?(?P<number>\d{{1,3}}|{'|'.join(_NUMBERS)}) "
        r"(?P<grain>day|week|month|quarter|year)s?",
        _so_many,
    ),
    (rf"(?:by|until|before|at) (?:the )?end of (?:the )?(?:fiscal )?{_GRAIN}", _year_end),
    (rf"(?:by|until|before|at) (?:the )?{_GRAIN}[- ]?end", _year_end),
)


def _days(period: Period) -> tuple[date, date]:
    return period.start, period.end


def _month_number(word: str) -> int:
    return next(number for number, name in enumerate(_MONTHS, start=1) if name.startswith(word[:3]))


def _day(text: str, today: date) -> date | None:
    """A day as people write it; without a year the next one that comes."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    words = re.search(r"[a-z]{3,9}(?=\.|\s|$)", re.sub(r"\d+(?:st|nd|rd|th)|\bof\b", " ", text))
    numbers = re.findall(r"\d+", text)
    if words is None or not any(name.startswith(words[0][:3]) for name in _MONTHS):
        return None
    month, day = _month_number(words[0]), int(numbers[0])
    if len(numbers) > 1:
        return date(int(numbers[1]), month, day)
    found = date(today.year, month, day)
    return found if found >= today else date(today.year + 1, month, day)
