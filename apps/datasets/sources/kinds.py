"""What every kind of source is asked for and answers: the newest content as a file, under a name, and a new state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

State = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Asked:
    """One fetch: where to look, with which credentials, and what was known after the last one.

    `folder` is a workbench to write into; `root` the folder of the workspace below SOURCES_FOLDER. `limit` in bytes.
    """

    kind: str
    config: Mapping[str, Any]
    secret: Mapping[str, str]
    state: Mapping[str, Any]
    allow_private: bool
    folder: Path
    root: Path
    now: datetime
    limit: int
    max_rows: int
    mode: str = "upsert"
    sample: bool = False  # the beginning is enough: more rows than fit are left out instead of refused
    progress: Progress = lambda *_: None


@dataclass(frozen=True)
class Found:
    """A file to import. `state` counts once it was received; `more`: another one already waits behind it."""

    path: Path
    name: str
    state: State
    more: bool = False
    reading: dict[str, Any] = field(default_factory=dict)  # how the file is written, where we wrote it ourselves


@dataclass(frozen=True)
class Nothing:
    """The source answered, and there is nothing that was not there before. `soon`: look again in a minute."""

    sentence: str
    state: State
    soon: bool = False


Answer = Found | Nothing

# How a file is written that we made ourselves from a query or from rows.
OUR_CSV = {"delimiter": ",", "encoding": "utf-8", "quote": '"', "header": 1}
