"""The guide: a short list that fits the role and can be computed, each KPI beside its counter-metric."""

import pytest

from apps.metrics.catalogue import BUILT_IN, Kpi
from apps.metrics.choosing import FEWEST, FITTING, MOST, SCOPE, For, Offer, choose
from apps.metrics.lacking import Missing, needs_told

COLUMN = Missing("leads", "first_response_at")


def offers(missing: dict[str, list[Missing]] | None = None, nothing: bool = False) -> list[list[Offer]]:
    """Every KPI of the catalogue; those in `missing` lack something, with `nothing` all others lack their tables."""
    lacking = missing or {}
    return [
        [Offer(kpi, lacking.get(kpi.key, [Missing(table) for table in kpi.tables] if nothing else []))]
        for kpi in BUILT_IN.all()
    ]


def of(key: str) -> Kpi:
    return BUILT_IN.get(key)


@pytest.mark.parametrize("whose", list(For))
def test_with_all_data_the_list_is_short_and_fits_whom_it_is_for(whose: For) -> None:
    chosen = choose(whose, offers())
    assert FEWEST <= len(chosen.now) <= MOST
    assert [pick.kpi.key for pick in chosen.now] == [key for key in FITTING[whose] if SCOPE[whose] in of(key).scopes][
        :MOST
    ]
    assert all(pick.why == FITTING[whose][pick.kpi.key] for pick in chosen.now)
    assert chosen.later == []


@pytest.mark.parametrize("whose", list(For))
def test_every_kpi_that_a_role_is_led_to_is_in_the_catalogue_and_has_a_counter_metric(whose: For) -> None:
    for key in FITTING[whose]:
        assert of(key).counter_metric, key
        assert BUILT_IN.find(of(key).counter_metric), key


def test_each_is_paired_with_what_to_watch_beside_it() -> None:
    picks = {pick.kpi.key: pick for pick in choose(For.REP, offers()).now}
    assert picks["win_rate"].counter is of(of("win_rate").counter_metric)
    assert picks["win_rate"].counter_missing == []


def test_a_counter_metric_without_data_is_named_with_what_it_needs() -> None:
    key = of("win_rate").counter_metric
    (pick,) = [each for each in choose(For.REP, offers({key: [COLUMN]})).now if each.kpi.key == "win_rate"]
    assert pick.counter_missing == [COLUMN]


def test_what_lacks_one_column_comes_below_and_what_lacks_a_table_not_at_all() -> None:
    chosen = choose(For.REP, offers({"lead_response_time": [COLUMN], "win_rate": [Missing("deals")]}))
    assert [pick.kpi.key for pick in chosen.later] == ["lead_response_time"]
    assert not {"lead_response_time", "win_rate"} & {pick.kpi.key for pick in chosen.now}


def test_one_number_to_give_is_one_thing_more_two_columns_are_not() -> None:
    two = [COLUMN, Missing("leads", "owner")]
    chosen = choose(For.REP, offers({"revenue": [Missing(number="market_size")], "win_rate": two}))
    assert [pick.kpi.key for pick in chosen.later] == ["revenue"]


def test_a_role_for_which_little_can_be_computed_gets_others_that_can() -> None:
    can = {"nps": [], "csat": [], "average_purchase_value": [], "new_customers": [], "repeat_purchase_rate": []}
    chosen = choose(For.LEADER, offers(can, nothing=True))  # type: ignore[arg-type]
    keys = [pick.kpi.key for pick in chosen.now]
    assert keys[0] == "nps", "what fits comes first"
    assert len(keys) == FEWEST
    assert set(keys) <= set(can)
    others = [pick for pick in chosen.now if pick.kpi.key not in FITTING[For.LEADER]]
    assert all(pick.why == pick.kpi.sentence for pick in others)


def test_without_data_there_is_nothing_to_choose() -> None:
    assert choose(For.LEADER, offers(nothing=True)).now == []


@pytest.mark.parametrize("whose", list(For))
def test_nobody_is_led_to_a_figure_that_cannot_be_told_of_them(whose: For) -> None:
    chosen = choose(whose, offers())
    assert all(SCOPE[whose] in pick.kpi.scopes for pick in chosen.now)


def test_of_several_variants_the_first_that_can_be_computed_and_told_of_them_is_offered() -> None:
    """The ledger knows no people: a rep is led to the revenue from deals, a leader to that of the ledger."""
    orders, ledger, deals = BUILT_IN.variants("revenue")
    revenue = [Offer(orders, [Missing("orders")]), Offer(ledger), Offer(deals)]
    assert [pick.kpi for pick in choose(For.LEADER, [revenue]).now] == [ledger]
    assert [pick.kpi for pick in choose(For.REP, [revenue]).now] == [deals]
    near = [Offer(orders, [COLUMN, COLUMN]), Offer(deals, [COLUMN])]
    assert [pick.kpi for pick in choose(For.REP, [near]).later] == [deals]


def test_what_is_needed_is_told_in_one_clause() -> None:
    assert needs_told([[Missing("orders")], [Missing("ledger")]]) == "needs orders or ledger"
    assert needs_told([[COLUMN, Missing("deals")]]) == "needs `first_response_at` in leads and deals"
    assert needs_told([[Missing("orders")], []]) == "", "one way lacks nothing"
    assert needs_told([[Missing(number="market_size")]]) == "needs market size"
    assert needs_told([[COLUMN, Missing("deals")], [COLUMN]]) == "needs `first_response_at` in leads"
    assert needs_told([]) == ""
