"""Sentences of goals that keep something within limits."""

from decimal import Decimal

from apps.common.money import format_against, format_figure
from apps.goals.case import Case, Status
from apps.goals.sentences.words import day_of, figure, judged_on, last_day, pair


def running(case: Case, status: Status) -> str:
    """`27 % by Fri 14 Nov, inside 25 % to 35 %; 9 of 10 parts of the period were inside (90 % have to be).`"""
    told = _counted(case)
    text = f"{_where(case, f'by {day_of(case, judged_on(case))}')}{f'; {told}' if told else ''}."
    if status is Status.OFF_TRACK:
        return f"{text} Even if all that are left are inside, it is not enough."
    if status is Status.AT_RISK:
        return f"{text} {'It can still be kept.' if case.in_band else 'Bring it back.'}"
    return text


def at_end(case: Case, status: Status) -> str:
    """`12 of 13 parts of the period to Wed 31 Dec were inside 25 % to 35 % (90 % had to be).`"""
    kept = case.given.kept
    closed = case.given.closed_as != ""
    if kept is None or not kept.closed:
        return f"{_where(case, 'when the goal was closed' if closed else f'at the end on {last_day(case)}')}."
    when = "when the goal was closed" if closed else f"for the period to {last_day(case)}"
    return f"{_counted(case, 'had to be')} {when}; the whole came to {_where(case, '')}."


def _counted(case: Case, have: str = "have to be") -> str:
    """The share told is what was agreed; with it stands what came, so the two can be compared."""
    kept = case.given.kept
    if kept is None or not kept.closed:
        return ""
    share = format_figure(case.given.keep_share, "percent")
    parts = "part of the period was" if kept.closed == 1 else "parts of the period were"
    return f"{kept.inside} of {kept.closed} {parts} inside ({share} {have})"


def _where(case: Case, when: str) -> str:
    """`66 days by Fri 14 Nov, not above 70 days`, the value on its true side of the limit next to it."""
    given = case.given
    assert given.value is not None
    value, low, high = given.value, given.low, given.high
    limit = _limit_next_to(value, low, high)
    shown, limit_shown = (figure(case, value), "") if limit is None else pair(case, value, limit)
    at = f"{shown} {when}".rstrip()
    if low is not None and high is not None:
        shown = format_against(value, limit, given.unit, given.currency, compact=True)
        at = f"{shown} {when}".rstrip()
        side = "inside" if case.in_band else "above" if value > high else "below"
        return f"{at}, {side} {_span(case, low, high)}"
    if limit is None:
        return f"{at}, within any limit"
    if case.in_band:
        return f"{at}, not {'below' if low is not None else 'above'} {limit_shown}"
    return f"{at}, {'below' if low is not None else 'above'} the limit of {limit_shown}"


def _span(case: Case, low: Decimal, high: Decimal) -> str:
    first, second = pair(case, low, high)
    return f"{first} to {second}"


def _limit_next_to(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    limits = [limit for limit in (low, high) if limit is not None]
    return min(limits, key=lambda limit: abs(limit - value)) if limits else None
