"""“Say it in a sentence”: what was understood as the form shows it, and what each reading of a change would mean.

“Increase monthly revenue by 10 % within the next quarter” is at least four goals: each is told with its baseline, its
target on own data, and what the same comparison gave the last time. Choosing one fills the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.common.dates import period_told
from apps.common.periods import period_of
from apps.goals.history import grain_of_days, window_told
from apps.goals.models import GoalKind, Scope
from apps.goals.past import change_told, target_of, usual_change
from apps.goals.saying import Named, Said, understand
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.builder import SEASON, Built, built_from
from apps.pages.goals.forms import CUSTOM, period_choices
from apps.people.queries import members_of, teams_of

ONE_DAY = timedelta(days=1)
COMPARED = ("previous", "last_year", "average_4")
MOST_CHARACTERS = 300


@dataclass(frozen=True)
class Reading:
    """One unambiguous goal that the sentence may mean. `value` is what its button sends."""

    value: str
    what: str  # All of Q1 2027 against Q3 2026, the last finished quarter
    start: date
    end: date
    baseline: Decimal
    target: Decimal
    last_time: str  # +24.6 %, what this comparison gave the last time; blank without
    season: "Reading | None" = None  # the same with the season taken out of the baseline


@dataclass(frozen=True)
class Told:
    said: Said
    initial: dict[str, Any]
    readings: list[Reading]
    chosen: str

    @property
    def open_questions(self) -> list[Any]:
        """What is still to be asked; a comparison is asked by its readings."""
        answered = {name for name in ("kpi", "kind") if self.initial.get(name)} | {"baseline"}
        return [each for each in self.said.questions if each.about not in answered]


def told(request: WorkspaceRequest, defaults: Mapping[str, Any]) -> Told | None:
    """None without a sentence. What was answered comes along in the address: kpi, kind, direction, reading."""
    text = request.GET.get("say", "").strip()[:MOST_CHARACTERS]
    if not text:
        return None
    said = understand(
        text,
        kpis=_named(request),
        today=request.today,
        fiscal=request.workspace.fiscal,
        teams={team.pk: team.name for team in teams_of(request.workspace)},
        people={member.pk: member.name for member in members_of(request.workspace, on=request.today)},
        me=request.member.pk,
    )
    initial = {**defaults, **_initial(said, request)}
    readings = _readings(request, said, initial)
    chosen = request.GET.get("reading", "")
    if not chosen and said.against and any(each.value == f"whole:{said.against}" for each in readings):
        chosen = f"whole:{said.against}"
    return Told(said, initial | _of_reading(chosen, readings, request), readings, chosen)


def _named(request: WorkspaceRequest) -> list[Named]:
    kpis = request.definitions.all()
    return [Named(kpi.ref, kpi.name, kpi.synonyms, kpi.unit, kpi.direction == "up") for kpi in kpis]


def _initial(said: Said, request: WorkspaceRequest) -> dict[str, Any]:
    """As the fields of the form, without those that the sentence says nothing about."""
    answered = request.GET.get("kpi", "")
    kpi = request.definitions.find(answered) if answered else None
    given: dict[str, Any] = {
        "kpi": kpi.ref if kpi else said.kpi,
        "kind": said.kind or _answered_kind(request),
        "baseline": said.baseline,
        "target": said.target,
        "low": said.low,
        "high": said.high,
        "change": _change_told(said, request),
    }
    if said.person is not None:
        given |= {"scope": Scope.PERSON, "person": said.person, "owner": said.person}
    elif said.team is not None:
        given |= {"scope": Scope.TEAM, "team": said.team}
    given = {name: value for name, value in given.items() if value}
    if said.ends_on is not None:
        given |= _days(said.starts_on, said.ends_on, request)
    return given


def _answered_kind(request: WorkspaceRequest) -> str:
    return GoalKind.CHANGE_POINTS.value if request.GET.get("kind") == GoalKind.CHANGE_POINTS else ""


def _change_told(said: Said, request: WorkspaceRequest) -> str:
    if said.change is None:
        return ""
    amount = format(said.change.normalize(), "f")
    return f"{amount} %" if said.kind == GoalKind.CHANGE_PERCENT else amount


def _days(start: date | None, end: date, request: WorkspaceRequest) -> dict[str, Any]:
    """As one of the periods that the form names, else as two days."""
    offered = {label for label, _ in period_choices(request.workspace, request.today)}
    fiscal = request.workspace.fiscal
    grain = grain_of_days(start, end, fiscal) if start else None
    label = period_of(start, grain, fiscal).label if start and grain else ""
    if label in offered:
        return {"period": label}
    return {"period": CUSTOM, "starts_on": start, "last_day": end - ONE_DAY}


# --- readings --------------------------------------------------------------------------------------------------------


def _readings(request: WorkspaceRequest, said: Said, initial: dict[str, Any]) -> list[Reading]:
    """Of a change only: the whole period, and where a smaller one was said (“monthly”) its last and first one."""
    if said.change is None or said.starts_on is None or said.ends_on is None or not initial.get("kpi"):
        return []
    whole = built_from(request, initial)
    found = [_reading(whole, f"whole:{name}", name) for name in COMPARED]
    for which, days in _smaller(said, request).items():
        part = built_from(request, initial | _days(*days, request))
        found.append(_reading(part, f"{which}:previous", "previous"))
    return [reading for reading in found if reading]


def _smaller(said: Said, request: WorkspaceRequest) -> dict[str, tuple[date, date]]:
    """The last and the first period of the grain that was said, inside the one that was said."""
    if said.grain is None or said.starts_on is None or said.ends_on is None:
        return {}
    fiscal = request.workspace.fiscal
    last = period_of(said.ends_on - ONE_DAY, said.grain, fiscal)
    first = period_of(said.starts_on, said.grain, fiscal)
    if first.start == last.start:
        return {}
    return {"last": (last.start, last.end), "first": (first.start, first.end)}


def _reading(built: Built, value: str, compares: str, *, seasons: bool = True) -> Reading | None:
    window, past, given = built.window(compares), built.past, built.given
    change = given.numbers.get("change")
    if window is None or window.value is None or past is None or change is None or not (given.start and given.end):
        return None
    fiscal = built.request.workspace.fiscal
    days = period_told(given.start, given.end, fiscal)
    words = window_told(compares.removesuffix(SEASON), built.word)
    before = usual_change(past, compares.removesuffix(SEASON))
    out = _reading(built, f"{value}{SEASON}", f"{compares}{SEASON}", seasons=False) if seasons else None
    return Reading(
        value=value,
        what=f"{days} against {window.told}: {words[:1].lower()}{words[1:]}",
        start=given.start,
        end=given.end,
        baseline=window.value,
        target=target_of(window.value, change, points=given.kind == GoalKind.CHANGE_POINTS),
        last_time=change_told(before, past) if before is not None else "",
        season=out,
    )


def _of_reading(chosen: str, readings: list[Reading], request: WorkspaceRequest) -> dict[str, Any]:
    """`whole:last_year`, `last:previous_season`: what choosing it fills in."""
    for reading in readings:
        for each in (reading, reading.season):
            if each is not None and each.value == chosen:
                return {"compares": chosen.partition(":")[2], **_days(each.start, each.end, request)}
    return {}
