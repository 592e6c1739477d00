"""The page on which owners in the data are said to be members, new people, or nobody."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.people import services
from apps.people.models import Member, Resolution
from tests.cast import ClientOf
from tests.datasets.helpers import TODAY

PAGE = "/w/acme/people/unmatched/"
RESOLVE = f"{PAGE}resolve/"


@pytest.fixture
def data(rep: Member, tmp_path: Path, settings: Any) -> Import:
    settings.DATA_DIR = tmp_path / "data"
    path = tmp_path / "deals.csv"
    rows = "".join(f"{n},{who},won,2025-03-01,100\n" for n, who in enumerate(["R. Evans", "R. Evans", "<b>Queue</b>"]))
    path.write_text(f"id,owner,outcome,closed_on,amount\n{rows}")
    batch = receive_file(
        workspace=rep.workspace, table="deals", source=path, file_name="deals.csv", mapping=None, by=None
    )
    run_import(import_id=batch.pk, today=TODAY)
    return Import.objects.get(pk=batch.pk)


def test_the_list_shows_rows_amount_and_whom_it_may_be(data: Import, admin: Member, client_of: ClientOf) -> None:
    page = client_of(admin).get(PAGE).content.decode()
    assert "2 names, 3 rows" in page
    assert "Deals: 2 rows, 200" in page
    assert "Rita Evans<span" in page
    assert "&lt;b&gt;Queue&lt;/b&gt;" in page


def test_a_suggestion_is_taken_with_one_click(data: Import, admin: Member, rep: Member, client_of: ClientOf) -> None:
    answer = client_of(admin).post(RESOLVE, {"suggested": f"{rep.pk}|R. Evans"}, follow=True)
    rep.refresh_from_db()
    assert rep.aliases == ["R. Evans"]
    assert "The name now means Rita Evans." in answer.content.decode()


def test_several_names_are_resolved_at_once_and_taken_back(data: Import, admin: Member, client_of: ClientOf) -> None:
    client = client_of(admin)
    answer = client.post(RESOLVE, {"text": ["R. Evans", "<b>Queue</b>"], "does": "nobody"}, follow=True)
    assert "Every owner is known" in answer.content.decode()
    for resolution in Resolution.objects.all():
        client.post(reverse("pages:people_unmatched_undo", args=["acme", resolution.pk]))
    assert "2 names, 3 rows" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"text": "R. Evans"}, "Say what the names you chose are"),
        ({"text": "R. Evans", "does": "member"}, "Choose the member"),
        ({"does": "new"}, "Choose at least one name"),
        ({"text": "Rita Evans", "does": "new"}, "has been resolved meanwhile"),
    ],
)
def test_a_refusal_keeps_what_was_chosen(
    data: Import, admin: Member, client_of: ClientOf, sent: dict[str, str], says: str
) -> None:
    answer = client_of(admin).post(RESOLVE, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert (" checked>" in page) == (sent.get("text") == "R. Evans")


def test_managers_see_who_is_unmatched_on_home_and_people_and_change_nothing(
    data: Import, manager: Member, viewer: Member, client_of: ClientOf
) -> None:
    told = "2 owners in the data (3 rows) are no member"
    client = client_of(manager)
    assert told in client.get("/w/acme/").content.decode()
    assert told in client.get("/w/acme/people/").content.decode()
    assert 'type="checkbox"' not in client.get(PAGE).content.decode()
    assert told not in client_of(viewer).get("/w/acme/").content.decode()


def test_nothing_is_told_where_every_owner_is_known(data: Import, admin: Member, client_of: ClientOf) -> None:
    services.resolve_as_nobody(workspace=admin.workspace, texts=["R. Evans", "<b>Queue</b>"], by=admin)
    assert "no member" not in client_of(admin).get("/w/acme/people/").content.decode()


def test_the_page_of_an_import_names_its_owners_who_are_no_member(
    data: Import, manager: Member, client_of: ClientOf
) -> None:
    page = client_of(manager).get(f"/w/acme/imports/{data.pk}/").content.decode()
    assert "2 owners in the data (3 rows) are no member: R. Evans, &lt;b&gt;Queue&lt;/b&gt;." in page
