"""Imports and what leads to them: drafts, saved mappings, sources; and tables that stay in a warehouse."""

from apps.datasets.models.drafts import Draft
from apps.datasets.models.imports import Dataset, Import, LiveBatch, Pack, RowIssue
from apps.datasets.models.mappings import MappingVersion, SavedMapping
from apps.datasets.models.sources import Fetch, Source
from apps.datasets.models.warehouse import WarehouseTable

__all__ = [
    "Dataset",
    "Draft",
    "Fetch",
    "Import",
    "LiveBatch",
    "MappingVersion",
    "Pack",
    "RowIssue",
    "SavedMapping",
    "Source",
    "WarehouseTable",
]
