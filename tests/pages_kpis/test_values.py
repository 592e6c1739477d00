"""The values of a KPI by period and group: right, reachable by address, and only as far as a role sees."""

import io
import re
from datetime import date
from urllib.parse import unquote_plus

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.people.models import Member, Team, Workspace
from tests.cast import ClientOf
from tests.squeezed import squeezed

HTMX = {"HX-Request": "true"}
SPELLINGS = ("Rita Evans", "RITA EVANS", "rita@acme.example", "Kim Park", "KIM PARK")
LINK = re.compile(r'href="(/w/acme/kpis/[a-z_]+/rows/\?[^"]+)">([^<]+)</a>')


def values(client: Client, query: str, kpi: str = "revenue") -> str:
    response = client.get(f"/w/acme/kpis/{kpi}/?{query}", headers=HTMX)
    assert response.status_code == 200
    return squeezed(response.content.decode())


def test_the_values_are_fetched_when_the_page_is_there(as_manager: Client, deals: Import) -> None:
    page = squeezed(as_manager.get("/w/acme/kpis/revenue/").content.decode())
    assert 'hx-get="/w/acme/kpis/revenue/?grain=quarter"' in page
    assert "USD 5,700" not in page
    fragment = values(as_manager, "grain=quarter")
    assert "<html" not in fragment
    assert "USD 5,700" in fragment
    assert "USD 1,000" in fragment


def test_an_address_with_a_grain_shows_the_values_without_javascript(as_manager: Client, deals: Import) -> None:
    page = squeezed(as_manager.get("/w/acme/kpis/revenue/?grain=month&by=region").content.decode())
    assert "<html" in page
    assert '<option value="month" selected>' in page
    assert '<option value="region" selected>' in page
    assert "2026-02" in page


@pytest.mark.parametrize(
    ("grain", "label"),
    [("day", "2026-03-01"), ("week", "2026-W09"), ("month", "2026-03"), ("quarter", "2026-Q1"), ("year", "2026")],
)
def test_every_grain_ends_with_the_period_that_the_data_reaches(
    as_manager: Client, deals: Import, grain: str, label: str
) -> None:
    first_row = values(as_manager, f"grain={grain}").split("<tbody>")[1]
    assert f'class="nowrap">{label}' in first_row[: first_row.index("</tr>")]


def test_a_period_that_is_not_over_says_so(as_manager: Client, deals: Import) -> None:
    rows = values(as_manager, "grain=quarter").split("<tr")
    assert ["so far" in row for row in rows if "2026-Q1" in row] == [True]
    assert ["so far" in row for row in rows if "2025-Q4" in row] == [False]


def test_a_rate_shows_what_was_divided_and_no_rows_are_no_value(as_manager: Client, deals: Import) -> None:
    fragment = values(as_manager, "grain=quarter", "win_rate")
    assert "60 %" in fragment
    assert '<td class="number">3</td><td class="number">5</td>' in fragment
    day = values(as_manager, "grain=day", "win_rate")
    assert "nothing to divide by" in day


@pytest.mark.parametrize("by", ["owner", "team", "region", "note", "outcome"])
@pytest.mark.parametrize("kpi", ["revenue", "win_rate", "pipeline_value", "sales_growth"])
def test_each_figure_leads_to_rows_that_give_the_same_figure(
    as_manager: Client, deals: Import, by: str, kpi: str
) -> None:
    links = LINK.findall(values(as_manager, f"grain=quarter&by={by}", kpi))
    for address, figure in links:
        rows = squeezed(as_manager.get(address.replace("&amp;", "&")).content.decode())
        assert f'<p class="figure">{figure}</p>' in rows, unquote_plus(address)
    if kpi in ("revenue", "win_rate"):
        assert len(links) >= 2


def test_the_blank_group_has_its_own_rows(as_manager: Client, deals: Import) -> None:
    links = dict(LINK.findall(values(as_manager, "grain=quarter&by=region", "win_rate")))
    blank = next(address for address in links if address.endswith("group="))
    rows = squeezed(as_manager.get(blank.replace("&amp;", "&")).content.decode())
    assert "region blank" in rows
    assert "Omar Faye" in rows
    assert "Rita Evans" not in rows


def test_a_member_sees_only_the_own_line_and_those_of_own_teams(as_rep: Client, deals: Import) -> None:
    owners = values(as_rep, "grain=quarter&by=owner")
    assert "Rita Evans" in owners
    assert "Omar Faye" not in owners
    assert "Nobody Known" not in owners
    assert "Your role shows your own line" in owners
    teams = values(as_rep, "grain=quarter&by=team")
    assert "North" in teams
    assert "South" not in teams
    assert "USD 5,700" in values(as_rep, "grain=quarter"), "the company's numbers are everybody's"


def test_a_viewer_in_no_team_sees_no_person_and_no_team(client_of: ClientOf, viewer: Member, deals: Import) -> None:
    client = client_of(viewer)
    for by in ("owner", "team"):
        fragment = values(client, f"grain=quarter&by={by}")
        assert not {"Rita Evans", "Omar Faye", "North", "South"} & set(re.split(r"[<>]", fragment))


def test_columns_of_ones_own_may_name_people_and_are_only_for_who_sees_everything(
    as_rep: Client, as_manager: Client, deals: Import
) -> None:
    assert '<option value="note"' in values(as_manager, "grain=quarter")
    assert '<option value="note"' not in values(as_rep, "grain=quarter")
    assert "HYPERLINK" not in values(as_rep, "grain=quarter&by=note")


@pytest.mark.parametrize("query", ["grain=decade", "by=nonsense", "grain=quarter&before=0001-01-01", "before=x&by=id"])
def test_a_word_that_means_nothing_falls_back_to_the_default(as_manager: Client, deals: Import, query: str) -> None:
    assert "2025-Q4" in values(as_manager, f"{query}&grain=quarter")
    assert as_manager.get(f"/w/acme/kpis/revenue/?{query}").status_code == 200


def test_earlier_periods_are_one_link_away(as_manager: Client, deals: Import) -> None:
    days = values(as_manager, "grain=day")
    assert "2026-02-16" in days
    assert "2026-02-15" not in days
    earlier = values(as_manager, "grain=day&before=2026-02-22")
    assert "2026-02-21" in earlier
    assert ">2026-02-22<" not in earlier
    assert "Latest</a>" in earlier


def test_a_period_without_rows_teaches_instead_of_showing_zeros(as_manager: Client, deals: Import) -> None:
    assert "No deals in these periods" in values(as_manager, "grain=day&before=2026-01-13", "revenue")


def test_a_team_with_sub_teams_has_no_link_to_rows_that_are_more_than_its_line(
    as_manager: Client, deals: Import, sales: Team, manager: Member, rep: Member
) -> None:
    rep.memberships.update(team=sales)
    fragment = values(as_manager, "grain=quarter&by=team")
    assert "Sales" in fragment
    assert f"id={sales.pk}" not in fragment


def test_the_values_of_a_kpi_cost_few_queries(
    as_manager: Client, deals: Import, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(20):
        values(as_manager, "grain=month&by=owner")
    with django_assert_max_num_queries(12):
        as_manager.get("/w/acme/kpis/revenue/")


@pytest.mark.parametrize("by", ["", "owner"])
def test_a_cohort_that_still_has_time_is_shown_as_growing(as_manager: Client, workspace: Workspace, by: str) -> None:
    """The leads of January have 90 days from its end, until 1 May 2026."""
    for last, growing in (("2026-04-30", True), ("2026-05-01", False)):
        text = f"id,owner,created_on,converted_on\n1,Kim,2026-01-10,2026-02-01\n2,Kim,{last},\n"
        batch = receive_file(
            workspace=workspace,
            table="leads",
            source=io.BytesIO(text.encode()),
            file_name=f"{last}.csv",
            mapping=None,
            by=None,
        )
        run_import(import_id=batch.pk, today=date(2026, 6, 1))
        shown = values(as_manager, f"grain=month&by={by}&variant=leads_within_90_days", "lead_conversion_rate")
        head = "<th" if by else "<tr"
        assert ["still growing" in part for part in shown.split(head) if "2026-01<" in part or "2026-01 <" in part] == [
            growing
        ]


def test_one_person_is_one_line_under_all_names_and_leads_to_all_the_rows(
    as_manager: Client, workspace: Workspace, rep: Member
) -> None:
    head = "id,owner,outcome,created_on,closed_on,amount\n"
    lines = (f"{i},{owner},won,2026-01-05,2026-02-0{i},10{i}\n" for i, owner in enumerate(SPELLINGS, start=1))
    batch = receive_file(
        workspace=workspace,
        table="deals",
        source=io.BytesIO((head + "".join(lines)).encode()),
        file_name="spellings.csv",
        mapping=None,
        by=None,
    )
    run_import(import_id=batch.pk, today=date(2026, 3, 1))
    shown = values(as_manager, "grain=quarter&by=owner")
    assert shown.count('<th scope="row"') == 2
    links = dict(LINK.findall(shown))
    assert sorted(links.values()) == ["USD 209", "USD 306"]
    for address, names in zip(sorted(links, key=lambda each: links[each]), (SPELLINGS[3:], SPELLINGS[:3]), strict=True):
        rows = squeezed(as_manager.get(address.replace("&amp;", "&")).content.decode())
        assert all(name in rows for name in names), address
