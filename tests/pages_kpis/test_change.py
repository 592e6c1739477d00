"""Understanding a change, from file to fragment: worked figures, links, roles, and what is said where nothing is."""

import io
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import receive_file, run_import
from apps.metrics.engine import Figure
from apps.pages.kpis.change.subject import Subject
from apps.people.models import Member, Team, Workspace
from tests.cast import ClientOf
from tests.pages_kpis.conftest import TODAY
from tests.squeezed import squeezed

HTMX = {"HX-Request": "true"}
LINK = re.compile(r'href="(/w/acme/kpis/[a-z_]+/rows/\?[^"]+)">([^<]+)</a>')

Load = Callable[..., Import]


@pytest.fixture
def load(workspace: Workspace) -> Load:
    """`load("deals", header, lines)` really imports them; deals are all Rita's."""

    def imported(table: str, header: str, lines: Iterable[str]) -> Import:
        if table == "deals":
            header, lines = f"{header},owner", [f"{line},Rita Evans" for line in lines]
        text = "\n".join([header, *lines]) + "\n"
        batch = receive_file(
            workspace=workspace, table=table, source=io.BytesIO(text.encode()), file_name="a.csv", mapping={}, by=None
        )
        result = run_import(import_id=batch.pk, today=TODAY)
        assert result.new == len(text.splitlines()) - 1
        return batch

    return imported


def part(client: Client, name: str, query: str = "", kpi: str = "revenue", status: int = 200) -> str:
    response = client.get(f"/w/acme/kpis/{kpi}/change/{name}/?{query}", headers=HTMX)
    assert response.status_code == status
    return squeezed(response.content.decode())


def text_of(fragment: str) -> str:
    return squeezed(re.sub(r"<[^>]+>", " ", re.sub(r"<script.*?</script>", "", fragment, flags=re.DOTALL)))


def rows_of(fragment: str) -> list[list[str]]:
    """The cells of every row of the last table."""
    table = fragment.split("<table")[-1]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in table.split("<tr")[2:]]
    return [[text_of(cell).strip() for cell in row] for row in rows]


@pytest.fixture
def calm(load: Load) -> Import:
    """2025: 100 and 110 in turn, so the mean is 105 and neighbours differ by 10; January 2026: 200; 50 so far."""
    lines = [f"{month},won,2024-12-01,2025-{month:02}-05,{100 if month % 2 else 110}" for month in range(1, 13)]
    lines += ["13,won,2025-12-01,2026-01-08,200", "14,won,2025-12-01,2026-02-10,50"]
    return load("deals", "id,outcome,created_on,closed_on,amount", lines)


# --- trend -----------------------------------------------------------------------------------------------------------


def test_the_usual_range_is_the_mean_and_2_66_mean_differences_on_either_side(as_manager: Client, calm: Import) -> None:
    told = text_of(part(as_manager, "trend"))
    # 105 ± 2.66 × 10
    assert "Jan 2026 USD 200 above the usual range (USD 78.40 to USD 132)" in told
    assert "2026-01 is above the usual range: USD 200, the limit is USD 132." in told
    assert "rests on 12 points from 2025-01 on" in told


def test_the_running_month_stands_beside_the_trend_and_shapes_no_limit(as_manager: Client, calm: Import) -> None:
    told = text_of(part(as_manager, "trend"))
    assert "Feb 2026 so far USD 50 not over: no part of the usual range" in told
    assert "below the usual range" not in told


def test_every_point_of_the_trend_links_to_its_rows(as_manager: Client, calm: Import) -> None:
    links = LINK.findall(part(as_manager, "trend"))
    assert len([address for address, _ in links if "period=2025-" in address]) == 12
    for address, figure in links[-3:]:
        page = squeezed(as_manager.get(address.replace("&amp;", "&")).content.decode())
        assert figure in page


def test_the_trend_goes_by_quarters_too_and_a_wrong_word_falls_back(as_manager: Client, calm: Import) -> None:
    assert "Q4 2025 USD 320" in text_of(part(as_manager, "trend", "grain=quarter"))
    assert "Jan 2026 USD 200" in text_of(part(as_manager, "trend", "grain=moon"))


def test_one_month_is_too_little_to_tell_what_is_usual(as_manager: Client, load: Load) -> None:
    load("deals", "id,outcome,closed_on,amount", ["1,won,2025-11-03,10", "2,won,2025-12-01,20"])
    told = text_of(part(as_manager, "trend"))
    assert "too few points to tell what is usual" in told
    assert "Limits need six points or more; here is one point." in told


def test_a_kpi_that_keeps_growing_shows_its_newest_signals_and_says_why_there_are_so_many(
    as_manager: Client, load: Load
) -> None:
    days = [date(year, month, 5) for year in (2024, 2025) for month in range(1, 13)]
    lines = [f"{day},won,{day},{100 * 1.3**i:.0f}" for i, day in enumerate(days)]
    load("deals", "id,outcome,closed_on,amount", [*lines, "end,won,2025-12-31,1"])
    fragment = part(as_manager, "trend")
    assert "because this KPI keeps moving" in fragment
    open_ones, earlier = fragment.split("earlier signals</summary>")
    assert open_ones.count("Confirm</button>") == 3
    assert earlier.count("Confirm</button>") > 3
    assert "2025-12 is above the usual range" in open_ones


# --- compared with ---------------------------------------------------------------------------------------------------


def test_a_running_month_is_compared_with_as_many_working_days_and_with_a_year_ago(
    as_manager: Client, calm: Import
) -> None:
    fragment = part(as_manager, "compared")
    year, before = rows_of(fragment)
    # 1 to 10 February 2026 has 7 working days, as has 1 to 9 January
    assert year[:3] == ["The same period last year 1 Feb – 10 Feb 2025", "USD 110", "−USD 60 −54.5 %"]
    assert before[:3] == ["The period before 1 Jan – 9 Jan 2026", "USD 200", "−USD 150 −75 %"]
    assert "7 working days each" in text_of(fragment)


def test_a_difference_is_judged_by_how_much_neighbours_usually_differ(as_manager: Client, calm: Import) -> None:
    # as far as 10 February the months had 100 and 110 in turn and then 200: the mean difference is 200 / 12, and
    # neighbours differ by at most 3.268 times that, 54.5; the 150 less than in January are more, and 60 are, too
    year, before = rows_of(part(as_manager, "compared"))
    assert before[3] == "More than periods usually differ"
    assert year[3] == "More than periods usually differ"


def test_days_before_the_data_are_told_as_missing(as_manager: Client, load: Load) -> None:
    load("deals", "id,outcome,closed_on,amount", ["1,won,2025-02-11,10", "2,won,2026-02-28,20"])
    fragment = part(as_manager, "compared")
    assert "10 days missing" in fragment
    assert "10 of 28 days are missing from what this is compared with" in fragment


# --- what changed ----------------------------------------------------------------------------------------------------

SOURCES = [  # source, month, decided, won: O22 of the domain notes, both do better and the whole does worse
    ("inbound", "2025-08", 400, 120),
    ("outbound", "2025-08", 600, 60),
    ("inbound", "2025-11", 300, 93),
    ("outbound", "2025-11", 900, 99),
]


@pytest.fixture
def mixed(load: Load) -> Import:
    lines = [
        f"{source}-{month}-{i},{source},{'won' if i < won else 'lost'},{month}-10"
        for source, month, decided, won in SOURCES
        for i in range(decided)
    ]
    return load("deals", "id,source,outcome,closed_on", [*lines, "end,inbound,open,2025-12-31"])


def test_a_rate_is_split_into_how_each_did_and_how_much_each_weighs(as_manager: Client, mixed: Import) -> None:
    fragment = part(as_manager, "contribution", "by=source&before=2025-Q3&after=2025-Q4", "win_rate")
    rows = {row[0]: row[1:] for row in rows_of(fragment)}
    assert rows["inbound"] == ["30 %", "31 %", "−1.7 pp", "+0.3 pp", "−2.0 pp"]
    assert rows["outbound"] == ["10 %", "11 %", "−0.3 pp", "+0.7 pp", "−1.0 pp"]
    assert rows["Together"] == ["18 %", "16 %", "−2 pp", "+1 pp", "−3 pp"]
    assert "The whole went the other way than its parts" in fragment


def test_sums_are_split_by_group_and_add_up(as_manager: Client, deals: Import) -> None:
    fragment = part(as_manager, "contribution", "by=region&before=2025-Q4&after=2026-Q1")
    rows = {row[0].split(" ")[0]: row[1:] for row in rows_of(fragment)}
    assert rows["West"] == ["–", "USD 5.70 k", "+USD 5.70 k"]
    assert rows["East"] == ["USD 1.00 k", "–", "−USD 1.00 k"]
    assert rows["Together"] == ["USD 1.00 k", "USD 5.70 k", "+USD 4.70 k"]


@pytest.mark.parametrize(("kpi", "by"), [("win_rate", "region"), ("win_rate", "team"), ("win_rate", "owner")])
def test_each_figure_of_a_group_leads_to_rows_that_give_it(
    as_manager: Client, deals: Import, kpi: str, by: str
) -> None:
    links = LINK.findall(part(as_manager, "contribution", f"by={by}&before=2025-Q4&after=2026-Q1", kpi))
    assert len(links) >= 4
    for address, figure in links:
        page = squeezed(as_manager.get(address.replace("&amp;", "&")).content.decode())
        assert f'<p class="figure">{figure}</p>' in page


def test_a_rep_sees_own_lines_and_the_others_together(as_rep: Client, deals: Import) -> None:
    fragment = part(as_rep, "contribution", "by=owner&before=2025-Q4&after=2026-Q1", "win_rate")
    assert "Rita Evans" in fragment
    assert "Omar Faye" not in fragment
    assert "Nobody Known" not in fragment
    assert "2 others together" in fragment
    assert "the others are put together" in fragment
    assert '<option value="note"' not in fragment  # own columns may name people


def test_velocity_is_split_into_its_four_factors(as_manager: Client, load: Load) -> None:
    """(4, .5, 1000, 10 days) to (4, .75, 1000, 10 days): 4 × .5 × 1000 ÷ 10 = 200 a day to 300, all of it win rate."""
    lines = [
        f"{quarter}{i},{'won' if i < won else 'lost'},{created},{closed},1000"
        for quarter, won, created, closed in (
            ("a", 2, "2025-08-01", "2025-08-11"),
            ("b", 3, "2025-11-01", "2025-11-11"),
        )
        for i in range(4)
    ]
    load("deals", "id,outcome,created_on,closed_on,amount", [*lines, "z,lost,2026-01-01,2026-01-02,1"])
    query = "before=2025-Q3&after=2025-Q4"
    rows = {row[0]: row[1:] for row in rows_of(part(as_manager, "contribution", query, "sales_velocity"))}
    assert rows["Win rate"][:2] == ["50 %", "75 %"]
    assert rows["Win rate"][2] == rows["Together"][2]
    assert rows["Win rate"][2].startswith("+USD 100")
    assert rows["Sales cycle length"][:2] == ["10 days", "10 days"]


def test_growth_has_no_contribution_and_an_unknown_part_is_not_found(as_manager: Client, deals: Import) -> None:
    part(as_manager, "contribution", kpi="sales_growth", status=404)
    part(as_manager, "funnel", kpi="revenue", status=404)
    part(as_manager, "weather", status=404)


def test_groups_that_do_not_make_up_the_whole_are_not_added_up(
    as_manager: Client, deals: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "by=region&before=2025-Q4&after=2026-Q1"
    assert "Together" in part(as_manager, "contribution", query, "pipeline_value")
    another_whole = Figure(None, None, 1, Decimal(7))
    monkeypatch.setattr(Subject, "figures", lambda self, periods: [another_whole for _ in periods])
    assert "the groups do not add up to the whole" in part(as_manager, "contribution", query, "pipeline_value")


def test_the_first_look_is_by_a_column_that_has_several_groups(as_manager: Client, mixed: Import) -> None:
    """All deals are Rita's and no region is known: neither says anything."""
    fragment = part(as_manager, "contribution", "before=2025-Q3&after=2025-Q4", "win_rate")
    assert re.findall(r'<option value="([a-z_]+)" selected>', fragment) == ["source"]


def test_the_same_period_twice_is_refused_in_words(as_manager: Client, deals: Import) -> None:
    assert "Choose two different periods." in part(as_manager, "contribution", "before=2025-Q4&after=2025-Q4&by=region")


# --- funnel and lost reasons -----------------------------------------------------------------------------------------


@pytest.fixture
def leads(load: Load) -> Import:
    """In 2025-Q2 8 of 10 qualify and 4 of these convert; in 2025-Q4 6 of 10, and 3 of these."""
    statuses = {"2025-05-01": "c" * 4 + "q" * 4 + "d" * 2, "2025-11-01": "c" * 3 + "q" * 3 + "d" * 4}
    words = {"c": "converted", "q": "disqualified", "d": "disqualified"}
    lines = [
        f"{day}-{i},{day},{words[letter]},{day if letter in 'cq' else ''}"
        for day, letters in statuses.items()
        for i, letter in enumerate(letters)
    ]
    return load("leads", "id,created_on,status,qualified_on", [*lines, "last,2026-01-05,open,"])


def test_the_bottleneck_is_the_step_that_lost_most_against_its_own_usual_rate(
    as_manager: Client, leads: Import
) -> None:
    fragment = part(as_manager, "funnel", "period=2025-Q4", "lead_conversion_rate")
    # (80 % − 60 %) × 10 leads × 50 % of the qualified convert = 1
    assert "The bottleneck is Lead created → Qualified: 60 % pass, usually 80 % (−20 pp)." in fragment
    assert "At its usual rate it would bring 1 win more." in fragment
    first, second = rows_of(fragment)
    assert first[:3] == ["Lead created → Qualified", "10", "6"]
    assert second[:3] == ["Qualified → Converted", "6", "3"]
    assert "With deals imported the funnel is longer." in fragment


def test_a_young_cohort_names_no_bottleneck(as_manager: Client, leads: Import) -> None:
    told = part(as_manager, "funnel", "period=2026-Q1", "lead_conversion_rate")
    assert "It is too early to name a bottleneck" in told


def test_reasons_of_lost_deals_are_told_by_weight_with_their_rows(as_manager: Client, load: Load) -> None:
    reasons = ["Price"] * 6 + ["Timing"] * 3 + [""]
    lines = [f"{i},lost,2025-0{i % 9 + 1}-15,{reason},100" for i, reason in enumerate(reasons)]
    load("deals", "id,outcome,closed_on,lost_reason,amount", [*lines, "99,won,2025-12-31,,50"])
    fragment = part(as_manager, "lost", "period=2025", "win_rate")
    assert "Price is the most frequent reason: 6 of 10 lost deals (60 %)." in fragment
    assert [row[:4] for row in rows_of(fragment)] == [
        ["Price", "6", "60 %", "60 %"],
        ["Timing", "3", "30 %", "90 %"],
        ["No reason given", "1", "10 %", "100 %"],
    ]
    address = next(address for address, said in LINK.findall(fragment) if said == "6")
    page = squeezed(as_manager.get(address.replace("&amp;", "&")).content.decode())
    assert '<p class="figure">60 %</p>' in page


def test_deals_without_reasons_say_how_to_get_them(as_manager: Client, deals: Import) -> None:
    assert "Map the column that holds the reason" in part(as_manager, "lost", "period=2026", "win_rate")


# --- season ----------------------------------------------------------------------------------------------------------


def test_a_season_that_comes_back_is_told_and_taken_out_of_the_trend(as_manager: Client, load: Load) -> None:
    days = [date(year, month, 5) for year in (2022, 2023, 2024, 2025) for month in range(1, 13)]
    lines = [f"{day},won,{day},{200 if day.month == 12 else 100 + day.month % 2}" for day in days]
    load("deals", "id,outcome,closed_on,amount", [*lines, "end,won,2026-01-31,101"])
    assert "Usually Dec (" in part(as_manager, "season")
    told = text_of(part(as_manager, "trend"))
    assert "What comes back every year is taken out of these figures" in told
    assert "Signals to look at" not in told
    assert "is above the usual range" in text_of(part(as_manager, "trend", "season=as_is"))


def test_less_than_two_years_say_how_much_is_missing(as_manager: Client, calm: Import) -> None:
    told = text_of(part(as_manager, "season"))
    assert "24 complete months in a row. There are 13 months; 11 months are missing." in told


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_fetches_each_part_when_it_is_seen_and_links_to_it_without_javascript(
    as_manager: Client, deals: Import
) -> None:
    page = squeezed(as_manager.get("/w/acme/kpis/win_rate/").content.decode())
    for name in ("trend", "compared", "contribution", "funnel", "lost", "season"):
        address = f"/w/acme/kpis/win_rate/change/{name}/?variant=deals"
        assert f'hx-get="{address}"' in page
        assert f'href="{address}"' in page
        whole = as_manager.get(address).content.decode()
        assert "<html" in whole
        assert 'aria-current="page"' in whole


def test_without_data_the_page_has_no_parts_and_a_part_teaches(as_manager: Client) -> None:
    assert "Understanding change" not in as_manager.get("/w/acme/kpis/win_rate/").content.decode()
    told = text_of(part(as_manager, "trend", kpi="win_rate"))
    assert "No deals yet" in told
    assert "Here will be the usual range, and what left it, as soon as a file is imported." in told


def test_every_kpi_has_a_trend_or_says_why_not(as_manager: Client, deals: Import, leads: Import) -> None:
    for kpi in ("sales_growth", "pipeline_value", "average_deal_size", "quota_attainment", "leads_generated", "nps"):
        for name in ("trend", "compared", "season"):
            part(as_manager, name, kpi=kpi)


def test_the_trend_of_a_team_or_person_is_seen_by_who_may(
    as_manager: Client, as_rep: Client, deals: Import, rep: Member, other_rep: Member, north: Team
) -> None:
    told = text_of(part(as_manager, "trend", f"about=person:{rep.pk}&grain=quarter"))
    assert "Q4 2025 USD 1.00 k" in told
    assert "Q4 2025 USD 1.00 k" in text_of(part(as_rep, "trend", f"about=team:{north.pk}&grain=quarter"))
    part(as_rep, "trend", f"about=person:{other_rep.pk}", status=403)
    part(as_manager, "trend", "about=team:99999", status=404)
    choices = part(as_rep, "trend")
    assert rep.name in choices
    assert other_rep.name not in choices


def test_a_part_costs_few_queries(
    client_of: ClientOf, manager: Member, deals: Import, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = client_of(manager)
    for name in ("trend", "compared", "contribution", "funnel", "lost", "season"):
        with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
            part(client, name, kpi="win_rate")
