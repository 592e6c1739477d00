"""What a file is taken to be: its table, its columns, and what its rows leave open."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in, live_rows, staged, values
from tests.datasets.suggestions import columns, suggested

DEALS = "id,owner,outcome,created_on,closed_on,amount\n"


def deals(*rows: tuple[str, str, str]) -> str:
    """Won deals with the texts of (created, closed, amount)."""
    return DEALS + "".join(
        f'{number},Ann Lee,won,"{created}","{closed}","{amount}"\n'
        for number, (created, closed, amount) in enumerate(rows)
    )


def test_headers_in_four_languages_are_understood(workspace: Workspace, tmp_path: Path) -> None:
    german = "Nr;Inhaber;Phase;Betrag;Erstellt am;Abschlussdatum\n1;Ann Lee;Gewonnen;1,5;01.02.2025;03.04.2025\n"
    found = suggested(workspace, tmp_path, german)
    assert found.table == "deals"
    assert columns(found) == {
        "id": "Nr", "owner": "Inhaber", "stage": "Phase", "outcome": "Phase", "amount": "Betrag",
        "created_on": "Erstellt am", "closed_on": "Abschlussdatum",
    }  # fmt: skip
    french = (
        "Numéro,Responsable,Étape,Montant,Date de création,Date de clôture\n1,Ann Lee,Gagné,2,2025-01-02,2025-02-03\n"
    )
    assert columns(suggested(workspace, tmp_path, french, table="deals"))["owner"] == "Responsable"
    spanish = (
        "Código,Vendedor,Etapa,Importe,Fecha de creación,Fecha de cierre\n1,Ann Lee,Ganada,2,2025-01-02,2025-02-03\n"
    )
    assert suggested(workspace, tmp_path, spanish).table == "deals"


def test_each_column_has_a_reason_that_people_understand(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(
        workspace, tmp_path, "Deal ID,Owner,Stage,Close Date\n1,Ann,Closed Won,2025-01-31\n2,Bo,Lost,2025-02-01\n"
    )
    assert found.reasons["closed_on"] == (
        "`Close Date` is a usual name of closed on; all 2 values are dates such as 2025-01-31"
    )
    assert found.reasons["owner"] == "`Owner` is its name"


def test_cells_tell_what_headers_do_not(workspace: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"A{n},{'ann@x.org' if n % 2 else 'bo@x.org'},{'Won' if n % 3 else 'Lost'},EUR\n" for n in range(30))
    found = suggested(workspace, tmp_path, "Key X,Wer,Zustandswort,Geld\n" + rows, table="deals")
    assert columns(found) == {"id": "Key X", "owner": "Wer", "outcome": "Zustandswort", "currency": "Geld"}
    assert found.reasons["owner"] == "the 30 cells looked at are e-mail addresses that come again and again"


def test_what_is_only_likely_is_offered_and_not_taken(workspace: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"{n},Ann Lee,won,2025-01-0{n},2025-02-0{n}\n" for n in range(1, 9))
    found = suggested(workspace, tmp_path, "id,owner,outcome,First,Second\n" + rows)
    assert "created_on" not in columns(found)
    assert [each.header for each in found.offers["created_on"]] == ["First", "Second"]
    people = "".join(f"{n},{'Ann Lee' if n % 2 else 'Bo Ode'},won\n" for n in range(10))
    found = suggested(workspace, tmp_path, "id,Wer,outcome\n" + people, table="deals")
    assert found.missing == ("owner",)
    assert [each.header for each in found.offers["owner"]] == ["Wer"]


def test_a_header_whose_cells_say_something_else_is_kept_as_an_own_column(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(workspace, tmp_path, "id,owner,outcome,Type\n1,Ann,won,Red\n2,Bo,lost,Blue\n3,Bo,lost,Green\n")
    assert found.mapping["columns"]["kind"] is None
    assert found.mapping["columns"]["type"] == "Type"
    assert "`Type` is called like kind, but its cells are something else." in found.notes


def test_what_people_have_decided_is_not_guessed_again(workspace: Workspace, tmp_path: Path) -> None:
    text = "id,owner,Helper,Stage\n1,Ann,Cy,Won\n2,Bo,Di,Lost\n"
    found = suggested(workspace, tmp_path, text, mapping={"columns": {"owner": "Helper", "stage": None}})
    assert found.mapping["columns"]["owner"] == "Helper"
    assert found.mapping["columns"]["stage"] is None
    assert "owner" not in found.reasons


def test_importing_with_the_suggestion_does_what_it_says(workspace: Workspace, tmp_path: Path) -> None:
    text = "Nr;Inhaber;Phase;Betrag;Abschlussdatum\n1;Ann;Gewonnen;1.234,50;31.01.2025\n2;Bo;Angebot;7;\n"
    text += "3;Bo;Dublette;1;\n"
    found = suggested(workspace, tmp_path, text, table="deals")
    bring_in(workspace, tmp_path, text, mapping=found.mapping)
    assert live_rows(workspace, "id", "outcome", "amount", "closed_on") == [
        ("1", "won", Decimal("1234.5"), date(2025, 1, 31)), ("2", "open", Decimal("7"), None),
        ("3", "void", Decimal("1"), None),
    ]  # fmt: skip


def test_a_file_that_fits_nothing_has_no_table_but_says_how_well_each_fits(
    workspace: Workspace, tmp_path: Path
) -> None:
    found = suggested(workspace, tmp_path, "colour,shape\nred,round\nblue,flat\n")
    assert found.table == ""
    assert len(found.tables) == 10
    assert all(each.missing or not each.good for each in found.tables)


def test_day_or_month_first_is_asked_where_no_row_decides(workspace: Workspace, tmp_path: Path) -> None:
    text = deals(("03/04/2025", "05/06/2025", "1"), ("01/01/2025", "02/02/2025", "1"))
    found = suggested(workspace, tmp_path, text)
    question = next(each for each in found.questions if each.field == "created_on")
    assert question.kind == "date_order"
    assert question.sentence == "Is 03/04/2025 in `created_on` 4 March 2025 or 3 April 2025? Both fit every row."
    assert question.choices == (("%m/%d/%Y", "4 March 2025"), ("%d/%m/%Y", "3 April 2025"))
    with pytest.raises(Refusal, match="no row decides it"):
        staged(tmp_path, text)
    answered = {"formats": {"created_on": "%d/%m/%Y", "closed_on": "%d/%m/%Y"}}
    again = suggested(workspace, tmp_path, text, mapping=answered)
    assert again.questions == ()
    assert values(staged(tmp_path, text, again.mapping), "created_on") == [date(2025, 4, 3), date(2025, 1, 1)]


def test_one_row_decides_and_the_reason_names_it(workspace: Workspace, tmp_path: Path) -> None:
    rows = [("03/04/2025", "2025-06-01", "1")] * 300 + [("31/03/2025", "2025-06-01", "1")]
    found = suggested(workspace, tmp_path, deals(*rows))
    assert found.questions == ()
    assert found.mapping["formats"]["created_on"] == "%d/%m/%Y"
    assert "the day comes first: `31/03/2025` in line 302 can be no other" in found.reasons["created_on"]


def test_another_column_that_is_clear_decides_too(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(workspace, tmp_path, deals(("03/04/2025", "31/12/2025", "1")))
    assert found.reasons["created_on"].endswith("the dates are written like those of `closed_on`")


def test_mixed_orders_in_one_column_are_told(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(
        workspace, tmp_path, deals(*[("31/01/2025", "2025-06-01", "1"), ("01/31/2025", "2025-06-01", "1")] * 3)
    )
    assert [(each.field, each.kind) for each in found.questions] == [("created_on", "mixed_dates")]


def test_a_point_before_three_digits_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    text = deals(("2025-01-01", "2025-01-02", "1.234"), ("2025-01-01", "2025-01-02", "25.000"))
    question = suggested(workspace, tmp_path, text).questions[0]
    assert (question.field, question.kind) == ("amount", "decimal_sign")
    assert question.choices == ((".", "a decimal point: 1.234"), (",", "a decimal comma: 1,234"))
    with pytest.raises(Refusal, match="Say the decimal sign in the mapping"):
        staged(tmp_path, text)
    assert values(staged(tmp_path, text, {"formats": {"amount": ","}}), "amount") == [1234, 25000]


@pytest.mark.parametrize(
    ("deciding", "style", "why"),
    [
        ("1.234,5", ",", "the decimal sign is a comma: `1.234,5` in line 3"),
        ("0.125", None, "a point: `0.125` in line 3"),
    ],
)
def test_one_number_decides_the_decimal_sign(
    workspace: Workspace, tmp_path: Path, deciding: str, style: str | None, why: str
) -> None:
    text = deals(("2025-01-01", "2025-01-02", "1.234"), ("2025-01-01", "2025-01-02", deciding))
    found = suggested(workspace, tmp_path, text)
    assert found.questions == ()
    assert found.mapping["formats"].get("amount") == style
    assert why in found.reasons["amount"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5. März 2025", date(2025, 3, 5)), ("5 mars 2025", date(2025, 3, 5)), ("12 déc. 2025", date(2025, 12, 12)),
        ("5 de enero de 2025", date(2025, 1, 5)), ("05-Okt-25", date(2025, 10, 5)), ("Jan 5, 2025", date(2025, 1, 5)),
        ("3 Sept. 2025", date(2025, 9, 3)), ("31/12/25", date(2025, 12, 31)), ("45631", date(2024, 12, 5)),
        ("1767225600", date(2026, 1, 1)), ("1767225600000", date(2026, 1, 1)), ("2025-01", date(2025, 1, 1)),
        ("20250105", date(2025, 1, 5)), ("2025-01-01T23:30:00-02:00", date(2025, 1, 2)),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(workspace: Workspace, tmp_path: Path, written: str, meant: date) -> None:
    text = f'id,owner,outcome,created_on\n1,Ann,open,"{written}"\n'
    found = suggested(workspace, tmp_path, text, table="deals")
    assert values(staged(tmp_path, text, found.mapping), "created_on") == [meant]
    assert values(staged(tmp_path, text), "created_on") == [meant]


def test_times_with_a_zone_are_brought_to_the_time_of_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    workspace.timezone = "Europe/Berlin"
    text = "id,created_on\n1,2025-01-01T23:30:00+00:00\n"
    found = suggested(workspace, tmp_path, text, table="leads")
    assert "times with a zone are brought to the time of the workspace" in found.reasons["created_on"]
    made = staged(tmp_path, text, found.mapping, table="leads", timezone="Europe/Berlin")
    assert values(made, "created_at") == [datetime(2025, 1, 2, 0, 30)]  # noqa: DTZ001 - local


def test_lines_of_an_order_are_told_apart_by_two_columns_if_all_rows_say_so(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = "Order ID,Product,Order Date\n1,a,2025-01-01\n1,b,2025-01-01\n2,a,2025-01-02\n"
    found = suggested(workspace, tmp_path, text)
    assert found.mapping["computed"] == {"id": "[Order ID] & '-' & [Product]"}
    again = suggested(workspace, tmp_path, text + "2,a,2025-01-02\n", table="orders")
    assert again.missing == ("id",)
    assert again.offers["id"][0].formula == "file() & '-' & line()"


def test_a_key_that_comes_twice_is_told(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(workspace, tmp_path, "id,owner,outcome\n1,Ann,won\n1,Bo,won\n2,Bo,lost\n")
    assert "`id` does not tell all rows apart: 1 of 3 come again" in found.notes[0]


WIDE: list[tuple[str, dict[str, str]]] = [
    ("Jan,Feb,Mär", {"Jan": "1", "Feb": "2", "Mär": "3"}),
    ("2026-01,2026-02,2026-03", {"2026-01": "2026-01-01", "2026-02": "2026-02-01", "2026-03": "2026-03-01"}),
    ("Jan 26,Feb 26,Dec 26", {"Jan 26": "2026-01-01", "Feb 26": "2026-02-01", "Dec 26": "2026-12-01"}),
    ("M01,M02,M03", {"M01": "1", "M02": "2", "M03": "3"}),
    ("janvier,février,mars", {"janvier": "1", "février": "2", "mars": "3"}),
]


@pytest.mark.parametrize(("headers", "labels"), WIDE)
def test_one_column_for_each_month_becomes_rows(
    workspace: Workspace, tmp_path: Path, headers: str, labels: dict[str, str]
) -> None:
    text = f"Owner,{headers}\nAnn Lee,10,20,30\nBo Ode,1,,3\n"
    found = suggested(workspace, tmp_path, text, name="targets 2026.csv")
    assert found.table == "quotas"
    assert found.unpivot is not None
    assert found.mapping["unpivot"]["columns"] == labels
    made = staged_as(tmp_path, text, found.mapping)
    assert made[0] == ("Ann Lee", date(2026, 1, 1), date(2026, 2, 1), Decimal(10))
    assert len(made) == 5


def staged_as(tmp_path: Path, text: str, mapping: dict[str, Any]) -> list[Any]:
    made = staged(tmp_path, text, mapping, table="quotas")
    return values(made, "owner", "period_start", "period_end", "amount")


def test_quarters_last_three_months(workspace: Workspace, tmp_path: Path) -> None:
    text = "Rep,Year,Q1,Q2,Q3,Q4\nAnn,2026,1,2,3,4\n"
    found = suggested(workspace, tmp_path, text)
    made = staged_as(tmp_path, text, found.mapping)
    assert made[3] == ("Ann", date(2026, 10, 1), date(2027, 1, 1), Decimal(4))


def test_without_a_year_columns_of_months_are_told_and_not_taken(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(workspace, tmp_path, "Owner,Jan,Feb,Mar\nAnn,1,2,3\n", table="quotas", name="targets.csv")
    assert "unpivot" not in found.mapping
    assert any("nothing tells the year" in each for each in found.notes)


def test_columns_that_become_rows_can_be_refused(workspace: Workspace, tmp_path: Path) -> None:
    text = "Owner,Year,Jan,Feb,Mar\nAnn,2026,1,2,3\n"
    found = suggested(workspace, tmp_path, text, table="quotas", mapping={"unpivot": None})
    assert found.unpivot is None
    assert "unpivot" not in found.mapping


def test_a_second_file_is_offered_by_the_columns_that_agree(workspace: Workspace, tmp_path: Path) -> None:
    text = "id,owner,outcome,Rep No\n" + "".join(f"{n},Ann,won,R{n % 3}\n" for n in range(9))
    reps = "Number,Team,Country\nR0,East,DE\nR1,West,FR\nR2,West,ES\n"
    found = suggested(workspace, tmp_path, text, reps=reps)
    assert found.lookups[0].part == {
        "file": "reps.csv", "on": {"Rep No": "Number"}, "columns": {"team": "Team", "region": "Country"},
    }  # fmt: skip
    assert "100% of the values of `Rep No` are in `Number` of `reps.csv`" in found.lookups[0].sentence


def test_names_of_a_second_file_can_stand_for_mere_keys(workspace: Workspace, tmp_path: Path) -> None:
    text = "id,Employee ID,Order ID,Order Date\n" + "".join(f"{n},{n % 2},O{n},2025-01-01\n" for n in range(8))
    found = suggested(workspace, tmp_path, text, staff="Employee ID,Salesperson\n0,Ann Lee\n1,Bo Ode\n", table="orders")
    assert found.lookups[0].instead == ("owner",)
    assert found.lookups[0].part["columns"] == {"owner": "Salesperson"}


def test_a_second_file_that_agrees_with_nothing_is_told(workspace: Workspace, tmp_path: Path) -> None:
    found = suggested(workspace, tmp_path, DEALS + "1,Ann,won,,,\n", colours="colour\nred\nblue\n")
    assert found.lookups == ()
    assert "No column of `colours.csv` agrees with one of this file." in found.notes


def test_a_text_that_is_no_date_is_a_cell_to_put_right_and_no_mixture(workspace: Workspace, tmp_path: Path) -> None:
    rows = [("2025-01-01", f"0{day}/0{day + 1}/2025", "1") for day in range(1, 8)] + [("2025-01-01", "some day", "1")]
    found = suggested(workspace, tmp_path, deals(*rows))
    assert [(each.field, each.kind) for each in found.questions] == [("closed_on", "date_order")]
    clear = suggested(workspace, tmp_path, deals(*rows, ("2025-01-01", "25/12/2025", "1")))
    assert (clear.questions, clear.mapping["formats"]["closed_on"]) == ((), "%d/%m/%Y")


def test_one_stage_that_nobody_knows_is_asked_about_and_the_others_tell_the_outcome(
    workspace: Workspace, tmp_path: Path
) -> None:
    stages = ["Gewonnen", "Verloren", "Qualifizierung", "Angebot", "Sonderfall", "Gewonnen", "Verloren", "Angebot"]
    text = "Nummer;Verkäufer;Phase;Abschlussdatum;Betrag\n" + "".join(
        f"A-{number};Ben Adler;{stage};2026-01-0{number};{number}\n" for number, stage in enumerate(stages, 1)
    )
    found = suggested(workspace, tmp_path, text, table="deals")
    assert columns(found)["outcome"] == "Phase"
    assert "outcome" not in found.missing
    assert [each.text for each in found.values["outcome"] if not each.meaning] == ["Sonderfall"]
