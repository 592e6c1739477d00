"""Mappings saved under a name: which there are, which fits a file, and their form as a mapping file."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch

from apps.datasets.models import MappingVersion, SavedMapping
from apps.datasets.schema.fields import normal
from apps.people.models import Workspace

NEARLY = 0.75  # of all headers of both files


def mappings_of(workspace: Workspace) -> list[SavedMapping]:
    """The saved mappings by name; `versions.all()` of each are there, the newest first."""
    versions = Prefetch("versions", MappingVersion.objects.select_related("created_by").order_by("-number"))
    found = SavedMapping.objects.filter(workspace=workspace, removed_at__isnull=True)
    return list(found.select_related("created_by").prefetch_related(versions).order_by("name"))


def saved_mapping(workspace: Workspace, pk: int) -> SavedMapping:
    """One of them; SavedMapping.DoesNotExist if it is another workspace's or was removed."""
    return SavedMapping.objects.get(workspace=workspace, removed_at__isnull=True, pk=pk)


def newest(saved: SavedMapping) -> MappingVersion:
    """What it says now."""
    return max(saved.versions.all(), key=lambda each: each.number)


def version_of(workspace: Workspace, pk: int) -> MappingVersion:
    """A version, also an old one; MappingVersion.DoesNotExist if it is another workspace's."""
    return MappingVersion.objects.select_related("saved").get(saved__workspace=workspace, pk=pk)


def remembered(workspace: Workspace, headers: Sequence[str], table: str = "") -> MappingVersion | None:
    """The newest version of the mapping whose file had the same headers, or nearly: for `table`, or for any."""
    best: tuple[float, int, MappingVersion] | None = None
    for saved in mappings_of(workspace):
        alike = likeness(saved.headers, headers)
        if alike >= NEARLY and table in {"", saved.table}:
            version = newest(saved)
            if best is None or (alike, version.pk) > best[:2]:
                best = (alike, version.pk, version)
    return best[2] if best else None


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of all headers that both have; 1 is the same ones, whatever their order, case and signs."""
    ours, theirs = {normal(each) for each in one}, {normal(each) for each in other}
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def as_file(mapping: dict[str, Any]) -> str:
    """A mapping as the text of a mapping file; reading it gives the same mapping again."""
    return json.dumps(mapping, ensure_ascii=False, indent=2) + "\n"


def file_name_of(version: MappingVersion) -> str:
    """What the file is called: `pipeline-of-the-crm.json`."""
    stem = "-".join("".join(c if c.isalnum() else " " for c in version.saved.name.lower()).split())
    return f"{stem or 'mapping'}.json"
