"""Pages made from code say what the code says."""

import pytest

from tests.docs.generated import GENERATED, ROOT


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_code_says_now(name: str) -> None:
    assert (ROOT / name).read_text() == GENERATED[name](), f"run `.venv/bin/python -m tests.docs` to write {name} anew"
