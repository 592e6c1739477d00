"""Factors: the air passengers of Box and Jenkins, as R prints them; made series whose season is known."""

import random
from decimal import Decimal
from math import pi, sin
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.analysis import season as module
from apps.metrics.analysis.numbers import NoAnswer
from apps.metrics.analysis.season import Season, centred_average, deseasonalise, season
from apps.metrics.analysis.xmr import Point, xmr

# Monthly international air passengers 1949-1960, thousands (Box & Jenkins, series G).
PASSENGERS = [
    *(112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118),
    *(115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140),
    *(145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166),
    *(171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194),
    *(196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201),
    *(204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229),
    *(242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278),
    *(284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306),
    *(315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336),
    *(340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337),
    *(360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405),
    *(417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432),
]
# decompose(AirPassengers, "multiplicative")$figure in R, which takes the mean of the ratios of a month.
FIGURE_OF_R = [
    *(0.9102304, 0.8836253, 1.0073663, 0.9759060, 0.9813780, 1.1127758),
    *(1.2265555, 1.2199110, 1.0604919, 0.9217572, 0.8011781, 0.8988244),
]

MADE = [Decimal(text) for text in ("0.8", "0.9", "1.0", "1.1", "1.2", "1.3", "1.2", "1.1", "1.0", "0.9", "0.8", "0.7")]


def found(values: list[float], first: int = 1, per_year: int = 12) -> Season:
    answer = season(values, first=first, per_year=per_year)
    assert isinstance(answer, Season)
    return answer


def refused(values: list[float | None]) -> str:
    answer = season(values, first=1)
    assert isinstance(answer, NoAnswer)
    return answer.reason


def test_with_means_for_medians_the_factors_are_those_of_r(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "median", fmean)
    assert [float(factor) for factor in found(PASSENGERS).factors] == pytest.approx(FIGURE_OF_R, abs=5e-8)


def test_the_median_keeps_close_to_them_and_is_not_moved_by_one_odd_year() -> None:
    assert [float(factor) for factor in found(PASSENGERS).factors] == pytest.approx(FIGURE_OF_R, abs=0.03)
    odd = [*PASSENGERS[:66], 3020, *PASSENGERS[67:]]  # a slipped decimal point in July 1954
    assert float(found(odd).factors[6]) == pytest.approx(1.25, abs=0.03)


def test_a_strong_season_is_told_by_its_extremes() -> None:
    air = found(PASSENGERS)
    assert air.present
    assert not air.tentative
    assert air.years == 12
    assert air.strength > 0.9
    assert air.sentence == (
        "Usually Jul (25 %) and Aug (21 %) lie above the trend of the year, Nov (20 %) and Feb (13 %) below it."
    )


def test_the_moving_average_of_a_year_counts_its_ends_half() -> None:
    averages = centred_average([4, 8, 6, 2, 8, 10, 2], 4)
    assert averages[:2] == averages[-2:] == [None, None]
    assert averages[2:5] == [
        (4 / 2 + 8 + 6 + 2 + 8 / 2) / 4,
        (8 / 2 + 6 + 2 + 8 + 10 / 2) / 4,
        (3 + 2 + 8 + 10 + 1) / 4,
    ]


@pytest.mark.parametrize("first", [1, 4, 12])
def test_a_season_put_in_is_found_and_taken_out_again(first: int) -> None:
    values = [500 * MADE[(first - 1 + index) % 12] for index in range(36)]
    answer = season(values, first=first)
    assert isinstance(answer, Season)
    assert [float(factor) for factor in answer.factors] == pytest.approx([float(factor) for factor in MADE])
    assert answer.strength == pytest.approx(1)
    adjusted = deseasonalise(values, answer, first=first)
    assert adjusted == [500] * 36
    chart = xmr([Point(str(index), value) for index, value in enumerate(adjusted)])
    assert chart.signals == ()


def test_quarters_have_seasons_too() -> None:
    quarters = found([80, 100, 90, 130] * 3, per_year=4)
    assert [float(factor) for factor in quarters.factors] == pytest.approx([0.8, 1.0, 0.9, 1.3])
    assert quarters.names == ("Q1", "Q2", "Q3", "Q4")
    assert quarters.sentence == "Usually Q4 (30 %) lies above the trend of the year, Q1 (20 %) and Q3 (10 %) below it."


def test_two_years_are_enough_but_tentative_and_one_month_less_is_not() -> None:
    two_years = [float(500 * MADE[index % 12]) for index in range(24)]
    assert found(two_years).present
    assert found(two_years).tentative
    assert found(two_years).sentence.endswith("Two years are little: a third will tell whether it is chance.")
    assert refused(two_years[:-1]) == "A season needs two full years, 24 months in a row; there are 23."


def test_a_steep_trend_does_not_hide_a_season() -> None:
    growing = [float((300 + 40 * index) * MADE[index % 12]) for index in range(24)]
    assert found(growing).strength > 0.9


def test_what_is_no_share_of_a_trend_is_refused() -> None:
    assert "not above zero" in refused([0.0] * 24)
    assert "not above zero" in refused([-5.0, 3.0] * 18)


def test_gaps_are_left_out_and_too_many_are_refused() -> None:
    values: list[float | None] = [float(500 * MADE[index % 12]) for index in range(48)]
    values[3] = None
    answer = season(values, first=1)
    assert isinstance(answer, Season)
    assert [float(factor) for factor in answer.factors] == pytest.approx([float(factor) for factor in MADE])
    assert deseasonalise(values, answer, first=1)[3] is None
    holed = [None if index % 12 == 5 else value for index, value in enumerate(values)]
    assert refused(holed) == "There are gaps: some months of the year have no figure with half a year on either side."


def test_a_month_that_is_always_empty_cannot_be_adjusted() -> None:
    closed_in_august = [0 if index % 12 == 7 else 100 for index in range(36)]
    answer = found(list(closed_in_august))
    assert answer.factors[7] == 0
    assert deseasonalise(closed_in_august, answer, first=1)[7] is None


def test_an_even_series_has_no_season() -> None:
    even = found([250.0] * 36)
    assert even.strength == 0
    assert not even.present
    assert even.sentence == "No season shows: what happened in one year did not come back in the others."


@pytest.mark.parametrize(("years", "at_most"), [(2, 0.06), (3, 0.05), (5, 0.03)])
def test_noise_seldom_seems_seasonal(years: int, at_most: float) -> None:
    chance = random.Random(5)
    seeming = [found([100 * (1 + chance.gauss(0, 0.1)) for _ in range(12 * years)]).present for _ in range(200)]
    assert sum(seeming) / len(seeming) <= at_most


def test_a_season_three_times_the_noise_is_nearly_always_found() -> None:
    chance = random.Random(5)

    def year(index: int) -> float:
        return 100 * (1 + 0.3 * sin(2 * pi * index / 12)) * (1 + 0.005 * index) * (1 + chance.gauss(0, 0.1))

    assert sum(found([year(index) for index in range(24)]).present for _ in range(100)) >= 90


@given(st.lists(st.floats(1, 1e6), min_size=24, max_size=60), st.integers(1, 12), st.floats(0.001, 1000))
def test_factors_have_a_mean_of_1_and_know_no_unit(values: list[float], first: int, scale: float) -> None:
    answer = found(values, first)
    assert float(sum(answer.factors)) == pytest.approx(12)
    assert 0 <= answer.strength <= 1
    scaled = found([value * scale for value in values], first)
    assert [float(f) for f in scaled.factors] == pytest.approx([float(f) for f in answer.factors], rel=1e-6)
    moved = found(values, first % 12 + 1)
    assert moved.factors == (answer.factors[-1], *answer.factors[:-1])
