"""A quarter is planned in a real browser: typed, pasted, filled, taken back, proposed, agreed, published."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASTE = """([text, box]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def saved(page: Page) -> None:
    expect(page.locator("#grid-state")).to_have_text(re.compile(r"saved|Saved \d\d:\d\d"))
    expect(page.locator("#grid-state")).not_to_have_text(re.compile("Saving|Not saved"))


def test_a_quarter_is_planned_from_an_empty_grid_to_goals(page: Page) -> None:
    home = sign_in(page, "manager")
    page.goto(f"{home}plans/new/")
    page.get_by_label("KPI").select_option("revenue:deals")
    page.get_by_label("Period").select_option(index=3)
    page.get_by_label("Target of the whole").fill("900k")
    page.get_by_role("button", name="Make the grid").click()
    grid = page.get_by_role("grid")
    rows = grid.locator("tbody tr")
    many = rows.count()
    assert many > 1
    boxes = rows.first.locator("input")

    # typing replaces, Tab and Enter move, what is typed is read as people write it and saves by itself
    boxes.nth(0).click()
    page.keyboard.type("120k")
    page.keyboard.press("Tab")
    page.keyboard.type("1.2m")
    page.keyboard.press("Enter")
    expect(rows.nth(1).locator("input").nth(1)).to_be_focused()
    expect(boxes.nth(0)).to_have_value("120,000")
    expect(boxes.nth(1)).to_have_value("1,200,000")
    saved(page)
    expect(rows.first.locator(".grid-total")).to_have_text("1,320,000")
    expect(page.locator("#plan-over")).to_have_text("+46.7 %")

    # a wrong number is said and not stored
    page.keyboard.type("plenty")
    page.keyboard.press("Enter")
    expect(page.locator("#grid-state")).to_contain_text("“plenty” is not a number")
    page.keyboard.press("ArrowUp")
    if many == 2:
        rows.nth(1).locator("input").nth(1).click()
    page.keyboard.press("Escape")
    expect(rows.nth(1).locator("input").nth(1)).to_have_value("")

    # a block from Excel
    boxes.nth(0).click()
    box = boxes.nth(0).element_handle()
    page.evaluate(PASTE, ["50k\t60,000\t70000.50\n10k\t20k\t30k", box])
    expect(boxes.nth(2)).to_have_value("70,000.5")
    expect(rows.nth(1).locator("input").nth(2)).to_have_value("30,000")
    saved(page)

    # fill right from the first column, and take it back, and do it again
    boxes.nth(0).click()
    page.keyboard.press("Control+r")
    expect(boxes.nth(2)).to_have_value("50,000")
    saved(page)
    page.keyboard.press("Control+z")
    expect(boxes.nth(2)).to_have_value("70,000.5")
    page.keyboard.press("Control+y")
    expect(boxes.nth(2)).to_have_value("50,000")

    # what is on the page is what is stored
    page.get_by_label("Split the target").select_option("even")
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.locator("#plan-total")).to_have_text("900,000")
    expect(page.locator("#plan-over")).to_have_text("0.0 %")
    page.get_by_role("button", name="Propose to the team").click()
    expect(page.locator(".page-head .badge")).to_have_text("Proposed")
    plan = page.url
    sign_out(page)

    sign_in(page, "rep")
    page.goto(plan)
    own = page.get_by_role("grid").locator("tbody tr")
    expect(own).to_have_count(1)
    name = own.locator(".grid-name").text_content() or ""
    own.locator("input").nth(0).fill("40k")
    page.get_by_label(re.compile("Say something")).fill("The first month is short.")
    page.get_by_role("button", name="Propose my numbers").click()
    expect(page.get_by_text("The first month is short.")).to_be_visible()
    sign_out(page)

    sign_in(page, "manager")
    page.goto(plan)
    expect(page.get_by_text("Asks for other numbers").first).to_be_visible()
    page.get_by_role("button", name="Accept the proposal").click()
    mine = page.get_by_role("grid").locator("tbody tr", has_text=name)
    expect(mine.locator("input").nth(0)).to_have_value("40,000")
    expect(mine.get_by_text("Agreed")).to_be_visible()

    page.get_by_role("button", name="Publish as it is").click()
    expect(page.get_by_text(re.compile(r"Published: \d+ goals new"))).to_be_visible()
    page.goto(f"{home}goals/?period=coming&q={name.split()[0]}")
    page.locator("a.board-title", has_text=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_on_a_phone_one_person_at_a_time_with_a_little_less_and_a_little_more(phone: Page) -> None:
    home = sign_in(phone, "manager")
    phone.goto(f"{home}plans/new/")
    phone.get_by_label("KPI").select_option("revenue:deals")
    phone.get_by_label("Period").select_option(index=2)
    phone.get_by_role("button", name="Make the grid").click()
    expect(phone.locator("tr.is-shown")).to_have_count(1)
    expect(phone.locator(".plan-grid tbody tr:visible")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    first = phone.locator("tr.is-shown input").first
    first.fill("120k")
    phone.locator("tr.is-shown button.more").first.click()
    expect(first).to_have_value("130,000")
    phone.locator("tr.is-shown button.less").first.click()
    expect(first).to_have_value("120,000")
    saved(phone)
    phone.locator("#grid-person").select_option(index=1)
    expect(first).to_have_value("")
    phone.reload()
    expect(phone.locator("tr.is-shown input").first).to_have_value("120,000")
