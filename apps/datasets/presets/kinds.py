"""What a preset is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """`key` is for machines, `title` for people (`Salesforce opportunities`)."""

    key: str
    title: str
    table: str
    mapping: dict[str, Any]


PRESETS: tuple[Preset, ...] = ()


def preset_for(headers: Sequence[str]) -> Preset | None:
    """The preset whose export has these headers; further columns do not matter."""
    return None
