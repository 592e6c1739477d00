"""Files as people and programs spoil them are read as a careful person would type them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.common.errors import Refusal
from apps.datasets.reader import EmptyFile, open_source
from tests.datasets.polluted import Polluted, Rows, Way, pollutions, score, scores, tables


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
