"""Credit shared by several people, written in the owner column."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import Refusal
from apps.common.splits import PART, SEPARATOR, is_split, parse_split, told

ANNA, BEN = "Anna Snelling", "Ben Ode"


@pytest.mark.parametrize(
    "text",
    [
        "Anna Snelling 60%; Ben Ode 40%",
        "Anna  Snelling (60 %) ;Ben Ode: 40.0%",
        "Anna Snelling 60%, Ben Ode 40%",
        "Anna Snelling 60,00% | Ben Ode 40,00%;",
    ],
)
def test_a_split_has_one_canonical_form_however_it_is_written(text: str) -> None:
    assert parse_split(text) == [(ANNA, Decimal("0.6")), (BEN, Decimal("0.4"))]
    assert told(parse_split(text)) == "Anna Snelling 60%; Ben Ode 40%"


@pytest.mark.parametrize("text", ["Anna Snelling", "Smith; Anna", "100% Cotton Ltd", "anna@acme.example"])
def test_a_text_without_shares_is_one_name(text: str) -> None:
    assert not is_split(text)
    assert parse_split(text) == [(text, Decimal(1))]


def test_somebody_with_all_of_it_is_just_a_name() -> None:
    assert told(parse_split("Anna Snelling 100%")) == "Anna Snelling"


def test_thirds_are_written_so_that_they_sum_to_a_hundred() -> None:
    assert told(parse_split("A 33.33%; B 33.33%; C 33.34%")) == "A 33.33%; B 33.33%; C 33.34%"
    with pytest.raises(Refusal, match=r"sum to 99\.99 %, they must sum to exactly 100 %"):
        parse_split("A 33.33%; B 33.33%; C 33.33%")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A 60%; B 50%", "sum to 110 %"),
        ("A 60%", "sum to 60 %"),
        ("A 60%; B", "`B` in `A 60%; B` has no share"),
        ("A 60%; 40%", "`40%` in `A 60%; 40%` has no name"),
        ("A 60%; a 40%", "names A twice"),
        ("A 100%; B 0%", "leave B out"),
    ],
)
def test_what_is_refused_and_how_it_is_said(text: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_split(text)
    assert says in refused.value.sentence


NAMES = st.lists(
    st.from_regex(r"[A-Z][a-z]{1,8}( [A-Z][a-z]{1,8})?", fullmatch=True), min_size=2, max_size=6, unique=True
)


@given(NAMES, st.data())
def test_shares_that_sum_to_a_hundred_come_back_as_they_were(names: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, 9_999), min_size=len(names) - 1, max_size=len(names) - 1)))
    shares = [Decimal(b - a) / 10_000 for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    pairs = list(zip(names, shares, strict=True))
    text = told(pairs)
    assert parse_split(text) == pairs
    assert told(parse_split(text)) == text
    assert all(re.match(PART, part) for part in text.split(SEPARATOR))
