"""An own KPI stands beside the built-in ones: catalogue, its page, goal form, API; and keeps colleagues' answers."""

import io

import pytest
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.metrics.own_queries import own_kpis_of
from apps.people.models import Member, Workspace
from apps.people.services.tokens import create_token
from tests.pages_kpis.conftest import TODAY
from tests.pages_kpis.test_own import HOME, WON_IN_WEST, formula, said

KEY = "revenue_per_won_deal_in_west"


@pytest.fixture
def own(as_manager: Client, deals: Import) -> str:
    assert as_manager.post(f"{HOME}new/", WON_IN_WEST).status_code == 302
    return WON_IN_WEST["name"]


@pytest.mark.parametrize("path", ["kpis/?figures=1", "goals/new/"])
def test_it_is_listed_with_the_others(own: str, as_manager: Client, path: str) -> None:
    assert own in as_manager.get(f"/w/acme/{path}").content.decode()


def test_it_has_a_page_with_values_and_one_with_rows(own: str, as_manager: Client) -> None:
    page = said(as_manager.get(f"/w/acme/kpis/{KEY}/?grain=quarter"))
    assert "2026-Q1 so far USD 1,900 5,700 3" in page
    assert "Versions and uses" in page
    rows = said(as_manager.get(f"/w/acme/kpis/{KEY}/rows/?period=2026-Q1"))
    assert "spring.csv" in rows
    assert "1,900" in rows


def test_the_api_tells_it_to_its_workspace_alone(own: str, manager: Member, outsider: Member) -> None:
    for member, status in ((manager, 200), (outsider, 404)):
        _token, secret = create_token(member=member, name="a program")
        client = Client(headers={"authorization": f"Bearer {secret}"})
        assert client.get(f"/api/v1/kpis/{KEY}/").status_code == status
        assert (KEY in client.get("/api/v1/kpis/").content.decode()) is (status == 200)


SURVEYS = "id,kind,responded_on,score,respondent\n" + "".join(
    f"{number},esat,2026-01-{number:02},{number % 5 + 1},secret{number}\n" for number in range(1, 9)
)
ANSWERS = {
    "name": "Mood", "way": "rows", "table": "surveys", "aggregate": "mean", "column": "score", "date": "responded_on",
    "filter_0_column": "respondent", "filter_0_test": "known", "direction": "up",
}  # fmt: skip


@pytest.fixture
def surveys(workspace: Workspace) -> None:
    source = io.BytesIO(SURVEYS.encode())
    batch = receive_file(
        workspace=workspace, table="surveys", source=source, file_name="mood.csv", mapping=None, by=None
    )
    assert run_import(import_id=batch.pk, today=TODAY).new == 8


@pytest.mark.usefixtures("surveys")
def test_answers_of_colleagues_are_counted_and_never_listed(as_manager: Client, workspace: Workspace) -> None:
    preview = said(as_manager.post(f"{HOME}preview/", ANSWERS, headers={"HX-Request": "true"}))
    assert "8 of 8 surveys match Answers of colleagues are counted, never listed." in preview
    assert "secret" not in preview
    as_manager.post(f"{HOME}new/", ANSWERS)
    as_manager.post(f"{HOME}new/", formula("mood * 2", name="Twice the mood"))
    assert [(kpi.name, kpi.privacy_min) for kpi in own_kpis_of(workspace)] == [("Mood", 5), ("Twice the mood", 5)]
    single = {**ANSWERS, "filter_0_column": "respondent", "filter_0_test": "is", "filter_0_value": "secret3"}
    alone = said(as_manager.post(f"{HOME}preview/", single, headers={"HX-Request": "true"}))
    assert "2026-Q1 too few" in alone


@pytest.mark.usefixtures("surveys")
def test_answers_of_customers_are_listed(as_manager: Client) -> None:
    nps = {**ANSWERS, "filter_1_column": "kind", "filter_1_test": "one_of", "filter_1_value": "nps, csat"}
    assert "never listed" not in said(as_manager.post(f"{HOME}preview/", nps, headers={"HX-Request": "true"}))
