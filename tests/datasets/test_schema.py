"""The standard tables are those of the design, and each can do what the rest relies on."""

import pytest

from apps.common.errors import Refusal
from apps.datasets.schema import TABLES, Table, table
from apps.datasets.schema.fields import normal

# As in the design: ? is optional. `created_at` of leads is ours: response times need the time of day.
DESIGN = {
    "deals": "id name? account? owner team? region? product? kind? created_on? closed_on? expected_close_on? stage? "
    "outcome amount? currency? probability? lost_reason? source?",
    "leads": "id created_on created_at? owner? team? source? status? first_response_at? qualified_on? converted_on? "
    "deal? customer?",
    "orders": "id order customer? owner? team? region? product? ordered_on promised_on? shipped_on? delivered_on? "
    "status? quantity? gross? discount? refund? tax? net? cost? currency?",
    "customers": "id name? segment? region? owner? first_paid_on? churned_on?",
    "subscriptions": "id customer plan? started_on ended_on? mrr currency? trial?",
    "ledger": "id? posted_on account_class unit? amount currency?",
    "inventory": "counted_on product? location? quantity? cost_value",
    "surveys": "id kind responded_on score scale_min? scale_max? respondent? owner? team? segment?",
    "employees": "id name? team? hired_on left_on? leave_kind? fte?",
    "quotas": "owner period_start period_end amount team? currency?",
}


@pytest.mark.parametrize("name", DESIGN)
def test_a_table_has_exactly_the_fields_of_the_design(name: str) -> None:
    fields = [field.name + ("" if field.required else "?") for field in TABLES[name].fields]
    assert fields == DESIGN[name].split()
    assert set(TABLES) == set(DESIGN)


@pytest.mark.parametrize("each", TABLES.values(), ids=lambda each: each.name)
def test_key_dates_and_checks_name_fields_that_exist(each: Table) -> None:
    assert each.key == (("id",) if "id" in each.names and each.field("id").required else ())
    named = {each.main_date, *each.event_dates, *each.key}
    for check in each.checks:
        named |= {value for value in vars(check).values() if isinstance(value, str)}
    named |= {other for field in each.fields for other in (field.follows, field.month_after) if other}
    named |= {each.shared} - {""}
    assert named <= set(each.names)
    assert each.field(each.main_date).type.is_time


@pytest.mark.parametrize("each", TABLES.values(), ids=lambda each: each.name)
def test_plans_are_no_events(each: Table) -> None:
    assert not {"expected_close_on", "promised_on", "period_end"} & set(each.event_dates)


@pytest.mark.parametrize("each", TABLES.values(), ids=lambda each: each.name)
def test_no_synonym_is_the_name_of_another_field_of_the_table_or_means_an_unknown_choice(each: Table) -> None:
    names = {normal(name) for name in each.names}
    for field in each.fields:
        assert all(choice in field.choices for _, choice in field.meanings)
        clashes = {normal(word) for word in field.synonyms} & names - {normal(field.name)}
        assert clashes <= {"stage", "createdat"}, field.name


def test_an_unknown_table_or_field_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refusal, match="Did you mean `deals`"):
        table("deal")
    with pytest.raises(Refusal, match=r"Deals have no field `ownr`\. Did you mean `owner`"):
        table("deals").field("ownr")
