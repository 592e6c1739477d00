"""After the trial: what is wrong is told by column, put right in place, and tried again; nothing is written before."""

import csv
import io
from datetime import date

import pytest
from django.test import Client

from apps.datasets.models import Draft, Import
from apps.datasets.services import run_import
from tests.pages_imports.steps import GOOD, draft_at, page_of, tried, upload
from tests.squeezed import squeezed

pytestmark = pytest.mark.usefixtures("data_dir")
BAD = GOOD + "4,Rita Evans,won,31st of May,7\n5,Rita Evans,won,2026-02-01,n/a\n6,Rita Evans,won,2026-02-02,n/a\n"
TODAY = date(2026, 3, 2)


@pytest.fixture
def draft(as_manager: Client) -> Draft:
    found = draft_at(upload(as_manager, BAD))
    as_manager.post(page_of(found))
    return tried(found)


def repair(client: Client, draft: Draft, **answers: str) -> str:
    fields = {name.replace("_", "-"): value for name, value in answers.items()}
    response = client.post(page_of(draft, "repair/"), fields, headers={"HX-Request": "true"})
    return squeezed(response.content.decode())


def cell(line: int, header: str, was: str, text: str) -> dict[str, str]:
    return {"cell_line": str(line), "cell_header": header, "cell_was": was, "cell_text": text}


def test_the_trial_tells_how_many_are_good_and_groups_what_is_not(as_manager: Client, draft: Draft) -> None:
    page = squeezed(as_manager.get(page_of(draft)).content.decode())
    assert "3 ok" in page
    assert "3 need attention" in page
    assert "31st of May" in page
    assert "Closed on" in page
    assert "2 rows would be left out" in page
    assert not Import.objects.exists()


def test_a_cell_is_put_right_in_place_and_the_file_stays_as_it_came(as_manager: Client, draft: Draft) -> None:
    fragment = repair(as_manager, draft, **cell(5, "closed_on", "31st of May", "2026-02-28"))
    assert "<html" not in fragment
    assert draft.outcome["counts"]["rejected"] == 3
    assert tried(draft).outcome["counts"]["rejected"] == 2
    confirmed = as_manager.post(page_of(draft, "confirm/"), {"tried": draft.fingerprint})
    batch = Import.objects.get()
    assert confirmed.headers["Location"] == f"/w/acme/imports/{batch.pk}/"
    assert batch.repairs == {"cells": [[5, "closed_on", "2026-02-28"]], "excluded": []}
    assert run_import(import_id=batch.pk, today=TODAY).new == 4


def test_a_repair_can_be_taken_back(as_manager: Client, draft: Draft) -> None:
    repair(as_manager, draft, **cell(5, "closed_on", "31st of May", "2026-02-28"))
    repair(as_manager, draft, forget="5|closed_on")
    draft.refresh_from_db()
    assert draft.repairs == {}


def test_a_text_is_replaced_in_every_row_of_a_column(as_manager: Client, draft: Draft) -> None:
    repair(as_manager, draft, everywhere_field="amount", everywhere_text="n/a", everywhere_meaning="")
    assert tried(draft).outcome["counts"]["rejected"] == 1
    assert draft.mapping["values"]["amount"] == {"n/a": ""}


def test_a_row_is_left_out_and_taken_in_again(as_manager: Client, draft: Draft) -> None:
    repair(as_manager, draft, exclude="5")
    counts = tried(draft).outcome["counts"]
    assert (counts["rejected"], counts["excluded"]) == (2, 1)
    assert "left out by you" in squeezed(as_manager.get(page_of(draft)).content.decode())
    repair(as_manager, draft, include="5")
    assert tried(draft).outcome["counts"]["excluded"] == 0


def test_a_cell_of_a_column_that_is_not_there_changes_nothing(as_manager: Client, draft: Draft) -> None:
    repair(as_manager, draft, **cell(5, "secret", "", "x"))
    repair(as_manager, draft, forget="nonsense|x", exclude="-1")
    draft.refresh_from_db()
    assert draft.repairs == {}


def test_rejected_rows_can_be_downloaded_before_anything_is_confirmed(as_manager: Client, draft: Draft) -> None:
    response = as_manager.get(page_of(draft, "rejects.csv"))
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))  # type: ignore[call-overload]
    assert len(rows) == 4
    assert "31st of May" in rows[1]
    assert not Import.objects.exists()


def test_the_trial_is_asked_after_until_it_is_over(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, BAD))
    as_manager.post(page_of(draft))
    ask = {"HX-Request": "true"}
    waiting = as_manager.get(page_of(draft, "trial/"), headers=ask)
    assert "Waiting for a worker" in waiting.content.decode()
    assert "bad-cell" not in waiting.content.decode(), "nobody's typing is swept away while it runs"
    tried(draft)
    over = as_manager.get(page_of(draft, "trial/"), headers=ask)
    assert over.headers["HX-Retarget"] == "#trial"
    assert "3 ok" in squeezed(over.content.decode())


def test_a_problem_shows_the_whole_row(draft: Draft, as_manager: Client) -> None:
    page = squeezed(as_manager.get(page_of(draft)).content.decode())
    row = page[page.index("of line 5</span>") :]
    row = row[: row.index("</dl>")]
    assert "<dt>id</dt><dd>4</dd>" in row
    assert "<dt>owner</dt><dd>Rita Evans</dd>" in row
    assert '<div class="is-bad"><dt>closed_on</dt><dd>31st of May</dd>' in row


def test_a_key_that_comes_twice_stands_before_other_warnings(as_manager: Client) -> None:
    page = upload_tried(as_manager, GOOD + "1,Rita Evans,won,2026-01-31,120\n")
    assert "1 row would not count: a later line has the same key" in page
    problems = page[page.index('id="problems"') :]
    headings = [each.split("<")[0].strip() for each in problems.split("<h3>")[1:]]
    assert headings[0] == "Id"


def upload_tried(client: Client, content: str) -> str:
    found = tried(draft_at(upload(client, content)))
    return squeezed(client.get(page_of(found)).content.decode())
