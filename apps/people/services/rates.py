"""Exchange rates: what one unit of a foreign currency is worth in the workspace's own, from which day on."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.audit.services import record
from apps.people import rules
from apps.people.errors import PeopleRefusal
from apps.people.models import ExchangeRate, Member, Workspace
from apps.people.queries import rates_of


@transaction.atomic
def set_rate(
    *, workspace: Workspace, by: Member | None, currency: str, valid_from: date, rate: Decimal, source: str = ""
) -> ExchangeRate:
    """Add a rate, or correct the one that this currency has from this very day on. Refuses the workspace's currency.

    What was known before stays known for the time before.
    """
    code = rules.the_currency(currency)
    if code == workspace.currency:
        raise PeopleRefusal(f"{code} is the currency of the workspace and needs no rate.", field="currency")
    worth = rules.the_rate(rate)
    told = rules.the_name(source, of="the source", field="source") if source.strip() else ""
    earlier = rates_of(workspace).filter(currency=code, valid_from=valid_from).first()
    now = timezone.now()
    found = ExchangeRate(
        workspace=workspace, currency=code, valid_from=valid_from, rate=worth, source=told, known_from=now
    )
    before = _said(earlier) if earlier else {}
    if earlier and _said(found) == before:
        return earlier
    if earlier:
        _known_until(earlier, now)
    found.save()
    action = "rate.change" if before else "rate.add"
    record(
        workspace=workspace,
        actor=by.user if by else None,
        action=action,
        subject=found,
        before=before,
        after=_said(found),
    )
    return found


@transaction.atomic
def remove_rate(*, rate: ExchangeRate, by: Member | None) -> None:
    """From its day on the rate before it is in force again, if there is one."""
    record(
        workspace=rate.workspace,
        actor=by.user if by else None,
        action="rate.remove",
        subject=rate,
        before=_said(rate),
        after={},
    )
    _known_until(rate, timezone.now())


def _known_until(rate: ExchangeRate, moment: datetime) -> None:
    rate.known_to = moment
    rate.save(update_fields=["known_to"])


def _said(rate: ExchangeRate) -> dict[str, str]:
    return {
        "currency": rate.currency,
        "valid_from": rate.valid_from.isoformat(),
        "rate": rate.told,
        "source": rate.source,
    }
