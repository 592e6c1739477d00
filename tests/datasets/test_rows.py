"""Every row is looked at, and nothing that is wrong is taken in or lost without a word."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from apps.datasets.staging import covers
from apps.datasets.telling import ISSUES_KEPT
from tests.datasets.helpers import TODAY, messages, staged, values

HEADER = "id,owner,outcome,created_on,closed_on,amount\n"


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (",Ann,open,2017-01-01,,5", "id", "`id` is blank."),
        ("1, ,open,2017-01-01,,5", "owner", "`owner` is blank."),
        ("1,Ann,,2017-01-01,,5", "outcome", "`outcome` is blank."),
        ("1,Ann,open,2017-02-30,,5", "created_on", "`2017-02-30` is not a date."),
        ("1,Ann,open,soon,,5", "created_on",
         '`soon` is not a date. If it stands for blank, say so in the mapping: "values":'
         ' {"created_on": {"soon": ""}}.'),
        ("1,Ann,won,2017-01-02,2017-01-01,5", "closed_on",
         "`closed_on` (2017-01-01) lies before `created_on` (2017-01-02)."),
        ("1,Ann,won,2017-01-02,,5", "closed_on", "`closed_on` is blank, but `outcome` is won."),
        ("1,Ann,lost,2017-01-02,,5", "closed_on", "`closed_on` is blank, but `outcome` is lost."),
        ("1,Ann,open,2017-01-01,,5,6", "",
         "The line has 7 cells, the header 6: a delimiter inside a text needs quotation marks."),
    ],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_reason_and_the_others_stay(
    tmp_path: Path, row: str, column: str, message: str
) -> None:
    of = staged(tmp_path, f"{HEADER}a,Ann,won,2017-01-01,2017-01-02,1\n{row}\nb,Bob,open,,,\n")
    assert values(of, "id") == ["a", "b"]
    assert messages(of) == [(3, column, message)]
    assert (of.read, of.rejected, of.valid) == (3, 1, 2)


def test_a_row_with_several_faults_names_all_of_them(tmp_path: Path) -> None:
    of = staged(tmp_path, f"{HEADER}1,,maybe,x,y,z\n2,Ann,won,2017-01-01,2017-01-01,1\n")
    assert [column for _, column, _ in messages(of)] == ["owner", "created_on", "closed_on", "outcome", "amount"]


def test_the_last_line_with_a_key_counts_and_the_others_are_named(tmp_path: Path) -> None:
    of = staged(tmp_path, f"{HEADER}1,Ann,open,,,5\n2,Bob,open,,,6\n1,Cem,open,,,7\n1,Dan,maybe,,,8\n")
    assert values(of, "id", "owner") == [("2", "Bob"), ("1", "Cem")]
    assert (of.rejected, of.duplicates) == (1, 1)
    assert (2, "id", "Line 4 has the same id and comes later: that one counts.") in messages(of)
    assert [issue.rejects for issue in of.issues if issue.line == 2] == [False]


def test_a_short_line_is_taken_with_a_warning(tmp_path: Path) -> None:
    of = staged(tmp_path, f"{HEADER}1,Ann,open\n")
    assert values(of, "id") == ["1"]
    assert messages(of) == [(2, "", "The line has only 3 of 6 cells; the missing ones are taken as blank.")]


def test_lines_of_nothing_but_delimiters_are_no_rows(tmp_path: Path) -> None:
    of = staged(tmp_path, f"{HEADER}1,Ann,open,,,5\n,,,,,\n\n,,,,,\n")
    assert (of.read, of.issues) == (1, [])


def test_data_reaches_to_the_last_event_not_to_plans_or_the_future(tmp_path: Path) -> None:
    future = TODAY + timedelta(days=400)
    of = staged(
        tmp_path,
        f"{HEADER}1,Ann,won,2017-01-01,2017-03-05,5\n2,Ann,open,2017-04-01,2029-01-01,5\n3,Ann,won,2017-02-01,{future},5\n",
    )
    assert covers(of, TODAY) == (date(2017, 1, 1), date(2017, 4, 1))
    assert values(of, "id") == ["1", "2"]
    assert messages(of) == [
        (4, "closed_on", f"`closed_on` ({future}) lies in the future; what has not happened yet does not count.")
    ]


def test_an_end_that_is_agreed_on_may_lie_in_the_future(tmp_path: Path) -> None:
    future = TODAY + timedelta(days=400)
    of = staged(tmp_path, f"id,customer,started_on,ended_on,mrr\n1,Acme,2017-01-01,{future},5\n", table="subscriptions")
    assert values(of, "id") == ["1"]
    assert messages(of) == [
        (2, "ended_on", f"`ended_on` ({future}) lies in the future; data is not called complete up to it.")
    ]


def test_issues_are_kept_up_to_a_limit_and_rejections_come_first(tmp_path: Path) -> None:
    short = "".join(f"s{number},Ann,open\n" for number in range(ISSUES_KEPT))
    of = staged(tmp_path, f"{HEADER}{short}x,Ann,open,2017-02-30,,1\ny,Ann,open,2017-02-28,,1\n")
    assert len(of.issues) == ISSUES_KEPT
    assert of.issues[0].message == "`2017-02-30` is not a date."
