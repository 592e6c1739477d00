"""What would mend it: what each day, the rest of the period, or the end still needs."""

from decimal import Decimal

from apps.common.money import format_against, format_figure
from apps.goals import pace
from apps.goals.case import Case
from apps.goals.pace import ONE_DAY, Course
from apps.goals.sentences.words import day_of, figure, gap, known, last_day


def remedy(case: Case) -> str:
    if case.course is Course.CUMULATIVE:
        return _allowance(case) if case.given.direction == "down" else _needs_per_day(case)
    if case.given.kind == "stock":
        return _needs_by_date(case)
    return _needs_rate(case)


def _needs_per_day(case: Case) -> str:
    if case.is_phased:
        return _needs_on_plan(case)
    value, target = known(case)
    needed = pace.needed_per_day(value, target, case.days)
    if needed is None:
        return f"No working day is left for the {gap(case, target - value)} missing."
    return f"Needs {gap(case, needed)} per working day for the {case.days.left} left{_so_far(case, value)}."


def _needs_on_plan(case: Case) -> str:
    """For a target that is phased in parts: what each day needs until the running part ends, and how that compares."""
    value, target = known(case)
    needed = case.needed_per_day()
    missing = target - value
    if needed is None:
        return f"No working day is left for the {gap(case, missing)} missing."
    phased = Decimal(case.rest.numerator) / case.rest.denominator * target
    until = day_of(case, case.part[1] - ONE_DAY)
    share = format_against(missing / phased, Decimal(1), "percent", decimals=0)
    return (
        f"Needs {gap(case, needed)} per working day to {until}, and {gap(case, missing)} in all: {share} of what is"
        f" phased for the rest{_so_far(case, value)}."
    )


def _allowance(case: Case) -> str:
    """For a flow that should stay small: what is left of the limit."""
    value, target = known(case)
    if value > target:
        return f"The limit of {figure(case, target)} is passed by {gap(case, value - target)}."
    needed = pace.needed_per_day(value, target, case.days)
    if needed is None:
        return f"No working day is left; {gap(case, target - value)} of the limit remain."
    return f"Leaves {gap(case, needed)} per working day for the {case.days.left} left{_so_far(case, value)}."


def _so_far(case: Case, value: Decimal) -> str:
    rate = pace.achieved_per_day(value, case.days)
    return "" if rate is None else f"; so far {gap(case, rate)}"


def _needs_by_date(case: Case) -> str:
    value, target = known(case)
    end = last_day(case)
    if case.met:
        return f"Keep it there until {end}."
    more = "less" if case.given.direction == "down" else "more"
    return f"Needs {gap(case, abs(target - value))} {more} by {end}."


def _needs_rate(case: Case) -> str:
    """What the rest of the period must come to, where the parts of the KPI allow to say so."""
    given = case.given
    _, target = known(case)
    if case.met:
        return f"Keep it there until {last_day(case)}."
    if given.numerator is None or given.denominator is None or given.kind not in ("ratio", "mean"):
        return _needs_by_date(case)
    required = pace.required_rate(given.numerator, given.denominator, target, case.days)
    if required is None:
        return _needs_by_date(case)
    rate, rest = required
    if rate < 0 or (given.is_share and rate > 1):
        return "Out of reach in this period: even the best possible rest would not bring it to the target."
    average = "" if given.unit == "percent" else "an average of "
    count = format_figure(rest.to_integral_value(), "count", compact=True)
    return f"Needs {average}{figure(case, rate)} on the {count} still to come at the volume so far."
