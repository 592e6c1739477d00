"""Working days: which days count, and how many lie between two dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """`weekmask` has seven characters, Monday first, `1` for a working day; `holidays` are days off on top."""

    weekmask: str = "1111100"
    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return self.weekmask[day.weekday()] == "1" and day not in self.holidays

    def count(self, start: date, end: date) -> int:
        """Working days in [start, end); 0 when end is not after start."""
        if end <= start:
            return 0
        return int(np.busday_count(start, end, busdaycal=_prepared(self)))

    def share(self, start: date, end: date, through: date | None) -> float:
        """The part of [start, end) that is over once `through` (its last day, inclusive) has closed, 0 to 1.

        A period without a single working day falls back to calendar days, so that it still passes.
        """
        if through is None or through < start:
            return 0.0
        passed_until = min(through + timedelta(days=1), end)
        all_days = self.count(start, end)
        if all_days == 0:
            return (passed_until - start).days / (end - start).days
        return self.count(start, passed_until) / all_days


@lru_cache(maxsize=64)
def _prepared(calendar: WorkingCalendar) -> np.busdaycalendar:
    """numpy's own form of the calendar, made once: counting is then some ten times as fast."""
    return np.busdaycalendar(weekmask=calendar.weekmask, holidays=sorted(calendar.holidays))
