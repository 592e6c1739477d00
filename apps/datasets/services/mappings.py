"""Saving mappings under a name, each change as a version of its own."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.datasets.errors import ImportRefusal
from apps.datasets.mapping import parse
from apps.datasets.models import MappingVersion, SavedMapping
from apps.people.models import Member, Workspace

LONGEST_NAME = 120


@transaction.atomic
def save_mapping(
    *, workspace: Workspace, name: str, table: str, mapping: dict[str, Any], headers: Sequence[str], by: Member | None
) -> MappingVersion:
    """Save a mapping under a name: a new version if it says something else than the newest one.

    Refusal if the name is blank or belongs to another table, or if the mapping is none.
    """
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise ImportRefusal(f"A saved mapping needs a name of at most {LONGEST_NAME} letters.")
    parse(mapping, table)
    saved = _locked(workspace, name)
    if saved is not None and saved.table != table:
        raise ImportRefusal(f"“{saved.name}” is a mapping for {saved.table}, not for {table}: choose another name.")
    if saved is None:
        saved = SavedMapping.objects.create(
            workspace=workspace, name=name, table=table, headers=list(headers), created_by=by
        )
    elif list(headers) and list(headers) != saved.headers:
        saved.headers = list(headers)
        saved.save(update_fields=["headers"])
    return _with_version(saved, mapping, by)


@transaction.atomic
def remove_mapping(*, saved: SavedMapping, by: Member | None) -> None:
    """Offer it no longer. Its versions stay, because imports say which one they came by."""
    removed = SavedMapping.objects.filter(pk=saved.pk, removed_at__isnull=True).update(removed_at=timezone.now())
    if not removed:
        raise ImportRefusal(f"The mapping “{saved.name}” was removed already.")
    record(
        workspace=saved.workspace,
        actor=by.user if by else None,
        action="mapping.remove",
        subject=saved,
        before={"name": saved.name},
        after={},
    )


def _locked(workspace: Workspace, name: str) -> SavedMapping | None:
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    return SavedMapping.objects.filter(workspace=workspace, name__iexact=name, removed_at__isnull=True).first()


def _with_version(saved: SavedMapping, mapping: dict[str, Any], by: Member | None) -> MappingVersion:
    last = saved.versions.order_by("-number").first()
    if last is not None and last.mapping == mapping:
        return last
    version = MappingVersion.objects.create(
        saved=saved, number=last.number + 1 if last else 1, mapping=mapping, created_by=by
    )
    record(
        workspace=saved.workspace, actor=by.user if by else None, action="mapping.save", subject=saved,
        before={"mapping": last.mapping if last else {}},
        after={"name": saved.name, "version": version.number, "mapping": mapping},
    )  # fmt: skip
    return version
