"""Sentences of goals that are not judged: closed, not begun, without a target, or without data that could tell."""

from apps.goals.case import Case, Status
from apps.goals.sentences.words import day_of, figure, judged_on, last_day

# By the engine's reasons for a figure without a value.
_WHY_NO_VALUE = {
    "no_data": "the {table} data does not cover the days {span}. Import {table} data of that time",
    "no_denominator": "there is nothing to divide by: no row of {table} counts {span} yet",
    "no_base": "there is no earlier period to compare with. Import the {table} data of the period before",
    "base_not_positive": "the period it is compared with is not above zero, so a share of it says nothing",
    "not_positive": "what it is divided by is not above zero {span}, so a share of it says nothing",
    "too_few": "so few answered {span} that a value would tell who answered what. It is shown once more have",
    "no_owner": "no row of {table} names an owner, so nothing can be said of a team or a person."
    " Map the owner of {table}, or set the goal for the whole company",
    "not_given": "it needs a number that no table has, and none is given for the days {span}. Give it, with its source,"
    " on the page of the KPI",
    "not_then_known": "nothing was imported before the days {span}, so what was then expected is not known."
    " It is judged for periods that begin after an import",
}


def cancelled(case: Case, status: Status) -> str:
    return "this goal was closed before its end and is not judged. Reopen it to go on."


def not_started(case: Case, status: Status) -> str:
    return f"the period begins on {day_of(case, case.given.starts_on)}."


def no_target(case: Case, status: Status) -> str:
    value = case.given.value
    so_far = "" if value is None else f"{figure(case, value)} so far, but "
    return f"{so_far}there is nothing to judge against. Set a target."


def nothing_imported(case: Case, status: Status) -> str:
    return f"nothing has been imported into {case.given.table} yet. Import a file with {case.given.table}."


def data_before_start(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    return (
        f"the {given.table} data ends on {day_of(case, given.through)}, before this period began on"
        f" {day_of(case, given.starts_on)}. Import newer {given.table} data."
    )


def no_value(case: Case, status: Status) -> str:
    given = case.given
    why = _WHY_NO_VALUE.get(given.reason, "the KPI has no value {span} ({reason})")
    span = f"between {day_of(case, given.starts_on)} and {day_of(case, judged_on(case))}"
    return why.format(table=given.table, span=span, reason=given.reason or "no reason given") + "."


def too_few(case: Case, status: Status) -> str:
    given = case.given
    rows = "1 row counts" if given.rows == 1 else f"{given.rows} rows count"
    return (
        f"only {rows} up to {day_of(case, judged_on(case))}, and this KPI says nothing below {given.min_n}."
        " It is judged once there are enough."
    )


def stale(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    age = (given.today - given.through).days
    return (
        f"the last day covered is {day_of(case, given.through)}, {age} days ago; beyond {given.fresh_for_days} days the"
        f" pace would mislead. Import newer {given.table} data."
    )


def incomplete_at_end(case: Case, status: Status) -> str:
    given = case.given
    assert given.through is not None
    return (
        f"the period ended on {last_day(case)}, but the data covers it only up to"
        f" {day_of(case, given.through)}. Import the rest of the {given.table} data for the final status."
    )


def unripe(case: Case, status: Status) -> str:
    """`leads of this period have until Wed 12 Feb to count, 90 days after its end: … 12 % so far.`"""
    given = case.given
    assert given.value is not None
    days = "1 day" if given.ripe_after == 1 else f"{given.ripe_after} days"
    return (
        f"{given.table} of this period have until {day_of(case, case.ripe_on)}, {days} after its end, to count. Until"
        f" then the figure grows; judged once the data reaches that day. {figure(case, given.value)} so far."
    )
