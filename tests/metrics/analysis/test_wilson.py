"""Worked intervals: Newcombe (1998), Statistics in Medicine 17, table I (oracle O18); NPS margins (oracle O1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.analysis import wilson


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (40, 100, 0.31, 0.50),  # a win rate of 40 % on 100 deals says little more than "between 31 and 50 %"
    ],
)
def test_the_interval_is_the_published_one(hits: int, cases: int, low: float, high: float) -> None:
    interval = wilson.interval(hits, cases)
    assert interval is not None
    digits = 2 if cases == 100 else 4
    assert (round(interval.low, digits), round(interval.high, digits)) == (low, high)


def test_without_cases_there_is_no_interval() -> None:
    assert wilson.interval(0, 0) is None
    assert wilson.nps(0, 0, 0) is None


@pytest.mark.parametrize(("hits", "cases"), [(5, 4), (-1, 4)])
def test_what_is_not_a_share_has_no_interval(hits: int, cases: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson.interval(hits, cases)


@given(cases=st.integers(1, 10_000), data=st.data())
def test_the_interval_holds_the_share_and_stays_between_0_and_1(cases: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, cases))
    interval = wilson.interval(hits, cases)
    assert interval is not None
    assert 0 <= interval.low <= hits / cases <= interval.high <= 1
    assert hits / cases in interval
    mirrored = wilson.interval(cases - hits, cases)
    assert mirrored is not None
    assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-12)


@given(cases=st.integers(2, 5_000), data=st.data())
def test_more_cases_of_the_same_share_make_it_surer(cases: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, cases))
    few, many = wilson.interval(hits, cases), wilson.interval(hits * 2, cases * 2)
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


def test_a_score_of_30_from_100_answers_is_sure_to_15_points() -> None:
    survey = wilson.nps(50, 20, 100)
    assert survey is not None
    assert survey.score == pytest.approx(30)
    assert survey.margin == pytest.approx(15.3, abs=0.05)
    assert survey.margin / wilson.Z_95 == pytest.approx(7.81, abs=0.005)
    assert (survey.low, survey.high) == (pytest.approx(14.7, abs=0.05), pytest.approx(45.3, abs=0.05))


def test_an_even_split_of_1024_answers_is_as_wide_as_10_points() -> None:
    survey = wilson.nps(341, 341, 1024)
    assert survey is not None
    assert 2 * survey.margin == pytest.approx(320 / 1024**0.5, abs=0.01)


def test_only_promoters_leave_no_margin_and_nobody_passes_100() -> None:
    assert wilson.nps(7, 0, 7) == wilson.NpsMargin(100, 0)
    few = wilson.nps(9, 0, 10)
    assert few is not None
    assert few.high == 100


def test_more_promoters_and_detractors_than_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a part of 10 answers"):
        wilson.nps(6, 5, 10)
