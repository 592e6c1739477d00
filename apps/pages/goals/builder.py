"""A goal while it is made: what was chosen so far, beside own history, with its score. Nothing is stored here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from apps.common.dates import period_told
from apps.common.money import format_figure
from apps.common.periods import Grain
from apps.datasets.sources.late import late_tables
from apps.goals.case import FRESH_FOR_DAYS
from apps.goals.history import About, Capacity, History, Window, capacity_of, grain_of_days, history_of, window_told
from apps.goals.models import Benchmark, Goal, GoalKind, KpiBenchmark, Scope
from apps.goals.past import Past, beyond, in_season, likely, noise_of, target_of
from apps.goals.queries import open_goals_of, visible_goals
from apps.goals.rules import too_many_told
from apps.goals.smart import Facts, Score, checkpoints, score
from apps.metrics.catalogue import Direction, Kpi
from apps.pages.access import WorkspaceRequest
from apps.pages.goals.chosen import Choices, choices_of

CHANGES = (GoalKind.CHANGE_PERCENT, GoalKind.CHANGE_POINTS)
BANDS = (GoalKind.KEEP_ABOVE, GoalKind.KEEP_BELOW, GoalKind.KEEP_BETWEEN)
SEASON = "_season"


@dataclass
class Built:
    """All that the panel beside the form shows."""

    request: WorkspaceRequest
    given: Choices
    goal: Goal | None = None

    @cached_property
    def asked(self) -> About | None:
        given = self.given
        if not given.is_told or given.kpi is None or given.start is None or given.end is None:
            return None
        kpi = given.kpi.at(given.start)
        scope: Any = given.scope
        return About(self.request.workspace, kpi, scope, given.scope_id, given.start, given.end, self.request.today)

    @cached_property
    def history(self) -> History | None:
        return history_of(self.asked, self.given.own) if self.asked else None

    @cached_property
    def capacity(self) -> Capacity | None:
        return capacity_of(self.asked, self.request.definitions) if self.asked and self.history else None

    @property
    def past(self) -> Past | None:
        return self.history.past if self.history else None

    @property
    def word(self) -> str:
        """What a period of this length is called."""
        start, end = self.given.start, self.given.end
        fiscal = self.request.workspace.fiscal
        grain = grain_of_days(start, end, fiscal) if start and end and end > start else None
        return str(grain) if grain else "period"

    @property
    def _days(self) -> bool:
        return bool(self.given.start and self.given.end and self.given.end > self.given.start)

    @property
    def fiscal(self) -> str:
        given, fiscal = self.given, self.request.workspace.fiscal
        if not self._days or given.start is None or given.end is None:
            return ""
        grain = grain_of_days(given.start, given.end, fiscal)
        return period_told(given.start, given.end, fiscal) if grain and grain is not Grain.WEEK else ""

    # --- from where to where -----------------------------------------------------------------------------------------

    def window(self, compares: str) -> Window | None:
        """The baseline of a comparison; with its season taken out it is the number that season would have made."""
        if self.history is None:
            return None
        bare = compares.removesuffix(SEASON)
        found = self.history.windows.get(bare)
        if found is None or bare == compares or found.value is None:
            return found
        adjusted = self._seasoned(found)
        return None if adjusted is None else found._replace(compares=compares, value=round(adjusted, 6))

    def _seasoned(self, window: Window) -> Decimal | None:
        """As the goal's own season would make it: of a window of a whole year of four quarters, from its average."""
        past, start = self.past, self.given.start
        if past is None or window.value is None or start is None or window.compares == "last_year":
            return None
        of_place = None if window.compares == "average_4" else self._place(window.start)
        if window.compares == "average_4" and past.per_year != 4:
            return None
        return in_season(past, window.value, of_place, self._place(start))

    def _place(self, start: date) -> int:
        fiscal = self.request.workspace.fiscal
        if self.past is not None and self.past.per_year == 4:
            return next(
                place for place, days in enumerate(fiscal.quarters(fiscal.year_of(start)), 1) if start < days[1]
            )
        return start.month

    @property
    def windows(self) -> list[tuple[Window, str, Decimal | None]]:
        """Each comparison with its name, and the target that the change comes to from it."""
        words = [(name, self.window(name)) for name in ("previous", "last_year", "average_4", "own")]
        return [(found, window_told(name, self.word), self._changed(found.value)) for name, found in words if found]

    @property
    def chosen(self) -> Window | None:
        return self.window(self.given.compares) if self.given.compares else None

    @property
    def baseline(self) -> Decimal | None:
        chosen = self.chosen
        return chosen.value if chosen else self.given.numbers.get("baseline")

    @property
    def target(self) -> Decimal | None:
        given = self.given
        if given.kind in CHANGES:
            return self._changed(self.baseline)
        if given.kind in BANDS:
            return given.numbers.get("high" if given.kind == GoalKind.KEEP_BELOW else "low")
        return given.numbers.get("target")

    def _changed(self, baseline: Decimal | None) -> Decimal | None:
        change = self.given.numbers.get("change")
        if self.given.kind not in CHANGES or baseline is None or change is None:
            return None
        return target_of(baseline, change, points=self.given.kind == GoalKind.CHANGE_POINTS)

    # --- what is said about it ---------------------------------------------------------------------------------------

    @property
    def beyond(self) -> str:
        return beyond(self.past, self.target) if self.past and self.target is not None else ""

    @property
    def wins(self) -> str:
        """`Needs 41 wins at USD 12.6 k; 63 open deals × 43 % win rate give about 27.`"""
        found, target = self.capacity, self.target
        needed = found.needed(target) if found and target is not None else None
        if found is None or needed is None or found.likely is None:
            return ""
        size = self.money(found.deal_size)
        rate = format_figure(found.win_rate, "percent")
        more = " more" if found.won_so_far else ""
        wins = f"{needed:,}{more} {'win' if needed == 1 else 'wins'}"
        deals = f"{found.open_deals:,} open {'deal' if found.open_deals == 1 else 'deals'}"
        return f"Needs {wins} at {size}; {deals} × {rate} win rate give about {found.likely:,}."

    def money(self, value: Decimal | None) -> str:
        unit = self.given.kpi.unit if self.given.kpi else ""
        return format_figure(value, unit, self.request.workspace.currency, compact=True)

    @cached_property
    def counter(self) -> Kpi | None:
        kpi = self.given.kpi
        return self.request.definitions.find(kpi.counter_metric) if kpi and kpi.counter_metric else None

    @cached_property
    def counter_history(self) -> Window | None:
        """What the counter-metric came to last: from there it must not get worse."""
        if self.asked is None or self.counter is None or self.given.scope not in self.counter.scopes:
            return None
        about = replace(self.asked, kpi=self.counter.at(self.asked.start))
        return history_of(about).windows.get("previous")

    @property
    def _same(self) -> Any:
        """Open goals of the same people for days that overlap."""
        given = self.given
        goals = visible_goals(self.request.member, self.request.today).filter(closed_at__isnull=True, scope=given.scope)
        if given.scope != Scope.WORKSPACE:
            goals = goals.filter(**{f"{given.scope}_id": given.scope_id})
        goals = goals.filter(starts_on__lt=given.end, ends_on__gt=given.start)
        return goals.exclude(pk=self.goal.pk) if self.goal else goals

    @cached_property
    def beside(self) -> list[Goal]:
        """Goals on the same KPI or on its counter-metric, for days that overlap."""
        if self.asked is None:
            return []
        keys = [self.asked.kpi.key, *([self.counter.key] if self.counter else [])]
        return list(self._same.filter(kpi__in=keys)[:20])

    @property
    def twins(self) -> list[Goal]:
        return [
            goal for goal in self.beside if self.asked and goal.kpi == self.asked.kpi.key and goal != self.given.parent
        ]

    @property
    def has_counter(self) -> bool:
        return self.counter is not None and any(goal.kpi == self.counter.key for goal in self.beside)

    @cached_property
    def warning(self) -> str:
        """Before somebody gets one goal more than people keep; about whose number it is, else who answers for it."""
        member = self.given.person if self.given.scope == Scope.PERSON else self.given.owner
        return too_many_told(member.name, open_goals_of(member, self.goal)) if member else ""

    @property
    def title(self) -> str:
        """Suggested: `Revenue +10 % in Q1 2027, Team Alpine`."""
        given = self.given
        if given.kpi is None or not self._days or given.start is None or given.end is None:
            return ""
        days = period_told(given.start, given.end, self.request.workspace.fiscal)
        change = given.numbers.get("change")
        if given.kind == GoalKind.CHANGE_PERCENT and change is not None:
            how = f" {'+' if change > 0 else '−'}{format_figure(abs(change), 'percent')}"
        else:
            how = f" {self.money(self.target)}" if self.target is not None else ""
        return f"{given.kpi.name}{how} in {days}, {given.about[:1].upper()}{given.about[1:]}"[:200]

    @property
    def checkpoints(self) -> list[date]:
        given = self.given
        return checkpoints(given.start, given.end, given.cadence) if given.start and given.end else []

    @cached_property
    def noise(self) -> Decimal | None:
        return noise_of(self.past) if self.past else None

    @cached_property
    def band(self) -> tuple[KpiBenchmark, Decimal, Decimal] | None:
        """The newest benchmark of the same definition that has a range and means something still."""
        if self.asked is None:
            return None
        kpi = self.asked.kpi
        found = KpiBenchmark.objects.filter(
            workspace=self.request.workspace,
            kpi=kpi.key,
            match=Benchmark.Match.SAME,
            expires_on__gt=self.request.today,
            removed_at__isnull=True,
        )
        for each in found.order_by("-as_of")[:5]:
            ends = each.low, each.high
            if "10" in each.percentiles and "90" in each.percentiles:
                ends = Decimal(str(each.percentiles["10"])), Decimal(str(each.percentiles["90"]))
            if ends[0] is not None and ends[1] is not None and each.variant in ("", kpi.variant):
                return each, *sorted((ends[0], ends[1]))  # type: ignore[return-value]
        return None

    @cached_property
    def late(self) -> str:
        if self.asked is None:
            return ""
        late = late_tables(self.request.workspace, timezone.now())
        return next((late[table].why for table in self.asked.kpi.tables if table in late), "")

    @cached_property
    def score(self) -> Score:
        return score(self.facts)

    @cached_property
    def facts(self) -> Facts:
        return Facts(**_of_choices(self), **_of_history(self))


def _of_choices(built: Built) -> dict[str, Any]:
    given, kpi = built.given, built.given.kpi
    return {
        "kpi": given.kpi_name,
        "owner": given.owner.name if given.owner else "",
        "about": given.about,
        "better": "" if kpi is None else "higher" if kpi.direction is Direction.UP else "lower",
        "title": given.title,
        "unit": kpi.unit if kpi else "",
        "currency": built.request.workspace.currency,
        "today": built.request.today,
        "fresh_for": FRESH_FOR_DAYS.get(given.cadence, 10),
        "late": built.late,
        "min_n": kpi.min_n if kpi else 0,
        "kept": given.kind in (*BANDS, GoalKind.MILESTONES),
        "by_milestones": given.kind == GoalKind.MILESTONES,
        "stretch": given.stretch,
        "parent": given.parent.title if given.parent else "",
        "reason": given.note,
        "reviewer": given.reviewer.name if given.reviewer else "",
        "counter": built.counter.name if built.counter else "",
        "counter_is_goal": built.has_counter or given.with_counter,
        "starts_on": given.start,
        "ends_on": given.end,
        "fiscal": built.fiscal,
        "cadence": given.cadence,
    }


def _of_history(built: Built) -> dict[str, Any]:
    history, past, chosen = built.history, built.past, built.chosen
    facts: dict[str, Any] = {"baseline": built.baseline, "target": built.target}
    if history is None or past is None:
        return facts
    if chosen:
        facts["baseline_told"] = f"{window_told(chosen.compares, built.word).lower()}, {chosen.told}"
    else:
        facts["baseline_told"] = built.given.frozen
    if built.baseline is not None and built.target is not None:
        compares = (built.given.compares or "previous").removesuffix(SEASON)
        facts["likely"], facts["changes"] = likely(past, compares, built.baseline, built.target)
    if built.capacity and built.target is not None:
        facts["wins_needed"] = built.capacity.needed(built.target)
        facts["wins_likely"] = built.capacity.likely
    return facts | {
        "connected": history.connected,
        "not_connected": history.why,
        "points": len(past.known),
        "through": history.through,
        "noise": built.noise,
        "cases": history.cases,
        "beyond_history": built.beyond,
        "band": built.band[1:] if built.band else None,
    }


def built_from(request: WorkspaceRequest, chosen: Mapping[str, Any], goal: Goal | None = None) -> Built:
    """`chosen` is what the form has, as text or as its initial values."""
    return Built(request, choices_of(request, chosen), goal)
