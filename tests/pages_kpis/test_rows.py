"""The rows behind a number: which count, why the others do not, and who may see whose."""

import pytest
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import undo_import
from apps.people.models import Member, Team, Workspace
from tests.cast import ClientOf
from tests.squeezed import squeezed

ADDRESS = "/w/acme/kpis/win_rate/rows/"


def rows(client: Client, query: str = "period=2026-Q1") -> str:
    response = client.get(f"{ADDRESS}?{query}")
    assert response.status_code == 200, response.content.decode()
    return squeezed(response.content.decode())


def csv_of(client: Client, query: str = "period=2026-Q1") -> list[str]:
    response = client.get(f"{ADDRESS}?{query}&format=csv")
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]


def test_rows_show_their_import_file_and_line(as_manager: Client, deals: Import) -> None:
    page = rows(as_manager)
    assert f'<a href="/w/acme/imports/{deals.pk}/">spring.csv</a>' in page
    assert f"import {deals.pk}, line 4" in page
    assert 'Rows that count</dt><dd class="stat-value">5<' in page


def test_rows_that_do_not_count_are_counted_by_reason(as_manager: Client, deals: Import) -> None:
    page = rows(as_manager)
    assert "Closed outside the period" in page
    assert "outcome is open" in page
    assert 'Rows that do not</dt><dd class="stat-value">3<' in page


def test_a_team_has_the_rows_of_its_people(as_manager: Client, deals: Import, north: Team) -> None:
    page = rows(as_manager, f"period=2025-Q4&scope=team&id={north.pk}")
    assert "North, Q4 2025" in page
    assert 'Rows that count</dt><dd class="stat-value">2<' in page


def test_all_rows_come_as_a_file_that_no_spreadsheet_runs(as_manager: Client, deals: Import) -> None:
    lines = csv_of(as_manager)
    assert lines[0].endswith("import,file,line")
    assert len(lines) == 6
    assert any("'=HYPERLINK(1)" in line for line in lines)
    assert any(line.endswith(f"{deals.pk},spring.csv,4") for line in lines)


def test_a_file_of_many_rows_is_written_in_pieces(
    as_manager: Client, deals: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = csv_of(as_manager)
    monkeypatch.setattr("apps.pages.kpis.rows.ROWS_A_CHUNK", 2)
    assert csv_of(as_manager) == whole


def test_pages_and_order_are_in_the_address(as_manager: Client, deals: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.pages.kpis.rows.ROWS_A_PAGE", 4)
    first = rows(as_manager, "period=2026-Q1&sort=-amount")
    assert "Page 1 of 2" in first
    assert "?period=2026-Q1&amp;sort=-amount&amp;page=2" in first
    assert 'aria-sort="descending"' in first
    assert first.index("3,000") < first.index("2,000")
    assert rows(as_manager, "period=2026-Q1&page=99").count("line 9") == rows(
        as_manager, "period=2026-Q1&page=2"
    ).count("line 9")
    assert "Rows that count" in rows(as_manager, "period=2026-Q1&sort=nonsense&page=x")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=soon", "is not a period"),
        ("period=2026-Q1..2025", "is not a period"),
        ("period=2026-02-01..2026-01-01", "before it starts"),
        ("period=2026-Q1&by=nonsense&group=x", "no groups by"),
        ("period=2026-Q1&by=_batch&group=1", "no groups by"),
    ],
)
def test_a_wrong_question_gets_a_sentence(as_manager: Client, deals: Import, query: str, sentence: str) -> None:
    response = as_manager.get(f"{ADDRESS}?{query}")
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_without_data_there_is_a_sentence(as_manager: Client) -> None:
    assert "There are no deals yet" in squeezed(as_manager.get(ADDRESS).content.decode())
    assert "No row counts here" in rows(as_manager)


def test_a_quote_in_a_group_is_only_a_text(as_manager: Client, deals: Import) -> None:
    page = rows(as_manager, "period=2026-Q1&by=region&group=West'+OR+'1'%3D'1")
    assert 'Rows that count</dt><dd class="stat-value">0<' in page


@pytest.mark.parametrize("query", ["scope=team&id=999999", "scope=person&id=x", "scope=galaxy&id=1", "scope=team"])
def test_a_team_or_person_that_does_not_exist_is_a_404(as_manager: Client, deals: Import, query: str) -> None:
    assert as_manager.get(f"{ADDRESS}?period=2026-Q1&{query}").status_code == 404


def test_a_team_or_person_of_another_workspace_does_not_exist(
    as_manager: Client, deals: Import, other_workspace: Workspace, outsider: Member
) -> None:
    team = Team.objects.create(workspace=other_workspace, name="Elsewhere")
    assert as_manager.get(f"{ADDRESS}?period=2026-Q1&scope=team&id={team.pk}").status_code == 404
    assert as_manager.get(f"{ADDRESS}?period=2026-Q1&scope=person&id={outsider.pk}").status_code == 404


def test_a_member_sees_own_rows_and_those_of_own_teams_only(
    as_rep: Client, deals: Import, rep: Member, other_rep: Member, north: Team, south: Team
) -> None:
    assert "Rita Evans" in rows(as_rep, f"period=2026-Q1&scope=person&id={rep.pk}")
    assert "line 4" in rows(as_rep, f"period=2026-Q1&scope=team&id={north.pk}")
    for query in (
        f"scope=person&id={other_rep.pk}",
        f"scope=team&id={south.pk}",
        "by=owner&group=Omar+Faye",
        "by=team&group=south",
        "by=owner&group=",
    ):
        assert as_rep.get(f"{ADDRESS}?period=2026-Q1&{query}").status_code == 403


def test_in_the_companys_rows_colleagues_and_own_columns_are_withheld_from_a_member(
    as_rep: Client, as_manager: Client, deals: Import
) -> None:
    page = rows(as_rep)
    assert "Omar Faye" not in page
    assert "(withheld)" in page
    assert "Rita Evans" in page
    assert "HYPERLINK" not in page
    assert "/imports/" not in page, "a link that the door would refuse is not offered"
    assert not any("Omar" in line or "HYPERLINK" in line for line in csv_of(as_rep))
    assert "Omar Faye" in rows(as_manager)


def test_a_member_cannot_learn_the_order_of_withheld_names_or_columns(as_rep: Client, deals: Import) -> None:
    plain = rows(as_rep)
    for column in ("owner", "-owner", "note"):
        assert body(rows(as_rep, f"period=2026-Q1&sort={column}")) == body(plain)


def body(page: str) -> str:
    return page.split("<tbody>")[1].split("</tbody>")[0]


def test_an_undone_import_has_no_rows_behind_any_number(as_manager: Client, deals: Import) -> None:
    undo_import(batch=deals, by=None)
    assert "No row counts here" in rows(as_manager)


def test_a_viewer_sees_the_companys_rows_without_names(client_of: ClientOf, viewer: Member, deals: Import) -> None:
    page = rows(client_of(viewer))
    assert "Rita Evans" not in page
    assert 'Rows that count</dt><dd class="stat-value">5<' in page
