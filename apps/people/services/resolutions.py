"""What people say about texts in the data that mean no member: said once, remembered, taken back if it was wrong."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.common.texts import normalised
from apps.people.errors import PeopleRefusal
from apps.people.models import Member, Resolution, Workspace
from apps.people.queries import owner_texts
from apps.people.services.members import add_member, edit_member

MOST_AT_ONCE = 500


@transaction.atomic
def resolve_as_member(*, workspace: Workspace, texts: Sequence[str], member: Member, by: Member | None) -> int:
    """These texts mean this member: they become other names of theirs. Returns how many."""
    if member.workspace_id != workspace.pk:
        raise PeopleRefusal("That member is not in this workspace; choose another.", field="member")
    found = _open(workspace, texts)
    edit_member(member=member, name=member.name, aliases=[*member.aliases, *found], by=by)
    _remember(workspace, found, Resolution.Kind.MEMBER, [member] * len(found), by)
    return len(found)


@transaction.atomic
def resolve_as_new(*, workspace: Workspace, texts: Sequence[str], by: Member | None) -> int:
    """Each text is the name of a person who is not known yet: somebody who owns numbers and does not sign in."""
    found = _open(workspace, texts)
    added = [add_member(workspace=workspace, name=text, by=by) for text in found]
    _remember(workspace, found, Resolution.Kind.NEW, added, by)
    return len(found)


@transaction.atomic
def resolve_as_nobody(*, workspace: Workspace, texts: Sequence[str], by: Member | None) -> int:
    """These texts are no persons (a queue, `House account`): they are not asked about again."""
    found = _open(workspace, texts)
    _remember(workspace, found, Resolution.Kind.NOBODY, [None] * len(found), by)
    return len(found)


@transaction.atomic
def undo_resolution(*, resolution: Resolution, by: Member | None) -> None:
    """The text means nobody again. A person who was made for it goes, if nothing hangs on them yet."""
    locked = Resolution.objects.select_for_update().select_related("member").get(pk=resolution.pk)
    if locked.undone_at is not None:
        raise PeopleRefusal(f"“{locked.text}” has been taken back already.")
    member = locked.member
    if member and locked.kind == Resolution.Kind.MEMBER:
        kept = [alias for alias in member.aliases if normalised(alias) != locked.key]
        edit_member(member=member, name=member.name, aliases=kept, by=by)
    if member and locked.kind == Resolution.Kind.NEW:
        _remove(member, locked, by)
        locked.member = None
    locked.undone_at = timezone.now()
    locked.save(update_fields=["undone_at"])
    _audit(locked, by, "owner.unresolve", {"is": locked.get_kind_display()}, {})


def _open(workspace: Workspace, texts: Sequence[str]) -> list[str]:
    """The texts without doubles. Refusal for none, too many, or one that means somebody already."""
    found = {normalised(text): " ".join(text.split()) for text in texts if text.strip()}
    if not found:
        raise PeopleRefusal("Choose at least one name from the list.", field="text")
    if len(found) > MOST_AT_ONCE:
        raise PeopleRefusal(f"{len(found):,} names at once are too many; {MOST_AT_ONCE} is the most.", field="text")
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    known = owner_texts(workspace)
    said = set(workspace.resolutions.filter(undone_at__isnull=True).values_list("key", flat=True))
    for key, text in found.items():
        if key in known or key in said:
            raise PeopleRefusal(f"“{text[:60]}” has been resolved meanwhile; look at the list again.", field="text")
    return list(found.values())


def _remember(
    workspace: Workspace, texts: Sequence[str], kind: str, members: Sequence[Member | None], by: Member | None
) -> None:
    now = timezone.now()
    for text, member in zip(texts, members, strict=True):
        made = Resolution.objects.create(
            workspace=workspace, text=text[:300], key=normalised(text)[:300], kind=kind, member=member, by=by, at=now
        )
        _audit(
            made, by, "owner.resolve", {}, {"is": made.get_kind_display(), "member": member.name if member else None}
        )


def _remove(member: Member, resolution: Resolution, by: Member | None) -> None:
    if member.user_id or member.aliases or _is_used(member, resolution):
        raise PeopleRefusal(
            f"{member.name} has goals, a team, other names or a sign-in by now, so they stay. Change their name, or"
            " note that they have left, on their page."
        )
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action="member.remove",
        subject=member,
        before={"name": member.name},
        after={},
    )
    member.delete()


def _is_used(member: Member, resolution: Resolution) -> bool:
    """Whether any row anywhere refers to the member, but for what was said of the text."""
    for relation in Member._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and relation.related_model):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: member})  # type: ignore[union-attr]
        if relation.related_model is Resolution:
            rows = rows.exclude(pk=resolution.pk)
        if rows.exists():
            return True
    return False


def _audit(
    resolution: Resolution, by: Member | None, action: str, before: dict[str, object], after: dict[str, object]
) -> None:
    record(
        workspace=resolution.workspace,
        actor=by.user if by else None,
        action=action,
        subject=resolution,
        before=before,
        after=after,
    )
