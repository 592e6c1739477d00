"""The chart bundle: made once, a module that exports what chart.js imports."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings


def test_the_bundle_is_a_module_and_made_only_once(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ASSETS_DIR = tmp_path / "assets"
    call_command("build_assets")
    bundle = tmp_path / "assets" / "vega" / "vega.js"
    assert bundle.read_text().rstrip().endswith("export const vegaEmbed = window.vegaEmbed;")
    assert [path.name for path in bundle.parent.iterdir()] == ["vega.js"]
    assert "vega.js" in capsys.readouterr().out

    os.utime(bundle, (1, 1))
    call_command("build_assets")
    assert bundle.stat().st_mtime == 1
    assert capsys.readouterr().out == ""


def test_an_older_bundle_is_replaced(settings: Settings, tmp_path: Path) -> None:
    settings.ASSETS_DIR = tmp_path
    old = tmp_path / "vega" / "vega.js"
    old.parent.mkdir()
    old.write_text("/* Vega, Vega-Lite and Vega-Embed from vl-convert-python 0.1 */\n")
    call_command("build_assets")
    assert "vegaEmbed" in old.read_text()
