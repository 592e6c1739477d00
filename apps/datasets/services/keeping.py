"""The name of a saved mapping, and bringing back one that was removed."""

from django.db import IntegrityError, transaction

from apps.audit.services import record
from apps.datasets.errors import ImportRefusal
from apps.datasets.models import SavedMapping
from apps.people.models import Member


def rename_mapping(*, saved: SavedMapping, name: str, by: Member | None) -> None:
    """Refusal if the name is blank or another mapping has it."""
    name = name.strip()
    if not name:
        raise ImportRefusal("Give the mapping a name, such as “CRM export”.")
    before, saved.name = saved.name, name
    _save(saved, "name")
    _record(saved, by, "mapping.rename", {"name": before}, {"name": name})


def bring_back_mapping(*, saved: SavedMapping, by: Member | None) -> None:
    """Offer a removed mapping again. Refusal if another one has its name meanwhile."""
    saved.removed_at = None
    _save(saved, "removed_at")
    _record(saved, by, "mapping.bring_back", {"removed": True}, {"removed": False})


def _save(saved: SavedMapping, field: str) -> None:
    try:
        with transaction.atomic():
            saved.save(update_fields=[field])
    except IntegrityError as twice:  # the constraint "mapping_name_once_in_a_workspace"
        raise ImportRefusal(f"There is a mapping “{saved.name}” already: choose another name.") from twice


def _record(
    saved: SavedMapping, by: Member | None, action: str, before: dict[str, object], after: dict[str, object]
) -> None:
    record(
        workspace=saved.workspace,
        actor=by.user if by else None,
        action=action,
        subject=saved,
        before=before,
        after=after,
    )
