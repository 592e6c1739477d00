"""Exports of well-known programs: how to know them by their headers, and the mapping that fits them."""

from apps.datasets.presets.kinds import PRESETS, Preset, preset_for

__all__ = ["PRESETS", "Preset", "preset_for"]
