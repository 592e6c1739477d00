"""What if the win rate, the size or the number of deals were another one: for a goal on revenue from deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.http import HttpResponse
from django.shortcuts import render

from apps.common.money import format_figure
from apps.goals.crediting import Crediting
from apps.goals.pipeline import held_by
from apps.goals.whatif import Answer, Levers, Pipeline, Position, points_needed, what_if
from apps.metrics.queries import org_of
from apps.pages.access import WorkspaceRequest, wants_fragment, workspace_view
from apps.pages.goals.actions import seen_goal
from apps.pages.goals.present import Shown, shown
from apps.people.queries import calendar_of
from apps.people.roles import Permission

WORDS = {"win_rate": "the win rate", "size": "larger deals", "deals": "more deals"}


@dataclass(frozen=True)
class Lever:
    """One input: how far it goes either way, and where it stands."""

    name: str
    label: str
    unit: str
    least: int
    most: int
    value: Fraction

    @property
    def shown(self) -> str:
        return f"{float(self.value):g}"


def levers_of(given: Mapping[str, str]) -> list[Lever]:
    """What the address says, kept within bounds; what is no number is 0."""
    return [
        Lever("points", "Win rate, points more", "points", -20, 20, _number(given.get("points", ""), -20, 20)),
        Lever("size", "Size of a deal, % more", "%", -50, 50, _number(given.get("size", ""), -50, 50)),
        Lever("deals", "Deals more, decided in time", "deals", -50, 50, _number(given.get("deals", ""), -50, 50)),
    ]


@workspace_view(Permission.SEE_WORKSPACE)
def goal_what_if(request: WorkspaceRequest, goal_id: int) -> HttpResponse:
    goal = seen_goal(request, goal_id)
    seen = shown(goal, request.definitions)
    levers = levers_of(request.GET)
    context = {"goal": goal, "shown": seen, "levers": levers, "refused": _why_not(seen, request)}
    if not context["refused"]:
        context |= _answered(request, seen, levers)
    part = "pages/goals/what_if.html#answer" if wants_fragment(request) else "pages/goals/what_if.html"
    return render(request, part, context)


def _why_not(seen: Shown, request: WorkspaceRequest) -> str:
    if not seen.fits_what_if:
        return "What-if needs an open goal on revenue from deals: its number is deals × win rate × size."
    if seen.goal.ends_on <= request.today:
        return "The period is over: nothing can come any more."
    if seen.actual is None or seen.actual.value is None or seen.actual.target is None:
        return "There is no number or no target yet to start from."
    return ""


def _answered(request: WorkspaceRequest, seen: Shown, levers: list[Lever]) -> dict[str, object]:
    goal, actual = seen.goal, seen.actual
    assert actual is not None
    assert actual.value is not None
    assert actual.target is not None
    subject = (goal.scope, goal.team_id or goal.person_id)
    credit = Crediting(org_of(request.workspace), request.today)
    held = held_by(request.workspace, [subject], credit, request.today)
    calendar = calendar_of(request.workspace)
    figures = held[subject].figures(calendar, request.today) if held else None
    if figures is None or not figures.is_enough:
        return {"refused": "Nothing was won in the last twelve months: there is no win rate and no size to go by."}
    position = Position(
        Fraction(actual.value), Fraction(actual.target), max(request.today, goal.starts_on), goal.ends_on, calendar
    )
    answer = what_if(position, figures, Levers(*(lever.value for lever in levers)))
    return {
        "answer": answer,
        "figures": {"decided": float(figures.decided), "won": float(figures.won)},
        "position": position,
        "lines": _lines(position, figures, answer, request.workspace.currency),
        "target": actual.target,
        "forecast": decimal_of(answer.forecast),
        "as_is": decimal_of(answer.as_is),
        "short": decimal_of(abs(position.target - answer.forecast)),
        "points_needed": _points_told(points_needed(position, figures)),
    }


def _lines(position: Position, figures: Pipeline, answer: Answer, currency: str) -> list[tuple[str, str]]:
    """The arithmetic, line by line; the amounts add up to the forecast."""
    day = f"{float(figures.deals_a_day):.2f} decided a working day × {position.days_left} left"
    base = f"{day}, × {_percent(figures.win_rate)} won × {_money(figures.size, currency)} each"
    lines = [
        ("Won so far", _money(position.value, currency)),
        (f"Going on as in the last twelve months: {base}", _signed(answer.as_is - position.value, currency)),
    ]
    lines += [(f"With {WORDS[step.lever]}", _signed(step.adds, currency)) for step in answer.steps]
    return [*lines, ("At the end of the period", _money(answer.forecast, currency))]


def _points_told(points: Fraction | None) -> str:
    return "" if points is None or points <= 0 else f"{float(points):.1f}"


def _number(text: str, least: int, most: int) -> Fraction:
    try:
        number = Fraction(Decimal(text.strip() or "0"))
    except (ArithmeticError, ValueError):
        return Fraction(0)
    return min(max(number, Fraction(least)), Fraction(most))


def decimal_of(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _money(amount: Fraction, currency: str) -> str:
    return format_figure(decimal_of(amount), "money", currency, compact=True)


def _signed(amount: Fraction, currency: str) -> str:
    return ("−" if amount < 0 else "+") + _money(abs(amount), currency)


def _percent(share: Fraction) -> str:
    return format_figure(decimal_of(share), "percent")
