"""A manager builds KPIs in the pages; others read them; other workspaces never hear of them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from apps.datasets.models import Import
from apps.metrics.models import OwnKpi
from apps.metrics.own_queries import own_kpis_of
from apps.people.models import Member, Workspace
from tests.cast import ClientOf

HOME = "/w/acme/kpis/own/"
WON_IN_WEST = {
    "name": "Revenue per won deal in West",
    "way": "rows",
    "table": "deals",
    "aggregate": "sum",
    "column": "amount",
    "date": "closed_on",
    "match": "all",
    "filter_0_column": "outcome",
    "filter_0_test": "is",
    "filter_0_value": "won",
    "filter_1_column": "region",
    "filter_1_test": "is",
    "filter_1_value": "West",
    "divided": "on",
    "by_table": "deals",
    "by_aggregate": "count",
    "by_date": "closed_on",
    "by_match": "all",
    "by_filter_0_column": "outcome",
    "by_filter_0_test": "is",
    "by_filter_0_value": "won",
    "by_filter_1_column": "region",
    "by_filter_1_test": "is",
    "by_filter_1_value": "West",
    "direction": "up",
}

Post = Callable[..., Any]


@pytest.fixture
def post(as_manager: Client) -> Post:
    def send(path: str = "new/", changes: dict[str, str] | None = None, fragment: bool = False, **more: str) -> Any:
        headers = {"HX-Request": "true"} if fragment else {}
        return as_manager.post(HOME + path, {**WON_IN_WEST, **(changes or {}), **more}, headers=headers)

    return send


def formula(text: str, **more: str) -> dict[str, str]:
    return {"name": "Mine", "way": "formula", "formula": text, "direction": "up", **more}


def said(response: Any) -> str:
    """The text of the page, without tags and with single blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_manager_builds_a_ratio_from_rows(post: Post, deals: Import, as_manager: Client) -> None:
    response = post()
    assert response.status_code == 302
    own = OwnKpi.objects.get()
    assert (own.key, str(own.created_by)) == ("revenue_per_won_deal_in_west", "Mara Dietz")
    (kpi,) = own_kpis_of(own.workspace)
    assert kpi.in_words == ("sum of amount of won deals with region West ÷ number of won deals with region West")
    assert (kpi.unit, kpi.kind, kpi.own, kpi.ref) == ("money", "ratio", True, "revenue_per_won_deal_in_west:own")
    page = said(as_manager.get(response["Location"]))
    assert "Version 1 , from the beginning in force" in page
    assert "No goal and no other own KPI uses it." in page


def test_a_manager_builds_a_formula_of_other_kpis(post: Post, deals: Import) -> None:
    assert post(changes=formula("revenue / win_rate * 1.2")).status_code == 302
    (kpi,) = own_kpis_of(OwnKpi.objects.get().workspace)
    assert (kpi.unit, kpi.kind, kpi.category) == ("money", "composite", "financial")


def test_the_preview_shows_values_words_and_matching_rows(post: Post, deals: Import) -> None:
    """Won in West: 2026-Q1 3000 + 2000 + 700 of three deals, none before."""
    response = post("preview/", fragment=True)
    text = said(response)
    assert response.status_code == 200
    assert "sum of amount of won deals with region West ÷ number of won deals with region West" in text
    assert "2026-Q1 USD 1,900 5,700 3 3" in text
    assert "2025-Q4 nothing to divide by" in text
    assert "3 of 8 deals match" in text
    assert "Below the line" not in text  # the same rows
    below = said(post("preview/", {"by_filter_0_column": ""}, fragment=True))
    assert "Below the line: 3 of 8 deals match" in below
    assert not OwnKpi.objects.exists()


def test_the_preview_of_a_formula_shows_its_parts(post: Post, deals: Import) -> None:
    text = said(post("preview/", formula("revenue * win_rate"), fragment=True))
    assert "Value Revenue from deals Win rate from deals Rows" in text
    assert "2026-Q1 USD 3,420 5,700 60 %" in text  # 5700 by 3 of 5


def test_the_preview_by_month(post: Post, deals: Import) -> None:
    assert "2026-02 USD 2,000" in said(post("preview/", grain="month", fragment=True))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"table": "dealz"}, "table", "There is no table “dealz”. Did you mean `deals`?"),
        ({"column": "amont"}, "column", "There is no column “amont” in deals. Did you mean `amount`?"),
        ({"column": "region"}, "column", "“region” of deals is not a number; choose amount, probability."),
        ({"date": "stage"}, "date", "is no date column of deals; choose closed_on or created_on"),
        ({"filter_1_column": "regio"}, "filter_1_column", "Did you mean `region`?"),
        ({"filter_1_test": "at_least"}, "filter_1_test", "“region” can be asked: is, is not, is one of"),
        ({"filter_1_value": ""}, "filter_1_value", "Say what “region” is."),
        ({"filter_0_value": "wonn"}, "filter_0_value", "“wonn” is no outcome; there is open, won, lost, void."),
        ({"filter_1_column": "amount", "filter_1_test": "at_least", "filter_1_value": "much"}, "filter_1_value",
         "“much” is not a number"),
        ({"filter_1_column": "created_on", "filter_1_test": "from", "filter_1_value": "31.3.26"}, "filter_1_value",
         "Write it like 2026-03-31."),
        ({"by_filter_1_column": "outcome", "by_filter_1_value": "lost"}, "by_match", "it would divide by zero"),
        ({"aggregate": "count", "by_aggregate": "sum", "by_column": "amount"}, "divided", "Money stands only below"),
        ({"unit": "percent"}, "unit", "Only a share is told in percent"),
        ({"name": ""}, "name", "Give the KPI a name."),
        ({"name": "Win Rate"}, "name", "There is a KPI called Win Rate already"),
        ({"min_n": "few"}, "min_n", "Give a number of rows"),
        ({"counter_metric": "nonsense"}, "counter_metric", "There is no KPI “nonsense”"),
        (formula("revenu / 2"), "formula", "At position 1: there is no KPI “revenu”. Did you mean revenue"),
        (formula("revenue + opportunities"), "formula", "At position 11: there is no KPI “opportunities”."),
        (formula("revenue + sales_cycle_length"), "formula",
         "At position 9: Revenue is money and Sales cycle length is days"),
        (formula("revenue + 1000"), "formula", "1000 is a bare number and Revenue is money"),
        (formula("revenue * revenue"), "formula", "has no unit that anybody could read"),
        (formula("revenue / (win_rate - win_rate)"), "formula", "always zero"),
        (formula("revenue / 0"), "formula", "always zero"),
        (formula("revenue + pipeline_value"), "formula", "Pipeline value is a level at the end of a period"),
        (formula("max(revenue, 1)"), "formula", "there is no function `max`"),
        (formula("'revenue'"), "formula", "a text in quotes has no place"),
        (formula("revenue > 1"), "formula", "`>` has no place in a formula of KPIs"),
        (formula("not revenue"), "formula", "`not` has no place"),
        (formula("2 * 3"), "formula", "names no KPI"),
        (formula("revenue"), "formula", "only “Revenue”: that KPI is there already"),
        (formula(""), "formula", "Write the formula"),
        (formula("revenue / win_rate", unit="percent"), "unit", "Only a share is told in percent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    post: Post, deals: Import, changes: dict[str, str], field: str, sentence: str
) -> None:
    response = post(changes=changes)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert sentence in " ".join(errors[field])
    assert not OwnKpi.objects.exists()


def test_while_one_types_only_what_is_filled_in_can_be_wrong(post: Post, deals: Import) -> None:
    early = post("preview/", {"column": "", "filter_1_test": "at_least"}, fragment=True).content.decode()
    assert "can be asked" in early.split('id="id_filter_1_test_error"')[1].split("</div>")[0]
    assert early.split('id="id_column_error"')[1].split("</div>")[0].endswith('hx-swap-oob="true">')


def test_choosing_a_table_brings_its_columns_and_its_date(post: Post, deals: Import) -> None:
    page = post(changes={"table": "orders", "column": ""}, look="1", fragment=True).content.decode()
    assert '<option value="net">net</option>' in page
    assert re.search(r'<option value="ordered_on" selected>', page)


def test_the_workspaces_own_columns_and_the_values_there_are_can_be_chosen(post: Post, deals: Import) -> None:
    page = post(changes={"filter_1_column": "note", "filter_1_value": ""}, look="1").content.decode()
    assert '<option value="note" selected>note</option>' in page
    assert '<option value="first"></option>' in page


def test_one_more_condition_without_javascript(post: Post, deals: Import) -> None:
    page = post(more="").content.decode()
    assert 'name="filter_2_column"' in page
    assert 'name="by_filter_2_column"' not in page


def test_several_values_are_divided_by_commas_as_in_a_spreadsheet(post: Post, deals: Import) -> None:
    post(changes={"filter_1_test": "one_of", "filter_1_value": 'West, "East, far"'})
    own = OwnKpi.objects.get()
    assert own.versions.get().definition["measure"]["filters"][1]["values"] == ["West", "East, far"]
    page = post(f"{own.key}/edit/", look="1").content.decode()
    assert "Change Revenue per won deal in West" in page


def test_a_rep_reads_and_cannot_build(post: Post, deals: Import, as_rep: Client) -> None:
    post()
    assert "Revenue per won deal in West" in said(as_rep.get(HOME))
    assert as_rep.get(f"{HOME}revenue_per_won_deal_in_west/").status_code == 200
    assert as_rep.get(f"{HOME}new/").status_code == 403
    assert as_rep.post(f"{HOME}revenue_per_won_deal_in_west/archive/").status_code == 403
    assert "Build a KPI" not in said(as_rep.get(HOME))


def test_another_workspaces_kpi_is_not_there(
    post: Post, deals: Import, outsider: Member, other_workspace: Workspace, client_of: ClientOf
) -> None:
    post()
    stranger = client_of(outsider)
    key = "revenue_per_won_deal_in_west"
    for path in (f"{key}/", f"{key}/edit/"):
        assert stranger.get(f"/w/globex/kpis/own/{path}").status_code == 404
        assert stranger.get(HOME + path).status_code == 404
    assert stranger.post(f"/w/globex/kpis/own/{key}/archive/").status_code == 404
    assert "Revenue per won" not in said(stranger.get("/w/globex/kpis/own/"))
    assert own_kpis_of(other_workspace) == []
    same = stranger.post("/w/globex/kpis/own/new/", WON_IN_WEST)
    assert same.status_code == 302  # its own of the same name


def test_a_new_version_its_break_and_taking_it_back(post: Post, deals: Import, as_manager: Client) -> None:
    post()
    path = f"{HOME}revenue_per_won_deal_in_west/"
    page = as_manager.get(f"{path}edit/").content.decode()
    assert 'value="West"' in page
    first_day = re.search(r'name="effective_from" value="([^"]+)"', page)
    assert first_day is not None
    day = date.fromisoformat(first_day.group(1))
    assert (day.day, day.month % 3) == (1, 1)  # the next quarter
    refused = post("revenue_per_won_deal_in_west/edit/", {"filter_1_value": "East", "effective_from": "2020-01-01"})
    assert refused.status_code == 422
    assert "from today on" in refused.context["form"].errors["effective_from"][0]
    assert "Say what changes" in refused.context["form"].errors["what"][0]
    changes = {"filter_1_value": "East", "effective_from": day.isoformat(), "what": "East it is"}
    assert post("revenue_per_won_deal_in_west/edit/", changes).status_code == 302
    text = said(as_manager.get(path))
    assert "not in force yet East it is" in text
    (kpi,) = own_kpis_of(OwnKpi.objects.get().workspace)
    assert [(mark.number, mark.what) for mark in kpi.versions] == [(1, "First definition."), (2, "East it is")]
    assert as_manager.post(f"{path}withdraw/", {"number": "1"}).status_code == 422
    assert as_manager.post(f"{path}withdraw/", {"number": "2"}).status_code == 302
    assert "taken back East it is" in said(as_manager.get(path))


def test_nothing_changed_is_no_version(post: Post, deals: Import) -> None:
    post()
    response = post("revenue_per_won_deal_in_west/edit/")
    assert response.status_code == 422
    assert "Nothing is different" in said(response)


def test_archived_only_while_nothing_uses_it(post: Post, deals: Import, as_manager: Client) -> None:
    post()
    post(changes=formula("revenue_per_won_deal_in_west * 2"))
    path = f"{HOME}revenue_per_won_deal_in_west/"
    assert "Used by Mine own KPI" in said(as_manager.get(path))
    refused = as_manager.post(f"{path}archive/")
    assert refused.status_code == 422
    assert "is used by Mine: change or close these first." in said(refused)
    assert as_manager.post(f"{HOME}mine/archive/").status_code == 302
    assert as_manager.post(f"{path}archive/").status_code == 302
    assert own_kpis_of(OwnKpi.objects.first().workspace) == []  # type: ignore[union-attr]
    assert as_manager.post(f"{HOME}mine/restore/").status_code == 422  # what it is made of is archived
    assert as_manager.post(f"{path}restore/").status_code == 302
    assert as_manager.post(f"{HOME}mine/restore/").status_code == 302
