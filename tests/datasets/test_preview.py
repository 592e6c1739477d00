"""A first look at a file: it refuses what cannot be read, and leaves open what can still be chosen."""

from pathlib import Path
from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.datasets.preview import ROWS_SHOWN, Preview, preview


def look(tmp_path: Path, content: str, mapping: dict[str, Any] | None = None, **lookups: str) -> Preview:
    path = tmp_path / "deals.csv"
    path.write_text(content)
    files = {}
    for name, text in lookups.items():
        files[f"{name}.csv"] = tmp_path / f"{name}.csv"
        files[f"{name}.csv"].write_text(text)
    return preview(
        path=path,
        file_name="deals.csv",
        table="deals",
        mapping=mapping or {},
        lookup_files=files,
        folder=tmp_path / "work",
    )


def test_no_more_rows_are_shown_than_fit_and_each_keeps_its_line(tmp_path: Path) -> None:
    rows = "".join(f"{number},Rita,won\n" for number in range(100))
    seen = look(tmp_path, f"id,owner,outcome\n\n{rows}")
    assert len(seen.lines) == ROWS_SHOWN
    assert seen.lines[0] == (3, ("0", "Rita", "won"))


def test_ragged_rows_are_brought_to_the_width_of_the_header(tmp_path: Path) -> None:
    seen = look(tmp_path, "id,owner,outcome\n1,Rita\n2,Omar,won,surplus\n")
    assert [cells for _, cells in seen.lines] == [("1", "Rita", ""), ("2", "Omar", "won")]


def test_a_required_field_without_a_column_is_missing_not_refused(tmp_path: Path) -> None:
    assert look(tmp_path, "id,who,outcome\n1,Rita,won\n").missing == ("owner",)
    assert look(tmp_path, "id,who,outcome\n1,Rita,won\n", {"columns": {"owner": "who"}}).missing == ()
    assert look(tmp_path, "id,who,outcome\n1,Rita,won\n", {"constants": {"owner": "Rita"}}).missing == ()


def test_a_mapping_that_names_a_column_the_file_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="Seller"):
        look(tmp_path, "id,who,outcome\n1,Rita,won\n", {"columns": {"owner": "Seller"}})


def test_a_field_that_a_lookup_brings_is_not_missing(tmp_path: Path) -> None:
    mapping = {"lookups": [{"file": "who.csv", "on": {"id": "deal"}, "columns": {"owner": "name"}}]}
    assert look(tmp_path, "id,outcome\n1,won\n", mapping, who="deal,name\n1,Rita\n").missing == ()
