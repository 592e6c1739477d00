"""The generated deals: believable, and the same whenever they are generated."""

from collections import Counter
from datetime import date, timedelta

from apps.common.periods import Grain, period_of
from apps.demo.deals import A_DAY, WEEKDAYS, all_deals, known_on
from apps.demo.files import exports

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - A_DAY


def test_the_same_day_always_brings_the_same_deals() -> None:
    assert all_deals(TODAY) == all_deals(TODAY)


def test_tomorrow_has_the_deals_of_today_and_those_of_one_more_day() -> None:
    today, tomorrow = all_deals(TODAY), all_deals(TODAY + A_DAY)
    assert tomorrow[: len(today)] == today
    assert {deal.created_on for deal in tomorrow[len(today) :]} == {TODAY}


def test_every_deal_has_an_id_of_its_own() -> None:
    deals = all_deals(TODAY)
    assert len({deal.id for deal in deals}) == len(deals)


def test_no_deal_is_decided_before_it_was_created_nor_on_a_weekend() -> None:
    for deal in all_deals(TODAY):
        assert deal.created_on < deal.decided_on
        assert WEEKDAYS.is_working(deal.decided_on)


def test_there_are_new_deals_on_every_working_day() -> None:
    days = {deal.created_on for deal in all_deals(TODAY)}
    working = [day for back in range(1, 400) if WEEKDAYS.is_working(day := TODAY - back * A_DAY)]
    assert [day for day in working if day not in days] == []


def test_two_years_are_decided_and_the_pipeline_is_open() -> None:
    deals = known_on(all_deals(TODAY), YESTERDAY)
    outcomes = Counter(deal.outcome for deal in deals)
    assert 2500 < sum(outcomes.values()) < 5000
    assert 0.38 < outcomes["won"] / (outcomes["won"] + outcomes["lost"]) < 0.52
    assert outcomes["open"] > 100
    closed = [deal.closed_on for deal in deals if deal.closed_on]
    assert min(closed) < TODAY - timedelta(days=725)
    assert max(closed) <= YESTERDAY


def test_an_open_deal_expects_its_close_in_the_future_and_has_no_close_yet() -> None:
    for deal in known_on(all_deals(TODAY), YESTERDAY):
        if deal.outcome == "open":
            assert deal.closed_on is None
            assert deal.expected_close_on > YESTERDAY
            assert 0 < deal.probability < 1


def test_quarters_end_stronger_than_they_begin() -> None:
    by_month: Counter[int] = Counter()
    for deal in known_on(all_deals(TODAY), YESTERDAY):
        if deal.outcome == "won" and deal.closed_on and deal.closed_on < period_of(TODAY, Grain.QUARTER).start:
            by_month[(deal.closed_on.month - 1) % 3] += deal.amount
    assert by_month[2] > 1.3 * by_month[0]


def test_the_files_together_are_what_is_known_yesterday() -> None:
    files = exports(all_deals(TODAY), YESTERDAY)
    latest = {deal.id: deal for export in files for deal in export.deals}
    assert sorted(latest.values(), key=lambda deal: deal.id) == sorted(
        known_on(all_deals(TODAY), YESTERDAY), key=lambda deal: deal.id
    )


def test_later_files_bring_new_and_changed_deals_and_mend_what_was_mistyped() -> None:
    history, month, week, _ = exports(all_deals(TODAY), YESTERDAY)
    before = {deal.id for deal in history.deals}
    assert any(deal.id in before for deal in month.deals)
    assert any(deal.id not in before for deal in month.deals)
    assert len(month.mistyped) == 2
    assert month.mistyped <= {deal.id for deal in week.deals}


def test_the_last_file_brings_what_the_last_working_day_brought() -> None:
    *_, before, last = exports(all_deals(TODAY), YESTERDAY)
    assert before.evening < last.evening == YESTERDAY
    assert 0 < len(last.deals) < len(before.deals)
