"""The list of KPIs and the definition sheet of one."""

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.common.dates import day_told
from apps.datasets.models import Import
from apps.metrics.catalogue import BUILT_IN
from apps.metrics.engine import requests
from apps.metrics.queries import definitions_of
from apps.pages.templatetags.kpi_tags import codes
from apps.people.models import Member, Workspace
from tests.cast import ClientOf
from tests.squeezed import squeezed

ADDRESS = "/w/acme/kpis/"
HTMX = {"HX-Request": "true"}


def test_every_kpi_of_the_catalogue_is_listed_with_what_it_says(as_rep: Client, workspace: Workspace) -> None:
    page = squeezed(as_rep.get(ADDRESS).content.decode())
    for kpi in definitions_of(workspace).all():
        assert f'href="/w/acme/kpis/{kpi.key}/">{escaped(kpi.name)}</a>' in page
        assert escaped(kpi.sentence) in page


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("win rate", "win_rate"),
        ("CLOSE RATE", "win_rate"),
        ("turnover employ", "employee_turnover_rate"),
        ("nps", "nps"),
    ],
)
def test_a_kpi_is_found_by_its_name_and_by_what_others_call_it(as_rep: Client, typed: str, key: str) -> None:
    page = squeezed(as_rep.get(ADDRESS, {"q": typed}).content.decode())
    assert f'href="/w/acme/kpis/{key}/"' in page
    assert 'href="/w/acme/kpis/inventory_turnover/"' not in page
    assert f'value="{typed}"' in page


def test_a_search_that_finds_nothing_shows_the_way_on(as_rep: Client) -> None:
    page = squeezed(as_rep.get(ADDRESS, {"q": "<b>happiness"}).content.decode())
    assert "No KPI is called or says “&lt;b&gt;happiness”." in page
    assert 'href="/w/acme/kpis/own/"' in page


def test_the_latest_figures_come_in_a_fragment_of_their_own(as_rep: Client, deals: Import) -> None:
    page = squeezed(as_rep.get(ADDRESS).content.decode())
    assert 'hx-trigger="load"' in page
    assert "USD 5,700" not in page
    fragment = squeezed(as_rep.get(ADDRESS, headers=HTMX).content.decode())
    assert "<html" not in fragment
    assert "USD 5,700" in fragment, "3000 + 2000 + 700 won in the quarter that the data reaches"
    assert "60 %" in fragment, "3 of 5 decided in that quarter"
    assert 'hx-trigger="load"' not in fragment


def test_without_javascript_a_link_shows_the_latest_figures(as_rep: Client, deals: Import) -> None:
    assert f'<a href="{ADDRESS}?figures=1">' in squeezed(as_rep.get(ADDRESS).content.decode())
    assert "USD 5,700" in squeezed(as_rep.get(f"{ADDRESS}?figures=1").content.decode())


def test_all_latest_figures_are_one_call_of_the_engine(
    as_rep: Client,
    deals: Import,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    calls = []

    def counted(*args: object) -> object:
        calls.append(args)
        return requests.compute_requests(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("apps.pages.kpis.latest.compute_requests", counted)
    as_rep.get(ADDRESS)
    assert not calls, "opening the page computes nothing"
    with django_assert_max_num_queries(20):
        as_rep.get(ADDRESS, headers=HTMX)
    assert len(calls) == 1


def test_without_data_the_list_says_which_table_is_missing(as_rep: Client) -> None:
    page = squeezed(as_rep.get(ADDRESS, headers=HTMX).content.decode())
    assert "Needs deals" in page
    assert "Needs orders or ledger or deals" in page, "revenue, from any of the three"
    assert "no data yet" in page


@pytest.mark.parametrize("kpi", BUILT_IN.each(), ids=lambda kpi: kpi.ref)
def test_the_sheet_tells_all_that_makes_the_number(as_rep: Client, kpi: object) -> None:
    page = squeezed(as_rep.get(f"{ADDRESS}{kpi.key}/?variant={kpi.variant}").content.decode())  # type: ignore[attr-defined]
    for part in ("in_words", "roll_up", "authority"):
        text = getattr(kpi, part)
        assert squeezed(codes(text[0].upper() + text[1:])) in page or squeezed(codes(text)) in page
    assert f"version {kpi.version}, in force from {day_told(kpi.effective_from)}" in page  # type: ignore[attr-defined]
    worked_out = {"lines", "late_lines", "late_shipped_lines"}  # of whole orders: nobody maps them
    needs = set(kpi.needs) - worked_out  # type: ignore[attr-defined]
    assert all(f"<code>{column}</code>" in page for column in needs)
    assert all(squeezed(codes(mistake)) in page for mistake in kpi.mistakes)  # type: ignore[attr-defined]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("'", "&#x27;").replace('"', "&quot;")


def test_an_unknown_kpi_is_a_404_that_helps(as_rep: Client) -> None:
    for address in (f"{ADDRESS}winrate/", f"{ADDRESS}winrate/rows/"):
        response = as_rep.get(address)
        assert response.status_code == 404
        assert "Did you mean win_rate?" in response.content.decode()


def test_without_data_the_values_teach_what_to_import(as_manager: Client, as_rep: Client) -> None:
    page = squeezed(as_manager.get(f"{ADDRESS}win_rate/?grain=quarter").content.decode())
    assert "No deals yet" in page
    assert "/w/acme/imports/new/?table=deals" in page
    assert "/imports/new/" not in squeezed(as_rep.get(f"{ADDRESS}win_rate/?grain=quarter").content.decode())


def test_somebody_of_another_workspace_sees_nothing(client_of: ClientOf, outsider: Member, deals: Import) -> None:
    client = client_of(outsider)
    for path in ("", "win_rate/", "win_rate/rows/"):
        assert client.get(f"{ADDRESS}{path}").status_code == 404
    theirs = squeezed(client.get("/w/globex/kpis/revenue/?variant=deals&grain=quarter").content.decode())
    assert "No deals yet" in theirs
