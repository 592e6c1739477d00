"""Lost reasons: shares, what is not told, and when the order cannot be trusted."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.analysis.lost import Pareto, Reason, pareto
from apps.metrics.analysis.numbers import NoAnswer

REASONS = [
    Reason("Other", 15, 1000),
    Reason("Price", 40, 5000),
    Reason("No decision", 25, 3000),
    Reason("Timing", 10, 500),
    Reason("", 5, 0),
    Reason("Feature", 5, 500),
]


def of(reasons: list[Reason]) -> Pareto:
    result = pareto(reasons)
    assert isinstance(result, Pareto)
    return result


def test_reasons_come_by_frequency_and_the_untold_last() -> None:
    result = of(REASONS)
    assert [(share.label, share.deals, share.cumulative) for share in result.reasons] == [
        ("Price", 40, Fraction("0.40")),
        ("No decision", 25, Fraction("0.65")),
        ("Timing", 10, Fraction("0.75")),
        ("Feature", 5, Fraction("0.80")),
        ("Other", 15, Fraction("0.95")),
        ("No reason given", 5, Fraction(1)),
    ]
    assert result.reasons[0].share_of_amount == Fraction(1, 2)
    assert result.untold == Fraction("0.20")
    assert result.vital == ("Price", "No decision")
    assert result.warning == ""
    assert result.sentence == (
        "Price is the most frequent reason: 40 of 100 lost deals (40 %)."
        " Price and No decision make up 81.3 % of what is told."
    )


def test_more_than_a_quarter_untold_is_warned_of() -> None:
    assert of([Reason("Price", 75), Reason("other", 25)]).warning == ""
    warned = of([Reason("Price", 74), Reason("other", 20), Reason("", 6)])
    assert warned.warning == (
        "26 % of the lost deals give no reason or “other”: the order of the reasons may be wrong."
        " Make the reason mandatory when a deal is closed."
    )


def test_spellings_of_one_reason_are_one() -> None:
    result = of([Reason("Price ", 2, 10), Reason("price", 3, 20), Reason("PRICE", 1)])
    assert [(share.label, share.deals, share.amount) for share in result.reasons] == [("Price", 6, 30)]


def test_where_nobody_says_why_there_is_no_first_reason() -> None:
    result = of([Reason("", 3), Reason("n/a", 2)])
    assert result.sentence == "None of five lost deals says why it was lost."
    assert result.vital == ()


def test_without_lost_deals_there_is_nothing_to_show() -> None:
    assert pareto([]) == pareto([Reason("Price", 0)]) == NoAnswer("No deal was lost in this period.")


@given(st.lists(st.builds(Reason, st.sampled_from(["a", "A ", "b", "c", "", "other"]), st.integers(0, 50)), max_size=9))
def test_shares_add_up_to_the_whole_whatever_the_order(reasons: list[Reason]) -> None:
    result = pareto(reasons)
    if isinstance(result, NoAnswer):
        assert not sum(reason.deals for reason in reasons)
        return
    assert sum(share.share for share in result.reasons) == result.reasons[-1].cumulative == 1
    backwards = of(reasons[::-1])
    assert [(s.label.lower(), s.share) for s in backwards.reasons] == [
        (s.label.lower(), s.share) for s in result.reasons
    ]
