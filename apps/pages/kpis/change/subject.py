"""What a part is about: a KPI of the whole company, a team or a person, as far as this member sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from apps.common.calendars import WorkingCalendar
from apps.common.periods import Fiscal, Grain, Period, period_of, previous_period
from apps.metrics.catalogue import Kind, Kpi
from apps.metrics.engine import Context, Figure, Org, Request, compute_requests
from apps.metrics.engine.figures import Scope
from apps.metrics.queries import context_of, org_of
from apps.pages.access import WorkspaceRequest
from apps.pages.kpis.live import Live, live_of
from apps.pages.kpis.sight import Sight, sight_of
from apps.people.models import Member, Team, Workspace
from apps.people.queries import calendar_of

GRAINS = [(Grain.WEEK, "week"), (Grain.MONTH, "month"), (Grain.QUARTER, "quarter")]
LONGEST = {Grain.WEEK: 104, Grain.MONTH: 60, Grain.QUARTER: 40, Grain.YEAR: 10}  # periods a trend goes back
MOST_PEOPLE = 100  # in a list of choices; the address of anybody else works, too
NOT_YOURS = "Your role shows the company's numbers, those of your teams and your own."


@dataclass(frozen=True)
class Subject:
    workspace: Workspace
    member: Member
    today: date
    kpi: Kpi
    live: Live
    sight: Sight
    scope: Scope = "workspace"
    scope_id: int | None = None
    name: str = ""  # of the team or person; blank for the whole company

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return calendar_of(self.workspace)

    @cached_property
    def org(self) -> Org:
        return org_of(self.workspace)

    @cached_property
    def context(self) -> Context:
        return context_of(self.workspace)

    @property
    def year_start(self) -> Fiscal:
        return self.workspace.fiscal

    @property
    def scope_key(self) -> str:
        """As JudgedSignal keeps it."""
        return "" if self.scope_id is None else f"{self.scope}:{self.scope_id}"

    @property
    def first(self) -> date:
        """The first day with data."""
        assert self.live.covers_from is not None
        return self.live.covers_from

    @property
    def through(self) -> date:
        """The last day with data. Periods that have not begun yet are no past, even where the data reaches them."""
        assert self.live.complete_through is not None
        return min(self.live.complete_through, self.today)

    @property
    def money(self) -> tuple[str, str]:
        """Unit and currency, as figures are written."""
        return self.kpi.unit, self.workspace.currency

    def query(self, **more: str) -> str:
        about = {} if self.scope_id is None else {"scope": self.scope, "id": str(self.scope_id)}
        return urlencode({"variant": self.kpi.variant} | about | more)

    def rows_at(self, query: str, key: str = "") -> str:
        """The address of the rows of this KPI, or of another by its key; blank for a blank query."""
        return f"{reverse('pages:kpi_rows', args=[self.workspace.slug, key or self.kpi.key])}?{query}" if query else ""

    def rows_of(self, period: Period, key: str = "", variant: str = "") -> str:
        """The address of the rows of a period. Another KPI is taken in the variant that the workspace chose."""
        if not key:
            return self.rows_at(self.query(period=period.label))
        return self.rows_at(urlencode({"period": period.label} | ({"variant": variant} if variant else {})), key)

    def figures(self, periods: Sequence[Period]) -> list[Figure]:
        """One figure a period, all in one pass of the engine."""
        requests = [
            Request(i, self.kpi.ref, self.scope, self.scope_id, period.start, period.end)
            for i, period in enumerate(periods)
        ]
        answers = compute_requests(
            self.live.snapshots,
            requests,
            self.org,
            {self.kpi.ref: self.kpi},
            self.context,
        )
        return [answers[i].figure for i in range(len(periods))]

    def complete_periods(self, grain: Grain) -> list[Period]:
        """Those whose days the data covers from the first working day to the last day, oldest first.

        A cohort that is not ripe yet is not complete either: its figure still grows.
        """
        found: list[Period] = []
        period = period_of(self.through, grain, self.year_start)
        while len(found) < LONGEST[grain] and self.begins_in_time(period):
            if self.is_complete(period):
                found.append(period)
            period = previous_period(period, grain, self.year_start)
        return found[::-1]

    def running_period(self, grain: Grain) -> Period | None:
        """The period that the data has reached but not filled."""
        period = period_of(self.through, grain, self.year_start)
        return None if self.is_complete(period) else period

    def is_complete(self, period: Period) -> bool:
        return period.last_day + timedelta(days=self.kpi.ripe_after) <= self.through

    def begins_in_time(self, period: Period) -> bool:
        """No working day of it lies before the data begins."""
        return not self.calendar.count(period.start, self.first)

    def cases(self, figure: Figure) -> Decimal | None:
        """How much a ratio's figure rests on, for limits that are wider where it is little; None for others."""
        return figure.denominator if self.kpi.kind in (Kind.RATIO, Kind.MEAN) else None


def from_first_row(periods: list[Period], figures: list[Figure]) -> tuple[list[Period], list[Figure]]:
    """Without the periods at the beginning in which no row counts: nothing was measured before the first one."""
    first = next((i for i, each in enumerate(figures) if each.count), len(figures))
    return periods[first:], figures[first:]


def subject_of(request: WorkspaceRequest, kpi: Kpi) -> Subject:
    """Raises Http404 for a team or person that this workspace does not have, PermissionDenied for what is not theirs
    to see."""
    sight = sight_of(request.member, request.today)
    scope, found = _about(request)
    if not sight.shows_scope(scope, found.pk if found else None):
        raise PermissionDenied(NOT_YOURS)
    return Subject(
        workspace=request.workspace,
        member=request.member,
        today=request.today,
        kpi=kpi,
        live=live_of(request.workspace, kpi),
        sight=sight,
        scope=scope,
        scope_id=found.pk if found else None,
        name=str(found) if found else "",
    )


def _about(request: WorkspaceRequest) -> tuple[Scope, Team | Member | None]:
    wanted, _, number = (request.POST or request.GET).get("about", "").partition(":")
    if wanted not in ("team", "person"):
        return "workspace", None
    things = request.workspace.teams if wanted == "team" else request.workspace.members
    found = things.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise Http404("There is no such team or person in this workspace.")
    return ("team" if isinstance(found, Team) else "person"), found


def abouts(subject: Subject) -> list[tuple[str, str]]:
    """Whose trend there is, as (word of the address, name): the company, teams and people as far as this member sees
    them and the KPI can be told of them."""
    found = [("", "the whole company")]
    workspace, sight, scopes = subject.workspace, subject.sight, subject.kpi.scopes
    if "team" in scopes:
        teams = workspace.teams.order_by("name").values_list("pk", "name")
        found += [(f"team:{pk}", name) for pk, name in teams if sight.shows_scope("team", pk)]
    if "person" in scopes:
        people = workspace.members.order_by("name").values_list("pk", "name")
        seen = [(f"person:{pk}", name) for pk, name in people if sight.shows_scope("person", pk)]
        found += seen if len(seen) <= MOST_PEOPLE else [each for each in seen if each[0] == subject.scope_key]
    return found


def grain_asked(request: WorkspaceRequest, default: Grain = Grain.MONTH) -> Grain:
    """A wrong word falls back to the default."""
    word = (request.POST or request.GET).get("grain", "")
    return Grain(word) if word in {grain.value for grain, _ in GRAINS} else default
