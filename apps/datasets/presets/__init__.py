"""Exports of well-known programs: how to know them by their headers, and the mapping that fits them."""

from collections.abc import Sequence

from apps.datasets.presets import hubspot, pipedrive, quickbooks, salesforce, stripe
from apps.datasets.presets.kinds import Preset, best_of

__all__ = ["PRESETS", "Preset", "preset_for"]

PRESETS: tuple[Preset, ...] = (
    *salesforce.PRESETS, *hubspot.PRESETS, *pipedrive.PRESETS, *stripe.PRESETS, *quickbooks.PRESETS,
)  # fmt: skip


def preset_for(headers: Sequence[str]) -> Preset | None:
    """The preset whose export has these headers; further columns do not matter. None if it is none of them."""
    return best_of(PRESETS, headers)
