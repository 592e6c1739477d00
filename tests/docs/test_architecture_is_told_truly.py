"""The table of rooms is the import contract; the list of pure modules is the other one."""

import re
import tomllib
from typing import Any

from django.conf import settings

from tests.docs.generated import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def contract(name_starts: str) -> dict[str, Any]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["name"].startswith(name_starts))


def told_rooms() -> list[tuple[int, str]]:
    return [
        (int(level), room) for level, room in re.findall(r"^\| (\d+) \| `apps\.(\w+)` \|", ARCHITECTURE, re.MULTILINE)
    ]


def test_the_rooms_are_told_in_the_order_of_the_import_contract() -> None:
    layers = contract("The rooms")["layers"]
    levels = {
        room.strip(" ()"): len(layers) - position
        for position, layer in enumerate(layers)
        for room in layer.split("|")
        if not layer.startswith("(")  # a room that is planned, not built
    }
    assert {room: level for level, room in told_rooms()} == levels
    assert [level for level, _room in told_rooms()] == sorted((level for level, _room in told_rooms()), reverse=True)


def test_every_installed_room_is_told() -> None:
    installed = {app.removeprefix("apps.") for app in settings.INSTALLED_APPS if app.startswith("apps.")}
    assert {room for _level, room in told_rooms()} == installed


def test_the_pure_modules_are_those_of_the_contract() -> None:
    told = ARCHITECTURE.split("Pure modules")[1].split("\n\n")[0]
    pure = {module.removeprefix("apps.") for module in contract("Pure calculation")["source_modules"]}
    assert set(re.findall(r"`(\w+\.\w+)`", told)) == pure
