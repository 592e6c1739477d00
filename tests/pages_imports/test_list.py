"""The list of imports: what came in, what it covers, who may see it."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.datasets.models import Source
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
    for name in (
        "import",
        "import_progress",
        "import_undo",
        "import_redo",
        "import_trial",
        "import_rerun",
        "import_file",
        "import_rejects",
        "import_mapping",
    ):
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
    with django_assert_max_num_queries(12):
        as_manager.get(ADDRESS)


def names_in(client: Client, query: str) -> set[str]:
    page = client.get(f"{ADDRESS}?{query}").content.decode()
    return {name for name in ("north.csv", "south.csv", "orders.csv") if name in page}


def test_the_list_is_narrowed_by_name_table_state_source_and_person(
    as_manager: Client, make_import: MakeImport, manager: Member, leader: Member
) -> None:
    source = Source.objects.create(workspace=manager.workspace, name="Nightly", kind="url", table="deals")
    make_import(file_name="north.csv", created_by=manager)
    make_import("undone", file_name="south.csv", created_by=leader)
    make_import(file_name="orders.csv", table="orders", source=source)
    assert names_in(as_manager, "q=NORTH") == {"north.csv"}
    assert names_in(as_manager, "table=orders") == {"orders.csv"}
    assert names_in(as_manager, "state=undone") == {"south.csv"}
    assert names_in(as_manager, f"source={source.pk}") == {"orders.csv"}
    assert names_in(as_manager, "source=none") == {"north.csv", "south.csv"}
    assert names_in(as_manager, f"who={leader.pk}") == {"south.csv"}
    assert names_in(as_manager, f"who={leader.pk}&state=committed") == set()


@pytest.mark.parametrize("query", ["table=nonsense", "state=x", "source=x", "who=-1", "q=%00", "page=99", "who=²"])
def test_what_names_nothing_is_not_a_filter(as_manager: Client, make_import: MakeImport, query: str) -> None:
    make_import(file_name="north.csv")
    assert names_in(as_manager, query) == {"north.csv"}


def test_when_nothing_matches_the_way_back_is_shown(as_manager: Client, make_import: MakeImport) -> None:
    make_import()
    page = squeezed(as_manager.get(f"{ADDRESS}?q=nothing").content.decode())
    assert "No import matches" in page
    assert "Show all imports" in page
    assert "No data yet" not in page


def test_only_the_list_comes_when_only_the_list_was_asked_for(as_manager: Client, make_import: MakeImport) -> None:
    make_import()
    fragment = as_manager.get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
    assert 'id="listing"' in fragment
    assert "<html" not in fragment
    assert "What the data covers" not in fragment


def test_what_somebody_said_is_complete_counts_and_a_late_source_is_told(
    as_manager: Client, make_import: MakeImport, manager: Member
) -> None:
    make_import(complete_until=date(2026, 11, 30))
    Source.objects.create(
        workspace=manager.workspace, name="Nightly", kind="url", table="orders",
        late_since=datetime(2026, 3, 6, 9, tzinfo=UTC),
    )  # fmt: skip
    page = squeezed(as_manager.get(ADDRESS).content.decode())
    assert "2 Jan 2024 to 30 Nov 2026, complete until then" in page
    assert "Waiting for data since Friday, 6 Mar 2026: source “Nightly” has brought nothing since then." in page
