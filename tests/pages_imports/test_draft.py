"""The page of a chosen file: what it was taken for, what is asked, what is said, and the decision."""

import json
from datetime import date

import pytest
from django.test import Client

from apps.datasets.models import Draft, Import
from apps.datasets.presets import PRESETS
from apps.datasets.services import run_import
from apps.people.models import Member
from apps.refresh.models import Run
from tests.datasets.test_presets import EXPORTS
from tests.pages_imports.steps import ADDRESS, GOOD, a_file, confirm, draft_at, page_of, say, tried, upload
from tests.squeezed import squeezed

pytestmark = pytest.mark.usefixtures("data_dir")
TODAY = date(2026, 3, 2)
OTHER_NAMES = "Number,Who,How it went,When,Worth\n1,Rita Evans,won,2026-01-31,100\n2,Omar Faye,lost,2026-02-13,0\n"
AMBIGUOUS = "id,owner,outcome,closed_on,amount\n1,Rita Evans,won,03/04/2026,100\n"
STAGES = (
    "id,owner,Phase,closed_on\n1,Rita Evans,Signiert,2026-01-31\n2,Rita Evans,Signiert,2026-01-31\n3,Rita Evans,Neu,\n"
)


def shown(client: Client, draft: Draft) -> str:
    return squeezed(client.get(page_of(draft)).content.decode())


def test_confirming_makes_one_import_with_one_run_and_leaves_no_draft(as_manager: Client, manager: Member) -> None:
    draft = draft_at(upload(as_manager))
    response = confirm(as_manager, draft)
    batch = Import.objects.get()
    assert response.url == f"/w/acme/imports/{batch.pk}/"
    assert (batch.file_name, batch.created_by, batch.dataset.table) == ("deals.csv", manager, "deals")
    assert Run.objects.get(kind=Run.Kind.IMPORT).subject == batch
    assert run_import(import_id=batch.pk, today=TODAY).new == 3
    assert not Draft.objects.exists()


def test_confirming_twice_imports_once_and_an_old_tab_leads_to_the_import(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    first = confirm(as_manager, draft)
    again = as_manager.post(page_of(draft, "confirm/"), {"tried": draft.fingerprint})
    assert again.headers["Location"] == first.url
    assert as_manager.get(page_of(draft)).headers["Location"] == first.url
    assert Import.objects.count() == 1


def test_what_was_changed_in_another_tab_is_shown_before_it_is_imported(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    as_manager.post(page_of(draft))
    looked_at = tried(draft).fingerprint
    say(as_manager, draft, mode="append")
    tried(draft)
    refused = as_manager.post(page_of(draft, "confirm/"), {"tried": looked_at})
    assert refused.status_code == 422
    assert "This is not what you looked at" in refused.content.decode()
    assert not Import.objects.exists()


def test_nothing_can_be_confirmed_that_was_not_tried(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    assert as_manager.post(page_of(draft, "confirm/"), {"tried": ""}).status_code == 422
    assert not Import.objects.exists()


def test_missing_required_columns_are_asked_for_and_can_be_chosen(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, "id,Xyz,outcome,closed_on,amount\n1,Rita Evans,won,2026-01-31,100\n"))
    page = shown(as_manager, draft)
    assert "Which column is owner?" in page
    assert "1 to answer" in page
    say(as_manager, draft, column__owner="Xyz")
    assert "Everything is clear" in shown(as_manager, draft)
    confirm(as_manager, draft)
    batch = Import.objects.get()
    assert batch.mapping["columns"]["owner"] == "Xyz"
    assert run_import(import_id=batch.pk, today=TODAY).new == 1


def test_a_column_that_the_file_does_not_have_is_not_accepted(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    say(as_manager, draft, column__owner="../../etc/passwd")
    draft.refresh_from_db()
    assert draft.mapping["columns"]["owner"] == "owner"


def test_dates_that_can_be_read_two_ways_are_asked_about_with_both_readings(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, AMBIGUOUS))
    page = shown(as_manager, draft)
    assert "4 March 2026" in page or "March 4" in page
    assert "3 April 2026" in page
    assert not Run.objects.filter(kind=Run.Kind.TRY).exists(), "nothing is tried before that is answered"
    say(as_manager, draft, format__closed_on="%d/%m/%Y")
    assert tried(draft).outcome["counts"]["new"] == 1
    assert draft.mapping["formats"]["closed_on"] == "%d/%m/%Y"


def test_what_texts_mean_is_asked_with_the_number_of_rows_and_kept(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, STAGES))
    say(as_manager, draft, column__outcome="Phase")
    page = shown(as_manager, draft)
    assert "Signiert" in page
    assert "2 rows" in page
    say(as_manager, draft, text__outcome=["Signiert", "Neu"], value__outcome=["won", "open"])
    assert tried(draft).outcome["counts"]["new"] == 3
    assert draft.mapping["values"]["outcome"] | {} == {"Signiert": "won", "Neu": "open"}


def test_the_same_for_every_row_can_be_said(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    say(as_manager, draft, constant__currency="CHF")
    draft.refresh_from_db()
    assert draft.mapping["constants"]["currency"] == "CHF"


def test_an_own_column_can_get_another_name(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, GOOD.replace("amount", "amount,Zone X").replace("100", "100,Nord")))
    assert "zone_x" in draft.look["own"]
    say(as_manager, draft, own__zone_x="Sales zone")
    draft.refresh_from_db()
    assert draft.mapping["columns"]["sales_zone"] == "Zone X"
    assert "zone_x" not in draft.mapping["columns"]


def test_another_table_can_be_chosen_and_what_was_said_about_the_former_is_forgotten(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, "id,name,owner,outcome\n1,Acme,Rita Evans,won\n", table=""))
    say(as_manager, draft, table="customers", column__outcome="outcome")
    assert '<option value="customers" selected>Customers</option>' in shown(as_manager, draft)
    say(as_manager, draft, table="../secrets")
    confirm(as_manager, draft)
    assert Import.objects.get().dataset.table == "customers"


def test_the_table_is_recognised_from_the_file_and_said_so(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, table=""))
    page = shown(as_manager, draft)
    assert '<option value="deals" selected>Deals</option>' in page
    assert "Recognised from its columns" in page


def test_a_file_that_fits_no_table_is_shown_and_asked_about(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, "colour,shape\nred,round\nblue,flat\n", table=""))
    page = shown(as_manager, draft)
    assert "choose …" in page
    assert "<td>red</td>" in page
    say(as_manager, draft, table="customers")
    draft.refresh_from_db()
    assert draft.table == "customers"


def test_a_mapping_file_says_the_table_if_nobody_else_does(as_manager: Client) -> None:
    mapping = {"table": "customers", "columns": {"name": "owner"}}
    draft = draft_at(upload(as_manager, table="", mapping_file=a_file(json.dumps(mapping), "mapping.json")))
    assert draft.table == "customers"


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
    draft = draft_at(response)
    assert "from teams.csv" in shown(as_manager, draft)
    confirm(as_manager, draft)
    assert run_import(import_id=Import.objects.get().pk, today=TODAY).new == 2


def test_a_lookup_file_can_be_added_and_told_which_columns_agree(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    teams = a_file("Person,Squad\nRita Evans,North\nOmar Faye,South\n", "teams.csv")
    as_manager.post(page_of(draft, "lookup/"), {"lookups": [teams]})
    assert "Look up in teams.csv" in shown(as_manager, draft)
    answers = {"ours": ["owner"], "theirs": ["Person"], "field": ["team"], "column": ["Squad"], "shown": "1"}
    say(as_manager, draft, **{f"lookup__0__{name}": value for name, value in answers.items()})
    draft.refresh_from_db()
    assert draft.mapping["lookups"] == [{"file": "teams.csv", "on": {"owner": "Person"}, "columns": {"team": "Squad"}}]
    confirm(as_manager, draft)
    assert Import.objects.count() == 1


def test_a_period_to_replace_needs_both_days(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    refused = say(as_manager, draft, mode="replace", replaces_from="2026-01-01", replaces_last="")
    assert refused.status_code == 422
    assert "say its first and its last day" in refused.content.decode()
    say(as_manager, draft, mode="replace", replaces_from="2026-01-01", replaces_last="2026-03-31")
    draft.refresh_from_db()
    assert (draft.mode, draft.replaces_from, draft.replaces_to) == ("replace", date(2026, 1, 1), date(2026, 4, 1))


def test_until_when_it_is_complete_comes_along(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    say(as_manager, draft, mode="upsert", complete_until="2026-02-28")
    confirm(as_manager, draft)
    assert Import.objects.get().complete_until == date(2026, 2, 28)


def test_a_change_answers_with_the_page_as_a_fragment(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager))
    answer = as_manager.post(page_of(draft), {"column-closed_on": ""}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert 'id="draft"' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.mapping["columns"]["closed_on"] is None


def test_a_draft_that_is_no_longer_there_says_so(as_manager: Client) -> None:
    assert as_manager.get("/w/acme/imports/drafts/unknown/").headers["Location"] == ADDRESS


def test_an_own_column_can_be_left_out_and_taken_again(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, GOOD.replace("amount", "amount,Zone X").replace("100", "100,Nord")))
    say(as_manager, draft, own__zone_x="zone_x", keep__zone_x__shown="1")
    draft.refresh_from_db()
    assert "zone_x" not in draft.look["own"]
    assert "take zone_x again" in shown(as_manager, draft)
    tried(draft)
    confirmed = draft.mapping["columns"]
    assert confirmed["zone_x"] is None
    say(as_manager, draft, again="zone_x")
    draft.refresh_from_db()
    assert "zone_x" in draft.look["own"]


def test_a_file_about_which_nothing_is_open_is_tried_at_once(as_manager: Client) -> None:
    draft = tried(draft_at(upload(as_manager)))
    assert draft.outcome["counts"]["new"] == 3
    assert "Import 3 rows" in shown(as_manager, draft)


@pytest.mark.parametrize("key", EXPORTS)
def test_the_export_of_a_known_program_is_named(as_manager: Client, key: str) -> None:
    draft = draft_at(upload(as_manager, EXPORTS[key][0], table="", name="export.csv"))
    title = next(each.title for each in PRESETS if each.key == key)
    assert f"taken from “{title}”" in squeezed(as_manager.get(page_of(draft)).content.decode())
    assert draft.look["missing"] == []


WIDE = "Owner,Jan 2026,Feb 2026,Mar 2026\nRita Evans,10,20,30\nOmar Faye,1,,3\n"


def test_one_column_for_each_month_becomes_rows_and_can_be_refused(as_manager: Client) -> None:
    draft = draft_at(upload(as_manager, WIDE, table="", name="quotas.csv"))
    page = squeezed(as_manager.get(page_of(draft)).content.decode())
    assert draft.table == "quotas"
    assert 'name="unpivot" checked' in page
    assert page.count("a row of its own: ") == 3, "in the grid"
    say(as_manager, draft, unpivot__shown="1")
    draft.refresh_from_db()
    assert not draft.mapping.get("unpivot")
    say(as_manager, draft, unpivot__shown="1", unpivot="on")
    draft.refresh_from_db()
    assert len(draft.mapping["unpivot"]["columns"]) == 3
