"""What is chosen in the form of a goal so far, read leniently: what cannot be read (yet) is not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.common.errors import Refusal
from apps.common.money import parse_figure
from apps.common.periods import custom_period, parse_period
from apps.goals.models import Goal, GoalKind, Scope
from apps.goals.queries import visible_goals
from apps.metrics.catalogue import Kpi
from apps.pages.access import WorkspaceRequest
from apps.people.models import Member, Team

LONGEST_ID = 18  # digits; beyond it no database has such a number
ONE_DAY = timedelta(days=1)


@dataclass
class Choices:
    """What is chosen so far, read leniently: what cannot be read is not there yet."""

    kpi: Kpi | None = None
    kpi_name: str = ""
    scope: str = ""
    team: Team | None = None
    person: Member | None = None
    owner: Member | None = None
    reviewer: Member | None = None
    parent: Goal | None = None
    start: date | None = None
    end: date | None = None
    kind: str = ""
    compares: str = ""
    own: tuple[date, date] | None = None
    numbers: dict[str, Decimal | None] = field(default_factory=dict)
    cadence: str = ""
    title: str = ""
    note: str = ""
    stretch: bool = False
    with_counter: bool = False
    frozen: str = ""  # of an existing goal: from which days its baseline was computed

    @property
    def about(self) -> str:
        if self.scope == Scope.TEAM:
            return str(self.team or "")
        return str(self.person or "") if self.scope == Scope.PERSON else "the whole company" if self.scope else ""

    @property
    def scope_id(self) -> int | None:
        thing = {Scope.TEAM.value: self.team, Scope.PERSON.value: self.person}.get(self.scope)
        return thing.pk if thing else None

    @property
    def is_told(self) -> bool:
        """Enough to look at history: a KPI, whose number, and which days."""
        subject = self.scope == Scope.WORKSPACE or self.scope_id is not None
        return bool(self.kpi and subject and self.start and self.end and self.end > self.start)


def choices_of(request: WorkspaceRequest, chosen: Mapping[str, Any]) -> Choices:
    """`chosen` is what the form has, as text or as its initial values."""
    workspace = request.workspace
    kpi = _kpi(request, str(chosen.get("kpi") or ""))
    start, end = _period(request, chosen)
    members = {name: _found(workspace.members, chosen.get(name)) for name in ("person", "owner", "reviewer")}
    kind = str(chosen.get("kind") or "")
    return Choices(
        kpi=kpi,
        kpi_name=request.definitions.told(kpi) if kpi else "",
        scope=str(chosen.get("scope") or ""),
        team=_found(workspace.teams, chosen.get("team")),
        **members,
        parent=_found(visible_goals(request.member, request.today), chosen.get("parent")),
        start=start,
        end=end,
        kind=kind,
        compares=str(chosen.get("compares") or ""),
        own=_own(chosen),
        numbers=_numbers(request, kpi, kind, chosen),
        cadence=str(chosen.get("cadence") or ""),
        title=str(chosen.get("title") or ""),
        note=str(chosen.get("note") or ""),
        stretch=chosen.get("ambition") == "aspirational",
        with_counter=bool(chosen.get("with_counter")),
    )


def _kpi(request: WorkspaceRequest, ref: str) -> Kpi | None:
    try:
        return request.definitions.get(ref) if ref else None
    except Refusal:
        return None


def _found(things: Any, number: object) -> Any:
    text = str(number or "")
    return things.filter(pk=int(text)).first() if text.isdecimal() and len(text) <= LONGEST_ID else None


def _period(request: WorkspaceRequest, chosen: Mapping[str, Any]) -> tuple[date | None, date | None]:
    label = str(chosen.get("period") or "custom")
    if label != "custom":
        try:
            period = parse_period(label, request.workspace.fiscal)
        except Refusal:
            return None, None
        return period.start, period.end
    last = _day(chosen.get("last_day"))
    return _day(chosen.get("starts_on")), last + ONE_DAY if last and last < date.max else None


def _own(chosen: Mapping[str, Any]) -> tuple[date, date] | None:
    first, last = _day(chosen.get("baseline_first")), _day(chosen.get("baseline_last"))
    try:
        period = custom_period(first, last + ONE_DAY) if first and last else None
    except (Refusal, OverflowError):
        return None
    return (period.start, period.end) if period else None


def _day(given: object) -> date | None:
    if isinstance(given, date):
        return given
    try:
        found = date.fromisoformat(str(given or ""))
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def _numbers(
    request: WorkspaceRequest, kpi: Kpi | None, kind: str, chosen: Mapping[str, Any]
) -> dict[str, Decimal | None]:
    currency, unit = request.workspace.currency, kpi.unit if kpi else ""
    found = {name: number(chosen.get(name), unit, currency) for name in ("baseline", "target", "low", "high")}
    as_share = kind == GoalKind.CHANGE_PERCENT or unit == "percent"
    return found | {"change": number(_bare(chosen.get("change"), as_share), "percent" if as_share else unit, currency)}


def _bare(typed: object, as_share: bool) -> object:
    text = str(typed or "").replace("points", "").replace("point", "").replace("pp", "").strip()
    return f"{text} %" if as_share and text and "%" not in text else text


def number(typed: object, unit: str, currency: str) -> Decimal | None:
    """None also for what cannot be read: while somebody types, that is no mistake yet."""
    try:
        return parse_figure(str(typed), unit, currency) if typed not in (None, "") else None
    except Refusal:
        return None
