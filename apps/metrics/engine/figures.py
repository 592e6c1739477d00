"""What goes into the engine and what comes out: requests, people and teams, figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Period
from apps.datasets.store.snapshot import Snapshot

Scope = Literal["workspace", "team", "person"]

# Why a figure has no value.
NO_DENOMINATOR = "no_denominator"
NO_DATA = "no_data"
NO_BASE = "no_base"
BASE_NOT_POSITIVE = "base_not_positive"
NOT_POSITIVE = "not_positive"
TOO_FEW = "too_few"
NO_OWNER = "no_owner"
NOT_GIVEN = "not_given"
NOT_THEN_KNOWN = "not_then_known"

REASONS: Mapping[str, str] = {
    "": "",
    NO_DENOMINATOR: "Nothing to divide by: no rows count below the line.",
    NO_DATA: "The data does not cover this period.",
    NO_BASE: "There is no data for the period it is compared with.",
    BASE_NOT_POSITIVE: "The period it is compared with is not above zero.",
    NOT_POSITIVE: "What stands below the line is not above zero.",
    TOO_FEW: "Too few answers to show without revealing who gave them.",
    NO_OWNER: "The data does not say whose rows these are: there is only a figure of the whole workspace.",
    NOT_GIVEN: "A number that the workspace gives has not been given for this period.",
    NOT_THEN_KNOWN: "Nothing had been imported yet when the period began.",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number is numerator, denominator, count and value; `reason` says why there is no value.

    A sum has no denominator: its numerator is its value. `count` is the number of rows it rests on.
    """

    numerator: Decimal | None
    denominator: Decimal | None
    count: int
    value: Decimal | None
    reason: str = ""


NOTHING = Figure(None, None, 0, None, NO_DATA)


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """A figure of one group in one period; None stands for all groups, or all time."""

    period: Period | None
    group: str | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Request:
    """One number wanted: a KPI of a scope from `start` up to `end`, and its value to date at each of `points`.

    Points are ends of sub-periods, exclusive like `end`, in order.
    """

    id: int
    kpi: str
    scope: Scope
    scope_id: int | None
    start: date
    end: date
    points: tuple[date, ...] = ()


@dataclass(slots=True)
class Answer:
    """A figure, and for the chart the value to date at each of the request's points."""

    figure: Figure
    points: tuple[date, ...]
    values: list[float | None]

    @property
    def series(self) -> list[tuple[date, float | None]]:
        return list(zip(self.points, self.values, strict=True))


@dataclass(frozen=True)
class Context:
    """What figures rest on besides rows and people.

    `given` are the dated numbers of the workspace by name, each in force from its day on. `then` gives the snapshots
    of all tables as they were known at the first instant of a day; None where nobody can tell.
    """

    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    given: Mapping[str, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    then: Callable[[date], Mapping[str, Snapshot]] | None = None


@dataclass(frozen=True)
class Org:
    """Who is who in the data, and who was in which team when. Texts are lower case without blanks around them.

    A row belongs to the person whose name, e-mail or alias is its owner. It belongs to the team written on it if the
    workspace knows that team, else to its owner's team on the row's date; a team has the rows of its sub-teams.
    `ancestors` holds every (team, team below it) including (team, the team itself). `team_names` and `person_names` are
    as the workspace writes them.
    """

    owners: tuple[tuple[str, int], ...] = ()
    teams: tuple[tuple[str, int], ...] = ()
    memberships: tuple[tuple[int, int, date, date | None], ...] = ()
    ancestors: tuple[tuple[int, int], ...] = ()
    team_names: Mapping[int, str] = field(default_factory=dict)
    person_names: Mapping[int, str] = field(default_factory=dict)

    def memberships_in_turn(self) -> list[tuple[int, int, date, date]]:
        """Memberships without overlap: nobody is in two teams on one day, the later start counts."""
        ordered = sorted(self.memberships, key=lambda m: (m[0], m[2], m[1]))
        in_turn = []
        for i, (person, team, start, end) in enumerate(ordered):
            last = end or date.max
            if i + 1 < len(ordered) and ordered[i + 1][0] == person:
                last = min(last, ordered[i + 1][2])
            if start < last:
                in_turn.append((person, team, start, last))
        return in_turn
