"""A manager shares a team goal out with one part kept, sees the gap close, and a leader agrees to a lower target."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def goal_to_share(page: Page, home: str) -> str:
    """A running revenue goal of a team that a manager of the demo manages, too."""
    page.goto(f"{home}goals/?q=revenue")
    links = page.locator("a.board-title", has_text="Team")
    addresses = [str(link.get_attribute("href")) for link in links.all()]
    for address in addresses:
        page.goto(f"{address}split/")
        if page.locator("table.split").count():
            return address
    raise AssertionError("The demo has no team goal that can be shared out.")


def test_a_part_is_kept_the_gap_closes_and_a_lower_target_is_approved(page: Page) -> None:
    home = sign_in(page, "manager")
    address = goal_to_share(page, home)
    parts, keeps = page.locator("table.split input[type=text]"), page.locator("table.split input[type=checkbox]")
    parts.first.fill("100k")
    settled(page)
    keeps.first.check()
    expect(page.get_by_text("The parts add up.")).to_have_count(0)
    page.get_by_role("button", name="Share out the rest").click()
    expect(page.get_by_text("The parts add up.")).to_be_visible()
    expect(parts.first).to_have_value("100,000")
    page.get_by_role("button", name="Set these goals").click()
    expect(page.get_by_text("exactly the target")).to_be_visible()

    page.goto(f"{address}target/")
    page.get_by_label("New target").fill("500k")
    page.get_by_label("Why").fill("The market shrank.")
    page.get_by_role("button", name="Change the target").click()
    expect(page.get_by_text("A change waits for a second person.")).to_be_visible()
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    page.context.clear_cookies()
    home = sign_in(page, "leader")
    page.goto(address)
    page.get_by_role("link", name="Look at it").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(re.compile("Approved by"))).to_be_visible()
    page.goto(f"{home}goals/tree/")
    expect(page.locator(".goal-tree details").first).to_be_visible()
