"""Kinds of goals, phasing, thresholds and hysteresis: what changes a status besides the numbers."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.goals.case import Before, Case, Thresholds
from apps.goals.phasing import Curve, parts_of
from apps.goals.status import Inputs, Status, judge
from tests.goals.cases import CYCLE, END, PIPELINE, REVENUE, START, WIN_RATE

MONTHS = [START, date(2025, 11, 1), date(2025, 12, 1)]
BACK_LOADED = Curve(parts_of(MONTHS, END, [Decimal("0.2"), Decimal("0.3"), Decimal("0.5")]))


@pytest.mark.parametrize(
    ("baseline", "target", "value", "attainment"),
    [
        (1_000_000, 1_500_000, 1_350_000, 0.70),
        (500, 400, 420, 0.80),
        (0, 250, 220, 0.88),
        (220, 500, 480, 0.9285714),
        (60, 45, 39, 1.4),
        (60, 45, 66, -0.4),
    ],
)
def test_attainment_goes_from_the_baseline_to_the_target_up_or_down_and_is_never_capped(
    baseline: int, target: int, value: int, attainment: float
) -> None:
    """domain.md O30 (ServiceNow's examples that follow its own formula), and one beyond each end."""
    direction = "up" if target > baseline else "down"
    case = PIPELINE._replace(
        goal_kind="reach",
        direction=direction,
        baseline=Decimal(baseline),
        target=Decimal(target),
        value=Decimal(value),
    )
    assert Case(case).attainment == pytest.approx(attainment)


def test_a_rate_to_reach_glides_from_its_baseline_and_a_rate_of_the_period_is_expected_all_along() -> None:
    """Half of the days: from 20 % to 30 % the way there is at 25 %."""
    from_20 = WIN_RATE._replace(baseline=Decimal("0.2"), value=Decimal("0.27"))
    assert judge(from_20._replace(goal_kind="reach")).expected == Decimal("0.25")
    assert judge(from_20._replace(goal_kind="rate")).expected == Decimal("0.30")
    assert judge(from_20._replace(goal_kind="reach")).status is Status.ON_TRACK
    assert judge(from_20._replace(goal_kind="rate")).status is Status.AT_RISK


def test_a_phased_target_expects_what_its_parts_say() -> None:
    """October 20 % and 10 of the 20 working days of November's 30 %: 35 % by 14 November, not half."""
    verdict = judge(REVENUE._replace(curve=BACK_LOADED, value=Decimal(330_000)))
    assert verdict.expected == 920_000 * (Fraction(1, 5) + Fraction(3, 10) * Fraction(10, 20))
    assert (verdict.status, verdict.inputs["due"]) == (Status.ON_TRACK, "7/20")
    assert judge(REVENUE._replace(value=Decimal(330_000))).status is Status.OFF_TRACK, "as if all days were alike"


def test_too_early_is_told_by_what_is_due_and_not_by_days() -> None:
    early = REVENUE._replace(curve=BACK_LOADED, through=date(2025, 10, 14), today=date(2025, 10, 15))
    assert judge(early).status is Status.TOO_EARLY, "10 of 66 days have passed, but only 8.7 % of the target are due"
    assert "(9 % of the target due by its phasing; judged from 10 %)" in judge(early).sentence
    assert judge(early._replace(curve=Curve())).status is not Status.TOO_EARLY


def test_thresholds_of_the_workspace_decide_and_are_told() -> None:
    strict = Thresholds(on_track_from=Decimal("1"), at_risk_from=Decimal("0.9"))
    verdict = judge(REVENUE._replace(value=Decimal(455_000), thresholds=strict))
    assert verdict.status is Status.AT_RISK
    assert "on track from 100 %" in verdict.sentence
    assert verdict.inputs["on_track_from"] == "1"


YESTERDAY = REVENUE.through - timedelta(days=1) if REVENUE.through else START


def seen(case: Inputs, status: Status, leaning: str = "", through: date = YESTERDAY) -> Inputs:
    return case._replace(before=Before(status.value, leaning, through))


def test_one_step_to_the_worse_is_said_when_a_second_day_confirms_it() -> None:
    first = judge(seen(REVENUE, Status.ON_TRACK))
    assert (first.status, first.leaning) == (Status.ON_TRACK, Status.AT_RISK)
    assert first.sentence.startswith("On track: ")
    assert "it would be at risk; it is said once newer data confirms it" in first.sentence
    second = judge(seen(REVENUE, Status.ON_TRACK, leaning="at_risk"))
    assert (second.status, second.leaning) == (Status.AT_RISK, None)


def test_the_same_data_looked_at_twice_confirms_nothing() -> None:
    assert REVENUE.through is not None
    again = judge(seen(REVENUE, Status.ON_TRACK, leaning="at_risk", through=REVENUE.through))
    assert again.status is Status.ON_TRACK


def test_two_steps_at_once_are_said_at_once() -> None:
    assert judge(seen(REVENUE._replace(value=Decimal(100)), Status.ON_TRACK)).status is Status.OFF_TRACK


def test_what_is_no_matter_of_more_or_less_is_said_at_once() -> None:
    assert judge(seen(REVENUE._replace(value=None), Status.ON_TRACK)).status is Status.NO_DATA
    assert judge(seen(REVENUE, Status.WAITING)).status is Status.AT_RISK
    assert judge(seen(REVENUE._replace(value=Decimal(920_000)), Status.AT_RISK)).status is Status.ACHIEVED


def test_a_level_to_keep_is_told_with_its_limits() -> None:
    keep = CYCLE._replace(goal_kind="keep_below", high=Decimal(70), value=Decimal(66))
    assert judge(keep).sentence.startswith("On track: 66 days by Fri 14 Nov, not above 70 days.")
