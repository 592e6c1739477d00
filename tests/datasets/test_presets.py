"""Exports of well-known programs come in as they are: each with a small file of ours in the form of theirs."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.datasets.presets import PRESETS, preset_for
from apps.datasets.schema import TABLES
from apps.people.models import Workspace
from tests.datasets.helpers import staged, values
from tests.datasets.suggestions import suggested

# key of the preset: the file, the fields to look at, and what they are to be
EXPORTS: dict[str, tuple[str, tuple[str, ...], list[Any]]] = {
    "salesforce_opportunities": (
        "Opportunity Owner,Account Name,Opportunity Name,Stage,Fiscal Period,Amount,Probability (%),Close Date,"
        "Created Date,Lead Source,Type,Opportunity ID\n"
        'Ann Lee,Acme,Acme 1,Closed Won,Q1-2025,"1,200.50",100,3/31/2025,1/15/2025,Web,New Business,006A\n'
        "Bo Ode,Beta,Beta 1,Negotiation/Review,Q2-2025,800,75,6/30/2025,2/20/2025,Web,Existing Business,006B\n"
        "Bo Ode,Beta,Beta 2,Closed Lost,Q1-2025,1,0,2/28/2025,2/2/2025,Partner,New Business,006C\n",
        ("id", "owner", "outcome", "amount", "closed_on", "kind", "probability"),
        [("006A", "Ann Lee", "won", Decimal("1200.5"), date(2025, 3, 31), "new", Decimal(1)),
         ("006B", "Bo Ode", "open", Decimal(800), date(2025, 6, 30), "expansion", Decimal("0.75")),
         ("006C", "Bo Ode", "lost", Decimal(1), date(2025, 2, 28), "new", Decimal(0))],
    ),
    "salesforce_leads": (
        "Lead Owner,First Name,Last Name,Company / Account,Lead Source,Lead Status,Create Date,Converted Date,Lead ID\n"
        "Ann Lee,A,B,Acme,Web,Open - Not Contacted,2025-01-05,,00Q1\n"
        "Bo Ode,C,D,Beta,Event,Closed - Converted,2025-01-06,2025-02-01,00Q2\n",
        ("id", "owner", "status", "created_on", "converted_on"),
        [("00Q1", "Ann Lee", "open", date(2025, 1, 5), None),
         ("00Q2", "Bo Ode", "converted", date(2025, 1, 6), date(2025, 2, 1))],
    ),
    "salesforce_accounts": (
        "Account Owner,Account Name,Type,Industry,Billing Country,Last Modified Date,Account ID\n"
        "Ann Lee,Acme,Customer,Tech,Germany,2025-01-01,001A\n",
        ("id", "name", "owner", "segment", "region"),
        [("001A", "Acme", "Ann Lee", "Tech", "Germany")],
    ),
    "hubspot_deals": (
        "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Close Date,Create Date,Pipeline,Associated Company\n"
        "11,One,closedwon,$125000,Ann Lee,2025-03-01 10:00,2025-01-01 09:00,default,Acme\n"
        "12,Two,qualifiedtobuy,£1030,Bo Ode,2025-06-01 10:00,2025-01-02 09:00,default,Beta\n",
        ("id", "owner", "outcome", "amount", "closed_on", "account"),
        [("11", "Ann Lee", "won", Decimal(125000), date(2025, 3, 1), "Acme"),
         ("12", "Bo Ode", "open", Decimal(1030), date(2025, 6, 1), "Beta")],
    ),
    "hubspot_contacts": (
        "Record ID,First Name,Last Name,Email,Contact owner,Lifecycle Stage,Create Date,Original Source,"
        "Became a Customer Date\n"
        "1,A,B,a@x.org,Ann Lee,Marketing Qualified Lead,2025-01-01 10:00,ORGANIC,\n"
        "2,C,D,c@x.org,Bo Ode,Customer,2025-01-02 10:00,PAID,2025-02-01 10:00\n",
        ("id", "owner", "status", "source", "converted_on"),
        [("1", "Ann Lee", "qualified", "ORGANIC", None), ("2", "Bo Ode", "converted", "PAID", date(2025, 2, 1))],
    ),
    "hubspot_companies": (
        "Record ID,Company name,Company owner,Company Domain Name,Industry,Country/Region,Became a Customer Date\n"
        "9,Acme,Ann Lee,acme.example,Software,Spain,2024-05-01\n",
        ("id", "name", "owner", "segment", "region", "first_paid_on"),
        [("9", "Acme", "Ann Lee", "Software", "Spain", date(2024, 5, 1))],
    ),
    "pipedrive_deals": (
        "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Status,Deal - Stage,Deal - Owner,"
        "Deal - Deal created,Deal - Won time,Deal - Lost time,Deal - Lost reason,Organization - Name,Person - Name\n"
        "1,One,100.0,EUR,Won,Offer,Ann Lee,2025-01-01 10:00:00,2025-02-03 11:00:00,,,Acme,Cy\n"
        "2,Two,50.0,EUR,Lost,Offer,Bo Ode,2025-01-02 10:00:00,,2025-02-04 11:00:00,Price,Beta,Di\n"
        "3,Three,70.0,USD,Open,Demo,Bo Ode,2025-01-02 10:00:00,,,,Beta,Di\n",
        ("id", "owner", "outcome", "stage", "closed_on", "currency", "lost_reason"),
        [("1", "Ann Lee", "won", "Offer", date(2025, 2, 3), "EUR", None),
         ("2", "Bo Ode", "lost", "Offer", date(2025, 2, 4), "EUR", "Price"),
         ("3", "Bo Ode", "open", "Demo", None, "USD", None)],
    ),
    "pipedrive_leads": (
        "Lead - ID,Lead - Title,Lead - Owner,Lead - Lead created,Lead - Source,Organization - Name\n"
        "L1,One,Ann Lee,2025-01-01 10:00:00,Web form,Acme\n",
        ("id", "owner", "created_on", "source", "customer"),
        [("L1", "Ann Lee", date(2025, 1, 1), "Web form", "Acme")],
    ),
    "pipedrive_persons": (
        "Person - ID,Person - Name,Person - Owner,Person - Person created,Person - Organization\n"
        "5,Cy,Ann Lee,2025-01-01 10:00:00,Acme\n",
        ("id", "owner", "created_on", "customer"),
        [("5", "Ann Lee", date(2025, 1, 1), "Acme")],
    ),
    "stripe_payments": (
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,Status,Description,Customer Email\n"
        'ch_1,2025-01-01 10:00:00,"1,000.00",250.00,usd,true,29.30,Paid,Plan,a@x.org\n'
        "ch_2,2025-01-02 10:00:00,5.00,0.00,usd,false,0,Failed,Plan,b@x.org\n",
        ("id", "order", "ordered_on", "gross", "refund", "net", "currency", "customer"),
        [("ch_1", "ch_1", date(2025, 1, 1), Decimal(1000), Decimal(250), Decimal(750), "USD", "a@x.org")],
    ),
    "stripe_subscriptions": (
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),"
        "Current Period Start (UTC),Current Period End (UTC),Trial Start (UTC),Canceled At (UTC),Ended At (UTC)\n"
        "sub_1,cus_1,a@x.org,Pro,2,eur,year,600.00,active,2025-01-01 10:00,2025-01-01 10:00,2025-01-01 10:00,"
        "2026-01-01 10:00,,,\n"
        "sub_2,cus_2,b@x.org,Pro,1,eur,month,60.00,canceled,2025-01-01 10:00,2025-01-01 10:00,2025-01-01 10:00,"
        "2025-02-01 10:00,,2025-01-20 10:00,2025-02-01 10:00\n",
        ("id", "customer", "mrr", "started_on", "ended_on", "trial"),
        [("sub_1", "cus_1", Decimal(100), date(2025, 1, 1), None, False),
         ("sub_2", "cus_2", Decimal(60), date(2025, 1, 1), date(2025, 2, 1), False)],
    ),
    "stripe_customers": (
        "id,Description,Email,Name,Created (UTC),Delinquent,Plan,Status,Total Spend,Payment Count,Refunded Volume\n"
        "cus_1,,a@x.org,Acme,2025-01-01 10:00,false,Pro,Active,100,2,0\n",
        ("id", "name", "segment", "first_paid_on"),
        [("cus_1", "Acme", "Pro", date(2025, 1, 1))],
    ),
    "stripe_invoices": (
        "id,Number,Amount Due,Amount Paid,Currency,Customer,Date (UTC),Due Date (UTC),Status,Subtotal,Tax,Total\n"
        "in_1,A-1,119.00,119.00,eur,cus_1,2025-01-01 10:00,2025-01-15 10:00,paid,100.00,19.00,119.00\n"
        "in_2,A-2,50.00,0.00,eur,cus_1,2025-01-02 10:00,,void,50.00,0.00,50.00\n",
        ("id", "order", "ordered_on", "promised_on", "net", "tax", "currency"),
        [("in_1", "A-1", date(2025, 1, 1), date(2025, 1, 15), Decimal(100), Decimal(19), "EUR")],
    ),
    "quickbooks_transactions": (
        "Acme Coffee LLC,,,,,,,\nTransaction Detail by Account,,,,,,,\nJanuary 2025,,,,,,,\n,,,,,,,\n"
        "Date,Transaction Type,Num,Name,Memo/Description,Account,Split,Amount\n"
        '01/05/2025,Check,101,Vendor A,rent,Rent Expense,Checking,"1,200.00"\n'
        "01/16/2025,Invoice,102,Customer B,sale,Sales,Receivable,500.00\n"
        "01/20/2025,Bill,103,Vendor C,beans,Cost of Goods Sold,Payable,80.00\n",
        ("posted_on", "account_class", "amount"),
        [(date(2025, 1, 5), "opex", Decimal(1200)), (date(2025, 1, 16), "revenue", Decimal(500)),
         (date(2025, 1, 20), "cogs", Decimal(80))],
    ),
    "quickbooks_invoices": (
        "InvoiceNo,Customer,InvoiceDate,DueDate,Item(Product/Service),ItemDescription,ItemQuantity,ItemRate,ItemAmount\n"
        "1001,Acme,2025-01-05,2025-02-04,Beans,Dark,2,10.00,20.00\n"
        "1001,Acme,2025-01-05,2025-02-04,Cups,Blue,1,5.00,5.00\n",
        ("id", "order", "customer", "ordered_on", "product", "quantity", "net"),
        [("1001-2", "1001", "Acme", date(2025, 1, 5), "Beans", Decimal(2), Decimal(20)),
         ("1001-3", "1001", "Acme", date(2025, 1, 5), "Cups", Decimal(1), Decimal(5))],
    ),
}  # fmt: skip


def test_every_preset_has_an_export_here() -> None:
    assert set(EXPORTS) == {each.key for each in PRESETS}
    assert all(set(each.columns) <= set(TABLES[each.table].names) for each in PRESETS)


@pytest.mark.parametrize("key", EXPORTS)
def test_an_export_comes_in_as_it_is(workspace: Workspace, tmp_path: Path, key: str) -> None:
    text, fields, rows = EXPORTS[key]
    found = suggested(workspace, tmp_path, text)
    assert found.preset is not None
    assert (found.preset.key, found.missing) == (key, ())
    made = staged(tmp_path, text, found.mapping, table=found.table)
    assert values(made, *fields) == rows


@pytest.mark.parametrize("key", EXPORTS)
def test_further_columns_and_another_order_do_not_matter(key: str) -> None:
    headers = next(line for line in EXPORTS[key][0].split("\n") if line.count(",") > 3 and not line.endswith(",,,"))
    turned = ["Eigene Spalte", *reversed(headers.split(",")), "My field__c"]
    found = preset_for(turned)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ("id,account_id,amount,probability,stage_name,close_date,created_date,is_won,is_closed,owner_id,forecast_category",
         "salesforce_opportunities"),
        ("Id,OwnerId,Status,LeadSource,CreatedDate,ConvertedDate,IsConverted", "salesforce_leads"),
        ("property_dealname,property_amount,property_closedate,property_createdate,deal_pipeline_stage_id,owner_id,deal_id",
         "hubspot_deals"),
        ("Opportunity-Inhaber,Opportunity-Name,Phase,Betrag,Schlusstermin", "salesforce_opportunities"),
        ("Deal - Titel,Deal - Wert,Deal - Phase,Deal - Status,Deal - Besitzer", "pipedrive_deals"),
    ],
)  # fmt: skip
def test_names_of_the_programming_interface_and_other_languages_are_known(headers: str, key: str) -> None:
    found = preset_for(headers.split(","))
    assert found is not None
    assert found.key == key


def test_flags_for_won_and_closed_say_more_than_the_name_of_a_stage(workspace: Workspace, tmp_path: Path) -> None:
    text = (
        "Id,OwnerId,StageName,CloseDate,CreatedDate,Amount,IsWon,IsClosed\n"
        "1,Ann,Finito,2025-01-02,2025-01-01,5,true,true\n2,Ann,Finito,2025-01-02,2025-01-01,5,false,true\n"
        "3,Ann,Zorp,2025-01-02,2025-01-01,5,false,false\n"
    )
    found = suggested(workspace, tmp_path, text)
    assert values(staged(tmp_path, text, found.mapping), "outcome") == ["won", "lost", "open"]


def test_a_file_of_ones_own_is_no_preset() -> None:
    assert preset_for(["id", "owner", "outcome", "amount"]) is None
    assert preset_for([]) is None
