"""docs/benchmarks.md says what the code does."""

from pathlib import Path

from apps.goals.benchmarks import BEST_OF, MEDIAN_OF
from apps.goals.peers import FEWEST, NAMED_FROM
from apps.goals.services.benchmarks import COLUMNS, GOOD_FOR_MONTHS

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "benchmarks.md").read_text()
NUMBERS = {4: "four", 5: "five", 8: "eight"}


def test_the_columns_of_the_csv_are_those_that_are_read() -> None:
    assert f"```\n{','.join(COLUMNS)}\n```" in TEXT


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"median of the last {NUMBERS[MEDIAN_OF]} quarters" in TEXT
    assert f"best of the last {NUMBERS[BEST_OF]}" in TEXT
    assert f"Names appear from {NAMED_FROM} cases" in TEXT
    assert f"Fewer than {NUMBERS[FEWEST]} people" in TEXT
    assert f"({GOOD_FOR_MONTHS} months later" in TEXT
