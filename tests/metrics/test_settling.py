"""What a workspace settles about KPIs: which table they are taken from, and numbers that no table has."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from apps.audit.models import Event
from apps.metrics.catalogue import UnknownKpi
from apps.metrics.errors import KpiRefusal
from apps.metrics.models import GivenNumber, KpiChoice
from apps.metrics.queries import context_of, definitions_of, given_numbers, numbers_asked_for
from apps.metrics.services import choose_variant, give_number, withdraw_number
from apps.people.models import Member, Workspace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SIZE = {"name": "market_size", "value": Decimal(12_000), "valid_from": date(2026, 1, 1), "source": "Census 2025"}


def give(workspace: Workspace, by: Member | None = None, now: datetime = NOW, **changes: object) -> GivenNumber:
    return give_number(workspace=workspace, by=by, now=now, **SIZE | changes)  # type: ignore[arg-type]


def test_a_choice_stands_before_the_order_of_the_catalogue_and_is_in_the_trail(
    workspace: Workspace, admin: Member
) -> None:
    assert definitions_of(workspace).default("revenue").variant == "orders"
    choose_variant(workspace=workspace, by=admin, key="revenue", variant="ledger")
    assert definitions_of(workspace).default("revenue").variant == "ledger"
    event = Event.objects.get(action="kpi.choose_variant")
    assert (event.before, event.after) == (
        {"kpi": "revenue", "variant": "orders"}, {"kpi": "revenue", "variant": "ledger"}
    )  # fmt: skip
    choose_variant(workspace=workspace, by=admin, key="revenue", variant="ledger")
    assert Event.objects.filter(action="kpi.choose_variant").count() == 1, "choosing it again changes nothing"


def test_a_choice_is_of_one_workspace(workspace: Workspace, other_workspace: Workspace, admin: Member) -> None:
    choose_variant(workspace=workspace, by=admin, key="revenue", variant="ledger")
    assert definitions_of(other_workspace).default("revenue").variant == "orders"


def test_what_there_is_no_variant_of_is_refused_and_nothing_stored(workspace: Workspace, admin: Member) -> None:
    with pytest.raises(UnknownKpi, match="Revenue has no variant “surveys”; there is: orders, ledger, deals"):
        choose_variant(workspace=workspace, by=admin, key="revenue", variant="surveys")
    assert not KpiChoice.objects.exists()
    assert not Event.objects.exists()


def test_a_number_is_given_from_a_day_on_with_its_source(workspace: Workspace, admin: Member) -> None:
    give(workspace, admin)
    give(workspace, admin, valid_from=date(2026, 4, 1), value=Decimal(13_000))
    assert context_of(workspace).given == {
        "market_size": ((date(2026, 1, 1), Decimal(12_000)), (date(2026, 4, 1), Decimal(13_000)))
    }
    assert numbers_asked_for(workspace) == ("market_size",)
    event = Event.objects.filter(action="number.give").earliest("pk")
    assert event.actor_id == admin.user_id
    assert event.after == {
        "name": "market_size", "number": "12000", "valid_from": "2026-01-01", "source": "Census 2025"
    }  # fmt: skip


def test_a_newer_number_for_the_same_day_takes_its_place_and_the_old_one_stays_known(workspace: Workspace) -> None:
    give(workspace)
    give(workspace, now=NOW + timedelta(days=3), value=Decimal(15_000))
    assert [number.value for number in given_numbers(workspace)] == [15_000]
    assert [number.value for number in given_numbers(workspace, NOW + timedelta(days=1))] == [12_000]
    assert context_of(workspace, NOW - timedelta(days=1)).given == {}


def test_what_was_taken_back_is_not_taken_any_more(workspace: Workspace, admin: Member) -> None:
    number = give(workspace)
    withdraw_number(number=number, by=admin, now=NOW + timedelta(days=1))
    withdraw_number(number=number, by=admin, now=NOW + timedelta(days=2))
    assert context_of(workspace).given == {}
    assert context_of(workspace, NOW).given["market_size"]
    assert Event.objects.filter(action="number.withdraw").count() == 1


def test_numbers_are_of_one_workspace(workspace: Workspace, other_workspace: Workspace) -> None:
    give(workspace)
    assert context_of(other_workspace).given == {}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "luck"}, "name", "No KPI asks for a number called “luck”. They ask for market_size."),
        ({"value": None}, "value", "Give the number."),
        ({"value": Decimal(0)}, "value", "The number must be above zero"),
        ({"value": Decimal("NaN")}, "value", "The number must be above zero"),
        ({"value": Decimal("1e30")}, "value", "too large or too small"),
        ({"value": Decimal("1e-30")}, "value", "too large or too small"),
        ({"valid_from": None}, "valid_from", "Give the day from which the number holds."),
        ({"source": "  "}, "source", "Say where the number comes from"),
        ({"source": "x" * 201}, "source", "The source has 201 characters; 200 is the most."),
    ],
)
def test_a_number_nobody_could_check_is_refused(
    workspace: Workspace, changes: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(KpiRefusal) as refused:
        give(workspace, **changes)
    assert refused.value.field == field
    assert sentence in refused.value.sentence
    assert not GivenNumber.objects.exists()


def test_the_first_instant_of_a_day_is_that_of_the_workspace(workspace: Workspace) -> None:
    """What was known at the start of a day in Tokyo was known nine hours before that of UTC."""
    from apps.metrics.queries import first_instant

    workspace.timezone = "Asia/Tokyo"
    assert first_instant(workspace, date(2026, 4, 1)) == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert first_instant(workspace, date.min).year == 1
