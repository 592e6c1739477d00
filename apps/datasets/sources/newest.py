"""Which of several files of a folder or bucket is the next one to import."""

from collections.abc import Iterable
from typing import Any, NamedTuple

REMEMBERED = 5_000  # files; older ones are forgotten first


class Seen(NamedTuple):
    """A file as its place tells it; `mark` changes whenever its content does (ETag, or size and time)."""

    name: str
    modified: float
    mark: str
    size: int


def waiting(files: Iterable[Seen], state: Any, *, every: bool) -> list[Seen]:
    """Files not taken yet, oldest first; of the newest only, if not every one is wanted."""
    ordered = sorted(files, key=lambda file: (file.modified, file.name))
    taken = state.get("taken", {})
    wanted = ordered if every else ordered[-1:]
    return [file for file in wanted if taken.get(file.name) != file.mark]


def after(state: Any, file: Seen, checksum: str = "") -> dict[str, Any]:
    """The state once this file was taken."""
    taken = {name: mark for name, mark in state.get("taken", {}).items() if name != file.name} | {file.name: file.mark}
    checksums = [*state.get("checksums", []), *([checksum] if checksum else [])]
    return {
        **state,
        "taken": dict(list(taken.items())[-REMEMBERED:]),
        "checksums": checksums[-REMEMBERED:],
    }
