"""The catalogue reads like the textbook, and says everything about a KPI that people need to trust it."""

import pytest

from apps.datasets.schema import table
from apps.metrics.catalogue import Kind, Kpi, UnknownKpi, all_kpis, get_kpi
from apps.metrics.catalogue.rows import RowsOf

kpis = pytest.mark.parametrize("kpi", all_kpis(), ids=lambda kpi: kpi.key)


def test_the_kpis_of_the_design_that_deals_can_give_are_there() -> None:
    assert {kpi.key for kpi in all_kpis()} >= {
        "revenue",
        "win_rate",
        "average_deal_size",
        "sales_cycle_length",
        "sales_velocity",
        "sales_growth",
        "pipeline_value",
    }


@pytest.mark.parametrize(
    ("key", "words", "symbols"),
    [
        ("revenue", "sum of amount of won deals", "Σ amount[won]"),
        ("win_rate", "number of won deals ÷ number of won or lost deals", "n[won] ÷ n[won or lost]"),
        ("average_deal_size", "sum of amount of won deals ÷ number of won deals", "Σ amount[won] ÷ n[won]"),
        (
            "sales_cycle_length",
            "mean of days from created date to closed date of won deals",
            "Σ (closed_on − created_on)[won] ÷ n[won]",
        ),
        (
            "sales_velocity",
            "opportunities × win rate × average deal size ÷ sales cycle length",
            "opportunities × win rate × average deal size ÷ sales cycle length",
        ),
        (
            "sales_growth",
            "(revenue − revenue of the previous period) ÷ revenue of the previous period",
            "(revenue − revenue₋₁) ÷ revenue₋₁",
        ),
        (
            "pipeline_value",
            "sum of amount of deals that are open at the end of the period",
            "Σ amount[open, at the end]",
        ),
    ],
)
def test_words_and_symbols_come_from_the_formula_itself(key: str, words: str, symbols: str) -> None:
    assert get_kpi(key).in_words == words
    assert get_kpi(key).in_symbols == symbols


@kpis
def test_a_kpi_says_what_it_is_what_it_is_not_and_who_says_so(kpi: Kpi) -> None:
    assert kpi.sentence.endswith(".")
    assert kpi.synonyms
    assert kpi.mistakes
    assert kpi.authority
    assert kpi.roll_up
    assert kpi.version >= 1
    assert (kpi.min_n > 0) == (kpi.kind in (Kind.RATIO, Kind.MEAN) or kpi.key == "sales_velocity")


@kpis
def test_the_counter_metric_is_another_kpi_of_the_catalogue(kpi: Kpi) -> None:
    assert get_kpi(kpi.counter_metric).key != kpi.key


@kpis
def test_needed_columns_and_the_date_are_columns_of_the_table(kpi: Kpi) -> None:
    assert set(kpi.needs) <= set(table(kpi.table).names)
    assert kpi.date in kpi.needs


def test_needs_follow_from_the_formula() -> None:
    assert set(get_kpi("win_rate").needs) == {"closed_on", "outcome"}
    assert set(get_kpi("sales_velocity").needs) == {"closed_on", "outcome", "amount", "created_on"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("winrate", "win_rate"), ("Close rate", "win_rate"), ("revenu", "revenue"), ("pipeline", "pipeline_value")],
)
def test_an_unknown_kpi_is_answered_with_the_nearest_one(typed: str, meant: str) -> None:
    with pytest.raises(UnknownKpi, match=f"Did you mean .*{meant}"):
        get_kpi(typed)


def test_a_name_like_no_other_is_answered_with_all_there_are() -> None:
    with pytest.raises(UnknownKpi, match="There are: revenue, win_rate"):
        get_kpi("zzz")


def test_the_variant_of_a_kpi_is_the_table_it_comes_from() -> None:
    assert get_kpi("revenue", "deals") is get_kpi("revenue")
    with pytest.raises(UnknownKpi, match="Revenue has no variant “ledger”; there is: deals"):
        get_kpi("revenue", "ledger")


def test_a_definition_with_a_wrong_column_name_fails_when_it_is_written() -> None:
    with pytest.raises(AttributeError, match="deals has no column clsoed_on"):
        _ = RowsOf("deals").clsoed_on
