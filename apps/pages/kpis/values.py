"""The values of a KPI as a table of groups and periods, each figure with the way to its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from apps.common.periods import Period, custom_period
from apps.common.texts import normalised
from apps.metrics.catalogue import Kpi
from apps.metrics.engine import Figure, GroupFigure, Org, compute_groups
from apps.metrics.engine.groups import NO_GROUP
from apps.metrics.queries import context_of, org_of
from apps.pages.kpis.forms import Asked, window
from apps.pages.kpis.live import Live
from apps.pages.kpis.sight import Sight
from apps.people.models import Workspace

GROUPS_SHOWN = 100
SHORT_REASONS = {
    "no_data": "no data",
    "no_denominator": "nothing to divide by",
    "no_base": "nothing before it",
    "base_not_positive": "nothing above zero before it",
    "not_positive": "divided by nothing above zero",
    "too_few": "too few answers",
    "no_owner": "no owners in the data",
    "not_given": "a number is not given",
    "not_then_known": "not known then",
}


@dataclass(frozen=True, slots=True)
class Cell:
    figure: Figure | None
    rows: str  # query string of the rows behind it; empty if they cannot be listed

    @property
    def why_empty(self) -> str:
        reason = self.figure.reason if self.figure else "no_data"
        return SHORT_REASONS.get(reason, reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Line:
    group: str | None
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Values:
    """`periods` are the columns, oldest first; all time has one column without a period."""

    periods: list[Period]
    lines: list[Line]
    hidden: int  # groups beyond the first hundred
    withheld: bool  # groups that this member's role does not show
    earlier: date | None  # `before` of the page that ends where this one begins
    later: bool

    @property
    def last_label(self) -> str:
        return self.periods[-1].label if self.periods else ""

    @property
    def is_empty(self) -> bool:
        return not any(cell.figure and cell.figure.count for line in self.lines for cell in line.cells)


def values_of(
    *, workspace: Workspace, kpi: Kpi, what: Asked, sight: Sight, live: Live, most: int | None = GROUPS_SHOWN
) -> Values:
    """One pass of the engine over the live rows; nothing is computed for periods that are not shown."""
    if live.is_empty or live.covers_from is None or live.complete_through is None:
        return Values([], [], 0, False, None, False)
    periods = window(what, live.covers_from, live.complete_through, workspace.fiscal)
    org = org_of(workspace)
    found = compute_groups(live.snapshots, kpi, periods, by=what.by, org=org, context=context_of(workspace))
    shown = [each for each in found if sight.shows_group(what.by, each.group)]
    links = Links(kpi, what.by, org, live)
    lines = _lines(shown, periods, links)
    return Values(
        periods=periods,
        lines=lines[:most],
        hidden=len(lines) - len(lines[:most]),
        withheld=len(shown) < len(found),
        earlier=periods[0].start if periods and periods[0].start > live.covers_from else None,
        later=bool(periods) and live.complete_through not in periods[-1],
    )


@dataclass(frozen=True, slots=True)
class Links:
    """From a figure to the query string of its rows. Teams and members go by their number, other
    groups by their text."""

    kpi: Kpi
    by: str | None
    org: Org
    live: Live

    def to(self, period: Period | None, group: str | None) -> str:
        query = {"variant": self.kpi.variant, "period": (period or self._all_time()).label}
        if self.by == "team":
            return self._to_team(query, normalised(group or ""))
        if self.by == "owner" and (person := dict(self.org.owners).get(normalised(group or ""))) is not None:
            return urlencode(query | {"scope": "person", "id": str(person)})
        if self.by is not None:
            query |= {"by": self.by, "group": "" if group in (None, NO_GROUP) else str(group)}
        return urlencode(query)

    def _to_team(self, query: dict[str, str], text: str) -> str:
        """A team's rows include those of its sub-teams, its line here does not: only where that is the same there is a
        link. Rows that are of no team have none either."""
        team = dict(self.org.teams).get(text)
        if team is None:
            return urlencode(query | {"by": "team", "group": text}) if text and text != NO_GROUP else ""
        if any(above == team and below != team for above, below in self.org.ancestors):
            return ""
        return urlencode(query | {"scope": "team", "id": str(team)})

    def _all_time(self) -> Period:
        assert self.live.covers_from is not None
        assert self.live.complete_through is not None
        return custom_period(self.live.covers_from, date.fromordinal(self.live.complete_through.toordinal() + 1))


def _lines(found: Iterable[GroupFigure], periods: list[Period], links: Links) -> list[Line]:
    """One line per group; the groups with most rows in the newest period that has any come first."""
    columns: list[Period | None] = list(periods) or [None]
    by_group: dict[str | None, dict[str, Figure]] = {}
    for each in found:
        label = each.period.label if each.period else ""
        by_group.setdefault(each.group, {})[label] = each.figure
    lines = [
        Line(
            group,
            [Cell(figures.get(period.label if period else ""), links.to(period, group)) for period in columns],
        )
        for group, figures in by_group.items()
    ]
    return sorted(lines, key=_weight)


def _weight(line: Line) -> tuple[int, str]:
    return -sum(cell.figure.count for cell in line.cells if cell.figure), line.group or ""
