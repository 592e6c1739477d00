"""The goal page: the number, why, and the rows behind it, from a real import through the real engine."""

import json
import re
from collections.abc import Callable
from datetime import date

import time_machine
from django.test import Client

from apps.datasets.models import Import
from apps.datasets.services import undo_import
from apps.goals.models import Goal
from apps.goals.services import BenchmarkDraft, close_goal, set_target
from apps.people.models import Member, Team
from tests.cast import ClientOf
from tests.pages.conftest import NOW, TODAY, MakeGoal

HTMX = {"HX-Request": "true"}


def page_of(client: Client, goal: Goal, part: str = "") -> str:
    response = client.get(f"/w/acme/goals/{goal.pk}/{part}")
    assert response.status_code == 200
    return response.content.decode()


def chart_of(page: str) -> dict[str, object]:
    found = re.search(r'<script id="chart-spec" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_the_number_explains_itself(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal(title="The quarter")
    with_deals()
    page = page_of(client_of(manager), goal)
    assert "USD 47.0 k" in page  # 30,000 + 12,000.50 + 5,000
    assert "of USD 92.0 k" in page
    assert "working days closed" in page.lower()
    assert "up to 12 Nov 2025" in page
    assert "pace@2" in page
    assert "version 1" in page
    assert "As known at" in page


def test_the_chart_is_a_spec_with_a_description_and_its_numbers_are_a_table(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    page = page_of(client_of(manager), goal)
    spec = chart_of(page)
    assert "Revenue from 1 Oct 2025 to 31 Dec 2025." in str(spec["description"])
    values = [row["value"] for layer in spec["layer"] for row in layer["data"]["values"]]  # type: ignore[attr-defined]
    assert 47_000.5 in values
    assert 92_000.0 in values
    assert "The numbers of this chart" in page
    last = page.split("12 Nov 2025</th>")[1].split("</tr>")[0]
    assert "USD 47,001" in last  # actual and expected stand beside each other on the day judged
    assert last.count("USD") == 2
    assert 'src="/static/js/chart.js"' in page


def test_a_goal_without_figures_has_no_chart_and_says_what_comes(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal
) -> None:
    page = page_of(client_of(manager), make_goal())
    assert "Not computed yet" in page
    assert "chart-spec" not in page


def test_the_first_rows_name_import_file_and_line(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    fragment = client_of(manager).get(f"/w/acme/goals/{goal.pk}/rows/", headers=HTMX).content.decode()
    assert "<html" not in fragment
    rows = re.findall(r"<td>(D\d)</td>", fragment)
    assert sorted(rows) == ["D1", "D2", "D4"]
    assert "12,000.5" in fragment
    assert "deals.csv" in fragment
    assert "All rows that count; 2 left out." in fragment


def test_the_page_of_rows_says_why_others_are_left_out(
    client_of: ClientOf, manager: Member, north: Team, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal(team=north, owner=manager)
    with_deals()
    page = page_of(client_of(manager), goal, "rows/")
    assert 'Counts <span class="count">2</span>' in page
    assert 'Does not count <span class="count">3</span>' in page
    reasons = re.findall(r'why=[^"]*"\s*>(.*?) <span class="count">(\d)</span>', page)
    assert sum(int(count) for _, count in reasons) == 3
    assert len(reasons) == 3
    assert any("another team" in reason for reason, _ in reasons)


def test_the_rows_are_those_of_the_number_that_is_shown(
    client_of: ClientOf, manager: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    with time_machine.travel("2025-11-14T10:00:00Z", tick=False):
        undo_import(batch=Import.objects.get(), by=manager)  # the figures are not recomputed yet
    assert 'Counts <span class="count">3</span>' in page_of(client_of(manager), goal, "rows/")


def test_a_member_sees_the_rows_but_not_whose_they_are(
    client_of: ClientOf, rep: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    goal = make_goal()
    with_deals()
    page = page_of(client_of(rep), goal, "rows/")
    assert "Rita Evans</td>" in page
    assert "Omar Faye</td>" not in page
    assert "/imports/" not in page.split("<main", 1)[1]


def test_buttons_are_there_for_those_who_may_use_them(
    client_of: ClientOf, manager: Member, rep: Member, north: Team, south: Team, make_goal: MakeGoal
) -> None:
    mine = make_goal(team=north)
    theirs = make_goal(team=south)
    assert "/edit/" in page_of(client_of(manager), mine)
    assert "/edit/" not in page_of(client_of(manager), theirs)
    page = page_of(client_of(rep), mine)
    for door in ("/edit/", "/target/", "/close/"):
        assert door not in page


def test_a_closed_goal_says_why_and_offers_to_be_reopened(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal
) -> None:
    goal = close_goal(goal=make_goal(), by=leader, outcome="cancelled", reason="The market is gone.", now=NOW)
    page = page_of(client_of(leader), goal)
    assert "The market is gone." in page
    assert "/reopen/" in page
    assert "/edit/" not in page


def test_targets_benchmark_and_changes_are_told(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None]
) -> None:
    benchmark = BenchmarkDraft("industry", "120k", "Benchmark report 2025, p. 4", date(2025, 3, 1))
    goal = make_goal(by=leader, benchmark=benchmark)
    set_target(
        goal=goal,
        by=leader,
        value="99k",
        reason="A large deal was promised.",
        effective_from=date(2025, 11, 1),
        today=TODAY,
    )
    with_deals()
    page = page_of(client_of(leader), goal)
    assert "Benchmark report 2025, p. 4" in page
    assert "A large deal was promised." in page
    assert "Target: USD 92,000 → USD 99,000" in page
    assert "Lena Cole" in page
    steps = [layer["data"]["values"] for layer in chart_of(page)["layer"] if "data" in layer]  # type: ignore[attr-defined]
    assert next(rows[:2] for rows in steps if rows and rows[0]["value"] == 92000.0) == [
        {"day": "2025-10-01", "value": 92000.0},
        {"day": "2025-11-01", "value": 99000.0},
    ]


def test_a_goal_one_may_not_see_does_not_exist(
    client_of: ClientOf, rep: Member, other_rep: Member, make_goal: MakeGoal
) -> None:
    goal = make_goal(person=other_rep)
    for part in ("", "rows/"):
        assert client_of(rep).get(f"/w/acme/goals/{goal.pk}/{part}").status_code == 404


def test_the_goal_page_costs_a_fixed_number_of_queries(
    client_of: ClientOf, leader: Member, make_goal: MakeGoal, with_deals: Callable[[], None], queries_of: object
) -> None:
    goal = make_goal()
    with_deals()
    few = queries_of(client_of(leader), f"/w/acme/goals/{goal.pk}/")  # type: ignore[operator]
    for number in range(8):
        set_target(
            goal=goal, by=leader, value=95_000 + number, reason="Again.", effective_from=date(2025, 11, 14), today=TODAY
        )
    assert queries_of(client_of(leader), f"/w/acme/goals/{goal.pk}/") <= few + 1 <= 40  # type: ignore[operator]


def test_the_story_names_members_and_shows_nobodys_address(
    client_of: ClientOf, rep: Member, leader: Member, north: Team, make_goal: MakeGoal
) -> None:
    assert leader.user is not None
    leader.user.name = ""
    leader.user.save()
    goal = make_goal(team=north, target="100")
    close_goal(goal=goal, by=leader, outcome="done", now=NOW)
    page = client_of(rep).get(f"/w/acme/goals/{goal.pk}/").content.decode()
    assert "Lena Cole" in page
    assert leader.user.email not in page
