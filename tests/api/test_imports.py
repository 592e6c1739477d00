from collections.abc import Callable

import pytest
from django.test import Client

from apps.datasets.models import Dataset, Import, RowIssue
from apps.people.models import Member, Workspace

ReadsAs = Callable[[Member], Client]


def make_import(workspace: Workspace, by: Member | None = None, name: str = "deals.csv") -> Import:
    dataset, _ = Dataset.objects.get_or_create(workspace=workspace, table="deals")
    return Import.objects.create(
        workspace=workspace, dataset=dataset, file_name=name, stored_path="uploads/x", checksum="c" * 64, size=10,
        state=Import.State.COMMITTED, rows_read=5, rows_new=3, rows_changed=1, rows_unchanged=0, rows_rejected=1,
        created_by=by,
    )  # fmt: skip


@pytest.fixture
def batch(manager: Member) -> Import:
    made = make_import(manager.workspace, manager)
    for line in (6, 9):
        RowIssue.objects.create(batch=made, line=line, column="Closed", value="31/02/17", message="No such day.")
    return made


def test_an_import_tells_its_counts_and_issues(batch: Import, manager: Member, reads_as: ReadsAs) -> None:
    program = reads_as(manager)
    listed = program.get("/api/v1/imports/").json()["results"]
    assert [(each["id"], each["table"], each["rows_read"]) for each in listed] == [(batch.pk, "deals", 5)]
    told = program.get(f"/api/v1/imports/{batch.pk}/").json()
    assert told["created_by"]["name"] == "Mara Dietz"
    counts = {name: told[f"rows_{name}"] for name in ("new", "changed", "unchanged", "rejected")}
    assert counts == {"new": 3, "changed": 1, "unchanged": 0, "rejected": 1}
    assert told["issues"][0] == {
        "line": 6, "column": "Closed", "value": "31/02/17", "message": "No such day.", "rejects_row": True,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["rep", "viewer"])
def test_who_may_not_see_imports_on_the_pages_may_not_read_them_here(
    batch: Import, who: str, request: pytest.FixtureRequest, reads_as: ReadsAs
) -> None:
    program = reads_as(request.getfixturevalue(who))
    for address in ("/api/v1/imports/", f"/api/v1/imports/{batch.pk}/"):
        answer = program.get(address)
        assert answer.status_code == 403
        assert answer.json()["detail"].endswith("may not read this.")


def test_an_import_of_another_workspace_is_not_there(batch: Import, outsider: Member, reads_as: ReadsAs) -> None:
    program = reads_as(outsider)
    assert program.get("/api/v1/imports/").json()["results"] == []
    assert program.get(f"/api/v1/imports/{batch.pk}/").status_code == 404


@pytest.mark.parametrize("address", ["/api/v1/imports/", "/api/v1/imports/{batch}/"])
def test_the_number_of_queries_does_not_grow_with_the_number_of_imports(
    batch: Import, manager: Member, reads_as: ReadsAs, address: str, django_assert_max_num_queries: object
) -> None:
    program = reads_as(manager)
    for number in range(20):
        make_import(manager.workspace, manager, f"deals{number}.csv")
    program.get("/api/v1/")
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert program.get(address.format(batch=batch.pk)).status_code == 200
