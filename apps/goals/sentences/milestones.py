"""Sentences of plans of milestones: what is done, what is due, and which comes next."""

from decimal import Decimal

from apps.common.money import format_against, format_figure
from apps.goals.case import Case, Status
from apps.goals.sentences.judged import held_against
from apps.goals.sentences.words import day_of, judged_on, known, last_day, pair


def no_target(case: Case, status: Status) -> str:
    return "there is no milestone to reach. Write down what has to be done by when."


def at_end(case: Case, status: Status) -> str:
    when = "when the goal was closed" if case.given.closed_as else f"by the end on {last_day(case)}"
    if case.met:
        return f"all milestones were done {when}."
    value, target = known(case)
    done, _ = pair(case, value, target)
    return f"{done} of the milestones by weight were done {when}. {_plan(case)}".rstrip()


def reached_early(case: Case, status: Status) -> str:
    return f"all milestones are done, before the period ends on {last_day(case)}."


def too_early(case: Case, status: Status) -> str:
    early_until = case.given.thresholds.early_until
    share = format_against(Decimal(case.due.closed) / case.due.total, early_until, "percent", decimals=0)
    return (
        f"milestones of {share} of the weight are due so far (judged from {format_figure(early_until, 'percent')});"
        f" {format_figure(case.given.value, 'percent')} is done. {_plan(case)}"
    ).rstrip()


def pace(case: Case, status: Status) -> str:
    value, _ = known(case)
    assert case.expected is not None
    done, due = pair(case, value, case.expected)
    text = f"{done} done by weight against {due} due by {day_of(case, judged_on(case))}"
    return f"{text} ({held_against(case, status)}). {_plan(case)}".rstrip()


def _plan(case: Case) -> str:
    return f"{case.given.plan}." if case.given.plan else ""
