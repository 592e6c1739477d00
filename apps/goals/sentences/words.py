"""What all sentences have in common: figures with the unit and currency of their KPI, and days."""

from datetime import date
from decimal import Decimal

from apps.common.money import format_figure, format_pair
from apps.goals.case import Case, closed_through
from apps.goals.pace import ONE_DAY

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_text(day: date, today: date) -> str:
    """`Fri 14 Nov`, with the year only where it is not this one."""
    text = f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text} {day.year}"


def known(case: Case) -> tuple[Decimal, Decimal]:
    assert case.given.value is not None
    assert case.given.target is not None
    return case.given.value, case.given.target


def judged_on(case: Case) -> date:
    judged = closed_through(case.given)
    assert judged is not None
    return max(judged, case.given.starts_on)


def day_of(case: Case, day: date) -> str:
    return day_text(day, case.given.today)


def figure(case: Case, value: Decimal) -> str:
    return format_figure(value, case.given.unit, case.given.currency, compact=True)


def pair(case: Case, value: Decimal, other: Decimal) -> tuple[str, str]:
    return format_pair(value, other, case.given.unit, case.given.currency, compact=True)


def gap(case: Case, value: Decimal) -> str:
    """A distance or a daily amount: percent are points apart, money per day keeps its unit short."""
    if case.given.unit == "percent":
        return format_figure(value * 100, "points")
    unit = "money" if case.given.unit == "money_per_day" else case.given.unit
    return format_figure(value, unit, case.given.currency, compact=True)


def last_day(case: Case) -> str:
    return day_of(case, case.given.ends_on - ONE_DAY)
