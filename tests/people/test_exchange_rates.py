"""Exchange rates: dated, audited, one for a currency and day, and a page that says what is still missing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from apps.audit.models import Event
from apps.people import services
from apps.people.errors import PeopleRefusal
from apps.people.models import ExchangeRate, Member, Workspace
from apps.people.queries import rates_of
from tests.cast import ClientOf

PLAN = date(2026, 1, 1)


def set_rate(workspace: Workspace, rate: str = "0.92", **given) -> ExchangeRate:
    wanted = {"currency": "eur", "valid_from": PLAN, "by": None} | given
    return services.set_rate(workspace=workspace, rate=Decimal(rate), **wanted)


def test_a_rate_is_kept_with_its_source_and_the_trail_says_who(workspace, admin):
    rate = set_rate(workspace, by=admin, source="plan 2026")
    assert (rate.currency, rate.rate, rate.source) == ("EUR", Decimal("0.92"), "plan 2026")
    event = Event.objects.get(action="rate.add")
    assert event.actor_id == admin.user_id
    assert event.after == {"currency": "EUR", "valid_from": "2026-01-01", "rate": "0.92", "source": "plan 2026"}


def test_the_same_currency_and_day_corrects_the_rate_and_the_trail_keeps_what_it_was(workspace):
    set_rate(workspace, "0.92")
    set_rate(workspace, "0.95")
    assert rates_of(workspace).get().rate == Decimal("0.95")
    event = Event.objects.get(action="rate.change")
    assert (event.before["rate"], event.after["rate"]) == ("0.92", "0.95")


def test_what_was_known_about_rates_on_an_earlier_day_stays_known(workspace):
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC)):
        set_rate(workspace, "0.92")
    with time_machine.travel(datetime(2026, 4, 1, tzinfo=UTC)):
        set_rate(workspace, "0.95")
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC)):
        services.remove_rate(rate=rates_of(workspace).get(), by=None)
    known = [
        [each.rate for each in rates_of(workspace, datetime(2026, month, 15, tzinfo=UTC))] for month in (2, 3, 4, 5)
    ]
    assert known == [[], [Decimal("0.92")], [Decimal("0.95")], []]


def test_saying_the_same_twice_leaves_no_trace(workspace):
    set_rate(workspace)
    set_rate(workspace)
    assert Event.objects.count() == 1


def test_a_removed_rate_is_told_in_the_trail(workspace):
    services.remove_rate(rate=set_rate(workspace), by=None)
    assert not rates_of(workspace).exists()
    assert Event.objects.get(action="rate.remove").before["rate"] == "0.92"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"currency": "EURO"}, "is not a currency"),
        ({"currency": "USD"}, "USD is the currency of the workspace and needs no rate."),
        ({"rate": "0"}, "A rate is above 0"),
        ({"rate": "-1"}, "A rate is above 0"),
        ({"rate": "NaN"}, "A rate is above 0"),
        ({"rate": "1e9"}, "A rate is above 0"),
        ({"rate": "0.00000000001"}, "at most 10 digits"),
    ],
)
def test_a_rate_that_cannot_be_one_is_refused_in_a_sentence(workspace, given, sentence):
    with pytest.raises(PeopleRefusal, match=sentence):
        set_rate(workspace, **given)
    assert not rates_of(workspace).exists()


def test_the_currency_of_a_workspace_with_rates_stays_because_the_rates_are_worth_it(workspace):
    set_rate(workspace)
    settings = {field: getattr(workspace, field) for field in ("name", "timezone", "fiscal_year_start", "weekmask")}
    with pytest.raises(PeopleRefusal, match="remove them first"):
        services.change_workspace(workspace=workspace, by=None, currency="EUR", **settings)


def test_an_admin_adds_sees_and_removes_a_rate_on_the_page(workspace, admin: Member, client_of: ClientOf):
    client, page = client_of(admin), reverse("pages:rates", args=[workspace.slug])
    assert b"No rates yet" in client.get(page).content
    given = {"currency": "EUR", "valid_from": "2026-01-01", "rate": "100.50", "source": "plan"}
    shown = client.post(page, given, follow=True).content.decode()
    assert "1 EUR = 100.5 USD" in shown
    assert "plan" in shown
    rate = rates_of(workspace).get()
    shown = client.post(reverse("pages:rate_remove", args=[workspace.slug, rate.pk]), follow=True).content
    assert b"No rates yet" in shown


def test_a_refused_rate_comes_back_with_its_sentence_and_what_was_typed(workspace, admin: Member, client_of: ClientOf):
    given = {"currency": "USD", "valid_from": "2026-01-01", "rate": "0.92"}
    answer = client_of(admin).post(reverse("pages:rates", args=[workspace.slug]), given)
    assert answer.status_code == 422
    assert "needs no rate" in answer.content.decode()
    assert "0.92" in answer.content.decode()
