"""The rows behind a number: which count, why the others do not, and who may see whose."""

import pytest
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import undo_import
from apps.people.models import Member, Team, Workspace
from apps.people.services import create_token
from tests.cast import ClientOf
from tests.squeezed import squeezed

ADDRESS = "/w/acme/kpis/win_rate/rows/"


def rows(client: Client, query: str = "period=2026-Q1") -> str:
    response = client.get(f"{ADDRESS}?{query}")
    assert response.status_code == 200, response.content.decode()
    return squeezed(response.content.decode())


def counts(how_many: int) -> str:
    return f'Counts<span class="count">{how_many}</span>'


def csv_of(client: Client, query: str = "period=2026-Q1") -> list[str]:
    response = client.get(f"{ADDRESS}?{query}&format=csv")
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]


def test_rows_show_their_import_file_and_line(as_manager: Client, deals: Import) -> None:
    page = rows(as_manager)
    assert f'<a href="/w/acme/imports/{deals.pk}/">spring.csv</a>' in page
    assert f"import {deals.pk}, line 4" in page
    assert counts(5) in page


def test_rows_that_do_not_count_are_counted_by_reason(as_manager: Client, deals: Import) -> None:
    page = rows(as_manager)
    assert "Closed outside the period" in page
    assert "outcome is open" in page
    assert 'Does not count<span class="count">3</span>' in page


def test_a_team_has_the_rows_of_its_people(as_manager: Client, deals: Import, north: Team) -> None:
    page = rows(as_manager, f"period=2025-Q4&scope=team&id={north.pk}")
    assert "North, Q4 2025" in page
    assert counts(2) in page


def test_all_rows_come_as_a_file_that_no_spreadsheet_runs(as_manager: Client, deals: Import) -> None:
    lines = csv_of(as_manager)
    assert lines[0].endswith("import,file,line")
    assert len(lines) == 6
    assert any("'=HYPERLINK(1)" in line for line in lines)
    assert any(line.endswith(f"{deals.pk},spring.csv,4") for line in lines)


def test_the_file_of_all_rows_says_of_each_whether_it_counts_and_why_not(as_manager: Client, deals: Import) -> None:
    lines = csv_of(as_manager, "period=2026-Q1&all")
    assert lines[0].endswith("counts,why_not,import,file,line")
    assert len(lines) == 9
    assert [line.split(",")[-5] for line in lines[1:]] == ["yes"] * 5 + ["no"] * 3
    assert sum("closed outside the period" in line for line in lines) == 2
    assert any("not won or lost: outcome is open" in line and line.startswith("8,") for line in lines)


def test_the_formula_stands_with_its_numbers_and_says_how_sure_a_small_share_is(
    as_manager: Client, deals: Import
) -> None:
    page = rows(as_manager)
    assert "Win rate = 3 won deals ÷ 5 won or lost deals = 60 %" in page
    assert "With 5 cases the true share lies between 23.1 % and 88.2 %" in page  # Wilson, 3 of 5


def test_the_rows_of_a_reason_can_be_opened(as_manager: Client, deals: Import) -> None:
    assert "?period=2026-Q1&amp;why=closed+outside+the+period" in rows(as_manager)
    page = rows(as_manager, "period=2026-Q1&why=closed+outside+the+period")
    assert "line 2" in page
    assert "line 3" in page
    assert "line 4" not in page
    assert "line 9" in rows(as_manager, "period=2026-Q1&why=not+won+or+lost:+outcome+is+open")
    assert "line 4" in rows(as_manager, "period=2026-Q1&why=nonsense"), "an old link leads to the rows that count"


def test_a_number_inside_a_formula_leads_to_its_own_explanation(as_manager: Client, deals: Import, north: Team) -> None:
    page = squeezed(
        as_manager.get(f"/w/acme/kpis/sales_velocity/rows/?period=2026-Q1&scope=team&id={north.pk}").content.decode()
    )
    assert (
        f'href="/w/acme/kpis/win_rate/rows/?variant=deals&amp;period=2026-Q1&amp;scope=team&amp;id={north.pk}"' in page
    )


def test_a_program_reads_the_same_explanation(manager: Member, rep: Member, deals: Import) -> None:
    address = "/api/v1/kpis/win_rate/rows/?period=2026-Q1"
    reads = {
        who: Client(headers={"authorization": f"Bearer {create_token(member=who, name='p')[1]}"})
        for who in (manager, rep)
    }
    found = reads[manager].get(address).json()
    assert found["formula"] == "Win rate = 3 won deals ÷ 5 won or lost deals = 60 %"
    assert found["tables"] == [
        {
            "table": "deals",
            "counted": 5,
            "left_out": [
                {"reason": "closed outside the period", "rows": 2},
                {"reason": "not won or lost: outcome is open", "rows": 1},
            ],
        }
    ]
    assert [(row["line"], row["counts"], row["cells"]["id"]) for row in found["rows"]] == [
        (8, "both", "7"),
        (7, "below", "6"),
        (6, "below", "5"),
        (5, "both", "4"),
        (4, "both", "3"),
    ]
    left_out = reads[manager].get(f"{address}&why=closed+outside+the+period&sort=id").json()
    assert [row["cells"]["id"] for row in left_out["rows"]] == ["1", "2"]
    assert "left out because" in reads[manager].get(f"{address}&why=nonsense").json()["detail"]
    assert reads[manager].get(f"{address}&scope=team&id=999999").status_code == 404
    assert reads[rep].get(address).status_code == 403, "names are not withheld here"


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
    assert counts(0) in page


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
    assert counts(5) in page
