"""From a chosen file to an import: what is refused, what is shown, what is kept."""

import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import run_import
from apps.pages.imports import drafts
from apps.people.models import Member, Workspace
from apps.refresh.models import Run
from tests.cast import ClientOf
from tests.squeezed import squeezed

TODAY = date(2026, 3, 2)
ADDRESS = "/w/acme/imports/new/"
GOOD = (
    "id,owner,outcome,closed_on,amount\n"
    "1,Rita Evans,won,2026-01-31,100\n"
    "2,Omar Faye,lost,2026-02-13,0\n"
    "3,Rita Evans,open,,50\n"
)
OTHER_NAMES = "Number,Who,How it went,When,Worth\n1,Rita Evans,won,2026-01-31,100\n2,Omar Faye,lost,2026-02-13,0\n"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    return tmp_path


def a_file(content: str | bytes, name: str = "deals.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def upload(client: Client, content: str | bytes = GOOD, *, table: str = "deals", **more: Any) -> Any:
    """Step one. `more` are mapping_file, lookups or name."""
    name = more.pop("name", "deals.csv")
    return client.post(ADDRESS, {"table": table, "file": a_file(content, name), **more})


def token_of(response: Any) -> str:
    assert response.status_code == 302, response.content.decode()
    return str(response.url).split("draft=")[1]


def decide(client: Client, token: str, decision: str, **answers: str) -> Any:
    fields = {key.replace("__", "-"): value for key, value in answers.items()}
    return client.post(ADDRESS, {"draft": token, "decision": decision, **fields})


def nothing_is_kept() -> bool:
    return not Import.objects.exists() and not list((Path(settings.DATA_DIR) / "drafts").glob("*/*"))


def test_a_good_file_is_shown_before_anything_is_imported(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}").content.decode())
    assert "Rita Evans" in page
    assert '<option value="closed_on" selected>closed_on</option>' in page
    assert not Import.objects.exists()


def test_confirming_makes_one_import_with_one_run_and_leaves_no_draft(as_manager: Client, manager: Member) -> None:
    token = token_of(upload(as_manager))
    response = decide(as_manager, token, "confirm")
    batch = Import.objects.get()
    assert response.url == f"/w/acme/imports/{batch.pk}/"
    assert (batch.file_name, batch.created_by, batch.dataset.table) == ("deals.csv", manager, "deals")
    assert Run.objects.get().subject == batch
    assert run_import(import_id=batch.pk, today=TODAY).new == 3
    assert drafts.draft_of(manager, token) is None


def test_confirming_twice_imports_once(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    decide(as_manager, token, "confirm")
    again = decide(as_manager, token, "confirm")
    assert again.url == ADDRESS
    assert Import.objects.count() == 1


def test_the_counts_come_as_a_fragment(as_manager: Client) -> None:
    token = token_of(upload(as_manager, GOOD + "4,Rita Evans,won,31st of May,7\n"))
    fragment = squeezed(as_manager.get(f"{ADDRESS}?draft={token}", headers={"HX-Request": "true"}).content.decode())
    assert "<html" not in fragment
    assert 'New rows</dt><dd class="stat-value">3<' in fragment
    assert 'Rejected</dt><dd class="stat-value">1<' in fragment
    assert "31st of May" in fragment
    plain = squeezed(as_manager.get(f"{ADDRESS}?draft={token}&counts=1").content.decode())
    assert 'Rejected</dt><dd class="stat-value">1<' in plain


def test_missing_required_columns_are_named_and_can_be_chosen(as_manager: Client) -> None:
    content = "id,Who,outcome,closed_on,amount\n1,Rita Evans,won,2026-01-31,100\n"
    token = token_of(upload(as_manager, content))
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}").content.decode())
    assert "Deals need “owner”: choose the column that holds it." in page
    refused = decide(as_manager, token, "confirm")
    assert refused.status_code == 422
    assert "owner" in refused.content.decode()
    assert not Import.objects.exists()
    response = decide(as_manager, token, "confirm", column__owner="Who")
    assert response.status_code == 302
    batch = Import.objects.get()
    assert batch.mapping["columns"]["owner"] == "Who"
    assert run_import(import_id=batch.pk, today=TODAY).new == 1


def test_a_column_that_the_file_does_not_have_is_not_accepted(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    decide(as_manager, token, "confirm", column__owner="../../etc/passwd")
    assert run_import(import_id=Import.objects.get().pk, today=TODAY).mapping["columns"]["owner"] == "owner"


def test_dates_that_can_be_read_two_ways_are_asked_about(as_manager: Client) -> None:
    content = "id,owner,outcome,closed_on,amount\n1,Rita Evans,won,03/04/2026,100\n"
    token = token_of(upload(as_manager, content))
    fragment = squeezed(as_manager.get(f"{ADDRESS}?draft={token}", headers={"HX-Request": "true"}).content.decode())
    assert "03/04/2026" in fragment
    assert "can be read as" in fragment
    decide(as_manager, token, "check", format__closed_on="%d/%m/%Y")
    fragment = squeezed(as_manager.get(f"{ADDRESS}?draft={token}", headers={"HX-Request": "true"}).content.decode())
    assert 'New rows</dt><dd class="stat-value">1<' in fragment


def test_another_mapping_is_counted_anew(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    as_manager.get(f"{ADDRESS}?draft={token}&counts=1")
    decide(as_manager, token, "check", column__closed_on="")
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}&counts=1").content.decode())
    assert 'Rejected</dt><dd class="stat-value">2<' in page, "won and lost deals need a closing date"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\n\n \n", "is empty"),
        (b"PK\x03\x04" + bytes(200), "an Excel workbook"),
        (bytes(range(256)) * 20, "is not a text file"),
        (b'{"id": 1}', "looks like JSON"),
        ("colour,account\nred,Acme\n", "This does not look like deals: they need id, owner, outcome"),
    ],
)
def test_a_bad_file_gets_one_sentence_at_the_field_and_nothing_is_kept(
    as_manager: Client, content: str | bytes, sentence: str
) -> None:
    response = upload(as_manager, content)
    page = response.content.decode()
    assert response.status_code == 422
    error = page[page.index('id="id_file_error"') :]
    assert sentence in error[: error.index("</div>")]
    assert nothing_is_kept()


def test_a_file_whose_columns_all_have_other_names_can_be_mapped_by_hand(as_manager: Client) -> None:
    assert "This does not look like deals" in upload(as_manager, OTHER_NAMES).content.decode()
    token = token_of(upload(as_manager, OTHER_NAMES, by_hand="on"))
    answers = {"id": "Number", "owner": "Who", "outcome": "How it went", "closed_on": "When", "amount": "Worth"}
    decide(as_manager, token, "confirm", **{f"column__{name}": header for name, header in answers.items()})
    assert run_import(import_id=Import.objects.get().pk, today=TODAY).new == 2


def test_a_file_that_is_too_large_is_refused(as_manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "UPLOAD_MAX_BYTES", 10)
    response = upload(as_manager)
    assert response.status_code == 422
    assert "at most 10\xa0bytes can be uploaded" in response.content.decode()
    assert nothing_is_kept()


def test_no_file_is_one_sentence_and_the_table_may_be_left_open(as_manager: Client) -> None:
    page = squeezed(as_manager.post(ADDRESS, {}).content.decode())
    assert "Choose a file to import." in page
    assert '<option value="" selected>Recognise from the file</option>' in page


def test_the_table_is_recognised_from_the_header_and_shown(as_manager: Client) -> None:
    token = token_of(upload(as_manager, table=""))
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}").content.decode())
    assert '<option value="deals" selected>Deals</option>' in page
    assert "Recognised from the header of the file." in page
    decide(as_manager, token, "confirm", table="deals")
    assert Import.objects.get().dataset.table == "deals"


def test_a_header_that_fits_no_table_is_told_at_the_table_and_nothing_is_kept(as_manager: Client) -> None:
    response = upload(as_manager, OTHER_NAMES, table="")
    page = response.content.decode()
    assert response.status_code == 422
    error = page[page.index('id="id_table_error"') :]
    assert "(Number, Who, How it went, When, Worth) fit no table well enough" in error[: error.index("</div>")]
    assert "I will say which is which" in page
    assert nothing_is_kept()


def test_another_table_can_be_chosen_but_is_looked_at_before_it_is_imported(as_manager: Client) -> None:
    token = token_of(upload(as_manager, "id,name,owner,outcome\n1,Acme,Rita Evans,won\n", table=""))
    response = decide(as_manager, token, "confirm", table="customers", column__outcome="outcome")
    assert response.url == f"{ADDRESS}?draft={token}"
    assert not Import.objects.exists()
    page = squeezed(as_manager.get(response.url).content.decode())
    assert '<option value="customers" selected>Customers</option>' in page
    assert "Recognised" not in page
    decide(as_manager, token, "confirm", table="customers")
    assert Import.objects.get().dataset.table == "customers"


def test_a_table_that_does_not_exist_changes_nothing(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    decide(as_manager, token, "check", table="../secrets")
    assert "Deals" in as_manager.get(f"{ADDRESS}?draft={token}").content.decode()
    assert upload(as_manager, table="secrets").status_code == 422


def test_a_mapping_file_says_the_table_if_nobody_else_does(as_manager: Client) -> None:
    mapping = {"table": "customers", "columns": {"name": "owner"}}
    token = token_of(upload(as_manager, table="", mapping_file=a_file(json.dumps(mapping), "mapping.json")))
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}").content.decode())
    assert '<option value="customers" selected>' in page


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (b"{not json", "is not JSON"),
        (b'["id"]', "but not a mapping"),
        (json.dumps({"table": "orders"}).encode(), "for the table orders, but the chosen table is deals"),
        (json.dumps({"columns": {"owner": "Nobody"}}).encode(), "`Nobody`"),
    ],
)
def test_a_bad_mapping_file_gets_one_sentence_at_its_field(as_manager: Client, mapping: bytes, sentence: str) -> None:
    response = upload(as_manager, mapping_file=a_file(mapping, "mapping.json"))
    page = response.content.decode()
    assert response.status_code == 422
    error = page[page.index('id="id_mapping_file_error"') :]
    assert sentence in error[: error.index("</div>")].replace("&#x27;", "'")
    assert nothing_is_kept()


def test_mapping_and_lookup_files_are_used(as_manager: Client) -> None:
    mapping = {
        "table": "deals",
        "columns": {"id": "Number", "owner": "Who", "outcome": "How it went", "closed_on": "When", "amount": "Worth"},
        "lookups": [{"file": "teams.csv", "on": {"Who": "Person"}, "columns": {"team": "Team"}}],
    }
    response = upload(
        as_manager,
        OTHER_NAMES,
        mapping_file=a_file(json.dumps(mapping), "mapping.json"),
        lookups=[a_file("Person,Team\nRita Evans,North\nOmar Faye,South\n", "teams.csv")],
    )
    token = token_of(response)
    page = squeezed(as_manager.get(f"{ADDRESS}?draft={token}&counts=1").content.decode())
    assert "from teams.csv" in page
    assert 'New rows</dt><dd class="stat-value">2<' in page
    decide(as_manager, token, "confirm")
    assert run_import(import_id=Import.objects.get().pk, today=TODAY).new == 2


@pytest.mark.parametrize("path", ["teams.csv", "/etc/passwd", "../../settings.py", "..\\teams.csv"])
def test_a_lookup_is_only_ever_an_uploaded_file(as_manager: Client, path: str) -> None:
    mapping = {"lookups": [{"file": path, "on": {"owner": "Person"}, "columns": {"team": "Team"}}]}
    response = upload(as_manager, mapping_file=a_file(json.dumps(mapping), "mapping.json"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose that file under lookup files too." in page[page.index('id="id_lookups_error"') :]
    assert nothing_is_kept()


def test_choosing_another_file_replaces_the_draft(as_manager: Client, manager: Member) -> None:
    first = token_of(upload(as_manager))
    second = token_of(upload(as_manager))
    assert drafts.draft_of(manager, first) is None
    assert drafts.draft_of(manager, second) is not None
    assert as_manager.get(f"{ADDRESS}?draft={first}").url == ADDRESS  # type: ignore[attr-defined]


def test_putting_a_file_away_keeps_nothing(as_manager: Client) -> None:
    token = token_of(upload(as_manager))
    decide(as_manager, token, "discard")
    assert nothing_is_kept()


def test_nobody_else_can_see_or_confirm_a_draft(as_manager: Client, client_of: ClientOf, leader: Member) -> None:
    token = token_of(upload(as_manager))
    other = client_of(leader)
    assert other.get(f"{ADDRESS}?draft={token}").url == ADDRESS  # type: ignore[attr-defined]
    decide(other, token, "confirm")
    assert not Import.objects.exists()


def test_a_name_that_looks_like_a_path_stays_a_name(as_manager: Client, data_dir: Path) -> None:
    token = token_of(upload(as_manager, name="../../evil.csv"))
    decide(as_manager, token, "confirm")
    assert Import.objects.get().file_name == "evil.csv"
    assert not list(data_dir.parent.glob("evil.csv"))


def test_drafts_that_nobody_touched_for_a_day_are_swept_when_somebody_uploads(
    as_manager: Client, client_of: ClientOf, leader: Member, manager: Member
) -> None:
    token = token_of(upload(client_of(leader)))
    draft = drafts.draft_of(leader, token)
    assert draft is not None
    long_ago = time.time() - drafts.KEPT_FOR_SECONDS - 60
    os.utime(draft.folder / "draft.json", (long_ago, long_ago))
    fresh = token_of(upload(as_manager))
    assert drafts.draft_of(leader, token) is None
    assert drafts.draft_of(manager, fresh) is not None


def test_a_header_is_shown_as_text(as_manager: Client) -> None:
    token = token_of(upload(as_manager, GOOD.replace("amount", "<script>alert(1)</script>")))
    assert "<script>alert(1)" not in squeezed(as_manager.get(f"{ADDRESS}?draft={token}&counts=1").content.decode())


@pytest.mark.parametrize("role", ["rep", "viewer"])
def test_who_may_not_import_cannot_upload(
    role: str, client_of: ClientOf, request: pytest.FixtureRequest, workspace: Workspace
) -> None:
    assert upload(client_of(request.getfixturevalue(role))).status_code == 403
    assert nothing_is_kept()
