"""Limits: the worked example of the NIST/SEMATECH e-Handbook 6.3.2.2 (oracle O16). Rules: one point at a time."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.analysis.signals import Rule
from apps.metrics.analysis.xmr import ANY, COUNTS, SHARES, Bounds, Chart, Point, baseline_size, xmr

NIST = ["49.6", "47.6", "49.9", "51.3", "47.8", "51.2", "52.6", "52.4", "53.6", "52.1"]

# Twelve points around 100 that have no signal: mean 100, mean moving range 38/11, limits 100 ± 9.19.
CALM = [98, 102, 101, 97, 103, 99, 101, 98, 102, 100, 97, 102]

values = st.lists(st.decimals(-1000, 1000, places=2), min_size=1, max_size=60)


def charted(numbers: list[object], bounds: Bounds = ANY, **settings: object) -> Chart:
    points = [Point(f"p{index}", value) for index, value in enumerate(numbers)]  # type: ignore[arg-type]
    return xmr(points, bounds=bounds, **settings)  # type: ignore[arg-type]


def rules(chart: Chart) -> list[tuple[Rule, int]]:
    return [(signal.rule, signal.index) for signal in chart.signals]


def near(value: Decimal | None, expected: str) -> bool:
    return value is not None and abs(value - Decimal(expected)) <= Decimal("0.00005")


def test_the_limits_are_those_of_the_nist_handbook() -> None:
    chart = charted([Decimal(text) for text in NIST])
    limits, segment = chart.newest, chart.segments[0]
    assert limits is not None
    assert limits.centre == Decimal("50.81")
    assert near(segment.mean_range, "1.8778")
    assert near(limits.upper, "55.8049")
    assert near(limits.lower, "45.8151")
    assert segment.upper_range is not None
    assert round(segment.upper_range, 3) == Decimal("6.137")
    assert segment.provisional
    assert chart.signals == ()


def test_the_median_form_has_its_own_constants() -> None:
    chart = charted([Decimal(text) for text in NIST], by_median=True)
    limits, segment = chart.newest, chart.segments[0]
    # moving ranges 2.0 2.3 1.4 3.5 3.4 1.4 0.2 1.2 1.5: median 1.5; median of the values (51.2 + 51.3) / 2
    assert limits is not None
    assert limits.centre == Decimal("51.25")
    assert segment.mean_range == Decimal("1.5")
    assert limits.upper == Decimal("51.25") + Decimal("3.145") * Decimal("1.5")
    assert segment.upper_range == Decimal("3.865") * Decimal("1.5")


@pytest.mark.parametrize(("points", "size"), [(5, 5), (11, 11), (12, 12), (24, 12), (30, 18), (36, 24), (90, 24)])
def test_the_baseline_takes_12_to_24_points_and_never_the_newest_12(points: int, size: int) -> None:
    assert baseline_size(points) == size


def test_five_points_have_no_limits_and_say_so() -> None:
    chart = charted([1, 2, 3, 4, 5])
    assert chart.newest is None
    assert chart.limits == (None,) * 5
    assert chart.basis == "Limits need six points or more; here are five points."
    assert chart.in_words(900) == "too few points to tell what is usual"


def test_no_points_are_no_chart() -> None:
    chart = charted([])
    assert (chart.newest, chart.signals, chart.basis) == (None, (), "There are no figures yet.")


def test_six_to_eleven_points_are_provisional_and_their_signals_too() -> None:
    chart = charted([100, 101, 100, 101, 100, 101, 100, 140])
    assert chart.segments[0].provisional
    assert rules(chart) == [(Rule.OUTSIDE, 7)]
    assert chart.signals[0].provisional
    assert chart.signals[0].sentence == (
        "p7 is above the usual range: 140, the limit is 122.9. The limits are provisional: they rest on eight points."
    )
    assert chart.basis == "The usual range rests on eight points from p0 on and is provisional until there are 12."


def test_a_locked_baseline_is_not_moved_by_what_comes_after() -> None:
    calm, wild = charted(CALM), charted([*CALM, 500, 600, 700])
    assert wild.newest == calm.newest
    assert wild.limits[0] == wild.limits[-1]
    assert not wild.segments[0].provisional
    assert wild.basis == "The usual range rests on 12 points from p0 on."


def test_a_baseline_can_be_pinned() -> None:
    chart = charted([*CALM, *[200] * 12], baseline=24)
    assert chart.segments[0].baseline == 24
    assert chart.newest is not None
    assert chart.newest.centre == 150


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ([110], [(Rule.OUTSIDE, 12)]),
        ([109], []),
        ([90], [(Rule.OUTSIDE, 12)]),
        ([106, 106, 99, 106], [(Rule.NEAR_A_LIMIT, 15)]),
        ([106, 106, 106], [(Rule.NEAR_A_LIMIT, 14)]),  # the point before is the fourth
        ([106, 94, 106, 99, 106], []),  # nearer to a limit, but not to the same one
        ([106, 106, 99, 99, 106], []),  # three of five
        ([101] * 6, []),  # with the point before seven above the centre
        ([101] * 7, [(Rule.RUN, 18)]),
        ([101] * 3 + [100] + [101] * 4, []),  # a point on the centre ends the run
        ([99] * 8, [(Rule.RUN, 19)]),
        ([106, None, 106, 106], []),
        ([None] + [101] * 7, []),  # nobody knows where the missing point would have been
        ([None] + [101] * 8, [(Rule.RUN, 20)]),
    ],
)
def test_each_rule_fires_where_it_should_and_not_before(
    added: list[int | None], expected: list[tuple[Rule, int]]
) -> None:
    assert rules(charted(CALM)) == []
    assert rules(charted([*CALM, *added])) == expected


def test_a_point_on_a_limit_is_inside() -> None:
    limits = charted(CALM).newest
    assert limits is not None
    exactly = Fraction(100) + Fraction("2.66") * Fraction(38, 11)
    assert rules(charted([*CALM, exactly])) == []
    assert rules(charted([*CALM, exactly + Fraction(1, 10**9)])) == [(Rule.OUTSIDE, 12)]


def test_a_point_half_way_to_a_limit_is_not_nearer_to_it() -> None:
    half_way = Fraction(100) + Fraction("2.66") * Fraction(38, 11) / 2
    assert rules(charted([*CALM, *[half_way] * 3])) == []
    assert rules(charted([*CALM, *[half_way + Fraction(1, 10**9)] * 3])) == [(Rule.NEAR_A_LIMIT, 14)]


def test_there_is_no_moving_range_across_a_gap() -> None:
    """Ranges 1, 1, 1 and 1, 1: the step of 100 over the missing month is nobody's month to month."""
    chart = charted([10, 11, 10, 11, None, 111, 110, 111])
    assert chart.segments[0].mean_range == 1
    assert chart.limits[4] == chart.limits[0]


def test_a_break_at_the_first_point_changes_nothing() -> None:
    assert charted(CALM, breaks=["p0"]) == charted(CALM)


@pytest.mark.parametrize("constant", [Decimal("0.1"), Decimal(1) / Decimal(3), 0.1, 7])
def test_a_constant_series_has_no_signal(constant: object) -> None:
    chart = charted([constant] * 20)
    assert chart.signals == ()
    assert chart.in_words(chart.points[0].value) == "within the usual range"


def test_a_run_that_goes_on_stays_one_signal_under_the_same_key() -> None:
    shorter, longer = charted([*CALM, *[101] * 7]), charted([*CALM, *[101] * 11])
    assert len(longer.signals) == 1
    assert longer.signals[0].key == shorter.signals[0].key == "run:above:p18"
    assert (longer.signals[0].since, longer.signals[0].through) == (11, 22)
    assert longer.signals[0].sentence == "12 points in a row, from p11 to p22, lie above the centre of 100."


def test_windows_that_overlap_are_one_signal() -> None:
    chart = charted([*CALM, 106, 106, 99, 106, 106])
    near_a_limit = [signal for signal in chart.signals if signal.rule is Rule.NEAR_A_LIMIT]
    assert [(signal.index, signal.since, signal.through) for signal in near_a_limit] == [(15, 12, 16)]
    assert near_a_limit[0].sentence == (
        "Four of five points in a row, up to p16, lie nearer to the upper limit than to the centre."
    )


def test_a_confirmed_signal_starts_a_new_baseline() -> None:
    shifted = [value + 50 for value in CALM]
    before = charted([*CALM, *shifted])
    assert before.signals[0].since_label == "p12"
    after = charted([*CALM, *shifted], breaks=["p12"])
    assert after.signals == ()
    assert [(segment.start, segment.end) for segment in after.segments] == [(0, 12), (12, 24)]
    first, second = after.limits[0], after.limits[12]
    assert first is not None
    assert second is not None
    assert (first.centre, second.centre) == (100, 150)
    assert after.in_words(101) == "below the usual range (140.8 to 159.2)"
    assert after.in_words(101, at=3) == "within the usual range"


def test_right_after_a_break_nothing_is_usual_yet() -> None:
    chart = charted([*CALM, 150, 151], breaks=["p12", "not in the chart"])
    assert chart.newest is None
    assert chart.in_words(100) == "too few points to tell what is usual"
    assert chart.limits[11] is not None


def test_limits_end_where_the_kpi_ends() -> None:
    counts = charted([1, 9, 0, 8, 1, 9, 0, 8, 1, 9, 0, 8], COUNTS).newest
    shares = charted([0.9, 0.98, 0.88, 1, 0.9, 0.98, 0.88, 1, 0.9, 0.98, 0.88, 1], SHARES).newest
    assert counts is not None
    assert shares is not None
    assert counts.lower == 0
    assert counts.upper > 20
    assert shares.upper == 1
    assert shares.lower < Decimal("0.8")


def test_the_words_name_the_range_with_its_unit() -> None:
    chart = charted([value * 1000 for value in CALM], unit="money", currency="USD")
    assert chart.in_words(100_000) == "within the usual range"
    assert chart.in_words(150_000) == "above the usual range (USD 90.8 k to USD 109 k)"
    assert chart.in_words(None) == "no value"


def test_numbers_that_look_alike_are_told_with_enough_digits() -> None:
    signal = charted([*CALM, Decimal("109.19")]).signals[0]
    assert signal.sentence == "p12 is above the usual range: 109.190, the limit is 109.189."  # 109.18909…


@pytest.mark.parametrize(
    ("target", "up", "sentence"),
    [
        (90, True, "The whole usual range reaches the target: it will be met as long as nothing changes."),
        (91, True, "The target lies inside the usual range: some periods meet it and some miss it by chance alone."),
        (110, True, "The usual range does not reach the target: it will be missed until something changes."),
        (110, False, "The whole usual range reaches the target: it will be met as long as nothing changes."),
        (109, False, "The target lies inside the usual range: some periods meet it and some miss it by chance alone."),
        (90, False, "The usual range does not reach the target: it will be missed until something changes."),
    ],
)
def test_the_range_says_what_a_target_can_expect(target: int, up: bool, sentence: str) -> None:
    assert charted(CALM).assurance(target, up=up) == sentence
    assert charted([1, 2]).assurance(target, up=up) == ""


# --- ratios whose cases vary -----------------------------------------------------------------------------------------


def rates(cases: list[int], hits: list[int]) -> list[Point]:
    return [
        Point(f"p{index}", Fraction(hit, case), case) for index, (case, hit) in enumerate(zip(cases, hits, strict=True))
    ]


def test_equal_cases_make_the_plain_chart() -> None:
    hits = [30, 35, 28, 33, 31, 36, 29, 34, 32, 30, 33, 31]
    even = xmr(rates([100] * 12, hits), bounds=SHARES)
    plain = xmr([Point(f"p{index}", Fraction(hit, 100)) for index, hit in enumerate(hits)], bounds=SHARES)
    assert even.limits == plain.limits
    assert not even.segments[0].varying


def test_within_a_quarter_of_their_mean_cases_count_as_equal() -> None:
    hits = [30] * 12
    assert not xmr(rates([75, 125] * 6, hits)).segments[0].varying
    assert xmr(rates([74, 126] * 6, hits)).segments[0].varying


def test_a_thin_month_has_wide_limits_and_the_centre_is_sum_over_sum() -> None:
    cases = [400, 100] * 6
    hits = [120, 33, 116, 28, 124, 30, 118, 31, 122, 27, 121, 30]
    chart = xmr(rates(cases, hits), bounds=SHARES)
    thick, thin = chart.limits[0], chart.limits[1]
    assert chart.segments[0].varying
    assert thick is not None
    assert thin is not None
    assert thick.centre == thin.centre == Decimal(sum(hits)) / Decimal(sum(cases))
    assert (thin.upper - thin.centre) / (thick.upper - thick.centre) == pytest.approx(Decimal(2))
    assert chart.basis == "The usual range rests on 12 points from p0 on; it is wider where there are fewer cases."


def test_where_rates_scatter_like_coin_tosses_the_limits_are_those_of_the_p_chart() -> None:
    chance = random.Random(7)
    widths = []
    for _ in range(60):
        cases = [chance.choice([50, 100, 200, 400]) for _ in range(24)]
        hits = [sum(chance.random() < 0.3 for _ in range(case)) for case in cases]
        limits = xmr(rates(cases, hits), baseline=24).limits[0]
        assert limits is not None
        p_chart = 3 * (0.3 * 0.7 / cases[0]) ** 0.5
        widths.append(float(limits.upper - limits.centre) / p_chart)
    assert sum(widths) / len(widths) == pytest.approx(1, abs=0.04)


# --- properties ------------------------------------------------------------------------------------------------------


@given(values, st.decimals("0.01", 1000, places=2))
def test_another_unit_changes_no_signal(numbers: list[Decimal], factor: Decimal) -> None:
    small = charted(list(numbers))
    large = charted([number * factor for number in numbers])
    assert [signal.key for signal in large.signals] == [signal.key for signal in small.signals]


@given(values)
def test_upside_down_every_signal_changes_its_side(numbers: list[Decimal]) -> None:
    def told(chart: Chart) -> set[tuple[Rule, int, bool]]:
        return {(signal.rule, signal.index, signal.above) for signal in chart.signals}

    turned = {(rule, index, not above) for rule, index, above in told(charted([-number for number in numbers]))}
    assert turned == told(charted(list(numbers)))


@given(values, st.integers(0, 59))
def test_every_point_has_its_limits_and_signals_stay_inside_their_segment(numbers: list[Decimal], at: int) -> None:
    chart = charted(list(numbers), breaks=[f"p{at}"])
    assert len(chart.limits) == len(numbers)
    for signal in chart.signals:
        assert signal.since <= signal.index <= signal.through
        assert not signal.since < at <= signal.through
        assert not (signal.since < at <= signal.index)


# --- how often noise alone gives a signal ----------------------------------------------------------------------------


def share_with_signal(baseline: int, series: int, shift: float = 0.0, rule: Rule | None = None) -> float:
    chance = random.Random(11)
    hits = 0
    for _ in range(series):
        numbers = [chance.gauss(0, 1) for _ in range(baseline)] + [chance.gauss(shift, 1) for _ in range(12)]
        signals = charted(list(numbers), baseline=baseline).signals
        hits += any(s.index >= baseline and rule in (None, s.rule) for s in signals)
    return hits / series


@pytest.mark.parametrize(("baseline", "expected"), [(6, 0.35), (12, 0.25), (24, 0.18)])
def test_noise_alone_gives_a_signal_as_often_as_is_told(baseline: int, expected: float) -> None:
    assert share_with_signal(baseline, 400) == pytest.approx(expected, abs=0.06)


def test_a_shift_is_found_by_all_rules_far_more_often_than_by_the_first() -> None:
    assert share_with_signal(24, 250, shift=1.5) == pytest.approx(0.94, abs=0.05)
    assert share_with_signal(24, 250, shift=1.5, rule=Rule.OUTSIDE) == pytest.approx(0.56, abs=0.08)
