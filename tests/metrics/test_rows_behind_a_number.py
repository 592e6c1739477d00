"""From a number to its rows: which count, from which line of which file, and why the others do not."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.metrics.queries import Explanation, explain
from apps.people.models import Member, Team, Workspace

pytestmark = pytest.mark.django_db

DEALS = """id,owner,created_on,closed_on,outcome,amount
D1,Rita Evans,2024-01-02,2024-01-31,won,100
D2,Rita Evans,2024-01-02,2024-02-10,won,50
D3,Rita Evans,2024-01-05,2024-05-20,won,80
D4,Rita Evans,2024-01-05,2024-02-20,lost,70
D5,Rita Evans,2024-01-05,2024-02-01,void,999
D6,Rita Evans,2024-01-05,,open,5
D7,Omar Faye,2024-01-05,2024-02-01,won,1000
"""
YEAR_START = {"start": date(2024, 1, 1), "end": date(2024, 4, 1)}


@pytest.fixture
def deals(workspace: Workspace, rep: Member, other_rep: Member, tmp_path: Path, settings: Any) -> Workspace:
    settings.DATA_DIR = tmp_path / "data"
    path = tmp_path / "deals.csv"
    path.write_text(DEALS)
    call_command("import_data", "deals", path, workspace=workspace.slug, stdout=io.StringIO())
    return workspace


def behind(
    workspace: Workspace, kpi: str, scope: Any = "workspace", scope_id: int | None = None, **more: Any
) -> Explanation:
    return explain(workspace=workspace, kpi=kpi, scope=scope, scope_id=scope_id, **{**YEAR_START, **more})


def test_every_row_that_counts_names_its_import_file_and_line(deals: Workspace, rep: Member) -> None:
    found = behind(deals, "revenue", "person", rep.pk)
    assert found.figure.value == 150
    assert [(row["id"], row["line"], row["file_name"]) for row in found.rows] == [
        ("D2", 3, "deals.csv"),
        ("D1", 2, "deals.csv"),
    ]
    assert {row["import_id"] for row in found.rows} == {Import.objects.get().pk}
    assert found.rows[0].keys() >= set(found.columns)
    assert set(found.columns) == {"id", "owner", "created_on", "closed_on", "outcome", "amount"}


def test_every_row_that_does_not_count_has_one_reason(deals: Workspace, rep: Member) -> None:
    assert dict(behind(deals, "revenue", "person", rep.pk).excluded) == {
        "owner is not this person": 1,
        "void": 1,
        "not won: outcome is lost": 1,
        "not won: outcome is open": 1,
        "closed outside the period": 1,
    }
    assert dict(behind(deals, "pipeline_value", "person", rep.pk).excluded) == {
        "owner is not this person": 1,
        "void": 1,
        "closed before the end of the period": 3,
    }
    assert dict(behind(deals, "win_rate").excluded) == {
        "void": 1,
        "not won or lost: outcome is open": 1,
        "closed outside the period": 1,
    }


def test_rows_of_another_team_are_told_apart(deals: Workspace, north: Team, sales: Team) -> None:
    assert dict(behind(deals, "revenue", "team", north.pk).excluded)["belongs to another team"] == 1
    assert behind(deals, "revenue", "team", sales.pk).included == 3


def test_rows_of_the_base_are_told_apart(deals: Workspace) -> None:
    found = behind(deals, "sales_growth", start=date(2024, 2, 1), end=date(2024, 3, 1))
    assert found.figure.value == 1050 / 100 - 1
    assert ("closed in the period it is compared with", 1) in found.excluded


def test_pages_follow_each_other_and_one_beyond_the_last_is_the_last(deals: Workspace) -> None:
    pages = [behind(deals, "revenue", size=2, page=page, sort="amount") for page in (1, 2, 9)]
    assert [[row["id"] for row in page.rows] for page in pages] == [["D2", "D1"], ["D7"], ["D7"]]
    assert [(page.page, page.pages, page.included) for page in pages] == [(1, 2, 3), (2, 2, 3), (2, 2, 3)]


def test_rows_sort_both_ways_by_any_column(deals: Workspace) -> None:
    assert [row["id"] for row in behind(deals, "revenue", sort="-amount").rows] == ["D7", "D1", "D2"]
    assert [row["id"] for row in behind(deals, "revenue", sort="id").rows] == ["D1", "D2", "D7"]


@pytest.mark.parametrize("sort", ["nonsense", "amount desc", 'id"; drop table live; --', "-", "_batch"])
def test_nothing_but_a_column_can_be_sorted_by(deals: Workspace, sort: str) -> None:
    with pytest.raises(Refusal, match="cannot be sorted"):
        behind(deals, "revenue", sort=sort)


def test_a_corrected_row_is_shown_as_it_is_now_and_with_the_file_that_corrected_it(
    deals: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "corrected.csv"
    path.write_text(DEALS.splitlines()[0] + "\nD7,Omar Faye,2024-01-05,2024-02-01,won,1\n")
    call_command("import_data", "deals", path, workspace=deals.slug, stdout=io.StringIO())
    found = behind(deals, "revenue", sort="amount")
    first = found.rows[0]
    assert (first["id"], first["file_name"], first["line"]) == ("D7", "corrected.csv", 2)
    assert found.figure.value == 151
