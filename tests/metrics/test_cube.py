"""Many KPIs at once are the same numbers as each of them alone, for all groupings and grains."""

import math
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.common.periods import Grain, Period, parse_period, periods_between
from apps.metrics.catalogue import Kpi, get_kpi
from apps.metrics.engine import Figure, NoSuchColumn, Org, compute_groups
from apps.metrics.engine.cube import Table, compute_many, is_additive
from tests.metrics.tables import deals

REFS = (
    "revenue:deals", "sales_growth:deals", "sales_growth:deals_year_before", "average_revenue_per_customer:deals",
    "win_rate:deals", "win_rate:deals_amount", "win_rate:deals_created", "average_deal_size:deals",
    "sales_cycle_length:deals", "sales_velocity:deals", "lost_reason_share:deals", "pipeline_value:deals",
    "weighted_pipeline_value:deals", "weighted_pipeline_value:deals_win_rate", "new_customers:deals",
    "repeat_purchase_rate:deals",
)  # fmt: skip
KPIS = [get_kpi(ref) for ref in REFS]
GROUPINGS = (None, "team", "owner", "product", "region", "lost_reason")
FIRST = date(2023, 11, 6)
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])

NORTH, SOUTH = 10, 20
ORG = Org(
    owners=(("anna snelling", 1), ("ben ode", 2), ("b.ode@acme.example", 2)),
    teams=(("north", NORTH), ("south", SOUTH)),
    memberships=(
        (1, NORTH, date(2020, 1, 1), None),
        (2, SOUTH, date(2023, 12, 13), date(2024, 2, 1)),  # in no team before, and moves in the middle of a week
        (2, NORTH, date(2024, 2, 1), date(2024, 4, 18)),
    ),
    ancestors=((NORTH, NORTH), (SOUTH, SOUTH)),
    team_names={NORTH: "North", SOUTH: "South"},
)
OWNERS = ("Anna Snelling", "Ben Ode", "B.Ode@acme.example", "Un Known", None, "Anna Snelling 60%; Ben Ode 40%",
          "Ben Ode 33.333%; Un Known 66.667%")  # fmt: skip


@st.composite
def a_deal(draw: st.DrawFn) -> dict[str, Any]:
    created = draw(st.none() | st.integers(0, 200).map(lambda n: FIRST + timedelta(days=n)))
    outcome = draw(st.sampled_from(["open", "won", "won", "lost"]))
    closed = (created or FIRST) + timedelta(days=draw(st.integers(0, 60))) if outcome != "open" else None
    return {
        "created_on": created,
        "outcome": outcome,
        "closed_on": closed,
        "amount": draw(st.none() | st.decimals(-5, 10**7, places=4)),
        "probability": draw(st.none() | st.decimals(0, 1, places=2)),
        "owner": draw(st.sampled_from(OWNERS)),
        "team": draw(st.sampled_from([None, None, " SOUTH", "West"])),
        "region": draw(st.sampled_from(["East", "West", None])),
        "product": draw(st.sampled_from(["P1", "P2"])),
        "account": draw(st.sampled_from(["Acme", " acme ", "Beta", "Gamma Ltd", "gamma  ltd", None, " "])),
        "kind": draw(st.sampled_from(["new", "renewal", None])),
        "lost_reason": draw(st.sampled_from(["price", "no decision", None])),
    }


def grains(start: date, end: date, fiscal_year_start: int = 2) -> list[list[Period]]:
    return [periods_between(start, end, grain, fiscal_year_start) for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER)]


@pytest.mark.parametrize("by", GROUPINGS)
@given(st.lists(a_deal(), min_size=30, max_size=60), st.booleans(), st.lists(st.sampled_from(KPIS), min_size=4))
@few
def test_all_at_once_are_the_numbers_of_each_alone(
    by: str | None, rows: list[dict[str, Any]], so_far: bool, checked: list[Kpi]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = {"deals": deals(Path(folder), rows)}
        # Longer than the data, from the middle of a quarter on: periods without rows, and one that has begun.
        wanted = grains(date(2024, 1, 10), date(2024, 7, 1))
        tables = [table for table in compute_many(data, KPIS, GROUPINGS, wanted, ORG, so_far=so_far) if table.by == by]
        assert [table.periods for table in tables] == [tuple(periods) for periods in wanted]
        for kpi in checked[:4]:
            alone = compute_groups(data, kpi, [each for some in wanted for each in some], by, ORG, so_far=so_far)
            for table in tables:
                there = {
                    (each.period, each.group): each.figure
                    for each in alone
                    if each.period in table.periods and each.figure.reason != "no_data"
                }
                assert_same(table, kpi, there)


def assert_same(table: Table, kpi: Kpi, alone: Mapping[Any, Figure]) -> None:
    columns = table.figures[kpi.ref]
    said = f"{kpi.ref} by {table.by}"
    places = {
        (period, group): (g, p)
        for g, group in enumerate(table.groups)
        for p, period in enumerate(table.periods)
        if columns.there[g, p]
    }
    assert set(places) == set(alone), said
    for key, figure in alone.items():
        at = places[key]
        assert columns.count[at] == figure.count, (said, key)
        for name in ("numerator", "denominator", "value"):
            close(getattr(columns, name)[at], getattr(figure, name), (said, key, name, figure))


def close(found: Any, exact: Decimal | None, said: object) -> None:
    if exact is None:
        assert math.isnan(found), said
    else:
        assert math.isclose(found, exact, rel_tol=1e-9, abs_tol=1e-9), (said, found)


def test_amounts_of_many_digits_times_shares_stay_exact(tmp_path: Path) -> None:
    # In units of the last place of amount, probability and share together they are wider than 64 bits.
    big = Decimal("99999999999999.9999")
    row = {"outcome": "open", "created_on": date(2024, 1, 2), "amount": big, "probability": Decimal("0.3333")}
    data = {"deals": deals(tmp_path, [row | {"owner": OWNERS[6]}, row | {"owner": "Ben Ode"}])}
    kpi, period = get_kpi("weighted_pipeline_value:deals"), parse_period("2024-01")
    (table,) = compute_many(data, [kpi], ["owner"], [[period]], ORG)
    assert table.groups == ("Ben Ode", "Un Known")
    exact = [float(big * Decimal("0.3333") * share) for share in (Decimal("1.33333"), Decimal("0.66667"))]
    np.testing.assert_allclose(table.figures[kpi.ref].value[:, 0], exact, rtol=1e-15)


def test_a_product_keeps_all_its_decimal_places_alone_too(tmp_path: Path) -> None:
    row = {"outcome": "open", "created_on": date(2024, 1, 2), "amount": Decimal("10.1234"), "probability": "0.25"}
    data = {"deals": deals(tmp_path, [row])}
    (found,) = compute_groups(data, get_kpi("weighted_pipeline_value:deals"), [parse_period("2024-01")])
    assert found.figure.value == Decimal("2.53085")


def test_a_column_that_there_is_not_is_refused_with_its_name(tmp_path: Path) -> None:
    data = {"deals": deals(tmp_path, [{"outcome": "won", "closed_on": date(2024, 1, 2)}])}
    with pytest.raises(NoSuchColumn, match="no column “regoin” in deals"):
        list(compute_many(data, KPIS, ["regoin"], [[parse_period("2024")]]))


def test_kpis_without_rows_or_that_need_more_than_sums_have_no_columns(tmp_path: Path) -> None:
    data = {"deals": deals(tmp_path, [{"outcome": "won", "closed_on": date(2024, 1, 2), "amount": 5}])}
    kpis = [get_kpi(ref) for ref in ("revenue:deals", "revenue:orders", "forecast_accuracy", "quota_attainment:deals")]
    (table,) = compute_many(data, kpis, [None], [[parse_period("2024-Q1")]])
    assert set(table.figures) == {"revenue:deals"}
    assert table.figures["revenue:deals"].value.tolist() == [[5.0]]
    assert not is_additive(get_kpi("pipeline_coverage"))
