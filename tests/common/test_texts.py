"""One rule tells whether two texts are the same name, in Python and in the engine."""

import sys

import duckdb
import pytest

from apps.common.texts import BLANKS, normalised

ALL_BLANKS = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]


@pytest.mark.parametrize("text", ["Ann  LEE", " ann\tlee ", "Ann\u00a0Lee", "ANN\u2009 \nLEE", "ann\u3000lee\x85"])
def test_case_and_kind_of_blank_make_no_other_name(text: str) -> None:
    assert normalised(text) == "ann lee"


def test_the_pattern_for_engines_knows_every_blank_that_python_knows() -> None:
    text = f"a{'b'.join(ALL_BLANKS)}c"
    with duckdb.connect() as con:
        ((found,),) = con.execute("SELECT regexp_replace(?, ?, ' ', 'g')", [text, BLANKS]).fetchall()
    assert found == " ".join(text.split())
