"""The page about setting goals names the tests of the score as the code has them."""

import re
from pathlib import Path

from apps.goals.smart import FEWEST_CHECKPOINTS, FEWEST_POINTS, LONGEST_MONTHS, Facts, score

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "goals.md").read_text()


def test_every_test_is_told_with_its_points_and_whether_it_is_a_gate() -> None:
    told = re.findall(r"^\| ([\w-]+) \| ([\w -]+?)( ★)? \| (\d+) \|$", PAGE, re.MULTILINE)
    letters = score(Facts()).letters
    made = [(letter.name, check.name, check.is_gate, check.of) for letter in letters for check in letter.checks]
    assert [(letter, name, bool(star), int(points)) for letter, name, star, points in told] == made


def test_the_numbers_it_names_are_those_of_the_code() -> None:
    assert f"asks for {FEWEST_POINTS} finished periods" in PAGE
    assert f"asks for {FEWEST_CHECKPOINTS} before the due day" in PAGE
    assert f"at most {LONGEST_MONTHS} months" in PAGE
