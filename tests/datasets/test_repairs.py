"""What somebody put right before a file was taken in, and rejected rows that come back corrected."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.datasets.errors import ImportRefusal
from apps.datasets.rejects import write_rejects
from apps.datasets.repairs import MOST_REPAIRS, NO_REPAIRS, Repairs
from apps.datasets.services import receive_file, run_import
from apps.datasets.staging import Stage, plan_for, stage
from apps.datasets.store import connect
from apps.people.models import Member
from tests.datasets.helpers import TODAY, last_import, live_rows, messages, staged, values
from tests.datasets.workbooks import xlsx

HEADER = "id,owner,outcome,created_on,closed_on,amount\n"
WRONG = f"{HEADER}1,Ann,won,2025-01-01,2025-02-01,5\n2,Ann,won,2025-01-01,2025-02-31,6\n3,Bo,huh,2025-01-01,,7\n"


def mended(folder: Path, content: str | Path, cells: list[list[Any]], excluded: list[int] | None = None,
           mapping: dict[str, Any] | None = None, table: str = "deals") -> Stage:  # fmt: skip
    path = content if isinstance(content, Path) else folder / "file.csv"
    if isinstance(content, str):
        path.write_text(content)
    source, plan = plan_for(path, path.name, table, mapping, {}, folder / "work")
    con = connect(threads=2, directories=[folder], spill=folder / "spill", ordered=False, formulas=plan.has_formulas)
    repairs = Repairs.parse({"cells": cells, "excluded": excluded or []})
    return stage(con, source, plan, today=TODAY, progress=lambda step, done, total: None, repairs=repairs)


def rejects_of(of: Stage, folder: Path, excluded_by: str = "") -> list[list[str]]:
    write_rejects(of, folder / "rejects.csv", excluded_by=excluded_by)
    with (folder / "rejects.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_cell_put_right_is_read_as_if_the_file_had_said_so(tmp_path: Path) -> None:
    of = mended(tmp_path, WRONG, [[3, "closed_on", "2025-02-28"], [4, "outcome", "open"]])
    assert (of.rejected, messages(of)) == (0, [])
    assert values(of, "closed_on") == [date(2025, 2, 1), date(2025, 2, 28), None]


def test_an_excluded_line_is_neither_read_nor_rejected(tmp_path: Path) -> None:
    of = mended(tmp_path, WRONG, [], [3, 4])
    assert (of.read, of.rejected, of.excluded) == (1, 0, 2)
    assert values(of, "id") == ["1"]


def test_a_cell_can_be_blanked(tmp_path: Path) -> None:
    of = mended(tmp_path, f"{HEADER}1,Ann,open,2025-01-01,,n/a\n", [[2, "amount", ""]])
    assert (values(of, "amount"), of.rejected) == ([None], 0)


def test_a_line_that_was_put_right_counts_as_looked_at(tmp_path: Path) -> None:
    content = f"{HEADER}1,Ann,won,2025-01-01,2025-02-01,5,6\n2,Ann,open\n"
    assert staged(tmp_path, content).rejected == 1
    of = mended(tmp_path, content, [[2, "amount", "5.6"], [3, "amount", "1"]])
    assert (of.rejected, messages(of), values(of, "amount")) == (0, [], [Decimal("5.6"), Decimal(1)])


def test_repairs_of_what_is_not_there_any_more_are_told(tmp_path: Path) -> None:
    of = mended(tmp_path, WRONG, [[99, "amount", "1"], [3, "Amount (old)", "1"]], [77])
    told = [(issue.line, issue.message) for issue in of.issues if issue.kind == "repair"]
    gone = "The file has no row in this line any more: what was put right in it was left aside."
    assert told == [
        (0, "The file has no column `Amount (old)` any more: what was put right in it was left aside."),
        (77, gone),
        (99, gone),
    ]
    assert of.excluded == 0


def test_a_cell_of_a_wide_line_is_put_right_where_it_stands(tmp_path: Path) -> None:
    mapping = {
        "unpivot": {"columns": {"Jan": "2024-01-01", "Feb": "2024-02-01"}, "name": "Month", "value": "Quota"},
        "columns": {"owner": "Who", "period_start": "Month", "amount": "Quota"},
        "key": ["owner", "period_start"],
    }
    content = "Who,Jan,Feb\nAnn,1,x\nBo,3,4\n"
    (issue,) = [each for each in staged(tmp_path, content, mapping, table="quotas").issues if each.rejects]
    assert (issue.line, issue.column, issue.header) == (2, "amount", "Feb")
    of = mended(tmp_path, content, [[issue.line, issue.header, "2"]], mapping=mapping, table="quotas")
    assert sorted(values(of, "amount")) == [1, 2, 3, 4]


def test_a_cell_of_a_workbook_is_put_right_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    path.write_bytes(xlsx({"Deals": [["id", "owner", "outcome", "amount"], ["1", "Ann", "open", "x"]]}))
    assert [(each.line, each.header) for each in mended(tmp_path, path, []).issues] == [(2, "amount")]
    assert values(mended(tmp_path, path, [[2, "amount", "5"]]), "amount") == [5]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cells": "x"}, "Repairs look like"),
        ({"cells": [[1, "a"]]}, "A repaired cell is a list"),
        ({"cells": [["1", "a", "b"]]}, "`1` is no number of a line"),
        ({"excluded": [0]}, "`0` is no number of a line"),
        ({"excluded": [True]}, "is no number of a line"),
        ({"cells": [[1, "a", "b" * 10_001]]}, "longer than 10,000 characters"),
        ({"excluded": list(range(1, MOST_REPAIRS + 2))}, "more than the 5,000"),
    ],
)
def test_repairs_that_make_no_sense_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ImportRefusal, match=says):
        Repairs.parse(given)


def test_repairs_come_back_from_their_json_as_they_were() -> None:
    repairs = Repairs({(3, "b"): "x", (2, "a"): ""}, frozenset({9, 4}))
    assert Repairs.parse(repairs.as_json()) == repairs
    assert NO_REPAIRS.as_json() == {}
    assert Repairs.parse(None) == NO_REPAIRS


# --- the file of rejected rows -----------------------------------------------------------------------------


def test_rejects_name_reasons_warnings_and_who_excluded(tmp_path: Path) -> None:
    of = mended(tmp_path, f"{WRONG}4,Bo,won,2025-13-01,2025-03-01,0\n5,Bo,won,2025-01-01,2025-03-01,0\n", [], [2])
    rows = rejects_of(of, tmp_path, "Mara Dietz")
    assert rows[0] == ["line", "reasons", "warnings", "id", "owner", "outcome", "created_on", "closed_on", "amount"]
    assert [(row[0], row[3]) for row in rows[1:]] == [("3", "2"), ("4", "3"), ("5", "4"), ("2", "1")]
    assert rows[3][1] == "`2025-13-01` is not a date."
    assert rows[3][2].startswith("The deal is won with an amount of 0")
    assert rows[4][1] == "Excluded by Mara Dietz."


def test_a_corrected_file_of_rejects_is_imported_as_it_is(tmp_path: Path) -> None:
    of = mended(tmp_path, WRONG, [], [2])
    rows = rejects_of(of, tmp_path, "Mara Dietz")
    rows[1][7] = "2025-02-28"
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    mapping = {"reading": {"delimiter": ";", "encoding": "cp1252", "header": 3}}  # of the file it was rejected from
    back = staged(tmp_path, text.getvalue(), mapping)
    assert back.plan.own == ()
    assert values(back, "id", "closed_on") == [("2", date(2025, 2, 28))]
    assert (back.rejected, back.excluded) == (1, 1)
    assert [issue.kind for issue in back.issues if not issue.rejects] == ["returning", "excluded"]
    again = rejects_of(back, tmp_path)
    assert again[0][:4] == ["line", "reasons", "warnings", "id"]  # ours come once


def test_a_column_of_the_file_that_is_called_line_stays_data(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,outcome,line\n1,Ann,huh,A7\n")
    rows = rejects_of(of, tmp_path)
    assert rows[0] == ["line_", "reasons_", "warnings_", "id", "owner", "outcome", "line"]
    text = (tmp_path / "rejects.csv").read_text().replace("huh", "open")
    back = staged(tmp_path, text)
    assert values(back, "id", "source_line") == [("1", "A7")]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-x", "'=1", "\t=1"])
def test_a_formula_in_a_rejected_row_is_harmless_and_comes_back_as_it_was(tmp_path: Path, cell: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["id", "owner", "outcome", "note"], ["1", "Ann", "huh", cell]])
    rows = rejects_of(staged(tmp_path, text.getvalue()), tmp_path)
    assert rows[1][6].startswith("'")
    back = staged(tmp_path, (tmp_path / "rejects.csv").read_text().replace("huh", "open"))
    assert values(back, "note") == [cell.strip()]


def test_a_negative_amount_is_no_formula(tmp_path: Path) -> None:
    rows = rejects_of(staged(tmp_path, f"{HEADER}1,Ann,huh,,,-5.20\n"), tmp_path)
    assert rows[1][8] == "-5.20"


@pytest.mark.django_db
def test_an_import_keeps_its_repairs_and_counts_what_was_excluded(admin: Member, tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(WRONG)
    repairs = Repairs({(3, "closed_on"): "2025-02-28"}, frozenset({4}))
    batch = receive_file(
        workspace=admin.workspace,
        table="deals",
        source=path,
        file_name="f.csv",
        mapping=None,
        by=admin,
        repairs=repairs,
    )
    outcome = run_import(import_id=batch.pk, today=TODAY)
    assert (outcome.read, outcome.new, outcome.rejected, outcome.excluded) == (2, 2, 0, 1)
    assert [deal for (deal,) in live_rows(admin.workspace, "id")] == ["1", "2"]
    batch = last_import()
    assert (batch.repairs, batch.rows_excluded) == (repairs.as_json(), 1)
