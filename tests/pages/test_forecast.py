"""What people see of a forecast: the part of the goal page, the owner's own call, and whether forecasts came true."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from apps.goals.calls import rightness_of
from apps.goals.case import Status
from apps.goals.errors import GoalRefusal
from apps.goals.models import Actual, Goal, OwnerCall, TrackRecord
from apps.goals.services import close_goal
from apps.goals.services.calls import make_call
from apps.people.models import Member
from tests.cast import ClientOf
from tests.judged import SetStatus
from tests.pages.conftest import NOW, MakeGoal

TRACK = {
    "qualified": True, "values": {"run_rate": 100_000.0, "median": 90_000.0}, "words": "quarters", "then": 2,
    "begins": "2025-06-01", "share": 0.5,
}  # fmt: skip
ERRORS = {"run_rate": [["2025-07-01", 80_000.0, 88_000.0], ["2025-04-01", 50_000.0, 40_000.0]]}


def forecast_of(goal: Goal, set_status: SetStatus, **changes: object) -> Actual:
    given = {
        "value": Decimal(47_000), "target": Decimal(92_000), "through": date(2025, 11, 12), "method": "run_rate",
        "forecast": Decimal(100_000), "forecast_low": Decimal(85_000), "forecast_high": Decimal(110_000),
        "chance": 0.8, "inputs": {"outlook": {"record": "missed by ±7 % at this point in the last 8 quarters"}},
    }  # fmt: skip
    TrackRecord.objects.create(goal=goal, made_at=NOW, fingerprint="", method="run_rate", errors=ERRORS, told=TRACK)
    return set_status(goal, Status.ON_TRACK, **given | changes)


@time_machine.travel(NOW, tick=False)
def test_the_page_tells_forecast_interval_chance_method_and_record(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal()
    forecast_of(goal, set_status)
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "in 80 of 100 cases" in page, page[page.index('id="forecast"') :][:900]
    assert "USD 85.0 k to USD 110" in " ".join(page.split())
    assert "<strong>likely</strong>" in page
    assert "It missed by ±7 % at this point in the last 8 quarters." in page
    assert "1 Jul 2025" in page
    assert "+10 %" in page, "88 came where 80 was forecast"
    assert "−20 %" in page
    assert "Middle of all" in page


@time_machine.travel(NOW, tick=False)
def test_without_a_track_record_no_chance_is_told(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal()
    record = {"outlook": {"record": "has no track record yet: that needs 8 earlier quarters, there are 2"}}
    forecast_of(goal, set_status, chance=None, forecast_low=None, forecast_high=None, inputs=record)
    page = client_of(leader).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "It has no track record yet: that needs 8 earlier quarters, there are 2." in page
    assert "of 100 cases" not in page


@time_machine.travel(NOW, tick=False)
def test_the_owner_says_what_they_expect_beside_what_is_computed(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal(owner=leader)
    forecast_of(goal, set_status)
    browser = client_of(leader)
    said = {"status": "at_risk", "value": "85 k", "reason": "The largest deal slips.", "expires_on": ""}
    assert browser.post(f"/w/acme/goals/{goal.pk}/call/", said).status_code == 302
    call = OwnerCall.objects.get()
    assert (call.value, call.computed_id) == (Decimal(85_000), goal.latest_id)
    page = browser.get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "The largest deal slips." in page
    assert "USD 85.0 k" in page


def test_only_the_owner_makes_a_call(client_of: ClientOf, manager: Member, make_goal: MakeGoal, leader: Member) -> None:
    goal = make_goal(owner=leader)
    assert client_of(manager).get(f"/w/acme/goals/{goal.pk}/call/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"status": "achieved"}, "status"),
        ({"expires_on": date(2025, 11, 14)}, "expires_on"),
        ({"expires_on": date(2025, 11, 22)}, "expires_on"),
        ({"now": datetime(2026, 2, 1, tzinfo=UTC), "expires_on": date(2026, 2, 3)}, ""),
    ],
)
def test_a_call_needs_a_reason_and_holds_until_the_next_review_at_the_longest(
    leader: Member, make_goal: MakeGoal, changes: dict[str, object], field: str
) -> None:
    given = {"status": "on_track", "reason": "Two deals are signed.", "expires_on": None, "now": NOW}
    with pytest.raises(GoalRefusal) as refused:
        make_call(goal=make_goal(owner=leader), by=leader, **given | changes)  # type: ignore[arg-type]
    assert field in refused.value.problems
    assert not OwnerCall.objects.exists()


def test_whose_calls_were_right_is_counted_over_what_came() -> None:
    found = rightness_of(
        [("on_track", "at_risk", "achieved"), ("on_track", "off_track", "missed"), ("off_track", "", "missed")]
    )
    assert found is not None
    assert found.told("Dana") == "Dana's calls were right 2 of 3 times; the computed status 1 of 2."


def test_calibration_teaches_while_nothing_has_ended(client_of: ClientOf, leader: Member) -> None:
    page = client_of(leader).get("/w/acme/goals/calibration/").content.decode()
    assert "Nothing to compare yet" in page
    assert "8 earlier periods" in page


def test_calibration_counts_what_was_told_of_goals_that_ended(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    goal = make_goal(owner=leader)
    forecast_of(goal, set_status)
    forecast_of_again = Actual.objects.get()
    close_goal(goal=goal, by=leader, outcome="done", now=NOW)
    set_status(goal, Status.ACHIEVED, value=Decimal(95_000), through=date(2025, 12, 31))
    assert forecast_of_again.chance == 0.8
    with time_machine.travel(datetime(2026, 1, 10, tzinfo=UTC), tick=False):
        page = client_of(leader).get("/w/acme/goals/calibration/").content.decode()
    assert "0.04" in page, "(0.8 - 1) squared"
    assert "Middle third" in page
    assert "100 %" in page, "95 k lay between 85 k and 110 k"
