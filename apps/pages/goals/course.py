"""From a goal and its newest actual to the lines of its chart and the rows of the table beneath it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.common.calendars import WorkingCalendar
from apps.common.dates import day_told
from apps.common.money import format_figure
from apps.goals import pace
from apps.goals.kinds import BANDS
from apps.goals.limits import limits_on
from apps.goals.models import Actual, TargetVersion
from apps.goals.queries import Limits
from apps.goals.spreading import curve_of_goal
from apps.pages.charts import BandStep, GoalCourse, Point
from apps.pages.goals.present import GoneKpi, Shown

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CourseRow:
    """One row of the table under the chart; `day` is the last day that counts."""

    day: date
    actual: Decimal | None
    expected: Decimal | None


def course_of(
    shown: Shown, *, calendar: WorkingCalendar, targets: list[TargetVersion], benchmark: Decimal | None, currency: str
) -> tuple[GoalCourse, list[CourseRow]] | None:
    """None while there is no figure to draw."""
    goal, actual = shown.goal, shown.actual
    values = _actuals(actual)
    if actual is None or not any(value is not None for value in values.values()):
        return None
    points = pace.series_points(goal.starts_on, goal.ends_on, goal.workspace.fiscal)
    expected = _expected(shown, points, calendar, actual.target)
    if actual.expected is not None and actual.through is not None:
        expected[min(actual.through, shown.last_day)] = actual.expected
    rows = [CourseRow(day, values.get(day), expected.get(day)) for day in sorted({*values, *expected})]
    course = GoalCourse(
        title=goal.title,
        description=_description(shown, currency),
        unit=shown.unit,
        currency=currency,
        starts_on=goal.starts_on,
        last_day=shown.last_day,
        actual=sorted(values.items()),
        expected=sorted(expected.items()),
        target=[] if _is_band(shown) else _target_steps(shown, targets),
        band=_band_steps(shown, targets),
        benchmark=benchmark,
        breaks=_breaks(shown),
    )
    return course, rows


def _breaks(shown: Shown) -> list[tuple[date, str]]:
    """The days inside the period from which the KPI was defined otherwise."""
    if isinstance(shown.kpi, GoneKpi):
        return []
    inside = (each for each in shown.kpi.versions[1:] if shown.goal.starts_on < each.effective_from <= shown.last_day)
    return [(each.effective_from, f"Definition {each.number}") for each in inside]


def _actuals(actual: Actual | None) -> dict[date, Decimal | None]:
    """A point of the series is the first day that no longer counts: it is shown at the day before."""
    if actual is None:
        return {}
    return {
        date.fromisoformat(day) - ONE_DAY: None if value is None else Decimal(str(value))
        for day, value in actual.series
    }


def _expected(
    shown: Shown, points: tuple[date, ...], calendar: WorkingCalendar, target: Decimal | None
) -> dict[date, Decimal]:
    if target is None or isinstance(shown.kpi, GoneKpi) or _is_band(shown):
        return {}
    goal = shown.goal
    today = shown.actual.through if shown.actual and shown.actual.through else goal.starts_on
    path = pace.expected_path(
        (goal.starts_on, *points),
        calendar=calendar,
        start=goal.starts_on,
        end=goal.ends_on,
        kind=shown.kpi.kind,
        direction=shown.kpi.direction,
        baseline=goal.baseline,
        target=target,
        goal_kind=goal.kind,
        curve=curve_of_goal(goal, today, calendar),
    )
    return {max(point - ONE_DAY, goal.starts_on): value for point, value in path}


def _is_band(shown: Shown) -> bool:
    return shown.goal.kind in BANDS


def _band_steps(shown: Shown, targets: list[TargetVersion]) -> list[BandStep]:
    """The limits in force on each day of the period, the last ones to its last day."""
    if not _is_band(shown):
        return []
    goal = shown.goal
    limits = [Limits(each.effective_from, each.value, each.low, each.high) for each in targets if _in_force(each)]
    days = sorted({goal.starts_on, *(max(each.effective_from, goal.starts_on) for each in limits)})
    steps = [(day, *limits_on(goal, limits, day)) for day in days if day <= shown.last_day]
    return [*steps, (shown.last_day, *steps[-1][1:])]


def _in_force(version: TargetVersion) -> bool:
    return version.state == "in_force"


def _target_steps(shown: Shown, targets: list[TargetVersion]) -> list[Point]:
    """The target in force on each day of the period: a step where it was changed, drawn to the last day."""
    goal = shown.goal
    steps: dict[date, Decimal] = {}
    for version in targets:
        if version.effective_from <= shown.last_day and _in_force(version):
            steps[max(version.effective_from, goal.starts_on)] = version.value
    if steps:
        first, last = min(steps), max(steps)
        steps.setdefault(goal.starts_on, steps[first])
        steps.setdefault(shown.last_day, steps[last])
    return sorted(steps.items())


def _description(shown: Shown, currency: str) -> str:
    actual = shown.actual
    parts = [f"{shown.kpi.name} from {day_told(shown.goal.starts_on)} to {day_told(shown.last_day)}."]
    if actual and actual.value is not None and actual.through:
        value = format_figure(actual.value, shown.unit, currency, compact=True)
        parts.append(f"{value} up to {day_told(min(actual.through, shown.last_day))}.")
    if actual and actual.expected is not None:
        parts.append(f"Expected by then: {format_figure(actual.expected, shown.unit, currency, compact=True)}.")
    if shown.limits:
        parts.append(f"To keep: {shown.limits}.")
    elif actual and actual.target is not None:
        parts.append(f"Target: {format_figure(actual.target, shown.unit, currency, compact=True)}.")
    parts += [f"{text} is in force from {day_told(day)} on." for day, text in _breaks(shown)]
    return " ".join(parts)
