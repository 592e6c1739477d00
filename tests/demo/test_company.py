"""The tables beside the deals: they tell of the same company as the deals do."""

from datetime import date

import pytest

from apps.datasets.schema import table
from apps.demo.company import Sheet, sheets
from apps.demo.deals import A_DAY, all_deals, known_on

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - A_DAY
DEALS = known_on(all_deals(TODAY), YESTERDAY)


@pytest.fixture(scope="module")
def made() -> dict[str, Sheet]:
    return {sheet.table: sheet for sheet in sheets(DEALS, YESTERDAY)}


def test_the_same_evening_always_brings_the_same_rows(made: dict[str, Sheet]) -> None:
    assert {sheet.table: sheet for sheet in sheets(DEALS, YESTERDAY)} == made


def test_every_header_is_a_field_of_its_table(made: dict[str, Sheet]) -> None:
    for sheet in made.values():
        assert {header for row in sheet.rows for header in row} <= set(table(sheet.table).names)


def test_a_lead_that_became_a_customer_leads_to_its_won_deal(made: dict[str, Sheet]) -> None:
    won = {deal.id: deal for deal in DEALS if deal.outcome == "won"}
    converted = [row for row in made["leads"].rows if row["status"] == "converted"]
    assert len(converted) > 100
    for row in converted:
        assert (row["converted_on"], row["customer"]) == (won[row["deal"]].closed_on, won[row["deal"]].account)


def test_a_customer_first_paid_with_the_first_deal_won_and_none_leaves_before_the_last(made: dict[str, Sheet]) -> None:
    won: dict[str, list[date]] = {}
    for deal in DEALS:
        if deal.outcome == "won" and deal.closed_on:
            won.setdefault(deal.account, []).append(deal.closed_on)
    assert {row["id"]: row["first_paid_on"] for row in made["customers"].rows} == {k: min(v) for k, v in won.items()}
    gone = {row["id"]: row["churned_on"] for row in made["customers"].rows if row["churned_on"]}
    assert gone
    assert all(left > max(won[account]) for account, left in gone.items())


def test_who_has_left_pays_for_no_care_plan_any_more(made: dict[str, Sheet]) -> None:
    gone = {row["id"]: row["churned_on"] for row in made["customers"].rows if row["churned_on"]}
    plans = [row for row in made["subscriptions"].rows if row["customer"] in gone]
    assert plans
    assert all(row["ended_on"] and row["ended_on"] <= gone[row["customer"]] for row in plans)


def test_nothing_is_dated_after_the_evening_but_the_end_of_a_quota(made: dict[str, Sheet]) -> None:
    for sheet in made.values():
        events = table(sheet.table).event_dates
        days = [row[name] for row in sheet.rows for name in events if isinstance(row.get(name), date)]
        assert all(day <= YESTERDAY for day in days), sheet.table
