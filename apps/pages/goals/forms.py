"""What is typed about a goal. The forms only read; what a goal must be is decided, and told, by apps.goals.services.

A refusal comes back with the names of the service's fields and is put at the fields of the form (`refused`).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from apps.common.dates import period_told
from apps.common.periods import Grain, next_period, parse_period, period_of
from apps.goals.errors import GoalRefusal
from apps.goals.models import Benchmark, Cadence, Goal, GoalKind, Scope
from apps.goals.permissions import Reach
from apps.goals.queries import visible_goals
from apps.goals.services import BenchmarkDraft
from apps.metrics.catalogue import Definitions
from apps.pages.goals.kinds import AMBITIONS, BASELINES, NEEDED_BY, kind_choices
from apps.pages.widgets import DayInput
from apps.people.models import Member, Team, Workspace
from apps.people.queries import members_of, teams_of

CUSTOM = "custom"
ONE_DAY = timedelta(days=1)
BAD_DAY = {"invalid": "Write the day as year-month-day, for example 2026-03-31."}
# what the services call a field, where the form calls it otherwise
NAMES = {"ends_on": "last_day", "": None}


MOST_PARENTS = 200


class RefusableForm(forms.Form):
    """Puts refusals at their fields, and the cursor into the first one."""

    needed: tuple[str, ...] = ()  # fields the services insist on; the others are marked as optional

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.needed:
            self.fields[name].needed = True  # type: ignore[attr-defined]

    def refused(self, refusal: GoalRefusal) -> None:
        for name, sentence in refusal.problems.items():
            field = NAMES.get(name, name)
            self.add_error(field if field in self.fields else None, sentence)

    def focus_first_error(self) -> None:
        for name in self.fields:
            if name in self.errors:
                self.fields[name].widget.attrs["autofocus"] = True
                return


class GoalForm(RefusableForm):
    """Create and edit. The period is a quick choice or two days; the last day is inclusive, as people say it."""

    needed = ("kpi", "scope", "team", "person", "owner", "period", "starts_on", "last_day", "cadence")

    kpi = forms.CharField(label="KPI", required=False, widget=forms.Select)
    scope = forms.CharField(label="Whose number", required=False, widget=forms.RadioSelect(choices=Scope.choices))
    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.none(), required=False, empty_label="Choose a team"
    )
    person = forms.ModelChoiceField(
        label="Person", queryset=Member.objects.none(), required=False, empty_label="Choose a person"
    )
    owner = forms.ModelChoiceField(
        label="Owner",
        queryset=Member.objects.none(),
        required=False,
        help_text="The one person who answers for it.",
    )
    period = forms.CharField(label="Period", required=False, widget=forms.RadioSelect)
    starts_on = forms.DateField(label="First day", required=False, widget=DayInput, error_messages=BAD_DAY)
    last_day = forms.DateField(label="Last day", required=False, widget=DayInput, error_messages=BAD_DAY)
    kind = forms.CharField(label="What kind of goal", required=False, widget=forms.RadioSelect)
    ambition = forms.CharField(
        label="How it is meant", required=False, widget=forms.RadioSelect(choices=AMBITIONS), initial="committed"
    )
    compares = forms.CharField(label="Compared with", required=False, widget=forms.RadioSelect(choices=BASELINES))
    baseline_first = forms.DateField(label="Baseline from", required=False, widget=DayInput, error_messages=BAD_DAY)
    baseline_last = forms.DateField(label="Baseline to", required=False, widget=DayInput, error_messages=BAD_DAY)
    baseline = forms.CharField(
        label="Baseline",
        required=False,
        max_length=60,
        help_text="Where it stands before: what the target is compared with.",
    )
    change = forms.CharField(
        label="By how much", required=False, max_length=60, help_text="10 %, −5 %, or 3 for three points."
    )
    low = forms.CharField(label="Not below", required=False, max_length=60)
    high = forms.CharField(label="Not above", required=False, max_length=60)
    target = forms.CharField(
        label="Target", required=False, max_length=60, help_text="As you would say it: 250k, 1.2m, 30 %."
    )
    title = forms.CharField(
        label="Title", required=False, help_text="Left empty, it is made of KPI and whose number it is."
    )
    cadence = forms.ChoiceField(
        label="Reviewed",
        choices=Cadence.choices,
        required=False,
        error_messages={"invalid_choice": "“%(value)s” is no review rhythm: choose one of the list."},
    )
    parent = forms.ModelChoiceField(
        label="Serves the goal", queryset=Goal.objects.none(), required=False, empty_label="None above it"
    )
    reviewer = forms.ModelChoiceField(
        label="Looked at by",
        queryset=Member.objects.none(),
        required=False,
        help_text="Somebody else than the owner.",
    )
    note = forms.CharField(label="Why this goal", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self,
        *args: Any,
        workspace: Workspace,
        definitions: Definitions,
        reach: Reach,
        today: date,
        goal: Goal | None = None,
        member: Member | None = None,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        self.goal = goal
        self.today = today
        _unknown(self, "team", "This team is not in the workspace: choose one of the list.")
        _unknown(self, "person", "This person is not in the workspace: choose one of the list.")
        _unknown(self, "owner", "This person is not in the workspace: choose one of the list.")
        self._offer_people(reach, today)
        self.definitions = definitions
        self.fields["kpi"].widget.choices = _kpi_choices(definitions, goal)
        self.fields["period"].widget.choices = period_choices(workspace, today)
        self.fields["title"].widget.attrs["maxlength"] = 200
        self._offer_company(member)
        if goal is not None:
            del self.fields["target"]  # has a history, and so a form, of its own
            del self.fields["compares"]  # a baseline is frozen
            del self.fields["baseline_first"], self.fields["baseline_last"]

    def _offer_people(self, reach: Reach, today: date) -> None:
        """Everybody of the workspace is understood, so that a refusal can say why not; those in reach are offered."""
        teams = list(teams_of(self.workspace))
        here = list(members_of(self.workspace, on=today).prefetch_related(None))
        everybody = Member.objects.filter(workspace=self.workspace)
        self.fields["team"].queryset = Team.objects.filter(workspace=self.workspace)  # type: ignore[attr-defined]
        self.fields["person"].queryset = everybody  # type: ignore[attr-defined]
        self.fields["owner"].queryset = everybody  # type: ignore[attr-defined]
        in_reach = [team for team in teams if reach.covers(Scope.TEAM, team.pk, None)]
        people = [member for member in here if reach.covers(Scope.PERSON, None, member.pk)]
        self._offer("team", "Choose a team", in_reach)
        self._offer("person", "Choose a person", people)
        owners = here if self.goal is None or self.goal.owner in here else [*here, self.goal.owner]
        self._offer("owner", "Choose a person", owners)
        if not reach.everything:
            scopes = [choice for choice in Scope.choices if choice[0] != Scope.WORKSPACE]
            self.fields["scope"].widget.choices = scopes

    def _offer_company(self, member: Member | None) -> None:
        """Kinds that suit the KPI, goals that it may serve, and people who may look at it."""
        kpi = self.definitions.find(str(self["kpi"].value() or "")) if self["kpi"].value() else None
        self.fields["kind"].widget.choices = kind_choices(kpi, str(self["kind"].value() or ""))
        everybody = Member.objects.filter(workspace=self.workspace)
        self.fields["reviewer"].queryset = everybody  # type: ignore[attr-defined]
        here = list(members_of(self.workspace, on=self.today).prefetch_related(None))
        self._offer("reviewer", "Nobody named", here)
        if member is None:
            return
        goals = visible_goals(member, self.today).filter(closed_at__isnull=True, ends_on__gt=self.today)
        goals = goals.exclude(pk=self.goal.pk) if self.goal else goals
        self.fields["parent"].queryset = goals  # type: ignore[attr-defined]
        offered = goals.exclude(scope=Scope.PERSON).order_by("ends_on", "title")[:MOST_PARENTS]
        self._offer("parent", "None above it", offered)

    def _offer(self, name: str, nothing: str, things: Iterable[Team | Member | Goal]) -> None:
        choices = [("", nothing), *((thing.pk, str(thing)) for thing in things)]
        self.fields[name].widget.choices = choices

    @property
    def unit(self) -> str:
        """Of the KPI that is chosen; blank without one."""
        kpi = self.definitions.find(str(self["kpi"].value() or ""))
        return kpi.unit if kpi else ""

    @staticmethod
    def default_period(workspace: Workspace, today: date) -> str:
        return period_of(today, Grain.QUARTER, workspace.fiscal).label

    def wanted(self) -> dict[str, Any]:
        """What the services take."""
        given = dict(self.cleaned_data)
        starts_on, ends_on = self._period(given)
        names = ("kpi", "scope", "team", "person", "owner", "baseline", "cadence", "note", "title")
        meant = ("kind", "parent", "reviewer", *NEEDED_BY.get(given.get("kind") or "", ()))
        return {
            **{name: given.get(name) for name in (*names, *meant)},
            "ambition": given.get("ambition") or "committed",
            "starts_on": starts_on,
            "ends_on": ends_on,
        }

    def _period(self, given: dict[str, Any]) -> tuple[date | None, date | None]:
        label = given.get("period") or CUSTOM
        if label in {value for value, _ in self.fields["period"].widget.choices} - {CUSTOM}:
            period = parse_period(label, self.workspace.fiscal)
            return period.start, period.end
        last_day = given.get("last_day")
        return given.get("starts_on"), last_day + ONE_DAY if last_day and last_day < date.max else None


class BenchmarkFields(forms.Form):
    """What a number is compared with; only together with its source and its day."""

    benchmark_kind = forms.CharField(
        label="Compared with", required=False, widget=forms.Select(choices=[("", "Nothing"), *Benchmark.Kind.choices])
    )
    benchmark_value = forms.CharField(label="Benchmark", required=False, max_length=60)
    benchmark_source = forms.CharField(
        label="Source",
        required=False,
        max_length=300,
        help_text="Where the number comes from, so that it can be checked.",
    )
    benchmark_as_of = forms.DateField(label="As of", required=False, widget=DayInput, error_messages=BAD_DAY)

    def benchmark(self) -> BenchmarkDraft | None:
        """None while nothing of it was filled in."""
        given = [self.cleaned_data.get(f"benchmark_{part}") for part in ("kind", "value", "source", "as_of")]
        kind, value, source, as_of = given
        return BenchmarkDraft(kind or "", value, source or "", as_of) if any(given) else None


class NewGoalForm(GoalForm, BenchmarkFields):
    """A goal with its first target and, if one is at hand, its benchmark, or a second goal on the counter-metric."""

    with_counter = forms.BooleanField(label="Set a second goal so that it does not get worse", required=False)


class BenchmarkForm(RefusableForm, BenchmarkFields):
    needed = ("benchmark_kind", "benchmark_value", "benchmark_source", "benchmark_as_of")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["benchmark_kind"].widget.choices = [("", "Choose"), *Benchmark.Kind.choices]


class TargetForm(RefusableForm):
    needed = ("target", "effective_from", "reason")
    target = forms.CharField(
        label="New target", required=False, max_length=60, help_text="As you would say it: 250k, 1.2m, 30 %."
    )
    effective_from = forms.DateField(
        label="From which day",
        required=False,
        widget=DayInput,
        error_messages=BAD_DAY,
        help_text="Days before it are judged by the old target.",
    )
    reason = forms.CharField(label="Why", required=False, help_text="Read in the next review.")


class CloseForm(RefusableForm):
    needed = ("outcome",)
    outcome = forms.CharField(
        label="How it ends",
        required=False,
        widget=forms.RadioSelect(
            choices=[("done", "Done: judged by the figures it has"), ("cancelled", "Cancelled: not judged any more")]
        ),
    )
    reason = forms.CharField(label="Why", required=False, help_text="Needed for a cancelled goal.")


class ReopenForm(RefusableForm):
    reason = forms.CharField(label="Why", required=False)


def initial_of(goal: Goal, unit: str) -> dict[str, Any]:
    """An existing goal as its form shows it."""
    return {
        "kpi": goal.ref,
        "scope": goal.scope,
        "team": goal.team_id,
        "person": goal.person_id,
        "owner": goal.owner_id,
        "period": CUSTOM,
        "starts_on": goal.starts_on,
        "last_day": goal.ends_on - ONE_DAY,
        "baseline": "" if goal.baseline is None else typed_figure(goal.baseline, unit),
        "title": goal.title,
        "cadence": goal.cadence,
        "note": goal.note,
        "kind": goal.kind,
        "ambition": goal.ambition,
        "parent": goal.parent_id,
        "reviewer": goal.reviewer_id,
        "low": "" if goal.low is None else typed_figure(goal.low, unit),
        "high": "" if goal.high is None else typed_figure(goal.high, unit),
        "change": _typed_change(goal, unit),
    }


def _typed_change(goal: Goal, unit: str) -> str:
    as_share = goal.kind == GoalKind.CHANGE_PERCENT
    return "" if goal.change is None else typed_figure(goal.change, "percent" if as_share else unit)


def typed_figure(value: Decimal, unit: str) -> str:
    """A stored number as its owner would type it, exact."""
    scaled = value * 100 if unit == "percent" else value
    text = format(scaled.normalize(), "f")
    return f"{text} %" if unit == "percent" else text


def _kpi_choices(definitions: Definitions, goal: Goal | None) -> list[tuple[str, Any]]:
    """By category, what each KPI stands for first; then its other variants that have data, and the goal's own."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for default in definitions.all():
        offered = definitions.offered(default.key)
        if goal is not None and goal.kpi == default.key:
            kept = definitions.find(goal.ref)
            offered += [kept] if kept and kept not in offered else []
        choices = [(kpi.ref, definitions.told(kpi)) for kpi in offered]
        groups.setdefault(default.category.capitalize(), []).extend(choices)
    return [("", "Choose a KPI"), *groups.items()]


def period_choices(workspace: Workspace, today: date) -> list[tuple[str, str]]:
    first = workspace.fiscal
    quarter = period_of(today, Grain.QUARTER, first)
    following = next_period(quarter, Grain.QUARTER, first)
    month, year = period_of(today, Grain.MONTH, first), period_of(today, Grain.YEAR, first)
    named = {
        "This quarter": quarter,
        "Next quarter": following,
        "This month": month,
        "Next month": next_period(month, Grain.MONTH, first),
        "This year": year,
        "Next year": next_period(year, Grain.YEAR, first),
    }
    return [
        *(
            (period.label, f"{words} ({period_told(period.start, period.end, first)})")
            for words, period in named.items()
        ),
        (CUSTOM, "Other days"),
    ]


def _unknown(form: forms.Form, name: str, sentence: str) -> None:
    form.fields[name].error_messages["invalid_choice"] = sentence
