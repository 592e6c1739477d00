"""The board: its filters are the address, its counts are filters, and its cost does not grow."""

from datetime import date
from urllib.parse import quote

from django.test import Client

from apps.goals.case import Status
from apps.people.models import Member, Team
from tests.cast import ClientOf
from tests.judged import SetStatus
from tests.pages.conftest import MakeGoal

BOARD = "/w/acme/goals/"
HTMX = {"HX-Request": "true"}


def page_of(client: Client, query: str = "") -> str:
    response = client.get(f"{BOARD}{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_row_says_all_at_a_glance(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, set_status: SetStatus
) -> None:
    set_status(
        make_goal(title="The quarter"),
        Status.OFF_TRACK,
        value=30_000,
        target=92_000,
        expected=43_000,
        attainment=0.326,
        needed_per_day=1940,
        series=[["2025-10-06", 1.0], ["2025-10-13", 4.0], ["2025-10-20", None], ["2025-10-27", 30000.0]],
    )
    page = page_of(client_of(manager))
    assert "The quarter" in page
    assert "USD 30.0 k" in page
    assert "USD 1.94 k" in page
    assert 'aria-label="32 % of the way, 46 % expected by now"' in page
    assert 'aria-label="Trend: rising"' in page
    assert "Off track" in page
    assert "Lena Cole" in page


def test_filters_stand_in_the_address_and_come_back_in_the_form(
    client_of: ClientOf, manager: Member, rep: Member, north: Team, south: Team, make_goal: MakeGoal
) -> None:
    make_goal(team=north, title="North goal")
    make_goal(person=rep, owner=rep, title="Rita goal")
    make_goal(team=south, title="South goal")
    page = page_of(client_of(manager), f"?team={north.pk}&q=goal")
    assert "North goal" in page
    assert "Rita goal" in page  # people of the team belong to it
    assert "South goal" not in page
    assert f'<option value="{north.pk}" selected>' in page
    assert 'value="goal"' in page


def test_a_status_count_filters_and_keeps_the_other_filters(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, set_status: SetStatus, north: Team
) -> None:
    set_status(make_goal(title="Fine goal"), Status.ON_TRACK)
    set_status(make_goal(team=north, title="Poor goal"), Status.OFF_TRACK)
    page = page_of(client_of(manager), "?q=goal&status=off_track")
    assert "Poor goal" in page
    assert "Fine goal" not in page
    assert "<b>1</b> on track" in page  # counted under the other filters
    assert '?status=on_track&amp;q=goal"' in page
    assert '<input type="hidden" name="status" value="off_track" form="filters">' in page


def test_htmx_gets_the_list_alone_and_a_clean_address(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal
) -> None:
    make_goal(title="Findable")
    response = client_of(manager).get(f"{BOARD}?q=find&team=&owner=&kpi=&period=running&status=", headers=HTMX)
    assert response["HX-Push-Url"] == f"{BOARD}?q=find"
    page = response.content.decode()
    assert "Findable" in page
    assert "<html" not in page


def test_the_same_address_is_not_pushed_twice(client_of: ClientOf, manager: Member, make_goal: MakeGoal) -> None:
    here = {**HTMX, "HX-Current-URL": f"http://testserver{BOARD}?q=find"}
    assert client_of(manager).get(f"{BOARD}?q=find", headers=here)["HX-Push-Url"] == "false"


def test_the_back_button_gets_the_whole_page(client_of: ClientOf, manager: Member) -> None:
    restored = client_of(manager).get(BOARD, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert b"<html" in restored.content
    assert "HX-Request" in restored["Vary"]


def test_a_mangled_filter_is_told_and_left_out(client_of: ClientOf, manager: Member, make_goal: MakeGoal) -> None:
    make_goal(title="Still here")
    page = page_of(client_of(manager), "?status=splendid&team=x")
    assert "Still here" in page
    assert "“splendid” is no status" in page


def test_a_search_without_a_match_says_so(client_of: ClientOf, manager: Member, make_goal: MakeGoal) -> None:
    make_goal(title="Something")
    assert "No goal matches" in page_of(client_of(manager), "?q=nothing")


def test_an_empty_board_teaches_what_a_goal_is(client_of: ClientOf, leader: Member, viewer: Member) -> None:
    assert "Set a goal" in page_of(client_of(leader))
    empty = page_of(client_of(viewer))
    assert "No goal is running now" in empty
    assert "Set a goal" not in empty


def test_what_is_typed_is_shown_as_text(client_of: ClientOf, manager: Member) -> None:
    assert "<script>alert" not in page_of(client_of(manager), f"?q={quote('<script>alert(1)</script>')}")


def test_the_board_costs_the_same_queries_at_5_and_at_60_goals(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, set_status: SetStatus, queries_of: object
) -> None:
    client = client_of(manager)
    series = [["2025-10-06", 1.0], ["2025-10-13", 4.0]]

    def make(numbers: range) -> None:
        for number in numbers:
            days = {"starts_on": date(2025, 9, 1 + number % 28), "ends_on": date(2026, 1, 1 + number // 28)}
            set_status(make_goal(title=f"Goal {number}", **days), Status.ON_TRACK, series=series, attainment=0.5)

    make(range(5))
    five = queries_of(client, BOARD)  # type: ignore[operator]
    make(range(5, 60))
    assert queries_of(client, BOARD) == five <= 13  # type: ignore[operator]
    assert "Page 1 of 2" in page_of(client)
