"""The commands: exit status, one sentence on stderr, counts as JSON, and several of them at once."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.common.commands import NO_TABLES
from apps.datasets.models import Import
from apps.people.models import Workspace
from tests.datasets.helpers import live_rows

ROOT = Path(__file__).resolve().parent.parent.parent
HEADER = "id,owner,outcome,amount\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def run(*arguments: object, **options: Any) -> str:
    out = StringIO()
    call_command("import_data", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


def test_import_data_prints_counts_and_issues_as_json(workspace: Workspace, tmp_path: Path) -> None:
    one = written(tmp_path, "one.csv", f"{HEADER}1,Ann,open,5\n2,Ann,huh,6\n")
    two = written(tmp_path, "two.csv", f"{HEADER}1,Ann,open,6\n3,Ann,open,6\n")
    found = json.loads(run("deals", one, two, "--workspace", "acme", "--json"))
    assert {count: found[count] for count in ("read", "new", "changed", "unchanged", "rejected")} == {
        "read": 4, "new": 2, "changed": 1, "unchanged": 0, "rejected": 1,
    }  # fmt: skip
    assert [(issue["file"], issue["line"], issue["column"], issue["value"]) for issue in found["issues"]] == [
        ("one.csv", 3, "outcome", "huh"),
        ("one.csv", 2, "owner", "Ann"),
        ("two.csv", 2, "owner", "Ann"),
    ]
    assert [each["state"] for each in found["files"]] == ["committed", "committed"]
    assert len(live_rows(workspace, "id")) == 2


def test_import_data_tells_people_what_it_understood(workspace: Workspace, tmp_path: Path) -> None:
    out = run("deals", written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n2,Ann,huh,6\n"), "--workspace", "acme")
    assert "a.csv: committed. 2 rows read: 1 new, 1 rejected." in out
    assert '"columns": {"id": "id"' in out
    assert "line 3, outcome: `huh` is not one of" in out


def test_lookups_are_found_beside_the_mapping_file(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    written(folder, "teams.csv", "who,team\nAnn,North\n")
    mapping = {"lookups": [{"file": "teams.csv", "on": {"owner": "who"}, "columns": {"team": "team"}}]}
    path = written(folder, "m.json", json.dumps(mapping))
    run("deals", written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n"), "--workspace", "acme", "--mapping", path)
    assert live_rows(workspace, "team") == [("North",)]


@pytest.mark.parametrize(
    ("table", "text", "options", "words"),
    [
        ("deal", HEADER, [], "There is no table `deal`. Did you mean `deals`"),
        ("deals", "id,owner\n1,x\n", [], "no column for `outcome`"),
        ("deals", HEADER, [], "has a header but no rows"),
        ("deals", f"{HEADER}1,Ann,huh,5\n", [], "The only row"),
        ("deals", f"{HEADER}1,Ann,open,5\n", ["--sheet", "One"], "--sheet is for workbooks"),
        ("deals", f"{HEADER}1,Ann,open,5\n", ["--mapping", "nowhere.json"], "mapping file `nowhere.json` cannot be"),
        ("deals", f"{HEADER}1,Ann,open,5\n2,Ann,huh,5\n", ["--dry-run"], "2 rows read: 1 new, 1 rejected"),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_is_stored(
    workspace: Workspace, tmp_path: Path, table: str, text: str, options: list[str], words: str
) -> None:
    path = written(tmp_path, "a.csv", text)
    with pytest.raises(CommandError) as refused:
        run(table, path, "--workspace", "acme", *options)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert live_rows(workspace, "id") == []


def test_an_unknown_workspace_or_file_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no workspace `acmi`\. Did you mean `acme`"):
        run("deals", tmp_path / "a.csv", "--workspace", "acmi")
    with pytest.raises(CommandError, match="cannot be opened: No such file"):
        run("deals", tmp_path / "a.csv", "--workspace", "acme")


def test_a_dry_run_of_a_clean_file_succeeds_and_stores_nothing(workspace: Workspace, tmp_path: Path) -> None:
    out = run("deals", written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n"), "--workspace", "acme", "--dry-run")
    assert "would be committed" in out
    assert Import.objects.count() == 0


def test_read_table_writes_text_as_in_the_file_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    one = tmp_path / "one.csv"
    one.write_bytes('Näme; Größe \r\n007;1,50\r\n"a\r\nb";\r\n;\r\n'.encode("cp1252"))
    book = tmp_path / "book.xlsx"
    book.write_bytes(b"PK\x03\x04")
    call_command("read_table", str(one), str(book), "--out", str(tmp_path / "out"), stdout=StringIO())
    with (tmp_path / "out" / "one_converted.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["Näme", " Größe "], ["007", "1,50"], ["a\r\nb", ""]]
    said = (tmp_path / "out" / "book_converted.csv").read_text()
    assert said.startswith("Application Error\n`book.xlsx` is an Excel workbook")


def test_two_files_of_one_name_would_overwrite_each_other(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="2 of the files are called `a`"):
        call_command("read_table", "x/a.csv", "y/a.csv", "--out", str(tmp_path))


def manage(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "kpitracker.settings.local"}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.worker
def test_a_fresh_database_is_explained_and_four_imports_at_once_are_all_right(tmp_path: Path) -> None:
    """Each file has the keys k0…k9 in common with the others and ten of its own."""
    path = written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n")
    data = tmp_path / "var"
    data.mkdir()
    first = manage(data, "import_data", "deals", str(path), "--workspace", "acme")
    assert first.communicate()[1].strip().endswith("run `python manage.py migrate`.")
    assert first.returncode == 1
    for command in ("recompute", "compute"):
        also = manage(data, command, *(["revenue"] if command == "compute" else []), "--workspace", "acme")
        assert also.communicate() == ("", f"CommandError: {NO_TABLES}\n")
    migrated = manage(data, "migrate", "--skip-checks")
    assert (migrated.communicate()[1], migrated.returncode) == ("", 0)
    owned = ["--owner", "admin@acme.test", "--password", "s3cret-enough-for-us"]
    assert manage(data, "create_workspace", "Acme", *owned).communicate()[0].strip() == "acme"
    files = []
    for number in range(4):
        keys = [f"k{key}" for key in range(10)] + [f"own{number}-{key}" for key in range(10)]
        rows = "".join(f"{key},Ann,open,{number}\n" for key in keys)
        files.append(written(tmp_path, f"{number}.csv", HEADER + rows))
    running = [manage(data, "import_data", "deals", str(file), "--workspace", "acme", "--json") for file in files]
    results = [(process.communicate(timeout=120), process.returncode) for process in running]
    assert [code for _, code in results] == [0, 0, 0, 0], results
    # However they fell, ten keys were new once and changed three times.
    counts = [json.loads(out) for (out, _), _ in results]
    assert sum(each["new"] for each in counts) == 50
    assert sum(each["changed"] for each in counts) == 30
    assert_last_commit_counts(data)


def assert_last_commit_counts(data: Path) -> None:
    with sqlite3.connect(data / "kpitracker.sqlite3") as database:
        order = [row[0] for row in database.execute("SELECT batch_id FROM datasets_livebatch ORDER BY id")]
        heads = database.execute("SELECT head FROM datasets_dataset").fetchall()
    database.close()
    assert len(order) == 4
    assert heads == [(4,)]
    folder = data / "columns" / "1" / "deals"
    gone = [str(path) for path in (folder / "superseded").glob("*.parquet")]
    con = duckdb.connect()
    live = con.execute(
        "SELECT id, _batch FROM read_parquet(?, union_by_name=true)"
        " ANTI JOIN (SELECT DISTINCT _batch, _line FROM read_parquet(?)) USING (_batch, _line)",
        [[str(path) for path in (folder / "rows").glob("*.parquet")], gone],
    ).fetchall()
    assert len(live) == 50
    assert {batch for key, batch in live if key.startswith("k")} == {order[-1]}
