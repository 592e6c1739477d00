"""Days, moments and periods as people say them: `31 Dec 2025`, `14 Nov 2026, 07:30`, `Q4 2026`, `3 Oct – 14 Nov 2026`.

One wording for pages and for the sentences of refusals, in English whatever the machine's locale. What programs read
(labels of periods, addresses, files) keeps the forms of apps.common.periods.
"""

from datetime import date, datetime, timedelta, tzinfo

from apps.common.periods import Fiscal, Grain, Period, fiscal_year, period_of

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_told(day: date) -> str:
    return f"{day.day} {month_told(day)}"


def moment_told(moment: datetime, zone: tzinfo | None = None) -> str:
    """In the time zone given; without one, as the moment itself says."""
    local = moment.astimezone(zone) if zone else moment
    return f"{day_told(local)}, {local:%H:%M}"


def month_told(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def period_told(start: date, end: date, fiscal: Fiscal = 1) -> str:
    """The days from `start` up to, not including, `end`: a year, quarter or month by its name, others by their ends.

    Where the fiscal year is not the calendar year it says so: `FY 2026`, `Q4 FY 2026`.
    """
    year = "" if fiscal_year(fiscal).is_calendar_year else "FY "
    for grain in (Grain.YEAR, Grain.QUARTER, Grain.MONTH):
        period = period_of(start, grain, fiscal)
        if (period.start, period.end) == (start, end):
            return _named(period, grain, year)
    last_day = end - timedelta(days=1)
    if start.day == end.day == 1:
        return _span(month_told(start), month_told(last_day))
    return _span(day_told(start), day_told(last_day))


def _named(period: Period, grain: Grain, year: str) -> str:
    if grain is Grain.MONTH and "P" not in period.label:
        return month_told(period.start)
    if grain is Grain.YEAR:
        return f"{year}{period.label}"
    name, _, part = period.label.partition("-")
    return f"{part} {year}{name}"


def _span(first: str, last: str) -> str:
    """`3 Oct – 14 Nov 2026`: the year, and for a single day all of it, only once."""
    if first == last:
        return last
    return f"{first[:-5] if first[-4:] == last[-4:] else first} – {last}"


def span_told(span: timedelta) -> str:
    """How long something took, in two units at most: `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
