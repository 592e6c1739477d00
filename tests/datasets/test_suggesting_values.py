"""What texts of a file stand for in fields with fixed meanings: guessed with a reason, or asked, never quietly open."""

from pathlib import Path

import pytest

from apps.datasets.meanings import meaning_of
from apps.datasets.schema import TABLES
from apps.people.models import Workspace
from tests.datasets.helpers import staged, values
from tests.datasets.suggestions import suggested

MEANINGS = [
    ("deals.outcome", "won", "Closed Won,closedwon,6 - Closed Won,Gewonnen,Verkauft,Gagné,Vendue,Ganada,Vendido"),
    (
        "deals.outcome",
        "lost",
        "Closed Lost,closedlost,Verloren,Abgesagt - Absage,Perdue,Perdida,Nicht gewonnen,Not won",
    ),
    ("deals.outcome", "void", "Duplicate,Test,void,Cancelled,Storniert,Dublette,Annulée,Anulado,Lost - duplicate"),
    (
        "deals.outcome",
        "open",
        "Prospecting,qualifiedtobuy,Angebot,Verhandlung,Négociation,Propuesta,In Bearbeitung,Devis",
    ),
    ("deals.kind", "renewal", "Renewal,Verlängerung,Renouvellement,Renovación"),
    ("deals.kind", "expansion", "Upsell,Existing Business,Bestandskunde,Erweiterung"),
    ("deals.kind", "new", "New Business,Neukunde,Nouveau client,Nuevo"),
    ("leads.status", "disqualified", "Unqualified,Disqualified,Junk,Nicht qualifiziert,Perdu"),
    ("leads.status", "converted", "Converted,Kunde,Client,Customer"),
    ("leads.status", "qualified", "SQL,Marketing Qualified Lead,Qualifiziert,Calificado"),
    ("leads.status", "open", "New,Open - Not Contacted,Offen,Nouveau,En curso"),
    ("ledger.account_class", "revenue", "Sales Revenue,Umsatzerlöse,Chiffre d'affaires,Ingresos,Product income"),
    ("ledger.account_class", "cogs", "Cost of Goods Sold,Wareneinsatz,Coût des ventes,Coste de ventas"),
    ("ledger.account_class", "marketing", "Advertising,Werbung,Publicité,Marketing expenses"),
    ("ledger.account_class", "sales", "Sales commissions,Vertriebskosten,Provision"),
    ("ledger.account_class", "opex", "Rent,Miete,Loyer,Salaries,Depreciation,Office Expenses"),
    ("ledger.account_class", "tax", "Income Tax,Steuern,Impôts,Impuestos"),
    ("ledger.account_class", "interest", "Interest Expense,Zinsen,Intérêts,Intereses"),
    ("surveys.kind", "nps", "NPS,Net Promoter Score"),
    ("surveys.kind", "enps", "Employee NPS,eNPS"),
    ("surveys.kind", "csat", "Customer satisfaction,Kundenzufriedenheit"),
    ("surveys.kind", "esat", "Employee satisfaction,Mitarbeiterzufriedenheit"),
    ("employees.leave_kind", "voluntary", "Resigned,Voluntarily Terminated,Démission,Renuncia,Eigenkündigung"),
    ("employees.leave_kind", "involuntary", "Terminated for Cause,Laid off,Licenciement,Despido,Entlassen"),
    ("employees.leave_kind", "other", "Retired,End of contract,Rente,Retraite,Jubilación"),
    ("subscriptions.trial", "true", "TRUE,ja,oui,sí"),
    ("subscriptions.trial", "false", "FALSE,nein,non,no"),
]


@pytest.mark.parametrize(("field", "meaning", "texts"), MEANINGS, ids=[f"{f}-{m}" for f, m, _ in MEANINGS])
def test_texts_are_understood_in_four_languages(field: str, meaning: str, texts: str) -> None:
    table, name = field.split(".")
    said = {text: meaning_of(table, TABLES[table].field(name), text) for text in texts.split(",")}
    assert {text: found.value if found else None for text, found in said.items()} == dict.fromkeys(said, meaning)


def test_values_are_shown_with_their_rows_and_unknown_ones_are_asked(workspace: Workspace, tmp_path: Path) -> None:
    stages = ["Closed Won"] * 3 + ["Verloren"] * 2 + ["Zorp"]
    text = "id,owner,Stage,closed_on\n" + "".join(f"{n},Ann,{each},2025-01-01\n" for n, each in enumerate(stages))
    found = suggested(workspace, tmp_path, text)
    seen = {each.text: (each.rows, each.meaning, each.guessed) for each in found.values["outcome"]}
    assert seen == {"Closed Won": (3, "won", True), "Verloren": (2, "lost", True), "Zorp": (1, "", False)}
    assert found.mapping["values"]["outcome"] == {"Closed Won": "won", "Verloren": "lost"}
    assert all(each.reason for each in found.values["outcome"] if each.meaning)
    made = staged(tmp_path, text, found.mapping)
    assert (values(made, "outcome"), made.rejected) == (["won"] * 3 + ["lost"] * 2, 1)


def test_what_the_mapping_says_is_not_guessed(workspace: Workspace, tmp_path: Path) -> None:
    text = "id,owner,Stage\n1,Ann,Won\n2,Ann,Zorp\n3,Ann,Quux\n"
    said = {"values": {"outcome": {"won": "lost", "*": "open"}}}
    found = suggested(workspace, tmp_path, text, mapping=said)
    assert {(each.text, each.meaning, each.guessed) for each in found.values["outcome"]} == {
        ("Won", "lost", False), ("Zorp", "open", False), ("Quux", "open", False),
    }  # fmt: skip


def test_a_text_that_says_nothing_is_blank(workspace: Workspace, tmp_path: Path) -> None:
    text = "Employee ID,Date of Hire,Employment Status\n1,2020-01-01,Active\n2,2020-01-01,Resigned\n3,2020-01-01,\n"
    found = suggested(workspace, tmp_path, text)
    assert {(each.text, each.meaning, each.blank) for each in found.values["leave_kind"]} == {
        ("Active", "", True), ("Resigned", "voluntary", False), ("", "", True),
    }  # fmt: skip
    assert values(staged(tmp_path, text, found.mapping, table="employees"), "leave_kind") == [None, "voluntary", None]


def test_yes_and_no_are_understood_too(workspace: Workspace, tmp_path: Path) -> None:
    text = "id,customer,started_on,mrr,trial\n1,a,2025-01-01,5,ja\n2,a,2025-01-01,5,nein\n"
    found = suggested(workspace, tmp_path, text)
    assert values(staged(tmp_path, text, found.mapping, table="subscriptions"), "trial") == [True, False]


def test_sales_among_accounts_is_revenue_but_among_classes_a_cost(workspace: Workspace, tmp_path: Path) -> None:
    accounts = "Date,Account,Amount\n2025-01-01,Sales,5\n2025-01-01,Rent,2\n"
    found = suggested(workspace, tmp_path, accounts, table="ledger")
    assert {each.text: each.meaning for each in found.values["account_class"]} == {"Sales": "revenue", "Rent": "opex"}
    classes = "Date,Class,Amount\n2025-01-01,sales,5\n2025-01-01,revenue,2\n"
    found = suggested(workspace, tmp_path, classes, table="ledger")
    assert {each.text: each.meaning for each in found.values["account_class"]} == {
        "sales": "sales",
        "revenue": "revenue",
    }
