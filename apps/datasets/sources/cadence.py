"""When a source is due. Pure: the moment, the zone and the calendar are arguments."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from apps.common.calendars import WorkingCalendar

MORNING = time(6, 0)
BACKOFF = (1, 5, 15, 60)  # minutes after the first, second, … failure in a row; then the next time it is due
DAYS_AHEAD = 400  # no workspace is closed longer


class Cadenced(Protocol):
    @property
    def cadence(self) -> str: ...
    @property
    def at(self) -> time | None: ...
    @property
    def weekday(self) -> int | None: ...


def due_after(source: Cadenced, moment: datetime, zone: ZoneInfo, calendar: WorkingCalendar) -> datetime:
    """The first moment after the given one at which the source is due, in UTC.

    Times of day are those of the workspace, also where clocks are changed: a time that a day does not have is the
    moment that its old offset gives.
    """
    if source.cadence in ("quarter_hour", "hour"):
        minutes = 15 if source.cadence == "quarter_hour" else 60
        whole = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        steps = (moment - whole) // timedelta(minutes=minutes) + 1
        return whole + steps * timedelta(minutes=minutes)
    first = moment.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        due = datetime.combine(day, source.at or MORNING, zone).astimezone(UTC)
        if due > moment and _is_due_on(source, day, calendar):
            return due
    return moment + timedelta(days=DAYS_AHEAD)


def _is_due_on(source: Cadenced, day: date, calendar: WorkingCalendar) -> bool:
    if source.cadence == "workday":
        return calendar.is_working(day)
    if source.cadence == "week":
        return day.weekday() == (source.weekday or 0)
    return source.cadence != "month" or day.day == 1


def retry_at(failures: int, now: datetime, due: datetime) -> datetime:
    """When to try again after so many failures in a row: soon, then less and less soon, never later than it is due."""
    if failures > len(BACKOFF):
        return due
    return min(now + timedelta(minutes=BACKOFF[failures - 1]), due)


def late_since(
    source: Cadenced,
    *,
    fresh_at: datetime,
    grace: timedelta,
    now: datetime,
    zone: ZoneInfo,
    calendar: WorkingCalendar,
) -> datetime | None:
    """When data was due that has not come, once it is later than the grace allows. `fresh_at`: when some last came."""
    due = due_after(source, fresh_at, zone, calendar)
    return due if now >= due + grace else None
