"""Writes the Vega bundle that vl-convert carries, so that charts need neither a CDN nor Node."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from django.conf import settings
from django.core.management.base import BaseCommand

# The bundle sets a global; as a module it must export it too. vega-embed's `ast: true` brings Vega's interpreter, which
# works under a Content-Security-Policy without unsafe-eval.
GLOBALS = "window.vegaEmbed = vegaEmbed;"
EXPORTS = "\nexport const vegaEmbed = window.vegaEmbed;\n"


class Command(BaseCommand):
    help = "Write the chart library to ASSETS_DIR, unless this version of it is already there."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.ASSETS_DIR) / "vega"
        path = folder / "vega.js"
        header = f"/* Vega, Vega-Lite and Vega-Embed from vl-convert-python {version('vl-convert-python')} */\n"
        if path.is_file():
            with path.open() as present:
                if present.readline() == header:
                    return
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(header + vl_convert.javascript_bundle(GLOBALS) + EXPORTS)
        unfinished.replace(path)  # a reader sees the old file or the new one, never half of it
        self.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KB")
