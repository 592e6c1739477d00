"""Every kind of goal, whatever its numbers: one sentence that ends, and never says what its status denies."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.goals.case import Before, Case, Kept
from apps.goals.models import GoalKind
from apps.goals.phasing import LINEAR, WORKING_DAYS, Curve, parts_of
from apps.goals.status import Inputs, Status, judge
from tests.goals.cases import CYCLE, END, PIPELINE, REVENUE, START, WIN_RATE

MONTHS = [START, date(2025, 11, 1), date(2025, 12, 1)]
CURVES = [
    WORKING_DAYS,
    LINEAR,
    Curve(parts_of(MONTHS, END, [Decimal("0.2"), Decimal("0.3"), Decimal("0.5")])),
    Curve(parts_of(MONTHS, END, [Decimal(0), Decimal(1), Decimal(0)])),
    Curve(steps=(Fraction(1, 10), Fraction(1, 2), Fraction(1))),
]


@st.composite
def goals(draw: st.DrawFn) -> Inputs:
    base = draw(st.sampled_from([REVENUE, WIN_RATE, CYCLE, PIPELINE]))
    kind = draw(st.sampled_from(["", *GoalKind.values]))
    target = base.target or Decimal(1)
    times = st.decimals(Decimal("0.01"), Decimal(3), places=4)
    low, high = sorted((target * draw(times), target * draw(times)))
    through = START + timedelta(days=draw(st.integers(0, 95)))
    closed = draw(st.integers(0, 13))
    return base._replace(
        goal_kind=kind,
        value=target * draw(times),
        baseline=draw(st.none() | times.map(lambda share: target * share)),
        low=low if kind in ("keep_above", "keep_between") else None,
        high=high if kind in ("keep_below", "keep_between") else None,
        kept=Kept(draw(st.integers(0, closed)), closed, 13) if kind.startswith("keep_") else None,
        curve=draw(st.sampled_from(CURVES)),
        through=through,
        today=through + timedelta(days=draw(st.integers(1, 9))),
        before=draw(st.none() | st.sampled_from(["on_track", "at_risk", "off_track"]).map(_before)),
    )


def _before(status: str) -> Before:
    return Before(status, "", START)


@settings(max_examples=400)
@given(goals())
def test_every_kind_gets_one_sentence_that_ends(goal: Inputs) -> None:
    verdict = judge(goal)
    assert verdict.sentence.startswith(f"{verdict.status.label}")
    assert verdict.sentence.endswith(".")
    assert "None" not in verdict.sentence
    assert ".." not in verdict.sentence


@settings(max_examples=400)
@given(goals())
def test_a_sentence_never_denies_its_status(goal: Inputs) -> None:
    verdict = judge(goal)
    text = verdict.sentence
    if verdict.status is Status.ACHIEVED:
        assert " short." not in text
        assert "Even if" not in text
    if verdict.status is Status.MISSED and not verdict.case.is_band:
        assert "all milestones were done" not in text
    if verdict.case.is_band and verdict.rule.startswith("band"):
        assert ("Even if all that are left" in text) == ((verdict.leaning or verdict.status) is Status.OFF_TRACK)
        outside = "the limit of" in text or ", above " in text or ", below " in text
        assert outside != verdict.case.in_band


@settings(max_examples=400)
@given(goals())
def test_what_each_day_needs_leads_to_the_target_where_the_phasing_leads(goal: Inputs) -> None:
    """Needed a day × days of the running part is the share of what is missing that the part has of the rest."""
    case = Case(goal)
    needed = case.needed_per_day()
    if needed is None or not case.is_phased or goal.value is None or goal.target is None or goal.direction == "down":
        return
    assert needed >= 0
    if goal.value < goal.target and needed:
        missing = goal.target - goal.value
        assert needed <= missing


@dataclass
class Seen:
    """What hysteresis remembers from one evaluation to the next."""

    status: str = ""
    leaning: str = ""
    through: date | None = None


@given(st.lists(st.decimals(Decimal("0.7"), Decimal("1.1"), places=3), min_size=2, max_size=8))
def test_a_colour_never_changes_by_one_step_without_having_been_leaned_to(paces: list[Decimal]) -> None:
    seen = Seen()
    order = ["on_track", "at_risk", "off_track"]
    for step, share in enumerate(paces):
        through = date(2025, 11, 3) + timedelta(days=step)
        given_before = Before(seen.status, seen.leaning, seen.through) if seen.status else None
        goal = REVENUE._replace(through=through, today=through + timedelta(days=1), before=given_before)
        expected = Case(goal).expected
        assert expected is not None
        verdict = judge(goal._replace(value=expected * share))
        if seen.status and abs(order.index(verdict.status) - order.index(seen.status)) == 1:
            assert seen.leaning == verdict.status
        seen = Seen(verdict.status, verdict.leaning or "", through)
