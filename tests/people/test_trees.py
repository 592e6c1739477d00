"""Walking the tree of teams."""

import pytest

from apps.people.trees import above, below

# 1 ─ 2 ─ 4
#   └ 3      5
PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: None}


@pytest.mark.parametrize(
    ("roots", "found"), [([1], {1, 2, 3, 4}), ([2], {2, 4}), ([3, 5], {3, 5}), ([2, 4], {2, 4}), ([], set())]
)
def test_below_is_the_roots_and_everything_under_them(roots: list[int], found: set[int]) -> None:
    assert below(PARENTS, roots) == found


@pytest.mark.parametrize(("team", "line"), [(4, [4, 2, 1]), (1, [1]), (5, [5])])
def test_above_is_the_line_from_a_team_to_the_top(team: int, line: list[int]) -> None:
    assert above(PARENTS, team) == line


def test_a_ring_ends_the_walk() -> None:
    assert above({1: 2, 2: 1}, 1) == [1, 2]
    assert below({1: 2, 2: 1}, [1]) == {1, 2}
