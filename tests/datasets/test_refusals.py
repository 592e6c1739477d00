"""What a command says, prints and leaves behind when it refuses, and how loudly it tells of rejected rows."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.datasets.models import Import
from apps.people.models import Workspace
from tests.datasets.helpers import live_rows, messages, staged

HEADER = "id,owner,outcome,amount\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(command: str, *arguments: object) -> tuple[str, dict[str, Any]]:
    """The sentence on stderr, and what stands on stdout."""
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, *map(str, arguments), "--workspace", "acme", "--json", stdout=out)
    assert error.value.returncode == 1
    return str(error.value), json.loads(out.getvalue())


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"PK\x03\x04", b"id\n1\n", HEADER.encode(),
     b"id,owner,outcome\n1,Ann,huh\n", b"id,owner,outcome,created_on\n1,Ann,open,01/02/2025\n",
     "\ufeffid,owner,outcome\n1,Ann,open\n".encode("utf-16-le")[:-1]],
)  # fmt: skip
def test_every_refusal_of_a_file_is_json_with_its_sentence(
    workspace: Workspace, tmp_path: Path, content: bytes, dry: tuple[str, ...]
) -> None:
    said, printed = refused("import_data", "deals", written(tmp_path, "a.csv", content), *dry)
    assert (printed["state"], printed["sentence"]) == ("refused", said)
    assert printed["new"] == 0
    assert "a.csv" in said or "created_on" in said
    assert "codec" not in said
    assert live_rows(workspace, "id") == []


def test_a_refusal_before_any_file_is_read_is_json_too(workspace: Workspace, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n")
    for arguments in (["deal", file], ["deals", tmp_path], ["deals", tmp_path / "none.csv"], ["deals", "/dev/null"]):
        for dry in ([], ["--dry-run"]):
            said, printed = refused("import_data", *arguments, *dry)
            assert (printed["state"], printed["sentence"], printed["read"]) == ("refused", said, 0)
    said, printed = refused("compute", "revenu")
    assert printed == {"state": "refused", "sentence": said}


def test_a_folder_is_not_called_missing(workspace: Workspace, tmp_path: Path) -> None:
    for dry in ([], ["--dry-run"]):
        assert "Is a directory" in refused("import_data", "deals", tmp_path, *dry)[0]


def test_when_a_later_file_is_refused_no_earlier_one_is_left_to_be_imported_by_a_worker(
    workspace: Workspace, tmp_path: Path
) -> None:
    good = written(tmp_path, "good.csv", f"{HEADER}1,Ann,open,5\n")
    refused("import_data", "deals", good, written(tmp_path, "bad.csv", "id\n1\n"))
    assert Import.objects.count() == 0
    uploads = Path(settings.DATA_DIR) / "uploads" / str(workspace.pk)
    assert list(uploads.iterdir()) == []


def test_a_dry_run_tells_of_every_file_also_of_those_behind_a_bad_one(workspace: Workspace, tmp_path: Path) -> None:
    bad, good = written(tmp_path, "bad.csv", ""), written(tmp_path, "good.csv", f"{HEADER}1,Ann,open,5\n")
    _, printed = refused("import_data", "deals", bad, good, "--dry-run")
    assert [(each["file"], each["state"]) for each in printed["files"]] == [
        ("bad.csv", "refused"),
        ("good.csv", "committed"),
    ]


def test_rejected_rows_are_told_loudly_and_kept_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f'{HEADER}1,Ann,open,5\n2,Ann,huh,"1,5 €"\n3,,open,n/a\n')
    out = StringIO()
    call_command("import_data", "deals", str(file), "--workspace", "acme", stdout=out)
    assert "NOT TAKEN IN: 2 of 3 rows" in out.getvalue()
    out = StringIO()
    call_command("import_data", "deals", str(file), "--workspace", "acme", "--json", stdout=out)
    printed = json.loads(out.getvalue())
    assert printed["sentence"].endswith("The others are here already, so nothing was stored.")
    kept = Path(printed["files"][0]["rejects_file"]).read_text()
    assert [line.split(",")[0] for line in kept.splitlines()] == ["line", "3", "4"]
    assert '"1,5 €"' in kept
    assert "`owner` is blank." in kept
    assert "`n/a` is not a number." in kept


@pytest.mark.parametrize("field", ["amount", "created_on"])
@pytest.mark.parametrize("stand_in", ["n/a", "TBD", "-", "#N/A"])
def test_a_word_that_may_stand_for_blank_comes_with_the_way_to_say_so(
    tmp_path: Path, field: str, stand_in: str
) -> None:
    good = {"amount": "5", "created_on": "2025-01-05"}[field]
    of = staged(tmp_path, f"id,owner,outcome,{field}\n1,Ann,open,{good}\n2,Ann,open,{stand_in}\n")
    assert f'"values": {{"{field}": {{"{stand_in}": ""}}}}' in messages(of)[0][2]
    mapping = {"values": {field: {stand_in: ""}}}
    assert messages(staged(tmp_path, f"id,owner,outcome,{field}\n1,Ann,open,{stand_in}\n", mapping)) == []


def test_a_line_above_the_header_is_pointed_at(workspace: Workspace, tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", f"Deals 2025\n\n{HEADER}1,Ann,open,5\n")
    mapping = written(tmp_path, "m.json", '{"reading": {"header": 1}}')
    said, _ = refused("import_data", "deals", file, "--mapping", mapping)
    assert said.startswith("The first line of `a.csv`, `Deals 2025`, is one cell")


def test_the_folder_of_read_table_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", HEADER)
    with pytest.raises(CommandError, match=r"The folder `.*` cannot be made: File exists"):
        call_command("read_table", str(file), "--out", str(file))


def test_read_table_explains_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    call_command("read_table", str(tmp_path), str(tmp_path / "none.csv"), "--out", str(out), stdout=StringIO())
    said = {path.name: path.read_text().splitlines() for path in out.iterdir()}
    assert said[f"{tmp_path.name}_converted.csv"][0] == "Application Error"
    assert "Is a directory" in said[f"{tmp_path.name}_converted.csv"][1]
    assert said["none_converted.csv"] == [
        "Application Error",
        "The file `none.csv` cannot be opened: No such file or directory.",
    ]


@pytest.mark.parametrize(
    "reading",
    ['{"header": -1}', '{"header": "two"}', '{"delimiter": ""}', '{"quote": "ab"}', '{"delimiter": "\\n"}',
     '{"sheets": "A"}', "[]", '{"encoding": 5}'],
)  # fmt: skip
def test_a_reading_that_cannot_be_is_refused_by_its_name(workspace: Workspace, tmp_path: Path, reading: str) -> None:
    file = written(tmp_path, "a.csv", f"{HEADER}1,Ann,open,5\n")
    said, _ = refused(
        "import_data", "deals", file, "--mapping", written(tmp_path, "m.json", f'{{"reading": {reading}}}')
    )
    assert said.startswith("`reading` of the mapping")
