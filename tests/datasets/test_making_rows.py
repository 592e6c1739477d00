"""Parts of a mapping that make, fill and choose rows: computed, where, unpivot, repeat."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.errors import Refusal
from apps.datasets.models import Import
from apps.datasets.queries import rejects_path, snapshot
from apps.datasets.store.connection import connect
from apps.datasets.store.lines import line_of
from apps.people.models import Workspace
from tests.datasets.helpers import bring_in, last_import, live_rows, messages, staged, values

LINES = (
    "Order,Item,Day,Price,Qty,Disc,Kind\n"
    '1,a,2024-01-05,"1,000.50",2,0.1,real\n'
    "1,b,2024-01-06,NULL,3,0,test\n"
    "2,a,2024-01-07,x,1,0,real\n"
    "3,a,2024-01-08,10,0,0.25,real\n"
)
ORDERS: dict[str, Any] = {
    "columns": {"order": "Order", "ordered_on": "Day"},
    "computed": {"id": "Order & '-' & Item", "net": "Price * Qty * (1 - Disc)"},
}
WIDE = "Who;Year;Jan;Feb;Mar\nAnn;2024;10;-;30\nBo;2024;1;2;x\n"
QUOTAS: dict[str, Any] = {
    "key": ["owner", "period_start"],
    "columns": {"owner": "Who"},
    "unpivot": {"columns": {"Jan": "1", "Feb": "2", "Mar": "3"}, "name": "Month", "value": "Target"},
    "computed": {"period_start": "date(Year, Month, 1)", "amount": "Target * 1000"},
    "where": "Target != '-'",
}


def test_a_field_is_computed_exactly_and_a_row_without_a_value_says_what_it_was_given(tmp_path: Path) -> None:
    of = staged(tmp_path, LINES, ORDERS, table="orders")
    assert values(of, "id", "net") == [("1-a", Decimal("1800.9")), ("1-b", None), ("3-a", Decimal(0))]
    assert (4, "net", "`net` cannot be computed: `Price` is `x`, `Qty` is `1`, `Disc` is `0`.") in messages(of)
    assert of.rejected == 1


def test_values_and_constants_apply_to_what_was_computed(tmp_path: Path) -> None:
    mapping = {
        **ORDERS,
        "computed": {**ORDERS["computed"], "team": "lower(Kind)", "region": "if(Kind = 'x', 'y')"},
        "values": {"team": {"real": "Real"}},
        "constants": {"region": "North"},
        "where": "Qty > 1 and Price != 'NULL'",
    }
    assert values(staged(tmp_path, LINES, mapping, table="orders"), "team", "region") == [("Real", "North")]


def test_formulas_reach_the_columns_of_lookups(tmp_path: Path) -> None:
    mapping = {
        **ORDERS,
        "lookups": [{"file": "items.csv", "on": {"Item": "Item"}, "columns": {}}],
        "computed": {**ORDERS["computed"], "cost": "Unit_cost * Qty", "product": "First & ' ' & Last"},
    }
    of = staged(
        tmp_path, LINES, mapping, table="orders",
        lookups={"items.csv": "Item,Unit cost,First,Last\na,2.5,Big,Box\nb,4,,Bag\n"},
    )  # fmt: skip
    assert values(of, "cost", "product") == [
        (Decimal(5), "Big Box"),
        (Decimal(12), "Bag"),
        (Decimal(0), "Big Box"),
    ]


def test_where_leaves_rows_out_that_are_counted_and_not_rejected(tmp_path: Path) -> None:
    of = staged(tmp_path, LINES, {**ORDERS, "where": "Kind = 'real'"}, table="orders")
    assert (of.read, of.rejected, of.left_out) == (3, 1, 1)
    assert values(of, "id") == ["1-a", "3-a"]


def test_a_row_of_which_cannot_be_said_whether_it_is_wanted_is_rejected_visibly(tmp_path: Path) -> None:
    of = staged(tmp_path, LINES, {**ORDERS, "where": "Price > 10"}, table="orders")
    assert (4, "", "It cannot be said whether `where` holds: `Price` is `x`.") in messages(of)
    assert values(of, "id") == ["1-a"]
    assert (of.read, of.left_out) == (2, 2)


def test_a_wide_file_becomes_long_and_each_row_keeps_the_line_it_came_from(tmp_path: Path) -> None:
    of = staged(tmp_path, WIDE, QUOTAS, table="quotas")
    assert values(of, "owner", "period_start", "period_end", "amount") == [
        ("Ann", date(2024, 1, 1), date(2024, 2, 1), Decimal(10_000)),
        ("Ann", date(2024, 3, 1), date(2024, 4, 1), Decimal(30_000)),
        ("Bo", date(2024, 1, 1), date(2024, 2, 1), Decimal(1_000)),
        ("Bo", date(2024, 2, 1), date(2024, 3, 1), Decimal(2_000)),
    ]
    assert messages(of) == [(3, "amount", "`amount` cannot be computed: `Target` is `x`.")]
    stored = values(of, "_line")
    assert len(set(stored)) == 4
    assert [line_of(each) for each in stored] == [2, 2, 3, 3]
    assert of.left_out == 1


def test_unpivot_by_a_list_of_headers_names_rows_by_them(tmp_path: Path) -> None:
    mapping = {
        "unpivot": {"columns": ["Jan", "Feb"], "name": "Month", "value": "Target"},
        "columns": {"owner": "Who", "amount": "Target", "month_name": "Month"},
        "constants": {"period_start": "2024-01-01"},
        "values": {"amount": {"-": "0"}},
    }
    of = staged(tmp_path, WIDE, mapping, table="quotas")
    assert values(of, "month_name", "amount")[:2] == [("Jan", Decimal(10)), ("Feb", Decimal(0))]
    assert "jan" not in of.plan.own  # a column that became rows is no column of each of them


def test_a_line_that_stands_for_several_is_repeated_and_none_vanishes_silently(tmp_path: Path) -> None:
    mapping = {
        "repeat": {"times": "N", "number": "Copy"},
        "constants": {"first_paid_on": "2024-01-01"},
        "computed": {"id": "C & '-' & Copy"},
    }
    of = staged(tmp_path, "C,N\nx,2\ny,0\nz,\nw,1.5\nv,99999\n", mapping, table="customers")
    assert values(of, "id") == ["x-1", "x-2"]
    assert [line_of(each) for each in values(of, "_line")] == [2, 2]
    assert messages(of) == [
        (4, "", "`` in `N` is no number of rows."),
        (5, "", "`1.5` in `N` is no number of rows."),
        (6, "", "`99999` in `N` is no number of rows."),
    ]
    assert (of.read, of.rejected, of.left_out) == (5, 3, 1)


def test_unpivot_and_repeat_together_keep_every_row_apart(tmp_path: Path) -> None:
    mapping = {
        "unpivot": {"columns": ["a", "b"], "name": "Channel", "value": "N"},
        "repeat": {"times": "N", "number": "Copy"},
        "constants": {"first_paid_on": "2024-01-01"},
        "computed": {"id": "Who & Channel & Copy"},
    }
    of = staged(tmp_path, "Who,a,b\nx,2,1\ny,1,2\n", mapping, table="customers")
    assert values(of, "id") == ["xa1", "xa2", "xb1", "ya1", "yb1", "yb2"]
    assert len(set(values(of, "_line"))) == 6


@pytest.mark.django_db
def test_the_sentence_the_record_and_the_rejects_tell_the_lines_of_the_file(
    workspace: Workspace, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    outcome = bring_in(workspace, tmp_path, WIDE, table="quotas", mapping=QUOTAS)
    assert outcome.sentence == "5 rows read: 4 new, 1 rejected. 1 more is not wanted by the mapping."
    batch = last_import()
    assert (batch.rows_left_out, batch.rows_read) == (1, 5)
    assert [issue.line for issue in batch.issues.filter(rejects_row=True)] == [3]
    with rejects_path(batch).open() as file:
        (header, row) = list(csv.reader(file))
    assert header == ["line", "reasons", "warnings", "Who", "Year", "Jan", "Feb", "Mar"]
    assert [row[0], *row[2:]] == ["3", "", "Bo", "2024", "1", "2", "x"]


@pytest.mark.django_db
def test_a_later_file_replaces_single_rows_of_one_line(workspace: Workspace, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"
    bring_in(workspace, tmp_path, WIDE, table="quotas", mapping=QUOTAS)
    later = bring_in(workspace, tmp_path, "Who;Year;Jan;Feb;Mar\nAnn;2024;11;5;30\n", table="quotas", mapping=QUOTAS)
    assert (later.new, later.changed, later.unchanged) == (1, 1, 1)
    rows = live_rows(workspace, "owner", "period_start", "amount", table="quotas")
    assert [(owner, day.month, int(amount)) for owner, day, amount in rows] == [
        ("Ann", 1, 11_000),
        ("Ann", 2, 5_000),
        ("Ann", 3, 30_000),
        ("Bo", 1, 1_000),
        ("Bo", 2, 2_000),
    ]


@pytest.mark.django_db
def test_the_same_file_by_the_completed_mapping_changes_nothing(
    workspace: Workspace, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    bring_in(workspace, tmp_path, LINES, table="orders", mapping={**ORDERS, "where": "Kind = 'real'"})
    completed = json.loads(json.dumps(last_import().mapping))
    assert completed["where"] == "Kind = 'real'"
    assert completed["computed"] == ORDERS["computed"]
    again = bring_in(workspace, tmp_path, LINES, table="orders", mapping=completed)
    assert again.state == Import.State.UNCHANGED


@pytest.mark.django_db
def test_a_mapping_that_wants_no_row_is_refused_in_words(workspace: Workspace, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"
    outcome = bring_in(workspace, tmp_path, LINES, table="orders", mapping={**ORDERS, "where": "Kind = 'dream'"})
    assert outcome.sentence == "The mapping wants none of the 4 rows of `file.csv`, so there is nothing to import."


@pytest.mark.django_db
def test_own_columns_that_are_computed_can_be_grouped_by(workspace: Workspace, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"
    mapping = {**ORDERS, "computed": {**ORDERS["computed"], "basket": "if(Qty > 1, 'many', 'one')"}}
    bring_in(workspace, tmp_path, LINES, table="orders", mapping=mapping)
    found = snapshot(workspace=workspace, table="orders")
    assert "basket" in found.columns
    con = connect(threads=1, directories=[path.parent for path in found.row_files])
    assert con.execute(f"SELECT DISTINCT basket FROM ({found.rows_sql()}) ORDER BY 1").fetchall() == [
        ("many",),
        ("one",),
    ]


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"computed": ["net"]}, "must be an object"),
        ({"computed": {"net": 5}}, "a formula is a text in quotation marks"),
        (
            {"computed": {"net": "Price *"}},
            "`computed` of the mapping, `net`: The formula cannot be read at position 8",
        ),
        ({"computed": {"net": "Prise * 2"}}, "names the column `Prise`, which `file.csv` does not have. Did you mean"),
        ({"computed": {"net": "date(Day)"}}, "the formula gives a date, the field is a money"),
        ({"computed": {"shipped_on": "Price * 2"}}, "the formula gives a number, the field is a date"),
        ({"computed": {"nett": "Price * 2"}}, "Did you mean `net`?"),
        ({"columns": {"net": "Price"}, "computed": {"net": "Price * 2"}}, "says twice where `net` comes from"),
        ({"where": "Qty * 2"}, "`where` of the mapping: `where` needs a condition"),
        ({"where": 1}, "`where` of the mapping: a formula is a text"),
        ({"unpivot": {"columns": [], "name": "M", "value": "V"}}, "needs the columns that become rows"),
        ({"unpivot": {"columns": ["Qty"], "name": "M"}}, "must be written like this"),
        ({"unpivot": {"columns": ["Qty"], "name": "Day", "value": "V"}}, "adds a column `Day`, but there is one"),
        ({"unpivot": {"columns": ["Nope"], "name": "M", "value": "V"}}, "names the column `Nope`"),
        ({"repeat": {"times": "Nope", "number": "Copy"}}, "names the column `Nope`"),
        ({"repeat": "Qty"}, "must be written like this"),
        ({"computd": {}}, "unknown part `computd`. Did you mean `computed`?"),
    ],
)
def test_each_mistake_in_these_parts_is_refused_by_its_name(tmp_path: Path, part: dict[str, Any], says: str) -> None:
    mapping = {"columns": {"order": "Order", "ordered_on": "Day"}, "key": ["order"]} | part
    with pytest.raises(Refusal) as refused:
        staged(tmp_path, LINES, mapping, table="orders")
    assert says in refused.value.sentence
