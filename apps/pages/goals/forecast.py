"""Where a goal will probably end: the part of its page, what its owner says of it, and how forecasts came true."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals.calibrating import BAND_TOLD, Calibration, calibration_of, score_told
from apps.goals.calls import CALLABLE, call_in_force, longest_until, whose_were_right
from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.forecast.backtest import BAND, FEWEST_ORIGINS
from apps.goals.forecast.chance import in_words
from apps.goals.models import Actual, Goal, TrackRecord
from apps.goals.outlook import METHOD_WORDS, Track, percent_told
from apps.goals.services.calls import make_call
from apps.pages.access import WorkspaceRequest, workspace_view
from apps.pages.goals.actions import seen_goal
from apps.pages.goals.forms import RefusableForm
from apps.pages.goals.present import Shown
from apps.people.permissions import can
from apps.people.roles import Permission

WIDTH, HEIGHT = 320, 96
SQUARE = 240
METHOD_NAMES = {
    "run_rate": "Rate so far",
    "last_year": "Last year",
    "smoothed": "Trend and season",
    "pipeline": "Open deals",
    "median": "Middle of all",
    "so_far": "Stays as it is",
    "blended": "Rest as usual",
}


@dataclass(frozen=True)
class Picture:
    """Now to the end of the period, as an SVG: where the ends of the lines are, from the top."""

    now: float
    forecast: float
    low: float | None
    high: float | None
    target: float | None


def forecast_shown(request: WorkspaceRequest, goal: Goal, seen: Shown) -> dict[str, Any]:
    """For `_forecast.html`; without a forecast only the owner's call, or nothing."""
    actual = goal.latest
    call = call_in_force(goal, request.today)
    runs = goal.starts_on <= request.today < goal.ends_on and goal.closed_at is None
    may_call = runs and goal.owner_id == request.member.pk and not getattr(seen.kpi, "is_gone", False)
    context: dict[str, Any] = {"call": call, "may_call": may_call, "forecast": None}
    if call is not None:
        rightness = whose_were_right(goal.owner)
        context["rightness"] = rightness.told(goal.owner.name) if rightness else ""
    if actual is None or actual.forecast is None or not runs:
        return context
    stored = TrackRecord.objects.filter(goal=goal).first()
    track = Track.stored(stored.method, stored.errors, stored.told) if stored else None
    return context | {
        "forecast": actual,
        "chance_words": in_words(actual.chance) if actual.chance is not None else "",
        "method_words": METHOD_WORDS.get(actual.method, actual.method),
        "record": actual.inputs.get("outlook", {}).get("record", ""),
        "picture": _picture(actual),
        "picture_box": (WIDTH, HEIGHT),
        "origins": _origins(track) if track else [],
        "origin_words": track.words if track else "",
        "alternatives": _alternatives(track) if track else [],
        "fewest": FEWEST_ORIGINS,
        "band": round(BAND * 100),
        "leans": _leans(actual),
        "may_calibrate": can(request.member, Permission.SEE_ALL_GOALS),
    }


def _leans(actual: Actual) -> str:
    """Why the interval does not lie around the forecast, if it does not."""
    low, high, said = actual.forecast_low, actual.forecast_high, actual.forecast
    if low is None or high is None or said is None or low <= said <= high:
        return ""
    way, where = ("low", "above") if said < low else ("high", "below")
    return f"At this point it was mostly too {way} before, so the interval lies {where} it."


def _picture(actual: Actual) -> Picture | None:
    if actual.value is None or actual.forecast is None:
        return None
    known = [actual.value, actual.forecast, actual.forecast_low, actual.forecast_high, actual.target]
    numbers = [each for each in known if each is not None]
    low, high = min(numbers), max(numbers)

    def place(value: Decimal | None) -> float | None:
        if value is None:
            return None
        return HEIGHT / 2 if high == low else round(float((high - value) / (high - low)) * HEIGHT, 1)

    now, forecast, lower, upper, target = (place(each) for each in known)
    assert now is not None
    assert forecast is not None
    return Picture(now, forecast, lower, upper, target)


def _origins(track: Track) -> list[dict[str, Any]]:
    """The newest first: what would have been forecast, what came, and by how much it missed."""
    rows = track.errors.get(track.method, [])
    return [
        {
            "start": date.fromisoformat(first),
            "forecast": forecast,
            "came": came,
            "miss": _miss(forecast, came),
        }
        for first, forecast, came in reversed(rows)
    ]


def _miss(forecast: float, came: float) -> str:
    if not forecast:
        return "–"
    off = came / forecast - 1
    sign = "+" if off > 0 else "−" if off < 0 else ""
    return f"{sign}{percent_told(abs(off))}"


def _alternatives(track: Track) -> list[dict[str, Any]]:
    found = []
    for method, value in track.values.items():
        errors = sorted(abs(track.relative(method)).tolist())
        usual = (
            errors[len(errors) // 2]
            if len(errors) % 2
            else sum(errors[len(errors) // 2 - 1 :][:2]) / 2
            if errors
            else None
        )
        found.append(
            {
                "name": METHOD_NAMES.get(method, method),
                "words": METHOD_WORDS.get(method, ""),
                "value": value,
                "usual": f"±{percent_told(usual)}" if usual is not None else "–",
                "origins": len(errors),
                "is_taken": method == track.method,
            }
        )
    return found


class CallForm(RefusableForm):
    """What the owner expects."""

    status = forms.ChoiceField(
        label="Where it stands", choices=[(each.value, each.label) for each in CALLABLE], widget=forms.RadioSelect
    )
    value = forms.CharField(label="Where it will end", required=False, help_text="If you can name a number.")
    reason = forms.CharField(label="Why", max_length=300, help_text="Read in the next review.")
    expires_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@workspace_view(Permission.CHECK_IN_OWN)
def goal_call(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    """The owner says where the goal stands, beside what was computed."""
    goal = seen_goal(request, goal_id)
    if goal.owner_id != request.member.pk:
        raise PermissionDenied("Only the owner of a goal makes a call on it.")
    longest = longest_until(goal, request.today)
    form = CallForm(request.POST or None, initial={"expires_on": longest, "status": Status.ON_TRACK})
    context = {"goal": goal, "form": form, "longest": day_told(longest)}
    if request.method == "POST" and form.is_valid():
        try:
            make_call(goal=goal, by=request.member, now=timezone.now(), **form.cleaned_data)
        except GoalRefusal as refusal:
            form.refused(refusal)
        else:
            messages.success(request, "Your call stands beside the computed status now.")
            return redirect("pages:goal", request.workspace.slug, goal.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pages/goals/call.html", context, status=status)


@workspace_view(Permission.SEE_ALL_GOALS)
def calibration(request: WorkspaceRequest) -> HttpResponse:
    """Whether “likely” came true as often as it says."""
    found = calibration_of(request.workspace, request.today)
    context: dict[str, Any] = {"found": found, "meant": round(BAND_TOLD * 100), "fewest": FEWEST_ORIGINS}
    if found:
        context |= _calibration_shown(found)
    return render(request, "pages/goals/calibration.html", context)


def _calibration_shown(found: Calibration) -> dict[str, Any]:
    def line(each: Any, name: str) -> dict[str, Any]:
        inside = format_figure(each.inside, "percent") if each.inside is not None else "–"
        return {"name": name, "count": each.count, "brier": score_told(each.brier), "inside": inside}

    dots = [
        {
            "x": round((each.told or 0) * SQUARE, 1),
            "y": round((1 - (each.came or 0)) * SQUARE, 1),
            "r": round(4 + 8 * each.count / found.forecasts, 1),
        }
        for each in found.bins
        if each.count
    ]
    return {
        "overall": line(found.overall, "All"),
        "methods": [line(each, METHOD_NAMES.get(each.name, each.name)) for each in found.by_method],
        "thirds": [line(each, each.name) for each in found.by_third],
        "bins": [{"bin": each, "words": in_words(each.low)} for each in found.bins],
        "dots": dots,
        "square": SQUARE,
    }
