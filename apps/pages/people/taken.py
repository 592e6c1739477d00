"""People, teams, exchange rates and the history as files."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.http import HttpResponseBase

from apps.audit.models import Event
from apps.audit.queries import events_of
from apps.common.dates import day_told
from apps.pages.access import WorkspaceRequest
from apps.pages.downloads import Column, Format, about, table_response
from apps.pages.story import told
from apps.people.models import Member, Membership, Team
from apps.people.queries import rates_of

PEOPLE = [
    Column(name) for name in ("Name", "Role", "Team", "In the teams above", "Joined", "First day away", "Signs in")
]
RATES = [Column("Currency"), Column("From"), Column("Rate", "rate"), Column("Worth in"), Column("Source")]
HISTORY = [Column(name) for name in ("When", "Who", "What", "About", "Before and after")]
TOLD_AT_ONCE = 500  # events: names of what they are about are looked up together


def people_response(
    request: WorkspaceRequest, people: list[Member], day: date, format: Format, *, left: bool = False
) -> HttpResponseBase:
    """These people with their team of that day, and the teams it is part of. Two queries, however many they are."""
    teams = {team.pk: team for team in request.workspace.teams.all()}
    of = dict(
        Membership.objects.filter(member__workspace=request.workspace, starts_on__lte=day)
        .exclude(ends_on__lte=day)
        .values_list("member_id", "team_id")
    )
    rows = (_person(member, teams, of.get(member.pk)) for member in people)
    said = about(request, "People who left" if left else "People and teams", period=day_told(day))
    return table_response(format=format, file_name="People", columns=PEOPLE, rows=rows, about=said)


def rates_response(request: WorkspaceRequest, format: Format) -> HttpResponseBase:
    rows = (
        [rate.currency, rate.valid_from, rate.rate, request.workspace.currency, rate.source]
        for rate in rates_of(request.workspace)
    )
    said = about(request, "Exchange rates in force")
    return table_response(format=format, file_name="Exchange rates", columns=RATES, rows=rows, about=said)


def history_response(request: WorkspaceRequest, format: Format) -> HttpResponseBase:
    """The whole trail, the newest first."""
    rows = _stories(request, events_of(request.workspace).iterator(TOLD_AT_ONCE))
    said = about(request, "Who changed what, and when")
    return table_response(format=format, file_name="History", columns=HISTORY, rows=rows, about=said)


def _person(member: Member, teams: dict[int, Team], team: int | None) -> list[Any]:
    above: list[str] = []
    place = teams[team].parent_id if team in teams else None
    while place is not None and len(above) < len(teams):
        above.append(teams[place].name)
        place = teams[place].parent_id
    own = teams[team].name if team in teams else ""
    joined = [member.joined_on, member.left_on, "yes" if member.user_id else "no"]
    return [member.name, member.get_role_display(), own, " / ".join(reversed(above)), *joined]


def _stories(request: WorkspaceRequest, events: Iterable[Event]) -> Iterator[list[Any]]:
    left = iter(events)
    while some := list(islice(left, TOLD_AT_ONCE)):
        for story in told(request.workspace, some, request.definitions):
            yield [story.at, story.who, story.title, story.subject, " · ".join(map(str, story.lines))]
