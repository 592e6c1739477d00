"""A folder into which somebody else puts files. Below SOURCES_FOLDER/<workspace>, never outside of it."""

import shutil
import time
from fnmatch import fnmatch
from pathlib import Path

from apps.common.errors import Refusal
from apps.datasets.sources.kinds import Answer, Asked, Found, Nothing
from apps.datasets.sources.newest import Seen, after, waiting
from apps.datasets.uploads import file_checksum

SETTLED_AFTER = 10  # seconds since the last write
LOOK_AGAIN = 0.5  # seconds between two looks at the size
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".swp")


def fetch(asked: Asked) -> Answer:
    folder = inside(asked.root, str(asked.config.get("folder", "")))
    if not folder.is_dir():
        raise Refusal(f"The folder “{_shown(asked)}” is not there: create it, or check how it is written.")
    pattern = str(asked.config.get("pattern") or "*")
    files = _files(asked.root, folder, pattern)
    state = dict(asked.state)
    left = waiting(files, state, every=True)
    while left:
        file = left.pop(0)
        if not _is_settled(folder / file.name, asked.now.timestamp()):
            return Nothing(f"“{file.name}” is still being written.", state, soon=True)
        if file.size > asked.limit:
            raise Refusal(f"“{file.name}” is larger than {asked.limit // 1024**2} MB. Split it.")
        copy = asked.folder / "fetched"
        shutil.copyfile(folder / file.name, copy)
        checksum = file_checksum(copy)
        known = checksum in state.get("checksums", [])
        state = after(state, file, "" if known else checksum)
        if not known:
            return Found(copy, file.name, state, more=bool(left))
    return Nothing("No new file in the folder." if files else f"No file like {pattern} in the folder.", state)


def inside(root: Path, given: str) -> Path:
    """The folder or file below the root, whatever links and dots it is given with; Refusal if it is not below."""
    base = root.resolve()
    path = (base / given.strip().lstrip("/")).resolve()
    if not path.is_relative_to(base):
        raise Refusal("The folder must lie inside the folder of this workspace, so without “..” or links out of it.")
    return path


def _files(root: Path, folder: Path, pattern: str) -> list[Seen]:
    found = []
    for path in folder.iterdir():
        name = path.name
        if name.startswith((".", "~")) or name.lower().endswith(UNFINISHED) or not fnmatch(name, pattern):
            continue
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            told = path.stat()
            found.append(Seen(name, told.st_mtime, f"{told.st_size}:{told.st_mtime_ns}", told.st_size))
    return found


def _is_settled(path: Path, now: float) -> bool:
    """Whether nobody has written into it for a while, nor does between two looks."""
    before = path.stat()
    if now - before.st_mtime < SETTLED_AFTER:
        return False
    time.sleep(LOOK_AGAIN)
    after_a_while = path.stat()
    return (before.st_size, before.st_mtime_ns) == (after_a_while.st_size, after_a_while.st_mtime_ns)


def _shown(asked: Asked) -> str:
    return str(asked.config.get("folder", "")) or "."
