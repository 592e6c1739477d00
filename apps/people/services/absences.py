"""Days on which somebody is away. What they do to targets is offered where the goal is, never done here."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.audit.services import record
from apps.common.dates import day_told
from apps.people.errors import PeopleRefusal
from apps.people.models import Absence, Member, Membership
from apps.people.permissions import can
from apps.people.queries import in_force, teams_of_member
from apps.people.roles import Permission

LONGEST_DAYS = 400


def may_note_absence(by: Member, member: Member, today: date) -> bool:
    """One's own, those of people in the teams one manages, and of everybody for who manages people or all goals."""
    if by.workspace_id != member.workspace_id:
        return False
    if can(by, Permission.MANAGE_PEOPLE) or can(by, Permission.MANAGE_ALL_GOALS):
        return True
    if by.pk == member.pk:
        return can(by, Permission.CHECK_IN_OWN)
    if not can(by, Permission.MANAGE_TEAM_GOALS):
        return False
    teams = [team.pk for team in teams_of_member(by, today)]
    return Membership.objects.filter(in_force(today), member=member, team_id__in=teams).exists()


@transaction.atomic
def add_absence(
    *, member: Member, by: Member | None, today: date, starts_on: date, last_day: date, note: str = ""
) -> Absence:
    """`last_day` is the last day away, as people say it. Days that are noted already are refused, not counted twice."""
    _require(by, member, today)
    if last_day < starts_on:
        raise PeopleRefusal(
            f"The last day is before the first ({day_told(starts_on)}): choose a later one.", field="last_day"
        )
    if (last_day - starts_on).days >= LONGEST_DAYS:
        raise PeopleRefusal("That is more than a year: note the day somebody leaves instead.", field="last_day")
    if len(note.strip()) > 120:
        raise PeopleRefusal(f"The note has {len(note.strip())} characters; 120 is the most.", field="note")
    Member.objects.select_for_update().get(pk=member.pk)
    back = date.fromordinal(last_day.toordinal() + 1)
    other = Absence.objects.filter(member=member, starts_on__lt=back, ends_on__gt=starts_on).first()
    if other:
        until = date.fromordinal(other.ends_on.toordinal() - 1)
        raise PeopleRefusal(
            f"{member.name} is noted as away from {day_told(other.starts_on)} to {day_told(until)} already:"
            " choose other days, or take those back.",
            field="starts_on",
        )
    absence = Absence.objects.create(member=member, starts_on=starts_on, ends_on=back, note=note.strip(), entered_by=by)
    # why somebody is away is theirs: the trail keeps the days only
    _record(member, by, "member.away", {}, {"starts_on": starts_on.isoformat(), "ends_on": back.isoformat()})
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, by: Member | None, today: date) -> None:
    """Targets that allow for the days stay as they are; their goals offer the way back."""
    _require(by, absence.member, today)
    before = {"starts_on": absence.starts_on.isoformat(), "ends_on": absence.ends_on.isoformat()}
    _record(absence.member, by, "member.not_away", before, {})
    absence.delete()


def _require(by: Member | None, member: Member, today: date) -> None:
    if by is not None and not may_note_absence(by, member, today):
        raise PermissionDenied("Days away are noted by the person, their manager, or who manages people.")


def _record(member: Member, by: Member | None, action: str, before: dict[str, str], after: dict[str, str]) -> None:
    record(
        workspace=member.workspace,
        actor=by.user if by else None,
        action=action,
        subject=member,
        before=before,
        after=after,
    )
