"""Days off of the whole workspace: one by one, or those of a country for a year."""

from datetime import date

import holidays as published
from django.db import transaction

from apps.audit.services import record
from apps.people.errors import PeopleRefusal
from apps.people.models import Holiday, Member, Workspace

YEARS = range(1990, 2100)


def holidays_of_country(place: str, year: int) -> list[tuple[date, str]]:
    """The public holidays of a country (`DE`) or a part of one (`DE-BY`) in one year, in order.

    PeopleRefusal for a place that is not known, with what would be.
    """
    country, _, region = place.strip().upper().partition("-")
    known = published.list_supported_countries(include_aliases=False)
    if country not in known:
        raise PeopleRefusal(
            f"“{place}” is not a country here; write its two letters such as DE, FR or US, with a region DE-BY.",
            field="place",
        )
    if region and region not in known[country]:
        told = ", ".join(known[country][:20]) or "none"
        raise PeopleRefusal(f"{country} has no region “{region}”; known are {told}.", field="place")
    if year not in YEARS:
        raise PeopleRefusal("Choose a year between 1990 and 2099.", field="year")
    found = published.country_holidays(country, subdiv=region or None, years=year, language=_language(country))
    return sorted(found.items())


@transaction.atomic
def take_holidays(*, workspace: Workspace, by: Member | None, place: str, year: int) -> int:
    """Add the public holidays of a place in a year; returns how many were new. Those that are there stay."""
    there = set(workspace.holidays.values_list("day", flat=True))
    new = [(day, name) for day, name in holidays_of_country(place, year) if day not in there]
    Holiday.objects.bulk_create(Holiday(workspace=workspace, day=day, name=name[:80]) for day, name in new)
    if workspace.holidays_of != place.strip().upper():
        workspace.holidays_of = place.strip().upper()
        workspace.save(update_fields=["holidays_of"])
    if new:
        record(
            workspace=workspace,
            actor=by.user if by else None,
            action="holiday.take",
            subject=workspace,
            before={},
            after={"place": workspace.holidays_of, "year": year, "days": [day.isoformat() for day, _ in new]},
        )
    return len(new)


def _language(country: str) -> str | None:
    """English where the names are known in it, else the country's own."""
    spoken = published.country_holidays(country).supported_languages
    return next((language for language in ("en_US", "en_GB", "en") if language in spoken), None)
