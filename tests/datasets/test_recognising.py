"""Which table a file is, by its header alone."""

from pathlib import Path

import pytest

from apps.datasets.recognising import NotRecognised, recognise
from apps.datasets.schema import TABLES, Table
from tests.shared import SHARED


def told(tmp_path: Path, *headers: str) -> str:
    path = tmp_path / "given.csv"
    path.write_text(",".join(headers) + "\n" + ",".join("1" for _ in headers) + "\n")
    return recognise(path=path, file_name="given.csv", folder=tmp_path)


def required(table: Table) -> list[str]:
    return [field.name for field in table.fields if field.required]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_recognised_by_its_own_field_names(tmp_path: Path, table: Table) -> None:
    assert told(tmp_path, *table.names) == table.name


@pytest.mark.parametrize(
    "table", [table for table in TABLES.values() if len(required(table)) > 1], ids=lambda table: table.name
)
def test_the_required_fields_alone_are_enough(tmp_path: Path, table: Table) -> None:
    assert told(tmp_path, *required(table)) == table.name


def test_a_missing_required_column_does_not_make_it_another_table(tmp_path: Path) -> None:
    assert told(tmp_path, "id", "Who", "outcome", "closed_on", "amount") == "deals"


def test_headers_of_a_crm_are_understood(tmp_path: Path) -> None:
    assert told(tmp_path, "Opportunity ID", "Owner", "Stage", "Close Date", "Amount", "Lost Reason") == "deals"


@pytest.mark.parametrize("headers", [("Number", "Who", "When"), ("id", "colour"), ("a",), ("", "")])
def test_what_fits_nothing_is_told_with_its_columns(tmp_path: Path, headers: tuple[str, ...]) -> None:
    with pytest.raises(NotRecognised, match="Choose which table it is"):
        told(tmp_path, *headers)


@pytest.mark.parametrize("edition", ["CRM+Sales+Opportunities", "repo_copy_lf"])
@pytest.mark.shared_data
@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the shared exports are not beside this checkout")
def test_the_real_export_is_recognised(tmp_path: Path, edition: str) -> None:
    path = SHARED / "data" / "crm_maven" / edition / "sales_pipeline.csv"
    assert recognise(path=path, file_name=path.name, folder=tmp_path) == "deals"
