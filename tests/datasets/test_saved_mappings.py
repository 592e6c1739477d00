"""Mappings saved under a name: in versions, remembered by headers, as files, and told when they no longer fit."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.audit.models import Event
from apps.common.errors import Refusal
from apps.datasets.mapping import load
from apps.datasets.models import SavedMapping
from apps.datasets.saved import as_file, file_name_of, mappings_of, newest, remembered, saved_mapping
from apps.datasets.services.mappings import remove_mapping, save_mapping
from apps.people.models import Member, Workspace
from tests.datasets.suggestions import suggested

HEADERS = ["Nr", "Wer", "Ding", "Stand"]
MAPPING: dict[str, Any] = {
    "table": "deals",
    "columns": {"id": "Nr", "owner": "Wer", "outcome": "Stand"},
    "values": {"outcome": {"Prima": "won", "Öde": "lost", "*": "open"}},
    "computed": {"product": "Ding & '!'"},
}
TEXT = "Nr,Wer,Ding,Stand\n1,Ann,a,Prima\n2,Bo,b,Zorp\n"


def save(workspace: Workspace, name: str = "Our export", mapping: dict[str, Any] | None = None, **more: Any) -> Any:
    given = {"table": "deals", "mapping": mapping or MAPPING, "headers": HEADERS, "by": None, **more}
    return save_mapping(workspace=workspace, name=name, **given)


def test_a_mapping_that_says_something_else_is_a_new_version(workspace: Workspace, admin: Member) -> None:
    first = save(workspace, by=admin)
    assert save(workspace, name=" our  EXPORT ") == first
    second = save(workspace, mapping={**MAPPING, "constants": {"currency": "EUR"}}, by=admin)
    assert (first.number, second.number) == (1, 2)
    (saved,) = mappings_of(workspace)
    assert newest(saved) == second
    assert list(Event.objects.values_list("action", "actor_id")) == [("mapping.save", admin.pk)] * 2


def test_a_mapping_without_a_name_or_of_another_table_is_refused(workspace: Workspace) -> None:
    save(workspace)
    with pytest.raises(Refusal, match="needs a name"):
        save(workspace, name="  ")
    with pytest.raises(Refusal, match="is a mapping for deals, not for leads"):
        save(workspace, table="leads", mapping={"table": "leads"})
    with pytest.raises(Refusal, match="unknown part"):
        save(workspace, name="Other", mapping={"colums": {}})


def test_a_removed_mapping_is_offered_no_longer_but_its_versions_stay(workspace: Workspace, admin: Member) -> None:
    version = save(workspace)
    remove_mapping(saved=version.saved, by=admin)
    assert mappings_of(workspace) == []
    assert remembered(workspace, HEADERS) is None
    with pytest.raises(SavedMapping.DoesNotExist):
        saved_mapping(workspace, version.saved_id)
    with pytest.raises(Refusal, match="removed already"):
        remove_mapping(saved=version.saved, by=admin)
    version.refresh_from_db()
    assert save(workspace).number == 1


def test_another_workspace_remembers_nothing_of_it(workspace: Workspace, other_workspace: Workspace) -> None:
    version = save(workspace)
    assert remembered(other_workspace, HEADERS) is None
    assert mappings_of(other_workspace) == []
    with pytest.raises(SavedMapping.DoesNotExist):
        saved_mapping(other_workspace, version.saved_id)


def test_a_file_with_nearly_the_same_headers_is_remembered(workspace: Workspace) -> None:
    version = save(workspace)
    assert remembered(workspace, ["stand", "WER", "nr", "Ding", "New column"]) == version
    assert remembered(workspace, HEADERS, "leads") is None
    assert remembered(workspace, ["Nr", "Something", "Else"]) is None


def test_a_remembered_mapping_is_suggested(workspace: Workspace, tmp_path: Path) -> None:
    version = save(workspace)
    found = suggested(workspace, tmp_path, TEXT)
    assert (found.table, found.saved, found.preset, found.changes) == ("deals", version, None, ())
    assert found.mapping["computed"] == {"product": "Ding & '!'"}
    assert {each.text: (each.meaning, each.guessed) for each in found.values["outcome"]} == {
        "Prima": ("won", False), "Zorp": ("open", False),
    }  # fmt: skip
    assert found.reasons["owner"] == "so it was the last time"


def test_what_no_longer_fits_is_told(workspace: Workspace, tmp_path: Path) -> None:
    save(workspace)
    found = suggested(workspace, tmp_path, TEXT.replace("Ding", "Sache").replace("Nr,Wer", "Nr,Wer,Extra").replace(
        "1,Ann", "1,Ann,x").replace("2,Bo", "2,Bo,x"), table="deals")  # fmt: skip
    assert found.saved is None  # three of six headers are another file
    four = "Nr,Wer,Sache,Stand,E\n1,Ann,a,Prima,e\n"
    save(workspace, name="Long", headers=["Nr", "Wer", "Ding", "Stand", "E", "F", "G"])
    longer = "Nr,Wer,Stand,E,F,G\n1,Ann,Prima,e,f,g\n"
    assert suggested(workspace, tmp_path, four).saved is None
    found = suggested(workspace, tmp_path, longer)
    assert found.saved is not None
    assert found.changes == ("The formula of product needs `Ding`, which is gone.",)
    assert "computed" not in found.mapping


def test_a_mapping_with_a_missing_file_beside_it_says_so(workspace: Workspace, tmp_path: Path) -> None:
    lookup = {"file": "teams.csv", "on": {"Wer": "Name"}, "columns": {"team": "Team"}}
    save(workspace, mapping={**MAPPING, "lookups": [lookup]})
    assert (
        "The file `teams.csv` is looked up, but it is not here: add it." in suggested(workspace, tmp_path, TEXT).changes
    )
    found = suggested(workspace, tmp_path, TEXT, teams="Name,Team\nAnn,East\nBo,West\n")
    assert found.changes == ()
    assert found.mapping["lookups"] == [lookup]


def test_the_file_of_a_mapping_is_read_as_the_same_mapping(workspace: Workspace, tmp_path: Path) -> None:
    version = save(workspace, name="Größe & Co. (2025)")
    path = tmp_path / file_name_of(version)
    assert path.name == "größe-co-2025.json"
    path.write_text(as_file(version.mapping), encoding="utf-8")
    assert load(path) == version.mapping == MAPPING
    complete = suggested(workspace, tmp_path, TEXT).mapping
    assert json.loads(as_file(complete)) == complete
    assert suggested(workspace, tmp_path, TEXT, mapping=complete).mapping == complete
