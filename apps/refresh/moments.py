"""When the data of a table first reached a day: the moment as of which an earlier forecast may look."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime
from itertools import accumulate

from apps.datasets.models import LiveBatch
from apps.datasets.warehouse.tables import in_use
from apps.people.models import Workspace
from apps.people.queries import day_in


class Moments:
    """Of some tables of a workspace: one query for all their imports. Of a table in a warehouse nothing is known."""

    def __init__(self, workspace: Workspace, tables: Iterable[str]) -> None:
        self.workspace = workspace
        wanted = set(tables) - set(in_use(workspace).values_list("table", flat=True))
        lived = LiveBatch.objects.filter(dataset__workspace=workspace, dataset__table__in=wanted)
        columns = ("dataset__table", "live_from", "batch__covers_to", "batch__complete_until")
        self._began: dict[str, list[datetime]] = {}
        reached: dict[str, list[date]] = {}
        for table, moment, covers, complete in lived.order_by("live_from", "pk").values_list(*columns):
            self._began.setdefault(table, []).append(moment)
            reached.setdefault(table, []).append(complete or covers or date.min)
        self._reached = {table: list(accumulate(days, max)) for table, days in reached.items()}

    def when_known(self, tables: Iterable[str], day: date) -> datetime | None:
        """When all of the tables had rows up to the day for the first time; None if they never did."""
        moments = []
        for table in tables:
            reached = self._reached.get(table, [])
            place = bisect_left(reached, day)
            if place == len(reached):
                return None
            moments.append(self._began[table][place])
        return max(moments, default=None)

    def begin(self, tables: Iterable[str]) -> date | None:
        """The day on which imports into all of the tables began."""
        began = [self._began[table][0] if table in self._began else None for table in tables]
        known = [moment for moment in began if moment is not None]
        return day_in(self.workspace, max(known)) if known and len(known) == len(began) else None
