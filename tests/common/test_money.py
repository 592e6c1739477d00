"""Numbers as people read and type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import (
    NO_VALUE,
    NumberRefused,
    format_against,
    format_figure,
    format_pair,
    parse_figure,
    plain_number,
)

AMOUNTS = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234, "money", "USD 1,234"),
        (Decimal("51.8"), "money", "USD 51.80"),
        (Decimal("1234.56"), "money", "USD 1,235"),
        (Decimal("0.6315"), "percent", "63.2 %"),
        (Decimal("0.3"), "percent", "30 %"),
        (Decimal("1.5"), "percent", "150 %"),
        (Decimal("51.76"), "days", "51.8 days"),
        (1, "days", "1 day"),
        (1200, "count", "1,200"),
        (Decimal("8.571428"), "count", "8.57"),
        (12500, "money_per_day", "USD 12,500 per day"),
        (Decimal("3.2"), "times", "3.20 ×"),
        (-5, "points", "−5 points"),
        (0, "money", "USD 0"),
        (Decimal("-0.001"), "days", "0.0 days"),
        (0.1, "percent", "10 %"),
        (None, "money", NO_VALUE),
    ],
)
def test_a_figure_carries_its_unit(value: Decimal | float | None, unit: str, text: str) -> None:
    assert format_figure(value, unit, "USD") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (14_200, "14.2 k"),
        (1_180_000, "1.18 M"),
        (412_000, "412 k"),
        (11_000, "11.0 k"),
        (999, "999"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (999_999_999, "1.00 bn"),
        (25_000_000_000, "25.0 bn"),
        (-14_200, "−14.2 k"),
        (7_654_321_000_000, "7,654 bn"),
    ],
)
def test_a_compact_figure_has_three_digits(value: int, text: str) -> None:
    assert format_figure(value, "count", compact=True) == text


def test_shares_and_days_are_not_abbreviated() -> None:
    assert format_figure(Decimal("14.2"), "percent", compact=True) == "1,420 %"
    assert format_figure(1, "days", compact=True) == "1 day"


def test_a_number_beside_its_line_shows_the_digits_that_keep_it_on_its_side() -> None:
    line = Decimal("0.95")
    assert format_against(Decimal("0.9496"), line, "percent", decimals=0) == "94.96 %"
    assert format_against(Decimal("0.8957"), line, "percent", decimals=0) == "90 %"
    assert format_against(line, line, "percent", decimals=0) == "95 %"
    assert format_against(Decimal("459_960"), 460_000, "money", "USD", compact=True) == "USD 459.96 k"
    assert format_against(None, line, "percent") == NO_VALUE
    assert format_against(Decimal("0.9496"), None, "percent", decimals=0) == "95 %"


@given(AMOUNTS, AMOUNTS, st.sampled_from(["money", "percent", "count", "days", "times", "points"]), st.booleans())
def test_two_numbers_look_alike_only_if_they_are_equal(
    first: Decimal, second: Decimal, unit: str, compact: bool
) -> None:
    texts = format_pair(first, second, unit, "USD", compact=compact)
    assert (texts[0] == texts[1]) == (first == second)


@given(AMOUNTS)
def test_what_is_shown_in_full_can_be_typed_again(amount: Decimal) -> None:
    whole = amount.to_integral_value()
    assert parse_figure(format_figure(whole, "money", "USD"), "money", "USD") == whole


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        ("1.2m", "money", "1200000"),
        ("1,200,000", "money", "1200000"),
        ("1 200 000", "money", "1200000"),
        ("1\u00a0200\u202f000", "money", "1200000"),
        ("1'200'000", "money", "1200000"),
        ("1.200.000", "money", "1200000"),
        ("1.200,50", "money", "1200.50"),
        ("1,200.50", "money", "1200.50"),
        ("USD 250k", "money", "250000"),
        ("250 K", "money", "250000"),
        ("$250,000", "money", "250000"),
        ("250000 usd", "money", "250000"),
        ("2 bn", "money", "2000000000"),
        ("30 %", "percent", "0.3"),
        ("30%", "", "0.3"),
        ("30", "percent", "0.3"),
        ("12.5", "percent", "0.125"),
        ("0.5 %", "percent", "0.005"),
        ("0", "percent", "0"),
        ("-5", "points", "-5"),
        ("−5", "points", "-5"),
        ("+5", "points", "5"),
        (".5", "times", "0.5"),
        ("45", "days", "45"),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, unit: str, number: str) -> None:
    assert parse_figure(typed, unit, "USD") == Decimal(number)


@pytest.mark.parametrize("typed", ["abc", "", "1e5", "nan", "inf", "12 apples", "--5", "5k k", "\x00", "١٢"])
def test_what_is_no_number_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(NumberRefused, match="is not a number: write 250000, 250k or 30 %"):
        parse_figure(typed)


def test_refusals_tell_how_to_write_it() -> None:
    with pytest.raises(NumberRefused, match=r"could mean 0\.3 % or 30 %: write it with the % sign"):
        parse_figure("0.3", "percent")
    with pytest.raises(NumberRefused, match="is a percentage, but this KPI is not: write 45 or"):
        parse_figure("30 %", "days")
    with pytest.raises(NumberRefused, match=r"several ways: write 1200\.5 or 1,200\.5"):
        parse_figure("1,5")
    with pytest.raises(NumberRefused, match="too large"):
        parse_figure("9" * 19)


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(NumberRefused) as refusal:
        parse_figure("x" * 1000)
    assert len(refusal.value.sentence) < 120


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), True, Decimal(10) ** 18])
def test_a_program_may_not_send_what_is_no_number(value: Decimal | float) -> None:
    with pytest.raises(NumberRefused):
        plain_number(value)
    assert plain_number(0.3) == Decimal("0.3")
