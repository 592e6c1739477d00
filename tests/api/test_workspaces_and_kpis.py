from collections.abc import Callable

from django.test import Client

from apps.metrics.catalogue import get_kpi
from apps.metrics.queries import definitions_of
from apps.metrics.services import choose_variant
from apps.people.models import Member

ReadsAs = Callable[[Member], Client]


def test_a_token_reads_its_own_workspace_only(rep: Member, outsider: Member, reads_as: ReadsAs) -> None:
    program = reads_as(rep)
    assert [each["slug"] for each in program.get("/api/v1/workspaces/").json()["results"]] == ["acme"]
    assert program.get("/api/v1/workspaces/acme/").json()["currency"] == "USD"
    answer = program.get(f"/api/v1/workspaces/{outsider.workspace.slug}/")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "There is no workspace globex for you."}


def test_every_kpi_of_the_workspace_is_listed_once(viewer: Member, reads_as: ReadsAs) -> None:
    listed = reads_as(viewer).get("/api/v1/kpis/?page_size=500").json()
    known = definitions_of(viewer.workspace).all()
    assert [(each["key"], each["variant"]) for each in listed["results"]] == [(kpi.key, kpi.variant) for kpi in known]
    assert listed["count"] == len(known)
    assert next(each for each in listed["results"] if each["key"] == "win_rate")["missing"] == [
        {"table": "deals", "column": "", "number": ""}
    ]


def test_a_kpi_tells_its_formula_in_words_and_its_versions(viewer: Member, reads_as: ReadsAs) -> None:
    told = reads_as(viewer).get("/api/v1/kpis/win_rate/").json()
    kpi = get_kpi("win_rate")
    assert told["in_words"] == kpi.in_words
    assert told["version"] == kpi.version
    assert told["needs"] == list(kpi.needs)
    assert told["needs_of"] == {"deals": list(kpi.needs)}
    assert told["mistakes"] == list(kpi.mistakes)
    assert [(each["number"], each["what"]) for each in told["versions"]] == [
        (version.number, version.what) for version in kpi.versions
    ]


def test_a_kpi_lists_its_variants_and_shows_the_one_that_the_workspace_takes(
    viewer: Member, admin: Member, reads_as: ReadsAs
) -> None:
    choose_variant(workspace=viewer.workspace, by=admin, key="revenue", variant="ledger")
    program = reads_as(viewer)
    told = program.get("/api/v1/kpis/revenue/").json()
    assert told["variant"] == "ledger"
    assert [(each["variant"], each["taken"]) for each in told["variants"]] == [
        ("orders", False), ("ledger", True), ("deals", False)
    ]  # fmt: skip
    assert told["variants"][2]["missing"] == [{"table": "deals", "column": "", "number": ""}]
    assert program.get("/api/v1/kpis/revenue/?variant=deals").json()["variant"] == "deals"
    assert program.get("/api/v1/kpis/revenue:orders/").json()["variant"] == "orders"
    answer = program.get("/api/v1/kpis/revenue/?variant=surveys")
    assert answer.status_code == 404
    assert "there is: orders, ledger, deals" in answer.json()["detail"]


def test_an_unknown_kpi_is_answered_with_the_nearest_one(viewer: Member, reads_as: ReadsAs) -> None:
    answer = reads_as(viewer).get("/api/v1/kpis/winrate/")
    assert answer.status_code == 404
    assert "Did you mean win_rate" in answer.json()["detail"]


def test_an_address_that_is_none_is_answered_in_json(viewer: Member, reads_as: ReadsAs) -> None:
    answer = reads_as(viewer).get("/api/v1/gaols/")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is nothing at gaols.")


def test_a_forgotten_slash_leads_to_the_list(viewer: Member, reads_as: ReadsAs) -> None:
    answer = reads_as(viewer).get("/api/v1/goals", follow=True)
    assert answer.redirect_chain == [("/api/v1/goals/", 301)]
    assert answer.status_code == 200
