"""The list of imports: what came in, what it covers, who may see it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.pages_imports.conftest import MakeImport
from tests.squeezed import squeezed

ADDRESS = "/w/acme/imports/"


def test_an_empty_list_teaches_what_a_file_must_have(as_manager: Client) -> None:
    page = squeezed(as_manager.get(ADDRESS).content.decode())
    assert "No data yet" in page
    assert "import_data deals" in page
    assert '"columns"' in page or "&quot;columns&quot;" in page


def test_an_import_is_listed_with_its_counts_state_and_what_the_data_covers(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    make_import(created_by=manager, rows_unchanged=1234)
    page = squeezed(as_manager.get(ADDRESS).content.decode())
    assert "deals.csv" in page
    assert "In use" in page
    assert "1,234" in page
    assert "Mara Dietz" in page
    assert "Compute goals again" in page
    assert "2 Jan 2024 to 20 Nov 2026" in page


def test_only_imports_in_use_count_for_what_the_data_covers(as_manager: Client, make_import: MakeImport) -> None:
    make_import("undone")
    assert "2024-01-02 to" not in squeezed(as_manager.get(ADDRESS).content.decode())


@pytest.mark.parametrize(
    ("state", "word", "action"),
    [
        ("waiting", "Waiting", None),
        ("running", "Being read", None),
        ("committed", "In use", "import_undo"),
        ("unchanged", "Nothing changed", None),
        ("refused", "Refused", None),
        ("failed", "Failed", None),
        ("undone", "Undone", "import_redo"),
    ],
)
def test_each_state_has_its_word_and_only_the_action_that_is_possible(
    as_manager: Client, make_import: MakeImport, state: str, word: str, action: str | None
) -> None:
    batch = make_import(state)
    page = squeezed(as_manager.get(ADDRESS).content.decode())
    assert f"</svg>{word}</span>" in page
    offered = {
        name for name in ("import_undo", "import_redo") if reverse(f"pages:{name}", args=["acme", batch.pk]) in page
    }
    assert offered == ({action} if action else set())


def test_the_imports_of_another_workspace_are_not_there(
    as_manager: Client, make_import: MakeImport, other_workspace: Workspace
) -> None:
    theirs = make_import(workspace=other_workspace, file_name="secret.csv")
    assert "secret.csv" not in squeezed(as_manager.get(ADDRESS).content.decode())
    for name in ("import", "import_progress", "import_undo", "import_redo", "import_rejects", "import_mapping"):
        assert as_manager.get(reverse(f"pages:{name}", args=["acme", theirs.pk])).status_code == 404


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_members_and_viewers_may_not_see_imports(
    role: str, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(role))
    assert client.get(ADDRESS).status_code == 403
    assert client.get(f"{ADDRESS}new/").status_code == 403
    assert client.post(f"{ADDRESS}recompute/").status_code == 403


def test_fifty_imports_cost_as_many_queries_as_two(
    as_manager: Client,
    make_import: MakeImport,
    manager: Member,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(50):
        make_import(created_by=manager)
    with django_assert_max_num_queries(9):
        as_manager.get(ADDRESS)
