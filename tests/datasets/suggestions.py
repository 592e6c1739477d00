"""A short way to have a text suggested, without a person in between."""

from pathlib import Path
from typing import Any

from apps.datasets.suggesting import Suggestion, suggest
from apps.people.models import Workspace


def suggested(
    workspace: Workspace, folder: Path, content: str, *, table: str = "", mapping: dict[str, Any] | None = None,
    name: str = "file.csv", **lookups: str,
) -> Suggestion:  # fmt: skip
    """`lookups` are the contents of `<name>.csv` beside the file."""
    path = folder / "sent.csv"
    path.write_text(content)
    files = {f"{each}.csv": folder / f"{each}.csv" for each in lookups}
    for each, text in lookups.items():
        files[f"{each}.csv"].write_text(text)
    return suggest(
        workspace=workspace, path=path, file_name=name, table=table, mapping=mapping, lookup_files=files,
        folder=folder / "look",
    )  # fmt: skip


def columns(of: Suggestion) -> dict[str, Any]:
    """Which column feeds which standard field, own columns left out."""
    return {name: header for name, header in of.mapping["columns"].items() if name in of.reasons}
