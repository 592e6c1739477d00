"""A morning of a manager, a rep and a leader, clicked through in a real browser with a real worker behind it."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import GIVEN_UP, settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_manager_narrows_the_board_and_the_back_button_brings_it_back(page: Page) -> None:
    home = sign_in(page, "manager")
    page.goto(f"{home}goals/")
    every_goal = page.locator("a.board-title").count()
    page.get_by_role("link", name=re.compile("at risk")).click()
    expect(page).to_have_url(re.compile("status=at_risk"))
    at_risk = page.locator("a.board-title").count()
    assert 0 < at_risk < every_goal
    page.get_by_label("Search").fill("win rate")
    expect(page).to_have_url(re.compile("q=win"))
    page.go_back()
    settled(page)
    page.go_back()
    settled(page)
    expect(page.locator("a.board-title")).to_have_count(every_goal)


def test_a_manager_follows_a_number_down_to_the_line_of_the_file(page: Page) -> None:
    home = sign_in(page, "manager")
    page.goto(f"{home}goals/?q=revenue")
    page.locator("a.board-title").first.click()
    expect(page.get_by_text(re.compile(r"expected by .*\(.* of expected"))).to_be_visible()
    expect(page.get_by_text(re.compile("per working day")).first).to_be_visible()
    page.get_by_role("link", name="All rows, and those left out").click()
    expect(page.get_by_role("columnheader", name="From")).to_be_visible()
    page.locator("table.behind tbody a").first.click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def test_a_goal_is_set_corrected_raised_and_closed(page: Page) -> None:
    home = sign_in(page, "manager")
    page.expected_troubles += GIVEN_UP  # type: ignore[attr-defined]  # the live score is not waited for
    page.goto(f"{home}goals/new/")
    page.get_by_label("KPI").select_option("average_deal_size:deals")
    page.get_by_label("Title").fill("Bigger deals")
    target = page.locator("#id_target")
    target.fill("plenty")
    page.expected_troubles.append("422")  # type: ignore[attr-defined]
    page.get_by_role("button", name="Set the goal").click()
    expect(page.get_by_text("is not a number")).to_be_visible()
    expect(target).to_have_value("plenty")

    target.fill("14k")
    page.get_by_role("button", name="Set the goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bigger deals")
    expect(page.get_by_text(re.compile("against a target of|, which missed by|so far")).first).to_be_visible(
        timeout=30_000
    )

    page.get_by_role("link", name="Change target").click()
    page.get_by_label("New target").fill("15k")
    page.get_by_label("Why").fill("The spring deals were larger than we thought.")
    page.get_by_role("button", name="Change the target").click()
    expect(page.get_by_text("The spring deals were larger than we thought.").first).to_be_visible()

    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_label(re.compile("Cancelled")).check()
    page.get_by_label("Why").fill("Only a trial.")
    page.get_by_role("button", name="Close the goal").click()
    expect(page.get_by_role("link", name="Reopen")).to_be_visible()


def test_a_file_is_looked_at_imported_watched_and_undone(page: Page, tmp_path: Path) -> None:
    home = sign_in(page, "manager")
    page.goto(f"{home}imports/new/")
    page.locator("#id_file").set_input_files(_deals_of_yesterday(tmp_path))
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_label("One row of it is one of")).to_have_value("deals")  # told by its header
    page.get_by_role("button", name="Import 3 rows, leave out 1").click(timeout=60_000)
    expect(page.get_by_role("link", name="Undo this import")).to_be_visible(timeout=40_000)
    expect(page.get_by_text(re.compile(r"goals? .*comput|comput.* goals?", re.IGNORECASE)).first).to_be_visible(
        timeout=40_000
    )
    expect(page.get_by_text("n/a").first).to_be_visible()  # the one row that cannot be read is named

    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("link", name="Bring it back")).to_be_visible(timeout=40_000)


def test_a_file_that_is_no_table_is_refused_in_one_sentence(page: Page, tmp_path: Path) -> None:
    home = sign_in(page, "manager")
    nonsense = tmp_path / "picture.csv"
    nonsense.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4)
    page.goto(f"{home}imports/new/")
    page.expected_troubles.append("422")  # type: ignore[attr-defined]
    page.get_by_label("Table", exact=True).select_option("deals")
    page.locator("#id_file").set_input_files(nonsense)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.locator("#sending-error")).to_contain_text("picture.csv")
    page.goto(f"{home}imports/")
    expect(page.get_by_text("picture.csv")).to_have_count(0)


def test_a_rep_reads_in_ten_seconds_where_they_are_and_what_they_need(phone: Page) -> None:
    home = sign_in(phone, "rep")
    card = phone.locator("main")
    for words in ("Needed per working day", "Expected by now", "of USD"):
        expect(card.get_by_text(words).first).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    expect(phone.get_by_role("link", name="New goal")).to_have_count(0)
    phone.expected_troubles.append("403")  # type: ignore[attr-defined]
    refused = phone.goto(f"{home}imports/")
    assert refused is not None
    assert refused.status == 403


def test_a_leader_sees_exceptions_first_and_asks_a_kpi_by_team(page: Page) -> None:
    home = sign_in(page, "leader")
    page.goto(f"{home}goals/")
    first = page.locator("table.board tbody tr").first
    expect(first).to_contain_text(re.compile("Off track|At risk|Waiting for data|Too early"))
    page.goto(f"{home}kpis/win_rate/?grain=quarter&by=team")
    expect(page.get_by_text("number of won deals ÷ number of won or lost deals")).to_be_visible()
    figure = page.locator("table a", has_text="%").first
    figure.click()
    expect(page.get_by_role("heading", name="Rows that count")).to_be_visible()
    expect(page.get_by_text(re.compile(r"line \d+")).first).to_be_visible()


def test_the_board_filters_without_javascript(browser: object, app_url: str) -> None:
    context = browser.new_context(base_url=app_url, java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    home = sign_in(page, "leader")
    page.goto(f"{home}goals/")
    page.get_by_label("Search").fill("win rate")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("q=win"))
    titles = page.locator("a.board-title").all_inner_texts()
    context.close()
    assert titles
    assert all("Win rate" in title for title in titles)


def _deals_of_yesterday(folder: Path) -> Path:
    """Three good deals and one whose amount is no number."""
    day = (date.today() - timedelta(days=1)).isoformat()  # noqa: DTZ011
    path = folder / "late-deals.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "owner", "created_on", "closed_on", "outcome", "amount"])
        for number in range(3):
            rows.writerow([f"LATE-{number}", "Ben Adler", day, day, "won", 9000 + number])
        rows.writerow(["LATE-9", "Ben Adler", day, day, "won", "n/a"])
    return path
