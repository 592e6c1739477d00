"""People beside each other: what is chance, what is not, and what is not shown at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.goals.benchmarks import own_history
from apps.goals.peers import FEWEST, Peer, band, funnel, shown_groups
from apps.metrics.analysis.wilson import interval
from apps.metrics.catalogue import Direction


def peer(person: int, hits: int, cases: int) -> Peer:
    return Peer(person, f"P{person}", hits / cases, hits, cases)


TEAM = [peer(1, 30, 100), peer(2, 25, 100), peer(3, 28, 100), peer(4, 60, 100), peer(5, 1, 3)]


def test_only_who_differs_more_than_chance_stands_out() -> None:
    found = funnel(TEAM)
    assert found is not None
    assert found.rate == pytest.approx(144 / 403)
    assert {point.person: point.side for point in found.points} == {
        1: "inside",
        2: "below",
        3: "inside",
        4: "above",
        5: "inside",
    }


def test_a_rate_of_few_cases_bears_no_name() -> None:
    found = funnel(TEAM)
    assert found is not None
    assert {point.person: point.name for point in found.points}[5] == ""
    assert {point.person: point.name for point in found.points}[1] == "P1"


@pytest.mark.parametrize("people", [TEAM[: FEWEST - 1], [peer(n, 5, 5) for n in range(8)], []])
def test_a_small_group_and_one_in_which_all_hit_are_not_compared(people: list[Peer]) -> None:
    assert funnel(people) is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(60, 400)), min_size=FEWEST, max_size=20))
def test_inside_the_funnel_is_where_the_wilson_interval_holds_the_rate_of_all(pairs: list[tuple[int, int]]) -> None:
    found = funnel([peer(n, hits, cases) for n, (hits, cases) in enumerate(pairs)])
    if found is None:
        return
    for point in found.points:
        hits, cases = pairs[point.person]
        own = interval(hits, cases)
        low, high = found.limits(cases)
        near = min(abs(point.value - low), abs(point.value - high)) < 1e-9
        assert own is not None
        assert near or (found.rate in own) == (point.side == "inside")


def test_a_band_tells_quarters_and_no_ranks() -> None:
    found = band([Peer(n, f"P{n}", float(n)) for n in range(1, 10)])
    assert found is not None
    assert (found.people, found.quarter, found.middle, found.three_quarters) == (9, 3, 5, 7)
    assert [found.words(value) for value in (1, 4, 6, 9)] == [
        "in the lowest quarter",
        "between the lowest quarter and the middle",
        "between the middle and the highest quarter",
        "in the highest quarter",
    ]
    assert band([Peer(1, "P1", 1.0)] * 4) is None


def test_a_single_small_group_is_not_to_be_worked_out_from_the_others() -> None:
    assert shown_groups({"North": 9, "South": 6, "West": 3}) == {"North"}
    assert shown_groups({"North": 9, "South": 6, "West": 3, "East": 2}) == {"North", "South"}
    assert shown_groups({"North": 9, "South": 6}) == {"North", "South"}


def test_the_own_past_is_last_year_a_median_and_the_best() -> None:
    """Nine quarters: Q1 2024 to Q1 2026, the newest is what is compared."""
    labels = [f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4)] + ["2026-Q1"]
    values = [Decimal(value) for value in (10, 20, 30, 90, 50, 60, 70, 80, 55)]
    up = own_history(list(zip(labels, values, strict=True)), Direction.UP, 4)
    assert [(own.name, own.value, own.of) for own in up] == [
        ("Same period last year", 50, "2025-Q1"),
        ("Median of the last 4", 65, "2025-Q1 to 2025-Q4"),
        ("Best of the last 8", 90, "2024-Q4"),
    ]
    assert own_history(list(zip(labels, values, strict=True)), Direction.DOWN, 4)[2].value == 10


def test_a_gap_in_the_past_is_left_out_and_not_taken_for_zero() -> None:
    periods = [("2025-Q1", None), ("2025-Q2", Decimal(3)), ("2025-Q3", Decimal(4)), ("2025-Q4", Decimal(5))]
    assert [own.name for own in own_history(periods, Direction.UP, 4)] == ["Best of the last 2"]
