"""Files as people and programs spoil them are read as a careful person would type them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.common.errors import Refusal
from apps.datasets.reader import EmptyFile, open_source
from tests.datasets.polluted import Polluted, Rows, Way, pollutions, score, scores, tables
from tests.datasets.reallike import nasty, real_like


class Reading:
    """A reader in one folder, file after file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, content: bytes) -> Rows | None:
        path = self.folder / "polluted.csv"
        path.write_bytes(content)
        try:
            source = open_source(path, self.folder)
            return [list(source.dialect.header), *(cells for _, _, cells in source.mended())]
        except EmptyFile:
            return []
        except Refusal:
            return None


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    return scores(Reading(tmp_path_factory.mktemp("polluted")), each=13)


def test_polluted_files_score_above_9_95_of_10(measured: dict[str, list[float]]) -> None:
    every = [each for found in measured.values() for each in found]
    assert len(every) > 700
    assert sum(every) / len(every) > 9.99


def test_no_kind_of_pollution_scores_below_9_8(measured: dict[str, list[float]]) -> None:
    poor = {kind: sum(found) / len(found) for kind, found in measured.items() if sum(found) / len(found) < 9.8}
    assert poor == {}


def test_the_score_punishes_what_was_read_wrong() -> None:
    clean = [["a", "b"], ["1", "2"], ["3", "4"]]
    polluted = Polluted("", b"", clean)
    assert score(polluted, clean) == 10
    assert score(polluted, None) == 0
    assert score(polluted, [["a", "b"], ["1", "2"], ["3,4"]]) == pytest.approx(1 + 3 + 1.5 + 4 / 5 + 4 / 6 + 8 / 11)


def some() -> Iterator[tuple[str, Polluted]]:
    for name, rows in tables().items():
        for each in pollutions(rows, each=60):
            yield name, each


def test_every_file_is_damaged_in_its_own_way() -> None:
    for name, rows in tables().items():
        kinds = {each.kind: each.content for each in pollutions(rows, each=60)}
        same = [kind for kind, content in kinds.items() if content == Way().write(rows) and kind != "standard"]
        assert set(same) <= {"backslash escapes", "nothing escapes", "apostrophes as quotes", "zero bytes",
                             "encoding cp1252", "text with a delimiter unquoted"}, name  # fmt: skip


def _means(made: Callable[[int], Polluted], seeds: range, reader: Reading) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for polluted in map(made, seeds):
        found.setdefault(polluted.kind.partition(",")[0], []).append(score(polluted, reader(polluted.content)))
    return {kind: sum(each) / len(each) for kind, each in found.items()}


def test_files_as_offices_and_instruments_publish_them_score_above_9_of_10(tmp_path: Path) -> None:
    means = _means(real_like, range(500_000, 500_140), Reading(tmp_path))
    assert len(means) == 14
    assert {kind: mean for kind, mean in means.items() if mean < 9.5} == {}
    assert sum(means.values()) / len(means) > 9.9


def test_kinds_that_few_readers_expect_score_above_9_of_10(tmp_path: Path) -> None:
    means = _means(nasty, range(500_000, 500_096), Reading(tmp_path))
    assert len(means) == 16
    # A column of sentences or of telephone numbers can look like several columns.
    assert {kind: mean for kind, mean in means.items() if mean < 8} == {}
    assert sum(means.values()) / len(means) > 9.6
