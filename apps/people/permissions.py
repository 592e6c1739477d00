"""Who may do what, asked in one place."""

from apps.people.models import Member
from apps.people.roles import PERMISSIONS, Permission, Role


def can(member: Member, permission: Permission) -> bool:
    return permission in PERMISSIONS[Role(member.role)]
