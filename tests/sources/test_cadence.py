"""When a source is due, tried again, and late."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.common.calendars import WorkingCalendar
from apps.datasets.sources.cadence import due_after, late_since, retry_at

BERLIN = ZoneInfo("Europe/Berlin")
CHRISTMAS = WorkingCalendar(holidays=frozenset({date(2026, 12, 25)}))


@dataclass
class Every:
    cadence: str
    at: time | None = time(6, 30)
    weekday: int | None = None


def due(every: Every, moment: str, calendar: WorkingCalendar = CHRISTMAS) -> str:
    """In and out as time of day in Berlin."""
    found = due_after(every, datetime.fromisoformat(moment).replace(tzinfo=BERLIN), BERLIN, calendar)
    return found.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("every", "moment", "expected"),
    [
        (Every("quarter_hour"), "2026-11-20T10:07", "2026-11-20T10:15"),
        (Every("quarter_hour"), "2026-11-20T10:45", "2026-11-20T11:00"),
        (Every("hour"), "2026-11-20T10:00", "2026-11-20T11:00"),
        (Every("day"), "2026-11-20T06:29", "2026-11-20T06:30"),
        (Every("day"), "2026-11-20T06:30", "2026-11-21T06:30"),
        (Every("day", at=None), "2026-11-20T07:00", "2026-11-21T06:00"),
        (Every("workday"), "2026-12-24T07:00", "2026-12-28T06:30"),  # a holiday and a weekend
        (Every("week", weekday=0), "2026-11-20T07:00", "2026-11-23T06:30"),
        (Every("month"), "2026-11-20T07:00", "2026-12-01T06:30"),
        (Every("day", at=time(2, 30)), "2026-03-28T12:00", "2026-03-29T03:30"),  # an hour that this night does not have
        (Every("day", at=time(2, 30)), "2026-10-24T12:00", "2026-10-25T02:30"),  # and one it has twice
    ],
)
def test_a_source_is_due_at_its_time_in_the_workspace(every: Every, moment: str, expected: str) -> None:
    assert due(every, moment) == expected


def test_a_failure_is_tried_again_soon_and_then_when_it_is_due() -> None:
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    tomorrow = now + timedelta(days=1)
    waits = [(retry_at(n, now, tomorrow) - now) // timedelta(minutes=1) for n in (1, 2, 3, 4, 5, 6)]
    assert waits == [1, 5, 15, 60, 1440, 1440]
    assert retry_at(4, now, now + timedelta(minutes=15)) == now + timedelta(minutes=15)


def test_a_source_is_late_once_its_grace_is_over() -> None:
    fresh = datetime(2026, 11, 19, 6, tzinfo=UTC)

    def late(now: datetime) -> datetime | None:
        every = Every("day", at=time(6))
        return late_since(
            every, fresh_at=fresh, grace=timedelta(hours=6), now=now, zone=ZoneInfo("UTC"), calendar=CHRISTMAS
        )

    assert late(datetime(2026, 11, 20, 11, 59, tzinfo=UTC)) is None
    assert late(datetime(2026, 11, 22, 12, tzinfo=UTC)) == datetime(2026, 11, 20, 6, tzinfo=UTC)
