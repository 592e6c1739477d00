"""What several people share counts for each of them by their share, and the shares add up to the whole."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.periods import parse_period
from apps.datasets.store.snapshot import Snapshot
from apps.metrics.catalogue import get_kpi
from apps.metrics.engine import Figure, Org, Request, compute_groups, compute_requests
from tests.metrics.tables import deals

Q1, Q2 = parse_period("2024-Q1"), parse_period("2024-Q2")
ANNA, BEN, NORTH, SOUTH, ALL = 1, 2, 10, 20, 30
# Ben moves to North on 1 March.
ORG = Org(
    owners=(("anna snelling", ANNA), ("ben ode", BEN)),
    teams=(("north", NORTH), ("south", SOUTH), ("all", ALL)),
    memberships=(
        (ANNA, NORTH, date(2020, 1, 1), None),
        (BEN, SOUTH, date(2020, 1, 1), date(2024, 3, 1)),
        (BEN, NORTH, date(2024, 3, 1), None),
    ),
    ancestors=((NORTH, NORTH), (SOUTH, SOUTH), (ALL, ALL), (ALL, NORTH), (ALL, SOUTH)),
    team_names={NORTH: "North", SOUTH: "South", ALL: "All"},
)
SHARED = "Anna Snelling 60%; Ben Ode 40%"
KPIS = ("revenue", "win_rate", "average_deal_size", "pipeline_value")


def won(amount: str, owner: str = SHARED, closed_on: str = "2024-02-10", **more: Any) -> dict[str, Any]:
    return {
        "outcome": "won",
        "created_on": "2024-01-02",
        "closed_on": closed_on,
        "amount": Decimal(amount),
        "owner": owner,
    } | more


def figure(rows: Snapshot, kpi: str, scope: Any, scope_id: int | None = None, period: Any = Q1) -> Figure:
    request = Request(1, kpi, scope, scope_id, period.start, period.end)
    return compute_requests({"deals": rows}, [request], ORG, {key: get_kpi(key) for key in KPIS})[1].figure


def by(rows: Snapshot, kpi: str, column: str, period: Any = Q1) -> dict[str | None, Figure]:
    return {each.group: each.figure for each in compute_groups({"deals": rows}, get_kpi(kpi), [period], column, ORG)}


def test_each_is_credited_by_their_share_and_the_whole_company_with_all_of_it(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000"), won("10", owner="Anna Snelling")])
    assert figure(rows, "revenue", "person", ANNA).value == 610
    assert figure(rows, "revenue", "person", BEN).value == 400
    assert figure(rows, "revenue", "workspace").value == 1010


def test_shares_that_are_no_round_numbers_still_add_up_exactly(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("0.01", owner="Anna Snelling 33.333%; Ben Ode 66.667%"), won("0.10")])
    anna, ben = figure(rows, "revenue", "person", ANNA).value, figure(rows, "revenue", "person", BEN).value
    assert anna is not None
    assert ben is not None
    assert anna == Decimal("0.0633333")
    assert anna + ben == Decimal("0.11")


def test_a_ratio_weighs_shared_rows_by_share(tmp_path: Path) -> None:
    # Anna: 0.6 of a won deal against one lost: 0.6 / 1.6.
    lost = won("5", owner="Anna Snelling") | {"outcome": "lost"}
    found = figure(deals(tmp_path, [won("100"), lost]), "win_rate", "person", ANNA)
    assert (found.numerator, found.denominator) == (Decimal("0.6"), Decimal("1.6"))
    assert found.value == Decimal("0.375")
    assert found.count == 2  # whole rows: part of one is one


def test_the_mean_of_a_shared_deal_is_its_whole_size(tmp_path: Path) -> None:
    assert figure(deals(tmp_path, [won("1000")]), "average_deal_size", "person", BEN).value == 1000


def test_each_share_goes_to_the_team_its_person_was_in_on_that_day(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000"), won("100", closed_on="2024-03-01")])
    assert figure(rows, "revenue", "team", NORTH).value == 700
    assert figure(rows, "revenue", "team", SOUTH).value == 400
    assert figure(rows, "revenue", "team", ALL).value == 1100


def test_a_team_written_on_a_shared_row_has_all_of_it(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000", team="South")])
    assert figure(rows, "revenue", "team", SOUTH).value == 1000
    assert figure(rows, "revenue", "team", NORTH).value == 0


def test_an_open_shared_deal_moves_with_the_share_of_who_changes_team(tmp_path: Path) -> None:
    opened = {"outcome": "open", "created_on": "2024-01-02", "amount": Decimal(1000), "owner": SHARED}
    rows = deals(tmp_path, [opened, won("1", closed_on="2024-06-30")])
    february = parse_period("2024-02")
    assert figure(rows, "pipeline_value", "team", NORTH, february).value == Decimal("600.6")
    assert figure(rows, "pipeline_value", "team", SOUTH, february).value == Decimal("400.4")
    assert figure(rows, "pipeline_value", "team", NORTH, Q2).value == 1000
    assert figure(rows, "pipeline_value", "team", SOUTH, Q2).value == 0
    assert figure(rows, "pipeline_value", "person", BEN, Q2).value == 400


def test_by_owner_shows_people_not_the_texts_they_share(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000"), won("10", owner="Anna Snelling"), won("1", owner="Nobody Known")])
    found = by(rows, "revenue", "owner")
    assert {group: each.value for group, each in found.items()} == {
        "Anna Snelling": 610,
        "Ben Ode": 400,
        "Nobody Known": 1,
    }


def test_by_team_credits_shares_like_the_goals_of_the_teams(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000"), won("100", closed_on="2024-03-01")])
    found = by(rows, "revenue", "team")
    assert {group: each.value for group, each in found.items()} == {"North": 700, "South": 400}


@pytest.mark.parametrize("owner", ["Anna 100% Snelling", "50% Ben", "Anna Snelling 60%; Ben Ode 20%", "%"])
def test_a_text_with_a_percent_sign_that_is_no_split_is_one_name(tmp_path: Path, owner: str) -> None:
    rows = deals(tmp_path, [won("1000", owner=owner)])
    assert {group: each.value for group, each in by(rows, "revenue", "owner").items()} == {owner: 1000}
    assert figure(rows, "revenue", "person", ANNA).value == 0


def test_the_share_of_somebody_unknown_is_nobodys_but_stays_in_the_whole(tmp_path: Path) -> None:
    rows = deals(tmp_path, [won("1000", owner="Anna Snelling 60%; Un Known 40%")])
    assert figure(rows, "revenue", "person", ANNA).value == 600
    assert figure(rows, "revenue", "workspace").value == 1000
