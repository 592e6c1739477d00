"""Writes about workspaces and people: keyword-only, whole or not at all, audited, refusing in sentences.

`by` is the member who asks; None stands for the command line of the operator.
"""

from apps.people.services.absences import add_absence, may_note_absence, remove_absence
from apps.people.services.holidays import holidays_of_country, take_holidays
from apps.people.services.invitations import accept_invitation, invite, revoke_invitation
from apps.people.services.members import add_member, change_role, edit_member, member_leaves
from apps.people.services.rates import remove_rate, set_rate
from apps.people.services.resolutions import (
    resolve_as_member,
    resolve_as_new,
    resolve_as_nobody,
    undo_resolution,
)
from apps.people.services.teams import add_team, move_member, move_team, rename_team
from apps.people.services.tokens import create_token, mark_used, revoke_token
from apps.people.services.workspaces import add_holiday, change_workspace, create_workspace, remove_holiday

__all__ = [
    "accept_invitation",
    "add_absence",
    "add_holiday",
    "add_member",
    "add_team",
    "change_role",
    "change_workspace",
    "create_token",
    "create_workspace",
    "edit_member",
    "holidays_of_country",
    "invite",
    "mark_used",
    "may_note_absence",
    "member_leaves",
    "move_member",
    "move_team",
    "remove_absence",
    "remove_holiday",
    "remove_rate",
    "rename_team",
    "resolve_as_member",
    "resolve_as_new",
    "resolve_as_nobody",
    "revoke_invitation",
    "revoke_token",
    "set_rate",
    "take_holidays",
    "undo_resolution",
]
