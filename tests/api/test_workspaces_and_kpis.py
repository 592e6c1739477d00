from collections.abc import Callable

from django.test import Client

from apps.metrics.catalogue import all_kpis, get_kpi
from apps.people.models import Member

ReadsAs = Callable[[Member], Client]


def test_a_token_reads_its_own_workspace_only(rep: Member, outsider: Member, reads_as: ReadsAs) -> None:
    program = reads_as(rep)
    assert [each["slug"] for each in program.get("/api/v1/workspaces/").json()["results"]] == ["acme"]
    assert program.get("/api/v1/workspaces/acme/").json()["currency"] == "USD"
    answer = program.get(f"/api/v1/workspaces/{outsider.workspace.slug}/")
    assert answer.status_code == 404
    assert answer.json() == {"detail": "There is no workspace globex for you."}


def test_every_kpi_of_the_catalogue_is_listed(viewer: Member, reads_as: ReadsAs) -> None:
    listed = reads_as(viewer).get("/api/v1/kpis/?page_size=500").json()
    assert [each["key"] for each in listed["results"]] == [kpi.key for kpi in all_kpis()]
    assert listed["count"] == len(all_kpis())


def test_a_kpi_tells_its_formula_in_words_and_its_version(viewer: Member, reads_as: ReadsAs) -> None:
    told = reads_as(viewer).get("/api/v1/kpis/win_rate/").json()
    kpi = get_kpi("win_rate")
    assert told["in_words"] == kpi.in_words
    assert told["version"] == kpi.version
    assert told["needs"] == list(kpi.needs)
    assert told["mistakes"] == list(kpi.mistakes)


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
