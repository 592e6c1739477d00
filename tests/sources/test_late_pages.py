"""Whoever looks at a number that waits for a source is told so."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.datasets.models import Source
from apps.people.models import Member
from tests.sources.conftest import MakeSource

ClientOf = Callable[[Member], Client]
PAGES = ["/w/acme/kpis/win_rate/", "/w/acme/kpis/win_rate/rows/?period=2026-Q1", "/w/acme/"]


@pytest.fixture
def late(make_source: MakeSource) -> Source:
    source = make_source("push", {})
    source.late_since, source.last_error = timezone.now() - timedelta(days=2), "It cannot be reached."
    source.save()
    return source


@pytest.mark.parametrize("address", PAGES)
def test_a_number_of_a_late_source_says_so(late: Source, client_of: ClientOf, manager: Member, address: str) -> None:
    shown = " ".join(client_of(manager).get(address, follow=True).content.decode().split())
    assert "Waiting for deals data since" in shown
    assert "source “CRM nightly” failed: it cannot be reached. Numbers stand" in shown
    assert "Look at the source" not in shown


def test_other_numbers_and_other_workspaces_say_nothing_of_it(
    late: Source, client_of: ClientOf, admin: Member, outsider: Member
) -> None:
    assert "Waiting for deals" not in client_of(admin).get("/w/acme/kpis/nps/").content.decode()
    for address in PAGES:
        other = client_of(outsider).get(address.replace("acme", "globex"), follow=True)
        assert "CRM nightly" not in other.content.decode()


@pytest.mark.parametrize("change", [{"paused_at": timezone.now()}, {"removed_at": timezone.now()}])
def test_nobody_waits_for_a_source_that_was_put_aside(
    late: Source, client_of: ClientOf, admin: Member, change: dict[str, object]
) -> None:
    Source.objects.filter(pk=late.pk).update(**change)
    assert "Waiting for deals" not in client_of(admin).get(PAGES[0]).content.decode()
