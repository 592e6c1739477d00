"""What own KPIs come to, asked as anybody asks: by the `compute` command."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.datasets.models import Import
from apps.datasets.services import undo_import
from apps.metrics.own.definition import Definition
from apps.people.models import Workspace
from tests.metrics.own.conftest import DEALS, REVENUE_PER_DEAL, WON_IN_EMEA, Build, filtered, import_deals


def computed(workspace: Workspace, kpi: str, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("compute", kpi, workspace=workspace.slug, json=True, stdout=out, stderr=io.StringIO(), **options)
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


def value(workspace: Workspace, kpi: str, **options: Any) -> float | None:
    (row,) = computed(workspace, kpi, **options)
    return row["value"]  # type: ignore[no-any-return]


def test_a_ratio_of_two_measures_by_quarter(deals: Workspace, build: Build) -> None:
    build("Revenue per won deal in EMEA", REVENUE_PER_DEAL)
    rows = computed(deals, "revenue_per_won_deal_in_emea", grain="quarter")
    told = [(row["period"], row["numerator"], row["denominator"], row["count"], row["value"]) for row in rows]
    assert told == [("2026-Q1", 4000, 2, 2, 2000), ("2026-Q2", 500, 1, 1, 500)]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (filtered(), 7),  # every deal that was closed
        (filtered(("outcome", "is", "won")), 5),
        (filtered(("outcome", "one_of", "won|lost"), ("region", "is_not", "EMEA")), 3),
        (filtered(("region", "is", "West"), ("amount", "at_least", "1k"), match="any"), 5),
        (filtered(("amount", "at_most", "700")), 4),
        (filtered(("amount", "is", "900")), 1),
        (filtered(("created_on", "from", "2026-02-01")), 3),
        (filtered(("created_on", "before", "2026-02-01")), 4),
        (filtered(("tier", "is", "gold")), 3),  # a column of the workspace's own
        (filtered(("tier", "blank", "")), 2),
        (filtered(("tier", "known", "")), 5),
        (filtered(("tier", "none_of", "gold|silver")), 2),
        (filtered(date="created_on"), 8),
        (filtered(("outcome", "is", "won"), aggregate="sum", column="amount"), 6100),
        (filtered(("outcome", "is", "won"), aggregate="mean", column="amount"), 1220),
        (filtered(aggregate="distinct", column="owner"), 2),
        (filtered(aggregate="distinct", column="tier"), 2),
    ],
)
def test_one_measure(deals: Workspace, build: Build, measure: Any, expected: float) -> None:
    build("Mine", Definition(measure=measure))
    assert value(deals, "mine") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue / win_rate", 6100 / (5 / 7)),
        ("revenue * 2 - revenue", 6100),
        ("-revenue + 3 * revenue", 12200),
        ("1 - win_rate", 2 / 7),
        ("revenue / 12", 6100 / 12),
        ("[Win rate] * [average deal size]", 5 / 7 * 1220),
        ("[revenue:deals] / (win_rate * (1 + 1))", 6100 / (10 / 7)),
    ],
)
def test_a_formula_of_other_kpis(deals: Workspace, build: Build, text: str, expected: float) -> None:
    build("Mine", text)
    assert value(deals, "mine") == pytest.approx(expected)


def test_own_kpis_are_made_of_own_kpis(deals: Workspace, build: Build) -> None:
    build("Won in EMEA", Definition(measure=filtered(*WON_IN_EMEA)))
    build("All won", Definition(measure=filtered(("outcome", "is", "won"))))
    build("EMEA share", "won_in_emea / all_won")
    assert [row["value"] for row in computed(deals, "emea_share", grain="quarter")] == [pytest.approx(2 / 3), 0.5]


def test_what_stands_below_the_line_may_be_of_another_date(deals: Workspace, build: Build) -> None:
    """Won in the quarter by those created in it: Q1 3 of 8, and nothing was created in Q2."""
    build(
        "Won of created", Definition(measure=filtered(("outcome", "is", "won")), divided_by=filtered(date="created_on"))
    )
    rows = computed(deals, "won_of_created", grain="quarter")
    assert [(row["value"], row["reason"]) for row in rows] == [(0.375, ""), (None, "no_denominator")]


def test_grouped_by_any_column_also_an_own_one(deals: Workspace, build: Build) -> None:
    build("All won", Definition(measure=filtered(("outcome", "is", "won"))))
    by_tier = {row["group"]: row["value"] for row in computed(deals, "all_won", by="tier")}
    assert by_tier == {"gold": 2, "silver": 1, "(none)": 2}


def test_a_value_with_a_quote_is_compared_and_nothing_else(deals: Workspace, build: Build) -> None:
    hostile = "EMEA' or '1'='1"
    build("Nothing", Definition(measure=filtered(("region", "is", hostile))))
    assert value(deals, "nothing") == 0


def test_another_workspace_knows_nothing_of_it(deals: Workspace, other_workspace: Workspace, build: Build) -> None:
    build("Mine", Definition(measure=filtered()))
    with pytest.raises(CommandError, match="no KPI called"):
        computed(other_workspace, "mine")


def test_without_the_column_that_an_undone_import_brought_there_is_no_value(
    workspace: Workspace, rep: object, build: Build
) -> None:
    import_deals(workspace)
    build("Gold", Definition(measure=filtered(("tier", "is", "gold"))))
    undo_import(batch=Import.objects.get(), by=None)
    import_deals(workspace, "\n".join(line.rsplit(",", 1)[0] for line in DEALS.splitlines()))
    (row,) = computed(workspace, "gold")
    assert (row["value"], row["reason"]) == (None, "no_data")
