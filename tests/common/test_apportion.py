"""Parts that add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.apportion import apportion
from apps.common.errors import Refusal

AMOUNTS = st.decimals(-10_000_000, 10_000_000, places=2)
WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any)


def test_the_published_splits_come_out() -> None:
    """domain.md §2.9: largest remainder."""
    assert apportion(Decimal(100), [1, 1, 1]) == [34, 33, 33]
    assert apportion(Decimal(1_000_000), [3, 5, 7]) == [200_000, 333_333, 466_667]


@given(AMOUNTS, WEIGHTS, st.sampled_from([Decimal(1), Decimal("0.01"), Decimal(1000)]))
def test_the_parts_sum_to_the_whole_whatever_it_is(total: Decimal, weights: list[int], quantum: Decimal) -> None:
    assert sum(apportion(total, weights, quantum)) == total


@given(st.integers(0, 10_000_000), WEIGHTS)
def test_no_part_is_a_whole_unit_away_from_its_exact_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(apportion(Decimal(total), weights), weights, strict=True):
        assert abs(part - Decimal(total) * weight / sum(weights)) < 1
        assert weight or not part, "nothing goes to a weight of 0"


def test_nothing_to_split_by_is_refused() -> None:
    for weights in ([0, 0], [2, -1]):
        with pytest.raises(Refusal):
            apportion(Decimal(10), weights)
