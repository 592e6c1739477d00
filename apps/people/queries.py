"""Reads about workspaces and people."""

from apps.people.models import Member, User


def member_of(*, user: User, slug: str) -> Member | None:
    """This user's place in the workspace with this slug; None if there is none or they left."""
    return (
        Member.objects.select_related("workspace", "user")
        .filter(user=user, workspace__slug=slug, left_on__isnull=True)
        .first()
    )
