"""Numbers that no table has: given with their source and the day from which they hold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.audit.services import record
from apps.metrics.errors import KpiRefusal
from apps.metrics.models import GivenNumber
from apps.metrics.queries import numbers_asked_for
from apps.people.models import Member, Workspace

LARGEST = Decimal(10) ** 18  # what the column holds
LONGEST_SOURCE = 200


@transaction.atomic
def give_number(
    *,
    workspace: Workspace,
    by: Member | None,
    now: datetime,
    name: str,
    value: Decimal | None,
    valid_from: date | None,
    source: str,
) -> GivenNumber:
    """A number from a day on. One given before for the same day is withdrawn; what was then known stays known."""
    source = source.strip()
    _check_name(workspace, name)
    number = _checked(value)
    if valid_from is None:
        raise KpiRefusal("Give the day from which the number holds.", field="valid_from")
    if not source:
        raise KpiRefusal("Say where the number comes from, so that it can be checked.", field="source")
    if len(source) > LONGEST_SOURCE:
        raise KpiRefusal(f"The source has {len(source)} characters; {LONGEST_SOURCE} is the most.", field="source")
    Workspace.objects.select_for_update().filter(pk=workspace.pk).first()
    earlier = GivenNumber.objects.filter(
        workspace=workspace, name=name, valid_from=valid_from, withdrawn_at__isnull=True
    ).first()
    if earlier and (earlier.value, earlier.source) == (number, source):
        return earlier
    if earlier:
        earlier.withdrawn_at = now
        earlier.save(update_fields=["withdrawn_at"])
    given = GivenNumber.objects.create(
        workspace=workspace, name=name, valid_from=valid_from, value=number, source=source, set_by=by, set_at=now
    )
    _record(given, by, "number.give", before=_told(earlier) if earlier else {}, after=_told(given))
    return given


@transaction.atomic
def withdraw_number(*, number: GivenNumber, by: Member | None, now: datetime) -> None:
    """From now on it is not taken any more. Withdrawing twice changes nothing."""
    if GivenNumber.objects.filter(pk=number.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        _record(number, by, "number.withdraw", before=_told(number), after={})


def _check_name(workspace: Workspace, name: str) -> None:
    known = numbers_asked_for(workspace)
    if name not in known:
        asked = f"They ask for {', '.join(known)}." if known else "They ask for none."
        raise KpiRefusal(f"No KPI asks for a number called “{name}”. {asked}", field="name")


def _checked(value: Decimal | None) -> Decimal:
    if value is None:
        raise KpiRefusal("Give the number.", field="value")
    if not value.is_finite() or value <= 0:
        raise KpiRefusal("The number must be above zero: a KPI divides by it.", field="value")
    if value >= LARGEST or not (number := round(value, 6)):
        raise KpiRefusal("The number is too large or too small to be kept: check its unit.", field="value")
    return number


def _told(given: GivenNumber) -> dict[str, Any]:
    return {
        "name": given.name,
        "number": format(given.value.normalize(), "f"),
        "valid_from": given.valid_from.isoformat(),
        "source": given.source,
    }


def _record(
    given: GivenNumber, by: Member | None, action: str, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record(
        workspace=given.workspace,
        actor=by.user if by else None,
        action=action,
        subject=given,
        before=before,
        after=after,
    )
