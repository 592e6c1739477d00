"""What a batch of requests promises: dated credit, levels that move with people, growth so far, honest gaps."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from apps.common.periods import Grain, parse_period, period_of
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import UnknownKpi, all_kpis, get_kpi
from apps.metrics.engine import NoSuchColumn, Org, Request, compute_groups, compute_requests
from apps.metrics.engine.cells import Rows
from apps.metrics.engine.windows import Window, base_of, base_to_date
from tests.metrics.tables import deals

KPIS = {kpi.key: kpi for kpi in all_kpis()}
Q1, Q2 = parse_period("2024-Q1"), parse_period("2024-Q2")
NORTH, SOUTH, RITA = 10, 20, 1
# Rita was in North until the end of March, then in South.
ORG = Org(
    owners=(("rita evans", RITA),),
    teams=(("north", NORTH), ("south", SOUTH)),
    memberships=((RITA, NORTH, date(2020, 1, 1), date(2024, 4, 1)), (RITA, SOUTH, date(2024, 4, 1), None)),
    ancestors=((NORTH, NORTH), (SOUTH, SOUTH)),
    team_names={NORTH: "North", SOUTH: "South"},
)
WON = {"outcome": "won", "created_on": "2024-01-10"}
ROWS: list[dict[str, Any]] = [
    {**WON, "closed_on": "2024-03-31", "amount": 100},
    {**WON, "closed_on": "2024-04-01", "amount": 30},
    {"outcome": "open", "created_on": "2024-02-01", "amount": 7},
    {"outcome": "lost", "created_on": "2024-01-10", "closed_on": "2024-06-30", "amount": 5},
]


def value(
    snapshot: Snapshot, kpi: str, scope: Any, scope_id: int | None, period: Any, org: Org = ORG
) -> Decimal | None:
    request = Request(1, kpi, scope, scope_id, period.start, period.end)
    return compute_requests({"deals": snapshot}, [request], org, KPIS)[1].figure.value


def test_last_quarter_does_not_change_when_somebody_changes_team(tmp_path: Path) -> None:
    rows = deals(tmp_path, ROWS)
    assert value(rows, "revenue", "team", NORTH, Q1) == 100
    assert value(rows, "revenue", "team", SOUTH, Q1) == 0
    assert value(rows, "revenue", "team", NORTH, Q2) == 0
    assert value(rows, "revenue", "team", SOUTH, Q2) == 30


def test_open_deals_go_along_to_the_new_team_whole(tmp_path: Path) -> None:
    rows = deals(tmp_path, ROWS)
    assert value(rows, "pipeline_value", "team", NORTH, Q1) == 42
    assert value(rows, "pipeline_value", "team", SOUTH, Q1) == 0
    assert value(rows, "pipeline_value", "team", NORTH, Q2) == 0
    assert value(rows, "pipeline_value", "team", SOUTH, Q2) == 7


def test_the_team_on_the_row_goes_before_the_owners_team(tmp_path: Path) -> None:
    rows = deals(tmp_path, [{**WON, "closed_on": "2024-03-31", "amount": 100, "team": " SOUTH"}])
    assert value(rows, "revenue", "team", SOUTH, Q1) == 100
    assert value(rows, "revenue", "team", NORTH, Q1) == 0


def test_a_person_without_rows_has_zero_revenue_and_no_win_rate(tmp_path: Path) -> None:
    rows = deals(tmp_path, ROWS)
    request = Request(1, "win_rate", "person", 99, Q1.start, Q1.end, (Q1.end,))
    answer = compute_requests({"deals": rows}, [request], ORG, KPIS)[1]
    assert (answer.figure.reason, answer.figure.count) == ("no_denominator", 0)
    assert answer.series == [(Q1.end, None)]
    assert value(rows, "revenue", "person", 99, Q1) == 0


def test_the_series_stops_where_the_data_stops(tmp_path: Path) -> None:
    rows = deals(tmp_path, [{**WON, "closed_on": "2024-02-10", "amount": 100}])
    points = (date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1))
    request = Request(1, "revenue", "workspace", None, Q1.start, Q1.end, points)
    series = compute_requests({"deals": rows}, [request], Org(), KPIS)[1].series
    assert series == [(points[0], 0.0), (points[1], 100.0), (points[2], None)]


@pytest.mark.parametrize("kpi", ["revenue", "win_rate", "pipeline_value", "sales_growth"])
def test_a_period_the_data_does_not_reach_has_no_value(tmp_path: Path, kpi: str) -> None:
    rows = deals(tmp_path, ROWS)
    for label in ("2019", "2030-Q1"):
        period = parse_period(label)
        request = Request(1, kpi, "workspace", None, period.start, period.end, (period.end,))
        answer = compute_requests({"deals": rows}, [request], Org(), KPIS)[1]
        assert (answer.figure.value, answer.figure.reason) == (None, "no_data")


def test_without_any_import_every_figure_says_so(tmp_path: Path) -> None:
    nothing = Snapshot("deals", (), (), (), ("id",), None, None)
    for snapshots in ({}, {"deals": nothing}):
        answer = compute_requests(snapshots, [Request(1, "revenue", "workspace", None, Q1.start, Q1.end)], Org(), KPIS)[
            1
        ]
        assert (answer.figure.value, answer.figure.reason) == (None, "no_data")
    (figure,) = compute_groups({"deals": nothing}, get_kpi("revenue"), [Q1])
    assert figure.figure.reason == "no_data"


def test_growth_of_a_running_quarter_compares_as_many_days_of_the_one_before(tmp_path: Path) -> None:
    rows = deals(
        tmp_path,
        [
            {**WON, "closed_on": "2024-01-20", "amount": 100},
            {**WON, "closed_on": "2024-03-20", "amount": 900},
            {**WON, "closed_on": "2024-04-30", "amount": 150},
        ],
    )
    assert value(rows, "sales_growth", "workspace", None, Q2) == Decimal("0.5")
    (so_far,) = compute_groups({"deals": rows}, get_kpi("sales_growth"), [Q2])
    (whole,) = compute_groups({"deals": rows}, get_kpi("sales_growth"), [Q2], so_far=False)
    assert so_far.figure.value == Decimal("0.5")
    assert whole.figure.value == Decimal("-0.85")


@pytest.mark.parametrize(
    ("label", "base"),
    [
        ("2024-Q2", "2024-Q1"),
        ("2024-03", "2024-02"),
        ("2024", "2023"),
        ("2024-W10", "2024-W09"),
        ("2024-03-10", "2024-03-09"),
        ("2024-03-05..2024-03-25", "2024-02-14..2024-03-05"),
    ],
)
def test_the_base_of_a_period_is_the_one_before_it(label: str, base: str) -> None:
    period, before = parse_period(label), parse_period(base)
    assert base_of(period.start, period.end) == Window(before.start, before.end)


def test_a_point_in_a_quarter_is_compared_with_the_same_point_of_the_quarter_before() -> None:
    q2 = period_of(date(2024, 5, 1), Grain.QUARTER)
    assert base_to_date(q2.start, q2.end, date(2024, 5, 1)) == Window(date(2024, 1, 1), date(2024, 2, 1))
    assert base_to_date(q2.start, q2.end, date(2024, 4, 11)) == Window(date(2024, 1, 1), date(2024, 1, 11))
    assert base_to_date(q2.start, q2.end, q2.end) == Window(date(2024, 1, 1), date(2024, 4, 1))


def test_a_thousand_goals_take_as_many_queries_as_one(tmp_path: Path) -> None:
    rows = deals(tmp_path, ROWS)
    one = [Request(0, kpi, "person", 1, Q1.start, Q1.end, (Q1.end,)) for kpi in ("revenue", "win_rate")]
    many = [
        Request(i, ("revenue", "win_rate")[i % 2], "person", i, period.start, period.end, (period.end,))
        for i in range(1000)
        for period in (Q1, Q2)
    ]
    assert _queries(rows, one) == _queries(rows, many)


def _queries(rows: Snapshot, requests: list[Request]) -> int:
    with (
        patch.object(Rows, "keep", autospec=True, side_effect=Rows.keep) as kept,
        patch.object(Rows, "fetch", autospec=True, side_effect=Rows.fetch) as fetched,
    ):
        compute_requests({"deals": rows}, requests, ORG, KPIS)
    return int(kept.call_count + fetched.call_count)


def test_an_unknown_kpi_in_a_request_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownKpi):
        compute_requests({}, [Request(1, "nonsense", "workspace", None, Q1.start, Q1.end)], Org(), KPIS)


def test_grouping_by_a_column_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(NoSuchColumn, match=r"no column “sector” in deals\. Known are: id, name, account"):
        compute_groups({"deals": deals(tmp_path, ROWS)}, get_kpi("revenue"), [], "sector")


def test_the_workspaces_own_columns_group_too_and_a_blank_is_not_the_total(tmp_path: Path) -> None:
    rows = deals(
        tmp_path,
        [
            {**WON, "closed_on": "2024-01-20", "amount": 1, "sector": "Retail"},
            {**WON, "closed_on": "2024-01-20", "amount": 2},
        ],
        own=("sector",),
    )
    found = compute_groups({"deals": rows}, get_kpi("revenue"), [], "sector")
    assert {each.group: each.figure.value for each in found} == {"Retail": 1, "(none)": 2}
    (total,) = compute_groups({"deals": rows}, get_kpi("revenue"), [])
    assert (total.group, total.figure.value) == (None, 3)


def test_sums_of_money_are_exact_to_the_cent_whatever_their_number(tmp_path: Path) -> None:
    rows = deals(tmp_path, [{**WON, "closed_on": "2024-01-20", "amount": Decimal("0.10")}] * 300)
    assert value(rows, "revenue", "workspace", None, Q1) == Decimal("30.00")
    assert value(rows, "average_deal_size", "workspace", None, Q1) == Decimal("0.1")
