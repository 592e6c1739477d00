"""Warnings: rows that can be right and often are not, and what is worth a look in a file as a whole."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apps.datasets.checks import Issue
from apps.datasets.schema import TABLES
from apps.datasets.warnings import (
    NEEDED,
    Known,
    Month,
    Owned,
    gone_owners,
    missing_months,
    restated,
    unknown_owners,
    unusual_volume,
)
from apps.people.models import Member, Workspace
from tests.datasets.helpers import bring_in, last_import, staged

HEADER = "id,owner,outcome,created_on,closed_on,expected_close_on,amount\n"


def warned(issues: list[Issue], kind: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.message) for each in issues if each.kind == kind and not each.rejects]


def deals(of: dict[str, int], *, amount: int = 100, start: int = 0) -> str:
    """So many won deals closed in each month."""
    rows = [f"{month}-{n},Ann,won,2024-01-01,{month}-15,,{amount}\n" for month, many in of.items() for n in range(many)]
    return HEADER + "".join(rows[start:])


def test_a_deal_won_for_nothing_and_one_that_is_overdue_are_told(tmp_path: Path) -> None:
    of = staged(
        tmp_path,
        f"{HEADER}1,Ann,won,2025-01-01,2025-02-01,,0\n2,Ann,open,2025-01-01,,2025-06-01,5\n"
        "3,Ann,open,2025-01-01,,2026-06-01,5\n4,Ann,lost,2025-01-01,2025-02-01,2025-01-15,0\n",
    )
    ((line, column, message),) = warned(of.issues, "zero")
    assert (line, column) == (2, "amount")
    assert "won with an amount of 0" in message
    ((line, column, message),) = warned(of.issues, "overdue")
    assert (line, column) == (3, "expected_close_on")
    assert "was to close on 2025-06-01" in message
    assert of.rejected == 0


def test_times_without_a_zone_are_told_once_for_their_column(tmp_path: Path) -> None:
    rows = "".join(f"{n},2025-01-01,2025-01-01 10:{n:02}:00\n" for n in range(50))
    of = staged(tmp_path, f"id,created_on,first_response_at\n{rows}z,2025-01-01,2025-01-01T10:00:00Z\n", table="leads",
                timezone="Europe/Berlin")  # fmt: skip
    ((line, column, message),) = warned(of.issues, "zone")
    assert (line, column) == (0, "first_response_at")
    assert message.startswith("`first_response_at`: 50 times say no time zone and are read as time in Europe/Berlin.")


def test_ten_thousand_equal_issues_read_as_one_and_hide_no_other(tmp_path: Path) -> None:
    rows = "".join(f"{n},Ann,huh,,,,5\n" for n in range(10_000))
    of = staged(tmp_path, f"{HEADER}{rows}x,Ann,open,,,,n/a\n")
    groups = [(each.column, each.kind, each.rows, each.line) for each in of.groups if each.rejects]
    assert groups == [("outcome", "value", 10_000, 2), ("amount", "value", 1, 10_002)]
    assert len(of.issues) == 1000
    assert (10_002, "amount") in {(each.line, each.column) for each in of.issues}


@pytest.mark.django_db
def test_owners_who_are_no_member_or_have_left_are_told(rep: Member, manager: Member, tmp_path: Path) -> None:
    rep.left_on = date(2025, 2, 1)
    rep.save()
    outcome = bring_in(
        rep.workspace, tmp_path,
        f"{HEADER}1,Rita Evans,won,2024-01-01,2025-01-31,,5\n2,Rita Evans,won,2024-01-01,2025-02-01,,5\n"
        "3,Mara Dietz,won,2024-01-01,2025-02-01,,5\n4,Zoe,won,2024-01-01,2025-02-01,,5\n",
    )  # fmt: skip
    ((line, column, message),) = warned(outcome.issues, "unmatched")
    assert (line, column) == (5, "owner")
    assert message.startswith("1 owner (1 row) is no member: `Zoe`. Their rows count in the totals")
    ((line, _, message),) = warned(outcome.issues, "inactive")
    assert line == 3
    assert message == "`Rita Evans` has left on 1 Feb 2025; 1 row of later days belongs to them. Was it somebody else?"
    assert (outcome.rejected, outcome.new) == (0, 4)


@pytest.mark.django_db
def test_a_column_that_kpis_need_is_told_when_more_than_a_fifth_lacks_it(workspace: Workspace, tmp_path: Path) -> None:
    full = "".join(f"a{n},Ann,won,2024-01-01,2025-01-15,,5\n" for n in range(8))
    fifth = bring_in(
        workspace,
        tmp_path,
        HEADER + full + "b1,Ann,won,2024-01-01,2025-01-15,,\n" * 1 + "b2,Ann,won,2024-01-01,2025-01-15,,\n",
    )
    assert warned(fifth.issues, "missing") == []
    more = bring_in(
        workspace, tmp_path, HEADER + full + "".join(f"b{n},Ann,won,2024-01-01,2025-01-15,,\n" for n in range(3))
    )
    assert warned(more.issues, "missing") == [
        (10, "amount", "`amount` is blank in 27 % of the rows (3 of 11): KPIs that need it leave them out.")
    ]


@pytest.mark.django_db
def test_half_a_file_is_told_by_the_volume_of_the_imports_before(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(6):
        usual = bring_in(workspace, tmp_path, deals({"2025-01": 40 + number % 2}))
        assert warned(usual.issues, "volume") == []
    half = bring_in(workspace, tmp_path, deals({"2025-01": 20}))
    ((_, _, message),) = warned(half.issues, "volume")
    assert message == "The file has 20 rows; the last 6 imports of this table had 38 to 43. Is it all there?"


@pytest.mark.django_db
def test_a_complete_month_that_changes_is_told_with_before_and_after(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, deals({"2025-01": 10, "2025-02": 10, "2025-03": 10}))
    changed = bring_in(workspace, tmp_path, f"{HEADER}2025-01-3,Ann,won,2024-01-01,2025-01-15,,150\n")
    assert warned(changed.issues, "restated") == [
        (0, "", "A month that was complete changes, by amount of won deals: Jan 2025 from 1,000 to 1,050 (+5.0 %).")
    ]
    small = bring_in(workspace, tmp_path, f"{HEADER}2025-02-3,Ann,won,2024-01-01,2025-02-15,,105\n")
    assert warned(small.issues, "restated") == []  # exactly 0.5 %
    running = bring_in(workspace, tmp_path, f"{HEADER}new,Ann,won,2024-01-01,2025-03-15,,500\n")
    assert warned(running.issues, "restated") == []  # March was never complete


@pytest.mark.django_db
def test_a_month_without_rows_inside_the_history_is_told_across_imports(workspace: Workspace, tmp_path: Path) -> None:
    first = bring_in(workspace, tmp_path, deals({"2024-11": 5, "2024-12": 5, "2025-01": 5}))
    assert warned(first.issues, "gap") == []
    later = bring_in(workspace, tmp_path, deals({"2025-03": 5}))
    ((_, _, message),) = warned(later.issues, "gap")
    assert message.startswith("There is no row of Feb 2025, but of months before and after")
    filled = bring_in(workspace, tmp_path, deals({"2025-02": 5}))
    assert warned(filled.issues, "gap") == []


@pytest.mark.django_db
def test_warnings_are_recorded_with_their_kind_and_counts(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, tmp_path, deals({"2025-01": 5}, amount=0))
    batch = last_import()
    groups = {each["kind"]: (each["rows"], each["rejects"]) for each in batch.issue_groups}
    assert groups == {"zero": (5, False), "unmatched": (1, False)}
    assert batch.issues.filter(kind="zero", header="amount").count() == 5


# --- the rules by themselves -------------------------------------------------------------------------------


def test_every_column_that_is_asked_for_is_one_of_its_table() -> None:
    assert set(NEEDED) == set(TABLES)
    assert all(TABLES[table].has(column) for table, columns in NEEDED.items() for column in columns)


def test_what_is_no_person_is_not_asked_about_and_shares_are_people() -> None:
    known = Known(owners={"ann": 1}, nobody=frozenset({"queue"}), left={1: ("Ann", date(2025, 1, 1))})
    owned = [Owned("Queue", 9, 2, None), Owned("Ann 60%; Bo 40%", 3, 5, date(2025, 3, 1))]
    ((line, _, message),) = warned(unknown_owners(owned, known), "unmatched")
    assert (line, message.split(":")[0]) == (5, "1 owner (3 rows) is no member")
    assert gone_owners(owned, known) == {"Ann 60%; Bo 40%": date(2025, 1, 1)}
    assert unknown_owners(owned[:1], known) == []


def test_fewer_than_six_imports_say_nothing_of_the_volume() -> None:
    assert unusual_volume(1, Known(volumes=[100] * 5)) == []
    ((_, _, message),) = warned(unusual_volume(1, Known(volumes=[100] * 6, source="CRM")), "volume")
    assert message == "The file has 1 row; the last 6 imports of `CRM` had 100. Is it all there?"


def test_months_of_few_rows_are_no_gap_and_the_running_month_is_not_restated() -> None:
    sparse = [Month(date(2025, month, 1), rows=1) for month in (1, 2, 4, 6)]
    assert missing_months(sparse) == []
    month = Month(date(2025, 3, 1), rows=5, amount=Decimal(100), came=Decimal(50))
    assert restated([month], "revenue", date(2025, 3, 30)) == []
    assert len(restated([month], "revenue", date(2025, 3, 31))) == 1
    assert restated([month], "revenue", None) == []
