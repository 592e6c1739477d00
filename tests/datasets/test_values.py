"""What texts become: dates, numbers, choices, and the sentence for what does not fit."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import Refusal
from tests.datasets.helpers import messages, staged, values


def dates(folder: Path, written: list[str], **mapping: Any) -> list[str]:
    rows = "".join(f'{number},Ann,open,"{each}"\n' for number, each in enumerate(written))
    of = staged(folder, f"id,owner,outcome,created_on\n{rows}", mapping)
    return [str(value) for value in values(of, "created_on")]


def amounts(folder: Path, written: list[str], **mapping: Any) -> list[Decimal | None]:
    rows = "".join(f'{number};Ann;open;"{each}"\n' for number, each in enumerate(written))
    return values(staged(folder, f"id;owner;outcome;amount\n{rows}", mapping), "amount")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["2017-03-31", "2017-1-2"], ["2017-03-31", "2017-01-02"]),
        (["3/1/2017", "10/20/2016"], ["2017-03-01", "2016-10-20"]),
        (["3/1/2017", "20/10/2016"], ["2017-01-03", "2016-10-20"]),
        (["3/1/17", "20/10/16"], ["2017-01-03", "2016-10-20"]),
        (["31.12.2017", "1.2.2017"], ["2017-12-31", "2017-02-01"]),
        (["12-Mar-2017", "1-Feb-2017"], ["2017-03-12", "2017-02-01"]),
        (["Mar 12, 2017", "Feb 1, 2017"], ["2017-03-12", "2017-02-01"]),
        (["2017/03/31", "2017/1/2"], ["2017-03-31", "2017-01-02"]),
        (["20170331", "20170102"], ["2017-03-31", "2017-01-02"]),
        (["3/31/2017 14:05", "1/2/2017 0:00:00", "1/3/2017 2:00 PM"], ["2017-03-31", "2017-01-02", "2017-01-03"]),
        (["2017-03-31T23:59:59Z", "2017-01-02 10:00:00.5"], ["2017-03-31", "2017-01-02"]),
    ],
)
def test_the_date_format_is_found_from_the_rows(tmp_path: Path, written: list[str], read: list[str]) -> None:
    assert dates(tmp_path, written) == read


def test_the_last_row_decides_between_month_first_and_day_first(tmp_path: Path) -> None:
    assert dates(tmp_path, ["3/1/2017"] * 5000 + ["13/1/2017"])[0] == "2017-01-03"
    assert dates(tmp_path, ["3/1/2017"] * 5000 + ["1/13/2017"])[0] == "2017-03-01"


def test_dates_that_nobody_can_tell_apart_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r'`created_on`, such as 3/1/2017.*"formats": \{"created_on"'):
        dates(tmp_path, ["3/1/2017", "4/2/2017"])
    assert dates(tmp_path, ["3/1/2017"], formats={"created_on": "%d/%m/%Y"}) == ["2017-01-03"]


def test_dates_that_are_the_same_either_way_need_no_decision(tmp_path: Path) -> None:
    assert dates(tmp_path, ["3/3/2017", "4/4/2017"]) == ["2017-03-03", "2017-04-04"]


def test_another_date_column_of_the_same_file_decides(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,outcome,created_on,closed_on\n1,Ann,won,3/1/2017,13/5/2017\n")
    assert values(of, "created_on", "closed_on")[0][0].isoformat() == "2017-01-03"
    assert of.plan.formats == {"created_on": "%d/%m/%Y", "closed_on": "%d/%m/%Y"}


def test_a_column_of_both_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"dates of `created_on` are mixed"):
        dates(tmp_path, ["13/1/2017", "14/1/2017", "1/15/2017", "1/16/2017", "1/17/2017"])


def test_one_slip_among_many_dates_is_a_rejected_row_not_another_format(tmp_path: Path) -> None:
    rows = "".join(f"{day},Ann,open,1/{day % 28 + 1}/2017\n" for day in range(200))
    of = staged(tmp_path, f"id,owner,outcome,created_on\n{rows}x,Ann,open,31/1/2017\ny,Ann,open,2/30/2017\n")
    assert [(line, column) for line, column, _ in messages(of)] == [(202, "created_on"), (203, "created_on")]
    assert messages(of)[0][2] == "`31/1/2017` is not a date like %m/%d/%Y."


def test_a_year_of_two_digits_is_not_the_year_17(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,outcome,created_on\n1,A,open,0017-03-01\n2,A,open,2017-03-01\n")
    assert messages(of) == [(2, "created_on", "`0017-03-01` is not a date.")]


@pytest.mark.parametrize("zone", ["Z", " UTC", " GMT", "+00", "+0000", " +0000", " +00:00", " -00:00"])
def test_every_way_to_write_a_zone_is_understood(tmp_path: Path, zone: str) -> None:
    of = staged(
        tmp_path, f"id,owner,outcome,created_on\n1,A,open,2025-01-05 03:00:00{zone}\n", timezone="America/Los_Angeles"
    )
    assert [str(value) for value in values(of, "created_on")] == ["2025-01-04"]


def test_a_zone_that_would_be_a_guess_makes_no_date(tmp_path: Path) -> None:
    written = ["2025-01-05 23:00:00 IST", "2025-01-05 23:00:00 America/New_York", "2025-01-05"]
    assert dates(tmp_path, written) == ["2025-01-05"]


def test_brackets_of_the_books_are_negative_wherever_the_currency_stands(tmp_path: Path) -> None:
    assert amounts(tmp_path, ["$(5)", "($5)", "(5) EUR", "(5", "5)", "5 (5)"]) == [-5, -5, -5]


def test_dates_in_several_forms_are_called_mixed_with_one_of_each(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"are mixed: `2025-01-05` can be read as iso, but not `05/13/2025`"):
        dates(tmp_path, ["2025-01-05", "05/13/2025", "13.05.2025"])


def test_times_with_a_zone_fall_on_the_day_of_the_workspace(tmp_path: Path) -> None:
    text = "id,owner,outcome,created_on\n1,A,open,2017-03-01T03:30:00Z\n2,A,open,2017-03-01 03:30:00\n"
    of = staged(tmp_path, text, timezone="America/New_York")
    assert [str(each) for each in values(of, "created_on")] == ["2017-02-28", "2017-03-01"]
    lead = staged(tmp_path, "id,created_on,first_response_at\n1,2017-07-01,2017-07-01T10:00:00+02:00\n",
                  table="leads", timezone="Europe/Lisbon")  # fmt: skip
    assert str(values(lead, "first_response_at")[0]) == "2017-07-01 09:00:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["1054", "-3.5", "+2", ".5"], ["1054", "-3.5", "2", "0.5"]),
        (["1,234.56", "12", "1,234,567"], ["1234.56", "12", "1234567"]),
        (["1.234,56", "12", "1.234"], ["1234.56", "12", "1234"]),
        (["0,5", "1234,75"], ["0.5", "1234.75"]),
        (["$1,000", "USD 5", "7 EUR", "€ 2.50", "R$ 3", "CHF 1'000.00"], ["1000", "5", "7", "2.5", "3", "1000"]),
        (["(1,234.00)", "5-"], ["-1234", "-5"]),
        (["12,34,567.00", "1"], ["1234567", "1"]),
        (["1 234,50", "2\u00a0000,00"], ["1234.5", "2000"]),
        (["12345678901234.5678"], ["12345678901234.5678"]),
        (["50%", "12.5 %"], ["0.5", "0.125"]),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, written: list[str], read: list[str]) -> None:
    assert amounts(tmp_path, written) == [Decimal(each) for each in read]


@pytest.mark.parametrize(
    "written", ["n/a", "1e5", "12abc", "1_000", "--5", "1.2.3", "123456789012345.0", "-", "$", "()"]
)
def test_what_is_no_number_is_an_issue_and_never_zero_or_blank(tmp_path: Path, written: str) -> None:
    of = staged(tmp_path, f"id,owner,outcome,amount\n1,Ann,open,{written}\n2,Ann,open,5\n")
    assert values(of, "id") == ["2"]
    ((line, column, message),) = messages(of)
    assert (line, column) == (2, "amount")
    assert message.startswith(f"`{written}` is not a number.")


def test_decimal_commas_and_points_in_one_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"1 have a decimal comma and 1 a decimal point"):
        amounts(tmp_path, ["1,5", "1.5"])
    assert amounts(tmp_path, ["1.5", "1.234"], formats={"amount": "."}) == [Decimal("1.5"), Decimal("1.234")]


def test_a_probability_of_75_is_three_quarters(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,outcome,probability\n1,A,open,75\n2,A,open,1\n3,A,open,100\n")
    assert values(of, "probability") == [Decimal("0.75"), Decimal("0.01"), Decimal(1)]
    assert of.plan.formats["probability"] == "percent"


def test_choices_know_the_words_of_common_exports_and_refuse_others_with_a_hint(tmp_path: Path) -> None:
    of = staged(tmp_path, "id,owner,closed_on,deal_stage\n1,A,2017-01-01,Closed Won\n2,A,2017-01-02,LOST\n3,A,,Maybe\n")
    assert values(of, "outcome", "stage") == [("won", "Closed Won"), ("lost", "LOST")]
    assert messages(of) == [
        (4, "outcome", '`Maybe` is not one of open, won, lost, void. Add it to the mapping: "values": '
                       '{"outcome": {"Maybe": …}}.'),
    ]  # fmt: skip


def test_booleans(tmp_path: Path) -> None:
    rows = "".join(f"{number},c,2017-01-01,5,{trial}\n" for number, trial in enumerate(["True", "no", "", "?"]))
    of = staged(tmp_path, f"id,customer,started_on,mrr,trial\n{rows}", table="subscriptions")
    assert values(of, "trial") == [True, False, None]
    ((line, column, message),) = messages(of)
    assert (line, column) == (5, "trial")
    assert message.startswith("`?` is not yes or no.")


MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(MONEY, min_size=1, max_size=8), european=st.booleans())
def test_money_written_with_separators_comes_back_to_the_cent(
    tmp_path: Path, numbers: list[Decimal], european: bool
) -> None:
    written = [f"{number:,.2f}" for number in numbers]
    if european:
        written = [each.translate(str.maketrans(",.", ".,")) for each in written]
    assert amounts(tmp_path, written) == numbers


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.dates(min_value=date(1990, 1, 1), max_value=date(2025, 12, 31)), min_size=1, max_size=8),
       how=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d"]))  # fmt: skip
def test_dates_are_read_right_or_refused_but_never_swapped(tmp_path: Path, days: list[date], how: str) -> None:
    written = [day.strftime(how) for day in days]
    if all(day.day <= 12 for day in days) and any(day.day != day.month for day in days) and "/" in how:
        with pytest.raises(Refusal, match="no row decides it"):
            dates(tmp_path, written)
    else:
        assert dates(tmp_path, written) == [day.isoformat() for day in days]
