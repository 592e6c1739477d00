"""Who needs help first, and where to look."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.goals.case import Status
from apps.goals.helping import Standing, needs_help, next_look, reason, urgency
from apps.goals.pipeline import Held


def held(**changes: Any) -> Held:
    numbers: dict[str, Any] = {
        "open": 10, "open_amount": 100_000, "won": 30, "won_amount": 600_000, "lost": 70, "new_now": 8,
        "new_in_window": 97, "largest": Decimal(20_000), "largest_name": "Acme",
    }  # fmt: skip
    given = numbers | changes
    return Held(**{name: Fraction(value) if isinstance(value, int) else value for name, value in given.items()})


def test_one_goal_far_behind_goes_before_three_that_are_almost_there() -> None:
    far = [Standing(Status.OFF_TRACK, 0.5, "far")]
    almost = [Standing(Status.OFF_TRACK, 0.84, "near")] * 3
    assert urgency(far) > urgency(almost) > urgency([Standing(Status.AT_RISK, 0.1, "")])


def test_silence_comes_after_trouble_and_before_all_is_well() -> None:
    silent = urgency([Standing(Status.WAITING, None, "")])
    assert urgency([Standing(Status.AT_RISK, 0.9, "")]) > silent > urgency([Standing(Status.ON_TRACK, 1.1, "")])


def test_the_reason_is_the_sentence_of_the_goal_furthest_behind() -> None:
    goals = [Standing(Status.AT_RISK, 0.7, "risk"), Standing(Status.OFF_TRACK, 0.8, "off"), Standing("achieved", 2, "")]
    assert reason(goals) == "off"
    assert needs_help(goals)
    assert reason([Standing(Status.ON_TRACK, 1, "fine")]) == ""


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({"open": 0, "won": 0, "lost": 0, "new_in_window": 0}, "There are no deals in this name"),
        ({"open": 0}, "Nothing is open"),
        ({"stalled": 4, "stalled_amount": 50_000}, "4 of 10 open deals stall (USD 50.0 k)"),
        ({"new_now": 2}, "Few new deals: 2 in the last 30 days, usually 8"),
        ({"largest": Decimal(60_000)}, "One deal is 60"),
        ({}, "What is open will probably bring USD 30.0 k of the USD 80.0 k missing"),
        ({"won": 95, "lost": 5}, "The largest open deal is Acme (USD 20.0 k)"),
    ],
)
def test_the_first_that_is_true_is_where_to_look(changes: dict[str, Any], beginning: str) -> None:
    assert next_look(held(**changes), Fraction(80_000), "USD").startswith(beginning)


def test_where_nobody_knows_the_deals_their_names_are_asked_for() -> None:
    assert next_look(None, None, "USD").startswith("There are no deals in this name")
