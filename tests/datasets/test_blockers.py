"""What keeps a row out although every cell can be read: currencies, shares, scales; and what is filled by itself."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.datasets.queries import snapshot
from apps.datasets.services import undo_import
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in, last_import, live_rows, messages, staged, values

DEALS = "id,owner,outcome,closed_on,amount,currency\n"


def test_an_unknown_currency_is_rejected_with_the_way_out_and_small_letters_are_fine(tmp_path: Path) -> None:
    of = staged(tmp_path, DEALS + "1,Ann,won,2024-01-01,5,usd\n2,Ann,won,2024-01-01,5,Euro\n3,Ann,won,2024-01-01,5,\n")
    assert values(of, "id", "currency") == [("1", "USD"), ("3", None)]
    ((line, column, message),) = messages(of)
    assert (line, column) == (3, "currency")
    assert '"values": {"currency": {"Euro": …}}' in message
    mended = staged(tmp_path, DEALS + "2,Ann,won,2024-01-01,5,Euro\n", {"values": {"currency": {"Euro": "EUR"}}})
    assert values(mended, "currency") == ["EUR"]


@pytest.mark.django_db
def test_the_currencies_of_the_live_imports_are_known_without_a_look_at_the_rows(
    workspace: Workspace, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    assert snapshot(workspace=workspace, table="deals").currencies == ()
    bring_in(workspace, tmp_path, DEALS + "1,Ann,won,2024-01-01,5,EUR\n2,Ann,won,2024-01-01,5,CHF\n")
    bring_in(workspace, tmp_path, DEALS + "3,Ann,won,2024-01-01,5,usd\n4,Ann,won,2024-01-01,5,\n5,A,won,,5,GBP\n")
    assert last_import().currencies == ["USD"]  # the pounds are in a rejected row
    assert snapshot(workspace=workspace, table="deals").currencies == ("CHF", "EUR", "USD")
    undo_import(batch=last_import(), by=None)
    assert snapshot(workspace=workspace, table="deals").currencies == ("CHF", "EUR")


def test_shares_of_owners_are_stored_in_one_form_and_must_sum_to_a_hundred(tmp_path: Path) -> None:
    of = staged(
        tmp_path,
        DEALS + "1,Ann Lee (60 %) ;Bo Ode 40.0%,won,2024-01-01,5,\n2,Ann Lee 60%; Bo Ode 50%,won,2024-01-01,5,\n"
        "3,Ann Lee 100%,won,2024-01-01,5,\n4,Ann Lee,won,2024-01-01,5,\n5,Half % Ltd,won,2024-01-01,5,\n",
    )
    assert values(of, "id", "owner") == [
        ("1", "Ann Lee 60%; Bo Ode 40%"),
        ("3", "Ann Lee"),
        ("4", "Ann Lee"),
        ("5", "Half % Ltd"),
    ]
    assert messages(of) == [
        (3, "owner", "The shares of `Ann Lee 60%; Bo Ode 50%` sum to 110 %, they must sum to exactly 100 %.")
    ]


@pytest.mark.django_db
def test_a_split_that_is_written_otherwise_is_the_same_row(workspace: Workspace, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"
    bring_in(workspace, tmp_path, DEALS + "1,Ann Lee 60%; Bo Ode 40%,won,2024-01-01,5,\n")
    again = bring_in(workspace, tmp_path, DEALS + "1,Ann Lee 60 % ; Bo Ode: 40%,won,2024-01-01,5,\n")
    assert again.unchanged == 1
    assert live_rows(workspace, "owner") == [("Ann Lee 60%; Bo Ode 40%",)]


def test_customers_and_leads_have_one_owner_whatever_it_is_called(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,first_paid_on\n1,Ann 60%; Bo 50%,2024-01-01\n", table="customers")
    assert values(of, "owner") == ["Ann 60%; Bo 50%"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("nps,11,,", "`score` (11) lies outside its scale, 0 to 10."),
        ("enps,-1,,", "`score` (-1) lies outside its scale, 0 to 10."),
        ("csat,6,1,5", "`score` (6) lies outside its scale, 1 to 5."),
        ("nps,6,1,5", "`score` (6) lies outside its scale, 1 to 5."),
        ("csat,0,1,", "`score` (0) lies outside its scale, 1 to ?."),
        ("csat,9,,", ""),
        ("nps,0,,", ""),
        ("nps,10,,", ""),
        ("csat,5,1,5", ""),
    ],
)
def test_a_score_outside_its_scale_is_rejected(tmp_path: Path, row: str, says: str) -> None:
    of = staged(tmp_path, f"id,responded_on,kind,score,scale_min,scale_max\n1,2024-01-01,{row}\n", table="surveys")
    assert [message for _, _, message in messages(of)] == ([says] if says else [])


def test_the_time_of_day_of_a_lead_is_kept_where_its_column_tells_it(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,created_at\n1,2024-01-01 10:20:00\n2,2024-01-02\n", table="leads")
    assert values(of, "created_on", "created_at") == [
        (date(2024, 1, 1), datetime.fromisoformat("2024-01-01T10:20")),
        (date(2024, 1, 2), None),
    ]
    american = staged(tmp_path, "id,created\n1,1/31/2024 5:30 PM\n2,2/1/2024 9:00 AM\n", table="leads")
    assert values(american, "created_at") == [
        datetime.fromisoformat("2024-01-31T17:30"),
        datetime.fromisoformat("2024-02-01T09:00"),
    ]


def test_a_column_of_its_own_or_none_goes_before_what_is_filled_by_itself(tmp_path: Path) -> None:
    text = "id,created_on,born\n1,2024-01-01 10:00:00,2024-01-01 08:00:00\n"
    mapped = staged(tmp_path, text, {"columns": {"created_at": "born"}}, table="leads")
    assert values(mapped, "created_at") == [datetime.fromisoformat("2024-01-01T08:00")]
    silent = staged(tmp_path, text, {"columns": {"created_at": None}}, table="leads")
    assert values(silent, "created_at") == [None]


def test_a_quota_without_an_end_is_for_a_month(tmp_path: Path) -> None:
    of = staged(tmp_path, "owner,from,amount\nAnn,2024-01-31,5\nBo,2024-12-01,6\n", table="quotas")
    assert values(of, "period_start", "period_end", "amount") == [
        (date(2024, 1, 31), date(2024, 2, 29), Decimal(5)),
        (date(2024, 12, 1), date(2025, 1, 1), Decimal(6)),
    ]
    given = staged(tmp_path, "owner,from,to,amount\nAnn,2024-01-01,,5\n", table="quotas")
    assert messages(given) == [(2, "period_end", "`period_end` is blank.")]


def test_numbers_that_programs_write_by_powers_of_ten_are_numbers_and_codes_are_not(tmp_path: Path) -> None:
    text = DEALS + "1,A,won,2024-01-01,8.7e-11,\n2,A,won,2024-01-01,1.5E+03,\n3,A,won,2024-01-01,1e5,\n"
    of = staged(tmp_path, text)
    assert values(of, "amount") == [Decimal(0), Decimal(1500)]
    assert [issue.line for issue in of.issues if issue.rejects] == [4]
