"""The rules of the status, in their order, and what must hold whatever the numbers are."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals import models
from apps.goals.case import Kept, Outlook
from apps.goals.status import BY_URGENCY, RULES, Inputs, Status, judge
from tests.goals.cases import CYCLE, END, EVERY_DAY, PIPELINE, REVENUE, START, WIN_RATE

AFTER = END + timedelta(days=3)
KEEP = WIN_RATE._replace(goal_kind="keep_between", low=Decimal("0.25"), high=Decimal("0.35"), kept=Kept(9, 10, 13))
LIKELY = Outlook(Decimal(950_000), Decimal(900_000), Decimal(1_000_000), "run_rate", 0.7, "missed by ±7 % before")
WHOLE = {"today": AFTER, "through": END + timedelta(days=1)}

CASES: list[tuple[str, Inputs, Status, str]] = [
    ("cancelled wins over all", REVENUE._replace(closed_as="cancelled", target=None), Status.CANCELLED, "cancelled"),
    ("before the start", REVENUE._replace(today=START - timedelta(days=1)), Status.NOT_STARTED, "not-started"),
    ("without a target nothing is healthy", REVENUE._replace(target=None), Status.NO_TARGET, "no-target"),
    ("nothing imported", REVENUE._replace(through=None, value=None), Status.NO_DATA, "nothing-imported"),
    (
        "data ends before the period",
        REVENUE._replace(through=date(2025, 9, 30), value=None, reason="no_data"),
        Status.WAITING,
        "data-before-start",
    ),
    ("no value", WIN_RATE._replace(value=None, reason="no_denominator"), Status.NO_DATA, "no-value"),
    ("too few rows for a rate", WIN_RATE._replace(rows=19), Status.NO_DATA, "too-few-rows"),
    ("enough rows for a rate", WIN_RATE._replace(rows=20), Status.AT_RISK, "pace"),
    ("a flow needs no number of rows", REVENUE._replace(rows=1, min_n=20), Status.AT_RISK, "pace"),
    ("data too old", REVENUE._replace(today=date(2025, 11, 25)), Status.WAITING, "stale-data"),
    ("data just fresh enough", REVENUE._replace(today=date(2025, 11, 24)), Status.AT_RISK, "pace"),
    ("over but not covered", REVENUE._replace(today=AFTER), Status.WAITING, "period-incomplete"),
    ("missed at the end", REVENUE._replace(**WHOLE), Status.MISSED, "at-end"),
    ("achieved at the end, exactly", REVENUE._replace(**WHOLE, value=Decimal(920_000)), Status.ACHIEVED, "at-end"),
    ("a rate is met downwards", CYCLE._replace(**WHOLE, value=Decimal(60)), Status.ACHIEVED, "at-end"),
    ("a rate is missed upwards", CYCLE._replace(**WHOLE, value=Decimal("60.0001")), Status.MISSED, "at-end"),
    ("closed as done before its end", REVENUE._replace(closed_as="done"), Status.MISSED, "at-end"),
    ("a flow reached early", REVENUE._replace(value=Decimal(920_000)), Status.ACHIEVED, "reached-early"),
    ("a stock is not reached early", PIPELINE._replace(value=Decimal(130_000)), Status.ON_TRACK, "pace"),
    ("a rate is not reached early", WIN_RATE._replace(value=Decimal("0.4")), Status.ON_TRACK, "pace"),
    (
        "a flow to be kept small is not reached by being small",
        REVENUE._replace(direction="down", value=Decimal(100)),
        Status.ON_TRACK,
        "pace",
    ),
    (
        "6 of 66 days are too early",
        REVENUE._replace(through=date(2025, 10, 8), today=date(2025, 10, 9)),
        Status.TOO_EARLY,
        "too-early",
    ),
    (
        "7 of 66 days are not",
        REVENUE._replace(through=date(2025, 10, 9), today=date(2025, 10, 10), value=Decimal(0)),
        Status.OFF_TRACK,
        "pace",
    ),
    (
        # Leads of a quarter to 31 December have 90 days: until 31 March, when the data reaches 30 March.
        "a cohort that still has time is not missed",
        WIN_RATE._replace(ripe_after=90, today=date(2026, 4, 2), through=date(2026, 3, 30)),
        Status.TOO_EARLY,
        "unripe",
    ),
    (
        "a cohort is judged with the data of its last day",
        WIN_RATE._replace(ripe_after=90, today=date(2026, 4, 2), through=date(2026, 3, 31)),
        Status.MISSED,
        "at-end",
    ),
    (
        "a cohort of a running period is neither on track nor off it",
        WIN_RATE._replace(ripe_after=90, value=Decimal("0.9")),
        Status.TOO_EARLY,
        "unripe",
    ),
    (
        "who closes a goal does not wait for its cohort",
        WIN_RATE._replace(ripe_after=90, closed_as="done", value=Decimal("0.5")),
        Status.ACHIEVED,
        "at-end",
    ),
    (
        "a value on a date is judged on that date",
        PIPELINE._replace(goal_kind="snapshot", baseline=None, value=Decimal(130_000)),
        Status.TOO_EARLY,
        "on-its-date",
    ),
    ("a way to a value on a date is judged", PIPELINE._replace(goal_kind="snapshot"), Status.OFF_TRACK, "pace"),
    (
        "a value on a date is reached on it",
        PIPELINE._replace(goal_kind="snapshot", baseline=None, value=Decimal(130_000), **WHOLE),
        Status.ACHIEVED,
        "at-end",
    ),
    ("a band that is kept", KEEP, Status.ON_TRACK, "band"),
    ("a band on its edge", KEEP._replace(value=Decimal("0.35")), Status.ON_TRACK, "band"),
    ("outside a band, but not too often", KEEP._replace(value=Decimal("0.36")), Status.AT_RISK, "band"),
    (
        "a band left too often so far",
        KEEP._replace(kept=Kept(8, 10, 13), keep_share=Decimal("0.84")),
        Status.AT_RISK,
        "band",
    ),
    ("a band that can no longer be kept", KEEP._replace(kept=Kept(7, 10, 13)), Status.OFF_TRACK, "band"),
    ("a band kept to the end", KEEP._replace(**WHOLE, kept=Kept(12, 13, 13)), Status.ACHIEVED, "at-end"),
    ("a band lost by the end", KEEP._replace(**WHOLE, kept=Kept(11, 13, 13)), Status.MISSED, "at-end"),
    ("a likely forecast says more than a pace", REVENUE._replace(outlook=LIKELY), Status.ON_TRACK, "chance"),
    ("an open one", REVENUE._replace(outlook=LIKELY._replace(chance=0.69)), Status.AT_RISK, "chance"),
    ("an unlikely one", REVENUE._replace(outlook=LIKELY._replace(chance=0.39)), Status.OFF_TRACK, "chance"),
    (
        "a forecast without a record gives no chance",
        REVENUE._replace(outlook=LIKELY._replace(chance=None)),
        Status.AT_RISK,
        "pace",
    ),
    ("pace 0.95 exactly", REVENUE._replace(value=Decimal(437_000)), Status.ON_TRACK, "pace"),
    ("pace just below 0.95", REVENUE._replace(value=Decimal("436999.99")), Status.AT_RISK, "pace"),
    ("pace 0.85 exactly", REVENUE._replace(value=Decimal(391_000)), Status.AT_RISK, "pace"),
    ("pace just below 0.85", REVENUE._replace(value=Decimal("390999.99")), Status.OFF_TRACK, "pace"),
    ("a rate within 5 % of its target", WIN_RATE._replace(value=Decimal("0.285")), Status.ON_TRACK, "pace"),
    ("lower is better, within 5 %", CYCLE._replace(value=Decimal(63)), Status.ON_TRACK, "pace"),
    ("lower is better, within 15 %", CYCLE._replace(value=Decimal(69)), Status.AT_RISK, "pace"),
    ("lower is better, beyond", CYCLE._replace(value=Decimal("69.01")), Status.OFF_TRACK, "pace"),
    ("a stock is judged by the way gone", PIPELINE._replace(value=Decimal(109_500)), Status.ON_TRACK, "pace"),
    ("a stock below its baseline", PIPELINE._replace(value=Decimal(99_000)), Status.OFF_TRACK, "pace"),
    (
        "a stock without baseline is held to its target",
        PIPELINE._replace(baseline=None, value=Decimal(110_000)),
        Status.AT_RISK,
        "pace",
    ),
    ("a target of 0 leaves no tolerance", CYCLE._replace(target=Decimal(0)), Status.OFF_TRACK, "pace"),
    (
        "a target of 0 can be kept",
        CYCLE._replace(target=Decimal(0), value=Decimal(0)),
        Status.ON_TRACK,
        "pace",
    ),
]


@pytest.mark.parametrize(("case", "status", "rule"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_first_rule_that_matches_decides(case: Inputs, status: Status, rule: str) -> None:
    verdict = judge(case)
    assert (verdict.status, verdict.rule.partition("@")[0]) == (status, rule)


def test_every_rule_has_a_case_and_a_version() -> None:
    assert {rule for _, _, _, rule in CASES} == {name.partition("@")[0] for name, _ in RULES}
    assert all(name.partition("@")[2].isdecimal() for name, _ in RULES)


def test_a_verdict_carries_its_measures() -> None:
    verdict = judge(REVENUE)
    assert verdict.expected == 460_000
    assert verdict.attainment == pytest.approx(412 / 920)
    assert verdict.pace == pytest.approx(412 / 460)
    assert verdict.needed_per_day == Decimal(508_000) / 33


def test_attainment_counts_from_the_baseline_and_is_never_capped() -> None:
    assert judge(PIPELINE).attainment == pytest.approx(0.4)
    assert judge(PIPELINE._replace(value=Decimal(140_000))).attainment == pytest.approx(2)
    assert judge(PIPELINE._replace(value=Decimal(90_000))).attainment == pytest.approx(-0.5)
    assert judge(CYCLE._replace(baseline=Decimal(80))).attainment == pytest.approx(0.7)


def test_the_baseline_of_a_flow_is_a_comparison_and_no_head_start() -> None:
    plain, compared = judge(REVENUE), judge(REVENUE._replace(baseline=Decimal(800_000)))
    assert (plain.expected, plain.attainment, plain.pace) == (compared.expected, compared.attainment, compared.pace)


def test_lower_is_better_has_no_attainment_without_a_baseline() -> None:
    assert judge(CYCLE).attainment is None
    assert judge(CYCLE).pace == pytest.approx(0.9)


def test_what_was_not_compared_has_no_pace_and_needs_nothing() -> None:
    for unjudged in (REVENUE._replace(today=date(2025, 12, 24)), REVENUE._replace(closed_as="cancelled")):
        verdict = judge(unjudged)
        assert (verdict.pace, verdict.needed_per_day) == (None, None)


def test_a_day_in_progress_is_not_held_against_anybody() -> None:
    """Data may already have rows of today; the day counts as passed once it is over."""
    noon = judge(REVENUE._replace(today=date(2025, 11, 14)))
    assert noon.inputs["closed_days"] == 32
    assert judge(REVENUE).inputs["closed_days"] == 33


def test_the_age_of_data_never_changes_the_pace() -> None:
    """Judged at the day the data covers, not at the day of judging."""
    paces = {judge(REVENUE._replace(today=REVENUE.today + timedelta(days=days))).pace for days in range(9)}
    assert len(paces) == 1


def test_a_period_that_ends_on_a_weekend_is_complete_with_its_last_working_day() -> None:
    november = REVENUE._replace(starts_on=date(2025, 11, 1), ends_on=date(2025, 12, 1))  # ends on Sunday the 30th
    assert judge(november._replace(through=date(2025, 11, 28), today=date(2025, 11, 30))).rule == "pace@2"
    assert judge(november._replace(through=date(2025, 11, 28), today=date(2025, 12, 1))).status is Status.MISSED
    assert judge(november._replace(through=date(2025, 11, 27), today=date(2025, 12, 1))).status is Status.WAITING


def test_rows_of_the_future_do_not_end_a_period() -> None:
    verdict = judge(REVENUE._replace(through=date(2031, 1, 1)))
    assert verdict.status is Status.AT_RISK
    assert verdict.inputs["closed_days"] == 33


def test_the_inputs_can_be_stored_and_tell_the_whole_case() -> None:
    stored = json.loads(json.dumps(judge(WIN_RATE).inputs))
    assert stored["value"] == "0.27"
    assert stored["through"] == "2025-11-14"
    assert (stored["closed_days"], stored["all_days"]) == (33, 66)
    assert stored["on_track_from"] == "0.95"


def test_every_status_has_a_word_of_its_own_and_a_place_on_the_board() -> None:
    assert dict(models.STATUSES)["waiting"] == "Waiting for data"
    assert len({label for _, label in models.STATUSES}) == len(Status)
    assert sorted(BY_URGENCY) == sorted(Status)


# --- properties ------------------------------------------------------------------------------------------------------

GOODNESS = [Status.MISSED, Status.OFF_TRACK, Status.AT_RISK, Status.TOO_EARLY, Status.ON_TRACK, Status.ACHIEVED]
POSITIVE = st.decimals("0.01", 10**6, places=2)


@st.composite
def goals(draw: st.DrawFn) -> Inputs:
    """Any goal with a target and data in its period, at any moment."""
    kind = draw(st.sampled_from(["flow", "ratio", "mean", "stock", "composite"]))
    end = START + timedelta(days=draw(st.integers(1, 400)))
    through = START + timedelta(days=draw(st.integers(0, 410)))
    return REVENUE._replace(
        kind=kind,
        direction=draw(st.sampled_from(["up", "down"])),
        calendar=draw(st.sampled_from([REVENUE.calendar, EVERY_DAY])),
        ends_on=end,
        through=through,
        today=through + timedelta(days=draw(st.integers(1, 9))),
        target=draw(POSITIVE),
        baseline=draw(st.none() | POSITIVE),
        value=draw(st.decimals(-(10**6), 10**6, places=2)),
        denominator=Decimal(draw(st.integers(1, 1000))),
    )


@given(goals(), st.decimals(0, 10**6, places=2))
def test_a_better_value_never_has_a_worse_status(goal: Inputs, more: Decimal) -> None:
    assert goal.value is not None
    better = goal._replace(value=goal.value - more if goal.direction == "down" else goal.value + more)
    now, then = judge(goal).status, judge(better).status
    if {now, then} <= set(GOODNESS):
        assert GOODNESS.index(then) >= GOODNESS.index(now)
    else:
        assert now == then


@given(goals(), st.sampled_from([Decimal(1000), Decimal("0.001"), Decimal(60), Decimal("0.25")]))
def test_the_status_does_not_depend_on_the_unit(goal: Inputs, factor: Decimal) -> None:
    def scaled(number: Decimal | None) -> Decimal | None:
        return None if number is None else number * factor

    other = goal._replace(
        value=scaled(goal.value), target=scaled(goal.target), baseline=scaled(goal.baseline), numerator=None
    )
    assert judge(other).status is judge(goal).status


@given(goals())
def test_every_goal_gets_one_sentence_that_ends(goal: Inputs) -> None:
    verdict = judge(goal)
    assert verdict.sentence.startswith(f"{verdict.status.label}: ")
    assert verdict.sentence.endswith(".")
    assert "None" not in verdict.sentence
    json.dumps(verdict.inputs)


@given(goals())
def test_as_expected_is_on_track(goal: Inputs) -> None:
    expected = judge(goal).expected
    assert expected is not None
    assert judge(goal._replace(value=expected)).status not in (Status.AT_RISK, Status.OFF_TRACK)


@given(goals())
def test_the_pace_printed_agrees_with_the_status(goal: Inputs) -> None:
    verdict = judge(goal)
    if verdict.status is Status.ON_TRACK and verdict.pace is not None:
        assert verdict.pace >= 0.95 - 1e-12
    if verdict.status is Status.OFF_TRACK and verdict.pace is not None:
        assert verdict.pace < 0.85 + 1e-12
