"""Worked splits: rate and mix (oracle O22), sales velocity by logarithmic means (oracle O23), both computed by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.metrics.analysis.contribution import (
    Change,
    Factor,
    FlowGroup,
    Part,
    RatioGroup,
    flow_change,
    product_change,
    ratio_change,
)
from apps.metrics.analysis.numbers import NoAnswer, difference

# Both channels win one point more often, and yet the win rate of all falls by two: Simpson's paradox.
CHANNELS = [RatioGroup("inbound", 120, 400, 93, 300), RatioGroup("outbound", 60, 600, 99, 900)]
VELOCITY = [
    Factor("Opportunities", 100, 110),
    Factor("Win rate", Decimal("0.25"), Decimal("0.22")),
    Factor("Deal size", 30_000, 33_000),
    Factor("Cycle", 60, 55, divides=True),
]


def split(groups: list[RatioGroup]) -> Change:
    change = ratio_change(groups)
    assert isinstance(change, Change)
    return change


def by_label(change: Change) -> dict[str, Part]:
    return {part.label: part for part in change.parts}


# --- sums ------------------------------------------------------------------------------------------------------------


def test_the_change_of_a_sum_is_the_sum_of_the_changes() -> None:
    change = flow_change(
        [
            FlowGroup("East", 300, 380),
            FlowGroup("North", 200, 180),
            FlowGroup("West", None, 60),
            FlowGroup("Old", 5, None),
        ]
    )
    assert (change.before, change.after, change.change) == (505, 620, 115)
    assert [(part.label, part.change, part.note) for part in change.parts] == [
        ("East", 80, ""),
        ("West", 60, "new"),
        ("North", -20, ""),
        ("Old", -5, "gone"),
    ]
    assert change.sentence("Revenue", "money", "USD") == (
        "Revenue went from USD 505 to USD 620 (+USD 115): East +USD 80, West +USD 60, North −USD 20 and Old −USD 5."
    )


def test_many_groups_are_told_together() -> None:
    change = flow_change([FlowGroup(f"g{index}", 0, 10 - index) for index in range(6)])
    assert change.sentence("Leads") == (
        "Leads went from 0 to 45 (+45): g0 +10, g1 +9, g2 +8 and 3 others together +18."
    )


def test_no_change_is_told_as_none() -> None:
    assert flow_change([FlowGroup("a", 1, 1)]).sentence("Leads") == "Leads did not change: 1 in both periods."
    assert flow_change([]).sentence("Leads") == "Leads did not change: 0 in both periods."


# --- ratios ----------------------------------------------------------------------------------------------------------


def test_a_falling_rate_whose_groups_all_rose_is_explained_by_the_mix() -> None:
    change = split(CHANNELS)
    assert (change.before, change.after) == (Fraction(18, 100), Fraction(16, 100))
    assert (change.rate, change.mix) == (Fraction("0.010"), Fraction("-0.030"))
    parts = by_label(change)
    assert parts["inbound"].rate == Fraction("0.00325")
    assert parts["outbound"].rate == Fraction("0.00675")
    assert parts["inbound"].mix == Fraction("-0.02025")
    assert parts["outbound"].mix == Fraction("-0.00975")
    assert change.sentence("Win rate", "percent") == (
        "Win rate went from 18 % to 16 % (−2 pp): inbound −1.7 pp and outbound −0.3 pp."
        " +1 pp because of how each did, −3 pp because of how much each weighs."
        " The whole went the other way than its parts: the mix explains more than all of the change."
    )


def test_a_group_that_appears_brings_mix_only() -> None:
    change = split([RatioGroup("old", 30, 100, 30, 100), RatioGroup("new", 0, 0, 10, 100)])
    assert (change.before, change.after) == (Fraction(3, 10), Fraction(2, 10))
    newcomer = by_label(change)["new"]
    assert (newcomer.before, newcomer.after, newcomer.note) == (None, Fraction(1, 10), "new")
    assert newcomer.rate == 0
    assert newcomer.mix == Fraction(1, 2) * (Fraction(1, 10) - Fraction(1, 4))
    assert by_label(change)["old"].rate == 0


def test_a_group_that_vanishes_brings_mix_only() -> None:
    leaver = by_label(split([RatioGroup("stays", 30, 100, 30, 100), RatioGroup("leaves", 10, 100, 0, 0)]))["leaves"]
    assert (leaver.after, leaver.note, leaver.rate) == (None, "gone", 0)
    assert leaver.mix == Fraction(-1, 2) * (Fraction(1, 10) - Fraction(1, 4))


def test_a_group_in_neither_period_brings_nothing() -> None:
    part = by_label(split([*CHANNELS, RatioGroup("none", 0, 0, 0, 0)]))["none"]
    assert (part.change, part.note) == (0, "in neither period")


def test_costs_without_revenue_still_add_up() -> None:
    """A margin: a group may have a numerator (a loss) and no denominator."""
    change = split([RatioGroup("a", 40, 100, 50, 100), RatioGroup("b", 0, 0, -10, 0)])
    assert change.change == Fraction(0)
    assert by_label(change)["b"].rate == Fraction(-1, 10)
    assert sum(part.change for part in change.parts) == 0


@pytest.mark.parametrize(
    ("groups", "which"),
    [([RatioGroup("a", 0, 0, 1, 2)], "earlier"), ([RatioGroup("a", 1, 2, 0, 0)], "later"), ([], "earlier")],
)
def test_without_a_denominator_there_is_nothing_to_split(groups: list[RatioGroup], which: str) -> None:
    assert ratio_change(groups) == NoAnswer(
        f"The {which} period has nothing to divide by, so the change cannot be split."
    )


# --- products --------------------------------------------------------------------------------------------------------


def test_sales_velocity_is_split_into_its_factors() -> None:
    change = product_change(VELOCITY)
    assert isinstance(change, Change)
    assert (change.before, change.after) == (12_500, 14_520)
    parts = by_label(change)
    assert {label: round(float(part.change), 2) for label, part in parts.items()} == {
        "Opportunities": 1285.24,
        "Win rate": -1723.81,
        "Deal size": 1285.24,
        "Cycle": 1173.33,
    }
    assert sum(part.change for part in change.parts) == 2020
    assert change.sentence("Sales velocity", "money_per_day", "USD").startswith(
        "Sales velocity went from USD 12.5 k per day to USD 14.5 k per day (+USD 2.02 k per day): Win rate −USD 1.72 k"
    )


@pytest.mark.parametrize(
    ("factor", "reason"),
    [
        (Factor("Wins", 0, 4), "Wins is not above zero in the earlier period, so the change cannot be split."),
        (Factor("Cycle", 4, None), "Cycle has no value in the later period, so the change cannot be split."),
    ],
)
def test_nothing_times_zero_can_be_split(factor: Factor, reason: str) -> None:
    assert product_change([*VELOCITY, factor]) == NoAnswer(reason)


def test_a_product_that_did_not_change_can_have_factors_that_did() -> None:
    change = product_change([Factor("a", 2, 4), Factor("b", 6, 3)])
    assert isinstance(change, Change)
    assert change.change == 0
    parts = by_label(change)
    assert parts["a"].change == -parts["b"].change
    assert float(parts["a"].change) == pytest.approx(12 * 0.693147, abs=1e-4)


def test_differences_have_signs_and_percentage_points() -> None:
    told = [difference(Decimal(text), "percent") for text in ("0.031", "-0.02", "0")]
    assert told == ["+3.1 pp", "−2 pp", "±0 pp"]


# --- properties ------------------------------------------------------------------------------------------------------

amounts = st.decimals(-10_000, 10_000, places=2)
weights = st.integers(0, 500)
ratio_groups = st.lists(
    st.builds(RatioGroup, st.text("abc", max_size=3), amounts, weights, amounts, weights), min_size=1, max_size=8
)
factors = st.builds(
    Factor,
    st.sampled_from("abc"),
    st.decimals("0.01", 1000, places=2),
    st.decimals("0.01", 1000, places=2),
    st.booleans(),
)


@given(st.lists(st.builds(FlowGroup, st.text(max_size=3), st.none() | amounts, st.none() | amounts), max_size=8))
def test_parts_of_a_sum_add_up_exactly(groups: list[FlowGroup]) -> None:
    change = flow_change(groups)
    assert sum(part.change for part in change.parts) == change.change
    assert change.change == sum(Fraction(g.after or 0) - Fraction(g.before or 0) for g in groups)


@given(ratio_groups)
def test_rate_and_mix_add_up_exactly(groups: list[RatioGroup]) -> None:
    assume(sum(g.den_before for g in groups) and sum(g.den_after for g in groups))
    change = split(groups)
    assert sum(part.change for part in change.parts) == change.change
    assert all(part.change == (part.rate or 0) + (part.mix or 0) for part in change.parts)
    assert change.rate == sum(part.rate or 0 for part in change.parts)
    assert change.mix == sum(part.mix or 0 for part in change.parts)
    rest = change.beside(change.parts[:2], "others")
    assert (rest.rate, rest.mix) == tuple(
        sum(effect or 0 for effect in effects)
        for effects in ([part.rate for part in change.parts[2:]], [part.mix for part in change.parts[2:]])
    )
    after = Fraction(sum(g.num_after for g in groups)) / Fraction(sum(g.den_after for g in groups))
    assert change.after == after


@given(ratio_groups, st.randoms(use_true_random=False))
def test_the_order_of_groups_and_of_periods_does_not_matter(groups: list[RatioGroup], chance: object) -> None:
    assume(sum(g.den_before for g in groups) and sum(g.den_after for g in groups))
    groups = [RatioGroup(str(i), g.num_before, g.den_before, g.num_after, g.den_after) for i, g in enumerate(groups)]
    shuffled = list(groups)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split(shuffled) == split(groups)
    back = by_label(split([RatioGroup(g.label, g.num_after, g.den_after, g.num_before, g.den_before) for g in groups]))
    for label, part in by_label(split(groups)).items():
        assert (back[label].rate, back[label].mix) == (-(part.rate or 0), -(part.mix or 0))


@given(ratio_groups, st.integers(1, 1000))
def test_another_unit_scales_every_part(groups: list[RatioGroup], factor: int) -> None:
    assume(sum(g.den_before for g in groups) and sum(g.den_after for g in groups))
    scaled = split(
        [RatioGroup(g.label, g.num_before * factor, g.den_before, g.num_after * factor, g.den_after) for g in groups]
    )
    assert sorted(part.change for part in scaled.parts) == sorted(part.change * factor for part in split(groups).parts)


@given(st.lists(factors, min_size=1, max_size=5))
def test_parts_of_a_product_add_up_exactly(parts: list[Factor]) -> None:
    parts = [Factor(str(i), f.before, f.after, f.divides) for i, f in enumerate(parts)]
    change = product_change(parts)
    assert isinstance(change, Change)
    assert sum(part.change for part in change.parts) == change.change
    own = {factor.label: factor for factor in parts}
    for part in change.parts:
        factor = own[part.label]
        assert factor.before is not None
        assert factor.after is not None
        direction = (factor.after > factor.before) - (factor.after < factor.before)
        assert part.change * direction * (-1 if factor.divides else 1) >= -Fraction(1, 10**9)
