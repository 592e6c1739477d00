"""How the past is cut, and that many subjects are scored as each would be alone."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.calendars import WorkingCalendar
from apps.common.fiscal import FiscalYear
from apps.goals.forecast.backtest import Record, best_of, chosen, record_of, scores_of
from apps.goals.forecast.cuts import origins_of, past_of

FISCAL, CALENDAR = FiscalYear(1), WorkingCalendar()
NAN = float("nan")


def test_a_quarter_is_made_of_months_and_its_origins_are_the_quarters_before() -> None:
    past = past_of(date(2026, 10, 1), date(2027, 1, 1), FISCAL, whole=False)
    assert (past.ahead, past.seasons, past.words) == (3, 12, "quarters")
    assert past.parts[-1] == (date(2026, 9, 1), date(2026, 10, 1))
    origins = origins_of(past, CALENDAR, 33, 66)
    assert [(each.start, each.end) for each in origins[-2:]] == [
        (date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), date(2026, 10, 1)),
    ]
    assert len(origins) == 12
    assert origins[-1].point == date(2026, 8, 15), (
        "33 of 66 working days of the third quarter had closed on Friday 14th"
    )
    assert past.parts[origins[-1].before] == (date(2026, 7, 1), date(2026, 8, 1))


def test_what_does_not_add_up_is_cut_into_whole_periods() -> None:
    past = past_of(date(2026, 10, 1), date(2027, 1, 1), FISCAL, whole=True)
    assert (past.ahead, past.seasons) == (1, 4)
    assert past.parts[-1] == (date(2026, 7, 1), date(2026, 10, 1))


def test_weeks_are_the_parts_of_what_is_made_of_weeks() -> None:
    past = past_of(date(2026, 11, 2), date(2026, 11, 16), FISCAL, whole=False)
    assert (past.ahead, past.seasons, past.words) == (2, 52, "2-week periods")
    assert past.parts[-1] == (date(2026, 10, 26), date(2026, 11, 2))


@given(st.integers(1, 65), st.dates(date(2015, 1, 1), date(2030, 12, 31)))
def test_parts_follow_each_other_up_to_the_period_and_points_lie_within_their_origins(closed: int, day: date) -> None:
    start = day.replace(day=1)
    end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    past = past_of(start, end, FISCAL, whole=False)
    assert past.parts[-1][1] == start
    assert all(one[1] == other[0] for one, other in zip(past.parts, past.parts[1:], strict=False))
    for each in origins_of(past, CALENDAR, closed, 66):
        assert each.start < each.point < each.end <= start
        assert each.share == pytest.approx(
            CALENDAR.count(each.start, each.point) / CALENDAR.count(each.start, each.end)
        )


AMOUNT = st.one_of(st.floats(1, 1000), st.just(NAN), st.just(0.0))
ROW = st.tuples(*(st.lists(AMOUNT, min_size=10, max_size=10) for _ in range(4)))


@given(st.lists(ROW, min_size=1, max_size=5))
def test_many_are_scored_and_chosen_as_each_alone(rows: list[tuple[list[float], ...]]) -> None:
    one, other, came, naive = (np.array([row[place] for row in rows]) for place in range(4))
    together = {"one": scores_of(one, came, naive), "other": scores_of(other, came, naive)}
    best = best_of(together)
    for row in range(len(rows)):
        alone = {
            name: record
            for name, said in (("one", one), ("other", other))
            if (record := record_of(name, said[row], came[row], naive[row])) is not None
        }
        taken: Record | None = chosen(alone)
        assert best[row] == (taken.method if taken else "")
        for name, record in alone.items():
            scores = together[name]
            assert (scores.origins[row], scores.wape[row], scores.bias[row]) == pytest.approx(
                (record.origins, record.wape, record.bias), nan_ok=True
            )


def test_a_forecast_of_nothing_where_something_came_is_a_miss_and_nothing_of_nothing_tells_nothing() -> None:
    record = record_of("any", np.array([0.0, 0, 100]), np.array([50.0, 0, 100]), np.array([50.0, 0, 90]))
    assert record is not None
    assert record.origins == 1
    assert record.wape == pytest.approx(50 / 150)
