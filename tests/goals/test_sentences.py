"""The sentence under a status: rule, inputs and remedy, in numbers that never contradict it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.status import Inputs, judge
from apps.metrics.engine import REASONS
from tests.goals.cases import CYCLE, PIPELINE, REVENUE, WIN_RATE

OVER = {"today": date(2026, 1, 5), "through": date(2026, 1, 4)}

SENTENCES = [
    (
        REVENUE,
        "At risk: USD 412 k against USD 460 k expected by Fri 14 Nov (90 % of expected; on track from 95 %)."
        " Needs USD 15.4 k per working day for the 33 left; so far USD 12.5 k.",
    ),
    (
        REVENUE._replace(value=Decimal(100_000)),
        "Off track: USD 100 k against USD 460 k expected by Fri 14 Nov (22 % of expected; at risk from 85 %, on track"
        " from 95 %). Needs USD 24.8 k per working day for the 33 left; so far USD 3.03 k.",
    ),
    (
        REVENUE._replace(value=Decimal(0), rows=0),
        "Off track: USD 0 against USD 460 k expected by Fri 14 Nov (0 % of expected; at risk from 85 %, on track from"
        " 95 %). Needs USD 27.9 k per working day for the 33 left; so far USD 0. No row of deals counts so far: check"
        " that owners and teams are named in the data as they are here.",
    ),
    (
        REVENUE._replace(direction="down"),
        "On track: USD 412 k against USD 460 k expected by Fri 14 Nov (10.4 % better; on track up to 5 % worse)."
        " Leaves USD 15.4 k per working day for the 33 left; so far USD 12.5 k.",
    ),
    (
        REVENUE._replace(direction="down", value=Decimal(930_000)),
        "Off track: USD 930 k against USD 460 k expected by Fri 14 Nov (102 % worse; at risk up to 15 %, on track"
        " up to 5 % worse). The limit of USD 920 k is passed by USD 10.0 k.",
    ),
    (
        WIN_RATE,
        "At risk: 27 % by Fri 14 Nov against a target of 30 % (10 % worse; on track up to 5 % worse)."
        " Needs 33 % on the 100 still to come at the volume so far.",
    ),
    (
        WIN_RATE._replace(target=Decimal("0.9")),
        "Off track: 27 % by Fri 14 Nov against a target of 90 % (70 % worse; at risk up to 15 %, on track up to"
        " 5 % worse). Out of reach in this period: even the best possible rest would not bring it to the target.",
    ),
    (
        WIN_RATE._replace(ripe_after=90, table="leads", today=date(2026, 1, 5), through=date(2026, 1, 4)),
        "Too early: leads of this period have until Tue 31 Mar, 90 days after its end, to count. Until then the figure"
        " grows; judged once the data reaches that day. 27 % so far.",
    ),
    (
        CYCLE,
        "At risk: 66 days by Fri 14 Nov against a target of 60 days (10 % worse; on track up to 5 % worse)."
        " Needs an average of 54 days on the 100 still to come at the volume so far.",
    ),
    (
        CYCLE._replace(value=Decimal(55)),
        "On track: 55 days by Fri 14 Nov against a target of 60 days (8.3 % better; on track up to 5 % worse)."
        " Keep it there until Wed 31 Dec.",
    ),
    (
        PIPELINE,
        "Off track: USD 108 k against USD 110 k expected by Fri 14 Nov (80 % of the way expected from USD 100 k; at"
        " risk from 85 %, on track from 95 %). Needs USD 12.0 k more by Wed 31 Dec.",
    ),
    (
        REVENUE._replace(value=Decimal(930_000)),
        "Achieved: USD 930 k by Fri 14 Nov against a target of USD 920 k, ahead by USD 10.0 k; provisional until the"
        " period ends on Wed 31 Dec. Needs 0 per working day.",
    ),
    (
        REVENUE._replace(**OVER),
        "Missed: USD 412 k against a target of USD 920 k for the period to Wed 31 Dec 2025, USD 508 k short.",
    ),
    (
        CYCLE._replace(**OVER),
        "Missed: 66 days against a target of 60 days for the period to Wed 31 Dec 2025, 6 days above.",
    ),
    (
        WIN_RATE._replace(**OVER, value=Decimal("0.31")),
        "Achieved: 31 % against a target of 30 % for the period to Wed 31 Dec 2025.",
    ),
    (
        WIN_RATE._replace(closed_as="done"),
        "Missed: 27 % against a target of 30 % when the goal was closed, 3 points short.",
    ),
    (
        REVENUE._replace(through=date(2025, 10, 3), today=date(2025, 10, 4), value=Decimal(20_000)),
        "Too early: 3 of 66 working days have closed (5 %; judged from 10 %). USD 20.0 k so far."
        " Needs USD 14.3 k per working day for the 63 left; so far USD 6.67 k.",
    ),
    (REVENUE._replace(today=date(2025, 9, 1)), "Not started: the period begins on Wed 1 Oct."),
    (
        REVENUE._replace(target=None),
        "No target: USD 412 k so far, but there is nothing to judge against. Set a target.",
    ),
    (
        REVENUE._replace(through=None, value=None),
        "No data: nothing has been imported into deals yet. Import a file with deals.",
    ),
    (
        REVENUE._replace(through=date(2025, 9, 26), value=None),
        "Waiting for data: the deals data ends on Fri 26 Sep, before this period began on Wed 1 Oct."
        " Import newer deals data.",
    ),
    (
        REVENUE._replace(today=date(2025, 12, 1)),
        "Waiting for data: the last day covered is Fri 14 Nov, 17 days ago; beyond 10 days the pace would mislead."
        " Import newer deals data.",
    ),
    (
        REVENUE._replace(today=date(2026, 1, 2)),
        "Waiting for data: the period ended on Wed 31 Dec 2025, but the data covers it only up to Fri 14 Nov 2025."
        " Import the rest of the deals data for the final status.",
    ),
    (
        WIN_RATE._replace(value=None, reason="no_denominator"),
        "No data: there is nothing to divide by: no row of deals counts between Wed 1 Oct and Fri 14 Nov yet.",
    ),
    (
        WIN_RATE._replace(value=None, reason="odd"),
        "No data: the KPI has no value between Wed 1 Oct and Fri 14 Nov (odd).",
    ),
    (
        WIN_RATE._replace(rows=1),
        "No data: only 1 row counts up to Fri 14 Nov, and this KPI says nothing below 20."
        " It is judged once there are enough.",
    ),
    (
        REVENUE._replace(closed_as="cancelled"),
        "Cancelled: this goal was closed before its end and is not judged. Reopen it to go on.",
    ),
]


@pytest.mark.parametrize(("case", "sentence"), SENTENCES, ids=[text.partition(":")[0] for _, text in SENTENCES])
def test_the_sentence_tells_rule_inputs_and_remedy(case: Inputs, sentence: str) -> None:
    assert judge(case).sentence == sentence


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("436999", "At risk: USD 437 k against USD 460 k expected by Fri 14 Nov (94.9998 % of expected"),
        ("437000", "On track: USD 437 k against USD 460 k expected by Fri 14 Nov (95 % of expected"),
        ("390999", "Off track: USD 391 k against USD 460 k expected by Fri 14 Nov (84.9998 % of expected"),
        ("459999", "On track: USD 459.999 k against USD 460.000 k expected by Fri 14 Nov (99.9998 % of expected"),
    ],
)
def test_rounding_never_contradicts_the_status(value: str, printed: str) -> None:
    assert judge(REVENUE._replace(value=Decimal(value))).sentence.startswith(printed)


@given(st.decimals(0, 1_000_000, places=2))
def test_the_two_numbers_compared_never_look_equal_unless_they_are(value: Decimal) -> None:
    verdict = judge(REVENUE._replace(value=value))
    other = Decimal(920_000) if verdict.rule == "reached-early@1" else Decimal(460_000)
    first, second = verdict.sentence.partition(": ")[2].split(" against ")[:2]
    shown = first.split(" by ")[0]
    assert (shown == second.removeprefix("a target of ").split(" expected")[0].split(",")[0]) == (value == other)


def test_a_flow_in_its_last_days_without_days_left_says_so() -> None:
    last = REVENUE._replace(
        starts_on=date(2025, 11, 3), ends_on=date(2025, 11, 17), through=date(2025, 11, 14), today=date(2025, 11, 16)
    )
    assert "No working day is left for the USD 508 k missing." in judge(last).sentence


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason])
def test_every_reason_of_the_engine_has_a_sentence_of_its_own(reason: str) -> None:
    sentence = judge(WIN_RATE._replace(value=None, reason=reason)).sentence
    assert sentence.startswith("No data: ")
    assert reason not in sentence, "the word of the engine is none for people"
    assert "the KPI has no value" not in sentence
    assert sentence.endswith(".")


def test_a_person_without_owners_in_the_data_is_told_what_to_map() -> None:
    assert judge(WIN_RATE._replace(value=None, reason="no_owner")).sentence == (
        "No data: no row of deals names an owner, so nothing can be said of a team or a person."
        " Map the owner of deals, or set the goal for the whole company."
    )
