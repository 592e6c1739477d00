"""A goal in a sentence: what is understood, and what is asked instead of guessed. The day is 14 November 2025."""

from datetime import date
from typing import Any

import pytest

from apps.common.periods import Grain
from apps.goals.saying import Named, Said, understand

TODAY = date(2025, 11, 14)
KPIS = (
    Named("revenue:deals", "Revenue", ("sales", "bookings", "turnover"), "money"),
    Named("win_rate:deals", "Win rate", ("close rate",), "percent"),
    Named("sales_cycle_length:deals", "Sales cycle length", ("sales cycle", "days to close"), "days", up=False),
    Named("leads_generated:leads", "Leads generated", ("new leads", "number of leads"), "count"),
    Named("mrr:subscriptions", "Monthly recurring revenue", ("MRR", "recurring revenue"), "money"),
    Named("customer_churn_rate:customers", "Customer churn rate", ("churn", "attrition"), "percent", up=False),
    Named("employee_turnover_rate:employees", "Employee turnover rate", ("attrition",), "percent", up=False),
    Named("csat:surveys", "Customer satisfaction", ("CSAT",), "percent"),
    Named("pipeline_value:deals", "Pipeline value", ("open pipeline", "pipeline"), "money"),
)
TEAMS = {1: "North", 2: "Team Alpine"}
PEOPLE = {11: "Rita Evans", 12: "Omar Faye", 13: "Rita Marsh"}
THE_SENTENCE = "Increase monthly sales revenue by 10 % within the next quarter"


def said(text: str) -> Said:
    return understand(text, kpis=KPIS, today=TODAY, teams=TEAMS, people=PEOPLE, me=11)


def understood(**parts: Any) -> dict[str, Any]:
    return parts


Q4 = (date(2025, 10, 1), date(2026, 1, 1))
Q1 = (date(2026, 1, 1), date(2026, 4, 1))
YEAR = (date(2025, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (THE_SENTENCE, understood(kpi="revenue:deals", change=10, days=Q1, grain=Grain.MONTH)),
        ("Grow revenue by 10 percent this quarter", understood(kpi="revenue:deals", change=10, days=Q4)),
        ("Raise sales by 5% in Q1 2026", understood(kpi="revenue:deals", change=5, days=Q1)),
        ("Reach 1.2m revenue by the end of Q1", understood(kpi="revenue:deals", target="1.2m", days=Q1)),
        ("Revenue of 1.2 million next quarter", understood(kpi="revenue:deals", target="1.2m", days=Q1)),
        ("Sell 250k this quarter for North", understood(target="250k", days=Q4, team=1)),
        ("Hit USD 900k in bookings this year", understood(kpi="revenue:deals", target="USD 900k", days=YEAR)),
        ("Increase win rate from 38 % to 41 % this quarter", understood(baseline="38 %", target="41 %", days=Q4)),
        ("Improve win rate by 3 points next quarter", understood(kind="change_points", change=3, days=Q1)),
        ("Lift close rate by 3 pp in Q4", understood(kpi="win_rate:deals", kind="change_points", change=3)),
        ("Shorten the sales cycle from 60 to 45 days by year end", understood(baseline="60", target="45", days=YEAR)),
        ("Reduce sales cycle by 10 % next quarter", understood(kpi="sales_cycle_length:deals", change=-10)),
        ("Improve sales cycle length by 10 % next quarter", understood(change=-10)),
        ("Keep customer satisfaction above 90 % this year", understood(kind="keep_above", low="90 %", days=YEAR)),
        ("Keep CSAT at least at 90% this year", understood(kpi="csat:surveys", kind="keep_above", low="90 %")),
        ("Hold churn below 2 % in 2026", understood(kind="keep_below", high="2 %")),
        ("Keep pipeline between 2m and 3m this quarter", understood(kind="keep_between", low="2m", high="3m")),
        ("Maintain win rate at 40 % this quarter", understood(kind="keep_above", low="40 %")),
        ("Double new leads next year", understood(kpi="leads_generated:leads", change=100)),
        ("Halve churn by the end of the year", understood(kpi="customer_churn_rate:customers", change=-50)),
        ("Rita Evans sells 200k this quarter", understood(person=11, target="200k")),
        ("Revenue for Omar to 150k in Q1", understood(person=12, target="150k", days=Q1)),
        ("Grow my revenue to 150k in Q1", understood(person=11, target="150k")),
        ("Team Alpine wins 400k revenue this quarter", understood(team=2, target="400k")),
        ("Increase MRR to 500k by 31 December", understood(target="500k", days=(None, date(2026, 1, 1)))),
        ("Increase MRR to 500k until 2026-03-31", understood(days=(None, date(2026, 4, 1)))),
        ("Generate 300 new leads in March", understood(target="300", days=(date(2026, 3, 1), date(2026, 4, 1)))),
        ("300 leads generated within 90 days", understood(target="300", days=(TODAY, date(2026, 2, 12)))),
        ("Revenue to 1m in the next 3 months", understood(days=(date(2025, 12, 1), date(2026, 3, 1)))),
        ("Revenue to 1m from 1 Jan 2026 to 31 Mar 2026", understood(days=Q1)),
        ("Revenue +10 % year on year next quarter", understood(change=10, against="last_year")),
        ("Grow revenue by 10 % over the same quarter last year in Q1", understood(against="last_year", days=Q1)),
        ("Grow revenue by 10 % compared with last quarter in Q1", understood(against="previous", days=Q1)),
        ("Cut monthly recurring revenue churn to 2 % this year", understood(target="2 %")),
    ],
)
def test_a_sentence_is_understood(text: str, parts: dict[str, Any]) -> None:
    found = said(text)
    seen = {**vars(found), "days": (found.starts_on, found.ends_on)}
    assert {name: seen[name] for name in parts} == parts
    assert found.unclear == ()


def test_of_the_sentence_everybody_quotes_the_comparison_is_asked() -> None:
    found = said(THE_SENTENCE)
    assert [question.about for question in found.questions] == ["baseline"]
    assert found.kind == "change_percent"


def test_what_is_said_about_the_comparison_is_not_asked_again() -> None:
    assert said("Grow revenue by 10 % year over year in Q1").questions == []


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Be great next quarter by 10 %", "kpi"),
        ("Reduce attrition to 5 % next quarter", "kpi"),  # a name of two KPIs
        ("Grow revenue next quarter", "target"),
        ("Grow revenue to 1m", "period"),
        ("Increase MRR to 500k by 31 December", "start"),
        ("Increase win rate by 10 % next quarter", "kind"),  # points, or a share of the rate?
        ("Reduce revenue by 10 % next quarter", "direction"),
        ("Increase win rate and pipeline to 40 this quarter", "kpi"),
    ],
)
def test_what_is_missing_or_could_mean_two_things_is_asked(text: str, about: str) -> None:
    assert said(text).asks(about) is not None


def test_a_name_of_two_kpis_is_asked_with_both_of_them() -> None:
    found = said("Reduce attrition to 5 % next quarter")
    question = found.asks("kpi")
    assert found.kpi == ""
    assert question is not None
    assert [name for _, name in question.choices] == ["Customer churn rate", "Employee turnover rate"]


def test_a_first_name_of_two_people_is_nobody() -> None:
    found = said("Rita sells 200k this quarter")
    assert found.person is None
    assert found.unclear == ("rita",)


def test_words_that_are_not_understood_are_told() -> None:
    assert said("Grow revenue to 1m next quarter synergistically").unclear == ("synergistically",)


@pytest.mark.parametrize(
    "text", ["", "   ", "%%%", "1e999", "by by by", "to 1.2.3.4", "Q5 2026 30 February 2026", "(" * 300]
)
def test_nonsense_is_asked_about_and_never_an_error(text: str) -> None:
    assert said(text).asks("kpi") is not None


def test_quarters_follow_the_fiscal_year() -> None:
    found = understand("Revenue to 1m in Q1", kpis=KPIS, today=TODAY, fiscal=4)
    assert (found.starts_on, found.ends_on) == (date(2026, 4, 1), date(2026, 7, 1))
