"""A rep on a phone: where they are, what is needed and what moved, read in ten seconds without a scroll."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.steps import settled, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIZE = {"width": 390, "height": 844}


def no_violations(page: Page) -> None:
    settled(page)
    found = Axe().run(page).response["violations"]
    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found] == []


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]


def test_the_facts_of_ten_seconds_are_on_the_first_screen(phone: Page) -> None:
    phone.set_viewport_size(SIZE)  # type: ignore[arg-type]
    sign_in(phone, "rep")
    card = phone.locator(".goal-card").first
    expect(card.locator(".figure")).to_have_text(re.compile(r"USD [\d.]+ [kM]"))
    for fact in (
        card.locator(".figure"),
        card.get_by_text("Needed per working day"),
        card.get_by_text("Expected by now"),
        card.get_by_text(re.compile(r"^\s*(Since|Nothing moved since)")).first,
    ):
        expect(fact).to_be_in_viewport(ratio=1)
    expect(card.get_by_text("Next check-in")).to_be_visible()
    expect(phone.get_by_role("heading", name="What I owe")).to_be_visible()
    fits(phone)
    no_violations(phone)


def test_what_moved_opens_deal_by_deal(phone: Page) -> None:
    phone.set_viewport_size(SIZE)  # type: ignore[arg-type]
    home = sign_in(phone, "rep")
    phone.goto(f"{home}?view=team")
    moved = phone.locator("details.since").first
    moved.locator("summary").click()
    expect(moved.locator("li").first).to_be_visible()
    fits(phone)


def test_a_tap_opens_the_goal_whose_first_screen_says_the_same(phone: Page) -> None:
    phone.set_viewport_size(SIZE)  # type: ignore[arg-type]
    sign_in(phone, "rep")
    number = phone.locator(".goal-card .figure").first.inner_text()
    phone.locator(".goal-card .figure a").first.click()
    hero = phone.locator(".hero")
    expect(hero.locator(".figure")).to_have_text(number)
    for words in ("Expected by now", "Needed per working day"):
        expect(hero.get_by_text(words)).to_be_in_viewport(ratio=1)
    fits(phone)
    no_violations(phone)


def test_what_if_answers_while_it_is_typed(phone: Page) -> None:
    phone.set_viewport_size(SIZE)  # type: ignore[arg-type]
    sign_in(phone, "rep")
    phone.locator(".goal-card .figure a").first.click()
    phone.get_by_role("link", name=re.compile("^What if")).click()
    before = phone.locator("#answer .figure").inner_text()
    phone.get_by_label("Win rate, points more").fill("10")
    expect(phone.get_by_text("With the win rate")).to_be_visible()
    expect(phone.locator("#answer .figure")).not_to_have_text(before)
    fits(phone)
    no_violations(phone)


def test_a_manager_finds_who_needs_help_and_gives_kudos(page_in: Page) -> None:
    home = sign_in(page_in, "manager")
    expect(page_in.get_by_role("heading", name="Who needs help")).to_be_visible()
    button = page_in.get_by_role("button", name=re.compile("^Give kudos")).first
    button.click()
    back = page_in.get_by_role("button", name=re.compile("^Take my kudos back")).first
    expect(back).to_be_visible()
    no_violations(page_in)
    back.click()
    expect(page_in.get_by_role("button", name=re.compile("^Take my kudos back"))).to_have_count(0)
    for address in ("goals/team/?team=all", "goals/leaderboards/"):
        page_in.goto(f"{home}{address}")
        no_violations(page_in)
