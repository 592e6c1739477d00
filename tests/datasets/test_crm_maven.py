"""A real export in its two published editions: ISO dates with CRLF, and m/d/yyyy with LF."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from apps.datasets.mapping import load
from apps.datasets.models import Import
from apps.datasets.outcome import Outcome
from apps.datasets.services import receive_file, run_import
from apps.people.models import Workspace
from tests.datasets.helpers import TODAY, live_rows
from tests.shared import SHARED, needs_shared_data

pytestmark = needs_shared_data
MAPPINGS = Path(__file__).parent.parent / "mappings"
EDITIONS = {"iso": "CRM+Sales+Opportunities", "us": "repo_copy_lf"}
COLUMNS = (
    "id",
    "account",
    "owner",
    "team",
    "region",
    "product",
    "stage",
    "outcome",
    "created_on",
    "closed_on",
    "amount",
)


def bring_in_edition(workspace: Workspace, edition: str, folder: Path, *, guess_dates: bool = False) -> Outcome:
    source = SHARED / "data" / "crm_maven" / EDITIONS[edition]
    mapping = load(MAPPINGS / f"crm_maven_{edition}.json")
    if guess_dates:
        mapping.pop("formats", None)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    batch = receive_file(
        workspace=workspace,
        table="deals",
        source=folder / "sales_pipeline.csv",
        file_name="sales_pipeline.csv",
        mapping=mapping,
        by=None,
        lookup_files={name: folder / name for name in ("sales_teams.csv", "products.csv")},
    )
    return run_import(import_id=batch.pk, today=TODAY)


@pytest.mark.parametrize("edition", EDITIONS)
def test_won_deals_keep_their_closing_value_and_open_deals_get_the_list_price(
    workspace: Workspace, tmp_path: Path, edition: str
) -> None:
    outcome = bring_in_edition(workspace, edition, tmp_path)
    assert (outcome.read, outcome.new, outcome.rejected) == (8800, 8800, 0)
    assert {issue.kind for issue in outcome.issues if not issue.rejects} <= {"unmatched", "overdue", "missing"}
    rows = live_rows(workspace, "outcome", "amount", "team")
    won = [amount for kind, amount, _ in rows if kind == "won"]
    pipeline = [amount for kind, amount, _ in rows if kind == "open"]
    assert (sum(won), len(won)) == (Decimal(10005534), 4238)
    assert (sum(pipeline), len(pipeline)) == (Decimal(4966215), 2089)
    assert len({team for _, _, team in rows}) == 6


def test_both_editions_give_identical_rows(workspace: Workspace, other_workspace: Workspace, tmp_path: Path) -> None:
    bring_in_edition(workspace, "iso", tmp_path / "iso")
    bring_in_edition(other_workspace, "us", tmp_path / "us")
    assert live_rows(workspace, *COLUMNS, "_line") == live_rows(other_workspace, *COLUMNS, "_line")


def test_the_other_edition_changes_nothing_even_with_its_date_format_guessed(
    workspace: Workspace, tmp_path: Path
) -> None:
    bring_in_edition(workspace, "iso", tmp_path / "iso")
    outcome = bring_in_edition(workspace, "us", tmp_path / "us", guess_dates=True)
    assert (outcome.state, outcome.unchanged) == (Import.State.UNCHANGED, 8800)
    assert outcome.mapping["formats"] == {"created_on": "%m/%d/%Y", "closed_on": "%m/%d/%Y"}
