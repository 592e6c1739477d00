"""The score of a goal: points by hand, gates, and a target beside its own past."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.goals.past import Past, beyond, change_told, in_season, likely, noise_of, past_changes, target_of
from apps.goals.smart import Facts, Letter, checkpoints, score
from apps.metrics.analysis.season import Season

D = Decimal
STRONG = Facts(
    kpi="Revenue",
    owner="Lena Cole",
    about="the whole company",
    better="higher",
    title="Revenue USD 1.1 M in Q1 2026",
    unit="money",
    currency="USD",
    connected=True,
    points=12,
    through=date(2025, 11, 13),
    today=date(2025, 11, 14),
    baseline=D(1_000_000),
    baseline_told="the same quarter last year, Q1 2025",
    target=D(1_100_000),
    noise=D(60_000),
    likely=D("0.5"),
    changes=8,
    wins_needed=41,
    wins_likely=45,
    parent="Revenue of the year",
    counter="Win rate",
    counter_is_goal=True,
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 4, 1),
    fiscal="Q1 2026",
    cadence="weekly",
)
# 8, 9, … 19: twelve quarters, each 1 more than the one before
RISING = Past(tuple((f"Q{place}", D(value)) for place, value in enumerate(range(8, 20))), word="quarters", per_year=4)


def letter(facts: Facts, name: str) -> Letter:
    return next(each for each in score(facts).letters if each.name == name)


def test_a_goal_that_passes_every_test_has_100() -> None:
    found = score(STRONG)
    assert found.total == 100
    assert found.arithmetic == "20 + 20 + 20 + 20 + 20 = 100"
    assert found.advice == []


def test_a_goal_about_which_nothing_is_known_is_kept_by_five_gates() -> None:
    assert [check.name for check in score(Facts()).open_gates] == [
        "One KPI",
        "One owner",
        "Formula with data",
        "Start",
        "Due",
    ]


@pytest.mark.parametrize(
    ("changes", "name", "got"),
    [
        ({"title": "Improve revenue"}, "Specific", 18),
        ({"about": ""}, "Specific", 17),
        ({"points": 5}, "Measurable", 17),  # 15 of the 18 that apply
        ({"baseline_told": ""}, "Measurable", 18),
        ({"noise": D(100_001)}, "Measurable", 17),
        ({"late": "source “CRM” has brought nothing since then"}, "Measurable", 17),
        ({"likely": D("0.05")}, "Achievable", 11),
        ({"likely": D("0.05"), "stretch": True}, "Achievable", 20),
        ({"likely": D("0.99")}, "Achievable", 11),
        ({"likely": D("0.2")}, "Achievable", 16),
        ({"wins_likely": 27}, "Achievable", 16),
        ({"wins_likely": 20}, "Achievable", 13),
        ({"band": (D(1), D(2))}, "Achievable", 16),
        ({"parent": ""}, "Relevant", 8),
        ({"parent": "", "reason": "Investors were promised it."}, "Relevant", 16),
        ({"parent": "", "reason": "Investors were promised it.", "reviewer": "Ada Berg"}, "Relevant", 20),
        ({"counter_is_goal": False}, "Relevant", 12),
        ({"counter": ""}, "Relevant", 20),
        ({"fiscal": ""}, "Time-bound", 17),
        ({"cadence": "quarterly"}, "Time-bound", 15),
        ({"ends_on": date(2027, 8, 1)}, "Time-bound", 16),
    ],
)
def test_each_test_takes_its_points(changes: dict[str, object], name: str, got: int) -> None:
    assert letter(replace(STRONG, **changes), name).points == got  # type: ignore[arg-type]


def test_what_cannot_apply_takes_its_points_along_and_the_sum_says_so() -> None:
    relevant = letter(replace(STRONG, counter="", parent=""), "Relevant")
    assert relevant.arithmetic == "0 = 0 of 12, that is 0 of 20"


def test_a_change_that_chance_could_make_is_called_so() -> None:
    checks = {check.name: check for check in letter(replace(STRONG, noise=D(200_000)), "Measurable").checks}
    assert "cannot be told from noise" in checks["Larger than chance"].reason


def test_old_data_is_advice_and_never_a_gate() -> None:
    found = score(replace(STRONG, through=date(2025, 10, 1)))
    assert found.open_gates == []
    assert "Data ends on 1 Oct 2025" in found.advice[0].reason


def test_checkpoints_lie_before_the_due_day() -> None:
    assert checkpoints(date(2026, 1, 1), date(2026, 4, 1), "monthly") == [date(2026, 2, 1), date(2026, 3, 1)]
    assert len(checkpoints(date(2026, 1, 1), date(2026, 4, 1), "weekly")) == 12
    assert checkpoints(date(2026, 1, 1), date(2026, 1, 5), "weekly") == []


# --- own past --------------------------------------------------------------------------------------------------------


def test_a_target_is_told_against_the_last_twelve() -> None:
    assert beyond(RISING, D(19)) == "Above 11 of your last 12 quarters; the best was 19 (Q11)."
    assert beyond(RISING, D(30)) == "Above all of your last 12 quarters; the best was 19 (Q11)."


def test_where_less_is_better_a_target_is_told_from_below() -> None:
    down = replace(RISING, up=False)
    assert beyond(down, D(9)) == "Below 10 of your last 12 quarters; the best was 8 (Q0)."


def test_the_share_of_own_changes_that_were_as_large() -> None:
    # 9/8, 10/9, … 19/18: +12.5 %, +11.1 %, +10 %, +9.1 % …; three of eleven reach +10 %
    assert likely(RISING, "previous", D(10), D(11)) == (D(3) / 11, 11)
    assert likely(RISING, "last_year", D(10), D(11))[0] == 1  # four quarters on it was always +26 % or more


def test_percentages_are_compared_by_points() -> None:
    rates = Past((("a", D("0.30")), ("b", D("0.33")), ("c", D("0.32"))), unit="percent")
    assert past_changes(rates, "previous") == [D("0.03"), D("-0.01")]
    assert change_told(D("0.03"), rates) == "+3 points"


def test_the_noise_is_half_the_natural_process_width() -> None:
    values = [10, 12, 10, 12, 10, 12, 10, 12]  # every moving range is 2, so 2.66 × 2
    past = Past(tuple((str(place), D(value)) for place, value in enumerate(values)))
    assert noise_of(past) == D("5.32")
    assert noise_of(replace(past, figures=past.figures[:5])) is None


def test_a_season_is_put_into_the_baseline() -> None:
    """Q4 is 1.2 of the trend and Q1 0.8: 120 of a Q4 stand for 80 in a Q1."""
    past = replace(RISING, season=Season((D("0.8"), D(1), D(1), D("1.2")), 0.9, 3))
    assert in_season(past, D(120), 4, 1) == D(80)
    assert in_season(past, D(100), None, 1) == D(80)
    assert in_season(RISING, D(120), 4, 1) is None


def test_ten_percent_is_another_number_by_each_comparison() -> None:
    """One series, four readings, each worked out by hand: the last quarter, the year before, the mean of four."""
    assert target_of(D(19), D("0.1"), points=False) == D("20.9")
    assert target_of(D(16), D("0.1"), points=False) == D("17.6")
    assert target_of(D("17.5"), D("0.1"), points=False) == D("19.25")
    assert past_changes(RISING, "last_year")[-1] == D(4) / 15
    assert past_changes(RISING, "average_4")[-1] == (19 - D("16.5")) / D("16.5")
